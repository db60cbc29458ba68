"""The rules that a plan must keep to, as pages: all of them with their messages, and each with what it asks in detail."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from filorosso.graph import BASE, Statements, is_iri, standing, value_of, write_turtle

from ..resources import WORDS, about
from ..view import TYPE, Name, Page, View
from .ontology import COMMENT

SH: Final = "http://www.w3.org/ns/shacl#"
RULES: Final = BASE + "shapes/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_FIRST, _REST, _NIL = (f"<{_RDF}{name}>" for name in ("first", "rest", "nil"))
_TARGETS: Final = ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode")
_SIGNS: Final = {"inversePath": ("^", ""), "zeroOrMorePath": ("", "*"), "oneOrMorePath": ("", "+"), "zeroOrOnePath": ("", "?")}
_ALL: Final = """
SELECT DISTINCT ?shape WHERE {
    VALUES ?how { sh:targetClass sh:targetSubjectsOf sh:targetObjectsOf sh:targetNode }
    ?shape ?how ?target FILTER (isIRI(?shape))
}
"""
# What a shape's page says by itself.
_APART: Final = frozenset((TYPE, COMMENT, *(f"<{SH}{name}>" for name in ("name", "message", "severity", "path", *_TARGETS))))
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "it": WORDS["it"]
    | {
        "title": "Le regole",
        "lead": "Ciò che i dati devono rispettare per entrare nel grafo, in SHACL: {} regole. Il messaggio dice come rimediare.",
        "rule": "Regola",
        "message": "Messaggio",
        "severity": "Gravità",
        "Violation": "violazione: non entra",
        "Warning": "avviso",
        "Info": "informazione",
        "on": "Vale per",
        "targetClass": "le cose della classe",
        "targetSubjectsOf": "ciò di cui è detta la proprietà",
        "targetObjectsOf": "i valori della proprietà",
        "targetNode": "il nodo",
        "asks": "Che cosa chiede",
        "constraints": {
            "path": "Percorso",
            "minCount": "Quanti almeno",
            "maxCount": "Quanti al più",
            "datatype": "Tipo di valore",
            "class": "Classe del valore",
            "nodeKind": "Specie di nodo",
            "in": "Uno tra",
            "hasValue": "Comprende il valore",
            "pattern": "Forma del testo",
            "languageIn": "Lingue",
            "uniqueLang": "Un solo testo per lingua",
            "minInclusive": "Non meno di",
            "maxInclusive": "Non più di",
            "lessThanOrEquals": "Non oltre il valore di",
            "equals": "Uguale al valore di",
            "disjoint": "Diverso dal valore di",
            "and": "Tutte queste",
            "or": "Almeno una di queste",
            "not": "Non questa",
            "node": "Secondo",
            "property": "Con le proprietà",
            "qualifiedValueShape": "Valori secondo",
            "qualifiedMinCount": "Quanti almeno così",
            "qualifiedMaxCount": "Quanti al più così",
            "sparql": "Interrogazione che non deve trovare nulla",
            "flags": "Opzioni della forma",
        },
        "usedBy": "La usano",
        "part": "È parte di altre regole: da sola non vale per nulla.",
        "found": "Rilievi nell'ultima edizione",
        "waived": "di cui derogati",
        "qualityPage": "La pagina della qualità",
        "asTurtle": "In Turtle",
        "all": "Tutte le regole",
        "why": "Perché",
        "classRules": "Regole su: {}",
    },
    "en": WORDS["en"]
    | {
        "title": "The rules",
        "lead": "What data must keep to in order to enter the graph, in SHACL: {} rules. The message says how to mend.",
        "rule": "Rule",
        "message": "Message",
        "severity": "Severity",
        "Violation": "violation: does not enter",
        "Warning": "warning",
        "Info": "information",
        "on": "It holds for",
        "targetClass": "things of the class",
        "targetSubjectsOf": "what has the property",
        "targetObjectsOf": "values of the property",
        "targetNode": "the node",
        "asks": "What it asks",
        "constraints": {
            "path": "Path",
            "minCount": "At least",
            "maxCount": "At most",
            "datatype": "Datatype",
            "class": "Class of the value",
            "nodeKind": "Kind of node",
            "in": "One of",
            "hasValue": "Has the value",
            "pattern": "Form of the text",
            "languageIn": "Languages",
            "uniqueLang": "One text a language",
            "minInclusive": "Not less than",
            "maxInclusive": "Not more than",
            "lessThanOrEquals": "Not beyond the value of",
            "equals": "Equal to the value of",
            "disjoint": "Different from the value of",
            "and": "All of these",
            "or": "At least one of these",
            "not": "Not this",
            "node": "Keeps to",
            "property": "With the properties",
            "qualifiedValueShape": "Values that keep to",
            "qualifiedMinCount": "At least so many",
            "qualifiedMaxCount": "At most so many",
            "sparql": "Query that must find nothing",
            "flags": "Options of the form",
        },
        "usedBy": "Used by",
        "part": "It is part of other rules: by itself it holds for nothing.",
        "found": "Findings in the last release",
        "waived": "of which waived",
        "qualityPage": "The page of quality",
        "asTurtle": "In Turtle",
        "all": "All the rules",
        "why": "Why",
        "classRules": "Rules on: {}",
    },
}


def shapes(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of all the rules: those of one idea together, as their names begin."""
    families: dict[str, list[str]] = defaultdict(list)
    found = [row["shape"] for row in view.store.rows(_ALL)]
    for shape in found:
        families[_family(shape)].append(shape)
    groups = [
        {
            "key": family,
            "targets": view.names({target for shape in held for _, target in _targets(view, shape)}),
            "rows": [_row(view, name.term) for name in view.names(held)],
        }
        for family, held in sorted(families.items())
    ]
    words = _WORDS[view.lang]
    context = {
        **about(view, node, standing(view.store, node)),
        "groups": groups,
        "number": len(found),
        "turn": lambda number: view.link("/shapes/", page=str(number)),
    }
    above = view.name(f"<{BASE}onto/>")
    return Page("shapes", words["title"], context, _WORDS, crumbs=((above.text, above.address), (words["title"], "")))


