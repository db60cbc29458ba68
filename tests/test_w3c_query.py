"""W3C's query suites give the same answers through the service as W3C says: 183 evaluation cases and 98 of syntax, one test a case.

Evaluated are all that the manifests list but federation (`service`: no remote service is here) and `entailment` (none is promised). Tables are
asked for in the format that the expected answer is written in, and in JSON too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from .w3c_sparql import (
    CSV,
    JSON,
    MEDIA_TYPES,
    TSV,
    TURTLE,
    Case,
    Client,
    Endpoint,
    Table,
    listed,
    media_type,
    of_kind,
    read_graph,
    read_graphs,
    read_results,
    read_suite,
    read_triples,
    same_graph,
)

EVALUATED = {
    "aggregates": """
        agg01 agg02 agg03 agg04 agg05 agg06 agg07 agg08b agg-groupconcat-01 agg-groupconcat-02 agg-groupconcat-03 agg-sum-01
        agg-sum-02 agg-avg-01 agg-avg-02 agg-min-01 agg-min-02 agg-max-01 agg-max-02 agg-sample-01 agg-err-01 agg-err-02
        agg-empty-group
    """,
    "bind": "bind01 bind02 bind03 bind04 bind05 bind06 bind07 bind08 bind10 bind11",
    "bindings": "values1 values2 values3 values4 values5 values6 values7 values8 inline1 inline2",
    "construct": "constructwhere01 constructwhere02 constructwhere03 constructwhere04",
    "csv-tsv-res": "csv01 tsv01 csv02 tsv02 csv03 tsv03",
    "exists": "exists01 exists02 exists03 exists04 exists05",
    "functions": """
        strdt01 strdt02 strdt03 strlang01 strlang02 strlang03 isnumeric01 abs01 ceil01 floor01 round01 concat01 concat02 substring01
        substring02 length01 ucase01 lcase01 encode01 contains01 starts01 ends01 plus-1 plus-2 md5-01 md5-02 sha1-01 sha1-02
        sha256-01 sha256-02 sha512-01 sha512-02 minutes seconds hours month year day timezone tz bnode01 bnode02 in01 in02 notin01
        notin02 now01 rand01 iri01 if01 if02 coalesce01 strbefore01a strbefore02 strafter01a strafter02 replace01 replace02 replace03
        uuid01 struuid01
    """,
    "grouping": "group01 group03 group04 group05",
    "json-res": "jsonres01 jsonres02 jsonres03 jsonres04",
    "negation": """
        subset-by-exclusion-nex-1 subset-by-exclusion-minus-1 temporal-proximity-by-exclusion-nex-1 subset-01 subset-02 set-equals-1
        subset-03 exists-01 exists-02 full-minuend partial-minuend
    """,
    "project-expression": "projexp01 projexp02 projexp03 projexp04 projexp05 projexp06 projexp07",
    "property-path": """
        pp01 pp02 pp03 pp06 pp07 pp08 pp09 pp10 pp11 pp12 pp14 pp16 pp21 pp23 pp25 pp28a pp30 pp31 pp32 pp33 pp34 pp35 pp36 pp37
    """,
    "subquery": """
        subquery01 subquery02 subquery03 subquery04 subquery05 subquery06 subquery07 subquery08 subquery09 subquery10 subquery11
        subquery12 subquery13 subquery14
    """,
}

# Why Oxigraph fails, in process as through any service. A case that is here and passes fails its test: take it off.
KNOWN_FAILURES = {
    "aggregates/agg-empty-group": "no solution where GROUP BY has nothing to group; the suite of 2012 wants one, and a head without the selected ?x",
    "csv-tsv-res/tsv03": "the store writes xsd:negativeInteger as xsd:integer",
    "functions/bnode01": "BNODE(text) gives one blank node for a text in all solutions, not one in each",
    "functions/strdt03": "RDF 1.1: STRDT takes an xsd:string, which RDF 1.0 held apart from a plain literal",
    "functions/strlang03": "RDF 1.1: STRLANG takes an xsd:string, which RDF 1.0 held apart from a plain literal",
}

TO_FAIL = {name: pytest.mark.xfail(reason=why, raises=AssertionError, strict=True) for name, why in KNOWN_FAILURES.items()}

WELL_FORMED = {
    "syntax-fed": "test_1 test_2 test_3",
    "syntax-query": """
        test_1 test_2 test_3 test_4 test_5 test_6 test_7 test_8 test_9 test_10 test_11 test_12 test_13 test_14 test_15 test_16
        test_17 test_18 test_19 test_20 test_21 test_22 test_23 test_24 test_25 test_26 test_27 test_28 test_29 test_30 test_31
        test_32 test_33 test_34 test_35a test_36a test_38a test_40 test_41 test_42 test_53 test_54 test_55 test_56 test_57 test_58
        test_59 test_63 test_64 test_66 test_pn_01 test_pn_02 test_pn_03 test_pn_04 test_pn_05 test_pn_06 test_pn_07 test_pn_08
        test_pn_09 test_pp_coll
    """,
}
ILL_FORMED = {
    "aggregates": "agg08 agg09 agg10 agg11 agg12",
    "construct": "constructwhere05 constructwhere06",
    "grouping": "group06 group07",
    "syntax-query": """
        test_43 test_44 test_45 test_46 test_47 test_48 test_49 test_50 test_51 test_60 test_61a test_62a test_65 test_pn_bad_01
        test_pn_bad_02 test_pn_bad_03 test_pn_bad_04 test_pn_bad_05 test_pn_bad_06 test_pn_bad_07 test_pn_bad_08 test_pn_bad_09
        test_pn_bad_10 test_pn_bad_11 test_pn_bad_12 test_pn_bad_13
    """,
}


@pytest.fixture(scope="module")
def client(scratch: Endpoint) -> Iterator[Client]:
    with Client(scratch) as client:
        yield client


@pytest.fixture(scope="module")
def suite(rdflib_sources: Path) -> Mapping[str, Case]:
    return read_suite(rdflib_sources)


def test_no_case_of_the_suites_is_left_out(suite: Mapping[str, Case]) -> None:
    evaluated = of_kind(suite, "QueryEvaluationTest", "CSVResultFormatTest", without=("service", "entailment"))
    assert listed(EVALUATED) == evaluated
    assert listed(WELL_FORMED) == of_kind(suite, "PositiveSyntaxTest11")
    assert listed(ILL_FORMED) == of_kind(suite, "NegativeSyntaxTest11")
    assert set(KNOWN_FAILURES) <= set(evaluated)


@pytest.mark.parametrize("name", [pytest.param(name, marks=TO_FAIL.get(name, ())) for name in listed(EVALUATED)])
def test_the_answer_is_the_expected_one(client: Client, suite: Mapping[str, Case], name: str) -> None:
    case = suite[name]
    assert case.result is not None
    client.load(read_graphs(case.before))
    form = MEDIA_TYPES[case.result.suffix]
    if form == TURTLE:
        answer = client.query(case.based, TURTLE)
        assert (answer.status_code, media_type(answer)) == (200, TURTLE), answer.text
        assert same_graph(read_triples(answer), read_graph(case.result)), answer.text
        return
    expected = read_results(case.result.read_bytes(), form)
    for accept in dict.fromkeys([form] if form in (CSV, TSV) else [form, JSON]):
        answer = client.query(case.based, accept)
        assert (answer.status_code, media_type(answer)) == (200, accept), answer.text
        given = read_results(answer.content, accept)
        if isinstance(expected, Table):
            assert isinstance(given, Table)
            assert given.canonical() == expected.canonical(), answer.text
        else:
            assert given == expected


@pytest.mark.parametrize("name", listed(WELL_FORMED))
def test_a_well_formed_query_is_not_a_bad_request(client: Client, suite: Mapping[str, Case], name: str) -> None:
    answer = client.query(suite[name].text, "*/*")
    assert answer.status_code != 400, answer.text


@pytest.mark.parametrize("name", listed(ILL_FORMED))
def test_an_ill_formed_query_is_a_bad_request(client: Client, suite: Mapping[str, Case], name: str) -> None:
    answer = client.query(suite[name].text, "*/*")
    assert answer.status_code == 400, answer.text
