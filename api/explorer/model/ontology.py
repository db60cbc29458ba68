"""The page of the ontology: its classes and properties, a drawing of them, the vocabularies, and everything as files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from filorosso.graph import BASE, GRAPH, standing, value_of

from ..resources import WORDS, about
from ..view import FILO, RDFS, TYPE, Name, Page, View, sorted_by
from .diagram import BOX, diagram

OWL: Final = "http://www.w3.org/2002/07/owl#"
CLASS: Final = f"<{OWL}Class>"
PROPERTIES: Final = (f"<{OWL}ObjectProperty>", f"<{OWL}DatatypeProperty>", f"<{OWL}AnnotationProperty>")
COMMENT, SUBCLASS, DOMAIN, RANGE = (f"<{RDFS}{name}>" for name in ("comment", "subClassOf", "domain", "range"))
_ONTOLOGY: Final = f"<{BASE}onto/>"
# What the ontology says of ends, and what the shapes say, which they do where a property has several domains.
_ARROWS: Final = f"""
SELECT DISTINCT ?start ?property ?end WHERE {{
    {{ ?property a owl:ObjectProperty ; rdfs:domain ?start ; rdfs:range ?end }}
    UNION {{ ?shape sh:targetClass ?start ; sh:path ?property ; sh:class ?end }}
    UNION {{ ?start rdfs:subClassOf ?end BIND (rdfs:subClassOf AS ?property) FILTER (STRSTARTS(STR(?end), "{FILO}")) }}
    FILTER (STRSTARTS(STR(?start), "{FILO}") && isIRI(?property) && isIRI(?end) && ?end != skos:Concept)
}}
"""
_USED: Final = f"""
SELECT ?term ?number WHERE {{
    <{GRAPH}all> void:classPartition|void:propertyPartition ?part .
    ?part void:class|void:property ?term ; void:entities|void:triples ?number
}}
"""
_SCHEMES: Final = """
SELECT ?scheme (COUNT(?concept) AS ?number) WHERE {
    ?scheme a skos:ConceptScheme OPTIONAL { ?concept skos:inScheme ?scheme }
} GROUP BY ?scheme
"""
_PROPERTIES: Final = f"""
SELECT ?property ?domain WHERE {{
    ?property rdfs:isDefinedBy {_ONTOLOGY} FILTER NOT EXISTS {{ ?property a owl:Class }}
    OPTIONAL {{ ?property rdfs:domain ?domain }}
}} ORDER BY ?property
"""
_WORDS: Final = {
    "it": WORDS["it"]
    | {
        "drawingTitle": "Le classi e le proprietà che le uniscono",
        "drawingHelp": "Ogni riquadro è una classe, ogni freccia le proprietà da una classe a un'altra; l'elenco che segue dice lo stesso.",
        "arrows": "Le frecce in parole ({})",
        "classes": "Classi",
        "properties": "Proprietà",
        "ofAny": "Proprietà di più classi",
        "vocabularies": "Vocabolari controllati",
        "rules": "Le regole",
        "rulesExplain": "Ciò che un piano deve rispettare per entrare nel grafo, in forme SHACL con messaggi in due lingue.",
        "graphs": "I grafi nominati",
        "others": "Termini di altri vocabolari, usati come sono",
        "class": "Classe",
        "definition": "Definizione",
        "under": "Sotto",
        "leadsTo": "Valore",
        "used": "Usi",
        "isA": "è una specie di",
        "concepts": "{} concetti",
        "property": "Proprietà",
        "propertiesOf": "Le sue proprietà ({})",
        "version": "Versione",
        "licence": "Licenza",
        "contents": "In questa pagina",
        "files": "I file",
        "context": "Contesto JSON-LD",
        "triples": "{} triple",
    },
    "en": WORDS["en"]
    | {
        "drawingTitle": "The classes and the properties that join them",
        "drawingHelp": "Each box is a class, each arrow the properties from a class to another; the list below says the same.",
        "arrows": "The arrows in words ({})",
        "classes": "Classes",
        "properties": "Properties",
        "ofAny": "Properties of several classes",
        "vocabularies": "Controlled vocabularies",
        "rules": "The rules",
        "rulesExplain": "What a plan must keep to enter the graph, as SHACL shapes with messages in two languages.",
        "graphs": "The named graphs",
        "others": "Terms of other vocabularies, used as they are",
        "class": "Class",
        "definition": "Definition",
        "under": "Under",
        "leadsTo": "Value",
        "used": "Uses",
        "isA": "is a kind of",
        "concepts": "{} concepts",
        "property": "Property",
        "propertiesOf": "Its properties ({})",
        "version": "Version",
        "licence": "Licence",
        "contents": "On this page",
        "files": "The files",
        "context": "JSON-LD context",
        "triples": "{} triples",
    },
}


def ontology(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of an ontology: ours, or that of what its terms are to others'."""
    lookup, used = view.store, uses(view)
    context = {
        **about(view, node, standing(lookup, node)),
        "said": view.said_in(lookup.objects(node, COMMENT)),
        "version": value_of(lookup.value(node, f"<{OWL}versionInfo>") or '""'),
        "licences": view.names(lookup.objects(node, "<http://purl.org/dc/terms/license>")),
        "drawing": drawing(view) if node == _ONTOLOGY else None,
        "groups": _groups(view, used),
        "others": _others(view),
        "schemes": [(view.name(row["scheme"]), value_of(row["number"])) for row in _sorted(view, lookup.rows(_SCHEMES), "scheme")],
        "named": _graphs(view),
        "is_whole": node == _ONTOLOGY,
        "turn": lambda number: view.link(view.path.split("?")[0], page=str(number)),
    }
    return Page("ontology", view.name(node).text, context, _WORDS, crumbs=((view.name(node).text, ""),))


