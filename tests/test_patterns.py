"""A query over the triples that its patterns read has the answer that it has over everything."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filorosso.graph import QueryError, Store, open_store
from filorosso.graph.delta import Delta
from filorosso.graph.patterns import Pattern, Reading, readings
from filorosso.graph.terms import Quad, value_of

ONE, TWO = "<urn:graph:1>", "<urn:graph:2>"
INTEGER = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'


def store_of(quads: Iterable[Quad]) -> Store:
    store = open_store(Path(os.devnull), union=False)
    store.apply(Delta(added=tuple(quads), created=(value_of(ONE), value_of(TWO))))
    return store


def read(store: Store, reading: Reading) -> set[Quad]:
    """What an engine that answers nothing but basic graph patterns gives."""

    def written(pattern: Pattern) -> str:
        triple = " ".join(pattern.triple) + " ."
        return f"GRAPH {pattern.graph} {{ {triple} }}" if pattern.graph else triple

    where = " ".join(map(written, (*reading.wanted, *reading.given)))
    limit = f" LIMIT {reading.limit}" if reading.limit is not None else ""
    found = [{f"?{name}": term for name, term in row.items()} for row in store.rows(f"SELECT * WHERE {{ {where} }}{limit}")]
    quads = set()
    for row in found:
        for pattern in reading.wanted:
            s, p, o, graph = (row.get(term, term) for term in (*pattern.triple, pattern.graph))
            quads.add((s, p, o, graph))
    return quads


def answer(store: Store, sparql: str) -> Counter[Any]:
    results = store.query(sparql)
    if results.kind == "ask":
        return Counter([results.write("text/csv")])
    if results.kind == "graph":
        return Counter(set(results.triples()))
    return Counter(tuple(sorted(row.items())) for row in results.rows())


def over_patterns(store: Store, sparql: str) -> Counter[Any]:
    part = store_of({quad for reading in readings(sparql) for quad in read(store, reading)})
    return answer(part, sparql)


# Queries by chance

NODES, PREDICATES, VARIABLES = ["<urn:a>", "<urn:b>", "<urn:c>"], ["<urn:p>", "<urn:q>", "<urn:r>"], ["?x", "?y", "?z"]
GRAPHS = ["", "", ONE, TWO]

quads = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from([*NODES, '"1"', INTEGER]), st.sampled_from(GRAPHS)),
    min_size=4,
    max_size=16,
)
ends = st.sampled_from([*VARIABLES, *VARIABLES, *NODES[:2]])
steps = st.sampled_from(PREDICATES)
paths = st.one_of(
    *[steps] * 8,
    st.just("?p"),
    st.builds("^{}".format, steps),
    st.builds("({}|{})".format, steps, steps),
    st.builds("({}/{})".format, steps, steps),
    st.builds("({}|{})/{}".format, steps, steps, steps),
    st.builds("({}|^{})?".format, steps, steps),
    st.builds("{}*".format, steps),
    st.builds("({}|{})*".format, steps, steps),
    st.builds("({}/{})+".format, steps, steps),
    st.builds("!({}|^{})".format, steps, steps),
)
objects = st.one_of(*[ends] * 6, st.sampled_from(['"1"', "1", "1.0"]))
triples = st.builds("{} {} {} .".format, ends, paths, objects)
blocks = st.lists(triples, min_size=1, max_size=2).map(" ".join)
values = st.one_of(
    st.builds(
        "VALUES {} {{ {} {} }}".format, st.sampled_from(VARIABLES), st.sampled_from(NODES), st.sampled_from([*NODES, "UNDEF", '"1"'])
    ),
    st.builds(
        "VALUES ({} {}) {{ ({} {}) }}".format, st.just("?x"), st.just("?y"), st.sampled_from(NODES), st.sampled_from([*NODES, "UNDEF"])
    ),
)
filters = st.one_of(
    st.builds("FILTER ({} != {})".format, st.sampled_from(VARIABLES), ends),
    st.builds("FILTER (BOUND({}) || {} = {})".format, st.sampled_from(VARIABLES), st.sampled_from(VARIABLES), ends),
)


def nested(groups: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Groups of groups, what need not match between what must."""
    rest = st.one_of(st.just(""), blocks, groups)
    inside = st.one_of(blocks, groups, st.builds("{} {}".format, blocks, groups))
    return st.one_of(
        st.builds("{} OPTIONAL {{ {} }} {}".format, rest, inside, rest),
        st.builds("{} OPTIONAL {{ {} }} {}".format, blocks, inside, blocks),
        st.builds("{} MINUS {{ {} }} {}".format, blocks, inside, rest),
        st.builds("{} FILTER NOT EXISTS {{ {} }} {}".format, blocks, inside, rest),
        st.builds("{} FILTER (EXISTS {{ {} }} || BOUND({}))".format, rest, inside, st.sampled_from(VARIABLES)),
        st.builds("{{ {} }} UNION {{ {} }} {}".format, inside, inside, rest),
        st.builds("{} GRAPH {} {{ {} }}".format, rest, st.sampled_from(["?g", "?x", ONE, TWO]), inside),
        st.builds("{} {{ SELECT {} WHERE {{ {} }} }}".format, rest, st.sampled_from(["DISTINCT ?x", "?x ?y", "*"]), inside),
        st.builds("{} {{ SELECT ?x (COUNT(?y) AS ?n) WHERE {{ {} }} GROUP BY ?x }}".format, rest, inside),
        st.builds("{} {{ {} }}".format, rest, inside),
        st.builds("{} {}".format, values, inside),
        st.builds("{} {}".format, inside, filters),
    )


