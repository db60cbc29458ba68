"""The namespaces that Filorosso mints and uses, and how an IRI is made."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

BASE = "https://w3id.org/filorosso/"
FILO = BASE + "onto/"
VOC = BASE + "voc/"
ID = BASE + "id/"
SHAPES = BASE + "shapes/"
GRAPH = BASE + "graph/"

CITIES = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/cities/"
PROVINCES = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/provinces/"
SDG = "http://metadata.un.org/sdg/"
SDG_ONTOLOGY = "http://metadata.un.org/sdg/ontology#"

DCAT = "http://www.w3.org/ns/dcat#"
DCATAPIT = "http://dati.gov.it/onto/dcatapit#"
DCT = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
ORG = "http://www.w3.org/ns/org#"
OWL = "http://www.w3.org/2002/07/owl#"
PROV = "http://www.w3.org/ns/prov#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SH = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
VCARD = "http://www.w3.org/2006/vcard/ns#"
VOID = "http://rdfs.org/ns/void#"
XSD = "http://www.w3.org/2001/XMLSchema#"

# File systems bound the length of a name.
_LONGEST = 100

PREFIXES = {
    "dcat": DCAT,
    "dcatapit": DCATAPIT,
    "dct": DCT,
    "filo": FILO,
    "foaf": FOAF,
    "org": ORG,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "sdg": SDG,
    "sdgo": SDG_ONTOLOGY,
    "sh": SH,
    "skos": SKOS,
    "vcard": VCARD,
    "void": VOID,
    "xsd": XSD,
}


def slug(text: str) -> str:
    """A kebab-case ASCII slug; where the text cannot be told from the slug (case and hyphens apart), a short hash keeps it unique."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    kebab = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if re.fullmatch(r"[A-Z0-9]+(?:-[A-Z0-9]+)*|[a-z0-9]+(?:-[a-z0-9]+)*", text):
        return kebab
    return f"{kebab}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".strip("-")


def graph_slug(graph: str) -> str:
    """What names the files of a graph (an IRI)."""
    return stem(graph, GRAPH)


def stem(node: str, space: str) -> str:
    """What names a node of one of our namespaces in a file name or an address: what follows `space`, with `--` for `/`.

    Any other IRI is cut short, with a hash to tell it apart.
    """
    name = node.removeprefix(space)
    if name != node and len(name) <= _LONGEST and re.fullmatch(r"[a-z0-9]+(?:[-/][a-z0-9]+)*", name):
        return name.replace("/", "--")
    kebab, _, digest = slug(node).rpartition("-")
    return f"{kebab[:_LONGEST]}-{digest}"


def minted(kind: str, key: Iterable[object]) -> str:
    """The IRI of something that the build derives: the same key has the same one in every build."""
    return f"{ID}{kind}/{hashlib.sha256(chr(10).join(map(str, key)).encode()).hexdigest()[:20]}"


def code_slug(code: str) -> str:
    """The slug of an official code made of letters, digits, dots and hyphens: `M1C1I1.04.03` is `m1c1i1-04-03`."""
    return re.sub(r"[^a-z0-9]+", "-", code.lower()).strip("-")
