"""A plan that the library has never seen, with levels of its own: the general questions work on it, and the old answers stay.

Question 25 of the dossier: what joins, what stays unmapped, and do the other questions still give the same answers for the old plans?
The plans are invented (tests/data/plans); Rupenera's levels are horizons, sites and steps.
"""

from __future__ import annotations

from typing import Any

import pytest

from filorosso.graph import Answer, Library, Question, Store, ask, read_library, value_of
from filorosso.graph.answers import canonical
from filorosso.graph.namespaces import ID, VOC

RUPENERA = "https://example.org/id/rupenera"
QUESTIONS = list(read_library())
# What sums or lists the whole graph changes when the graph grows; each is asked here of an old plan instead.
OF_THE_WHOLE_GRAPH = {
    "money-by-fund": {"source": "M5C2I1.02.00"},
    "conflicts": {"framework": "seregno-agenda-2022"},
    "conflicting-pairs": {"framework": "seregno-agenda-2022"},
    "differing-judgements": {"framework": "seregno-agenda-2022"},
    "in-force": {"day": "2024-01-01", "framework": "milan-plan"},
}
SUMS = {"money-by-element", "money-by-territory", "matrix-money"}


def rows(answer: Answer) -> list[Any]:
    if answer.triples:
        return sorted(answer.triples)
    return sorted(tuple(sorted((name, canonical(term)) for name, term in row.items())) for row in answer.rows)


def of_old_plans(answer: Answer) -> list[Any]:
    """The rows that name no node of the invented plans."""
    return [row for row in rows(answer) if "https://example.org/" not in str(row)]


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.name not in SUMS], ids=lambda question: question.name)
def test_the_old_answers_stay_when_plans_are_added(question: Question, store: Store, fictional: Store) -> None:
    values = OF_THE_WHOLE_GRAPH.get(question.name, question.example)
    assert of_old_plans(ask(fictional, question, values)) == rows(ask(store, question, values))


@pytest.mark.parametrize("name", sorted(SUMS))
def test_sums_of_the_whole_graph_only_grow(name: str, store: Store, fictional: Store, library: Library) -> None:
    question = library.question(name)
    key = [column for column in question.returns if column in ("end", "row", "column", "amountKind")]

    def sums(asked: Store) -> dict[tuple[str, ...], float]:
        return {
            tuple(row[column] for column in key): float(value_of(row["distributed"])) for row in ask(asked, question, question.example).rows
        }

    before, after = sums(store), sums(fictional)
    assert before
    assert all(after[place] >= amount for place, amount in before.items())
    assert sum(after.values()) > sum(before.values())


def short(term: str) -> str:
    return value_of(term).removeprefix("https://example.org/id/")


def test_what_joins_and_what_stays_unmapped(fictional: Store, library: Library) -> None:
    answer = ask(fictional, library.question("joins-and-unmapped"), {"framework": RUPENERA})
    status: dict[str, set[str]] = {}
    for row in answer.rows:
        status.setdefault(value_of(row["status"]).rsplit("/", 1)[-1], set()).add(short(row["element"]).removeprefix("rupenera/"))
    joined = status["declared"]
    assert {name.rsplit("/", 1)[-1] for name in joined} == {"terra-che-tiene", "acque-lente", "corse-serali"}
    assert {"paesi-abitati", "botteghe", "forno-comune", "mani-e-mestieri", "scuola-dei-mestieri"} <= {
        name.rsplit("/", 1)[-1] for name in status["unknown"]
    }


def test_the_general_questions_work_on_a_plan_with_levels_of_its_own(fictional: Store, library: Library) -> None:
    def asked(name: str, **values: str) -> Answer:
        return ask(fictional, library.question(name), values)

    kinds = {value_of(row["kind"]).removeprefix(f"{VOC}element-kind/") for row in asked("joins-and-unmapped", framework=RUPENERA).rows}
    assert kinds == {"policy-area", "line-of-work", "action"}

    covered = {
        value_of(r["element"]): value_of(r["status"]).rsplit("/", 1)[-1]
        for r in asked("coverage", framework="agenda-2030", kind="goal", by=RUPENERA).rows
    }
    assert {goal.rsplit("/", 1)[-1] for goal, status in covered.items() if status == "declared"} == {"13", "6", "11"}
    assert set(covered.values()) <= {"declared", "unknown", "absent"}

    matrix = asked("matrix", rows=RUPENERA, rowKind="policy-area", columns="agenda-2030", columnKind="goal")
    assert {(short(r["row"]).rsplit("/", 1)[-1], value_of(r["column"]).rsplit("/", 1)[-1]) for r in matrix.rows} >= {
        ("terra-che-tiene", "13")
    }

    orphans = {short(r["orphan"]).rsplit("/", 1)[-1] for r in asked("broken-threads", node=RUPENERA, direction="up").rows}
    assert {"paesi-abitati", "botteghe"} <= orphans
    assert "acque-lente" not in orphans

    thread = asked("thread", **{"from": "https://example.org/id/project/muri-di-sassoscuro", "to": "http://metadata.un.org/sdg/13"})
    assert thread.rows
    assert all(row["document"] and row["locator"] for row in thread.rows)

    shared = asked("shared-ground", framework=RUPENERA, other="seregno-agenda-2022", kind="goal")
    assert {value_of(row["shared"]).rsplit("/", 1)[-1] for row in shared.rows} == {"11", "13"}

    aligned = ask(
        fictional, library.question("alignments-of"), {"node": "seregno-agenda-2022/axis/sostenibilita-e-resilienza", "other": RUPENERA}
    )
    mapping = [row for row in aligned.rows if "closeMatch" in row["by"]]
    assert [value_of(row["lifeCycle"]).rsplit("/", 1)[-1] for row in mapping] == ["open"]
    assert not any("hierarchy" in row for row in aligned.rows)