def shapes_page(view: View, given: Mapping[str, str]) -> Page:
    """The page of all the rules, at the path without a slash."""
    return shapes(view, f"<{RULES}>", given, None)


def shape(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a shape: for what it holds, what it asks, and its message."""
    shown = standing(view.store, node)
    found = [problem for problem in view.report.problems if problem.rule == node]
    context = {
        **about(view, node, shown),
        **_row(view, node),
        "targets": [(how, view.name(target)) for how, target in _targets(view, node)],
        "reasons": view.said_in(view.store.objects(node, COMMENT)),
        "asked": _asked(view, shown),
        "users": _users(view, shown),
        "found": Counter("waived" if problem.waived_by else "standing" for problem in found),
        "turtle": write_turtle(shown.triples),
        "turn": lambda number: view.link(view.path.split("?")[0], page=str(number)),
    }
    words = _WORDS[view.lang]
    name = view.name(node)
    return Page("shape", name.text, context, _WORDS, crumbs=((words["title"], view.link("/shapes/")), (name.text, "")))


def _row(view: View, shape: str) -> dict[str, Any]:
    severity = view.store.value(shape, f"<{SH}severity>")
    messages = view.said_in(view.store.objects(shape, f"<{SH}message>"))
    return {"name": view.name(shape), "messages": messages, "severity": value_of(severity).removeprefix(SH) if severity else "Violation"}


def _family(shape: str) -> str:
    return value_of(shape).removeprefix(RULES).partition("-")[0]


def _targets(view: View, shape: str) -> list[tuple[str, str]]:
    return [(how, target) for how in _TARGETS for target in view.store.objects(shape, f"<{SH}{how}>")]


def _users(view: View, shown: Statements) -> list[Name]:
    """The shapes that a shape is a part of, through lists and other blank nodes too."""
    found: set[str] = set()
    for graph in shown.graphs:
        above: dict[str, list[str]] = defaultdict(list)
        for s, _, o in view.store.triples(value_of(graph)):
            above[o].append(s)
        waiting, seen = [shown.node], {shown.node}
        while waiting:
            new = {subject for subject in above[waiting.pop()] if subject not in seen}
            seen |= new
            found |= {subject for subject in new if is_iri(subject)}
            waiting += [subject for subject in new if not is_iri(subject)]
    return view.names(found)


def _asked(view: View, shown: Statements) -> list[tuple[Name, list[list[Name | str]]]]:
    """What a shape asks: each constraint with its values, in the order of their names."""
    held: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for s, p, o, _ in shown.quads:
        held[s][p].append(o)
    own = held[shown.node]
    paths = [(view.name(p), [_words(view, held, value, " / ") for value in values]) for p, values in own.items() if p == f"<{SH}path>"]
    rest = [(view.name(p), [_words(view, held, value, ", ") for value in values]) for p, values in sorted(own.items()) if p not in _APART]
    return paths + rest


def _words(view: View, held: Mapping[str, Mapping[str, Sequence[str]]], term: str, glue: str) -> list[Name | str]:
    """A value as words: a list with its members, a path with SPARQL's signs, what hangs on another blank node in brackets."""
    if not term.startswith("_:") or term not in held:
        return [view.name(term)]
    own = held[term]
    if _FIRST in own:
        return _joined([_words(view, held, member, glue) for member in _members(held, term)], glue)
    if f"<{SH}alternativePath>" in own:
        return _words(view, held, own[f"<{SH}alternativePath>"][0], " | ")
    for name, (before, after) in _SIGNS.items():
        if f"<{SH}{name}>" in own:
            return [before, "(", *_words(view, held, own[f"<{SH}{name}>"][0], glue), ")", after]
    inside = [[view.name(p), " ", *_words(view, held, o, ", ")] for p, values in sorted(own.items()) for o in values if p != TYPE]
    return ["[", *_joined(inside, "; "), "]"]


def _members(held: Mapping[str, Mapping[str, Sequence[str]]], term: str) -> list[str]:
    found: list[str] = []
    while term in held and _FIRST in held[term] and len(found) < len(held):
        found.append(held[term][_FIRST][0])
        term = held[term][_REST][0]
    return found


def _joined(parts: Sequence[list[Name | str]], glue: str) -> list[Name | str]:
    return [word for number, part in enumerate(parts) for word in ([glue] if number else []) + part]
