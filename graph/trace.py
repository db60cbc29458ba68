"""Following the thread of one node: every way up and down, each hop with its evidence, what stands beside, and where it breaks.

It reads what the build derived (`threads`) and looks up, per hop, who said it and where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .errors import NotFoundError
from .facts import Lookup
from .namespaces import ID, SDG, VOC
from .terms import iri, text, value_of
from .threads import (
    ACCEPTED,
    ANALYST,
    CARRIED_CERTAINTY,
    HAS_CERTAINTY,
    HAS_EVIDENCE,
    HAS_LIFE_CYCLE,
    HAS_OBJECT,
    HAS_ORIGIN,
    HAS_SUBJECT,
    IN_FRAMEWORK,
    IS_PART_OF,
    OFFICIAL,
    PLAN,
    TYPE,
    VERSION_OF,
    filo,
)

_HOP_OF_LINK = {"Frame": "frame", "Contribution": "contribution"}
_BESIDE = {"Correspondence", "Reference", "FundingAccess", "CoherenceAssessment"}
# What a completeness statement must be about to explain a silence: of a project what pays for it and what it helps, of anything
# else first its frame.
_OF_PROJECT = (
    {filo(name) for name in ("hasFundingSource", "Funding", "isFundedUnder", "cup", "Contribution", "contributesTo", "isPartOf")},
)
_OF_ELEMENT = ({filo("Frame"), filo("hasStrategicFrame")}, {filo("Contribution"), filo("contributesTo"), filo("isPartOf")})
_DOWNWARD = ({filo(name) for name in ("Contribution", "contributesTo", "Funding", "Project", "isFundedUnder", "hasFundingSource")},)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement stands: a document and a place in it; terms, except the locator."""

    document: str
    locator: str
    method: str | None
    certainty: str | None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a funding: its kind (a concept), euro as written, the source's own word for it, and its date as printed."""

    kind: str
    euro: str
    source_label: str
    date: str


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of a thread, or one relation beside it, with who said it, how surely, and where."""

    kind: str
    start: str
    end: str
    rests_on: str
    origin: str
    life_cycle: str
    certainty: str | None
    tier: str | None
    reference_kind: str | None
    sources: tuple[Source, ...]
    reasons: tuple[str, ...]
    money: tuple[Money, ...]

    @property
    def proposed(self) -> bool:
        """Whether the hop is only a proposal."""
        return self.life_cycle != ACCEPTED


@dataclass(frozen=True, slots=True)
class Way:
    """A thread read hop by hop, upwards from `start`; `whose` is the node whose statement it reports, if not the start's own."""

    start: str
    steps: tuple[Step, ...]
    whose: str | None
    carried_from: str | None
    valid_from: str | None
    valid_until: str | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Break:
    """Where a thread stops, which way, and why: `no-link`, `not-extracted`, `not-assessed`, `source-unread`, `source-read-in-part`."""

    node: str
    direction: str
    why: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that the graph knows of a node's threads."""

    node: str
    up: tuple[Way, ...]
    down: tuple[Way, ...]
    beside: tuple[Step, ...]
    breaks: tuple[Break, ...]


def find(lookup: Lookup, name: str) -> str:
    """The node that a person means by an IRI, a CUP or a code.

    :raises NotFoundError: there is none, or a code belongs to several.
    """
    if not name.isprintable():
        raise NotFoundError("the name holds characters that cannot be printed; give an IRI, a CUP or a code")
    if re.match(r"https?://", name):
        node = _found_iri(name)
        if lookup.objects(node, TYPE):
            return node
        raise NotFoundError(f"{name}: no such node in the graph; is the IRI complete?")
    for candidates in (
        lookup.subjects(filo("cup"), text(name.upper())),
        [n for n in lookup.subjects(filo("subMeasureCode"), text(name.upper())) if _is(lookup, n, "Continuant")],
        lookup.subjects(filo("localId"), text(name)),
        lookup.subjects(filo("code"), text(name)),
    ):
        if len(candidates) > 1:
            listed = ", ".join(value_of(node) for node in candidates[:5])
            raise NotFoundError(f"{name}: {len(candidates)} nodes bear this code ({listed} …); give an IRI")
        if candidates:
            return candidates[0]
    raise NotFoundError(f"{name}: neither a CUP, a code nor an IRI of this graph; an IRI starts with http")


