from __future__ import annotations

import json
from pathlib import Path

import pytest

from filorosso.graph import QueryError, ReleaseError, Store, open_store

ALL = "SELECT * { ?s ?p ?o }"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("store") / "data.nq"
    path.write_text('<http://a> <http://p> "x"@it <http://g1> .\n<http://b> <http://p> <http://a> <http://g2> .\n')
    return open_store(path)


def test_the_default_graph_is_the_union_of_the_named_graphs(small: Store) -> None:
    assert len(small.rows(ALL)) == len(small) == 2
    assert len(small.rows("SELECT * { GRAPH <http://g1> { ?s ?p ?o } }")) == 1


def test_rows_hold_terms_with_their_language(small: Store) -> None:
    assert small.rows("SELECT ?o { <http://a> ?p ?o }") == [{"o": '"x"@it'}]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { # innocent\n SERVICE<http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { BIND('it''s' AS ?x) SERVICE ?x { ?s ?p ?o } }",
        "PREFIX x: <http://x/> SELECT * { OPTIONAL { ?a a x:\\#a } . SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { ?x a 1SERVICE<http://127.0.0.1:9/> { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:a { ?s ?p ?o } }",
        "SELECT * { # it's\n SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } # it's",
    ],
)
def test_no_query_reaches_another_server(small: Store, query: str) -> None:
    with pytest.raises(QueryError, match=r"SERVICE|not SPARQL"):
        small.query(query)


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s ?p "SERVICE <http://x>" }',
        "SELECT ?service { ?service ?p ?o }",
        "SELECT * { ?s <http://x/SERVICE/y> ?o } # SERVICE",
        "SELECT * { ?s <http://x/#a> '''it's a \"SERVICE\" here''' }",
    ],
)
def test_the_word_service_elsewhere_is_no_harm(small: Store, query: str) -> None:
    assert small.query(query).kind == "select"


def test_a_query_that_names_its_dataset_gets_that(small: Store) -> None:
    assert len(small.rows("SELECT * FROM <http://g1> { ?s ?p ?o }")) == 1
    assert small.rows("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }") == []


@pytest.mark.parametrize(
    "query",
    ["SELECT * {" + "{" * 20_000 + "}" * 20_000 + "}", "ASK { FILTER(" + "1+" * 9_000 + "1) }", "ASK { FILTER(" + "!" * 30_000 + "1) }"],
)
def test_a_query_too_deep_or_long_for_the_engine_is_refused(small: Store, query: str) -> None:
    with pytest.raises(QueryError, match=r"deeper|longer"):
        small.query(query)


def test_a_syntax_error_says_where(small: Store) -> None:
    with pytest.raises(QueryError, match=r"not SPARQL 1\.1: error at 2:"):
        small.query("SELECT * {\n oops }")


def test_every_format_of_an_answer_can_be_written(small: Store) -> None:
    for query in (ALL, "ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }"):
        for media_type in small.query(query).media_types:
            assert small.query(query).write(media_type)


def test_json_results_are_those_of_the_protocol(small: Store) -> None:
    written = json.loads(small.query("SELECT ?o { <http://a> ?p ?o }").write("application/sparql-results+json"))
    assert written["results"]["bindings"] == [{"o": {"type": "literal", "value": "x", "xml:lang": "it"}}]


def test_a_damaged_release_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "data.nq.gz"
    path.write_bytes(b"not gzip")
    with pytest.raises(ReleaseError, match="build the release again"):
        open_store(path)
