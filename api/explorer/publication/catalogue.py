"""The catalogue of the datasets, as a page: what harvesters read in DCAT-AP_IT, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from filorosso.graph import standing, value_of

from ..home import script_json
from ..resources import WORDS, about
from ..view import Page, View, local, sorted_by
from .datasets import ABOUT, DCAT, DCT, files

CATALOGUE: Final = f"<{DCAT}Catalog>"
_VCARD: Final = "http://www.w3.org/2006/vcard/ns#"
_WORDS: Final = {
    "it": WORDS["it"]
    | {
        "publisher": "Chi pubblica",
        "contact": "Contatto",
        "modified": "Ultima modifica",
        "licence": "Licenza",
        "themes": "Temi",
        "service": "Servizio",
        "harvest": "Per chi raccoglie cataloghi",
        "harvestSaid": "Il catalogo è in DCAT-AP_IT 1.0, e si legge anche come DCAT-AP. Lo stesso indirizzo risponde anche in RDF:",
        "datasets": "Gli insiemi di dati",
        "title": "Insieme di dati",
        "of": "Quadro",
        "files": "File",
        "whole": "tutto il grafo",
        "nowhere": "L'edizione non ha un catalogo.",
        "statistics": "Le statistiche del grafo, in VoID",
    },
    "en": WORDS["en"]
    | {
        "publisher": "Publisher",
        "contact": "Contact",
        "modified": "Last change",
        "licence": "Licence",
        "themes": "Themes",
        "service": "Service",
        "harvest": "For those who harvest catalogues",
        "harvestSaid": "The catalogue is in DCAT-AP_IT 1.0, and can be read as DCAT-AP too. The same address answers in RDF too:",
        "datasets": "The datasets",
        "title": "Dataset",
        "of": "Framework",
        "files": "Files",
        "whole": "the whole graph",
        "nowhere": "The release has no catalogue.",
        "statistics": "The statistics of the graph, in VoID",
    },
}


def catalogue(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a catalogue: each dataset of it a row."""
    lookup = view.store
    rows = [_row(view, dataset) for dataset in lookup.objects(node, f"<{DCAT}dataset>")]
    context = {
        **about(view, node, standing(lookup, node)),
        "said": view.said_in(lookup.objects(node, f"<{DCT}description>")),
        "publishers": view.names(lookup.objects(node, f"<{DCT}publisher>")),
        "contacts": _contacts(view, [row["name"].term for row in rows]),
        "modified": value_of(lookup.value(node, f"<{DCT}modified>") or '""'),
        "licences": view.names(lookup.objects(node, f"<{DCT}license>")),
        "services": view.names(lookup.objects(node, f"<{DCAT}service>")),
        # The whole first, then by name.
        "rows": sorted(rows, key=lambda row: (bool(row["frameworks"]), sorted_by(row["name"].text))),
        "catalogue": script_json(_schema(view, node, rows)),
        "turn": lambda number: view.link(local(value_of(node), view.base), page=str(number)),
    }
    name = view.name(node).text
    return Page("catalogue", name, context, _WORDS, crumbs=((name, ""),))


def _row(view: View, dataset: str) -> dict[str, Any]:
    return {
        "name": view.name(dataset),
        "frameworks": view.names(view.store.objects(dataset, ABOUT)),
        "modified": value_of(view.store.value(dataset, f"<{DCT}modified>") or '""'),
        "files": files(view, dataset),
    }


def _contacts(view: View, datasets: list[str]) -> list[str]:
    """The addresses of those to whom one may write, each once."""
    points = {point for dataset in datasets for point in view.store.objects(dataset, f"<{DCAT}contactPoint>")}
    found = {value_of(mail) for point in points for mail in view.store.objects(point, f"<{_VCARD}hasEmail>")}
    return sorted(mail for mail in found if mail.startswith("mailto:"))


def _schema(view: View, node: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@context": "https://schema.org/",
        "@type": "DataCatalog",
        "@id": value_of(node),
        "name": view.name(node).text,
        "url": view.base + local(value_of(node), view.base),
        "dataset": [{"@type": "Dataset", "@id": value_of(row["name"].term), "name": row["name"].text} for row in rows],
    }
