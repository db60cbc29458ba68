"""The datasets of the catalogue: their files, what they rest on, and how engines that index datasets are told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from filorosso.graph import BASE, standing, value_of

from ..home import script_json
from ..resources import WORDS, about
from ..view import Name, Page, View, local, sorted_by

DCAT: Final = "http://www.w3.org/ns/dcat#"
DCT: Final = "http://purl.org/dc/terms/"
ABOUT: Final = "<https://schema.org/about>"
SOURCE: Final = "<http://www.w3.org/ns/prov#wasDerivedFrom>"
_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_WORDS: Final = {
    "it": WORDS["it"]
    | {
        "description": "Descrizione",
        "publisher": "Chi pubblica",
        "holder": "Titolare",
        "modified": "Ultima modifica",
        "covers": "Periodo coperto",
        "spatial": "Territorio",
        "identifier": "Identificativo",
        "aboutFramework": "Di quale quadro",
        "versions": "Versioni",
        "versionOf": "Versione di",
        "files": "File da scaricare",
        "file": "File",
        "noFiles": "Una versione non ha file suoi: sono quelli del piano di cui è versione.",
        "licence": "Licenza",
        "credits": "Attribuzioni",
        "current": "I file sono quelli dell'edizione in vigore; le precedenti, con le somme di controllo, stanno tra i dati da scaricare.",
    },
    "en": WORDS["en"]
    | {
        "description": "Description",
        "publisher": "Publisher",
        "holder": "Rights holder",
        "modified": "Last change",
        "covers": "Period covered",
        "spatial": "Territory",
        "identifier": "Identifier",
        "aboutFramework": "Of which framework",
        "versions": "Versions",
        "versionOf": "Version of",
        "files": "Files to download",
        "file": "File",
        "noFiles": "A version has no files of its own: they are those of the plan that it is a version of.",
        "licence": "Licence",
        "credits": "Attributions",
        "current": "The files are those of the release in force; earlier ones, with checksums, are among the downloads.",
    },
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of a dataset, by its name in a release: where it is, and the media type of what is compressed in it."""

    name: str
    address: str
    media_type: str


def dataset(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a dataset of the catalogue."""
    plans = view.store.objects(node, f"<{DCAT}isVersionOf>")
    facts = {name: view.names(view.store.objects(node, f"<{term}>")) for name, term in _FACTS.items()}
    periods = [view.name(period).text for period in view.store.objects(node, f"<{DCT}temporal>")]
    context = {
        **about(view, node, standing(view.store, node)),
        "facts": facts,
        "periods": periods,
        "said": view.said_in(view.store.objects(node, f"<{DCT}description>")),
        "files": files(view, node),
        "plans": view.names(plans),
        "credits": _credits(view, node),
        "dataset": script_json(schema(view, node)),
        "turn": lambda number: view.link(local(value_of(node), view.base), page=str(number)),
    }
    catalogue = {"it": "Catalogo", "en": "Catalogue"}[view.lang]
    name = view.name(node).text
    return Page("dataset", name, context, _WORDS, crumbs=((catalogue, view.link("/catalogue")), (name, "")))


_FACTS: Final = {
    "aboutFramework": "https://schema.org/about",
    "publisher": DCT + "publisher",
    "holder": DCT + "rightsHolder",
    "modified": DCT + "modified",
    "spatial": DCT + "spatial",
    "identifier": DCT + "identifier",
    "versions": DCAT + "hasVersion",
}


def dataset_of(view: View, framework: str) -> str | None:
    """The dataset of a framework; it has files of its own unless the framework is a version."""
    return next(iter(sorted(view.store.subjects(ABOUT, framework))), None)


def files(view: View, node: str) -> list[File]:
    """The files of a dataset; those of the plan's, if it is of a version."""
    holder = next(iter(view.store.objects(node, f"<{DCAT}isVersionOf>")), node)
    found = []
    for distribution in view.store.objects(holder, f"<{DCAT}distribution>"):
        url, kind = (view.store.value(distribution, f"<{DCAT}{name}>") for name in ("downloadURL", "mediaType"))
        if url is not None:
            path = local(value_of(url), view.base)
            found.append(File(path.rsplit("/", 1)[-1], path, value_of(kind or '""').rsplit("media-types/", 1)[-1]))
    return sorted(found, key=lambda file: sorted_by(file.name))


def schema(view: View, node: str) -> dict[str, Any]:
    """A dataset as schema.org has it."""
    lookup = view.store
    texts = {name: view.said_in(lookup.objects(node, f"<{DCT}{name}>")) for name in ("title", "description")}
    said = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": value_of(node),
        "name": " ".join(text.text for text in texts["title"][:1]),
        "description": " ".join(text.text for text in texts["description"][:1]),
        "url": view.base + local(value_of(node), view.base),
        "license": _LICENCE,
        "inLanguage": ["it", "en"],
        "version": view.release,
        "isAccessibleForFree": True,
        "isPartOf": BASE + "dataset/all",
        "about": [value_of(term) for term in lookup.objects(node, ABOUT)],
        "isBasedOn": sorted(value_of(term) for term in lookup.objects(node, SOURCE)),
        "spatialCoverage": [name.text for name in view.names(lookup.objects(node, f"<{DCT}spatial>"))],
        "temporalCoverage": [_interval(view, period) for period in lookup.objects(node, f"<{DCT}temporal>")],
        "dateModified": value_of(lookup.value(node, f"<{DCT}modified>") or '""'),
        "creator": [{"@type": "Organization", "name": name.text} for name in view.names(lookup.objects(node, f"<{DCT}publisher>"))],
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": file.media_type, "contentUrl": view.base + file.address}
            for file in files(view, node)
        ],
    }
    # The whole is part of nothing, and what is not known is left out.
    return {name: value for name, value in said.items() if value and not (name == "isPartOf" and value == said["@id"])}


def _interval(view: View, period: str) -> str:
    """A period as ISO 8601 has an interval, with two dots for an end that is not known."""
    ends = [view.store.value(period, f"<{DCAT}{name}>") for name in ("startDate", "endDate")]
    return "/".join(value_of(end) if end else ".." for end in ends)


def _credits(view: View, node: str) -> list[Name]:
    statements = view.store.objects(node, f"<{DCT}provenance>")
    return [
        line for term in statements for line in view.said_in(view.store.objects(term, "<http://schema.theodi.org/odrs#attributionText>"))
    ]
