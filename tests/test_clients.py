"""Clients that nobody here wrote work with the service as it is: SPARQLWrapper, rdflib's stores, curl and, in JavaScript, Comunica.

Each speaks with headers of its own, and says what went wrong in errors of its own; what they find is compared with the store itself. Comunica
plans by what the service says of itself: it is asked alone, and in joins over two services.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.error import HTTPError

import pytest
from rdflib import RDF, RDFS, SKOS, XSD, Dataset, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
    SPARQLWrapper2,
)
from SPARQLWrapper.SPARQLExceptions import EndPointNotFound, QueryBadFormed, Unauthorized

from filorosso.graph import Store, value_of

from .conftest import absent
from .npm import COMMITTED, NpmError, installed
from .w3c_sparql import Client, Endpoint

FILO = Namespace("https://w3id.org/filorosso/onto/")
SDG = Namespace("http://metadata.un.org/sdg/")
EX = Namespace("http://example.org/")
AGENDA = URIRef("https://w3id.org/filorosso/graph/agenda-2030")
PREFIXES = f"PREFIX filo: <{FILO}> PREFIX ex: <{EX}> PREFIX rdfs: <{RDFS}> "
FRAMEWORKS = PREFIXES + "SELECT ?s { ?s a filo:Framework }"
NAMES = PREFIXES + "SELECT ?s ?name { ?s a filo:Framework ; rdfs:label ?name }"
DESCRIBE = f"DESCRIBE <{SDG}11>"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture
def empty(scratch: Endpoint) -> Endpoint:
    """The scratch service with nothing in it."""
    with Client(scratch) as client:
        client.load({})
    return scratch


@pytest.fixture(scope="session")
def frameworks(store: Store) -> set[str]:
    """The frameworks of the shipped graph."""
    found = {value_of(row["s"]) for row in store.rows(FRAMEWORKS)}
    assert len(found) > 10
    return found


@pytest.fixture(scope="session")
def goal(store: Store) -> Graph:
    """What DESCRIBE says of a goal."""
    found = Graph()
    for s, p, o in store.query(DESCRIBE).triples():
        found.parse(data=f"{s} {p} {o} .", format="turtle")
    assert len(found) > 10
    return found


# SPARQLWrapper


def wrapper(endpoint: str, text: str, form: str = JSON, how: str = GET, **more: Any) -> Any:
    client = SPARQLWrapper(endpoint, **more)
    client.setQuery(text)
    client.setReturnFormat(form)
    client.setMethod(GET if how == GET else POST)
    client.setRequestMethod(URLENCODED if how == GET else how)
    return client


def subjects(form: str, found: Any) -> set[str]:
    if form == JSON:
        return {row["s"]["value"] for row in found["results"]["bindings"]}
    if form == XML:
        return {node.firstChild.data for node in found.getElementsByTagName("uri")}
    return {line.strip("<>") for line in found.decode().splitlines()[1:]}


@pytest.mark.parametrize("how", [GET, URLENCODED, POSTDIRECTLY])
@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_reads_a_table_in_every_format_however_it_asks(server: str, frameworks: set[str], form: str, how: str) -> None:
    found = wrapper(f"{server}/sparql", FRAMEWORKS, form, how).query().convert()
    assert subjects(form, found) == frameworks


@pytest.mark.parametrize("how", [GET, URLENCODED, POSTDIRECTLY])
@pytest.mark.parametrize("form", [RDFXML, TURTLE, N3, JSONLD])
def test_sparqlwrapper_reads_a_graph_in_every_format_however_it_asks(server: str, goal: Graph, form: str, how: str) -> None:
    found = wrapper(f"{server}/sparql", DESCRIBE, form, how).query().convert()
    graph = Graph().parse(data=found, format="turtle") if isinstance(found, bytes) else Graph() + found
    assert isomorphic(graph, goal)


def test_sparqlwrapper_reads_yes_and_no(server: str) -> None:
    for kind, expected in ((FILO.Framework, True), (EX.Nothing, False)):
        text = f"ASK {{ ?s a <{kind}> }}"
        assert wrapper(f"{server}/sparql", text).query().convert()["boolean"] is expected
        said = wrapper(f"{server}/sparql", text, XML).query().convert().getElementsByTagName("boolean")[0]
        assert said.firstChild.data == str(expected).lower()


def test_sparqlwrapper_keeps_languages_and_datatypes(server: str) -> None:
    client: Any = SPARQLWrapper2(f"{server}/sparql")
    client.setQuery(f"SELECT * {{ <https://w3id.org/filorosso/voc/certainty/high> <{SKOS.prefLabel}> ?name ; <{FILO.rank}> ?rank }}")
    rows = client.query().bindings
    assert {row["name"].lang for row in rows} == {"en", "it"}
    assert {(row["rank"].value, row["rank"].datatype) for row in rows} == {("5", str(XSD.integer))}


@pytest.mark.parametrize("how", [GET, URLENCODED, POSTDIRECTLY])
def test_sparqlwrapper_names_the_graph_to_ask(server: str, store: Store, how: str) -> None:
    found = wrapper(f"{server}/sparql", COUNT, how=how, defaultGraph=str(AGENDA)).query().convert()
    (row,) = store.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{AGENDA}> {{ ?s ?p ?o }} }}")
    assert found["results"]["bindings"][0]["n"]["value"] == value_of(row["n"])


@pytest.mark.parametrize(
    ("path", "text", "error", "said"),
    [
        ("/sparql", "SELECT oops {", QueryBadFormed, "not SPARQL 1.1: error at 1:"),
        ("/sparqql", FRAMEWORKS, EndPointNotFound, "Not Found"),
        ("/update", "DROP ALL", Unauthorized, "writing needs a token"),
    ],
)
def test_sparqlwrapper_says_what_was_wrong_as_its_own_error(server: str, path: str, text: str, error: type[Exception], said: str) -> None:
    client = wrapper(server + path, text, how=URLENCODED if path == "/update" else GET)
    with pytest.raises(error) as raised:
        client.query()
    assert said in str(raised.value)


def test_sparqlwrapper_is_told_that_a_query_was_stopped(server: str) -> None:
    client = wrapper(f"{server}/sparql", ENDLESS)
    client.addParameter("timeout", "0.3")
    with pytest.raises(HTTPError) as raised:
        client.query()
    with raised.value as error:
        assert error.code == 503
        assert error.headers["Retry-After"]
        assert "took longer than 0.3 seconds" in json.load(error)["detail"]


@pytest.mark.parametrize("how", [URLENCODED, POSTDIRECTLY])
def test_sparqlwrapper_updates_with_a_token(empty: Endpoint, how: str) -> None:
    client = wrapper(empty.query, PREFIXES + "INSERT DATA { ex:a ex:p 'città'@it }", how=how, updateEndpoint=empty.update)
    with pytest.raises(Unauthorized):
        client.query()
    client.addCustomHttpHeader("Authorization", f"Bearer {empty.token}")
    said = json.load(client.query().response)
    assert (said["accepted"], said["added"]) == (True, 1)
    found = wrapper(empty.query, "SELECT ?o { ?s ?p ?o }").query().convert()
    assert found["results"]["bindings"] == [{"o": {"type": "literal", "value": "città", "xml:lang": "it"}}]


def test_sparqlwrapper_does_not_get_in_with_a_password(empty: Endpoint) -> None:
    client = wrapper(empty.query, "INSERT DATA { <urn:a> <urn:p> 1 }", how=URLENCODED, updateEndpoint=empty.update)
    client.setCredentials("tests", str(empty.token))
    with pytest.raises(Unauthorized, match="the token is not known here"):
        client.query()


# rdflib


def told(empty: Endpoint, **options: Any) -> SPARQLUpdateStore:
    return SPARQLUpdateStore(empty.query, empty.update, headers={"Authorization": f"Bearer {empty.token}"}, **options)


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_asks_however_it_sends(server: str, frameworks: set[str], goal: Graph, method: Any) -> None:
    graph = Graph(SPARQLStore(f"{server}/sparql", method=method))
    assert {str(row[0]) for row in graph.query(FRAMEWORKS)} == frameworks  # type: ignore[index]
    assert graph.query(f"ASK {{ ?s a <{FILO.Framework}> }}").askAnswer is True
    described = graph.query(DESCRIBE).graph
    assert described is not None
    assert isomorphic(described, goal)


def test_rdflib_reads_the_service_as_a_graph_and_by_named_graphs(server: str, store: Store) -> None:
    remote = SPARQLStore(f"{server}/sparql")
    union, agenda = Graph(remote), Graph(remote, identifier=AGENDA)
    assert Literal("Sustainable cities and communities", lang="en") in set(union.objects(SDG["11"], RDFS.label))
    assert (SDG["11"], RDF.type, FILO.Element) in union
    assert {str(graph) for graph in remote.contexts()} == {graph for graph in store.graphs() if graph}
    (row,) = store.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{AGENDA}> {{ ?s ?p ?o }} }}")
    assert str(len(agenda)) == value_of(row["n"])


def test_rdflib_binds_what_it_asks_for(server: str) -> None:
    graph = Graph(SPARQLStore(f"{server}/sparql"))
    rows = graph.query("SELECT ?name { ?goal rdfs:label ?name FILTER (lang(?name) = 'it') }", initBindings={"goal": SDG["11"]})
    assert [row[0] for row in rows] == [Literal("Città e comunità sostenibili", lang="it")]  # type: ignore[index]


def test_rdflib_adds_and_removes_in_the_default_graph_and_in_named_graphs(empty: Endpoint) -> None:
    dataset = Dataset(store=told(empty))
    graph = dataset.graph(EX.one)
    graph.add((EX.a, EX.p, Literal("città", lang="it")))
    graph.add((EX.a, EX.p, Literal(2)))
    graph.remove((EX.a, EX.p, Literal(2)))
    dataset.default_graph.add((EX.d, EX.p, EX.o))
    other = dataset.graph(EX.two)
    dataset.addN([(EX.b, EX.p, EX.o, other), (EX.c, EX.p, EX.o, other)])
    assert set(graph) == {(EX.a, EX.p, Literal("città", lang="it"))}
    assert set(dataset.default_graph) == {(EX.d, EX.p, EX.o)}
    assert {str(name) for name in told(empty).contexts()} == {str(EX.one), str(EX.two)}
    other.update(f"DELETE WHERE {{ <{EX.b}> ?p ?o }}")
    assert set(other) == {(EX.c, EX.p, EX.o)}
    dataset.remove_graph(EX.two)
    dataset.remove_graph(DATASET_DEFAULT_GRAPH_ID)
    assert [str(name) for name in told(empty).contexts()] == [str(EX.one)]
    assert len(dataset.default_graph) == 0


def test_rdflib_holds_writes_back_until_they_are_committed(empty: Endpoint) -> None:
    writing = told(empty, autocommit=False, dirty_reads=True)
    graph, seen = (Graph(store, identifier=DATASET_DEFAULT_GRAPH_ID) for store in (writing, told(empty)))
    graph.add((EX.a, EX.p, EX.o))
    writing.rollback()
    graph.add((EX.b, EX.p, EX.o))
    graph.add((EX.c, EX.p, EX.o))
    assert len(seen) == 0
    writing.commit()
    assert set(seen.subjects()) == {EX.b, EX.c}


def test_rdflib_cannot_write_without_a_token(empty: Endpoint) -> None:
    for headers in ({}, {"Authorization": "Bearer filorosso_nobody"}):
        graph = Graph(SPARQLUpdateStore(empty.query, empty.update, headers=headers), identifier=DATASET_DEFAULT_GRAPH_ID)
        with pytest.raises(HTTPError) as raised:
            graph.add((EX.a, EX.p, EX.o))
        with raised.value as error:
            assert error.code == 401
    assert len(Graph(SPARQLStore(empty.query))) == 0


# curl


def curl(*arguments: str | Path, status: int = 0) -> str:
    """What curl says; `status` is what it ends with."""
    if shutil.which("curl") is None:
        absent("curl")
    done = subprocess.run(
        ["curl", "--silent", "--show-error", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == status, done.stderr
    return done.stdout


def test_curl_uploads_a_graph_and_does_not_fetch_again_what_it_has(empty: Endpoint, tmp_path: Path) -> None:
    document, tag, kept = tmp_path / "one.ttl", tmp_path / "tag", tmp_path / "kept.nt"
    document.write_text(f"<{EX.a}> <{EX.p}> 'città'@it .\n", encoding="utf-8")
    token = ["--header", f"Authorization: Bearer {empty.token}"]
    address = f"{empty.graphs}?graph={EX.one}"
    code: list[str | Path] = ["--write-out", "%{http_code}", "--output"]
    assert curl(*token, "--header", "Content-Type: text/turtle", "--upload-file", document, *code, "-", address).endswith("}201")
    fetch: list[str | Path] = [*code, kept, "--header", "Accept: application/n-triples", "--etag-save", tag, "--etag-compare", tag, address]
    assert curl(*fetch) == "200"
    assert kept.read_text(encoding="utf-8") == f'<{EX.a}> <{EX.p}> "città"@it .\n'
    assert curl(*fetch) == "304"
    assert curl(*token, "--request", "DELETE", *code, tmp_path / "report", address) == "200"
    assert curl(*code, tmp_path / "problem", address) == "404"


def test_curl_sees_the_head_and_the_size_of_an_answer(server: str) -> None:
    question = ["--get", f"{server}/sparql", "--data-urlencode", f"query={FRAMEWORKS}"]
    size = len(curl(*question).encode())
    assert f"content-length: {size}" in curl("--head", *question).lower()


def test_curl_fails_where_the_service_refuses(server: str) -> None:
    said = curl("--fail-with-body", "--get", f"{server}/sparql", "--data-urlencode", "query=SELECT oops", status=22)
    assert json.loads(said)["status"] == 400


# Comunica


@dataclass(frozen=True)
class Asked:
    """What Comunica found, the requests that it sent, and how many rows it thought by VoID to find at which endpoint."""

    requests: list[dict[str, Any]]
    rows: list[dict[str, str]] = field(default_factory=list)
    estimated: list[tuple[str, float]] = field(default_factory=list)
    triples: list[tuple[str, str, str]] = field(default_factory=list)
    said: bool | None = None

    def sent(self, endpoint: str) -> list[str]:
        """What an endpoint was asked: queries as they stood in the address or in the body, `""` for its description."""
        mine = [request for request in self.requests if request["url"].partition("?")[0] == endpoint]
        return [request["body"] or request["url"].partition("query=")[2] for request in mine]


Comunica: TypeAlias = Callable[..., Asked]


@pytest.fixture(scope="session")
def comunica() -> Comunica:
    """Comunica, installed once into `.cache/node` as the committed lock file says; it asks sources in a process of its own."""
    try:
        folder = installed()
    except NpmError as error:
        absent(str(error))

    def ask(query: str, *sources: object, estimates: bool = False, headers: dict[str, str] | None = None) -> Asked:
        wanted = json.dumps({"query": query, "sources": sources, "headers": headers or {}, "estimates": estimates})
        done = subprocess.run(["node", "ask.mjs", wanted], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise RuntimeError(done.stderr)
        said = json.loads(done.stdout)
        return Asked(**said | {"triples": [tuple(triple) for triple in said.get("triples", ())]})

    return ask


def sparql(endpoint: str) -> dict[str, str]:
    """A source that Comunica is told to be a SPARQL endpoint."""
    return {"type": "sparql", "value": endpoint}


def names(store: Store) -> set[tuple[str, str]]:
    return {(value_of(row["s"]), value_of(row["name"])) for row in store.rows(NAMES)}


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((COMMITTED / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 100
    assert all("integrity" in package and "resolved" not in package for package in packages.values())


def test_comunica_finds_out_by_the_description_that_an_address_is_an_endpoint(comunica: Comunica, server: str, store: Store) -> None:
    asked = comunica(NAMES, f"{server}/sparql")
    assert {(row["s"], row["name"]) for row in asked.rows} == names(store)
    described, queried = asked.requests
    assert described["url"] == f"{server}/sparql"
    assert described["headers"]["accept"].startswith("application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9")
    assert queried["headers"]["accept"].startswith("application/sparql-results+json")
    assert queried["headers"]["user-agent"].startswith("Comunica/")


def test_comunica_reads_triples_and_yes_and_no(comunica: Comunica, server: str, goal: Graph) -> None:
    asked = comunica(DESCRIBE, sparql(f"{server}/sparql"))
    assert sorted(asked.triples) == sorted((str(s), str(p), str(o)) for s, p, o in goal)
    assert comunica(f"ASK {{ ?s a <{EX.Nothing}> }}", sparql(f"{server}/sparql")).said is False


def test_comunica_says_what_the_service_refused(comunica: Comunica, server: str) -> None:
    with pytest.raises(RuntimeError, match=r"HTTP status 422.*\n.*custom function <http://example.org/f> is not supported"):
        comunica(f"SELECT * {{ ?s a <{FILO.Framework}> FILTER (<{EX.f}>(?s)) }}", f"{server}/sparql")


def test_comunica_updates_with_a_token(comunica: Comunica, empty: Endpoint) -> None:
    token = {"Authorization": f"Bearer {empty.token}"}
    comunica(f"INSERT DATA {{ <{EX.a}> <{EX.p}> 1 }}", sparql(empty.update), headers=token)
    assert set(Graph(SPARQLStore(empty.query))) == {(EX.a, EX.p, Literal(1))}
    with pytest.raises(RuntimeError, match="HTTP status 401"):
        comunica(f"DELETE DATA {{ <{EX.a}> <{EX.p}> 1 }}", sparql(empty.update))


@pytest.fixture
def noted(empty: Endpoint) -> Endpoint:
    """The scratch service with notes on two of the frameworks, and on something else."""
    with Client(empty) as client:
        about = ("https://w3id.org/filorosso/id/agenda-2030", "https://w3id.org/filorosso/id/pnrr", EX.other)
        client.update(f"INSERT DATA {{ {' '.join(f'<{one}> <{EX.note}> {n} .' for n, one in enumerate(about))} }}").raise_for_status()
    return empty


NOTED = PREFIXES + "SELECT ?s ?name ?n { ?s a filo:Framework ; rdfs:label ?name . ?s ex:note ?n FILTER (lang(?name) = 'en') }"
JOINED = {("2030 Agenda for Sustainable Development", "0"), ("National Recovery and Resilience Plan", "1")}


def test_comunica_joins_two_services(comunica: Comunica, server: str, noted: Endpoint) -> None:
    asked = comunica(NOTED, sparql(f"{server}/sparql"), sparql(noted.query))
    assert {(row["name"], row["n"]) for row in asked.rows} == JOINED
    assert any("COUNT" in text for text in asked.sent(f"{server}/sparql"))
    assert any("VALUES" in text for text in asked.sent(f"{server}/sparql")), "what one service found was to be bound in the other"


def test_comunica_takes_counts_from_void(comunica: Comunica, server: str, noted: Endpoint) -> None:
    asked = comunica(NOTED, f"{server}/sparql", noted.query, estimates=True)
    assert {(row["name"], row["n"]) for row in asked.rows} == JOINED
    assert not any("COUNT" in text for text in asked.sent(f"{server}/sparql"))
    assert any("COUNT" in text for text in asked.sent(noted.query)), "a graph without VoID was to be counted"


@pytest.mark.xfail(
    strict=True, reason="of a union Comunica reads what is counted of each named graph, and the description has that of the whole only"
)
def test_what_comunica_expects_by_void_is_what_there_is(comunica: Comunica, server: str) -> None:
    for predicate in (FILO.rank, FILO.isWithin):
        asked = comunica(f"SELECT (COUNT(*) AS ?n) {{ ?s <{predicate}> ?o }}", f"{server}/sparql", estimates=True)
        assert {value for _, value in asked.estimated} == {float(asked.rows[0]["n"])}


def test_comunica_takes_service_apart_by_itself(comunica: Comunica, server: str, noted: Endpoint) -> None:
    text = f"SELECT * {{ SERVICE <{noted.query}> {{ ?s <{EX.note}> ?n }} SERVICE <{server}/sparql> {{ ?s a <{FILO.Framework}> }} }}"
    nothing = {"type": "serialized", "value": "", "mediaType": "text/turtle"}
    assert {row["n"] for row in comunica(text, nothing).rows} == {"0", "1"}
