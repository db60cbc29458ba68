"""Where threads break: every node that leads to no goal that all share, or that no project leads to, with the missing rung and why.

A break is told of a node (the orphan), at the place on its way where nothing leads further. Its reason is what is known of the silence.
`no-link`: the source was read whole and says nothing. `not-extracted`: a table was read but its marks were not. `source-unread`,
`source-read-in-part`: a completeness statement says so. `only-proposed`, `only-in-draft`: a way exists, but does not count.
`retired-measure`: the measure is in no later version. `not-assessed`: nobody says.

A node whose ways hold only on some days breaks on the others: such a break bears its first and last day, and its reason is `not-in-force`
or `retired-measure`. A break without days holds always.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .facts import Lookup
from .finding import continuants, is_a, is_shared_goal, same_place
from .namespaces import VOC, minted
from .terms import iri, value_of
from .threads import ACCEPTED, IN_FRAMEWORK, TYPE, VERSION_OF, Thread, filo

# What a completeness statement must be about to explain a silence: of a project what pays for it and what it helps, of anything
# else first its frame.
_OF_PROJECT = (
    {filo(name) for name in ("hasFundingSource", "Funding", "isFundedUnder", "cup", "Contribution", "contributesTo", "isPartOf")},
)
_OF_ELEMENT = ({filo("Frame"), filo("hasStrategicFrame")}, {filo("Contribution"), filo("contributesTo")})
# What leads down to a node: said of the node itself, it may be any support; said of its whole framework, only money and projects, since
# the contributions of a framework are those that its own elements make.
_MONEY = {filo(name) for name in ("Funding", "Project", "isFundedUnder", "hasFundingSource")}
_DOWNWARD = ({filo("Contribution"), filo("contributesTo"), *_MONEY},)
_REASON_OF_EXTENT = {"none": "source-unread", "whole": "no-link"}
_ENDS = {iri(f"{VOC}succession-kind/{kind}") for kind in ("retired", "unresolved")}
_FIRST, _LAST = "0001-01-01", "9999-12-31"
Interval = tuple[str | None, str | None]
Relations = tuple[set[str], ...]
_MAY_BREAK = ("Project", "Element", "Continuant", "Framework")


@dataclass(frozen=True, slots=True)
class Gap:
    """A break of the threads of `node`, upwards or downwards, at `place`; `explained_by` are the nodes that tell the reason."""

    node: str
    direction: str
    place: str
    rung: str
    reason: str
    explained_by: tuple[str, ...] = ()
    framework: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None

    @property
    def identifier(self) -> str:
        """The IRI of the break: the same break has the same one in every build."""
        return iri(minted("break", (self.node, self.direction, self.place, self.reason, self.valid_from)))


def gaps(lookup: Lookup, threads: Iterable[Thread]) -> Iterator[Gap]:
    """Every break of every project, element, continuant and framework, in the order of the nodes."""
    upward: dict[str, list[Thread]] = defaultdict(list)
    downward: dict[str, list[Thread]] = defaultdict(list)
    for thread in threads:
        upward[thread.start].append(thread)
        downward[thread.end].append(thread)
    for node in sorted({n for kind in _MAY_BREAK for n in lookup.subjects(TYPE, filo(kind))}):
        place = same_place(lookup, node)
        found = [*_upward(lookup, node, [t for n in place for t in upward[n]])]
        found += _downward(lookup, node, [t for n in place for t in downward[n]])
        yield from (replace(gap, framework=_framework(lookup, gap)) for gap in found)


def _upward(lookup: Lookup, node: str, ways: Sequence[Thread]) -> Iterator[Gap]:
    """Why no way up that counts arrives at a shared goal: at each place that states nothing further, what is known of the silence.

    A place of which a table cell or a completeness statement speaks says more than the top of its plan, which is told only failing that.
    """
    arriving = [way for way in ways if is_shared_goal(lookup, way.end)]
    if is_shared_goal(lookup, node):
        return
    if any(way.counts for way in arriving):
        yield from _at_times(lookup, node, "up", [way for way in arriving if way.counts])
        return
    if arriving:
        yield from _uncounted(lookup, node, arriving)
        return
    places = dict.fromkeys([node, *(hop.end for way in ways for hop in way.hops)])
    stating = {hop.start for way in ways for hop in way.hops if hop.kind in ("contribution", "frame")}
    silent = [place for place in places if not any(_joins(lookup, place, start) for start in stating)]
    explained = [p for p in silent if _unread_cells(lookup, p) or _own_statements(lookup, p, _relations(lookup, p))]
    placed = {hop.start for way in ways for hop in way.hops}
    tops = [place for place in silent if not any(_joins(lookup, place, start) for start in placed)]
    for place in explained or tops or [node]:
        relations = _relations(lookup, place)
        reason, explained_by = _why(lookup, place, relations, relations, upwards=True)
        yield Gap(node, "up", place, _rung(lookup, place), reason, explained_by)


def _uncounted(lookup: Lookup, node: str, ways: Iterable[Thread]) -> Iterator[Gap]:
    """Ways up that exist but do not count: one break a place, the first on each way that does not stand."""
    stops: dict[tuple[str, str], list[str]] = defaultdict(list)
    for way in ways:
        hop = next(hop for hop in way.hops if not hop.counts)
        stops[hop.start, "only-proposed" if hop.life_cycle != ACCEPTED else "only-in-draft"].append(hop.rests_on)
    for (place, reason), statements in stops.items():
        yield Gap(node, "up", place, _rung(lookup, place), reason, tuple(dict.fromkeys(statements)))


def _downward(lookup: Lookup, node: str, ways: Sequence[Thread]) -> Iterator[Gap]:
    if is_a(lookup, node, "Project"):
        return
    arriving = [way for way in ways if is_a(lookup, way.start, "Project")]
    if any(way.counts for way in arriving):
        yield from _at_times(lookup, node, "down", [way for way in arriving if way.counts])
        return
    if arriving:
        proposed = tuple(dict.fromkeys(hop.rests_on for way in arriving for hop in way.hops if not hop.counts))
        yield Gap(node, "down", node, "project", "only-proposed", proposed)
        return
    reason, explained_by = _why(lookup, node, _DOWNWARD, (_MONEY,), upwards=False)
    yield Gap(node, "down", node, "project", reason, explained_by)


def _at_times(lookup: Lookup, node: str, direction: str, ways: Sequence[Thread]) -> Iterator[Gap]:
    """The days on which a node's version is in force and none of its ways is."""
    frameworks = lookup.objects(node, IN_FRAMEWORK) or [node]
    own = [next((value_of(d) for f in frameworks for d in lookup.objects(f, filo(name))), None) for name in ("inForceFrom", "inForceUntil")]
    for valid_from, valid_until in uncovered((own[0], own[1]), [(way.valid_from, way.valid_until) for way in ways]):
        before = [way for way in ways if valid_from and way.valid_until and way.valid_until < valid_from]
        sources = dict.fromkeys(hop.end for way in before for hop in way.hops if hop.kind == "funding")
        ends = [succession for source in sources for succession in _retirements(lookup, source)]
        place = next(iter(sources), node) if ends else node
        rung = "project" if direction == "down" else _rung(lookup, place)
        reason = "retired-measure" if ends else "not-in-force"
        yield Gap(node, direction, place, rung, reason, tuple(ends), valid_from=valid_from, valid_until=valid_until)


