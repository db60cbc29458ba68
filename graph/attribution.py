"""To what a funding's money may be attributed, so that no sum counts it twice.

A funding reaches elements of many frameworks, and several of one level. For each funding and each *level* (a framework and a kind of its
elements, or a governance level of places) the build writes one attribution an end, with weights that sum to exactly 1: equal parts, a
choice of ours, since no source gives any. Two views follow. *Distributed*: amount times weight. *Principal only*: the whole amount to the
one end that a principal way (or one with no tier) leads to; where there are several such ends, or none, the amount is *undecided* and the
question says so in a row of its own. Hence every view adds up to the sum of the fundings.

An amount stands until the next of its kind is published for the same funding: of two figures of two dates the later one counts.

Weights are decimals of `PLACES` digits; the first end bears what rounding leaves over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .facts import Facts
from .namespaces import DCT, VOC, minted
from .terms import iri, value_of
from .threads import IN_FRAMEWORK, Thread, filo

PLACES = 6
PRINCIPAL = iri(VOC + "contribution-tier/principal")
COUNTED, WITH_PROPOSALS = "counted", "with-proposals"

# A framework and a kind of its elements; for places a level of governance alone.
Level = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Attribution:
    """A part of a funding's money; `bases` says whether it holds among what counts, among proposals too, or both; dates as of threads."""

    funding: str
    end: str
    level: Level
    weight: Decimal
    principal: Decimal
    undecided: Decimal
    bases: tuple[str, ...]
    valid_from: str | None = None
    valid_until: str | None = None

    @property
    def identifier(self) -> str:
        """The IRI of the attribution: the same one has the same in every build."""
        return iri(minted("attribution", (self.funding, self.end, *self.bases)))


@dataclass(slots=True)
class _Reached:
    """What is known of an end of a level: whether a principal way leads there, and when."""

    principal: bool = False
    valid_from: str | None = None
    valid_until: str | None = None
    seen: bool = False

    def add(self, thread: Thread) -> None:
        self.principal |= thread.tier in (None, PRINCIPAL)
        # The days on which some way holds: an unknown or open side stays open.
        self.valid_from = _earlier(self.valid_from, thread.valid_from) if self.seen else thread.valid_from
        self.valid_until = _later(self.valid_until, thread.valid_until) if self.seen else thread.valid_until
        self.seen = True


def attributions(facts: Facts, threads: Iterable[Thread]) -> Iterator[Attribution]:
    """Every attribution of every funding, to elements and to places."""
    ways: dict[str, list[Thread]] = defaultdict(list)
    for thread in threads:
        ways[thread.start].append(thread)
    for funding, recipient in facts.pairs(filo("hasRecipient")):
        own = [way for way in ways[recipient] if way.hops[0].kind != "funding" or way.hops[0].rests_on == funding]
        yield from _to_elements(facts, funding, recipient, own)
        yield from _to_places(facts, funding, recipient)


def standing(facts: Facts) -> Iterator[tuple[str, str, str | None]]:
    """Of each amount of a funding the day from which it stands and the last day on which it does, None while it still stands."""
    for funding, _ in facts.pairs(filo("hasRecipient")):
        by_kind: dict[str | None, list[tuple[str, str]]] = defaultdict(list)
        for amount in facts.objects(funding, filo("hasAmount")):
            day = facts.value(amount, filo("dateUntil"))
            by_kind[facts.value(amount, filo("hasAmountKind"))].append((value_of(day) if day else "0001-01-01", amount))
        for amounts in by_kind.values():
            days = sorted(amounts)
            for (day, amount), later in zip(days, [*days[1:], None], strict=True):
                yield amount, day, later and (date.fromisoformat(later[0]) - timedelta(days=1)).isoformat()


def weights(ends: Sequence[str]) -> dict[str, Decimal]:
    """Equal parts for each end, with `PLACES` digits, that sum to exactly 1."""
    part = (Decimal(1) / len(ends)).quantize(Decimal(1).scaleb(-PLACES))
    parts = dict.fromkeys(sorted(ends), part)
    parts[min(ends)] += 1 - sum(parts.values())
    return parts