def trace(lookup: Lookup, node: str) -> Trace:
    """Follow the threads of a node up and down; an element and its continuant are one place."""
    place = _same_place(lookup, node)
    up = tuple(_ways(lookup, (t for n in place for t in lookup.subjects(filo("threadFrom"), n))))
    down = tuple(_ways(lookup, (t for n in place for t in lookup.subjects(filo("threadTo"), n))))
    beside = tuple(_step(lookup, link) for n in place for link in _beside(lookup, n))
    breaks = (*_upward_breaks(lookup, node, up), *_downward_breaks(lookup, node, down))
    return Trace(node, up, down, beside, breaks)


# Finding and naming


def _found_iri(name: str) -> str:
    try:
        return iri(name)
    except ValueError:
        raise NotFoundError(f"{name}: not an IRI (it holds a blank or another character that no IRI may hold)") from None


def _is(lookup: Lookup, node: str, class_: str) -> bool:
    return filo(class_) in lookup.objects(node, TYPE)


def _same_place(lookup: Lookup, node: str) -> list[str]:
    """A continuant with its elements; for any other node, itself and its continuant if it has one."""
    if _is(lookup, node, "Continuant"):
        return [node, *lookup.subjects(VERSION_OF, node)]
    return [node, *(c for c in lookup.objects(node, VERSION_OF) if _is(lookup, c, "Continuant"))]


# Ways


def _ways(lookup: Lookup, threads: Iterable[str]) -> Iterator[Way]:
    seen: set[tuple[object, ...]] = set()
    for thread in threads:
        start, end = lookup.value(thread, filo("threadFrom")), lookup.value(thread, filo("threadTo"))
        kinds = value_of(lookup.value(thread, filo("hopSequence")) or '""').split()
        pool = [_step(lookup, hop) for hop in lookup.objects(thread, filo("hasHop"))]
        for steps in _ordered(lookup, start or "", kinds, pool):
            way = _way(lookup, thread, start or "", steps)
            key = (way.start, tuple(step.rests_on for step in steps), way.carried_from)
            if steps[-1].end == end and key not in seen:
                seen.add(key)
                yield way


def _way(lookup: Lookup, thread: str, start: str, steps: tuple[Step, ...]) -> Way:
    valid = [lookup.value(thread, filo(name)) for name in ("validFrom", "validUntil")]
    carried = lookup.value(thread, filo("isCarriedOverFrom"))
    if carried is not None:
        steps = tuple(replace(s, certainty=_weaker(lookup, s.certainty)) if _speaks_of(lookup, s, carried) else s for s in steps)
    # A link that was carried over speaks of the element of an earlier version; the way starts at that of its own.
    return Way(
        start=start,
        steps=(replace(steps[0], start=start), *steps[1:]),
        whose=lookup.value(thread, filo("isInheritedFrom")),
        carried_from=lookup.value(thread, filo("isCarriedOverFrom")),
        valid_from=valid[0] and value_of(valid[0]),
        valid_until=valid[1] and value_of(valid[1]),
        counts=value_of(lookup.value(thread, filo("isCounted")) or '"false"') == "true",
    )


def _speaks_of(lookup: Lookup, step: Step, version: str) -> bool:
    return step.kind in ("contribution", "frame") and version in lookup.objects(step.start, IN_FRAMEWORK)


def _weaker(lookup: Lookup, certainty: str | None) -> str:
    """The certainty of a link that was carried over, as the build weakens it."""
    return min((certainty or CARRIED_CERTAINTY, CARRIED_CERTAINTY), key=lambda concept: _rank(lookup, concept))


def _ordered(lookup: Lookup, start: str, kinds: list[str], pool: list[Step]) -> Iterator[tuple[Step, ...]]:
    """The ways that the hops of a thread, which RDF keeps unordered, can be laid end to end."""
    pending: list[tuple[tuple[Step, ...], str]] = [((), start)]
    while pending:
        done, here = pending.pop()
        if len(done) == len(kinds):
            yield done
            continue
        for step in pool:
            if step.kind == kinds[len(done)] and _joins(lookup, here, step.start):
                pending.append(((*done, step), step.end))


