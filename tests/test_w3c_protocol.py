"""The service keeps W3C's protocol and service description suites: 34 and 3 cases, one test a case, under the case's name.

W3C describes these cases as requests and what is to be expected of the answers; they are written here anew. A case that must be refused is sent with
the token, so that it is refused for what it says, and must have changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from .w3c_sparql import (
    CSV,
    JSON,
    QUERY,
    TSV,
    TURTLE,
    UPDATE,
    XML,
    Client,
    Endpoint,
    Graphs,
    Table,
    media_type,
    read_results,
    read_triples,
    same_graph,
)

FORM = "application/x-www-form-urlencoded"
GRAPH_FORMATS = {TURTLE, "application/rdf+xml", "application/n-triples", "application/ld+json", "text/n3"}
DATA = "http://kasei.us/2009/09/sparql/data/data{}.rdf".format
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
DOCUMENT = "http://xmlns.com/foaf/0.1/Document"
NOTED = "http://example.org/noted"
# What the cases presuppose: graphs data0 to data3, each with one statement of itself, and nothing in the default graph.
PRESUPPOSED: Graphs = {DATA(i): [Triple(NamedNode(DATA(i)), TYPE, NamedNode(DOCUMENT))] for i in range(4)}

SD = "http://www.w3.org/ns/sparql-service-description#"


@dataclass(frozen=True)
class Request:
    """A request to one of the two endpoints; what it says by parameters of the address, by the body, or both."""

    method: str = "POST"
    params: tuple[tuple[str, str], ...] = ()
    content: bytes | str = b""
    media_type: str | None = None


asked = partial(Request, media_type=QUERY)
changed = partial(Request, media_type=UPDATE)


def from_graphs(kind: str, *numbers: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"{kind}-graph-uri", DATA(number)) for number in numbers)


@pytest.fixture(scope="module")
def client(scratch: Endpoint) -> Iterator[Client]:
    with Client(scratch) as client:
        yield client


@pytest.fixture(autouse=True)
def presupposed(client: Client) -> None:
    client.load(PRESUPPOSED)


def is_true(client: Client, request: Request) -> bool:
    answer = client.send(
        request.method, client.endpoint.query, params=request.params, content=request.content, media_type=request.media_type
    )
    assert answer.is_success, answer.text
    assert media_type(answer) in (XML, JSON)
    given = read_results(answer.content, media_type(answer))
    assert isinstance(given, bool)
    return given


BOTH_BY_DEFAULT = f"ASK {{ <{DATA(1)}> a ?kind . <{DATA(2)}> a ?kind }}"
BOTH_BY_NAME = f"ASK {{ GRAPH ?one {{ <{DATA(1)}> a ?kind }} GRAPH ?other {{ <{DATA(2)}> a ?kind }} }}"
ONE_BY_DEFAULT = f"ASK {{ <{DATA(3)}> a ?kind GRAPH ?one {{ <{DATA(1)}> a ?kind }} GRAPH ?other {{ <{DATA(2)}> a ?kind }} }}"
NAMED_AGAINST_FROM = BOTH_BY_NAME.replace("ASK", f"ASK FROM <{DATA(3)}>")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(asked(content="ASK {}"), id="query_post_direct"),
        pytest.param(Request(params=from_graphs("default", 0), content="query=ASK%20%7B%7D", media_type=FORM), id="query_post_form"),
        pytest.param(Request("GET", (("query", "ASK {}"), *from_graphs("default", 0))), id="query_get"),
        pytest.param(
            Request("GET", (("query", BOTH_BY_DEFAULT), *from_graphs("default", 1, 2))),
            id="query_dataset_default_graphs_get",
        ),
        pytest.param(asked(params=from_graphs("default", 1, 2), content=BOTH_BY_DEFAULT), id="query_dataset_default_graphs_post"),
        pytest.param(Request("GET", (("query", BOTH_BY_NAME), *from_graphs("named", 1, 2))), id="query_dataset_named_graphs_get"),
        pytest.param(asked(params=from_graphs("named", 1, 2), content=BOTH_BY_NAME), id="query_dataset_named_graphs_post"),
        pytest.param(
            asked(params=from_graphs("default", 3) + from_graphs("named", 1, 2), content=ONE_BY_DEFAULT),
            id="query_dataset_full",
        ),
        pytest.param(asked(params=from_graphs("named", 1, 2), content=NAMED_AGAINST_FROM), id="query_multiple_dataset"),
    ],
)
def test_a_query_is_asked_of_the_graphs_that_the_request_names(client: Client, request_: Request) -> None:
    assert is_true(client, request_)


@pytest.mark.parametrize(
    ("query", "formats"),
    [
        pytest.param("SELECT (1 AS ?one) {}", {XML, JSON, CSV, TSV}, id="query_content_type_select"),
        pytest.param("ASK {}", {XML, JSON}, id="query_content_type_ask"),
        pytest.param("DESCRIBE <http://example.org/>", GRAPH_FORMATS, id="query_content_type_describe"),
        pytest.param("CONSTRUCT { <one> <has> 1 } WHERE {}", GRAPH_FORMATS, id="query_content_type_construct"),
    ],
)
def test_an_answer_has_a_format_of_its_kind_when_none_is_asked_for(client: Client, query: str, formats: set[str]) -> None:
    answer = client.send("POST", client.endpoint.query, params=from_graphs("default", 0), content=query, media_type=QUERY)
    assert answer.is_success, answer.text
    assert media_type(answer) in formats


def sent(client: Client, request: Request) -> int:
    """The status of an update."""
    return client.send(
        request.method, client.endpoint.update, params=request.params, content=request.content, media_type=request.media_type, writes=True
    ).status_code


NOTE_DOCUMENTS = f"""
    DROP ALL ;
    INSERT DATA {{ {" ".join(f"GRAPH <{DATA(i)}> {{ <{DATA(i)}> a <{DOCUMENT}> }}" for i in (1, 2, 3))} }} ;
    INSERT {{ GRAPH <{NOTED}> {{ ?document <{NOTED}> ?where }} }}
    WHERE {{ %s }}"""
NOTE_DEFAULT = NOTE_DOCUMENTS % f"?document a <{DOCUMENT}> BIND ('default' AS ?where)"
NOTE_NAMED = NOTE_DOCUMENTS % f"GRAPH ?where {{ ?document a <{DOCUMENT}> }}"
NOTE_BOTH = NOTE_DOCUMENTS % (
    f"{{ GRAPH ?g {{ ?document a <{DOCUMENT}> }} BIND (?g AS ?where) }} UNION {{ ?document a <{DOCUMENT}> BIND ('default' AS ?where) }}"
)


@pytest.mark.parametrize(
    ("update", "params", "default", "named"),
    [
        pytest.param(NOTE_DEFAULT, from_graphs("using", 1), {1}, set(), id="update_dataset_default_graph"),
        pytest.param(NOTE_DEFAULT, from_graphs("using", 1, 2), {1, 2}, set(), id="update_dataset_default_graphs"),
        pytest.param(NOTE_NAMED, from_graphs("using-named", 1, 2), set(), {1, 2}, id="update_dataset_named_graphs"),
        pytest.param(NOTE_BOTH, from_graphs("using", 1) + from_graphs("using-named", 2), {1}, {2}, id="update_dataset_full"),
    ],
)
def test_an_update_finds_what_is_in_the_graphs_that_the_request_names(
    client: Client, update: str, params: tuple[tuple[str, str], ...], default: set[int], named: set[int]
) -> None:
    assert sent(client, changed(params=params, content=update)) < 400
    expected = [Triple(NamedNode(DATA(i)), NamedNode(NOTED), Literal("default")) for i in default]
    expected += [Triple(NamedNode(DATA(i)), NamedNode(NOTED), NamedNode(DATA(i))) for i in named]
    assert same_graph(client.graph(NOTED), expected)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request(content="update=CLEAR+ALL", media_type=FORM), id="update_post_form"),
        pytest.param(changed(content="CLEAR ALL"), id="update_post_direct"),
    ],
)
def test_an_update_is_made(client: Client, request_: Request) -> None:
    assert sent(client, request_) < 400
    assert client.graphs() == {None: []}


def test_an_update_without_a_base_is_read_on_one_of_the_service__update_base_uri(client: Client) -> None:
    subject, graph = "http://example.org/s", "http://example.org/protocol-base-test/"
    relative = f"CLEAR SILENT GRAPH <{graph}> ; INSERT DATA {{ GRAPH <{graph}> {{ <{subject}> <{subject}> <test> }} }}"
    assert sent(client, changed(content=relative)) < 400
    answer = client.query(f"SELECT ?o {{ GRAPH <{graph}> {{ <{subject}> <{subject}> ?o }} }}", XML)
    found = read_results(answer.content, XML)
    assert isinstance(found, Table)
    ((value),) = [row["o"] for row in found.rows]
    assert isinstance(value, NamedNode)
    assert value.value.endswith("test")
    assert ":" in value.value


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request("PUT", (("query", "ASK {}"), *from_graphs("default", 0)), media_type=FORM), id="bad_query_method"),
        pytest.param(Request("GET", (("query", "ASK {}"), ("query", "SELECT * {}"))), id="bad_multiple_queries"),
        pytest.param(Request(content="ASK {}", media_type="text/plain"), id="bad_query_wrong_media_type"),
        pytest.param(Request(content="query=ASK%20%7B%7D"), id="bad_query_missing_form_type"),
        pytest.param(Request(content="ASK {}"), id="bad_query_missing_direct_type"),
        pytest.param(Request(content="ASK {}".encode("utf-16"), media_type=f"{QUERY}; charset=UTF-16"), id="bad_query_non_utf8"),
        pytest.param(Request("GET", (("query", "ASK {"),)), id="bad_query_syntax"),
    ],
)
def test_what_is_not_a_query_is_refused(client: Client, request_: Request) -> None:
    answer = client.send(
        request_.method,
        client.endpoint.query,
        params=request_.params,
        content=request_.content,
        media_type=request_.media_type,
        writes=True,
    )
    assert refused(answer.status_code)


def refused(status: int) -> bool:
    """A client's fault, but not that of having no right."""
    return 400 <= status < 500 and status not in (401, 403)


