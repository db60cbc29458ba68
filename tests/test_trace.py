"""The thread of one node, told hop by hop: who says it, where it stands, whose it is, what is only proposed, and where it breaks."""

from __future__ import annotations

import pytest

from filorosso.api.rendering import TraceText, trace_json
from filorosso.graph import NotFoundError, Store, Way, find, label, trace, value_of
from filorosso.graph.namespaces import ID, SDG, VOC

NURSERY = "B29J21031260002"


def kinds(way: Way) -> list[str]:
    return [step.kind for step in way.steps]


def ends(ways: tuple[Way, ...]) -> set[str]:
    return {value_of(way.steps[-1].end) for way in ways}


def reason(name: str) -> str:
    return f"<{VOC}break-reason/{name}>"


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        (NURSERY, f"{ID}project/cup/b29j21031260002"),
        (NURSERY.lower(), f"{ID}project/cup/b29j21031260002"),
        ("M4C1I1.01.00", f"{ID}pnrr/sub-measure/m4c1i1-01-00"),
        ("http://metadata.un.org/sdg/11", f"{SDG}11"),
        (f"{ID}seregno-agenda-2022/axis/cultura", f"{ID}seregno-agenda-2022/axis/cultura"),
    ],
)
def test_a_node_is_found_by_iri_cup_or_code(store: Store, name: str, iri: str) -> None:
    assert value_of(find(store, name)) == iri


@pytest.mark.parametrize("name", ["X", "http://example.org/none", "Z99Z99999999999", "http://a b"])
def test_what_is_not_there_is_said_to_be_missing(store: Store, name: str) -> None:
    with pytest.raises(NotFoundError):
        find(store, name)


def test_a_code_of_several_nodes_is_not_guessed(store: Store) -> None:
    with pytest.raises(NotFoundError, match="nodes bear this code"):
        find(store, "1")


def test_the_nursery_reaches_a_goal_through_its_measure_and_it_is_the_measures(store: Store) -> None:
    found = trace(store, find(store, NURSERY))
    official = [way for way in found.up if kinds(way)[:2] == ["funding", "contribution"] and value_of(way.steps[-1].end).startswith(SDG)]
    assert official
    for way in official:
        assert way.whose is not None
        assert "m4c1i1-01-00" in way.whose
        assert way.counts
        assert all(step.sources for step in way.steps if step.kind != "part-of")
        assert any("Raccordo" in label(store, source.document, "it") for source in way.steps[1].sources)


def test_its_axis_is_only_proposed_and_the_axis_own_frame_does_not_make_it_declared(store: Store) -> None:
    found = trace(store, find(store, NURSERY))
    through_axis = [way for way in found.up if kinds(way)[0] == "contribution"]
    assert through_axis
    assert not any(way.counts for way in through_axis)
    assert all(way.steps[0].proposed and way.steps[0].reasons for way in through_axis)
    declared = [step for way in through_axis for step in way.steps if step.kind == "frame"]
    assert declared
    assert not any(step.proposed for step in declared)


def test_steps_of_a_way_join_end_to_end(store: Store) -> None:
    for name in (NURSERY, f"{ID}seregno-agenda-2022/axis/sostenibilita-e-resilienza", f"{SDG}11", f"{SDG}4"):
        found = trace(store, find(store, name))
        for way in (*found.up, *found.down):
            for one, other in zip(way.steps, way.steps[1:], strict=False):
                places = {one.end, *store.subjects("<http://purl.org/dc/terms/isVersionOf>", one.end)}
                joined = other.start in places or way.carried_from is not None
                assert joined, (one, other)


def test_a_goal_is_reached_by_declared_axes_and_by_projects(store: Store) -> None:
    found = trace(store, find(store, f"{SDG}11"))
    starts = {value_of(way.start) for way in found.down}
    assert {start.removeprefix(ID).split("/")[0] for start in starts} >= {
        "seregno-agenda-2022",
        "seregno-dup",
        "pnrr-2023",
        "pnrr-2025",
        "project",
    }
    axes = {s for s in starts if "/axis/" in s}
    assert len(axes) == 4, "goal 11 is in the frame of the four axes whose pages were read"


