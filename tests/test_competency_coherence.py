"""Competency questions on coherence, traceability and coverage (1, 2, 5 to 12 of the dossier): each answer, by value and whole."""

from __future__ import annotations

import pytest

from filorosso.graph import Library, Store, ask, native
from filorosso.graph.namespaces import FILO, ID, SDG, VOC

DUP, AGENDA, GOALS = "seregno-dup", "seregno-agenda-2022", "agenda-2030"
SEEDS = "document/seed-corpus"
VALDINULLA, RUPENERA = "https://example.org/id/valdinulla-2023", "https://example.org/id/rupenera"
MARKED_TWICE = "strategic-action/sviluppare-garantire-qualificare"
UNMARKED = [
    "strategic-action/governare-integrare-sostenere",
    "strategic-action/agevolare-e-sostenere",
    "strategic-action/rilanciare-e-creare-eccellenze",
]
CULTURE = "strategic-action/potenziare-e-valorizzare"
INNOVATION, HUB = "axis/innovazione", "project-platform/polo-dell-innovazione"
FOUR = {
    "project-platform/citta-della-cultura": "cultura",
    "project-platform/polo-della-stazione": "servizi-avanzati",
    "project-platform/seregno-sostenibile-e-resiliente": "sostenibilita-e-resilienza",
    "project-platform/welfare-di-comunita-e-servizi-abitativi": "welfare-di-comunita",
}

Value = str | int | float | bool | None


def short(term: str | None) -> Value:
    """A value as a person would write it here: names of nodes and concepts without what all have in common."""
    value = None if term is None else native(term)
    if not isinstance(value, str):
        return value
    for prefix in (f"{ID}{DUP}/", f"{ID}{AGENDA}/", f"{ID}seregno-piao/", f"{ID}evidence/", ID, VOC, FILO):
        value = value.removeprefix(prefix)
    return value.replace(SDG, "sdg/")


def table(store: Store, library: Library, name: str, columns: str, **values: str) -> list[tuple[Value, ...]]:
    """The columns of the answer to a question, in the order of its rows."""
    answer = ask(store, library.question(name), values)
    return [tuple(short(row.get(column)) for column in columns.split()) for row in answer.rows]


# 1: which actions are marked against more than one crossroads


@pytest.mark.parametrize("certainty", ["recalled", "medium-low", "high"])
def test_only_action_6_is_marked_against_two_crossroads_and_both_marks_are_of_high_certainty(
    certainty: str, store: Store, library: Library
) -> None:
    found = table(
        store,
        library,
        "elements-with-several-ends",
        "element end certain link ends",
        framework=DUP,
        toward=AGENDA,
        certainty=certainty,
        corpus=SEEDS,
    )
    assert found == [
        (MARKED_TWICE, "axis/benessere", "certainty/high", "contribution/azione-6-benessere", 2),
        (MARKED_TWICE, "axis/servizi-avanzati", "certainty/high", "contribution/azione-6-servizi-avanzati", 2),
    ]


def test_no_reading_of_a_mark_is_certain(store: Store, library: Library) -> None:
    assert table(store, library, "elements-with-several-ends", "element", framework=DUP, toward=AGENDA, certainty="certain") == []


def test_the_other_reading_of_a_mark_is_a_proposal_and_makes_no_second_end(store: Store, library: Library) -> None:
    assert {row[0] for row in table(store, library, "elements-with-several-ends", "element", framework=DUP)} == {MARKED_TWICE}


# 2: which crossroads share a goal, and which a goal and a mission


