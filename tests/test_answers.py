"""What an answer says of itself: how complete it is, how to cite it, and the same answer as a frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filorosso.graph import CitationError, Library, ParameterError, Sensitivity, Store, ask, native, sensitivity, value_of
from filorosso.graph.answers import canonical
from filorosso.graph.namespaces import ID, VOC

COVERAGE = {"framework": "agenda-2030", "kind": "goal", "by": "seregno-agenda-2022"}


def test_an_answer_that_rests_on_what_was_read_whole_is_complete(store: Store, library: Library) -> None:
    answer = ask(
        store, library.question("matrix"), {"rows": "pnrr-2023", "rowKind": "mission", "columns": "agenda-2030", "columnKind": "goal"}
    )
    assert answer.completeness.states == ("complete",)
    assert sum(int(value_of(row["number"])) for row in answer.rows) == 467


def test_an_answer_with_unknown_parts_names_the_statements_and_their_reasons(store: Store, library: Library) -> None:
    answer = ask(store, library.question("coverage"), COVERAGE)
    assert answer.completeness.states == ("unknown-parts",)
    elements = {value_of(unknown.element).rsplit("/", 1)[-1] for unknown in answer.completeness.unknown if unknown.element}
    assert {"innovazione", "benessere"} <= elements
    assert all(unknown.reasons for unknown in answer.completeness.unknown)
    assert not any(unknown.extent.endswith("/whole>") for unknown in answer.completeness.unknown)


def test_a_statement_on_another_element_does_not_bear_on_the_answer(store: Store, library: Library) -> None:
    answer = ask(store, library.question("sensitivity"), {"framework": "seregno-dup", "kind": "axis", "certainty": "high"})
    about = {unknown.element for unknown in answer.completeness.unknown}
    assert f"<{ID}seregno-agenda-2022/axis/innovazione>" not in about


def test_a_limit_cuts_and_says_so(store: Store, library: Library) -> None:
    cut = ask(store, library.question("coverage"), COVERAGE, limit=5)
    assert len(cut.rows) == 5
    assert cut.completeness.states == ("cut", "unknown-parts")
    assert cut.completeness.cut_at == 5
    whole = ask(store, library.question("coverage"), COVERAGE, limit=17)
    assert len(whole.rows) == 17
    assert "cut" not in whole.completeness.states


def test_a_graph_is_cut_too(store: Store, library: Library) -> None:
    graph = library.question("thread-graph")
    assert len(ask(store, graph, graph.example, limit=3).triples) == 3


def test_time_stops_and_says_so(store: Store, library: Library) -> None:
    stopped = ask(store, library.question("broken-threads"), seconds=0.0)
    assert len(stopped.rows) == 1
    assert "stopped" in stopped.completeness.states
    assert stopped.completeness.stopped_after == 0.0


def test_the_same_question_of_the_same_release_has_the_same_citation(store: Store, library: Library) -> None:
    one, other = (ask(store, library.question("coverage"), COVERAGE) for _ in range(2))
    assert one.citation.compare(str(other.citation)) == "same"
    assert len(str(one.citation)) == 30
    assert str(one.citation).split("-")[1] == store.name[:8]


def test_how_a_node_is_named_does_not_change_the_citation(store: Store, library: Library) -> None:
    by_iri = COVERAGE | {"by": f"{ID}seregno-agenda-2022"}
    assert ask(store, library.question("coverage"), by_iri).citation == ask(store, library.question("coverage"), COVERAGE).citation


def test_a_citation_tells_same_changed_and_another_release_apart(store: Store, library: Library) -> None:
    citation = ask(store, library.question("coverage"), COVERAGE).citation
    assert citation.compare(f"{citation.asked}-00000000-{citation.result}") == "same-in-another-release"
    assert citation.compare(f"{citation.asked}-{citation.release}-aaaaaaaaaaaa") == "changed"


@pytest.mark.parametrize("cited", ["", "x", "aaaaaaaa-bbbbbbbb", "aaaaaaaa-bbbbbbbb-cccc"])
def test_what_is_no_citation_is_refused(store: Store, library: Library, cited: str) -> None:
    with pytest.raises(CitationError, match="is not a citation; one looks like"):
        ask(store, library.question("coverage"), COVERAGE).citation.compare(cited)


def test_a_citation_of_another_question_is_refused(store: Store, library: Library) -> None:
    other = ask(store, library.question("coverage"), COVERAGE | {"kind": "target"}).citation
    with pytest.raises(CitationError, match="another question, or the same one with other parameters"):
        ask(store, library.question("coverage"), COVERAGE).citation.compare(str(other))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_number_has_one_spelling(number: object) -> None:
    spelt = canonical(f'"{number}"^^<http://www.w3.org/2001/XMLSchema#decimal>')
    assert canonical(spelt) == spelt
    assert canonical(f'"{number:.9f}"^^<http://www.w3.org/2001/XMLSchema#decimal>') == spelt


def test_the_declared_view_holds_no_proposal_and_everything_else(store: Store) -> None:
    proposed = "SELECT ?link { ?link filo:hasLifeCycle ?state FILTER (?state != <https://w3id.org/filorosso/voc/life-cycle/accepted>) }"
    assert store.rows(proposed)
    assert store.declared.rows(proposed) == []
    assert store.declared.rows("SELECT ?s { ?s filo:mayContributeTo|filo:mayBePartOf|filo:mayHaveStrategicFrame ?o }") == []
    assert len(store.declared) < len(store)
    standing = "SELECT ?thread { ?thread a filo:Thread ; filo:isCounted true } ORDER BY ?thread"
    assert store.declared.rows(standing) == store.rows(standing)


def test_the_declared_view_asks_without_proposals(store: Store, library: Library) -> None:
    money = {"framework": "seregno-agenda-2022", "kind": "axis", "proposals": "with-proposals"}
    with_proposals = ask(store, library.question("money-by-element"), money)
    without = ask(store.declared, library.question("money-by-element"), money)
    assert any("/axis/" in row["end"] for row in with_proposals.rows)
    assert {row["end"] for row in without.rows} == {f"<{VOC}attribution-gap/no-thread>"}


def test_what_changes_without_the_less_certain_is_told(store: Store, library: Library) -> None:
    question = library.question("elements-without-contribution")
    answer = ask(store, question, question.example)
    assert len(answer.rows) == 3
    changed = sensitivity(store, answer, "certain")
    assert changed.lost == ()
    assert len(changed.gained) == 8, "no mark of the table is certain"
    assert sensitivity(store, answer, "recalled") == Sensitivity(f"<{VOC}certainty/recalled>", (), ())


def test_a_question_that_knows_no_degrees_has_no_sensitivity(store: Store, library: Library) -> None:
    question = library.question("money-by-fund")
    with pytest.raises(ParameterError, match="does not tell degrees of certainty apart"):
        sensitivity(store, ask(store, question), "high")
    with pytest.raises(ParameterError, match="one of certain, high"):
        sensitivity(store, ask(store, library.question("coverage"), COVERAGE), "sure")


# Frames


def test_a_pandas_frame_has_the_columns_the_labels_and_the_numbers(store: Store, library: Library) -> None:
    answer = ask(store, library.question("coverage"), COVERAGE)
    frame = answer.to_pandas("it", store)
    assert list(frame.columns) == ["element", "elementLabel", "status", "statusLabel", "declared", "proposed"]
    assert len(frame) == 17
    assert int(frame["declared"].sum()) == sum(int(value_of(row["declared"])) for row in answer.rows)
    assert "Istruzione di qualità" in set(frame["elementLabel"])
    assert list(answer.to_pandas().columns) == list(answer.columns)


def test_a_polars_frame_says_the_same(store: Store, library: Library) -> None:
    answer = ask(store, library.question("money-by-fund"))
    frame = answer.to_polars("en", store)
    assert frame.columns == ["source", "sourceLabel", "amountKind", "amountKindLabel", "amount", "fundings"]
    assert frame["amount"].to_list() == [native(row["amount"]) for row in answer.rows]
