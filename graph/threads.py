"""Hops and threads: what leads from a node up to a goal.

A *hop* is one step up that something states: a granted funding, a placement in a plan, a contribution, a declared frame. A *thread*
is a sequence of hops that reads: funding at most once, then part-of, then contributions with part-of between them, then at most one
frame, then only part-of. Belonging to a framework is no hop, so a frame that a plan declares as a whole is never an element's.
Correspondence, assessment, access, reference and succession never hop: they are not support.

A continuant and its elements are one place on the way: money is granted to the continuant of a measure and the ways go on from each
of its elements, in the version each is in. What an official third party says of an element of one version is carried to the element
of the same continuant in the versions that replace it, and the thread says so; a plan's own words are not carried.

Each way is a thread of its own: two links between the same two nodes make two threads, so that what rests on one of them can be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .errors import BuildError
from .facts import Facts
from .namespaces import DCT, FILO, RDF, VOC, minted
from .terms import iri, value_of

MAX_THREADS_FROM_A_NODE = 50_000

TYPE = iri(RDF + "type")
LINK_KINDS = ("Frame", "Contribution", "CoherenceAssessment", "Correspondence", "Reference", "FundingAccess")


def filo(name: str) -> str:
    """The term of one of the ontology's own names."""
    return f"<{FILO}{name}>"


IN_FRAMEWORK = filo("inFramework")
IS_PART_OF = filo("isPartOf")
HAS_SUBJECT = filo("hasSubject")
HAS_OBJECT = filo("hasObject")
HAS_ORIGIN = filo("hasOrigin")
HAS_LIFE_CYCLE = filo("hasLifeCycle")
HAS_CERTAINTY = filo("hasCertainty")
HAS_EVIDENCE = filo("hasEvidence")
VERSION_OF = iri(DCT + "isVersionOf")
REPLACES = iri(DCT + "replaces")

PLAN = iri(VOC + "origin/plan")
OFFICIAL = iri(VOC + "origin/official")
ANALYST = iri(VOC + "origin/analyst")
ACCEPTED = iri(VOC + "life-cycle/accepted")
OPEN = iri(VOC + "life-cycle/open")
CARRIED_CERTAINTY = iri(VOC + "certainty/high")
UNKNOWN_CERTAINTY = iri(VOC + "certainty/recalled")

# The form of a thread: from which state each kind of hop may be taken, and the state after it.
_START, _GRANTED, _CONTRIBUTED, _FRAMED = range(4)
_NEXT = {
    (_START, "funding"): _GRANTED,
    (_START, "part-of"): _GRANTED,
    (_GRANTED, "part-of"): _GRANTED,
    (_START, "contribution"): _CONTRIBUTED,
    (_GRANTED, "contribution"): _CONTRIBUTED,
    (_CONTRIBUTED, "contribution"): _CONTRIBUTED,
    (_CONTRIBUTED, "part-of"): _CONTRIBUTED,
    (_START, "frame"): _FRAMED,
    (_GRANTED, "frame"): _FRAMED,
    (_CONTRIBUTED, "frame"): _FRAMED,
    (_FRAMED, "part-of"): _FRAMED,
}


@dataclass(frozen=True, slots=True)
class Hop:
    """One step up; `rests_on` is the funding, link or claim that states it, or the lower element of a placement."""

    start: str
    end: str
    kind: str
    rests_on: str
    origin: str
    life_cycle: str
    certainty: str
    tier: str | None = None
    carried_from: str | None = None
    in_draft: bool = False

    @property
    def identifier(self) -> str:
        """The IRI of the hop: the same hop has the same one in every build."""
        return iri(minted("hop", (self.start, self.end, self.kind, self.rests_on, self.carried_from)))

    @property
    def counts(self) -> bool:
        """Whether the hop stands: a declaration, an official statement or a proposal that was accepted, and not in a draft."""
        return self.life_cycle == ACCEPTED and not self.in_draft


