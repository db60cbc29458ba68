"""Threads have one form, and nothing reaches a goal but by it; shown on small graphs made for the purpose and on the shipped one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filorosso.graph import BuildError, Facts, Store, derivation, threads
from filorosso.graph.namespaces import RDF
from filorosso.graph.terms import Triple, value_of
from filorosso.graph.threads import ACCEPTED, ANALYST, OFFICIAL, OPEN, PLAN, REPLACES, TYPE, VERSION_OF, Thread, Ways, filo

FORM = re.compile(r"(funding )?(part-of )*(contribution (part-of )*)*(frame (part-of )*)?")
RANKS = {"origin/plan": 3, "origin/official": 2, "origin/analyst": 1, "life-cycle/accepted": 4, "life-cycle/open": 3}
CERTAIN, HIGH, LOW = (f"<https://w3id.org/filorosso/voc/certainty/{name}>" for name in ("certain", "high", "low"))


def n(name: str) -> str:
    return f"<http://example.org/{name}>"


def number(value: int) -> str:
    return f'"{value}"^^<http://www.w3.org/2001/XMLSchema#integer>'


def day(value: str) -> str:
    return f'"{value}"^^<http://www.w3.org/2001/XMLSchema#date>'


def ranks() -> Iterable[Triple]:
    for name, rank in RANKS.items():
        yield f"<https://w3id.org/filorosso/voc/{name}>", filo("rank"), number(rank)
    for concept, rank in ((CERTAIN, 6), (HIGH, 5), (LOW, 2)):
        yield concept, filo("rank"), number(rank)


def link(kind: str, start: str, end: str, origin: str = PLAN, life_cycle: str = ACCEPTED, certainty: str = CERTAIN) -> list[Triple]:
    node = n(f"{kind}-{start.strip('<>').rsplit('/', 1)[-1]}-{end.strip('<>').rsplit('/', 1)[-1]}")
    return [
        (node, TYPE, filo(kind)),
        (node, filo("hasSubject"), start),
        (node, filo("hasObject"), end),
        (node, filo("hasOrigin"), origin),
        (node, filo("hasLifeCycle"), life_cycle),
        (node, filo("hasCertainty"), certainty),
    ]


def found(triples: Iterable[Triple]) -> list[Thread]:
    return list(Ways(Facts([*ranks(), *triples])).threads())


def between(rows: Iterable[Thread], start: str, end: str) -> list[Thread]:
    return [row for row in rows if row.start == n(start) and row.end == n(end)]


def funding(project: str, source: str) -> list[Triple]:
    node = n(f"funding-{project}-{source}")
    return [(node, filo("hasRecipient"), n(project)), (node, filo("hasFundingSource"), n(source))]


PLAN_TREE = [
    (n("sub"), filo("isPartOf"), n("measure")),
    (n("sub"), VERSION_OF, n("sub-continuant")),
    (n("sub"), filo("inFramework"), n("plan-1")),
    (n("measure"), filo("inFramework"), n("plan-1")),
    (n("target"), filo("isPartOf"), n("goal")),
    *funding("project", "sub-continuant"),
    *link("Contribution", n("sub"), n("target"), OFFICIAL),
]


def test_money_leads_through_the_continuant_to_each_version_and_on_to_the_goal() -> None:
    rows = found(PLAN_TREE)
    (thread,) = between(rows, "project", "goal")
    assert thread.kinds == ("funding", "contribution", "part-of")
    assert thread.inherited_from == n("sub")
    assert thread.origin == OFFICIAL
    assert thread.counts
    assert between(rows, "project", "measure")[0].kinds == ("funding", "part-of")
    assert between(rows, "project", "measure")[0].inherited_from == n("sub-continuant")


def test_the_least_certain_hop_decides() -> None:
    rows = found([*link("Contribution", n("a"), n("b"), certainty=HIGH), *link("Frame", n("b"), n("goal"), certainty=LOW)])
    (thread,) = between(rows, "a", "goal")
    assert thread.certainty == LOW
    assert thread.inherited_from == n("b")


def test_a_proposal_makes_a_thread_that_does_not_count() -> None:
    proposal = link("Contribution", n("project"), n("axis"), ANALYST, OPEN)
    graph = [*proposal, *link("Frame", n("axis"), n("goal"))]
    (thread,) = between(found(graph), "project", "goal")
    assert not thread.counts
    assert (thread.origin, thread.life_cycle) == (ANALYST, OPEN)
    derived = derivation.derive(Facts([*ranks(), *graph]))
    assert not [q for q in derived if q[:2] == (n("project"), filo("tracesTo"))]
    assert (n("project"), filo("mayContributeTo"), n("axis"), derivation.PROPOSALS) in derived
    assert not [q for q in derived if q[:2] == (n("project"), filo("contributesTo"))]


def test_an_accepted_proposal_counts_and_stays_the_analysts() -> None:
    (thread,) = found(link("Contribution", n("project"), n("axis"), ANALYST, ACCEPTED))
    assert thread.counts
    assert thread.origin == ANALYST


@pytest.mark.parametrize("life_cycle", ["rejected", "superseded"])
def test_what_was_rejected_or_superseded_leads_nowhere(life_cycle: str) -> None:
    gone = f"<https://w3id.org/filorosso/voc/life-cycle/{life_cycle}>"
    assert found(link("Contribution", n("a"), n("b"), PLAN, gone)) == []


def test_a_frame_of_the_plan_is_not_its_elements() -> None:
    graph = [(n("axis"), filo("inFramework"), n("plan")), *link("Frame", n("plan"), n("goal"))]
    rows = found(graph)
    assert {row.start for row in rows} == {n("plan")}


@pytest.mark.parametrize("kind", ["CoherenceAssessment", "Correspondence", "Reference", "FundingAccess"])
def test_what_is_no_support_never_hops(kind: str) -> None:
    graph = [*link("Contribution", n("a"), n("b")), *link(kind, n("b"), n("c")), *link("Frame", n("c"), n("goal"))]
    assert not between(found(graph), "a", "goal")


def test_nothing_is_contributed_after_a_frame() -> None:
    graph = [*link("Frame", n("axis"), n("measure")), *link("Contribution", n("measure"), n("target"), OFFICIAL)]
    assert not between(found(graph), "axis", "target")


def test_an_inferred_placement_is_a_hop_of_the_analysts() -> None:
    claim = [
        (n("claim"), TYPE, filo("Claim")),
        (n("claim"), filo("onProperty"), filo("isPartOf")),
        (n("claim"), filo("hasSubject"), n("platform")),
        (n("claim"), filo("claimedResource"), n("axis")),
        (n("claim"), filo("hasOrigin"), ANALYST),
        (n("claim"), filo("hasLifeCycle"), OPEN),
        (n("claim"), filo("hasCertainty"), LOW),
    ]
    (thread,) = found(claim)
    assert (thread.kinds, thread.certainty, thread.counts) == (("part-of",), LOW, False)
    assert (n("platform"), filo("mayBePartOf"), n("axis"), derivation.PROPOSALS) in derivation.derive(Facts(claim))


def two_versions(origin: str) -> list[Triple]:
    return [
        (n("old"), VERSION_OF, n("c")),
        (n("new"), VERSION_OF, n("c")),
        (n("old"), filo("inFramework"), n("plan-1")),
        (n("new"), filo("inFramework"), n("plan-2")),
        (n("plan-2"), REPLACES, n("plan-1")),
        (n("plan-1"), filo("inForceFrom"), day("2021-07-13")),
        (n("plan-1"), filo("inForceUntil"), day("2023-12-07")),
        (n("plan-2"), filo("inForceFrom"), day("2023-12-08")),
        *link("Contribution", n("old"), n("target"), origin),
    ]


def test_an_official_mapping_is_carried_to_the_next_version_and_says_so() -> None:
    rows = found(two_versions(OFFICIAL))
    (old,), (new,) = between(rows, "old", "target"), between(rows, "new", "target")
    assert old.carried_from is None
    assert (old.valid_from, old.valid_until) == ("2021-07-13", "2023-12-07")
    assert new.carried_from == n("plan-1")
    assert new.certainty == HIGH
    assert (new.valid_from, new.valid_until) == ("2023-12-08", None)


def test_a_mapping_of_a_versions_own_stands_before_one_that_would_be_carried() -> None:
    rows = found([*two_versions(OFFICIAL), *link("Contribution", n("new"), n("other"), OFFICIAL)])
    assert not between(rows, "new", "target")
    assert between(rows, "new", "other")


def test_a_frame_on_a_continuant_says_nothing_of_its_versions() -> None:
    rows = found([*two_versions(PLAN), *link("Frame", n("axis"), n("c"))])
    assert between(rows, "axis", "c")
    assert not between(rows, "axis", "new")


def test_a_plans_own_frame_holds_only_while_the_plan_is_in_force() -> None:
    plan = [(n("plan"), TYPE, filo("Framework")), (n("plan"), filo("inForceFrom"), day("2022-12-01"))]
    (thread,) = found([*plan, *link("Frame", n("plan"), n("goal"))])
    assert thread.valid_from == "2022-12-01"


def test_what_a_draft_declares_does_not_count_until_it_is_in_force() -> None:
    draft = [(n("axis"), filo("inFramework"), n("plan")), (n("plan"), filo("draftedFrom"), day("2025-02-01"))]
    (thread,) = found([*draft, *link("Frame", n("axis"), n("goal"))])
    assert not thread.counts
    (thread,) = found([*draft, (n("plan"), filo("inForceFrom"), day("2025-06-01")), *link("Frame", n("axis"), n("goal"))])
    assert thread.counts


def test_a_body_that_pays_is_no_aim() -> None:
    body = (n("city"), TYPE, "<http://www.w3.org/ns/org#Organization>")
    derived = derivation.derive(Facts([*ranks(), body, *funding("project", "city")]))
    assert [q for q in derived if q[:3] == (n("project"), filo("isFundedUnder"), n("city"))]
    assert not [q for q in derived if q[1] == filo("tracesTo")]


def test_a_plans_own_words_are_not_carried() -> None:
    assert not between(found(two_versions(PLAN)), "new", "target")


def test_versions_that_were_never_in_force_together_make_no_thread() -> None:
    graph = [*two_versions(OFFICIAL), *link("Contribution", n("x"), n("old"))]
    graph += [(n("x"), filo("inFramework"), n("plan-2"))]
    assert not between(found(graph), "x", "target")


def test_cycles_end() -> None:
    graph = [*link("Contribution", n("a"), n("b")), *link("Contribution", n("b"), n("a"))]
    assert len(found(graph)) == 2


def test_links_too_dense_to_follow_are_an_error_that_names_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MAX_THREADS_FROM_A_NODE", 3)
    with pytest.raises(BuildError, match=r"more than 3 threads start at <http://example\.org/a>"):
        found(triple for i in range(5) for triple in link("Contribution", n("a"), n(f"b{i}")))


nodes = st.sampled_from([n(name) for name in "abcdefg"])
statements = st.lists(
    st.one_of(
        st.tuples(st.just("part-of"), nodes, nodes),
        st.tuples(st.just("Contribution"), nodes, nodes),
        st.tuples(st.just("Frame"), nodes, nodes),
        st.tuples(st.just("funding"), nodes, nodes),
        st.tuples(st.just("Correspondence"), nodes, nodes),
    ),
    max_size=12,
)


def graph_of(stated: list[tuple[str, str, str]]) -> list[Triple]:
    triples: list[Triple] = []
    for kind, start, end in stated:
        if kind == "part-of":
            triples.append((start, filo("isPartOf"), end))
        elif kind == "funding":
            node = n(f"f{len(triples)}")
            triples += [(node, filo("hasRecipient"), start), (node, filo("hasFundingSource"), end)]
        else:
            triples += link(kind, start, end)
    return triples


@settings(max_examples=150, deadline=None)
@given(statements)
def test_every_thread_has_the_form_and_every_hop_of_it_is_stated(stated: list[tuple[str, str, str]]) -> None:
    kinds = {"Contribution": "contribution", "Frame": "frame"}
    hops = {(kinds.get(kind, kind), start, end) for kind, start, end in stated}
    ways = Ways(Facts([*ranks(), *graph_of(stated)]))
    assert {(hop.kind, hop.start, hop.end) for hop in ways.hops()} == {hop for hop in hops if hop[0] != "Correspondence"}
    for thread in ways.threads():
        assert FORM.fullmatch("".join(f"{kind} " for kind in thread.kinds))
        assert thread.start != thread.end
        assert _can_be_walked(thread, hops)


@settings(max_examples=150, deadline=None)
@given(statements)
def test_a_thread_walked_backwards_has_the_same_hops(stated: list[tuple[str, str, str]]) -> None:
    """What leads down to a node is what leads up from the others: by its derived triples, from either end."""
    facts = Facts([*ranks(), *graph_of(stated)])
    derived = Facts(quad[:3] for quad in derivation.derive(facts))
    for thread, start in derived.pairs(filo("threadFrom")):
        end = derived.value(thread, filo("threadTo"))
        assert end is not None
        assert thread in derived.subjects(filo("threadTo"), end)
        hops = [hop for number in range(1, 13) for hop in derived.objects(thread, f"<{RDF}_{number}>")]
        assert set(hops) == set(derived.objects(thread, filo("hasHop")))
        assert derived.value(hops[0], filo("hopFrom")) == start
        assert derived.value(hops[-1], filo("hopTo")) == end
        ends = [(derived.value(hop, filo("hopFrom")), derived.value(hop, filo("hopTo"))) for hop in hops]
        assert all(one[1] == other[0] for one, other in itertools.pairwise(ends))
        assert value_of(derived.value(thread, filo("hopSequence")) or "").split() == [
            value_of(derived.value(hop, filo("hopKind")) or "") for hop in hops
        ]


def _can_be_walked(thread: Thread, hops: set[tuple[str, str, str]]) -> bool:
    places = {thread.start}
    for kind in thread.kinds:
        places = {end for step, start, end in hops if step == kind and start in places}
    return thread.end in places


def test_no_project_reaches_a_goal_but_by_the_form(store: Store) -> None:
    """Walked here with property paths, apart from the build: what the build derives is exactly what the form allows."""
    walked = store.rows(
        """SELECT DISTINCT ?project ?goal WHERE {
            { ?project ^filo:hasRecipient/filo:hasFundingSource/^dct:isVersionOf/filo:isPartOf* ?way } UNION { BIND (?project AS ?way) }
            ?project a filo:Project .
            ?way ((^filo:hasSubject/filo:hasObject)|filo:isPartOf|^dct:isVersionOf|(^filo:hasSubject/filo:claimedResource))* ?goal .
            ?goal filo:hasKind <https://w3id.org/filorosso/voc/element-kind/goal> .
        }"""
    )
    reached = {(row["project"], row["goal"]) for row in walked}
    derived = store.rows(
        """SELECT DISTINCT ?project ?goal WHERE {
            ?thread filo:threadFrom ?project ; filo:threadTo ?goal .
            ?project a filo:Project .
            ?goal filo:hasKind <https://w3id.org/filorosso/voc/element-kind/goal> .
        }"""
    )
    assert derived
    assert {(row["project"], row["goal"]) for row in derived} <= reached


def test_the_plans_own_node_is_on_no_way(store: Store) -> None:
    rows = store.rows(
        """SELECT ?thread WHERE {
            ?thread filo:threadFrom ?from ; filo:hasHop ?hop .
            ?hop filo:restsOn/filo:hasSubject ?plan . ?plan a filo:Framework . FILTER (?plan != ?from)
        }"""
    )
    assert rows == []
    assert store.rows("SELECT ?e { ?e filo:tracesTo ?f . ?e filo:inFramework ?f }") == []
