"""The page of a framework: its times, its elements, who approved it, what it says of others, what is reached, known and unknown of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from filorosso.graph import Answer, Unknown, ask, rights_of, standing, value_of

from ..home import script_json
from ..publication.datasets import SOURCE, dataset_of, files, schema
from ..resources import WORDS as RESOURCE_WORDS
from ..resources import about, breaks, linked
from ..view import Name, Page, View, filo, local, sorted_by
from .outline import outline
from .timeline import VERSION_OF, drawn, times
from .timeline import WORDS as TIME_WORDS

# The words that a mark has for the concepts of the scheme `coverage-status`.
MARKS: Final = {"declared": "declared", "only-proposed": "proposed", "absent": "absent", "unknown": "unknown"}
_FACTS: Final = (
    *(f"<http://purl.org/dc/terms/{name}>" for name in ("isVersionOf", "replaces", "identifier")),
    *map(filo, ("hasGovernanceLevel", "hasTerritory")),
    "<http://www.w3.org/2004/02/skos/core#altLabel>",
)
_QUESTIONS: Final = (
    "in-force",
    "approvals",
    "bodies-of-process",
    "declared-and-assessed",
    "broken-threads",
    "elements-without-contribution",
)
# A thread is one of the framework in which it starts.
_REACHED: Final = {
    "up": """
SELECT DISTINCT ?element ?counts WHERE {{
    ?thread filo:isThreadOf {framework} ; filo:threadFrom ?element ; filo:isCounted ?counts . ?element a filo:Element
}}
""",
    "down": """