groups = st.recursive(blocks, nested, max_leaves=4)
queries = st.one_of(
    st.builds("SELECT * WHERE {{ {} }}".format, groups),
    st.builds("SELECT * WHERE {{ {} {} }}".format, values, groups),
    st.builds("SELECT ?x (COUNT(*) AS ?number) (MAX(STR(?y)) AS ?most) WHERE {{ {} }} GROUP BY ?x".format, groups),
    st.builds("ASK {{ {} }}".format, groups),
    st.builds("CONSTRUCT {{ ?x <urn:is> ?y }} WHERE {{ {} }}".format, groups),
    st.builds("DESCRIBE ?x <urn:a> WHERE {{ {} }}".format, groups),
)


@settings(max_examples=400, deadline=None)
@given(quads, queries)
def test_any_query_has_the_same_answer_over_what_it_reads(data: list[Quad], sparql: str) -> None:
    store = store_of(data)
    try:
        whole = answer(store, sparql)
    except QueryError:
        return  # not every text that chance writes is SPARQL (a variable that SELECT and BIND both name, say)
    assert over_patterns(store, sparql) == whole


# What careless narrowing would answer wrongly

A, B, C, P, Q, R = "<urn:a>", "<urn:b>", "<urn:c>", "<urn:p>", "<urn:q>", "<urn:r>"
SMALL: list[Quad] = [
    (A, P, B, ""),
    (A, Q, B, ""),
    (C, R, C, ""),
    (B, P, C, ""),
    (C, Q, A, ""),
    (A, P, B, ONE),
    (C, R, A, TWO),
    (C, R, INTEGER, ""),
]


@pytest.mark.parametrize(
    "where",
    [
        "?x <urn:p> ?z OPTIONAL { ?x <urn:q> ?y } ?y <urn:r> <urn:c>",
        "?y <urn:r> <urn:c> OPTIONAL { ?x <urn:p> ?z OPTIONAL { ?x <urn:q> ?y } }",
        "?x <urn:p> ?z OPTIONAL { ?z <urn:p> ?y } OPTIONAL { ?y <urn:r> ?w } ?x <urn:q> ?w",
        "?x <urn:p> ?z MINUS { ?x <urn:q> ?y } ?y <urn:r> <urn:c>",
        "?x <urn:p> ?z FILTER NOT EXISTS { ?x <urn:q> ?y } ?y <urn:r> <urn:c>",
        "{ ?x <urn:p> ?y } UNION { ?x <urn:q> ?z } OPTIONAL { ?y <urn:r> ?w } ?z <urn:p> ?w",
        "?x <urn:p> ?y { SELECT ?x (COUNT(?y) AS ?n) WHERE { ?x ?any ?y } GROUP BY ?x }",
        "?x <urn:p> ?y { SELECT ?x WHERE { ?x ?any ?y } ORDER BY ?x ?y LIMIT 2 }",
        "VALUES ?x { <urn:a> <urn:c> } OPTIONAL { ?x <urn:p> ?y } OPTIONAL { ?y <urn:p> ?z }",
        "?x <urn:p>* ?y",
        "?x (<urn:p>|<urn:r>)+ ?y",
        "VALUES ?x { <urn:nowhere> <urn:b> } ?x <urn:q>* ?y",
        "?x <urn:r> 1.0",
        "?x <urn:r> ?v VALUES ?v { 1 1.0 }",
        "GRAPH ?g { ?x <urn:p> ?y } GRAPH ?h { ?z <urn:r> ?x }",
        "GRAPH ?g { { SELECT ?x WHERE { ?x ?any ?g } } }",
        "GRAPH ?g { }",
        "?x (<urn:p>|<urn:q>|<urn:r>|<urn:s>)/(<urn:p>|<urn:q>|<urn:r>|<urn:s>)/(<urn:p>|<urn:q>|<urn:r>) ?y",
        "BIND (<urn:a> AS ?x) OPTIONAL { ?x <urn:p> ?y }",
        "{ } UNION { ?x <urn:p> ?y }",
    ],
)
def test_what_may_be_unbound_narrows_nothing(where: str) -> None:
    store, sparql = store_of(SMALL), f"SELECT * WHERE {{ {where} }}"
    assert over_patterns(store, sparql) == answer(store, sparql)


def test_a_question_about_one_node_reads_little() -> None:
    many = [(f"<urn:n{number}>", predicate, f"<urn:n{number + 1}>", "") for number in range(1000) for predicate in (P, Q, R)]
    store = store_of(many)
    sparql = "SELECT * WHERE { VALUES (?x) { (<urn:n5>) } ?x <urn:p> ?y . ?y <urn:q> ?z OPTIONAL { ?z <urn:r> ?w FILTER (?w != ?x) } }"
    assert len({quad for reading in readings(sparql) for quad in read(store, reading)}) == 3
    assert sum(over_patterns(store, sparql).values()) == 1


def test_any_rows_will_do_where_a_limit_asks_for_some() -> None:
    (reading,) = readings("SELECT * WHERE { ?s ?p ?o } LIMIT 10 OFFSET 5")
    assert reading.limit == 15
    assert all(reading.limit is None for reading in readings("SELECT * WHERE { ?s ?p ?o } ORDER BY ?s LIMIT 10"))


@pytest.mark.parametrize("sparql", ["SELECT * WHERE { SERVICE <urn:s> { ?s ?p ?o } }", "SELECT * WHERE {" + "{" * 3000 + "}" * 3001])
def test_what_cannot_be_told_is_an_error(sparql: str) -> None:
    with pytest.raises(QueryError):
        readings(sparql)