def test_up_and_down_tell_the_same_ways(store: Store) -> None:
    down = trace(store, find(store, f"{SDG}11")).down
    project = next(way.start for way in down if way.steps[0].kind == "funding")
    hops = {tuple(step.rests_on for step in way.steps) for way in down if way.start == project}
    up = trace(store, project).up
    assert hops == {tuple(step.rests_on for step in way.steps) for way in up if value_of(way.steps[-1].end) == f"{SDG}11"}


def test_where_the_thread_of_the_innovation_hub_breaks_is_said_and_why(store: Store) -> None:
    found = trace(store, find(store, f"{ID}seregno-agenda-2022/project/polo-dell-innovazione"))
    assert any(way.steps[-1].end.endswith("/axis/innovazione>") and not way.counts for way in found.up)
    (broken,) = [b for b in found.breaks if b.direction == "up" and "/axis/innovazione" in b.node]
    assert broken.why == reason("source-unread")
    assert broken.reasons


def test_an_action_without_a_mark_is_unknown_not_unlinked(store: Store) -> None:
    rows = store.rows(
        f"SELECT ?a {{ ?a filo:inFramework <{ID}seregno-dup> ; filo:position ?n FILTER NOT EXISTS {{ ?a filo:contributesTo ?x }} "
        "?c filo:hasRowElement ?a } GROUP BY ?a"
    )
    assert len(rows) == 3
    for row in rows:
        found = trace(store, row["a"])
        assert [b.why for b in found.breaks if b.direction == "up"] == [reason("not-extracted")]


def test_a_measure_that_is_gone_still_carries_its_projects(store: Store) -> None:
    found = trace(store, find(store, "M2C4I2.02.00"))
    assert {way.steps[0].kind for way in found.down} >= {"funding"}
    assert len({way.start for way in found.down if way.steps[0].kind == "funding"}) == 7


def test_what_stands_beside_never_hops(store: Store) -> None:
    found = trace(store, find(store, f"{ID}milan-plan-2019-2021/policy-area/sostenibilita-ambientale"))
    assert any(step.kind == "Correspondence" and step.proposed for step in found.beside)
    assert not any("seregno" in value_of(way.start) for way in found.down)


@pytest.mark.parametrize("lang", ["it", "en"])
def test_the_text_says_kind_origin_certainty_and_evidence_of_each_hop(store: Store, lang: str) -> None:
    found = trace(store, find(store, NURSERY))
    text = "\n".join(TraceText(store, lang).lines(found))
    words = {
        "it": [
            "è finanziato da",
            "contribuisce a (principale)",
            "secondo: soggetto terzo ufficiale",
            "certezza:",
            "prova:",
            "della misura, non del progetto",
            "SOLO PROPOSTO",
        ],
        "en": [
            "is funded under",
            "contributes to (principal)",
            "according to: official third party",
            "certainty:",
            "evidence:",
            "the measure's, not the project's own",
            "ONLY PROPOSED",
        ],
    }
    for word in words[lang]:
        assert word in text, word


def test_the_json_says_the_same(store: Store) -> None:
    found = trace(store, find(store, NURSERY))
    written = trace_json(store, found, "it")
    assert len(written["up"]) == len(found.up)
    assert {way["declared"] for way in written["up"]} == {True, False}
    assert all(step["evidence"] for way in written["up"] for step in way["steps"])


def test_money_is_told_with_the_funding_and_its_absence_too(store: Store) -> None:
    paid = "\n".join(TraceText(store, "it").lines(trace(store, find(store, NURSERY))))
    assert "stanziato: 600.000,00 EUR" in paid
    unknown = "\n".join(TraceText(store, "en").lines(trace(store, find(store, "B28B21000000001"))))
    assert "amount unknown" in unknown
    assert "EUR" not in unknown[: unknown.index("Where the thread breaks")]
    assert "the measure is not in the later version (since 2023-12-08)" in unknown
