"""Following the thread of one node: every way up and down, each hop with its evidence, what stands beside, and where it breaks.

It reads what the build derived (hops, threads, breaks) and looks up, per hop, who said it and where.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from .facts import Lookup
from .finding import same_place
from .namespaces import RDF
from .terms import iri, value_of
from .threads import ACCEPTED, HAS_CERTAINTY, HAS_EVIDENCE, HAS_LIFE_CYCLE, HAS_OBJECT, HAS_ORIGIN, HAS_SUBJECT, LINK_KINDS, TYPE, filo

_ACCEPTED = {"plan": "declared", "official": "official", "analyst": "assessed"}
_BESIDE = {"Correspondence", "Reference", "FundingAccess", "CoherenceAssessment"}


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
    value: str | None
    sources: tuple[Source, ...]
    reasons: tuple[str, ...]
    money: tuple[Money, ...]

    @property
    def proposed(self) -> bool:
        """Whether the hop is only a proposal."""
        return self.life_cycle != ACCEPTED

    @property
    def status(self) -> str:
        """How it stands: `declared`, `official`, `assessed`, `proposed`, `inferred`, `rejected` or `superseded`."""
        state = value_of(self.life_cycle).rsplit("/", 1)[-1] if self.life_cycle else "open"
        if state == "accepted":
            return _ACCEPTED[value_of(self.origin).rsplit("/", 1)[-1]]
        return state if state != "open" else "inferred" if self.kind == "part-of" else "proposed"


@dataclass(frozen=True, slots=True)
class Way:
    """A thread read hop by hop, upwards from `start`; `whose` is the node whose statement it reports, if not the start's own."""

    thread: str
    start: str
    steps: tuple[Step, ...]
    whose: str | None
    carried_from: str | None
    valid_from: str | None
    valid_until: str | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Break:
    """Where a thread stops, which way (`up` or `down`), why (a concept of the scheme `break-reason`), and since when, if not always."""

    node: str
    direction: str
    why: str
    reasons: tuple[str, ...]
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that the graph knows of a node's threads."""

    node: str
    up: tuple[Way, ...]
    down: tuple[Way, ...]
    beside: tuple[Step, ...]
    breaks: tuple[Break, ...]


def trace(lookup: Lookup, node: str) -> Trace:
    """Follow the threads of a node up and down; an element and its continuant are one place."""
    place = same_place(lookup, node)
    up = tuple(_whole(lookup, (t for n in place for t in lookup.subjects(filo("threadFrom"), n))))
    down = tuple(_whole(lookup, (t for n in place for t in lookup.subjects(filo("threadTo"), n))))
    beside = tuple(_step(lookup, link, kind) for n in place for link, kind in _beside(lookup, n))
    # A break that is over is of interest to who asks of that day, not to who follows the thread now.
    standing = (found for found in lookup.subjects(filo("interrupts"), node) if not lookup.objects(found, filo("validUntil")))
    breaks = tuple(_break(lookup, found) for found in standing)
    return Trace(node, up, down, beside, tuple(sorted(breaks, key=lambda b: (b.direction != "up", b.node, b.why))))


def ways(lookup: Lookup, threads: Iterable[str]) -> list[Way]:
    """Threads, read hop by hop."""
    read: dict[str, Step] = {}
    return [_way(lookup, thread, tuple(_remembered(lookup, hop, read) for hop in _hops(lookup, thread))) for thread in threads]


def links(lookup: Lookup, node: str) -> list[Step]:
    """The links that start or end at a node, as steps; those from it come first."""
    return steps(lookup, (link for end in (HAS_SUBJECT, HAS_OBJECT) for link in lookup.subjects(end, node)))


def steps(lookup: Lookup, found: Iterable[str]) -> list[Step]:
    """Links, each as a step whose kind is the name of its class."""
    return [_step(lookup, link, kind) for link in dict.fromkeys(found) if (kind := _kind(lookup, link, LINK_KINDS))]


# Ways


def _whole(lookup: Lookup, threads: Iterable[str]) -> Iterator[Way]:
    """Threads as ways, but for one that goes on from a continuant to its elements: it ends where another one does already."""
    return (way for way in ways(lookup, threads) if way.steps[-1].end == lookup.value(way.thread, filo("threadTo")))