def _joins(lookup: Lookup, here: str, start: str) -> bool:
    return here == start or not set(_continuants(lookup, here)).isdisjoint(_continuants(lookup, start))


def _continuants(lookup: Lookup, node: str) -> list[str]:
    if _is(lookup, node, "Continuant"):
        return [node]
    return [c for c in lookup.objects(node, VERSION_OF) if _is(lookup, c, "Continuant")]


# Steps


def _step(lookup: Lookup, node: str) -> Step:
    """The hop or relation that a node states: a funding, a link, a claim on a placement, or an element's own placement."""
    types = {value_of(t).rsplit("/", 1)[-1] for t in lookup.objects(node, TYPE)}
    value = lookup.value
    if "Funding" in types:
        ends = value(node, filo("hasRecipient")), value(node, filo("hasFundingSource"))
        return _built(lookup, node, "funding", ends, OFFICIAL, ACCEPTED)
    origin, life_cycle = value(node, HAS_ORIGIN) or ANALYST, value(node, HAS_LIFE_CYCLE) or ""
    if "Claim" in types:
        ends = value(node, HAS_SUBJECT), value(node, filo("claimedResource"))
        return _built(lookup, node, "part-of", ends, origin, life_cycle)
    for kind in types & {*_HOP_OF_LINK, *_BESIDE}:
        ends = value(node, HAS_SUBJECT), value(node, HAS_OBJECT)
        return _built(lookup, node, _HOP_OF_LINK.get(kind, kind), ends, origin, life_cycle)
    return _built(lookup, node, "part-of", (node, value(node, IS_PART_OF)), PLAN, ACCEPTED)


def _built(lookup: Lookup, node: str, kind: str, ends: tuple[str | None, str | None], origin: str, life_cycle: str) -> Step:
    sources = tuple(_source(lookup, evidence) for evidence in lookup.objects(node, HAS_EVIDENCE))
    degrees = [source.certainty for source in sources if source.certainty]
    certainty = lookup.value(node, HAS_CERTAINTY) or max(degrees, key=lambda c: _rank(lookup, c), default=None)
    return Step(
        kind=kind,
        start=ends[0] or "",
        end=ends[1] or "",
        rests_on=node,
        origin=origin,
        life_cycle=life_cycle,
        certainty=certainty,
        tier=lookup.value(node, filo("hasTier")),
        reference_kind=lookup.value(node, filo("hasReferenceKind")),
        sources=sources,
        reasons=tuple(lookup.objects(node, filo("reason"))),
        # The amounts of a placed element are its own, not the hop's.
        money=_moneys(lookup, node) if kind == "funding" else (),
    )


def _moneys(lookup: Lookup, funding: str) -> tuple[Money, ...]:
    found = (_money(lookup, amount) for amount in lookup.objects(funding, filo("hasAmount")))
    return tuple(sorted(found, key=lambda money: (money.date, money.kind)))


def _money(lookup: Lookup, amount: str) -> Money:
    said = [lookup.value(amount, filo(name)) for name in ("amountInEuro", "sourceLabel", "datePrinted")]
    euro, source_label, day = (value_of(term) if term else "" for term in said)
    return Money(lookup.value(amount, filo("hasAmountKind")) or "", euro, source_label, day)


def _source(lookup: Lookup, evidence: str) -> Source:
    locator = lookup.value(evidence, filo("locator"))
    return Source(
        document=lookup.value(evidence, filo("inDocument")) or "",
        locator=value_of(locator) if locator else "",
        method=lookup.value(evidence, filo("hasExtractionMethod")),
        certainty=lookup.value(evidence, HAS_CERTAINTY),
    )


def _rank(lookup: Lookup, concept: str) -> int:
    rank = lookup.value(concept, filo("rank"))
    return int(value_of(rank)) if rank else 0


def _beside(lookup: Lookup, node: str) -> Iterator[str]:
    for end in (HAS_SUBJECT, HAS_OBJECT):
        for link in lookup.subjects(end, node):
            if any(_is(lookup, link, kind) for kind in _BESIDE):
                yield link


