"""Counting what a graph holds: for the manifest, for the front page and as VoID, which also says where it is to be had."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .dumps import DOWNLOAD, dump_names, whole_names
from .facts import Facts
from .namespaces import BASE, DCT, FILO, FOAF, GRAPH, ID, RDF, RDFS, VOID
from .proposals import DECLARED, is_proposed
from .terms import Quad, Triple, integer, iri, text, value_of
from .threads import HAS_ORIGIN, LINK_KINDS, filo
from .validation import Report

_TYPE = iri(RDF + "type")
_ALL = iri(GRAPH + "all")
_LICENCE = iri("https://creativecommons.org/licenses/by/4.0/")
_FORMATS = ("Turtle", "N-Triples", "N-Quads", "TriG", "JSON-LD", "RDF_XML")
# One node to begin with of each kind: an agenda, a plan, a goal, a class.
_EXAMPLES = (ID + "agenda-2030", ID + "seregno-agenda", "http://metadata.un.org/sdg/11", FILO + "Element")


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a graph holds: triples, distinct subjects, and how many of each class and property (terms)."""

    triples: int = 0
    subjects: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    properties: Counter[str] = field(default_factory=Counter)


def counted(triples: Collection[Triple]) -> Counts:
    """Count a graph."""
    classes = Counter(o for _, p, o in triples if p == _TYPE and o.startswith("<"))
    return Counts(len(triples), len({s for s, _, _ in triples}), classes, Counter(p for _, p, _ in triples))


def in_all(graphs: Mapping[str, Counts], subjects: int) -> Counts:
    """The counts of all graphs together; the distinct subjects of a union do not follow from those of its parts."""
    classes: Counter[str] = Counter()
    properties: Counter[str] = Counter()
    for held in graphs.values():
        classes.update(held.classes)
        properties.update(held.properties)
    return Counts(sum(held.triples for held in graphs.values()), subjects, classes, properties)


def of_quads(quads: Collection[Quad]) -> tuple[dict[str, Counts], Counts]:
    """The counts of each graph (a term), and of all together."""
    by_graph: dict[str, list[Triple]] = defaultdict(list)
    for subject, predicate, object_, graph in quads:
        by_graph[graph].append((subject, predicate, object_))
    graphs = {graph: counted(triples) for graph, triples in by_graph.items()}
    return graphs, in_all(graphs, len({quad[0] for quad in quads}))


def counts(whole: Counts, facts: Facts, report: Report) -> dict[str, Any]:
    """Counts for the manifest: frameworks, elements, projects, links by kind and origin, threads, problems."""
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
        **{name: whole.classes[filo(name)] for name in named},
        "links": links,
        "problems": dict(sorted(problems.items())),
    }


def void_triples(graphs: Mapping[str, Counts], whole: Counts) -> list[Triple]:
    """VoID of the whole and of each named graph (terms): statistics, files, and which graphs are the declared view; sorted."""
    triples = [(_ALL, iri(VOID + "subset"), graph) for graph in graphs]
    triples += [(DECLARED, _TYPE, iri(VOID + "Dataset"))]
    triples += [(DECLARED, iri(VOID + "subset"), graph) for graph in graphs if not is_proposed(graph)]
    triples += [*_described(_ALL, whole), *_offered(), *_dumped(_ALL, whole_names())]
    for graph, held in graphs.items():
        triples += [*_described(graph, held), *_dumped(graph, dump_names(value_of(graph)))]
    return sorted(set(triples))


def _offered() -> list[Triple]:
    """What the whole is called, and how it is to be had."""
    document, void = iri(GRAPH + "void"), {name: iri(VOID + name) for name in ("feature", "exampleResource")}
    return [
        (document, _TYPE, iri(VOID + "DatasetDescription")),
        (document, iri(FOAF + "primaryTopic"), _ALL),
        (_ALL, iri(RDFS + "label"), text("Filorosso, il grafo dei quadri strategici", "it")),
        (_ALL, iri(RDFS + "label"), text("Filorosso, the graph of strategic frameworks", "en")),
        (_ALL, iri(DCT + "license"), _LICENCE),
        (_ALL, iri(FOAF + "homepage"), iri(BASE)),
        (_ALL, iri(VOID + "sparqlEndpoint"), iri(BASE + "sparql")),
        (_ALL, iri(VOID + "uriSpace"), text(BASE)),
        *((_ALL, void["feature"], iri(f"http://www.w3.org/ns/formats/{name}")) for name in _FORMATS),
        *((_ALL, void["exampleResource"], iri(example)) for example in _EXAMPLES),
    ]


def _dumped(dataset: str, names: Iterable[str]) -> list[Triple]:
    return [(dataset, iri(VOID + "dataDump"), iri(DOWNLOAD + name)) for name in names]


def _described(dataset: str, held: Counts) -> list[Triple]:
    triples = [
        (dataset, _TYPE, iri(VOID + "Dataset")),
        (dataset, iri(VOID + "triples"), integer(held.triples)),
        (dataset, iri(VOID + "distinctSubjects"), integer(held.subjects)),
    ]
    for class_, number in held.classes.items():
        triples += _partition(dataset, "class", class_, "entities", number)
    for property_, number in held.properties.items():
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
