"""The views of money: nothing counted twice, nothing lost, whatever the threads; shown on made graphs and on the invented plans."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filorosso.graph import Answer, Facts, Library, Store, ask, value_of
from filorosso.graph.attribution import Attribution, attributions, standing, weights
from filorosso.graph.breaks import uncovered
from filorosso.graph.namespaces import VOC
from filorosso.graph.terms import Triple, decimal, typed
from filorosso.graph.threads import ACCEPTED, ANALYST, OFFICIAL, OPEN, TYPE, VERSION_OF, Ways, filo

ALLOCATED = f"<{VOC}amount-kind/allocated>"


def n(name: str) -> str:
    return f"<http://example.org/{name}>"


@given(st.sets(st.text(alphabet="abc", min_size=1), min_size=1, max_size=40))
def test_weights_sum_to_exactly_one(ends: set[str]) -> None:
    parts = weights(sorted(ends))
    assert sum(parts.values()) == 1
    assert max(parts.values()) - min(parts.values()) < Decimal("0.0001")
    assert all(part == round(part, 6) for part in parts.values())


contributions = st.lists(
    st.tuples(
        st.sampled_from(["m1", "m2", "p"]),
        st.sampled_from(["g1", "g2", "g3", "t1", "t2"]),
        st.sampled_from(["principal", "secondary", None]),
        st.sampled_from([ACCEPTED, OPEN]),
    ),
    max_size=10,
)


def graph_of(stated: list[tuple[str, str, str | None, str]], sources: list[str]) -> list[Triple]:
    triples: list[Triple] = [(n("t1"), filo("isPartOf"), n("g1")), (n("t2"), filo("isPartOf"), n("g2"))]
    for goal in ("g1", "g2", "g3"):
        triples += [(n(goal), filo("inFramework"), n("agenda")), (n(goal), filo("hasKind"), n("goal"))]
    for measure in ("m1", "m2"):
        triples += [(n(measure), VERSION_OF, n(f"c{measure}")), (n(measure), filo("inFramework"), n("plan"))]
    for number, source in enumerate(sources):
        triples += [(n(f"f{number}"), filo("hasRecipient"), n("p")), (n(f"f{number}"), filo("hasFundingSource"), n(source))]
    for number, (start, end, tier, life_cycle) in enumerate(stated):
        link = n(f"l{number}")
        triples += [(link, TYPE, filo("Contribution")), (link, filo("hasSubject"), n(start)), (link, filo("hasObject"), n(end))]
        triples += [(link, filo("hasLifeCycle"), life_cycle), (link, filo("hasOrigin"), OFFICIAL if life_cycle == ACCEPTED else ANALYST)]
        if tier:
            triples.append((link, filo("hasTier"), f"<{VOC}contribution-tier/{tier}>"))
    return triples


@settings(max_examples=200, deadline=None)
@given(contributions, st.lists(st.sampled_from(["cm1", "cm2", "fund"]), min_size=1, max_size=3))
def test_whatever_the_links_each_funding_is_attributed_once_or_not_at_all(
    stated: list[tuple[str, str, str | None, str]], sources: list[str]
) -> None:
    facts = Facts(graph_of(stated, sources))
    ways = Ways(facts)
    parts: dict[tuple[str, str], list[Attribution]] = defaultdict(list)
    for part in attributions(facts, ways.threads()):
        if part.end.startswith(n("g")[:-1]):
            for basis in part.bases:
                parts[part.funding, basis].append(part)
    for (funding, basis), held in parts.items():
        assert sum(part.weight for part in held) == 1
        assert sum(part.principal + part.undecided for part in held) == 1
        assert len({part.end for part in held}) == len(held)
        if basis == "counted":
            assert (funding, "with-proposals") in parts
    reached = {thread.end for thread in ways.threads_from(n("p")) if thread.counts and thread.end in {n("g1"), n("g2"), n("g3")}}
    attributed = {part.end for (_, basis), held in parts.items() if basis == "counted" for part in held}
    assert attributed == reached


days = st.dates().map(lambda day: day.isoformat())


@given(st.lists(st.tuples(st.sampled_from(["allocated", "paid"]), days), max_size=6))
def test_of_two_figures_of_a_kind_one_stands_on_any_day(figures: list[tuple[str, str]]) -> None:
    triples: list[Triple] = [(n("f"), filo("hasRecipient"), n("p"))]
    for number, (kind, day) in enumerate(figures):
        amount = n(f"a{number}")
        triples += [
            (n("f"), filo("hasAmount"), amount),
            (amount, filo("hasAmountKind"), n(kind)),
            (amount, filo("amountInEuro"), decimal(Decimal(1))),
        ]
        triples.append((amount, filo("dateUntil"), typed(day, "date")))
    facts = Facts(triples)
    found = list(standing(facts))
    assert {amount for amount, _, _ in found} == {n(f"a{number}") for number in range(len(figures))}
    for kind in {kind for kind, _ in figures}:
        now = [amount for amount, _, until in found if until is None and facts.value(amount, filo("hasAmountKind")) == n(kind)]
        assert len(now) == 1


@given(st.tuples(st.none() | days, st.none() | days), st.lists(st.tuples(st.none() | days, st.none() | days), max_size=4), days)
def test_what_is_uncovered_is_what_no_interval_covers(
    period: tuple[str | None, str | None], covering: list[tuple[str | None, str | None]], day: str
) -> None:
    def holds(interval: tuple[str | None, str | None]) -> bool:
        return (interval[0] is None or interval[0] <= day) and (interval[1] is None or day <= interval[1])

    left = uncovered(period, covering)
    assert sum(holds(interval) for interval in left) == (holds(period) and not any(holds(interval) for interval in covering))


# The questions, on the invented plans: their sums are known by hand (tests/data/plans/valdinulla.ttl)

TOTAL = {"allocated": Decimal("3500000"), "paid": Decimal("1035000"), "committed": Decimal("1100000")}
VIEWS = [
    ("money-by-element", {"framework": "agenda-2030", "kind": "goal"}),
    ("money-by-element", {"framework": "agenda-2030", "kind": "target"}),
    ("money-by-element", {"framework": "budget-missions", "kind": "budget-mission"}),
    ("money-by-element", {"framework": "pnrr-2025", "kind": "mission"}),
    ("money-by-element", {"framework": "seregno-agenda-2022", "kind": "axis", "proposals": "with-proposals"}),
    ("money-by-element", {"framework": "https://example.org/id/valdinulla-2023", "kind": "axis"}),
    ("money-by-territory", {"level": "municipal"}),
    ("money-by-territory", {"level": "provincial"}),
    ("money-by-fund", {}),
]


def sums(answer: Answer, column: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in answer.rows:
        found[value_of(row["amountKind"]).rsplit("/", 1)[-1]] += Decimal(value_of(row[column]))
    return found


@pytest.fixture(scope="module")
def totals(fictional: Store) -> dict[str, Decimal]:
    """The sum of all fundings by kind, asked without the library: of each funding the latest figure."""
    rows = fictional.rows(
        """SELECT ?funding ?kind ?euro ?day {
            ?funding a filo:Funding ; filo:hasAmount ?amount . ?amount filo:hasAmountKind ?kind ; filo:amountInEuro ?euro ; filo:dateUntil ?day
        }"""
    )
    latest: dict[tuple[str, str], tuple[str, Decimal]] = {}
    for row in rows:
        key = row["funding"], value_of(row["kind"]).rsplit("/", 1)[-1]
        latest[key] = max(latest.get(key, ("", Decimal(0))), (value_of(row["day"]), Decimal(value_of(row["euro"]))))
    found: dict[str, Decimal] = defaultdict(Decimal)
    for (_, kind), (_, euro) in latest.items():
        found[kind] += euro
    return found


@pytest.mark.parametrize(("name", "values"), VIEWS, ids=[f"{name}-{'-'.join(values.values())[-40:]}" for name, values in VIEWS])
def test_every_view_adds_up_to_the_sum_of_the_fundings(
    name: str, values: dict[str, str], fictional: Store, library: Library, totals: dict[str, Decimal]
) -> None:
    answer = ask(fictional, library.question(name), values)
    for column in ("distributed", "principalOnly", "amount"):
        if column in answer.columns:
            found = sums(answer, column)
            found.pop("amount-unknown", None)
            assert found == totals, column


def test_the_invented_money_is_what_was_added_up_by_hand(store: Store, fictional: Store, library: Library) -> None:
    question = library.question("money-by-fund")
    before, after = (sums(ask(asked, question), "amount") for asked in (store, fictional))
    assert {kind: after[kind] - before[kind] for kind in TOTAL} == TOTAL


def test_money_by_goal_and_by_mission_is_what_was_added_up_by_hand(fictional: Store, library: Library) -> None:
    missions = ask(fictional, library.question("money-by-element"), {"framework": "budget-missions", "kind": "budget-mission"})
    allocated = {value_of(r["end"]).rsplit("/", 1)[-1]: r for r in missions.rows if r["amountKind"] == ALLOCATED}
    found = {name: (float(value_of(r["principalOnly"])), float(value_of(r["distributed"]))) for name, r in allocated.items()}
    assert found["04"] == (500000, 500000)
    assert found["09"] == (1700000, 1100000)
    assert found["10"] == (1050000, 1050000)
    assert found["11"] == (0, 600000)
    assert found["17"] == (90000, 90000)


def test_most_of_seregnos_money_is_in_many_places_and_stays_in_a_row_of_its_own(store: Store, library: Library) -> None:
    answer = ask(store, library.question("money-by-territory"), {"level": "municipal"})
    allocated = {row["end"]: Decimal(value_of(row["distributed"])) for row in answer.rows if row["amountKind"] == ALLOCATED}
    split_unknown = allocated[f"<{VOC}attribution-gap/split-unknown>"]
    assert 51_000_000 < split_unknown < 51_200_000
    assert split_unknown > sum(allocated.values()) * Decimal("0.88")


@pytest.mark.parametrize(("name", "values"), [view for view in VIEWS if view[0] in ("money-by-element", "money-by-territory")])
def test_a_funding_without_an_amount_is_not_left_out_in_silence(
    fictional: Store, library: Library, name: str, values: dict[str, str]
) -> None:
    unknown = f"<{VOC}attribution-gap/amount-unknown>"
    without = fictional.rows("SELECT DISTINCT ?f WHERE { ?f filo:hasRecipient ?r FILTER NOT EXISTS { ?f filo:hasAmount ?a } }")
    rows = [row for row in ask(fictional, library.question(name), values).rows if row["amountKind"] == unknown]
    assert len(without) > 20
    # A funding may stand in several rows, one for each end that it is attributed to.
    assert sum(int(value_of(row["fundings"])) for row in rows) >= len(without)
    assert {float(value_of(row["distributed"])) for row in rows} == {0.0}


def test_a_split_that_is_published_is_followed(fictional: Store, library: Library) -> None:
    answer = ask(fictional, library.question("money-by-territory"), {"level": "municipal"})
    allocated = {value_of(row["end"]): Decimal(value_of(row["distributed"])) for row in answer.rows if row["amountKind"] == ALLOCATED}
    assert allocated["https://example.org/id/place/pratovuoto"] == 80000
    assert allocated["https://example.org/id/place/valdinulla"] == 3050000


def test_kinds_of_amount_are_never_added_to_each_other(fictional: Store, library: Library) -> None:
    for name, values in VIEWS:
        assert all("amountKind" in row for row in ask(fictional, library.question(name), values).rows)


def test_on_a_day_the_later_figure_is_not_known_yet(fictional: Store, library: Library) -> None:
    def allocated(day: str | None) -> Decimal:
        values = {"source": "M5C2I2.01.00"} | ({"asOf": day} if day else {})
        return sums(ask(fictional, library.question("money-by-fund"), values), "amount")["allocated"]

    assert allocated("2024-01-01") < allocated(None)
    assert allocated(None) - allocated("2024-01-01") >= 200000