SELECT DISTINCT ?element ?counts WHERE {{
    ?element filo:inFramework {framework} ; a filo:Element . ?thread filo:threadTo ?element ; filo:isCounted ?counts
}}
""",
}
# What the question `broken-threads` lists, in numbers: it has a row for each of hundreds.
_BROKEN: Final = """
SELECT ?direction ?reason (COUNT(DISTINCT ?orphan) AS ?number) WHERE {{
    ?break filo:concerns {framework} ; filo:interrupts ?orphan ; filo:hasDirection ?direction ; filo:hasBreakReason ?reason .
    OPTIONAL {{ ?break filo:validFrom ?from }} OPTIONAL {{ ?break filo:validUntil ?until }}
    FILTER (!BOUND(?from) && !BOUND(?until))
}} GROUP BY ?direction ?reason
"""
_STATED: Final = """
SELECT ?statement ?relation ?element ?source ?extent WHERE {{
    ?statement a filo:CompletenessStatement ; filo:aboutFramework {framework} ; filo:hasExtent ?extent .
    OPTIONAL {{ ?statement filo:aboutRelation ?relation }}
    OPTIONAL {{ ?statement filo:aboutElement ?element }}
    OPTIONAL {{ ?statement filo:aboutSource ?source }}
}}
"""
_WORDS: Final = {
    "it": RESOURCE_WORDS["it"]
    | TIME_WORDS["it"]
    | {
        "contents": "In questa pagina",
        "elements": "Gli elementi",
        "elementsIn": "{} elementi",
        "continuants": "Che cosa resta attraverso le versioni: {}",
        "within": "{} al di sotto",
        "inVersions": "Gli elementi stanno nelle versioni.",
        "noElements": "Il grafo non ne contiene elementi.",
        "acts": "Chi lo ha approvato, e con quale atto",
        "step": "Passaggio",
        "act": "Atto",
        "number": "Numero",
        "date": "Data",
        "body": "Organo",
        "noAct": "nessun atto noto",
        "bodies": "Gli enti e i loro ruoli",
        "noBodies": "Nessuna fonte letta nomina enti con un ruolo.",
        "role": "Ruolo",
        "members": "membri",
        "openList": "elenco aperto",
        "others": "Che cosa afferma di altri quadri",
        "othersExplain": "Per tipo di affermazione: quante sono dichiarate, quante soltanto proposte. «Ignoto» non è «assente»: è "
        "assente ciò che una fonte letta per intero non dice.",
        "nothingSaid": "Non risulta che affermi qualcosa di altri quadri.",
        "coverage": "Copertura",
        "reached": "Quanto ne è raggiunto, e dove il filo si interrompe",
        "upwards": "verso l'alto (a un obiettivo comune)",
        "downwards": "verso il basso (da un progetto o da un piano)",
        "direction": "Direzione",
        "joined": "Elementi con un filo che vale",
        "pending": "Con un filo soltanto proposto",
        "broken": "Fili interrotti, per motivo",
        "of": "su {}",
        "documents": "I documenti",
        "licence": "Licenza o condizioni",
        "publisher": "Editore",
        "unstated": "nessuna licenza detta",
        "gaps": "Che cosa se ne sa, e che cosa no",
        "gapsExplain": "Per ogni relazione, se una fonte è stata letta per intero, in parte o per nulla.",
        "noGaps": "Nessuna dichiarazione di completezza: ciò che non è detto è ignoto.",
        "unread": "Non letto, o letto solo in parte: {}",
        "read": "Letto per intero: {}",
        "relation": "Relazione",
        "extent": "Quanto",
        "why": "Perché",
        "complete": "Risposta completa.",
        "partly": "La risposta ha parti ignote:",
        "takeAway": "Da scaricare",
        "graphFiles": "I grafi nominati in cui sta (edizione in vigore)",
        "dataset": "Scheda nel catalogo",
        "asking": "Le domande su questo quadro",
    },
    "en": RESOURCE_WORDS["en"]
    | TIME_WORDS["en"]
    | {
        "contents": "On this page",
        "elements": "The elements",
        "elementsIn": "{} elements",
        "continuants": "What stays the same through the versions: {}",
        "within": "{} below",
        "inVersions": "The elements are in the versions.",
        "noElements": "The graph holds no elements of it.",
        "acts": "Who approved it, and by which act",
        "step": "Step",
        "act": "Act",
        "number": "Number",
        "date": "Date",
        "body": "Body",
        "noAct": "no act is known",
        "bodies": "The bodies and their roles",
        "noBodies": "No source that was read names bodies with a role.",
        "role": "Role",
        "members": "members",
        "openList": "open list",
        "others": "What it says of other frameworks",
        "othersExplain": "By kind of statement: how many are declared, how many only proposed. “Unknown” is not “absent”: absent is what a "
        "source that was read whole does not say.",
        "nothingSaid": "It is not known to say anything of other frameworks.",
        "coverage": "Coverage",
        "reached": "How much of it is reached, and where the thread breaks",
        "upwards": "upwards (to a shared goal)",
        "downwards": "downwards (from a project or a plan)",
        "direction": "Direction",
        "joined": "Elements with a thread that counts",
        "pending": "With a thread only proposed",
        "broken": "Broken threads, by reason",
        "of": "of {}",
        "documents": "The documents",
        "licence": "Licence or terms",
        "publisher": "Publisher",
        "unstated": "no licence stated",
        "gaps": "What is known of it, and what is not",
        "gapsExplain": "For each relation, whether a source was read whole, in part or not at all.",
        "noGaps": "No completeness statement: what is not said is unknown.",
        "unread": "Not read, or only in part: {}",
        "read": "Read whole: {}",
        "relation": "Relation",
        "extent": "How much",
        "why": "Why",
        "complete": "The answer is complete.",
        "partly": "The answer has unknown parts:",
        "takeAway": "To take away",
        "graphFiles": "The named graphs in which it stands (release in force)",
        "dataset": "Its entry in the catalogue",
        "asking": "The questions on this framework",
    },
}


def framework(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a framework, of a version or of a plan through its versions."""
    versions = view.store.subjects(VERSION_OF, node)
    rows = times(view, versions or [node])
    dataset = dataset_of(view, node)
    context = {
        **about(view, node, standing(view.store, node)),
        "said": view.said_in(view.store.objects(node, "<http://www.w3.org/2000/01/rdf-schema#comment>")),
        "facts": _facts(view, node),
        "versions": versions,
        "rows": rows,
        "timeline": drawn(rows),
        "outline": outline(view, node),
        "continuants": outline(view, node, "Continuant") if versions else None,
        "acts": _acts(view, [row.name.term for row in rows]),
        "bodies": _bodies(view, node),
        "others": _others(view, node),
        "reached": _reached(view, node),
        "links": linked(view, node),
        "breaks": breaks(view, node),
        "threads": {"up": [], "down": []},
        "documents": _documents(view, node, dataset),
        "gaps": _gaps(view, node),
        "dataset": view.name(dataset) if dataset else None,
        "files": files(view, dataset) if dataset else [],
        "schema": script_json(schema(view, dataset)) if dataset else "",
        "questions": _questions(view, node),
        "turn": lambda number: view.link(local(value_of(node), view.base), page=str(number)),
    }
    return Page("framework", view.name(node).text, context, _WORDS, crumbs=_crumbs(view, node))


