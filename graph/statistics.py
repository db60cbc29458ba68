"""Counting what a graph holds: for the manifest, for the front page and as VoID."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from .derivation import LINK_KINDS
from .facts import Facts
from .namespaces import GRAPH, RDF, VOID
from .proposals import DECLARED, is_proposed
from .terms import Quad, Triple, integer, iri, value_of
from .threads import HAS_ORIGIN, filo
from .validation import Report

_TYPE = iri(RDF + "type")


def counts(quads: Sequence[Quad], facts: Facts, report: Report) -> dict[str, Any]:
    """Counts for the manifest: frameworks, elements, projects, links by kind and origin, threads, problems."""
    types = Counter(o for _, p, o, _ in quads if p == _TYPE)
    links = {kind: dict(sorted(Counter(_origin(facts, link) for link in facts.subjects(_TYPE, filo(kind))).items())) for kind in LINK_KINDS}
    problems = Counter("waived" if p.waived_by else p.severity.lower() for p in report.problems)
    named = (
        "Framework",
        "Element",
        "Continuant",
        "Project",
        "Funding",
        "Indicator",
        "Claim",
        "Evidence",
        "TableCell",
        "Thread",
    )
    return {
        **{name: types[filo(name)] for name in named},
        "links": links,
        "problems": dict(sorted(problems.items())),
    }


def void_triples(quads: Sequence[Quad]) -> list[Triple]:
    """VoID statistics of the whole and of each named graph, and which graphs are the declared view; sorted."""
    by_graph: dict[str, list[Quad]] = defaultdict(list)
    for quad in quads:
        by_graph[quad[3]].append(quad)
    whole = iri(GRAPH + "all")
    triples = [(whole, iri(VOID + "subset"), graph) for graph in by_graph]
    triples += [(DECLARED, _TYPE, iri(VOID + "Dataset"))]
    triples += [(DECLARED, iri(VOID + "subset"), graph) for graph in by_graph if not is_proposed(graph)]
    triples += _described(whole, quads)
    for graph, held in by_graph.items():
        triples += _described(graph, held)
    return sorted(set(triples))


def _described(dataset: str, quads: Sequence[Quad]) -> list[Triple]:
    classes = Counter(o for _, p, o, _ in quads if p == _TYPE)
    properties = Counter(p for _, p, _, _ in quads)
    triples = [
        (dataset, _TYPE, iri(VOID + "Dataset")),
        (dataset, iri(VOID + "triples"), integer(len(quads))),
        (dataset, iri(VOID + "distinctSubjects"), integer(len({q[0] for q in quads}))),
    ]
    for class_, number in classes.items():
        if class_.startswith("<"):
            triples += _partition(dataset, "class", class_, "entities", number)
    for property_, number in properties.items():
        triples += _partition(dataset, "property", property_, "triples", number)
    return triples


def _partition(dataset: str, kind: str, term: str, measure: str, number: int) -> list[Triple]:
    place = value_of(term).replace("#", "/").split("//", 1)[-1]
    part = iri(f"{value_of(dataset)}/{kind}-partition/{place}")
    return [
        (dataset, iri(f"{VOID}{kind}Partition"), part),
        (part, iri(VOID + kind), term),
        (part, iri(VOID + measure), integer(number)),
    ]


def _origin(facts: Facts, link: str) -> str:
    return value_of(facts.value(link, HAS_ORIGIN) or "<unknown>").rsplit("/", 1)[-1]