@dataclass(frozen=True, slots=True)
class Thread:
    """A way up from a node to another: its hops in order, and the weakest of their qualities."""

    start: str
    end: str
    hops: tuple[Hop, ...]
    origin: str
    life_cycle: str
    certainty: str
    tier: str | None
    inherited_from: str | None
    carried_from: str | None
    valid_from: str | None
    valid_until: str | None
    counts: bool

    @property
    def identifier(self) -> str:
        """The IRI of the thread: the same thread has the same one in every build."""
        return iri(minted("thread", (self.start, self.end, *(hop.identifier for hop in self.hops))))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the hops, in order."""
        return tuple(hop.kind for hop in self.hops)


class Ways:
    """All hops of a graph and the threads that they make."""

    def __init__(self, facts: Facts) -> None:
        """Read the hops out of asserted facts (the vocabularies' ranks among them)."""
        self._facts = facts
        self._rank = {concept: int(value_of(rank)) for concept, rank in facts.pairs(filo("rank")) if concept.startswith(f"<{VOC}")}
        self._hops: dict[str, list[Hop]] = defaultdict(list)
        for hop in self._stated_hops():
            self._hops[hop.start].append(hop)
        for hop in list(self._carried_hops()):
            self._hops[hop.start].append(hop)

    def hops(self) -> Iterator[Hop]:
        """Every hop, in the order of its start."""
        for start in sorted(self._hops):
            yield from self._hops[start]

    def threads(self) -> Iterator[Thread]:
        """Every thread, in the order of its start."""
        for start in sorted(self._hops):
            yield from self.threads_from(start)

    def threads_from(self, start: str) -> list[Thread]:
        """The threads that start at a node.

        :raises BuildError: more of them than `MAX_THREADS_FROM_A_NODE`.
        """
        threads: list[Thread] = []
        for path in self._paths(start):
            for end in (path[-1].end, *self._elements_after(path)):
                thread = self._thread(start, end, path)
                if thread is not None:
                    threads.append(thread)
            if len(threads) > MAX_THREADS_FROM_A_NODE:
                raise BuildError(f"more than {MAX_THREADS_FROM_A_NODE} threads start at {start}; its links are too dense to follow")
        return threads

    # Hops

    def _stated_hops(self) -> Iterator[Hop]:
        facts = self._facts
        for child, parent in facts.pairs(IS_PART_OF):
            yield Hop(child, parent, "part-of", child, PLAN, ACCEPTED, self._evidence_certainty(child), in_draft=self._is_in_draft(child))
        for funding, recipient in facts.pairs(filo("hasRecipient")):
            for source in facts.objects(funding, filo("hasFundingSource")):
                yield Hop(recipient, source, "funding", funding, OFFICIAL, ACCEPTED, self._evidence_certainty(funding))
        for kind, hop_kind in (("Frame", "frame"), ("Contribution", "contribution")):
            for link in facts.subjects(TYPE, filo(kind)):
                yield from self._stated(link, facts.objects(link, HAS_OBJECT), hop_kind)
        for claim in facts.subjects(filo("onProperty"), IS_PART_OF):
            yield from self._stated(claim, facts.objects(claim, filo("claimedResource")), "part-of")

    def _stated(self, statement: str, ends: Iterable[str], kind: str) -> Iterator[Hop]:
        facts = self._facts
        life_cycle = facts.value(statement, HAS_LIFE_CYCLE) or OPEN
        if life_cycle not in (ACCEPTED, OPEN):
            return
        origin = facts.value(statement, HAS_ORIGIN) or ANALYST
        certainty = facts.value(statement, HAS_CERTAINTY) or UNKNOWN_CERTAINTY
        tier = facts.value(statement, filo("hasTier"))
        for start in facts.objects(statement, HAS_SUBJECT):
            for end in ends:
                draft = origin == PLAN and self._is_in_draft(start)
                yield Hop(start, end, kind, statement, origin, life_cycle, certainty, tier, in_draft=draft)

    def _carried_hops(self) -> Iterator[Hop]:
        for hops in list(self._hops.values()):
            for hop in hops:
                if hop.origin == OFFICIAL and hop.kind in ("contribution", "frame"):
                    yield from self._carry(hop)

    def _carry(self, hop: Hop) -> Iterator[Hop]:
        continuant = self._facts.value(hop.start, VERSION_OF)
        version = self._facts.value(hop.start, IN_FRAMEWORK)
        if continuant is None or version is None:
            return
        certainty = self._weakest(hop.certainty, CARRIED_CERTAINTY)
        for element in self._facts.subjects(VERSION_OF, continuant):
            later = self._facts.value(element, IN_FRAMEWORK)
            mapped = any(own.origin == OFFICIAL and own.kind == hop.kind and not own.carried_from for own in self._hops.get(element, ()))
            if later is not None and self._replaces(later, version) and not mapped:
                yield replace(hop, start=element, certainty=certainty, carried_from=version)

    def _replaces(self, later: str, earlier: str) -> bool:
        seen: set[str] = set()
        pending = [later]
        while pending:
            for replaced in self._facts.objects(pending.pop(), REPLACES):
                if replaced == earlier:
                    return True
                if replaced not in seen:
                    seen.add(replaced)
                    pending.append(replaced)
        return False

    # Threads

    def _paths(self, start: str) -> Iterator[tuple[Hop, ...]]:
        pending: list[tuple[tuple[Hop, ...], frozenset[str], int, str]] = [((), frozenset({start}), _START, start)]
        while pending:
            path, visited, state, place = pending.pop()
            for here in (place, *self._elements_after(path)):
                for hop in self._hops.get(here, ()):
                    after = _NEXT.get((state, hop.kind))
                    if after is None or hop.end in visited:
                        continue
                    longer = (*path, hop)
                    yield longer
                    pending.append((longer, visited | {hop.end}, after, hop.end))

    def _elements_after(self, path: tuple[Hop, ...]) -> list[str]:
        """The elements of the continuant that a path arrived at; a plan that declares a continuant its frame speaks of no version."""
        if not path or path[-1].kind == "frame":
            return []
        place = path[-1].end
        return [e for e in self._facts.subjects(VERSION_OF, place) if self._facts.value(e, IN_FRAMEWORK) is not None]

    def _thread(self, start: str, end: str, path: tuple[Hop, ...]) -> Thread | None:
        places = {start, end, *(hop.start for hop in path), *(hop.end for hop in path)}
        interval = self._common_validity(places)
        if interval is None:
            return None
        return Thread(
            start=start,
            end=end,
            hops=path,
            origin=self._weakest(*(hop.origin for hop in path)),
            life_cycle=self._weakest(*(hop.life_cycle for hop in path)),
            certainty=self._weakest(*(hop.certainty for hop in path)),
            tier=self._weakest(*tiers) if (tiers := [hop.tier for hop in path if hop.tier]) else None,
            inherited_from=_inherited_from(start, path),
            carried_from=next((hop.carried_from for hop in path if hop.carried_from), None),
            valid_from=interval[0],
            valid_until=interval[1],
            counts=all(hop.counts for hop in path),
        )

    def _common_validity(self, places: Iterable[str]) -> tuple[str | None, str | None] | None:
        """The days on which all versions passed through are in force; None where there is none; (None, …) where one is unknown."""
        places = set(places)
        frameworks = {framework for place in places for framework in self._facts.objects(place, IN_FRAMEWORK)}
        frameworks |= {place for place in places if filo("Framework") in self._facts.objects(place, TYPE)}
        frameworks = {f for f in frameworks if not self._facts.subjects(VERSION_OF, f)}
        starts = [self._facts.value(f, filo("inForceFrom")) for f in frameworks]
        ends = [end for f in frameworks if (end := self._facts.value(f, filo("inForceUntil")))]
        first = max((value_of(s) for s in starts if s), default=None)
        last = min((value_of(e) for e in ends), default=None)
        if first and last and first > last:
            return None
        return (None if None in starts else first), last

    def _evidence_certainty(self, node: str) -> str:
        degrees = [
            certainty for evidence in self._facts.objects(node, HAS_EVIDENCE) for certainty in self._facts.objects(evidence, HAS_CERTAINTY)
        ]
        # Several pieces of evidence bear each other out: the strongest holds.
        return max(degrees, key=self._order, default=UNKNOWN_CERTAINTY)

    def _is_in_draft(self, node: str) -> bool:
        """Whether a node is, or is in, a version that is known as a draft and not known to have come into force."""
        return any(
            self._facts.value(framework, filo("draftedFrom")) is not None and self._facts.value(framework, filo("inForceFrom")) is None
            for framework in (node, *self._facts.objects(node, IN_FRAMEWORK))
        )

    def _weakest(self, *concepts: str) -> str:
        return min(concepts, key=self._order)

    def _order(self, concept: str) -> tuple[int, str]:
        return self._rank.get(concept, 0), concept


def _inherited_from(start: str, path: tuple[Hop, ...]) -> str | None:
    """Whose statement joins the thread to its end: the last that contributes or declares, or the measure that money was granted to."""
    for hop in reversed(path):
        if hop.kind in ("contribution", "frame"):
            return hop.start if hop.start != start else None
    if len(path) > 1 and path[0].kind == "funding":
        return path[0].end
    return None