def unknown(view: View, answer: Answer) -> list[dict[str, Any]]:
    """The unknown parts of an answer: of which relation, and why."""
    return [_unknown(view, part) for part in answer.completeness.unknown]


def _unknown(view: View, part: Unknown) -> dict[str, Any]:
    return {"name": view.name(part.statement), "relation": view.name(part.relation), "reasons": view.said_in(part.reasons)}


def _crumbs(view: View, node: str) -> tuple[tuple[str, str], ...]:
    whole = view.names(view.store.objects(node, VERSION_OF))
    title = {"it": "Quadri strategici", "en": "Strategic frameworks"}[view.lang]
    return ((title, view.link("/frameworks")), *((name.text, name.address) for name in whole), (view.name(node).text, ""))


def _facts(view: View, node: str) -> list[tuple[Name, list[Name]]]:
    found = ((view.name(term), view.store.objects(node, term)) for term in _FACTS)
    return [(name, view.names(values)) for name, values in found if values]


def _acts(view: View, frameworks: list[str]) -> dict[str, Any]:
    """What the question `approvals` answers of each version: an act, or that none is known."""
    question = view.library.question("approvals")
    answers = [ask(view.store, question, {"framework": value_of(node)}) for node in frameworks]
    rows = [
        {
            "framework": view.name(row["framework"]),
            "step": view.name(row["step"]),
            "act": view.name(row["act"]) if "act" in row else None,
            "body": view.name(row["body"]) if "body" in row else None,
            **{name: value_of(row[name]) if name in row else "" for name in ("number", "datePrinted", "dateFrom")},
        }
        for answer in answers
        for row in answer.rows
    ]
    gaps = {part["name"]: part for answer in answers for part in unknown(view, answer)}
    return {"rows": rows, "unknown": list(gaps.values())}


def _bodies(view: View, node: str) -> dict[str, Any]:
    """The bodies with their roles, each with its members and what is known of how open the list is."""
    answer = ask(view.store, view.library.question("bodies-of-process"), {"framework": value_of(node)})
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in answer.rows:
        body = found.setdefault((row["role"], row["body"]), {"members": [], "open": []})
        body["members"] += [row["member"]] if "member" in row else []
        body["open"] += [row["openList"]] if "openList" in row else []
    rows = [
        {"role": view.name(role), "body": view.name(body), "members": view.names(held["members"]), "open": view.names(held["open"])}
        for (role, body), held in found.items()
    ]
    return {"rows": sorted(rows, key=lambda row: (row["role"].text, row["body"].text)), "unknown": unknown(view, answer)}


def _others(view: View, node: str) -> dict[str, Any]:
    """What the framework says of others: a row for each, a cell for each kind of statement."""
    answer = ask(view.store, view.library.question("declared-and-assessed"), {"framework": value_of(node)})
    cells: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in answer.rows:
        status = MARKS[value_of(row["status"]).rsplit("/", 1)[-1]]
        cells[row["other"]][row["statement"]] = {
            "status": status,
            "number": value_of(row["number"]),
            "proposed": value_of(row["proposed"]),
        }
    kinds = view.names({kind for held in cells.values() for kind in held})
    rows = [_other(view, node, other, [cells[other.term].get(kind.term) for kind in kinds]) for other in view.names(cells)]
    return {"kinds": kinds, "rows": rows, "unknown": unknown(view, answer)}


