"""The endpoint over real HTTP, asked by clients that nobody here wrote: curl, SPARQLWrapper, rdflib's SPARQLStore."""

from __future__ import annotations

import html
import json
import re
import subprocess
from typing import Any

import httpx
import pytest
from rdflib import Graph, Literal
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper

from filorosso.graph import Release, Store

GOALS = "SELECT ?goal ?label { ?goal filo:inFramework <https://w3id.org/filorosso/id/agenda-2030> ; filo:hasKind <https://w3id.org/filorosso/voc/element-kind/goal> ; rdfs:label ?label }"
PREFIXES = "PREFIX filo: <https://w3id.org/filorosso/onto/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
DESCRIBE = "DESCRIBE <http://metadata.un.org/sdg/11>"


def curl(*arguments: str) -> str:
    return subprocess.run(["curl", "--silent", "--show-error", *arguments], capture_output=True, text=True, check=True).stdout


def test_curl_gets_json(server: str) -> None:
    answer = json.loads(curl("--get", f"{server}/sparql", "--data-urlencode", f"query={PREFIXES}{GOALS}"))
    assert len(answer["results"]["bindings"]) == 34


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("text/html, application/sparql-results+xml;q=0.5, text/csv;q=0.4", "application/sparql-results+xml"),
        ("text/csv;q=0.1, text/*;q=0.9", "text/tab-separated-values"),
    ],
)
def test_tables_come_in_the_format_asked_for(server: str, accept: str | None, content_type: str) -> None:
    headers = {"accept": accept} if accept else {}
    for query in (PREFIXES + GOALS, "ASK { ?s ?p ?o }"):
        answer = httpx.get(f"{server}/sparql", params={"query": query}, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == content_type
        assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("accept", "content_type", "parser"),
    [
        (None, "text/turtle", "turtle"),
        ("text/turtle", "text/turtle", "turtle"),
        ("application/n-triples", "application/n-triples", "nt"),
        ("application/ld+json", "application/ld+json", "json-ld"),
        ("application/rdf+xml", "application/rdf+xml", "xml"),
    ],
)
def test_graphs_come_in_the_format_asked_for(server: str, accept: str | None, content_type: str, parser: str) -> None:
    headers = {"accept": accept} if accept else {}
    answers = [httpx.get(f"{server}/sparql", params={"query": q}, headers=headers) for q in (DESCRIBE, "CONSTRUCT { ?s a ?t } { ?s a ?t }")]
    for answer in answers:
        assert answer.headers["content-type"].split(";")[0] == content_type
        assert len(Graph().parse(data=answer.text, format=parser)) > 3


def test_a_query_is_posted_as_a_form_or_as_itself(server: str) -> None:
    form = httpx.post(f"{server}/sparql", data={"query": PREFIXES + GOALS})
    direct = httpx.post(f"{server}/sparql", content=PREFIXES + GOALS, headers={"content-type": "application/sparql-query"})
    assert form.json() == direct.json()


def test_the_default_graph_is_the_union(server: str, store: Store) -> None:
    answer = httpx.get(f"{server}/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}).json()
    assert int(answer["results"]["bindings"][0]["n"]["value"]) > 0.9 * len(store)


BAD = [
    ("POST", {"data": {}}, 415, "content type must be"),
    ("POST", {"data": {"timeout": "1"}}, 400, "no query given"),
    ("GET", {"params": {"query": "ASK {}", "timeout": "soon"}}, 400, "timeout='soon' is not a number of seconds"),
    ("GET", {"params": [("query", "ASK {}"), ("query", "ASK {}")]}, 400, "is given 2 times"),
    ("GET", {"params": {"query": "SELECT oops"}}, 400, "not SPARQL 1.1: error at 1:"),
    ("GET", {"params": {"query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"}}, 403, "asks only registered servers"),
    ("GET", {"params": {"query": "DROP ALL"}}, 400, "not SPARQL 1.1"),
    ("GET", {"params": {"query": "ASK {}"}, "headers": {"accept": "image/png"}}, 406, "comes as one of"),
    ("POST", {"content": "ASK {}", "headers": {"content-type": "text/plain"}}, 415, "content type must be"),
    ("POST", {"content": b"\xff\xfe", "headers": {"content-type": "application/sparql-query"}}, 400, "not UTF-8"),
    ("PUT", {"content": "x"}, 405, "ask with GET, HEAD or POST"),
]


@pytest.mark.parametrize(("method", "request_", "status", "said"), BAD)
def test_a_bad_request_is_a_problem_that_says_what_is_wrong(
    server: str, method: str, request_: dict[str, object], status: int, said: str
) -> None:
    answer = httpx.request(method, f"{server}/sparql", **request_)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert answer.json()["status"] == status


def test_the_server_does_not_say_what_it_is_made_of(server: str) -> None:
    answer = httpx.get(f"{server}/nothing")
    assert answer.status_code == 404
    assert "server" not in answer.headers


def asked(client: SPARQLWrapper, query: str, form: str) -> Any:
    client.setQuery(query)
    client.setReturnFormat(form)
    return client.query().convert()


def test_sparqlwrapper_understands_every_answer(server: str) -> None:
    client = SPARQLWrapper(f"{server}/sparql")
    assert len(asked(client, PREFIXES + GOALS, JSON)["results"]["bindings"]) == 34
    assert asked(client, PREFIXES + GOALS, XML).getElementsByTagName("result").length == 34
    client.setMethod(POST)
    assert asked(client, PREFIXES + GOALS, CSV).count(b"metadata.un.org") == 34
    assert len(Graph().parse(data=asked(client, DESCRIBE, TURTLE), format="turtle")) > 3


def test_rdflib_reads_the_endpoint_as_a_graph(server: str) -> None:
    graph = Graph(SPARQLStore(f"{server}/sparql"))
    rows: Any = graph.query(PREFIXES + "SELECT ?l { <http://metadata.un.org/sdg/11> rdfs:label ?l }")
    names = {name for (name,) in rows}
    assert Literal("Sustainable cities and communities", lang="en") in names


@pytest.mark.parametrize("lang", ["it", "en"])
def test_the_front_page_names_frameworks_counts_and_examples(server: str, lang: str, release: Release) -> None:
    page = httpx.get(server, headers={"accept-language": lang})
    assert page.status_code == 200
    assert f'<html lang="{lang}">' in page.text
    assert {"it": "Agenda 2030 per lo sviluppo sostenibile", "en": "2030 Agenda for Sustainable Development"}[lang] in page.text
    assert str(release.manifest["counts"]["Project"]) in page.text
    assert page.text.count("/answer?") == 5
    assert "http://" not in page.text.replace(server, "").replace("http://metadata.un.org", "").replace("http://www.w3.org", "")


def test_every_question_of_the_front_page_finds_something(server: str) -> None:
    page = httpx.get(server + "/?lang=it").text
    addresses = [html.unescape(found) for found in re.findall(r'href="(/questions/[^"]+)"', page)]
    assert len(addresses) == 5
    for address in addresses:
        answer = httpx.get(server + address, timeout=60)
        assert answer.status_code == 200
        assert "xlsx" in address or answer.json()["rows"], address
