"""What was checked: every rule, what it aims at, at how many nodes, and how many problems it found. Not checked is not fine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from filorosso.graph import BASE, SEVERITIES, value_of

from ...texts import REPORT
from ..view import Page, View, sorted_by

SH: Final = "http://www.w3.org/ns/shacl#"
_ASSERTED: Final = f'FILTER (!STRSTARTS(STR(?graph), "{BASE}graph/derived-"))'
# What rules aim at: a class, whatever has a property, the values of one, or what leads to a node by a property.
_AIMS: Final = """
SELECT DISTINCT ?rule ?way ?at ?by WHERE {
    VALUES ?way { sh:targetClass sh:targetSubjectsOf sh:targetObjectsOf sh:targetNode }
    ?aimed ?way ?at
    OPTIONAL { ?aimed sh:path/sh:inversePath ?by FILTER (?way = sh:targetNode) }
    ?aimed sh:property* ?rule .
    ?rule sh:message ?said
}
"""
# How many nodes there are of each: what is derived was not validated, but built.
_NUMBERS: Final[Mapping[str, str]] = {
    "targetClass": "?kind rdfs:subClassOf* ?at . GRAPH ?graph { ?node a ?kind } ASSERTED",
    "targetSubjectsOf": "GRAPH ?graph { ?node ?at ?value } ASSERTED",
    "targetObjectsOf": "GRAPH ?graph { ?subject ?at ?node } ASSERTED",
    "targetNode": "GRAPH ?graph { ?node ?by ?at } ASSERTED",
}
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "it": {
        "title": "Che cosa è stato controllato",
        "lead": "Tutte le regole, anche quelle che non hanno trovato nulla: zero problemi dopo un controllo non è un controllo mancato. "
        "Ciò che è derivato (fili, interruzioni, attribuzioni) ha regole proprie, verificate a ogni costruzione di un'edizione.",
        "qualityTitle": "Qualità dei dati",
        "rule": "Regola",
        "severity": "Se non vale",
        "aims": "Vale per",
        "number": "Nodi controllati",
        "problems": "Problemi",
        "targetClass": "{}",
        "targetSubjectsOf": "ciò che ha «{}»",
        "targetObjectsOf": "ciò che è valore di «{}»",
        "targetNode": "{}",
        "found": "Regole: {}.",
    },
    "en": {
        "title": "What was checked",
        "lead": "All the rules, those too that found nothing: no problems after a check is not a check left out. "
        "What is derived (threads, breaks, attributions) has rules of its own, checked whenever a release is built.",
        "qualityTitle": "Quality of the data",
        "rule": "Rule",
        "severity": "If it does not hold",
        "aims": "Holds for",
        "number": "Nodes checked",
        "problems": "Problems",
        "targetClass": "{}",
        "targetSubjectsOf": "whatever has “{}”",
        "targetObjectsOf": "whatever is a value of “{}”",
        "targetNode": "{}",
        "found": "Rules: {}.",
    },
}


@dataclass(frozen=True, slots=True)
class Aim:
    """What a rule aims at: by which of SHACL's targets, at what (a term), and for a node by which property one comes from there."""

    way: str
    at: str
    by: str = ""


def checks(view: View, given: Mapping[str, str]) -> Page:
    """The page of all rules."""
    words = _WORDS[view.lang]
    context = {"rows": checked(view, aims(view)), "severities": REPORT[view.lang]}
    crumbs = ((words["qualityTitle"], view.link("/quality")), (words["title"], ""))
    return Page("checks", words["title"], context, _WORDS, crumbs=crumbs)


def aims(view: View) -> dict[str, list[Aim]]:
    """Every rule, and what it aims at."""
    found: dict[str, list[Aim]] = {}
    for row in view.store.rows(_AIMS):
        way = value_of(row["way"]).removeprefix(SH)
        found.setdefault(row["rule"], []).append(Aim(way, row["at"], row.get("by", "")))
    return found


def checked(view: View, found: Mapping[str, Iterable[Aim]]) -> list[dict[str, Any]]:
    """Rules with what they checked, as rows of a table: those that forbid first."""
    counts = Counter(problem.rule for problem in view.report.problems)
    number = numbers(view, {aim for each in found.values() for aim in each})
    words = _WORDS[view.lang]
    rows = [
        {
            "rule": view.name(rule),
            "severity": severity(view, rule),
            "aims": [(words[aim.way].format(view.name(aim.at).text), number[aim]) for aim in each],
            "found": counts[rule],
        }
        for rule, each in found.items()
    ]
    return sorted(rows, key=lambda row: (SEVERITIES.index(row["severity"]), sorted_by(row["rule"].text)))


def numbers(view: View, wanted: Iterable[Aim]) -> dict[Aim, int]:
    """How many nodes rules aim at."""
    found = {aim: int(aim.way == "targetNode" and not aim.by) for aim in wanted}
    for way, pattern in _NUMBERS.items():
        names = "?at ?by" if way == "targetNode" else "?at"
        values = " ".join(f"({aim.at} {aim.by})" for aim in found if aim.way == way and (aim.by or names == "?at"))
        query = f"SELECT {names} (COUNT(DISTINCT ?node) AS ?number) WHERE {{ VALUES ({names}) {{ {values} }} {pattern} }} GROUP BY {names}"
        for row in view.store.rows(query.replace("ASSERTED", _ASSERTED)) if values else ():
            found[Aim(way, row["at"], row.get("by", ""))] = int(value_of(row["number"]))
    return found


def severity(view: View, rule: str) -> str:
    """How grave it is that a rule does not hold."""
    said = view.store.value(rule, f"<{SH}severity>")
    return value_of(said).removeprefix(SH) if said else SEVERITIES[0]