def uncovered(period: Interval, covering: Iterable[Interval]) -> list[Interval]:
    """The parts of a period that no interval covers; intervals are first and last day in ISO form, a missing one is open."""
    left = [(period[0] or _FIRST, period[1] or _LAST)]
    for first, last in ((a or _FIRST, b or _LAST) for a, b in covering):
        if first > last:
            continue  # it holds on no day
        pieces = [((start, min(end, _shifted(first, -1))), (max(start, _shifted(last, 1)), end)) for start, end in left]
        left = [piece for pair in pieces for piece in pair if piece[0] <= piece[1]]
    return [(None if start == _FIRST else start, None if end == _LAST else end) for start, end in sorted(set(left))]


def _shifted(day: str, days: int) -> str:
    if day in (_FIRST, _LAST):
        # Nothing lies before the first day or after the last: such a piece is empty.
        return "" if days < 0 else "~"
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _framework(lookup: Lookup, gap: Gap) -> str | None:
    """The framework that a break is told of: the orphan's own, or itself, or for a project that of the place where it breaks."""
    if is_a(lookup, gap.node, "Framework"):
        return gap.node
    return lookup.value(gap.node, IN_FRAMEWORK) or lookup.value(gap.place, IN_FRAMEWORK)


def _rung(lookup: Lookup, place: str) -> str:
    return "funding" if is_a(lookup, place, "Project") else "upper-link"


