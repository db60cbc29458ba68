"""What is known of the rights in the sources: the licence or the terms of each document, and the line that names it in print.

A document says `dct:license` where its publisher names a licence, and `dct:rights` for what else is known of its use, which may be that no
licence was read: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .facts import LABEL, Lookup, label
from .namespaces import DCAT, DCT, FILO, FOAF, PROV, RDF, RDFS
from .terms import iri, is_iri, language_of, value_of

LANGUAGES: Final = ("it", "en")
LICENSE, RIGHTS = iri(DCT + "license"), iri(DCT + "rights")
# What a dataset rests on: dct:source of a dataset is another dataset in DCAT-AP.
SOURCE: Final = iri(PROV + "wasDerivedFrom")
SCHEMA_ABOUT: Final = iri("https://schema.org/about")
_TYPE, _DOCUMENT, _DATASET = iri(RDF + "type"), iri(FOAF + "Document"), iri(DCAT + "Dataset")
_PUBLISHER, _TITLE, _CITATION = iri(DCT + "publisher"), iri(DCT + "title"), iri(DCT + "bibliographicCitation")
_ADDRESS, _PRINTED = iri(FILO + "address"), iri(FILO + "datePrinted")
_COMMENT: Final = iri(RDFS + "comment")
_WORDS: Final = {
    "it": ("Fonte", "Licenza: {licence}; dati rielaborati", "senza autore noto"),
    "en": ("Source", "Licence: {licence}; data adapted", "publisher unknown"),
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What is known of the rights in a document. Nodes are IRIs; words are by language, `it` and `en`.

    `licences` has the label of each licence by its IRI; `terms` is what else is known of its use, or empty; `line` names it in print.
    `graphs` and `frameworks` rest on it, as the catalogue of the release says.
    """

    document: str
    label: Mapping[str, str]
    publishers: Mapping[str, Mapping[str, str]]
    address: str
    licences: Mapping[str, Mapping[str, str]]
    terms: Mapping[str, str]
    line: Mapping[str, str]
    graphs: tuple[str, ...] = field(default=())
    frameworks: tuple[str, ...] = field(default=())

    @property
    def is_known(self) -> bool:
        """Whether it is said what may be done with the document, or that this is not known."""
        return bool(self.licences or self.terms["it"])


def rights(lookup: Lookup) -> list[Rights]:
    """The rights in every document of a graph: first those with a licence, then by label."""
    found = [rights_of(lookup, document) for document in set(lookup.subjects(_TYPE, _DOCUMENT))]
    return sorted(found, key=lambda each: (not each.licences, each.label["it"], each.document))


def rights_of(lookup: Lookup, document: str) -> Rights:
    """The rights in a document (a term)."""
    resting = lookup.subjects(SOURCE, document)
    datasets = {node for node in resting if _DATASET in lookup.objects(node, _TYPE)}
    return Rights(
        document=value_of(document),
        label=_labels(lookup, document),
        publishers={value_of(body): _labels(lookup, body) for body in sorted(lookup.objects(document, _PUBLISHER))},
        address=_text(lookup, document, _ADDRESS),
        licences={value_of(licence): _labels(lookup, licence) for licence in _licences(lookup, document)},
        terms={lang: " ".join(_terms(lookup, document, lang)) for lang in LANGUAGES},
        line={lang: line(lookup, document, lang) for lang in LANGUAGES},
        graphs=tuple(sorted(value_of(node) for node in resting if node not in datasets)),
        frameworks=tuple(sorted({value_of(about) for node in datasets for about in lookup.objects(node, SCHEMA_ABOUT)})),
    )


def line(lookup: Lookup, document: str, lang: str) -> str:
    """The line that names a document (a term) in print: who published what and when, where it is found, under which licence.

    CC BY 4.0, section 3(a)(1): who made it, the licence and its address, the address of the material, and that it was changed.
    """
    source, licensed, unknown = _WORDS[lang]
    citation = _text(lookup, document, _CITATION)
    publishers = ", ".join(label(lookup, body, lang) for body in sorted(lookup.objects(document, _PUBLISHER)))
    title = _in_language(lookup.objects(document, _TITLE), lang) or label(lookup, document, lang)
    printed, address = (_text(lookup, document, predicate) for predicate in (_PRINTED, _ADDRESS))
    named = citation or ", ".join(part for part in (publishers or unknown, f"«{title}»", printed, address) if part)
    licences = "; ".join(f"{label(lookup, node, lang)} ({value_of(node)})" for node in _licences(lookup, document))
    said = [licensed.format(licence=licences)] if licences else []
    return ". ".join([f"{source}: {named}".removesuffix("."), *said]) + "."


def _licences(lookup: Lookup, document: str) -> list[str]:
    """The licences of a document that have an address; one in words is among its terms."""
    return sorted(filter(is_iri, lookup.objects(document, LICENSE)))


def _terms(lookup: Lookup, document: str, lang: str) -> list[str]:
    """What is said of the use of a document: in a literal, or by a statement that documents share."""
    found = []
    for value in sorted(lookup.objects(document, RIGHTS)):
        said = lookup.objects(value, _COMMENT) or lookup.objects(value, LABEL) if is_iri(value) else [value]
        found.append(_in_language(said, lang))
    found += [_in_language([value], lang) for value in lookup.objects(document, LICENSE) if not is_iri(value)]
    return [text for text in dict.fromkeys(found) if text]


def _text(lookup: Lookup, node: str, predicate: str) -> str:
    """What is said in one literal, or nothing; of several always the same."""
    return value_of(min(lookup.objects(node, predicate), default='""'))


def _labels(lookup: Lookup, node: str) -> dict[str, str]:
    return {lang: label(lookup, node, lang) for lang in LANGUAGES}


def _in_language(literals: list[str], lang: str) -> str:
    by_language = {language_of(literal): value_of(literal) for literal in sorted(literals)}
    return by_language.get(lang) or by_language.get(None) or ""
