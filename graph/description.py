"""What the service says of itself: SPARQL 1.1 Service Description, with its limits, and where VoID says what the graphs hold."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from .namespaces import FILO, GRAPH, RDF, VOID, slug
from .store import GRAPH_TYPES, RESULT_TYPES, Readable
from .terms import Triple, decimal, iri

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_TYPE: Final = iri(RDF + "type")
FORMATS: Final = "http://www.w3.org/ns/formats/"
_FORMATS: Final = {
    "application/sparql-results+json": "SPARQL_Results_JSON",
    "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV",
    "text/tab-separated-values": "SPARQL_Results_TSV",
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/ld+json": "JSON-LD",
    "application/rdf+xml": "RDF_XML",
}


def description(base: str, store: Readable, limits: Mapping[str, float], *, is_federated: bool) -> list[Triple]:
    """The description of the service whose pages begin with `base`; `limits` are by the local names of our own properties."""
    endpoint, dataset, default = (iri(f"{base}/sparql{part}") for part in ("", "#dataset", "#default-graph"))
    triples = [
        (endpoint, _TYPE, iri(SD + "Service")),
        (endpoint, iri(SD + "endpoint"), endpoint),
        (endpoint, iri(SD + "supportedLanguage"), iri(SD + "SPARQL11Query")),
        (endpoint, iri(SD + "supportedLanguage"), iri(SD + "SPARQL11Update")),
        (endpoint, iri(SD + "feature"), iri(SD + "EmptyGraphs")),
        *((endpoint, iri(SD + "resultFormat"), iri(FORMATS + _FORMATS[name])) for name in (*RESULT_TYPES, *GRAPH_TYPES)),
        *((endpoint, iri(SD + "inputFormat"), iri(FORMATS + _FORMATS[name])) for name in GRAPH_TYPES),
        (endpoint, iri(SD + "defaultDataset"), dataset),
        (dataset, _TYPE, iri(SD + "Dataset")),
        (dataset, iri(SD + "defaultGraph"), default),
        (default, _TYPE, iri(SD + "Graph")),
    ]
    if store.union:
        triples.append((endpoint, iri(SD + "feature"), iri(SD + "UnionDefaultGraph")))
    if is_federated:
        triples.append((endpoint, iri(SD + "feature"), iri(SD + "BasicFederatedQuery")))
    triples += [(endpoint, iri(FILO + name), decimal(Decimal(str(value)))) for name, value in limits.items()]
    for graph in store.graphs():
        if graph:
            triples += _named_graph(base, dataset, graph, store)
    return sorted({*triples, *_of_the_whole(default, store)})


def _named_graph(base: str, dataset: str, graph: str, store: Readable) -> list[Triple]:
    node, name = iri(f"{base}/sparql#graph-{slug(graph)}"), iri(graph)
    counted = store.objects(name, iri(VOID + "triples"))
    return [
        (dataset, iri(SD + "namedGraph"), node),
        (node, _TYPE, iri(SD + "NamedGraph")),
        (node, iri(SD + "name"), name),
        (node, iri(SD + "graph"), name),
        (name, _TYPE, iri(SD + "Graph")),
        *((name, iri(VOID + "triples"), number) for number in counted),
    ]


def _of_the_whole(default: str, store: Readable) -> list[Triple]:
    """What VoID counts of the union: triples, and how many of each class and property; the graph `void` has the same of each graph."""
    whole = iri(GRAPH + "all")
    names = ("triples", "distinctSubjects", "classPartition", "propertyPartition")
    triples = [(default, iri(VOID + name), value) for name in names for value in store.objects(whole, iri(VOID + name))]
    parts = [value for _, predicate, value in triples if predicate.endswith("Partition>")]
    details = ("class", "entities", "property", "triples")
    return triples + [
        (part, iri(VOID + name), value) for part in parts for name in details for value in store.objects(part, iri(VOID + name))
    ]
