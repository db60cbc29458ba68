"""The JSON-LD context of the ontology, and descriptions written with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pyld import jsonld

from . import formats, resources
from .facts import Facts
from .namespaces import FILO, ID, OWL, PREFIXES, RDF, RDFS, VOC
from .terms import XSD, Triple, datatype_of, iri, is_iri, language_of, value_of

_TYPE: Final = iri(RDF + "type")
_RANGE: Final = iri(RDFS + "range")
_OTHERS: Final = {"id": ID, "voc": VOC, "dcat": "http://www.w3.org/ns/dcat#"}
# Properties of others that the data uses and whose values are nodes.
_LINKS: Final = ("dct:isVersionOf", "dct:replaces", "dct:isReplacedBy", "dct:publisher", "dct:license", "dct:isPartOf", "rdfs:isDefinedBy")
_LINKS_SKOS: Final = ("skos:inScheme", "skos:broader", "skos:exactMatch", "skos:closeMatch", "skos:relatedMatch", "skos:topConceptOf")


def context() -> dict[str, Any]:
    """The context: prefixes, and each property of the ontology by its own name with the type of its values.

    Names are exactly those of the ontology, so that nothing is said by the JSON that the RDF does not say.
    """
    facts = Facts(
        triple for path in resources.turtle_files("ontology") if path.stem == "filorosso" for triple in formats.read_triples(path)
    )
    prefixes = PREFIXES | _OTHERS
    terms: dict[str, Any] = {name: {"@id": name, "@type": "@id"} for name in (*_LINKS, *_LINKS_SKOS)}
    for kind in ("ObjectProperty", "DatatypeProperty"):
        for term in facts.subjects(_TYPE, iri(OWL + kind)):
            name = value_of(term).removeprefix(FILO)
            if value_of(term).startswith(FILO):
                terms[name] = {"@id": f"filo:{name}"} | _coercion(facts, term, kind)
    return {"@context": {"@version": 1.1, **dict(sorted(prefixes.items())), **dict(sorted(terms.items()))}}


def write_jsonld(triples: Iterable[Triple], said: Mapping[str, Any], address: str) -> bytes:
    """Triples as JSON-LD with the names of a context (from `context`), which the document names by its address."""

    def load(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
        if url != address:
            raise ValueError(f"nothing is fetched: {url}")
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": said}

    # As a dataset of PyLD's own: its reader of N-Quads leaves the escapes of control characters as they are.
    dataset = {"@default": [dict(zip(("subject", "predicate", "object"), map(_node, triple), strict=True)) for triple in triples]}
    expanded = jsonld.from_rdf(dataset, {})
    compacted = jsonld.compact(expanded, address, {"documentLoader": load, "skipExpansion": True})
    return json.dumps({"@context": address, **compacted}, ensure_ascii=False, indent=1).encode()


def _node(term: str) -> dict[str, str]:
    """A term as PyLD holds it."""
    if term.startswith("_:"):
        return {"type": "blank node", "value": term}
    if is_iri(term):
        return {"type": "IRI", "value": value_of(term)}
    literal = {"type": "literal", "value": value_of(term)}
    if lang := language_of(term):
        return literal | {"datatype": RDF + "langString", "language": lang}
    return literal | {"datatype": datatype_of(term) or XSD + "string"}


def _coercion(facts: Facts, term: str, kind: str) -> dict[str, str]:
    if kind == "ObjectProperty":
        return {"@type": "@id"}
    ranges = facts.objects(term, _RANGE)
    # A text may bear a language; a type would keep it from being said shortly.
    if len(ranges) != 1 or not ranges[0].startswith("<http://www.w3.org/2001/XMLSchema#") or ranges[0].endswith("#string>"):
        return {}
    return {"@type": "xsd:" + value_of(ranges[0]).rsplit("#", 1)[-1]}
