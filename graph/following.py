"""What follows from a write, made anew where the write could change it: the report, what is derived, what stands apart, the statistics.

What is derived hangs on all that is asserted, but only by the predicates that the derivation asks for. A write that touches none of them
changes nothing of it, and is followed in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from . import derivation, proposals, statistics
from .catalogue import CATALOGUE_GRAPH, Edition, catalogue_quads
from .delta import Delta, between, then
from .facts import Facts
from .journal import JOURNAL
from .namespaces import GRAPH, RDF
from .proposals import SUFFIX, is_proposed
from .store import Store, split
from .terms import Quad, Triple, iri, value_of
from .validation import Report

VOID_GRAPH: Final = iri(GRAPH + "void")
# Graphs that follow from the others, or from the package alone.
FOLLOWING: Final = frozenset({*derivation.DERIVED, JOURNAL, VOID_GRAPH, CATALOGUE_GRAPH, iri(GRAPH + "shapes"), iri(GRAPH + "questions")})
_TYPE: Final = iri(RDF + "type")

Dumps = Mapping[str, bytes]
# Validates where something changed: facts before and after, the triples added and removed.
Revalidate = Callable[[Facts, Facts, list[Triple]], Report]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a state: the report, the counts of each graph (terms), those for people, and what derivation hangs on.

    That is the predicates that it asks for; None while it is not known: then it may hang on any.
    """

    report: Report
    graphs: Mapping[str, statistics.Counts] = field(repr=False)
    counts: Mapping[str, Any] = field(repr=False)
    asked: frozenset[str] | None = None


def dumps(store: Store) -> dict[str, bytes]:
    """All graphs of a store as N-Triples, by IRI; the unnamed one is `""`."""
    return {graph: store.dump(graph) for graph in store.graphs()}


def difference(before: Dumps, after: Dumps) -> Delta:
    """What differs between two states of a store."""
    changed = [graph for graph in {*before, *after} if before.get(graph) != after.get(graph)]
    old, new = ({(*triple, _term(graph)) for graph in changed for triple in split(state.get(graph, b""))} for state in (before, after))
    delta = between(old, new)
    return Delta(delta.added, delta.removed, _named(set(after) - set(before)), _named(set(before) - set(after)))


def as_asserted(change: Delta) -> Delta:
    """A change as its author sees it: whether something stands with the proposals follows from what it says."""
    added, removed = ({(*quad[:3], _whole(quad[3])) for quad in quads} for quads in (change.added, change.removed))
    created, dropped = ({value_of(_whole(iri(graph))) for graph in graphs} for graphs in (change.created, change.dropped))
    return Delta(tuple(sorted(added - removed)), tuple(sorted(removed - added)), _named(created - dropped), _named(dropped - created))


def carry_out(store: Store, change: Delta) -> None:
    """Make a change in a store that says it as its author sees it: what is removed may stand with the proposals."""
    apart = tuple((*quad[:3], iri(value_of(quad[3]) + SUFFIX)) for quad in change.removed if quad[3])
    store.apply(Delta(change.added, (*change.removed, *apart), change.created, change.dropped))


def follow(
    store: Store,
    before: Dumps,
    after: Dumps,
    change: Delta,
    told: Iterable[Quad],
    known: Known,
    revalidate: Revalidate,
    edition: Edition,
) -> tuple[Known, Delta]:
    """Make in a store that was changed what follows from the change, and say what is known now and what differs from before in all.

    :param before: the store before the change; `after`: with the change, and nothing that follows from it.
    :param told: what the graph says of the change itself; `edition`: what the catalogue says besides what the graph knows.
    """
    old = Facts(triple for graph, dumped in before.items() if is_asserted(_term(graph)) for triple in split(dumped))
    added, removed = _triples(store, old, change)
    new = old.changed(added, removed)
    report = revalidate(old, new, [*added, *removed]) if added or removed else known.report
    asked, made = known.asked, Delta()
    if asked is None or not asked.isdisjoint(p for _, p, _ in (*added, *removed)):
        new.asked.clear()
        made = _all_anew(after, derivation.derive(new))
        asked = frozenset(new.asked)
    else:
        made = _apart_anew(store, change)
    made = then(made, Delta(added=tuple(told)))
    made = Delta(made.added, made.removed, _named(_graphs(made.added) - set(store.graphs())))
    store.apply(made)
    listed = _catalogue_anew(store, new, edition)
    store.apply(listed)
    made = then(made, listed)
    graphs = dict(known.graphs)
    for graph in change.graphs | made.graphs:
        graphs[iri(graph)] = statistics.counted(store.triples(graph))
    emptied = _named(value_of(graph) for graph, held in graphs.items() if not held.triples and value_of(graph) not in change.graphs)
    store.apply(Delta(dropped=emptied))
    graphs = {graph: held for graph, held in graphs.items() if held.triples}
    whole = statistics.in_all(graphs, _subjects(store))
    counts = statistics.counts(whole, new, report)
    void = {(*triple, VOID_GRAPH) for triple in statistics.void_triples(graphs, whole)}
    stated = between({(*triple, VOID_GRAPH) for triple in store.triples(value_of(VOID_GRAPH))}, void)
    store.apply(stated)
    delta = then(then(change, made), then(Delta(dropped=emptied), stated))
    return Known(report, graphs, counts | {"quads": whole.triples + len(void)}, asked), delta


