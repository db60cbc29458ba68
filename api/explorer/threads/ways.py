"""The ways of a node as a tree: those that share their first hops share a stem, and each hop is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from filorosso.graph import Step, Way

from ..resources import shown_step
from ..view import View, filo, sorted_by
from .flow import Band

_STANDING: Final = ("declared", "official", "assessed")


@dataclass(slots=True)
class Branch:
    """A hop from a node of a tree to the next, `far` from where one looks; `ends` are the ways that end with it, `below` what goes on."""

    step: Step
    far: str
    ends: list[Way] = field(default_factory=list)
    below: dict[tuple[str, str], Branch] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many hops it holds, itself among them."""
        return 1 + sum(branch.size for branch in self.below.values())


def tree(ways: Iterable[Way], *, is_up: bool) -> dict[tuple[str, str], Branch]:
    """The ways up from a node, or those down from it, as branches."""
    root: dict[tuple[str, str], Branch] = {}
    for way in ways:
        level, last = root, None
        for step in way.steps if is_up else reversed(way.steps):
            far = step.end if is_up else step.start
            last = level.setdefault((step.rests_on, far), Branch(step, far))
            level = last.below
        if last is not None:
            last.ends.append(way)
    return root


def paths(branches: Mapping[tuple[str, str], Branch], node: str, *, is_up: bool, above: tuple[Band, ...] = ()) -> Iterator[list[Band]]:
    """What the tree of a node holds, from its root to each of its leaves, as bands from the highest to the lowest."""
    for branch in branches.values():
        ends = (branch.far, node) if is_up else (node, branch.far)
        here = (*above, Band(*ends, branch.step))
        if branch.below:
            yield from paths(branch.below, branch.far, is_up=is_up, above=here)
        else:
            yield list(reversed(here)) if is_up else list(here)


def path(way: Way) -> list[Band]:
    """One way as bands, from the highest to the lowest."""
    lower, found = way.start, []
    for step in way.steps:
        found.append(Band(step.end, lower, step))
        lower = step.end
    return found[::-1]


def shown_tree(view: View, branches: Mapping[tuple[str, str], Branch]) -> list[dict[str, Any]]:
    """A tree as pages show it: what stands first, then by name."""
    found = [_shown_branch(view, branch) for branch in branches.values()]
    return sorted(found, key=lambda row: (row["status"] not in _STANDING, row["kind"], sorted_by(row["far"].text)))


def shown_way(view: View, way: Way) -> dict[str, Any]:
    """One way as pages show it, hop by hop."""
    hops = [shown_step(view, step) | {**_far(view, step.end), "said": []} for step in way.steps]
    hops[-1]["said"] = [shown_end(view, way)]
    return {
        "start": view.name(way.start),
        "end": view.name(way.steps[-1].end),
        "counts": way.counts,
        "hops": hops,
        "thread": view.name(way.thread),
    }


def shown_end(view: View, way: Way) -> dict[str, Any]:
    """What is to know of a way as a whole: whose statement it reports, from which version it was carried over, when it holds."""
    named = {name: view.name(term) if term else None for name, term in (("whose", way.whose), ("carried", way.carried_from))}
    is_measure = way.steps[0].kind == "funding" and way.whose is not None
    return {**named, "valid_from": way.valid_from, "valid_until": way.valid_until, "counts": way.counts, "is_measure": is_measure}


def _shown_branch(view: View, branch: Branch) -> dict[str, Any]:
    said: list[dict[str, Any]] = []
    for way in branch.ends:
        told = shown_end(view, way)
        said += [] if told in said else [told]
    below = shown_tree(view, branch.below)
    return shown_step(view, branch.step) | {**_far(view, branch.far), "said": said, "below": below, "size": branch.size}


def _far(view: View, node: str) -> dict[str, Any]:
    """A node at the far end of a hop, and the framework that it is in: versions of a plan repeat their names."""
    framework = view.store.value(node, filo("inFramework"))
    return {"far": view.name(node), "framework": view.name(framework) if framework else None}


def standing(ways: Sequence[Way]) -> list[Way]:
    """Ways, those that count first, the shorter before the longer."""
    return sorted(ways, key=lambda way: (not way.counts, len(way.steps), way.thread))
