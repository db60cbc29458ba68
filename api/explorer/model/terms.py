"""The page of a class or a property: what it means, where it stands among others, which rules hold it, and who is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from filorosso.graph import BASE, GRAPH, ParameterError, standing, value_of

from ..resources import WORDS, about
from ..view import RDFS, SKOS, TYPE, Name, Page, View, local
from .ontology import CLASS, COMMENT, DOMAIN, OWL, RANGE, SUBCLASS, uses

PAGE: Final = 100
_ALIGNED: Final = (
    *(f"<{SKOS}{name}>" for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")),
    *(f"<{OWL}{name}>" for name in ("equivalentClass", "equivalentProperty")),
)
_TARGETS: Final = """
SELECT DISTINCT ?shape WHERE {{
    {{ ?shape sh:targetClass|sh:targetSubjectsOf|sh:targetObjectsOf|sh:path {term} }} UNION {{ ?shape sh:class {term} }}
    FILTER (isIRI(?shape))
}}
"""
_IN_GRAPHS: Final = """
SELECT ?graph ?number WHERE {{
    ?graph void:{kind}Partition ?part . ?part void:{kind} {term} ; void:{measure} ?number FILTER (?graph != <{all}>)
}} ORDER BY DESC(?number) ?graph
"""
_WORDS: Final = {
    "it": WORDS["it"]
    | {
        "supers": "È una specie di",
        "subs": "Sue specie",
        "domain": "Di che cosa si dice",
        "range": "Che valore ha",
        "features": "Caratteristiche",
        "definedBy": "Definito in",
        "aligned": "In altri vocabolari",
        "usedIn": "Quanto è usato",
        "usedTotal": "{} volte nel grafo, contate nell'ultima edizione.",
        "never": "Mai usato nei dati di questa edizione.",
        "inverseUse": "Proprietà che se ne dicono",
        "leadingTo": "Proprietà che vi conducono",
        "rules": "Le regole che lo riguardano",
        "instances": "Le cose di questa classe",
        "statementsOf": "Le affermazioni con questa proprietà",
        "ontology": "Ontologia",
        "number": "Numero",
        "from": "Da",
    },
    "en": WORDS["en"]
    | {
        "supers": "Is a kind of",
        "subs": "Its kinds",
        "domain": "What it is said of",
        "range": "What value it has",
        "features": "Features",
        "definedBy": "Defined in",
        "aligned": "In other vocabularies",
        "usedIn": "How much it is used",
        "usedTotal": "{} times in the graph, counted in the last release.",
        "never": "Never used in the data of this release.",
        "inverseUse": "Properties said of it",
        "leadingTo": "Properties that lead to it",
        "rules": "The rules on it",
        "instances": "The things of this class",
        "statementsOf": "The statements with this property",
        "ontology": "Ontology",
        "number": "Number",
        "from": "From",
    },
}


def term(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a class or a property; `from` says which of its instances or statements come first on it."""
    lookup = view.store
    is_class = CLASS in lookup.objects(node, TYPE)
    first = _first(given)
    number = _number(view, node, is_class=is_class)
    context = {
        **about(view, node, standing(lookup, node)),
        "retired": None if retired is None else view.names(retired),
        "said": view.said_in(lookup.objects(node, COMMENT)),
        "facts": _facts(view, node, is_class=is_class),
        "aligned": [(view.name(predicate), view.names(lookup.objects(node, predicate))) for predicate in _ALIGNED],
        "used": uses(view).get(node, 0),
        "graphs_used": _graphs(view, node, is_class=is_class),
        "rules": view.names(row["shape"] for row in lookup.rows(_TARGETS.format(term=node))),
        "is_class": is_class,
        "shown": _instances(view, node, first) if is_class else _statements(view, node, first),
        "number": number,
        "at": (first // PAGE + 1, max(1, -(-number // PAGE))),
        "turned": lambda page: view.link(local(value_of(node), view.base), start=str((page - 1) * PAGE)),
        "turn": lambda page: view.link(local(value_of(node), view.base), page=str(page)),
    }
    above = view.name(f"<{BASE}onto/>")
    crumbs = ((above.text, above.address), (view.name(node).text, ""))
    return Page("term", view.name(node).text, context, _WORDS, crumbs=crumbs)


def _first(given: Mapping[str, str]) -> int:
    asked = given.get("start", "0")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 9):
        raise ParameterError("start", f"{asked!r} given, a whole number from 0 expected")
    return int(asked) // PAGE * PAGE


def _facts(view: View, node: str, *, is_class: bool) -> list[tuple[str, list[Name]]]:
    """What the ontology says of a term, by the words that say it."""
    lookup = view.store
    found = {
        "supers": [*lookup.objects(node, SUBCLASS), *lookup.objects(node, f"<{RDFS}subPropertyOf>")],
        "subs": [*lookup.subjects(SUBCLASS, node), *lookup.subjects(f"<{RDFS}subPropertyOf>", node)],
        "domain": lookup.objects(node, DOMAIN),
        "range": lookup.objects(node, RANGE),
        "inverseUse": lookup.subjects(DOMAIN, node) if is_class else [],
        "leadingTo": lookup.subjects(RANGE, node) if is_class else [],
        "features": [kind for kind in lookup.objects(node, TYPE) if kind not in (CLASS,)],
        "definedBy": lookup.objects(node, f"<{RDFS}isDefinedBy>"),
    }
    return [(word, view.names(name for name in names if not name.startswith("_:"))) for word, names in found.items() if names]


def _graphs(view: View, node: str, *, is_class: bool) -> list[tuple[Name, int]]:
    kind, measure = ("class", "entities") if is_class else ("property", "triples")
    rows = view.store.rows(_IN_GRAPHS.format(kind=kind, measure=measure, term=node, all=GRAPH + "all"))
    return [(view.name(row["graph"]), int(value_of(row["number"]))) for row in rows]


def _number(view: View, node: str, *, is_class: bool) -> int:
    pattern = f"?node a {node}" if is_class else f"?node {node} ?value"
    return int(value_of(view.store.rows(f"SELECT (COUNT(*) AS ?number) WHERE {{ {pattern} }}")[0]["number"]))


def _instances(view: View, node: str, first: int) -> list[Name]:
    rows = view.store.rows(f"SELECT ?node WHERE {{ ?node a {node} }} ORDER BY ?node LIMIT {PAGE} OFFSET {first}")
    return [view.name(row["node"]) for row in rows if not row["node"].startswith("_:")]


def _statements(view: View, node: str, first: int) -> list[tuple[Name, Name]]:
    rows = view.store.rows(f"SELECT ?node ?value WHERE {{ ?node {node} ?value }} ORDER BY ?node ?value LIMIT {PAGE} OFFSET {first}")
    return [(view.name(row["node"]), view.name(row["value"])) for row in rows if not row["node"].startswith("_:")]
