"""The home page: a search, the frameworks by level, what the graph holds, and five questions to begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from filorosso.graph import BASE

from .view import Name, Page, View

TO_BEGIN_WITH: Final = ("thread", "coverage", "broken-threads", "money-by-element", "rests-on")
_FRAMEWORKS: Final = """
SELECT ?framework (SAMPLE(?concept) AS ?level) (MAX(?rank) AS ?order) (COUNT(DISTINCT ?element) AS ?elements) WHERE {
    ?framework a filo:Framework
    OPTIONAL { ?framework dct:isVersionOf ?whole }
    OPTIONAL { ?framework filo:hasGovernanceLevel ?concept OPTIONAL { ?concept filo:rank ?rank } }
    OPTIONAL { ?version dct:isVersionOf ?framework OPTIONAL { ?element a filo:Element ; filo:inFramework ?version } }
    OPTIONAL { ?own a filo:Element ; filo:inFramework ?framework BIND (?own AS ?element) }
    FILTER (!BOUND(?whole))
} GROUP BY ?framework
"""
_WORDS: Final = {
    "it": {
        "lead": "Dagli obiettivi dell'ONU a un progetto in una strada, passo per passo",
        "explain": "Scegli un obiettivo, un piano o un progetto e segui il filo verso l'alto e verso il basso. A ogni passo si legge chi "
        "lo afferma e dove sta scritto; ciò che è soltanto proposto, ignoto o mancante è detto come tale.",
        "searchLabel": "Cerca un obiettivo, un piano, una misura, un progetto, un ente",
        "searchHelp": "Per nome in italiano o in inglese, per codice (M2C4I2.02.00) o per CUP. Gli errori di battitura sono tollerati.",
        "byLevel": "I quadri strategici, livello per livello",
        "elements": "elementi",
        "withoutLevel": "Senza un livello dichiarato",
        "holds": "Che cosa contiene il grafo",
        "begin": "Cinque domande con cui cominciare",
        "allQuestions": "Tutte le domande",
        "counts": {
            "Framework": "quadri e loro versioni",
            "Element": "elementi",
            "Project": "progetti",
            "Funding": "finanziamenti",
            "Indicator": "indicatori",
            "Claim": "asserzioni",
            "Evidence": "prove",
            "Thread": "fili",
            "quads": "quadruple",
        },
    },
    "en": {
        "lead": "From a UN goal to a project on a street, step by step",
        "explain": "Pick a goal, a plan or a project and follow the thread up and down. Each step says who states it and where it is "
        "written; what is only proposed, unknown or missing is called so.",
        "searchLabel": "Search for a goal, a plan, a measure, a project, a body",
        "searchHelp": "By name in Italian or English, by code (M2C4I2.02.00) or by CUP. Slips of the keyboard are forgiven.",
        "byLevel": "The strategic frameworks, level by level",
        "elements": "elements",
        "withoutLevel": "Without a stated level",
        "holds": "What the graph holds",
        "begin": "Five questions to begin with",
        "allQuestions": "All the questions",
        "counts": {
            "Framework": "frameworks and their versions",
            "Element": "elements",
            "Project": "projects",
            "Funding": "fundings",
            "Indicator": "indicators",
            "Claim": "claims",
            "Evidence": "pieces of evidence",
            "Thread": "threads",
            "quads": "quads",
        },
    },
}


def home(view: View, given: Mapping[str, str]) -> Page:
    """The home page."""
    words = _WORDS[view.lang]
    questions = [view.library.question(name) for name in TO_BEGIN_WITH]
    asked = [
        {"summary": each.summary, "address": view.link(f"/questions/{each.name}/answer?{urlencode(each.example)}")} for each in questions
    ]
    context = {"levels": levels(view, str(words["withoutLevel"])), "questions": asked, "dataset": _dataset(view)}
    return Page("home", "Filorosso", context, _WORDS)


def levels(view: View, without: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The frameworks that are no versions of another, by level of governance, the widest level first."""
    found: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in view.store.rows(_FRAMEWORKS):
        level = view.name(row["level"]) if "level" in row else Name("", without, "", "")
        order = int(row["order"].split('"')[1]) if "order" in row else 99
        row_of = {"name": view.name(row["framework"]), "elements": row["elements"].split('"')[1]}
        found.setdefault((order, level.text), []).append(row_of)
    return [(text, sorted(found[order, text], key=lambda row: row["name"].text)) for order, text in sorted(found)]


def _dataset(view: View) -> str:
    """The graph as schema.org has a dataset, for the engines that index such."""
    said = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": BASE + "dataset/all",
        "name": "Filorosso",
        "description": _WORDS[view.lang]["explain"],
        "url": view.base + "/",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "inLanguage": ["it", "en"],
        "version": view.release,
        "isAccessibleForFree": True,
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media_type, "contentUrl": f"{view.base}/download/current/{file}"}
            for file, media_type in (("data.trig.gz", "application/trig"), ("data.nq.gz", "application/n-quads"))
        ],
    }
    return script_json(said)


def script_json(said: Any) -> str:
    """JSON that may stand inside a script element as it is, since nothing in it ends the element; a script knows no entities."""
    written = json.dumps(said, ensure_ascii=False)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")
