"""Competency questions 13 to 24 of the dossier, asked with their examples: its answers are these tests'."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from filorosso.graph import Library, Row, Store, ask, value_of
from filorosso.graph.namespaces import DCT, FILO, ID, VOC

SEEDS = "document/seed-corpus"


def asked(store: Store, library: Library, name: str, **values: str) -> tuple[Row, ...]:
    return ask(store, library.question(name), values).rows


def last(term: str) -> str:
    return value_of(term).rsplit("/", 1)[-1]


def column(rows: Iterable[Row], name: str) -> list[str]:
    return [last(row[name]) for row in rows if name in row]


def test_13_all_six_digital_objectives_lack_all_four(store: Store, library: Library) -> None:
    rows = asked(store, library, "what-objectives-lack", framework="seregno-piao", kind="objective", corpus=SEEDS)
    lacking = {(last(row["element"]), value_of(row["lacks"]).removeprefix(FILO)) for row in rows}
    things = {"measures", "hasAmount", "isCarriedOutBy", "Contribution"}
    assert lacking == {(str(number), thing) for number in range(1, 7) for thing in things}
    assert set(column(rows, "status")) == {"no-link"}, "this part of the PIAO was read whole"


def test_14_no_action_has_an_indicator(store: Store, library: Library) -> None:
    rows = asked(store, library, "indicators-of-elements", framework="seregno-dup", kind="strategic-action", corpus=SEEDS)
    assert len({row["element"] for row in rows}) == 11
    assert not any("indicator" in row for row in rows)


def test_15_the_six_crossroads_stand_in_two_seeds_line_by_line(store: Store, library: Library) -> None:
    rows = asked(store, library, "statements-and-evidence", framework="seregno-agenda-2022", kind="axis", corpus=SEEDS)
    own = [row for row in rows if row["statement"] == row["element"]]
    assert len({row["element"] for row in own}) == 6
    piao = Counter(row["element"] for row in own if last(row["document"]) == "piao-seregno-2022-2024" and value_of(row["locator"]) == "L50")
    assert set(piao.values()) == {1}
    assert len(piao) == 6
    agenda = [row for row in own if last(row["document"]) == "pim-agenda-seregno"]
    assert len({row["element"] for row in agenda}) == 6
    assert {last(row["method"]) for row in agenda} == {"transcription"}
    assert all(row["certain"] for row in rows)


def test_16_the_area_of_the_hub_is_given_twice_and_both_are_kept(store: Store, library: Library) -> None:
    rows = asked(store, library, "disagreements", node="seregno-agenda-2022/project/polo-dell-innovazione")
    assert {float(value_of(row["value"])) for row in rows} == {3825, 3835}
    assert len({row["source"] for row in rows}) == 3


def test_16_the_eleven_amounts_of_the_mapping_that_differ_are_kept_beside_the_plans(store: Store, library: Library) -> None:
    rows = asked(store, library, "disagreements")
    amounts = {row["subject"] for row in rows if value_of(row["property"]) == f"{FILO}hasAmount"}
    assert len(amounts) == 11


def test_17_the_nine_marks_rest_on_optical_recognition_alone(store: Store, library: Library) -> None:
    rows = asked(store, library, "uncertain-statements", framework="seregno-dup", corpus=SEEDS)
    marks = [row for row in rows if last(row["sort"]) == "Contribution" and last(row["lifeCycle"]) == "accepted"]
    assert len(marks) == 9
    assert {last(row["method"]) for row in marks} == {"ocr"}
    assert {value_of(row["otherEvidence"]) for row in marks} == {"0"}
    assert len([row for row in rows if last(row["lifeCycle"]) == "open"]) == 3, "the second reading of the three marks of one glyph"


def test_17_without_them_every_action_and_every_crossroads_is_unknown(store: Store, library: Library) -> None:
    actions = asked(store, library, "answers-without-uncertain", framework="seregno-dup", kind="strategic-action", corpus=SEEDS)
    assert sorted(int(value_of(row["with"])) for row in actions) == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2]
    assert {value_of(row["without"]) for row in actions} == {"0"}
    axes = asked(store, library, "answers-without-uncertain", framework="seregno-agenda-2022", kind="axis", corpus=SEEDS)
    assert sorted(int(value_of(row["with"])) for row in axes) == [0, 0, 0, 2, 2, 5]
    assert {value_of(row["without"]) for row in axes} == {"0"}


def test_18_the_policy_areas_of_milan_in_2020_are_the_six_of_2019(store: Store, library: Library) -> None:
    rows = asked(store, library, "elements-valid-on", framework="milan-plan", kind="policy-area", day="2020-06-01")
    assert {last(row["version"]) for row in rows} == {"milan-plan-2019-2021"}
    assert len(rows) == 6
    assert {(last(row["inForce"]), last(row["covered"])) for row in rows} == {("yes", "yes")}


def test_18_in_force_and_covered_are_two_things(store: Store, library: Library) -> None:
    before = asked(store, library, "elements-valid-on", framework="milan-plan", kind="policy-area", day="2019-06-01")
    assert {(last(row["inForce"]), last(row["covered"])) for row in before} == {("no", "yes")}, "the plan covers 2019 from January"
    after = asked(store, library, "elements-valid-on", framework="milan-plan", kind="policy-area", day="2022-06-01")
    assert {(last(row["inForce"]), last(row["covered"])) for row in after} == {("yes", "no")}, "until the next is approved"


def test_19_the_amount_stands_once_for_the_four_actions_together(store: Store, library: Library) -> None:
    (row,) = asked(store, library, "amounts-of", node="citta-distretto/phase/fase-preliminare", corpus=SEEDS)
    assert float(value_of(row["euro"])) == 18000
    assert last(row["amountKind"]) == "allocated"
    assert last(row["act"]) == "dgc-sassuolo-154-2014"
    assert value_of(row["datePrinted"]) == "4 novembre"
    assert len(value_of(row["parts"]).split()) == 4


def test_20_the_four_axes_read_have_no_funded_project(store: Store, library: Library) -> None:
    rows = asked(store, library, "frames-without-funded-project", framework="seregno-agenda-2022", kind="axis", upper="pnrr")
    assert {last(row["element"]) for row in rows} == {"servizi-avanzati", "cultura", "welfare-di-comunita", "sostenibilita-e-resilienza"}
    assert {value_of(row["fundedProjects"]) for row in rows} == {"0"}
    assert len(rows) == 3 + 2 + 3 + 2, "one row for each mission that an axis declares"


def test_20_a_project_that_is_only_proposed_rejected_or_superseded_is_no_project(fictional: Store, library: Library) -> None:
    plan = "https://example.org/id/valdinulla-2023"
    (row,) = asked(fictional, library, "frames-without-funded-project", framework=plan, kind="axis", upper="pnrr")
    assert last(row["element"]) == "casa"
    assert value_of(row["proposedProjects"]) == "1"


def test_22_who_approved_what_and_where_nobody_says(store: Store, library: Library) -> None:
    rows = asked(store, library, "approvals", corpus=SEEDS)
    by_act = {last(row["act"]): row for row in rows if "act" in row}
    milan = by_act["dcm-milano-43-2019"]
    assert (value_of(milan["number"]), value_of(milan["datePrinted"])) == ("43/2019", "23/10/2019")
    assert last(milan["body"]) == "consiglio-metropolitano-di-milano"
    assert last(milan["step"]) == "isApprovedBy"
    district = by_act["dgc-sassuolo-154-2014"]
    assert (value_of(district["number"]), value_of(district["datePrinted"])) == ("154", "4 novembre")
    assert last(district["step"]) == "isStartedBy"
    unknown = {last(row["framework"]) for row in rows if "act" not in row}
    assert {"seregno-dup", "seregno-piao", "seregno-mandate", "citta-distretto"} <= unknown


def test_23_the_round_table_has_three_kinds_of_members_and_the_list_is_open(store: Store, library: Library) -> None:
    rows = asked(store, library, "bodies-of-process", framework="milan-plan-2019-2021")
    bodies = {last(row["body"]) for row in rows}
    assert len(bodies) == 4
    tables = [row for row in rows if "member" in row]
    assert len({row["member"] for row in tables}) == 4
    table = [row for row in tables if "tavolo-metropolitano" in row["body"] and "universit" not in row["body"]]
    assert len(table) == 3
    assert all("openList" in row for row in table)


def test_24_milan_aligns_with_the_axis_by_proposed_mappings_and_is_above_nobody(store: Store, library: Library) -> None:
    node = "seregno-agenda-2022/axis/sostenibilita-e-resilienza"
    rows = asked(store, library, "alignments-of", node=node, other="milan-plan-2019-2021")
    assert {(last(row["element"]), last(row["by"]), last(row["lifeCycle"])) for row in rows} == {
        ("sostenibilita-ambientale", "core#closeMatch", "open"),
        ("infrastrutture-e-sistemi-di-mobilita", "core#relatedMatch", "open"),
    }
    assert not any("hierarchy" in row for row in rows)
    others = asked(store, library, "alignments-of", node=node)
    shared = [row for row in others if value_of(row["by"]) == f"{FILO}tracesTo"]
    assert shared
    assert all(row["shared"] for row in shared)


def test_the_iris_that_these_tests_name_are_there(store: Store) -> None:
    assert store.objects(f"<{ID}document/piao-seregno-2022-2024>", f"<{DCT}isPartOf>") == [f"<{ID}{SEEDS}>"]
    assert store.objects(f"<{VOC}verdict/yes>", "<http://www.w3.org/2004/02/skos/core#prefLabel>")
