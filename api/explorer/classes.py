"""Which page shows a node: a framework has one of its own, and so have named graphs, schemes and the ontology; all else a common one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from filorosso.graph import GRAPH, value_of

from .frameworks.framework import framework
from .model.graphs import graph
from .model.ontology import CLASS, OWL, PROPERTIES, ontology
from .model.schemes import concept, scheme
from .model.shapes import RULES, SH, shape, shapes
from .model.terms import term
from .publication.catalogue import CATALOGUE, catalogue
from .publication.datasets import DCAT, dataset
from .resources import resource
from .view import SKOS, TYPE, Page, View, filo

Shown = Callable[[View, str, Mapping[str, str], list[str] | None], Page]

# The first class that a node has decides.
SHOWN: Final[Mapping[str, Shown]] = {
    filo("Framework"): framework,
    CATALOGUE: catalogue,
    f"<{DCAT}Dataset>": dataset,
    f"<{OWL}Ontology>": ontology,
    **dict.fromkeys((CLASS, *PROPERTIES), term),
    f"<{SKOS}ConceptScheme>": scheme,
    f"<{SKOS}Concept>": concept,
    **dict.fromkeys((f"<{SH}NodeShape>", f"<{SH}PropertyShape>"), shape),
}


def page_of(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a node; `retired` says what replaces it, if it is retired."""
    shown = _shown(view, node)
    return (resource if "page" in given else shown)(view, node, given, retired)


def _shown(view: View, node: str) -> Shown:
    iri = value_of(node)
    if iri.startswith(GRAPH):
        return graph
    if iri == RULES:
        return shapes
    classes = set(view.store.objects(node, TYPE))
    return next((page for term, page in SHOWN.items() if term in classes), resource)
