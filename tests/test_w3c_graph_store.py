"""The service keeps W3C's graph store suite: its 19 cases, and three of its first draft on empty graphs, one test a case, named after it.

W3C describes these cases as one long session; here each makes for itself what it presupposes. Where the protocol leaves a choice of status
(200 or 204 for what has been done), either is right. `put__mismatched_payload` is written as its first draft has it, Turtle that is announced as
RDF/XML: the manifest's own request has nothing that is mismatched.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from pyoxigraph import RdfFormat, Triple, parse

from .w3c_sparql import TURTLE, Client, Endpoint, media_type, read_triples, same_graph

UTF_8 = f"{TURTLE}; charset=utf-8"
GRAPH_FORMATS = {TURTLE, "application/rdf+xml", "application/n-triples", "application/ld+json", "text/n3"}
DONE = (200, 204)
PREFIXES = "PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX v: <http://www.w3.org/2006/vcard/ns#> PREFIX : <http://example.org/>\n"
ADA = PREFIXES + ':ada a foaf:Person ; foaf:businessCard [ a v:VCard ; v:fn "Ada Byron" ] .'
MARRIED = PREFIXES + ':ada a foaf:Person ; foaf:businessCard [ a v:VCard ; v:fn "Ada Lovelace" ] .'
NAME = PREFIXES + ':ada foaf:name "Ada Lovelace" .'
GIVEN, FAMILY = PREFIXES + ':ada foaf:givenName "Ada" .', PREFIXES + ':ada foaf:familyName "Lovelace" .'
NOBODY = PREFIXES + '[] a foaf:Person ; foaf:businessCard [ a v:VCard ; v:given-name "Alice" ] .'


@pytest.fixture(scope="module")
def open_client(scratch: Endpoint) -> Iterator[Client]:
    with Client(scratch) as client:
        yield client


@pytest.fixture
def client(open_client: Client) -> Client:
    open_client.load({})
    return open_client


def at(client: Client, path: str) -> str:
    """The address of a graph below the graph store's, which is the graph's name too."""
    return f"{client.endpoint.graphs}/{path}"


def put(client: Client, address: str, turtle: str) -> int:
    return client.send("PUT", address, content=turtle, media_type=UTF_8, writes=True).status_code


def post(client: Client, address: str, turtle: str) -> httpx.Response:
    return client.send("POST", address, content=turtle, media_type=UTF_8, writes=True)


def triples(*turtle: str) -> list[Triple]:
    return [quad.triple for text in turtle for quad in parse(text, format=RdfFormat.TURTLE)]


def assert_holds(client: Client, address: httpx.URL | str, *turtle: str, accept: str | None = TURTLE) -> None:
    """A GET answers with the graph that these texts say together."""
    answer = client.send("GET", address, accept=accept)
    assert answer.status_code == 200, answer.text
    assert media_type(answer) in ({accept} if accept else GRAPH_FORMATS)
    assert same_graph(read_triples(answer), triples(*turtle)), answer.text


def test_put__initial_state_creates_a_graph(client: Client) -> None:
    assert put(client, at(client, "person/1.ttl"), ADA) == 201


def test_get_of_put__initial_state_finds_it_under_its_name(client: Client) -> None:
    put(client, at(client, "person/1.ttl"), ADA)
    assert_holds(client, client.address(at(client, "person/1.ttl")), ADA)


def test_put__graph_already_in_store_is_done(client: Client) -> None:
    put(client, at(client, "person/1.ttl"), ADA)
    assert put(client, at(client, "person/1.ttl"), MARRIED) in DONE


def test_get_of_put__graph_already_in_store_finds_only_the_new(client: Client) -> None:
    put(client, at(client, "person/1.ttl"), ADA)
    put(client, at(client, "person/1.ttl"), MARRIED)
    assert_holds(client, at(client, "person/1.ttl"), MARRIED)


def test_put__default_graph_is_done(client: Client) -> None:
    assert put(client, client.endpoint.graphs + "?default", NOBODY) in (201, *DONE)  # which is always there, so need not be created


def test_get_of_put__default_graph_finds_it(client: Client) -> None:
    put(client, client.endpoint.graphs + "?default", NOBODY)
    assert_holds(client, client.endpoint.graphs + "?default", NOBODY)


def test_put__mismatched_payload_is_a_bad_request_and_changes_nothing(client: Client) -> None:
    address = at(client, "person/1.ttl")
    put(client, address, ADA)
    answer = client.send("PUT", address, content=MARRIED, media_type="application/rdf+xml", writes=True)
    assert answer.status_code == 400
    assert_holds(client, address, ADA)


def test_put__empty_graph_is_done(client: Client) -> None:
    assert put(client, at(client, "person/2.ttl"), "") in (201, *DONE)


def test_get_of_put__empty_graph_is_empty(client: Client) -> None:
    put(client, at(client, "person/2.ttl"), "")
    assert_holds(client, at(client, "person/2.ttl"))


def test_delete__existing_graph_is_done(client: Client) -> None:
    put(client, at(client, "person/2.ttl"), ADA)
    assert client.send("DELETE", at(client, "person/2.ttl"), writes=True).status_code in DONE


def test_get_of_delete__existing_graph_finds_nothing(client: Client) -> None:
    put(client, at(client, "person/2.ttl"), ADA)
    client.send("DELETE", at(client, "person/2.ttl"), writes=True)
    assert client.send("GET", at(client, "person/2.ttl"), accept=TURTLE).status_code == 404


def test_delete__nonexistent_graph_finds_nothing(client: Client) -> None:
    assert client.send("DELETE", at(client, "person/2.ttl"), writes=True).status_code == 404


def test_post__existing_graph_is_done(client: Client) -> None:
    put(client, at(client, "person/1.ttl"), MARRIED)
    assert post(client, at(client, "person/1.ttl"), NAME).status_code in DONE


def test_get_of_post__existing_graph_finds_old_and_new(client: Client) -> None:
    put(client, at(client, "person/1.ttl"), MARRIED)
    post(client, at(client, "person/1.ttl"), NAME)
    assert_holds(client, at(client, "person/1.ttl"), MARRIED, NAME)


def post_parts(client: Client, address: str) -> int:
    """Post two files as a form does."""
    parts = (
        f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\nContent-Type: {UTF_8}\r\n\r\n{turtle}\r\n'
        for name, turtle in (("family.ttl", FAMILY), ("given.ttl", GIVEN))
    )
    body = "".join(parts) + "--edge--\r\n"
    return client.send("POST", address, content=body, media_type="multipart/form-data; boundary=edge", writes=True).status_code


def test_post__multipart_formdata_is_done(client: Client) -> None:
    put(client, at(client, "person/1.ttl"), MARRIED)
    assert post_parts(client, at(client, "person/1.ttl")) in DONE


def test_get_of_post__multipart_formdata_finds_old_and_new(client: Client) -> None:
    put(client, at(client, "person/1.ttl"), MARRIED)
    post_parts(client, at(client, "person/1.ttl"))
    assert_holds(client, at(client, "person/1.ttl"), MARRIED, GIVEN, FAMILY, accept=None)


def created(client: Client) -> str:
    """The address of a graph that a POST to the graph store has made."""
    answer = post(client, client.endpoint.graphs, NOBODY)
    assert answer.status_code == 201, answer.text
    return str(answer.url.join(answer.headers["Location"]))


def test_post__create__new_graph_says_where_it_is(client: Client) -> None:
    one, other = created(client), created(client)
    assert one.startswith(client.endpoint.graphs)
    assert one != other


def test_get_of_post__create__new_graph_finds_it(client: Client) -> None:
    assert_holds(client, created(client), NOBODY)


def test_post__empty_graph__existing_graph_is_done(client: Client) -> None:
    assert post(client, created(client), "").status_code in DONE


def test_get_of_post__after_noop_finds_it_unchanged(client: Client) -> None:
    address = created(client)
    post(client, address, "")
    assert_holds(client, address, NOBODY)


def test_head_on_an_existing_graph_says_its_format_and_no_more(client: Client) -> None:
    put(client, at(client, "person/1.ttl"), ADA)
    answer = client.send("HEAD", at(client, "person/1.ttl"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert media_type(answer) in GRAPH_FORMATS


def test_head_on_a_nonexisting_graph_finds_nothing(client: Client) -> None:
    answer = client.send("HEAD", at(client, "person/4.ttl"))
    assert (answer.status_code, answer.content) == (404, b"")