def is_asserted(graph: str) -> bool:
    """Whether a graph (a term) holds what is asserted, and not what follows from it."""
    return _whole(graph) not in FOLLOWING


def _whole(graph: str) -> str:
    """The graph that a graph of proposals belongs to, or the graph itself."""
    return iri(value_of(graph).removesuffix(SUFFIX)) if graph and is_proposed(graph) else graph


def _triples(store: Store, old: Facts, change: Delta) -> tuple[list[Triple], list[Triple]]:
    """The triples that came and went altogether: one may stand in several graphs."""
    added = {quad[:3] for quad in change.added if is_asserted(quad[3])}
    removed = {quad[:3] for quad in change.removed if is_asserted(quad[3])}
    still = {
        quad[:3] for subject in {triple[0] for triple in removed} for quad in store.quads_of(subject) if is_asserted(quad[3])
    }  # after the change
    return sorted(t for t in added if t[2] not in old.objects(t[0], t[1])), sorted(removed - still)


def _all_anew(after: Dumps, derived: list[Quad]) -> Delta:
    """From what is there to what is asserted with all that is derived from it."""
    asserted = [(*triple, _whole(_term(g))) for g, dumped in after.items() if is_asserted(_term(g)) for triple in split(dumped)]
    wanted = proposals.apart([*asserted, *derived])
    there = (g for g in after if is_asserted(_term(g)) or _whole(_term(g)) in derivation.DERIVED)
    return between(((*triple, _term(g)) for g in there for triple in split(after[g])), wanted)


def _apart_anew(store: Store, change: Delta) -> Delta:
    """From where the changed subjects are said to where they belong: with the proposals, or not."""
    quads = [q for subject in {quad[0] for quad in (*change.added, *change.removed)} for q in store.quads_of(subject) if is_asserted(q[3])]
    return between(quads, proposals.apart((*quad[:3], _whole(quad[3])) for quad in quads))


def _catalogue_anew(store: Store, facts: Facts, edition: Edition) -> Delta:
    """From the catalogue that is there to that of what the store now says."""
    there = ((*triple, CATALOGUE_GRAPH) for triple in store.triples(value_of(CATALOGUE_GRAPH)))
    return between(there, catalogue_quads(_listed(store), facts, edition))


def _listed(store: Store) -> Iterator[Quad]:
    """What the catalogue reads by graph: types, and what a graph says of itself. Most statements are neither, and need not be parsed."""
    mark = f" {_TYPE} ".encode()
    for graph in store.graphs():
        if graph and is_asserted(iri(graph)):
            own = f"{iri(graph)} ".encode()
            lines = b"".join(line for line in store.dump(graph).splitlines(keepends=True) if mark in line or line.startswith(own))
            yield from ((*triple, iri(graph)) for triple in split(lines))


def _subjects(store: Store) -> int:
    """The number of distinct subjects outside the statistics."""
    others = (graph for graph in store.graphs() if _term(graph) != VOID_GRAPH)
    return len({line[: line.index(b" ")] for graph in others for line in store.dump(graph).splitlines()})


def _term(graph: str) -> str:
    return iri(graph) if graph else ""


def _graphs(quads: Iterable[Quad]) -> set[str]:
    return {value_of(quad[3]) for quad in quads}


def _named(graphs: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(graph for graph in graphs if graph))