def _relations(lookup: Lookup, place: str) -> Relations:
    return _OF_PROJECT if is_a(lookup, place, "Project") else _OF_ELEMENT


def _joins(lookup: Lookup, here: str, start: str) -> bool:
    return here == start or not set(continuants(lookup, here)).isdisjoint(continuants(lookup, start))


# What is known of a silence


def _why(lookup: Lookup, node: str, own: Relations, around: Relations, *, upwards: bool) -> tuple[str, tuple[str, ...]]:
    """The reason of a silence and what tells it; a statement on the node may be about `own`, one on its framework about `around`."""
    statements = tuple(_own_statements(lookup, node, own) or _statements_around(lookup, node, around))
    if upwards and (cells := _unread_cells(lookup, node)):
        return "not-extracted", statements or tuple(cells)
    if upwards and (ends := _retirements(lookup, node)):
        return "retired-measure", tuple(ends)
    extents = {value_of(lookup.value(s, filo("hasExtent")) or "<none>").rsplit("/", 1)[-1] for s in statements}
    if not extents:
        return "not-assessed", ()
    return (_REASON_OF_EXTENT.get(next(iter(extents)), "") if len(extents) == 1 else "") or "source-read-in-part", statements


def _retirements(lookup: Lookup, node: str) -> list[str]:
    """The successions by which a node is in no later version: it ended, or what became of it is not settled."""
    elements = lookup.subjects(VERSION_OF, node) or [node]
    return [
        succession
        for element in elements
        for succession in lookup.subjects(filo("hasPredecessor"), element)
        if not _ENDS.isdisjoint(lookup.objects(succession, filo("hasSuccessionKind")))
    ]


def _statements_around(lookup: Lookup, node: str, relations: Relations) -> list[str]:
    """Completeness statements on the whole framework of a node; on the first relations of which there are any."""
    frameworks = lookup.objects(node, IN_FRAMEWORK) or [node]
    about = [s for f in frameworks for s in lookup.subjects(filo("aboutFramework"), f) if not lookup.objects(s, filo("aboutElement"))]
    return _first_about(lookup, about, relations)


def _own_statements(lookup: Lookup, node: str, relations: Relations) -> list[str]:
    return _first_about(lookup, lookup.subjects(filo("aboutElement"), node), relations)


def _first_about(lookup: Lookup, statements: list[str], relations: Relations) -> list[str]:
    found = ([s for s in statements if _about(lookup, s, wanted)] for wanted in relations)
    return next((statements for statements in found if statements), [])


def _about(lookup: Lookup, statement: str, relations: set[str]) -> bool:
    return not relations.isdisjoint(lookup.objects(statement, filo("aboutRelation")))


def _unread_cells(lookup: Lookup, node: str) -> list[str]:
    """The cells of a node's row, if none of their marks was extracted."""
    unread = iri(VOC + "cell-status/not-extracted")
    cells = lookup.subjects(filo("hasRowElement"), node)
    return cells if cells and all(unread in lookup.objects(cell, filo("hasCellStatus")) for cell in cells) else []
