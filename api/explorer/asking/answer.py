"""The page of an answer: its table or its triples, a chart where one helps, how complete it is, how to cite it, and how to take it away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from filorosso.graph import Answer, CitationError, ParameterError, Question, Row, ask, sensitivity, value_of

from ...answering import DEFAULT_ROWS, FORMATS, GRAPHS, MAX_ROWS, OPTIONS, TABLES
from ...texts import ANSWER, EXPLORER
from ..home import script_json
from ..matrices.cells import headings, table, triples
from ..view import Page, View, sorted_by
from .drawing import drawing
from .form import WORDS, errors, form, form_page, unknown_parameters

SIZE: Final = 100
_TURNED: Final = 422
# What an address may say of the page alone, and not of the answer.
_OF_PAGE: Final = ("page", "format")
_HEADER: Final = re.compile(r"\A(?:#\+[^\n]*\n)+\n*")
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    lang: {**WORDS[lang], **{name: said for name, said in ANSWER[lang].items() if name not in EXPLORER[lang]}, **own}
    for lang, own in {
        "it": {
            "change": "Cambia i valori",
            "given": "Chiesto con",
            "all": "Tutte le righe sono raggiungibili: {} in {} pagine.",
            "size": "Righe: {}.",
            "sizeTriples": "Triple: {}.",
            "empty": "Nessuna riga.",
            "emptyUnknown": "Nessuna riga: ma alcune fonti non sono state lette per intero, perciò non vuol dire che non ce ne siano.",
            "raise": "Chiedine fino a {}",
            "framework": "Quadro",
            "relation": "Relazione",
            "extent": "Letto",
            "chart": "Il grafico di questa risposta; le stesse cifre sono nella tabella",
            "take": "Scarica, cita, ripeti",
            "downloadAll": "Scarica la risposta intera",
            "permalink": "Indirizzo permanente",
            "citation": "Citazione",
            "unknownTitle": "Che cosa resta ignoto",
            "toCompare": "Citazione da confrontare",
            "compareHelp": "Incolla una citazione di questa risposta: si dirà se la risposta è ancora la stessa.",
            "compareDo": "Confronta",
            "notCitation": "Questa non è una citazione di questa risposta.",
            "sparqlText": "L'interrogazione SPARQL",
            "sparqlOpen": "Aprila nell'editor",
            "sensitivity": "Quanto dipende da ciò che è poco certo",
            "sensitivityHelp": "Lascia fuori ciò che è meno certo di",
            "sensitivityDo": "Mostra che cosa cambia",
            "unchanged": "Non cambia nulla.",
            "subject": "Soggetto",
            "property": "Proprietà",
            "value": "Valore",
            "limitWrong": "Il limite deve essere un numero intero da 1 a {}.",
            "items": "{} legami",
            "labelledCsv": "CSV con etichette",
        },
        "en": {
            "change": "Change the values",
            "given": "Asked with",
            "all": "All rows can be reached: {} in {} pages.",
            "size": "Rows: {}.",
            "sizeTriples": "Triples: {}.",
            "empty": "No rows.",
            "emptyUnknown": "No rows: but some sources were not read whole, so that does not mean that there are none.",
            "raise": "Ask for up to {}",
            "framework": "Framework",
            "relation": "Relation",
            "extent": "Read",
            "chart": "The chart of this answer; the table has the same figures",
            "take": "Download, cite, repeat",
            "downloadAll": "Download the whole answer",
            "permalink": "Permanent address",
            "citation": "Citation",
            "unknownTitle": "What stays unknown",
            "toCompare": "Citation to compare with",
            "compareHelp": "Paste a citation of this answer, to be told whether the answer is still the same.",
            "compareDo": "Compare",
            "notCitation": "This is not a citation of this answer.",
            "sparqlText": "The SPARQL query",
            "sparqlOpen": "Open it in the editor",
            "sensitivity": "How much depends on what is little certain",
            "sensitivityHelp": "Leave out what is less certain than",
            "sensitivityDo": "Show what changes",
            "unchanged": "Nothing changes.",
            "subject": "Subject",
            "property": "Property",
            "value": "Value",
            "limitWrong": "The limit must be a whole number from 1 to {}.",
            "items": "{} links",
            "labelledCsv": "CSV with labels",
        },
    }.items()
}


def answer_page(view: View, question: Question, given: Mapping[str, str], seconds: float) -> Page:
    """The page of the answer to a question, or its form where what was given needs mending."""
    filled = {name: value for name, value in given.items() if value}
    asked = {name: value for name, value in filled.items() if name not in OPTIONS}
    wrong = unknown_parameters(view, question, asked)
    limit = filled.get("limit", str(DEFAULT_ROWS))
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:12]) <= MAX_ROWS:
        wrong.append(_WORDS[view.lang]["limitWrong"].format(MAX_ROWS))
    if wrong or errors(view, question, asked):
        return form_page(view, question, filled, wrong, status=_TURNED)
    store = view.store.declared if filled.get("view") == "declared" else view.store
    answer = ask(store, question, asked, limit=int(limit), seconds=seconds)
    return Page("answer", question.summary[view.lang], _context(view, answer, filled), _WORDS, crumbs=_crumbs(view, question))


def _crumbs(view: View, question: Question) -> tuple[tuple[str, str], ...]:
    title = {"it": "Domande", "en": "Questions"}[view.lang]
    return (title, view.link("/questions")), (question.name, view.link(f"/questions/{question.name}")), (_WORDS[view.lang]["answer"], "")


def _context(view: View, answer: Answer, filled: Mapping[str, str]) -> dict[str, Any]:
    question, path = answer.question, f"/questions/{answer.question.name}/answer"
    kept = {name: value for name, value in filled.items() if name not in _OF_PAGE}
    answer = _in_order(answer)
    heads = headings(view, answer)
    drawn = drawing(view, answer, heads)
    number = len(answer.rows) + len(answer.triples)
    pages = max(1, -(-number // SIZE))
    page = min(_number(filled.get("page", "")), pages)
    part = slice((page - 1) * SIZE, page * SIZE)
    asked = {name: value for name, value in kept.items() if name not in OPTIONS or name in ("view", "limit")}
    return {
        **form(view, question, kept, []),
        "question": question,
        "answer": answer,
        "heads": heads,
        "rows": table(view, answer, answer.rows[part]) if answer.rows else triples(view, answer.triples[part]),
        "number": number,
        "shown": page,
        "pages": pages,
        "turn": lambda to: view.link(path, **kept, page=str(to)),
        "chart": (drawn[0], script_json(drawn[1])) if drawn else None,
        "values": [(_parameter(view, question, name), view.name(term)) for name, term in answer.values.items()],
        "states": _states(view, answer),
        "more": view.link(path, **{**kept, "limit": str(MAX_ROWS)}) if answer.completeness.cut_at and number < MAX_ROWS else "",
        "most": MAX_ROWS,
        "unknown": _unknown(view, answer),
        "downloads": _downloads(view, question, asked),
        "permalink": view.base + path + (f"?{urlencode(asked)}" if asked else ""),
        "kept": list(asked.items()),
        "cited": _cited(view, answer, filled.get("cited", "")),
        "given_citation": filled.get("cited", ""),
        "sensitivity": _sensitivity(view, answer, filled.get("sensitivity", "")),
        "sparql": (text := _HEADER.sub("", question.bound(answer.values))),
        "sparql_address": view.link("/sparql", edit=text),
        "iri": view.link(f"/queries/{question.name}"),
        "address": view.link(f"/questions/{question.name}"),
    }


def _in_order(answer: Answer) -> Answer:
    """An answer that its question sorts by the first column, sorted as a person would: 7 before 11."""
    first = answer.columns[0] if answer.columns else ""
    if not all(first in row for row in answer.rows):
        return answer
    keys = [value_of(row[first]) for row in answer.rows]
    if keys != sorted(keys):
        return answer
    return replace(answer, rows=tuple(sorted(answer.rows, key=lambda row: sorted_by(value_of(row[first])))))


def _number(asked: str) -> int:
    return max(1, int(asked[:6])) if asked.isascii() and asked.isdigit() else 1


def _parameter(view: View, question: Question, name: str) -> str:
    return next(parameter.summary[view.lang] for parameter in question.parameters if parameter.name == name)


def _states(view: View, answer: Answer) -> list[str]:
    words, said = ANSWER[view.lang], answer.completeness
    return [words[state].format(limit=said.cut_at, seconds=said.stopped_after) for state in said.states]


def _unknown(view: View, answer: Answer) -> list[dict[str, Any]]:
    """The parts that are unknown, framework by framework: of what, how far the source was read, and why."""
    rows = [
        {
            "statement": view.name(unknown.statement),
            "about": view.name(unknown.element or unknown.framework) if unknown.element or unknown.framework else None,
            "relation": view.name(unknown.relation),
            "extent": view.name(unknown.extent) if unknown.extent else None,
            "reasons": view.said_in(unknown.reasons),
        }
        for unknown in answer.completeness.unknown
    ]
    return sorted(rows, key=lambda row: (row["about"].text if row["about"] else "", row["relation"].text))


def _downloads(view: View, question: Question, asked: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The forms of an answer: name, media type, address. Programs know one language, that of labels."""
    offered = TABLES if question.form == "select" else GRAPHS
    path = f"/questions/{question.name}/answer?"
    return [
        (name, media_type, path + urlencode({**asked, "lang": view.data, "format": name}))
        for name, media_type in FORMATS.items()
        if media_type in offered
    ]


def _cited(view: View, answer: Answer, cited: str) -> str:
    if not cited:
        return ""
    try:
        return ANSWER[view.lang][answer.citation.compare(cited)]
    except CitationError:
        return str(_WORDS[view.lang]["notCitation"])


def _sensitivity(view: View, answer: Answer, certainty: str) -> dict[str, Any] | None:
    """What changes without what is less certain; None for a question that does not tell degrees apart."""
    degree = next((parameter for parameter in answer.question.parameters if parameter.name == "certainty"), None)
    if degree is None or answer.question.form != "select":
        return None
    options = [(choice, view.name(degree.term(choice)).text) for choice in degree.choices]
    said: dict[str, Any] = {"options": options, "given": certainty, "changed": None, "wrong": ""}
    if certainty:
        try:
            changed = sensitivity(view.store, answer, certainty)
        except ParameterError:
            return said | {"wrong": certainty}
        parts: Sequence[tuple[str, tuple[Row, ...]]] = (("lost", changed.lost), ("gained", changed.gained))
        name = view.name(changed.certainty).text
        return said | {
            "changed": [(ANSWER[view.lang][way].format(number=len(rows), certainty=name), table(view, answer, rows)) for way, rows in parts]
        }
    return said