# Breaks


def _upward_breaks(lookup: Lookup, node: str, ways: tuple[Way, ...]) -> Iterator[Break]:
    """Why no way up arrives at a goal that everybody shares: at each place that states nothing further, what is known of the silence.

    A place of which a table cell or a completeness statement speaks says more than the top of its plan, which is told only failing that.
    """
    if _is_global(lookup, node) or any(_is_global(lookup, way.steps[-1].end) for way in ways):
        return
    places = dict.fromkeys([node, *(step.end for way in ways for step in way.steps)])
    stating = {step.start for way in ways for step in way.steps if step.kind in ("contribution", "frame")}
    silent = [place for place in places if not any(_joins(lookup, place, start) for start in stating)]
    explained = [place for place in silent if _has_unread_cells(lookup, place) or _own_statements(lookup, place, _upward(lookup, place))]
    placed = {step.start for way in ways for step in way.steps}
    tops = [place for place in silent if not any(_joins(lookup, place, start) for start in placed)]
    for place in explained or tops or [node]:
        yield _break(lookup, place, "up", _upward(lookup, place))


def _upward(lookup: Lookup, place: str) -> tuple[set[str], ...]:
    return _OF_PROJECT if _is(lookup, place, "Project") else _OF_ELEMENT


def _downward_breaks(lookup: Lookup, node: str, ways: tuple[Way, ...]) -> Iterator[Break]:
    if _is(lookup, node, "Project") or any(_is(lookup, way.steps[0].start, "Project") for way in ways):
        return
    yield _break(lookup, node, "down", _DOWNWARD)


def _is_global(lookup: Lookup, node: str) -> bool:
    if node.startswith(f"<{SDG}") or node == iri(ID + "agenda-2030"):
        return True
    level = iri(VOC + "governance-level/global")
    return any(level in lookup.objects(f, filo("hasGovernanceLevel")) for f in (node, *lookup.objects(node, IN_FRAMEWORK)))


def _break(lookup: Lookup, node: str, direction: str, relations: tuple[set[str], ...]) -> Break:
    statements = _statements(lookup, node, relations)
    extents = {value_of(lookup.value(s, filo("hasExtent")) or "<none>").rsplit("/", 1)[-1] for s in statements}
    reasons = tuple(reason for s in statements for reason in lookup.objects(s, filo("reason")))
    if direction == "up" and _has_unread_cells(lookup, node):
        return Break(node, direction, "not-extracted", reasons)
    if extents:
        why = {"none": "source-unread", "whole": "no-link"}.get(next(iter(extents))) if len(extents) == 1 else None
        return Break(node, direction, why or "source-read-in-part", reasons)
    return Break(node, direction, "not-assessed", ())


def _statements(lookup: Lookup, node: str, relations: tuple[set[str], ...]) -> list[str]:
    """Completeness statements on a node, or else on the framework it is in; on the first relations of which there are any."""
    own = _own_statements(lookup, node, relations)
    if own:
        return own
    frameworks = lookup.objects(node, IN_FRAMEWORK) or [node]
    about = [s for f in frameworks for s in lookup.subjects(filo("aboutFramework"), f) if not lookup.objects(s, filo("aboutElement"))]
    return _first_about(lookup, about, relations)


def _own_statements(lookup: Lookup, node: str, relations: tuple[set[str], ...]) -> list[str]:
    return _first_about(lookup, lookup.subjects(filo("aboutElement"), node), relations)


def _first_about(lookup: Lookup, statements: list[str], relations: tuple[set[str], ...]) -> list[str]:
    found = ([s for s in statements if _about(lookup, s, wanted)] for wanted in relations)
    return next((statements for statements in found if statements), [])


def _about(lookup: Lookup, statement: str, relations: set[str]) -> bool:
    return not relations.isdisjoint(lookup.objects(statement, filo("aboutRelation")))


def _has_unread_cells(lookup: Lookup, node: str) -> bool:
    unread = iri(VOC + "cell-status/not-extracted")
    cells = lookup.subjects(filo("hasRowElement"), node)
    return bool(cells) and all(unread in lookup.objects(cell, filo("hasCellStatus")) for cell in cells)
