"""A drawing of classes and of the properties between them, in layers: what points stands left of what it points to.

The layers are Sugiyama's: circles are opened where a walk comes back, a class stands one layer right of the rightmost that points to it,
and each layer is ordered by where its neighbours stand. Each arrow is also said in a list, which is what a screen reader reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Final

BOX: Final = (186, 30)
_GAP: Final = (60, 16)
_SWEEPS: Final = 6

Arrows = Mapping[tuple[str, str], Sequence[str]]
# A class, or a place that an arrow passes in a layer: from which class to which, and the number of the layer.
Stop = str | tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A class where it is drawn: its left upper corner."""

    term: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """The properties from one class to another, as one curve (an SVG path)."""

    start: str
    end: str
    properties: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing: its size, boxes and arrows."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def diagram(arrows: Arrows) -> Diagram:
    """Draw classes (terms) that properties (terms) join; a class that nothing joins is not drawn."""
    depths = _depths(arrows)
    ways = {ends: _way(ends, depths) for ends in arrows}
    layers = _ordered(_layers(depths, ways.values()), ways.values())
    tallest = max((len(layer) for layer in layers), default=0) * (BOX[1] + _GAP[1])
    places = {}
    for number, layer in enumerate(layers):
        # Shorter layers stand in the middle of the drawing's height, each class in the middle of its share.
        share = tallest / len(layer)
        for place, stop in enumerate(layer):
            places[stop] = (8 + number * (BOX[0] + _GAP[0]), round(8 + share * place + (share - BOX[1]) / 2))
    drawn = tuple(Arrow(*ends, tuple(found), _curve([places[stop] for stop in ways[ends]])) for ends, found in sorted(arrows.items()))
    width = len(layers) * (BOX[0] + _GAP[0]) - _GAP[0] + 40
    boxes = tuple(Box(stop, *place) for stop, place in places.items() if isinstance(stop, str))
    return Diagram(width, tallest + 16, boxes, drawn)


def _way(ends: tuple[str, str], depths: Mapping[str, int]) -> list[Stop]:
    """Where an arrow passes: from a class to another with a place kept free in each layer between, so that it crosses no box."""
    start, end = ends
    step = 1 if depths[start] <= depths[end] else -1
    return [start, *((start, end, depth) for depth in range(depths[start] + step, depths[end], step)), end]


def _layers(depths: Mapping[str, int], ways: Iterable[Sequence[Stop]]) -> list[list[Stop]]:
    found: list[list[Stop]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for term in sorted(depths):
        found[depths[term]].append(term)
    for way in ways:
        for stop in way[1:-1]:
            found[int(stop[2])].append(stop)
    return found


def _depths(arrows: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The layer of each class; those that nothing points to come first."""
    after: dict[str, set[str]] = defaultdict(set)
    for start, end in arrows:
        after[start].add(end)
        after[end] |= set()
    forward, state = defaultdict[str, set[str]](set), dict[str, str]()

    def walk(term: str) -> None:
        state[term] = "open"
        for following in sorted(after[term]):
            if following not in state:
                walk(following)
            if state[following] == "done":
                forward[term].add(following)
        state[term] = "done"

    for term in sorted(after, key=lambda term: (sum(term in ends for ends in after.values()), term)):
        if term not in state:
            walk(term)
    return _far(after, forward)


def _far(terms: Iterable[str], forward: Mapping[str, set[str]]) -> dict[str, int]:
    depth: dict[str, int] = {}

    def far(term: str) -> int:
        """How many layers lie right of a class: it stands as near as it can to what it points to."""
        if term not in depth:
            depth[term] = max((far(following) + 1 for following in forward.get(term, ())), default=0)
        return depth[term]

    most = max((far(term) for term in terms), default=-1)
    return {term: most - right for term, right in depth.items()}


def _ordered(layers: list[list[Stop]], ways: Iterable[Sequence[Stop]]) -> list[list[Stop]]:
    """Each layer by the mean place of what it is joined to."""
    near: dict[Stop, set[Stop]] = defaultdict(set)
    for way in ways:
        for one, other in pairwise(way):
            near[one].add(other)
            near[other].add(one)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 else layers[::-1]:
            place = {stop: (number + 0.5) / len(each) for each in layers for number, stop in enumerate(each)}
            layer.sort(key=lambda stop: (fmean(place[other] for other in near[stop]), str(stop)))
    return layers


def _curve(places: Sequence[tuple[int, int]]) -> str:
    """From the side of a box to another, level through each place between; what leads back to its own class is a loop."""
    width, middle = BOX[0], BOX[1] // 2
    (x, y), (x2, y2) = places[0], places[-1]
    if len(places) == 2 and places[0] == places[1]:
        return f"M{x + width - 34} {y}c-8-16 34-16 26 0"
    if x == x2:  # within a layer: round the right side
        return f"M{x + width} {y + middle}C{x + width + 34} {y + middle} {x + width + 34} {y2 + middle} {x + width + 2} {y2 + middle}"
    ahead = x < x2
    said = f"M{x + width if ahead else x} {y + middle}"
    for (x1, y1), (x2, y2) in pairwise(places):
        start, end = (x1 + width, x2) if ahead else (x1, x2 + width)
        bend = (end - start) // 2
        said += f"C{start + bend} {y1 + middle} {end - bend} {y2 + middle} {end} {y2 + middle}"
        if (x2, y2) != places[-1]:
            said += f"H{x2 + width if ahead else x2}"
    return said
