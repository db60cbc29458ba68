"""The pages of a controlled vocabulary and of a value in it: definitions, order, and how often each is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from filorosso.graph import BASE, standing, value_of

from ..resources import WORDS, about
from ..view import RDFS, SKOS, TYPE, Name, Page, View, filo, sorted_by
from .ontology import COMMENT

IN_SCHEME: Final = f"<{SKOS}inScheme>"
_NOTATION: Final = f"<{SKOS}notation>"
_SHOWN: Final = 12
# What the page says by itself, or what a table has no column for.
_APART: Final = frozenset(
    (
        TYPE,
        COMMENT,
        IN_SCHEME,
        _NOTATION,
        *(f"<{SKOS}{name}>" for name in ("prefLabel", "topConceptOf")),
        f"<{RDFS}label>",
        *map(filo, ("editorialLabel", "hasEvidence", "isAttestedIn")),
    )
)
_USED: Final = """
SELECT ?concept (COUNT(*) AS ?number) WHERE {{
    ?concept skos:inScheme {scheme} . ?node ?property ?concept
}} GROUP BY ?concept
"""
_USES: Final = "SELECT ?property (COUNT(*) AS ?number) WHERE {{ ?node ?property {concept} FILTER (isIRI(?node)) }} GROUP BY ?property"
_FIRST: Final = "SELECT DISTINCT ?node WHERE {{ ?node {property} {concept} FILTER (isIRI(?node)) }} LIMIT {limit}"
_WORDS: Final = {
    "it": WORDS["it"]
    | {
        "concepts": "I valori",
        "concept": "Valore",
        "definition": "Definizione",
        "notation": "Sigla",
        "used": "Usi",
        "usedBy": "Dove è usato",
        "times": "{} volte",
        "nowhere": "In questa edizione non lo usa nulla.",
        "scheme": "Vocabolario",
        "schemeFacts": "Il vocabolario",
        "empty": "Il vocabolario non ha valori.",
    },
    "en": WORDS["en"]
    | {
        "concepts": "The values",
        "concept": "Value",
        "definition": "Definition",
        "notation": "Notation",
        "used": "Uses",
        "usedBy": "Where it is used",
        "times": "{} times",
        "nowhere": "Nothing uses it in this release.",
        "scheme": "Vocabulary",
        "schemeFacts": "The vocabulary",
        "empty": "The vocabulary has no values.",
    },
}


def scheme(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a scheme: its concepts in order."""
    lookup = view.store
    concepts = lookup.subjects(IN_SCHEME, node)
    used = {row["concept"]: int(value_of(row["number"])) for row in lookup.rows(_USED.format(scheme=node))}
    stated = {concept: standing(lookup, concept).quads for concept in concepts}
    columns = view.names({p for quads in stated.values() for _, p, *_ in quads if p not in _APART})
    rows = [
        {
            "name": view.name(concept),
            "notation": value_of(lookup.value(concept, _NOTATION) or '""'),
            "said": view.said_in(lookup.objects(concept, COMMENT)),
            "cells": [view.names(lookup.objects(concept, column.term)) for column in columns],
            # That a concept is in its scheme, and on top of it, is no use.
            "used": used.get(concept, 0),
        }
        for concept in sorted(concepts, key=lambda concept: _order(view, concept))
    ]
    context = {
        **_about(view, node, retired),
        "columns": columns,
        "rows": rows,
        "has_notation": any(row["notation"] for row in rows),
        "has_said": any(row["said"] for row in rows),
    }
    return Page("scheme", view.name(node).text, context, _WORDS, crumbs=_crumbs(view, node))


def concept(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a concept: what it means, in which scheme, and who uses it."""
    lookup = view.store
    uses: list[dict[str, Any]] = []
    for row in lookup.rows(_USES.format(concept=node)):
        first = lookup.rows(_FIRST.format(property=row["property"], concept=node, limit=_SHOWN))
        number = int(value_of(row["number"]))
        uses.append({"property": view.name(row["property"]), "number": number, "names": view.names(each["node"] for each in first)})
    context = {
        **_about(view, node, retired),
        "schemes": view.names(lookup.objects(node, IN_SCHEME)),
        "notation": value_of(lookup.value(node, _NOTATION) or '""'),
        "uses": sorted(uses, key=lambda use: -use["number"]),
    }
    return Page("concept", view.name(node).text, context, _WORDS, crumbs=_crumbs(view, node))


def _about(view: View, node: str, retired: list[str] | None) -> dict[str, Any]:
    shown = standing(view.store, node)
    predicates = {p for s, p, *_ in shown.quads if s == node and p not in _APART}
    facts: list[tuple[Name, list[Name]]] = [(view.name(p), view.names(view.store.objects(node, p))) for p in sorted(predicates)]
    return {
        **about(view, node, shown),
        "retired": None if retired is None else view.names(retired),
        "said": view.said_in(view.store.objects(node, COMMENT)),
        "facts": facts,
        "turn": lambda number: view.link(view.path.split("?")[0], page=str(number)),
    }


def _crumbs(view: View, node: str) -> tuple[tuple[str, str], ...]:
    above = [view.name(f"<{BASE}onto/>"), *view.names(view.store.objects(node, IN_SCHEME))]
    return (*((name.text, name.address) for name in above), (view.name(node).text, ""))


def _order(view: View, concept: str) -> tuple[Any, ...]:
    """By rank or by a notation that is a number, the highest first; then by name."""
    numbers = (view.value(concept, "rank"), value_of(view.store.value(concept, _NOTATION) or '""'))
    found = [-int(number) for number in numbers if number.removeprefix("-").isdecimal()]
    return (not found, found[:1], sorted_by(view.name(concept).text))
