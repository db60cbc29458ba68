"""What is asserted of each framework: in which named graphs it stands, and on which documents it rests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .facts import Facts
from .namespaces import DCT, FILO, RDF
from .proposals import is_proposed
from .terms import Quad, iri

FRAMEWORK: Final = iri(FILO + "Framework")
VERSION_OF: Final = iri(DCT + "isVersionOf")
_TYPE: Final = iri(RDF + "type")
_IN_FRAMEWORK: Final = iri(FILO + "inFramework")
_EVIDENCE, _IN_DOCUMENT, _DOCUMENT = (iri(FILO + name) for name in ("hasEvidence", "inDocument", "hasDocument"))
# From what belongs to a framework to what it says, and what is said of it: against these properties …
_OF: Final = (
    VERSION_OF,
    *(
        iri(FILO + name)
        for name in (
            "inFramework",
            "hasSubject",
            "aboutFramework",
            "hasPredecessor",
            "hasFundingSource",
            "ofProject",
            "measures",
            "ofIndicator",
            "ofSubject",
        )
    ),
)
# … and along these, unless that leads into another framework.
_HAS: Final = tuple(iri(FILO + name) for name in ("hasAmount", "hasTotalAmount", "hasRecipient"))


@dataclass(frozen=True, slots=True)
class Holding:
    """What is asserted of a framework (all are terms): the graphs that describe it, those that hold data of it, its sources and nodes.

    What is only proposed is left out; the nodes of a framework are those of its versions too.
    """

    described_in: frozenset[str]
    graphs: frozenset[str]
    documents: frozenset[str]
    nodes: frozenset[str] = field(repr=False)


def places(quads: Iterable[Quad]) -> dict[str, set[str]]:
    """The graphs (terms) in which each node has its type said, proposals left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for subject, predicate, _, graph in quads:
        if predicate == _TYPE and graph and not is_proposed(graph):
            found[subject].add(graph)
    return found


def holdings(facts: Facts, typed_in: Mapping[str, set[str]]) -> dict[str, Holding]:
    """What is held of each framework, plans and versions alike, by its term, if a named graph describes it; `typed_in` is from `places`."""
    described = (framework for framework in facts.subjects(_TYPE, FRAMEWORK) if framework in typed_in)
    return {framework: _holding(facts, typed_in, framework) for framework in sorted(described)}


def documents(facts: Facts, nodes: Iterable[str]) -> set[str]:
    """The documents (terms) that nodes rest on."""
    found: set[str] = set()
    for node in nodes:
        found.update(facts.objects(node, _DOCUMENT))
        found.update(facts.objects(node, _IN_DOCUMENT))
        found.update(document for evidence in facts.objects(node, _EVIDENCE) for document in facts.objects(evidence, _IN_DOCUMENT))
    return found


def _holding(facts: Facts, typed_in: Mapping[str, set[str]], framework: str) -> Holding:
    nodes = {node for node in _belonging(facts, framework) if node in typed_in}
    graphs = {graph for node in nodes for graph in typed_in[node]}
    return Holding(
        described_in=frozenset(typed_in[framework]),
        graphs=frozenset(graphs),
        documents=frozenset(documents(facts, nodes)),
        nodes=frozenset(nodes),
    )


def _belonging(facts: Facts, framework: str) -> set[str]:
    found, pending = {framework}, [framework]
    while pending:
        node = pending.pop()
        near = {other for predicate in _OF for other in facts.subjects(predicate, node)}
        near |= {other for predicate in _HAS for other in facts.objects(node, predicate) if not facts.objects(other, _IN_FRAMEWORK)}
        pending += near - found
        found |= near
    return found