def _to_elements(facts: Facts, funding: str, recipient: str, ways: Iterable[Thread]) -> Iterator[Attribution]:
    levels: dict[Level, dict[str, _Reached]] = defaultdict(lambda: defaultdict(_Reached))
    counted: dict[Level, dict[str, _Reached]] = defaultdict(lambda: defaultdict(_Reached))
    if (own := _level(facts, recipient)) is not None:
        # Money given to an element is that element's.
        levels[own][recipient] = counted[own][recipient] = _Reached(principal=True, seen=True)
    for way in ways:
        level = _level(facts, way.end)
        if level is None:
            continue
        levels[level][way.end].add(way)
        if way.counts:
            counted[level][way.end].add(way)
    for level, ends in levels.items():
        if set(ends) == set(counted[level]):
            yield from _shared_out(funding, level, counted[level], (COUNTED, WITH_PROPOSALS))
        else:
            yield from _shared_out(funding, level, counted[level], (COUNTED,))
            yield from _shared_out(funding, level, ends, (WITH_PROPOSALS,))


def _shared_out(funding: str, level: Level, ends: dict[str, _Reached], bases: tuple[str, ...]) -> Iterator[Attribution]:
    if not ends:
        return
    principal = [end for end, reached in ends.items() if reached.principal]
    for end, weight in weights(list(ends)).items():
        reached = ends[end]
        alone, undecided = Decimal(principal == [end]), Decimal(0) if len(principal) == 1 else weight
        yield Attribution(funding, end, level, weight, alone, undecided, bases, reached.valid_from, reached.valid_until)


def _to_places(facts: Facts, funding: str, recipient: str) -> Iterator[Attribution]:
    """To the places that the recipient is in, and those above them: a split that nobody published is no share, but a province that holds
    all of a project's municipalities holds all of its money.
    """
    both = (COUNTED, WITH_PROPOSALS)
    shares = _published_shares(facts, recipient)
    if shares:
        by_level: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for place, share in shares.items():
            for above in _and_above(facts, place):
                for level in facts.objects(above, filo("hasGovernanceLevel")):
                    by_level[level][above] += share
        for level, parts in by_level.items():
            # Shares that do not add up are no split.
            if sum(parts.values()) == 1:
                for place, share in parts.items():
                    alone = Decimal(share == 1)
                    yield Attribution(funding, place, (level, None), share, alone, share - alone, both)
        return
    places = [*facts.objects(recipient, filo("isLocatedIn")), *facts.objects(recipient, filo("isLocatedAlsoIn"))]
    levels: dict[str, set[str]] = defaultdict(set)
    for place in places:
        for above in _and_above(facts, place):
            for level in facts.objects(above, filo("hasGovernanceLevel")):
                levels[level].add(above)
    for level, held in levels.items():
        if len(held) == 1 and all(held & set(_and_above(facts, place)) for place in places):
            yield Attribution(funding, held.pop(), (level, None), Decimal(1), Decimal(1), Decimal(0), both)


def _published_shares(facts: Facts, recipient: str) -> dict[str, Decimal]:
    shares: dict[str, Decimal] = defaultdict(Decimal)
    for node in facts.subjects(filo("ofProject"), recipient):
        for place in facts.objects(node, filo("hasTerritory")):
            percent = facts.value(node, filo("percent"))
            shares[place] += Decimal(value_of(percent)) / 100 if percent else 0
    return shares


def _and_above(facts: Facts, place: str) -> list[str]:
    found = [place]
    for here in found:
        found += [above for above in facts.objects(here, iri(DCT + "isPartOf")) if above not in found]
    return found


def _level(facts: Facts, node: str) -> Level | None:
    framework, kind = facts.value(node, IN_FRAMEWORK), facts.value(node, filo("hasKind"))
    return (framework, kind) if framework and kind else None


def _earlier(one: str | None, other: str | None) -> str | None:
    return min(one, other) if one and other else None


def _later(one: str | None, other: str | None) -> str | None:
    return max(one, other) if one and other else None