def _remembered(lookup: Lookup, hop: str, read: dict[str, Step]) -> Step:
    """A hop as a step: many threads share their hops."""
    if hop not in read:
        read[hop] = _hop(lookup, hop)
    return read[hop]


def _hops(lookup: Lookup, thread: str) -> Iterator[str]:
    for number in range(1, len(lookup.objects(thread, filo("hasHop"))) + 1):
        yield from lookup.objects(thread, iri(f"{RDF}_{number}"))


def _way(lookup: Lookup, thread: str, steps: tuple[Step, ...]) -> Way:
    valid = [lookup.value(thread, filo(name)) for name in ("validFrom", "validUntil")]
    return Way(
        thread=thread,
        start=lookup.value(thread, filo("threadFrom")) or "",
        steps=steps,
        whose=lookup.value(thread, filo("isInheritedFrom")),
        carried_from=lookup.value(thread, filo("isCarriedOverFrom")),
        valid_from=valid[0] and value_of(valid[0]),
        valid_until=valid[1] and value_of(valid[1]),
        counts=_said(lookup, thread, "isCounted") == "true",
    )


# Steps


def _hop(lookup: Lookup, hop: str) -> Step:
    """A hop of a thread, with what it rests on."""
    kind, node = _said(lookup, hop, "hopKind"), lookup.value(hop, filo("restsOn")) or ""
    ends = lookup.value(hop, filo("hopFrom")) or "", lookup.value(hop, filo("hopTo")) or ""
    return _built(lookup, hop, node, kind, ends)


def _kind(lookup: Lookup, link: str, kinds: Collection[str]) -> str | None:
    """The name of the class of a link, if it is one of some."""
    return next((name for term in lookup.objects(link, TYPE) if (name := value_of(term).rsplit("/", 1)[-1]) in kinds), None)


def _step(lookup: Lookup, link: str, kind: str) -> Step:
    """A link as a step."""
    return _built(lookup, link, link, kind, (lookup.value(link, HAS_SUBJECT) or "", lookup.value(link, HAS_OBJECT) or ""))


def _built(lookup: Lookup, qualified: str, node: str, kind: str, ends: tuple[str, str]) -> Step:
    """A step: `qualified` bears origin, life cycle and certainty; `node` the evidence, the reasons and the money."""
    return Step(
        kind=kind,
        start=ends[0],
        end=ends[1],
        rests_on=node,
        origin=lookup.value(qualified, HAS_ORIGIN) or "",
        life_cycle=lookup.value(qualified, HAS_LIFE_CYCLE) or "",
        certainty=lookup.value(qualified, HAS_CERTAINTY),
        tier=lookup.value(qualified, filo("hasTier")),
        reference_kind=lookup.value(node, filo("hasReferenceKind")),
        value=lookup.value(node, filo("hasScaleValue")),
        sources=tuple(_source(lookup, evidence) for evidence in lookup.objects(node, HAS_EVIDENCE)),
        reasons=tuple(lookup.objects(node, filo("reason"))),
        # The amounts of a placed element are its own, not the hop's.
        money=_moneys(lookup, node) if kind == "funding" else (),
    )


def _said(lookup: Lookup, node: str, name: str) -> str:
    return value_of(lookup.value(node, filo(name)) or '""')


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


def _beside(lookup: Lookup, node: str) -> Iterator[tuple[str, str]]:
    for end in (HAS_SUBJECT, HAS_OBJECT):
        for link in lookup.subjects(end, node):
            kind = _kind(lookup, link, _BESIDE)
            if kind:
                yield link, kind


# Breaks


def _break(lookup: Lookup, found: str) -> Break:
    explained = lookup.objects(found, filo("isExplainedBy"))
    direction = _said(lookup, found, "hasDirection").rsplit("/", 1)[-1]
    why = lookup.value(found, filo("hasBreakReason")) or ""
    reasons = tuple(reason for node in explained for reason in lookup.objects(node, filo("reason")))
    since = lookup.value(found, filo("validFrom"))
    return Break(lookup.value(found, filo("breaksAt")) or "", direction, why, reasons, since and value_of(since))