def _other(view: View, node: str, other: Name, cells: list[dict[str, str] | None]) -> dict[str, Any]:
    asked = urlencode({"framework": value_of(other.term), "by": value_of(node)})
    return {
        "other": other,
        "cells": cells,
        "coverage": view.link(f"/questions/coverage/answer?{asked}"),
        "matrix": view.link("/matrix", rows=value_of(node), columns=value_of(other.term)),
    }


def _reached(view: View, node: str) -> list[dict[str, Any]]:
    """Each way, how many elements a thread joins, how many one only proposed, and how many threads break for which reason."""
    broken: dict[str, list[tuple[Name, str]]] = defaultdict(list)
    for row in view.store.rows(_BROKEN.format(framework=node)):
        way = value_of(row["direction"]).rsplit("/", 1)[-1]
        broken[way].append((view.name(row["reason"]), value_of(row["number"])))
    ways = []
    for way, query in _REACHED.items():
        rows = view.store.rows(query.format(framework=node))
        joined = {row["element"] for row in rows if value_of(row["counts"]) == "true"}
        pending = {row["element"] for row in rows} - joined
        reasons = sorted(broken[way], key=lambda pair: -int(pair[1]))
        ways.append({"way": way, "joined": len(joined), "pending": len(pending), "broken": reasons})
    return ways


def _documents(view: View, node: str, dataset: str | None) -> list[dict[str, Any]]:
    """The documents of the framework and those that its data rest on, with their rights."""
    lookup = view.store
    own = lookup.objects(node, filo("hasDocument"))
    found = {*own, *(lookup.objects(dataset, SOURCE) if dataset else lookup.objects(node, filo("isAttestedIn")))}
    rows = []
    for document in view.names(found):
        rights = rights_of(lookup, document.term)
        licences = [view.name(f"<{licence}>") for licence in rights.licences]
        address = rights.address if rights.address.startswith(("https://", "http://")) else ""
        rows.append(
            {
                "document": document,
                "own": document.term in own,
                "publishers": [view.name(f"<{body}>") for body in rights.publishers],
                "date": view.value(document.term, "datePrinted"),
                "licences": licences,
                "terms": rights.terms[view.lang],
                "address": address,
            }
        )
    return sorted(rows, key=lambda row: not row["own"])


def _gaps(view: View, node: str) -> dict[str, list[dict[str, Any]]]:
    """What the completeness statements on a framework say: those of what was not read, or in part, apart from what was read whole."""
    found: dict[str, list[dict[str, Any]]] = {"unread": [], "read": []}
    for row in view.store.rows(_STATED.format(framework=node)):
        named = {name: view.name(row[name]) if name in row else None for name in ("relation", "element", "source", "extent")}
        reasons = view.said_in(view.store.objects(row["statement"], filo("reason")))
        whole = value_of(row["extent"]).endswith("/whole")
        found["read" if whole else "unread"].append(named | {"name": view.name(row["statement"]), "reasons": reasons})
    for rows in found.values():
        rows.sort(key=lambda row: (row["relation"].text if row["relation"] else "", sorted_by(row["name"].text)))
    return found


def _questions(view: View, node: str) -> list[dict[str, str]]:
    """The questions on a framework: where each is answered and where as a workbook, or its form if it asks for more than a framework."""
    found = []
    for name in _QUESTIONS:
        question = view.library.question(name)
        given = urlencode({"node" if name == "broken-threads" else "framework": value_of(node)})
        needed = [parameter for parameter in question.parameters if parameter.required and parameter.name not in ("node", "framework")]
        path = f"/questions/{name}?{given}" if needed else f"/questions/{name}/answer?{given}"
        xlsx = "" if needed else view.link(path, format="xlsx")
        found.append({"summary": question.summary[view.lang], "page": view.link(path), "xlsx": xlsx})
    return found