WITH = "WITH <http://example/books> DELETE { ?b <http://example/title> 'A' } INSERT { ?b <http://example/title> 'B' } WHERE { ?b ?p 'A' }"


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request(content="update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", media_type=FORM), id="bad_multiple_updates"),
        pytest.param(Request(content="CLEAR NAMED", media_type="text/plain"), id="bad_update_wrong_media_type"),
        pytest.param(Request(content="update=CLEAR%20NAMED"), id="bad_update_missing_form_type"),
        pytest.param(
            Request(content="CLEAR NAMED".encode("utf-16"), media_type=f"{UPDATE}; charset=UTF-16"),
            id="bad_update_non_utf8",
        ),
        pytest.param(Request(content="update=CLEAR%20XYZ", media_type=FORM), id="bad_update_syntax"),
        pytest.param(
            changed(params=(("using-named-graph-uri", "http://example/people"),), content=WITH),
            id="bad_update_dataset_conflict",
        ),
    ],
)
def test_what_is_not_an_update_is_refused_and_changes_nothing(client: Client, request_: Request) -> None:
    assert refused(sent(client, request_))
    assert client.graphs().keys() == {None, *PRESUPPOSED}


def test_an_update_by_get_is_refused_at_both_addresses_and_changes_nothing__bad_update_get(client: Client) -> None:
    for address in (client.endpoint.update, client.endpoint.query):
        answer = client.send("GET", address, params=[("update", "CLEAR ALL")], writes=True)
        assert client.graphs().keys() == {None, *PRESUPPOSED}
        assert refused(answer.status_code), address