def test_four_pairs_of_crossroads_share_a_goal_and_a_mission_and_two_only_goal_11(store: Store, library: Library) -> None:
    found = table(store, library, "shared-frames", "one other frame frameOf frameworks", framework=AGENDA, kind="axis")
    shared: dict[tuple[Value, Value], set[Value]] = {}
    for one, other, frame, _, _ in found:
        shared.setdefault((one, other), set()).add(frame)
    assert shared == {
        ("axis/cultura", "axis/servizi-avanzati"): {"sdg/11", "pnrr/mission/m5"},
        ("axis/cultura", "axis/welfare-di-comunita"): {"sdg/11", "pnrr/mission/m1", "pnrr/mission/m5"},
        ("axis/servizi-avanzati", "axis/sostenibilita-e-resilienza"): {"sdg/11", "pnrr/mission/m2", "pnrr/mission/m3"},
        ("axis/servizi-avanzati", "axis/welfare-di-comunita"): {"sdg/11", "pnrr/mission/m5"},
        ("axis/cultura", "axis/sostenibilita-e-resilienza"): {"sdg/11"},
        ("axis/sostenibilita-e-resilienza", "axis/welfare-di-comunita"): {"sdg/11"},
    }
    assert {(frame, of) for _, _, frame, of, _ in found} == {
        ("sdg/11", GOALS),
        *((f"pnrr/mission/m{number}", "pnrr") for number in (1, 2, 3, 5)),
    }
    assert {pair: {row[4] for row in found if row[:2] == pair} for pair in shared} == {
        pair: {2 if len(frames) > 1 else 1} for pair, frames in shared.items()
    }


def test_the_frames_of_two_crossroads_were_not_read_and_the_answer_says_so(store: Store, library: Library) -> None:
    unknown = ask(store, library.question("shared-frames"), {"framework": AGENDA, "kind": "axis"}).completeness.unknown
    unread = {short(part.element) for part in unknown if short(part.extent) == "extent/none"}
    assert unread == {"axis/benessere", INNOVATION}


# 5: does the agenda assert coherence with the goals


def test_the_agenda_declares_a_frame_and_asserts_no_coherence_in_sources_that_were_read_whole(store: Store, library: Library) -> None:
    found = table(
        store, library, "declared-and-assessed", "other statement number proposed status", framework=AGENDA, toward=GOALS, corpus=SEEDS
    )
    assert found == [
        (GOALS, "CoherenceAssessment", 0, 0, "coverage-status/absent"),
        (GOALS, "Contribution", 0, 0, "coverage-status/unknown"),
        (GOALS, "Correspondence", 0, 0, "coverage-status/unknown"),
        (GOALS, "Frame", 1, 0, "coverage-status/declared"),
        (GOALS, "FundingAccess", 1, 0, "coverage-status/declared"),
        (GOALS, "Reference", 1, 0, "coverage-status/declared"),
    ]


def test_outside_the_seeds_too_the_agenda_asserts_no_coherence_with_any_framework(store: Store, library: Library) -> None:
    found = table(store, library, "declared-and-assessed", "other statement number proposed status", framework=AGENDA)
    assert {row[0] for row in found} == {GOALS, "milan-plan-2019-2021", "pnrr", "public-value"}
    assert [row[1:] for row in found if row[1] == "CoherenceAssessment"] == [("CoherenceAssessment", 0, 0, "coverage-status/absent")] * 4
    assert [row for row in found if row[2] or row[3]] == [
        (GOALS, "Frame", 14, 0, "coverage-status/declared"),
        (GOALS, "FundingAccess", 1, 0, "coverage-status/declared"),
        (GOALS, "Reference", 1, 0, "coverage-status/declared"),
        ("milan-plan-2019-2021", "Correspondence", 0, 9, "coverage-status/only-proposed"),
        ("pnrr", "Frame", 11, 0, "coverage-status/declared"),
        ("pnrr", "FundingAccess", 1, 0, "coverage-status/declared"),
        ("pnrr", "Reference", 6, 0, "coverage-status/declared"),
        ("public-value", "Reference", 1, 0, "coverage-status/declared"),
    ]


# 6: every path from a goal to a platform


def test_four_platforms_lead_to_goal_11_and_every_hop_has_its_page(store: Store, library: Library) -> None:
    found = table(
        store,
        library,
        "ways-from-goal-to-kind",
        "element position hopFrom hopKind hopTo restsOn lifeCycle certain document locator counted",
        goal=f"{SDG}11",
        kind="project-platform",
    )
    expected: list[tuple[Value, ...]] = []
    for platform, axis in FOUR.items():
        page = f"document/seregno2030-crocevia-di-{axis.removesuffix('-e-resilienza')}"
        state = ("life-cycle/accepted", "certainty/high", page, "page", True)
        expected += [
            (platform, 1, platform, "part-of", f"axis/{axis}", platform, *state),
            (platform, 2, f"axis/{axis}", "frame", "sdg/11", f"frame/{axis}-sdg-11", *state),
        ]
    assert found == expected


