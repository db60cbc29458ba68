"""What differs between two states of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .terms import Quad, iri, value_of


@dataclass(frozen=True, slots=True)
class Delta:
    """Quads added and removed (graph `""` is the unnamed one), and graphs made and dropped by IRI, which may be empty."""

    added: tuple[Quad, ...] = ()
    removed: tuple[Quad, ...] = ()
    created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.added or self.removed or self.created or self.dropped)

    @property
    def graphs(self) -> frozenset[str]:
        """The IRIs of the graphs that differ."""
        quads = {value_of(quad[3]) if quad[3] else "" for quad in (*self.added, *self.removed)}
        return frozenset(quads.union(self.created, self.dropped))

    def without(self, left_out: Callable[[str], bool]) -> Delta:
        """The change of the other graphs than those (terms) that are left out."""
        added, removed = (tuple(q for q in quads if not (q[3] and left_out(q[3]))) for quads in (self.added, self.removed))
        created, dropped = (tuple(g for g in graphs if not left_out(iri(g))) for graphs in (self.created, self.dropped))
        return Delta(added, removed, created, dropped)


def between(before: Iterable[Quad], after: Iterable[Quad]) -> Delta:
    """The change from some quads to others; graphs are left as they are."""
    old, new = set(before), set(after)
    return Delta(tuple(sorted(new - old)), tuple(sorted(old - new)))


def then(first: Delta, second: Delta) -> Delta:
    """Two changes one after the other, as one."""
    added = (set(first.added) - set(second.removed)) | (set(second.added) - set(first.removed))
    removed = (set(first.removed) - set(second.added)) | (set(second.removed) - set(first.added))
    created = (set(first.created) - set(second.dropped)) | (set(second.created) - set(first.dropped))
    dropped = (set(first.dropped) - set(second.created)) | (set(second.dropped) - set(first.created))
    return Delta(tuple(sorted(added)), tuple(sorted(removed)), tuple(sorted(created)), tuple(sorted(dropped)))
