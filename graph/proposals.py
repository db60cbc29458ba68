"""What is only proposed stands in named graphs of its own, so that anything can be asked without it.

A statement that is not accepted (open, rejected, superseded), what the build derives from it (its hops, threads, edges, attributions) and
nothing else is moved from its graph `G` to `G/proposed`. The *declared view* of a release is the union of all other graphs; it bears the
name `DECLARED`, which an endpoint takes for a default graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .namespaces import FILO, GRAPH, VOC
from .terms import Quad, iri, value_of

SUFFIX = "/proposed"
DECLARED = iri(GRAPH + "declared")

_ACCEPTED = iri(VOC + "life-cycle/accepted")
_STANDING = {iri(FILO + "hasLifeCycle"): _ACCEPTED, iri(FILO + "hasWeakestLifeCycle"): _ACCEPTED}
_BASIS, _COUNTED = iri(FILO + "hasBasis"), iri(VOC + "attribution-basis/counted")


def apart(quads: Iterable[Quad]) -> list[Quad]:
    """The quads, those that describe a proposal in graphs of their own."""
    quads = list(quads)
    proposals = {quad[0] for quad in quads if quad[1] in _STANDING and quad[2] != _STANDING[quad[1]]}
    bases: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        if quad[1] == _BASIS:
            bases[quad[0]].add(quad[2])
    proposals |= {node for node, held in bases.items() if _COUNTED not in held}
    return [(*quad[:3], _proposed(quad[3])) if quad[0] in proposals else quad for quad in quads]


def is_proposed(graph: str) -> bool:
    """Whether a named graph holds only what is proposed."""
    return value_of(graph).endswith(SUFFIX)


def _proposed(graph: str) -> str:
    return graph if is_proposed(graph) else iri(value_of(graph) + SUFFIX)