def uses(view: View) -> dict[str, int]:
    """How many things are of each class, and how many statements have each property (terms), as VoID counted them at the last build."""
    return {row["term"]: int(value_of(row["number"])) for row in view.store.rows(_USED)}


def drawing(view: View) -> dict[str, Any]:
    """The drawing of the classes, with the names of what is in it."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in view.store.rows(_ARROWS):
        found[row["start"], row["end"]].append(row["property"])
    drawn = diagram({ends: sorted(properties) for ends, properties in found.items()})
    isa = Name(SUBCLASS, _WORDS[view.lang]["isA"], "", "")
    arrows = [
        {
            "path": arrow.path,
            "start": view.name(arrow.start),
            "end": view.name(arrow.end),
            "properties": [isa if name.term == SUBCLASS else name for name in view.names(arrow.properties)],
            "is_a": arrow.properties == (SUBCLASS,),
        }
        for arrow in drawn.arrows
    ]
    boxes = [{"name": view.name(box.term), "x": box.x, "y": box.y} for box in drawn.boxes]
    return {"width": drawn.width, "height": drawn.height, "box": BOX, "boxes": boxes, "arrows": arrows}


def _groups(view: View, used: Mapping[str, int]) -> list[dict[str, Any]]:
    """The classes of ours, each with its properties; last those that belong to several classes."""
    lookup, found = view.store, defaultdict[str, list[dict[str, Any]]](list)
    for row in lookup.rows(_PROPERTIES):
        values = {
            "name": view.name(row["property"]),
            "said": view.said_in(lookup.objects(row["property"], COMMENT)),
            "ranges": view.names(lookup.objects(row["property"], RANGE)),
            "used": used.get(row["property"], 0),
        }
        found[row.get("domain", "")].append(values)
    ours = [term for term in lookup.subjects(TYPE, CLASS) if value_of(term).startswith(FILO)]
    groups = [_group(view, name.term, used) | {"name": name, "properties": found.pop(name.term, [])} for name in view.names(ours)]
    rest = [row for rows in found.values() for row in rows]
    return [*groups, {"name": None, "said": [], "supers": [], "used": 0, "properties": rest}]


def _group(view: View, term: str, used: Mapping[str, int]) -> dict[str, Any]:
    supers = view.names(view.store.objects(term, SUBCLASS))
    return {"said": view.said_in(view.store.objects(term, COMMENT)), "supers": supers, "used": used.get(term, 0)}


def _others(view: View) -> list[Name]:
    """The terms of other vocabularies that the ontology declares."""
    found = {term for kind in (CLASS, *PROPERTIES) for term in view.store.subjects(TYPE, kind)}
    return view.names(term for term in found if not value_of(term).startswith(BASE))


def _sorted(view: View, rows: list[Any], key: str) -> list[Any]:
    return sorted(rows, key=lambda row: sorted_by(view.name(row[key]).text))


def _graphs(view: View) -> list[tuple[Name, str]]:
    counted = "<http://rdfs.org/ns/void#triples>"
    names = sorted(graph for graph in view.store.graphs() if graph)
    return [(view.name(f"<{graph}>"), value_of(view.store.value(f"<{graph}>", counted) or '""')) for graph in names]