def test_a_way_that_rests_on_a_proposal_is_shown_and_does_not_count(store: Store, library: Library) -> None:
    found = table(
        store, library, "ways-from-goal-to-kind", "element hopTo lifeCycle counted position", goal=f"{SDG}11", kind="strategic-action"
    )
    proposed = {row[:3] for row in found if row[4] == 1 and not row[3]}
    assert proposed == {
        (f"strategic-action/{name}", "axis/welfare-di-comunita", "life-cycle/open")
        for name in ("partecipare-alla-rete-territoriale", "promuovere-sviluppare-ed-educare", "proteggere-garantire-e-valorizzare")
    }
    assert len({row[0] for row in found if row[3]}) == 7, "the actions marked in columns whose frame was read"


# 7: what is above an action, and what it is marked against


def test_above_the_action_on_culture_is_the_territory_and_it_is_marked_against_culture(store: Store, library: Library) -> None:
    piao = "document/piao-seregno-2022-2024"
    found = table(
        store,
        library,
        "above-and-marked",
        "hopFrom hopKind hopTo restsOn lifeCycle certain carriedOverFrom document locator",
        node=f"{DUP}/{CULTURE}",
        corpus=SEEDS,
    )
    above = (CULTURE, "part-of", "strategic-line/territorio", CULTURE, "life-cycle/accepted", "certainty/certain", None, piao)
    mark = (CULTURE, "contribution", "axis/cultura", "contribution/azione-8-cultura", "life-cycle/accepted", "certainty/high", None, piao)
    assert found == [(*above, "L119"), (*above, "L122"), (*mark, "L122 field 6")]


def test_a_mark_that_can_be_read_in_two_ways_shows_both_and_which_one_is_proposed(store: Store, library: Library) -> None:
    node = f"{DUP}/strategic-action/partecipare-alla-rete-territoriale"
    found = table(store, library, "above-and-marked", "hopKind hopTo lifeCycle certain", node=node)
    assert [row[1:] for row in found if row[0] == "contribution"] == [
        ("axis/cultura", "life-cycle/accepted", "certainty/medium-low"),
        ("axis/welfare-di-comunita", "life-cycle/open", "certainty/low"),
    ]


# 8: from the innovation hub upwards


def test_the_way_up_from_the_innovation_hub_is_proposed_and_breaks_at_its_axis_whose_page_was_not_read(
    store: Store, library: Library
) -> None:
    node = f"{AGENDA}/project/polo-dell-innovazione"
    hops = table(store, library, "way-up", "step hopFrom hopKind hopTo restsOn origin lifeCycle certain counted breaksAt", node=node)
    proposed = ("origin/analyst", "life-cycle/open", "certainty/medium", False, None)
    assert [row for row in hops if row[0]] == [
        (1, "project/polo-dell-innovazione", "contribution", HUB, "contribution/polo-dell-innovazione", *proposed),
        (2, HUB, "part-of", INNOVATION, "claim/polo-in-innovazione", *proposed),
        (
            3,
            INNOVATION,
            "part-of",
            "vision/citta-crocevia",
            INNOVATION,
            "origin/plan",
            "life-cycle/accepted",
            "certainty/certain",
            True,
            None,
        ),
    ]
    breaks = table(store, library, "way-up", "breaksAt reason explainedBy step", node=node)
    assert (INNOVATION, "break-reason/source-unread", "completeness/frame-innovazione", None) in breaks
    assert {row[0] for row in breaks if row[3] is None} <= {INNOVATION, HUB}


def test_asked_of_a_day_before_the_agenda_was_in_force_the_hub_has_no_way_through_it(store: Store, library: Library) -> None:
    node = f"{AGENDA}/project/polo-dell-innovazione"
    assert [row for row in table(store, library, "way-up", "step", node=node, asOf="2022-07-26") if row[0]] == []
    assert len([row for row in table(store, library, "way-up", "step", node=node, asOf="2022-07-27") if row[0]]) == 3