def test_versions_of_a_plan_that_nobody_here_wrote_are_compared(fictional: Store, library: Library) -> None:
    valdinulla = "https://example.org/id/valdinulla"
    answer = ask(fictional, library.question("difference"), {"from": f"{valdinulla}-2020", "to": f"{valdinulla}-2023"})
    found: dict[str, set[str]] = {}
    for row in answer.rows:
        node = row.get("after") or row["before"]
        found.setdefault(value_of(row["change"]).rsplit("/", 1)[-1], set()).add(short(node).rsplit("/", 1)[-1])
    assert found["removed"] == {"fiera", "mercato-coperto"}
    assert "scuola" in found["added"]
    assert found["renamed"] == {"acqua"}
    assert found["moved"] == {"percorsi-casa-scuola"}
    assert "acqua" in found["link-added"]
    assert "acqua" in found["link-removed"]


def test_conflicts_of_the_invented_plan_are_all_found(fictional: Store, library: Library) -> None:
    answer = ask(fictional, library.question("conflicts"), {})
    found: dict[str, set[str]] = {}
    for row in answer.rows:
        found.setdefault(value_of(row["conflict"]).rsplit("/", 1)[-1], set()).add(short(row["assessment"]).rsplit("/", 1)[-1])
    assert found["negative"] == {"rive-fiume-nilsson", "posti-auto-meno-auto", "rive-risparmio-vas", "scuole-trasporto"}
    assert found["pulling"] == {"posti-auto-meno-auto"}
    assert {short(row["project"]).rsplit("/", 1)[-1] for row in answer.rows if "project" in row} == {"parcheggio-della-corriera"}
    pairs = {frozenset((row["assessment"], row["second"])) for row in answer.rows if "second" in row}
    names = {frozenset(short(term).rsplit("/", 1)[-1] for term in pair) for pair in pairs}
    assert names == {frozenset({"rive-fiume-vas", "rive-fiume-nilsson"}), frozenset({"risparmio-fiume-vas", "fiume-risparmio-universita"})}


def test_judgements_that_differ_are_shown_side_by_side_and_never_averaged(fictional: Store, library: Library) -> None:
    answer = ask(fictional, library.question("differing-judgements"), {})
    assert len(answer.rows) == 2
    for row in answer.rows:
        assert row["assessor"] != row["secondAssessor"] or row["scale"] != row["secondScale"]
        assert row["value"] != row["secondValue"]


def test_conflicting_pairs_say_direction_scale_and_justification(fictional: Store, library: Library) -> None:
    answer = ask(fictional, library.question("conflicting-pairs"), {})
    by_pair = {(short(row["one"]).rsplit("/", 1)[-1], short(row["other"]).rsplit("/", 1)[-1]): row for row in answer.rows}
    assert len(by_pair) == 4
    assert all(row["justification"] for row in answer.rows)
    assert any(value_of(row["directed"]) == "true" and "context" in row for row in answer.rows)
    assert {value_of(row["lifeCycle"]).rsplit("/", 1)[-1] for row in answer.rows} == {"accepted", "open"}


def test_what_rests_on_a_link_is_lost_with_it(fictional: Store, library: Library) -> None:
    question = library.question("rests-on")
    answer = ask(fictional, question, {"node": "https://example.org/id/project/casa-dell-acqua", "kind": "goal"})
    assert not answer.rows, "nothing rests on a project but itself"
    on_goal = ask(fictional, question, {"node": f"{ID}pnrr/sub-measure/m2c4i2-02-00", "kind": "goal"})
    starts = {short(row["start"]) for row in on_goal.rows if value_of(row["onlySupport"]) == "true"}
    assert any("palestra-efficiente" in start for start in starts)
    assert len(starts) == 8
