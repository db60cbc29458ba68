"""W3C's update suites leave the same graphs behind as W3C says: 93 evaluation cases and 63 of syntax, one test a case.

What is in the service before comes by the graph store protocol, the update by the SPARQL protocol, and what is there after by the graph store
protocol again: each graph is compared, and there may be no other. An empty graph and none are one: a service is free to remember either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Triple

from .w3c_sparql import Case, Client, Endpoint, Graphs, listed, of_kind, read_graphs, read_suite, same_graph

EVALUATED = {
    "add": "add01 add02 add03 add04 add05 add06 add07 add08",
    "basic-update": """
        insert-data-spo1 insert-data-spo-named1 insert-data-spo-named2 insert-data-spo-named3 insert-where-01 insert-where-02
        insert-where-03 insert-where-04 insert-using-01 insert-05a insert-data-same-bnode insert-where-same-bnode
        insert-where-same-bnode2
    """,
    "clear": "dawg-clear-default-01 dawg-clear-graph-01 dawg-clear-named-01 dawg-clear-all-01",
    "copy": "copy01 copy02 copy03 copy04 copy06 copy07",
    "delete": """
        dawg-delete-01 dawg-delete-02 dawg-delete-03 dawg-delete-04 dawg-delete-05 dawg-delete-06 dawg-delete-07 dawg-delete-with-01
        dawg-delete-with-02 dawg-delete-with-03 dawg-delete-with-04 dawg-delete-with-05 dawg-delete-with-06 dawg-delete-using-01
        dawg-delete-using-02a dawg-delete-using-03 dawg-delete-using-04 dawg-delete-using-05 dawg-delete-using-06a
    """,
    "delete-data": """
        dawg-delete-data-01 dawg-delete-data-02 dawg-delete-data-03 dawg-delete-data-04 dawg-delete-data-05 dawg-delete-data-06
    """,
    "delete-insert": """
        dawg-delete-insert-01 dawg-delete-insert-01b dawg-delete-insert-01c dawg-delete-insert-02 dawg-delete-insert-04
        dawg-delete-insert-04b dawg-delete-insert-05b dawg-delete-insert-06b
    """,
    "delete-where": """
        dawg-delete-where-01 dawg-delete-where-02 dawg-delete-where-03 dawg-delete-where-04 dawg-delete-where-05 dawg-delete-where-06
    """,
    "drop": "dawg-drop-default-01 dawg-drop-graph-01 dawg-drop-named-01 dawg-drop-all-01",
    "move": "move01 move02 move03 move04 move06 move07",
    "update-silent": """
        load-silent load-into-silent clear-silent clear-default-silent create-silent drop-silent drop-default-silent copy-silent
        copy-to-default-silent move-silent move-to-default-silent add-silent add-to-default-silent
    """,
}

WELL_FORMED = {
    "syntax-update-1": """
        test_1 test_2 test_3 test_4 test_5 test_6 test_7 test_8 test_9 test_10 test_11 test_12 test_13 test_14 test_15 test_16
        test_17 test_18 test_19 test_20 test_21 test_22 test_23 test_24 test_25 test_26 test_27 test_28 test_29 test_30 test_31
        test_32 test_33 test_34 test_35 test_36 test_37 test_38 test_39 test_40 test_53
    """,
    "syntax-update-2": "syntax-update-other-01",
}
ILL_FORMED = {
    "delete-insert": """
        dawg-delete-insert-03 dawg-delete-insert-03b dawg-delete-insert-05 dawg-delete-insert-06 dawg-delete-insert-07
        dawg-delete-insert-07b dawg-delete-insert-08 dawg-delete-insert-09
    """,
    "syntax-update-1": "test_41 test_42 test_43 test_44 test_45 test_46 test_47 test_48 test_49 test_50 test_51 test_52 test_54",
}

THING = NamedNode("http://example.org/thing")
SOMETHING: Graphs = {None: [Triple(THING, THING, THING)], "http://example.org/graph": [Triple(THING, THING, THING)]}


@pytest.fixture(scope="module")
def client(scratch: Endpoint) -> Iterator[Client]:
    with Client(scratch) as client:
        yield client


@pytest.fixture(scope="module")
def suite(rdflib_sources: Path) -> Mapping[str, Case]:
    return read_suite(rdflib_sources)


def test_no_case_of_the_suites_is_left_out(suite: Mapping[str, Case]) -> None:
    assert listed(EVALUATED) == of_kind(suite, "UpdateEvaluationTest")
    assert listed(WELL_FORMED) == of_kind(suite, "PositiveUpdateSyntaxTest11")
    assert listed(ILL_FORMED) == of_kind(suite, "NegativeUpdateSyntaxTest11")


def assert_same(given: Graphs, expected: Graphs) -> None:
    """Each graph that is not empty is in both, and says the same."""
    said, wanted = ({name: triples for name, triples in graphs.items() if triples} for graphs in (given, expected))
    assert said.keys() == wanted.keys()
    for name, triples in wanted.items():
        assert same_graph(said[name], triples), (name, said[name], triples)


@pytest.mark.parametrize("name", listed(EVALUATED))
def test_the_graphs_are_the_expected_ones(client: Client, suite: Mapping[str, Case], name: str) -> None:
    case = suite[name]
    client.load(read_graphs(case.before))
    answer = client.update(case.based)
    assert answer.is_success, answer.text
    assert_same(client.graphs(), read_graphs(case.after))


@pytest.mark.parametrize("name", listed(WELL_FORMED))
def test_a_well_formed_update_is_not_a_bad_request(client: Client, suite: Mapping[str, Case], name: str) -> None:
    client.load({})
    answer = client.update(suite[name].text)
    assert answer.status_code not in (400, 401), answer.text


@pytest.mark.parametrize("name", listed(ILL_FORMED))
def test_an_ill_formed_update_is_a_bad_request_and_changes_nothing(client: Client, suite: Mapping[str, Case], name: str) -> None:
    client.load(SOMETHING)
    answer = client.update(suite[name].text)
    assert answer.status_code == 400, answer.text
    assert_same(client.graphs(), SOMETHING)