# 9: the parts of objective 3 and what it implements


def test_objective_3_has_four_parts_in_printed_order_and_implements_the_three_year_plan(store: Store, library: Library) -> None:
    found = table(
        store,
        library,
        "parts-and-instruments",
        "subject relation object position lifeCycle",
        node="seregno-piao/objective/3",
        corpus=SEEDS,
    )
    assert found == [
        *((f"sub-objective/3-{letter}", "isPartOf", "objective/3", number, None) for number, letter in enumerate("abcd", 1)),
        ("objective/3", "reference-kind/implements", "piano-triennale-ict", None, "life-cycle/accepted"),
    ]


def test_what_the_parts_of_a_section_refer_to_is_told_with_the_part(store: Store, library: Library) -> None:
    node = "seregno-piao/focus-area/semplificazione-e-digitalizzazione"
    found = table(store, library, "parts-and-instruments", "subject relation object lifeCycle", node=node)
    instruments = [row[:3] for row in found if row[1] != "isPartOf" and row[3] == "life-cycle/accepted"]
    section = "focus-area/semplificazione-e-digitalizzazione"
    assert instruments == [
        (section, "reference-kind/compatible-with", "piano-triennale-ict"),
        (section, "reference-kind/legal-basis", "act/dl-80-2021-art-6-c-2-f"),
        (section, "reference-kind/legal-basis", "act/dlgs-82-2005-art-2"),
        (section, "reference-kind/reports", "pnrr/mission/m1"),
        ("objective/3", "reference-kind/implements", "piano-triennale-ict"),
        ("task/11", "reference-kind/compatible-with", "agenda-digitale"),
        ("task/11", "reference-kind/compatible-with", "piano-triennale-ict"),
    ]
    assert {row[:2] for row in found if row[3] == "life-cycle/open"} == {(f"task/{n}", "reference-kind/legal-basis") for n in range(1, 12)}


# 10: which actions have no crossroads


def test_actions_1_3_and_11_have_no_attested_crossroads_and_that_is_unknown(store: Store, library: Library) -> None:
    found = table(
        store,
        library,
        "elements-without-contribution",
        "element status explainedBy",
        framework=DUP,
        kind="strategic-action",
        toward=AGENDA,
        corpus=SEEDS,
    )
    assert found == [
        (action, "coverage-status/unknown", f"completeness/azione-{number}") for action, number in zip(UNMARKED, (1, 3, 11), strict=True)
    ]


def test_without_the_less_certain_marks_four_more_actions_have_none_and_none_is_said_to_be_absent(store: Store, library: Library) -> None:
    found = table(
        store,
        library,
        "elements-without-contribution",
        "element status",
        framework=DUP,
        kind="strategic-action",
        toward=AGENDA,
        certainty="high",
    )
    left_out = {
        f"strategic-action/{name}"
        for name in (
            "proteggere-garantire-e-valorizzare",
            "promuovere-sviluppare-ed-educare",
            "partecipare-alla-rete-territoriale",
            "valorizzare-e-ampliare-l-offerta",
        )
    }
    assert {row[0] for row in found} == {*UNMARKED, *left_out}
    assert {row[1] for row in found} == {"coverage-status/unknown"}


def test_a_line_contributes_through_its_actions(store: Store, library: Library) -> None:
    found = table(store, library, "elements-without-contribution", "element status", framework=DUP, kind="strategic-line", toward=AGENDA)
    assert found == [("strategic-line/oltre-il-territorio", "coverage-status/unknown")]


# 11: which crossroads have no action


def test_three_crossroads_have_no_attested_action_and_of_none_of_them_it_is_certain(store: Store, library: Library) -> None:
    found = table(
        store, library, "elements-never-reached", "element status explainedBy", framework=AGENDA, kind="axis", by=DUP, corpus=SEEDS
    )
    assert found == [
        (INNOVATION, "coverage-status/unknown", "completeness/crocevia-innovazione"),
        ("axis/welfare-di-comunita", "coverage-status/only-proposed", "completeness/crocevia-welfare-di-comunita"),
        ("axis/sostenibilita-e-resilienza", "coverage-status/unknown", "completeness/crocevia-sostenibilita-e-resilienza"),
    ]