# The service description


# Each property with the class of its subjects; of the values, those that the vocabulary lists, or none where it leaves them open.
LANGUAGES = {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"}
FEATURES = {"DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery"}
PROPERTIES: dict[str, tuple[str, set[str]]] = {
    "endpoint": ("Service", set()),
    "feature": ("Service", FEATURES),
    "supportedLanguage": ("Service", LANGUAGES),
    "languageExtension": ("Service", set()),
    "propertyFeature": ("Service", set()),
    "extensionFunction": ("Service", set()),
    "extensionAggregate": ("Service", set()),
    "resultFormat": ("Service", set()),
    "inputFormat": ("Service", set()),
    "defaultEntailmentRegime": ("Service", set()),
    "defaultSupportedEntailmentProfile": ("Service", set()),
    "defaultDataset": ("Service", set()),
    "availableGraphs": ("Service", set()),
    "defaultGraph": ("Dataset", set()),
    "namedGraph": ("GraphCollection", set()),
    "name": ("NamedGraph", set()),
    "graph": ("NamedGraph", set()),
    "entailmentRegime": ("NamedGraph", set()),
    "supportedEntailmentProfile": ("NamedGraph", set()),
}
CLASSES = {"Service", "Dataset", "Graph", "NamedGraph", "GraphCollection", "Feature", "Language", "Function", "Aggregate"}


@pytest.fixture
def description(client: Client) -> list[Triple]:
    answer = client.send("GET", client.endpoint.query, accept=f"{TURTLE}, application/rdf+xml;q=0.9")
    assert answer.is_success, answer.text
    assert media_type(answer) in GRAPH_FORMATS
    return read_triples(answer)


def test_a_get_without_a_query_answers_with_rdf__returns_rdf(description: list[Triple]) -> None:
    assert description


def test_the_description_says_the_address_that_it_is_found_at__has_endpoint_triple(client: Client, description: list[Triple]) -> None:
    endpoints = [t.object for t in description if t.predicate.value == SD + "endpoint"]
    assert NamedNode(client.endpoint.query) in endpoints


def test_the_description_keeps_to_its_vocabulary__conforms_to_schema(description: list[Triple]) -> None:
    kinds = {(t.subject, t.object.value.removeprefix(SD)) for t in description if t.predicate == TYPE and isinstance(t.object, NamedNode)}
    assert [kind for _, kind in kinds].count("Service") == 1
    assert {t.object.value.removeprefix(SD) for t in description if isinstance(t.object, NamedNode) and t.object.value.startswith(SD)} <= (
        CLASSES | LANGUAGES | FEATURES
    )
    for triple in description:
        if not triple.predicate.value.startswith(SD):
            continue
        subject_class, values = PROPERTIES[triple.predicate.value.removeprefix(SD)]
        accepted = {subject_class} | ({"Dataset"} if subject_class == "GraphCollection" else set())
        assert any((triple.subject, name) in kinds for name in accepted), triple
        assert not isinstance(triple.object, Literal), triple
        if values and isinstance(triple.object, NamedNode) and triple.object.value.startswith(SD):
            assert triple.object.value.removeprefix(SD) in values, triple
