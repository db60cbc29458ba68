"""The sources and their licences: what may be done with each document, the line that names it in print, and who rests on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from filorosso.graph import Rights, rights

from ..view import Page, View

_WORDS: Final = {
    "it": {
        "lead": "Il grafo raccoglie fatti e nomi da {} documenti, ciascuno con la sua provenienza. La raccolta è di CC BY 4.0; le fonti "
        "hanno le licenze loro, e chi riusa i dati cita anche quelle. Dove non è stata letta alcuna licenza, è detto: nulla è supposto.",
        "narrow": "Solo le fonti di un quadro",
        "narrowHelp": "Scrivi il nome di un quadro e scegline uno.",
        "ofFramework": "Le fonti di",
        "every": "Tutte le fonti",
        "withLicence": "Con una licenza",
        "withoutLicence": "Senza una licenza nota",
        "documents": "{} documenti",
        "document": "Documento",
        "line": "Riga di attribuzione",
        "frameworks": "Quadri",
        "restingOn": "Chi vi si fonda",
        "alone": "Nessun quadro: serve ai dati comuni.",
        "unstated": "Del loro uso non si sa nulla.",
        "asData": "Gli stessi dati",
        "asQuery": "in SPARQL",
        "nothing": "Nessun documento.",
    },
    "en": {
        "lead": "The graph gathers facts and names from {} documents, each with its provenance. The collection is CC BY 4.0; the sources "
        "have licences of their own, and whoever reuses the data credits them too. Where none was read, it is said: nothing is guessed.",
        "narrow": "Only the sources of one framework",
        "narrowHelp": "Type the name of a framework and choose one.",
        "ofFramework": "The sources of",
        "every": "All the sources",
        "withLicence": "With a licence",
        "withoutLicence": "Of no known licence",
        "documents": "{} documents",
        "document": "Document",
        "line": "Line of attribution",
        "frameworks": "Frameworks",
        "restingOn": "Who rests on it",
        "alone": "No framework: it serves the data that all share.",
        "unstated": "Nothing is known of their use.",
        "asData": "The same data",
        "asQuery": "in SPARQL",
        "nothing": "No document.",
    },
}
_QUERY: Final = """PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?document ?label ?publisher ?licence ?terms WHERE {
  ?document a foaf:Document ; rdfs:label ?label FILTER (lang(?label) = "LANG")
  OPTIONAL { ?document dct:publisher ?publisher }
  OPTIONAL { ?document dct:license ?licence }
  OPTIONAL { ?document dct:rights ?terms }
} ORDER BY ?document
"""


def sources(view: View, given: Mapping[str, str]) -> Page:
    """The page; `framework` (an IRI) keeps to the documents on which its data rest."""
    framework = given.get("framework", "")
    every = rights(view.store)
    found = [each for each in every if not framework or framework in each.frameworks]
    licensed, open_ = [each for each in found if each.licences], [each for each in found if not each.licences]
    title = {"it": "Fonti e licenze", "en": "Sources and licences"}[view.lang]
    context = {
        "number": len(every),
        "found": len(found),
        "framework": view.name(f"<{framework}>") if found and framework else None,
        "asked": framework,
        "groups": {"withLicence": _grouped(view, licensed), "withoutLicence": _grouped(view, open_)},
        "query": view.link("/sparql", edit=_QUERY.replace("LANG", view.data)),
    }
    return Page("sources", title, context, _WORDS, crumbs=((title, ""),))


def _grouped(view: View, found: list[Rights]) -> list[dict[str, Any]]:
    """Documents by their licences and terms, the most common first."""
    groups: dict[tuple[tuple[str, ...], str], list[Rights]] = defaultdict(list)
    for each in found:
        groups[tuple(each.licences), each.terms[view.lang]].append(each)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        {
            "licences": [(view.name(f"<{licence}>"), licence) for licence in licences],
            "terms": terms,
            "rows": [_row(view, each) for each in sorted(held, key=lambda each: each.label[view.data])],
        }
        for (licences, terms), held in ordered
    ]


def _row(view: View, each: Rights) -> dict[str, Any]:
    return {
        "document": view.name(f"<{each.document}>"),
        "line": each.line[view.data],
        # Only what can be followed without harm is a link.
        "address": each.address if each.address.startswith(("https://", "http://")) else "",
        "frameworks": view.names(f"<{framework}>" for framework in each.frameworks),
    }