def test_without_the_proposed_readings_which_are_of_low_certainty_all_three_are_unknown(store: Store, library: Library) -> None:
    found = table(store, library, "elements-never-reached", "status", framework=AGENDA, kind="axis", by=DUP, certainty="medium")
    assert found == [("coverage-status/unknown",)] * 3


def test_where_the_official_mapping_was_read_whole_a_goal_that_no_measure_reaches_is_absent(store: Store, library: Library) -> None:
    found = table(store, library, "elements-never-reached", "element status explainedBy", framework=GOALS, kind="goal", by="pnrr-2023")
    assert found == [(f"sdg/{number}", "coverage-status/absent", None) for number in (15, 17, 2)]


# 12: which goals frame no crossroads, and is that answer complete


def test_seven_goals_frame_no_crossroads_and_the_answer_is_not_complete(store: Store, library: Library) -> None:
    values = {"framework": GOALS, "kind": "goal", "by": AGENDA}
    found = table(store, library, "goals-that-frame-nothing", "element status", **values)
    assert found == [(f"sdg/{number}", "coverage-status/unknown") for number in (1, 10, 14, 17, 2, 4, 6)]
    completeness = ask(store, library.question("goals-that-frame-nothing"), values).completeness
    assert completeness.states == ("unknown-parts",)
    assert {short(part.element) for part in completeness.unknown if short(part.extent) == "extent/none"} == {"axis/benessere", INNOVATION}


def test_a_mission_that_frames_a_crossroads_through_its_continuant_is_not_listed(store: Store, library: Library) -> None:
    found = table(store, library, "goals-that-frame-nothing", "element status", framework="pnrr-2023", kind="mission", by=AGENDA)
    assert found == [("pnrr-2023/mission/m4", "coverage-status/unknown")]


def test_goals_that_a_plan_declares_as_a_whole_are_in_its_frame(store: Store, library: Library) -> None:
    found = table(store, library, "goals-that-frame-nothing", "element", framework=GOALS, kind="goal", by="milan-sustainability")
    assert {f"sdg/{number}" for number in range(1, 18)} - {row[0] for row in found} == {f"sdg/{n}" for n in (7, 8, 9, 11, 12, 13)}


# On plans that no question was written for


def test_where_the_frames_of_a_plan_were_read_whole_a_goal_without_one_is_absent_and_a_target_counts_for_its_goal(
    fictional: Store, library: Library
) -> None:
    found = table(fictional, library, "goals-that-frame-nothing", "element status", framework=GOALS, kind="goal", by=RUPENERA)
    assert {row[1] for row in found} == {"coverage-status/absent"}
    assert {f"sdg/{number}" for number in range(1, 18)} - {row[0] for row in found} == {"sdg/6", "sdg/11", "sdg/13"}


def test_contributions_inside_a_plan_are_not_to_another_and_parts_count_for_what_they_are_part_of(
    fictional: Store, library: Library
) -> None:
    def without(**values: str) -> set[str]:
        rows = table(fictional, library, "elements-without-contribution", "element", framework=VALDINULLA, **values)
        return {str(row[0]).removeprefix(f"{VALDINULLA}/") for row in rows}

    # These contribute to nothing but the plan itself: an action, and the objective that it is part of.
    assert without() - without(toward=VALDINULLA) == {"strategic-action/pedibus", "objective/percorsi-casa-scuola"}
    assert without(toward=VALDINULLA, kind="axis") == {"axis/mobilita", "axis/casa", "axis/cultura"}
    assert without(kind="axis") == {"axis/casa", "axis/cultura"}


def test_what_a_plan_says_of_itself_is_not_said_of_other_frameworks(fictional: Store, library: Library) -> None:
    found = table(fictional, library, "declared-and-assessed", "other statement number", framework=VALDINULLA)
    assert [row for row in found if row[2]] == [
        (GOALS, "Contribution", 4),
        (GOALS, "Frame", 5),
        ("budget-missions", "Contribution", 2),
        ("pnrr", "Frame", 4),
    ]
    assert len(found) == 18, "six kinds of statement for each of three frameworks"
