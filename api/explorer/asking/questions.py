"""The library of questions as a page: grouped by what they are about, to be kept to one tag or to words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from filorosso.graph import Question

from ..view import Name, Page, View

# Tags that say what a question is about, in the order in which the page has them; others follow.
_TOPICS: Final = ("traceability", "coverage", "coherence", "money", "time", "provenance", "governance", "integration")
_NUMBERED: Final = re.compile(r"cq-([0-9]+)")
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "it": {
        "questionsTitle": "Domande",
        "lead": "Domande già pronte sul grafo. Scegline una, compila il modulo e leggi la risposta, con ciò che ne resta ignoto; "
        "ogni risposta si scarica, si cita e mostra l'interrogazione SPARQL con cui è fatta.",
        "find": "Cerca tra le domande",
        "tag": "Argomento",
        "all": "tutti gli argomenti",
        "filter": "Filtra",
        "found": "Domande: {}.",
        "nothing": "Nessuna domanda: prova con altre parole o con un altro argomento.",
        "answer": "Risposta all'esempio",
        "json": "L'elenco in JSON",
        "numbered": "domanda di competenza {}",
        "tags": {
            "traceability": "Seguire il filo",
            "coverage": "Copertura: che cosa è raggiunto e che cosa no",
            "coherence": "Coerenza tra piani",
            "money": "Denaro",
            "time": "Tempo e versioni",
            "provenance": "Prove, fonti, certezza",
            "governance": "Enti e atti",
            "integration": "Allineamento tra piani",
            "general": "per ogni piano",
        },
    },
    "en": {
        "questionsTitle": "Questions",
        "lead": "Questions about the graph that are ready to ask. Pick one, fill in the form and read the answer, with what stays unknown "
        "in it; every answer can be downloaded and cited, and shows the SPARQL query that it is made with.",
        "find": "Search among the questions",
        "tag": "Topic",
        "all": "all topics",
        "filter": "Filter",
        "found": "Questions: {}.",
        "nothing": "No question: try other words or another topic.",
        "answer": "Answer to the example",
        "json": "The list as JSON",
        "numbered": "competency question {}",
        "tags": {
            "traceability": "Following the thread",
            "coverage": "Coverage: what is reached and what is not",
            "coherence": "Coherence between plans",
            "money": "Money",
            "time": "Time and versions",
            "provenance": "Evidence, sources, certainty",
            "governance": "Bodies and acts",
            "integration": "Alignment between plans",
            "general": "for any plan",
        },
    },
}


def questions(view: View, given: Mapping[str, str]) -> Page:
    """The page of the library; `tag` keeps to the questions with a tag, `q` to those that hold all of some words."""
    words = _WORDS[view.lang]
    tag, text = given.get("tag", ""), given.get("q", "").strip()[:200]
    found = [question for question in view.library if (not tag or tag in question.tags) and _holds(question, text)]
    context = {
        "groups": [(_tag(words, topic), topic, _rows(view, each)) for topic, each in _grouped(found)],
        "tags": [(each, _tag(words, each)) for each in sorted({t for question in view.library for t in question.tags}, key=_order)],
        "tag": tag,
        "text": text,
        "number": len(found),
    }
    return Page("questions", words["questionsTitle"], context, _WORDS, crumbs=((words["questionsTitle"], ""),))


def unknown_question(view: View, name: str) -> Page:
    """The page that says that there is no such question, and which are nearest."""
    near = [view.library.question(each) for each in view.library.near(name)]
    context = {
        "detail": {"it": f"Non c'è una domanda «{name}».", "en": f"There is no question “{name}”."}[view.lang],
        "near": [Name("", question.summary[view.lang], "", view.link(f"/questions/{question.name}")) for question in near],
        "near_title": {"it": "Forse cercavi", "en": "Perhaps you meant"}[view.lang],
    }
    return Page("missing", {"it": "Domanda non trovata", "en": "No such question"}[view.lang], context, status=404)


def _holds(question: Question, text: str) -> bool:
    said = " ".join((question.name, *question.summary.values())).casefold()
    return all(word in said for word in text.casefold().split())


def _grouped(found: Iterable[Question]) -> list[tuple[str, list[Question]]]:
    groups: dict[str, list[Question]] = {}
    for question in found:
        topics = sorted((tag for tag in question.tags if not _NUMBERED.fullmatch(tag)), key=_order)
        groups.setdefault(topics[0] if topics else "general", []).append(question)
    return sorted(groups.items(), key=lambda group: _order(group[0]))


def _order(tag: str) -> tuple[int, str]:
    if tag in _TOPICS:
        return _TOPICS.index(tag), tag
    return len(_TOPICS) + (2 if _NUMBERED.fullmatch(tag) else 1 if tag == "general" else 0), tag


def _tag(words: Mapping[str, Any], tag: str) -> str:
    numbered = _NUMBERED.fullmatch(tag)
    return str(words["numbered"].format(int(numbered[1])) if numbered else words["tags"].get(tag, tag))


def _rows(view: View, found: Iterable[Question]) -> list[dict[str, Any]]:
    words = _WORDS[view.lang]
    return [
        {
            "summary": question.summary[view.lang],
            "name": question.name,
            "address": view.link(f"/questions/{question.name}"),
            "answer": view.link(f"/questions/{question.name}/answer", **question.example),
            "tags": [(_tag(words, tag), view.link("/questions", tag=tag)) for tag in question.tags],
        }
        for question in found
    ]
