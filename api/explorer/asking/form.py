"""The form of a question, made from its parameters: what each field is, what it may hold, what is wrong with what was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from filorosso.graph import BASE, Parameter, ParameterError, Question, value_of

from ...answering import OPTIONS
from ..view import Name, Page, View

_NEAR: Final = 6
_WRONG: Final = {
    "it": {
        "missing": "Serve un valore.",
        "node": "«{}» non è un identificatore, un CUP o un codice di qualcosa che il grafo contiene.",
        "iri": "«{}» non è un IRI: comincia con https://.",
        "date": "«{}» non è una data: anno, mese e giorno, come 2024-01-31.",
        "integer": "«{}» non è un numero intero.",
        "boolean": "«{}» non è né true né false.",
        "choice": "«{}» non è tra i valori possibili.",
        "text": "«{}» non va bene.",
        "unknown": "La domanda non ha un parametro «{}».",
    },
    "en": {
        "missing": "A value is needed.",
        "node": "“{}” is no identifier, CUP or code of anything that the graph holds.",
        "iri": "“{}” is not an IRI: one begins with https://.",
        "date": "“{}” is not a date: year, month and day, such as 2024-01-31.",
        "integer": "“{}” is not a whole number.",
        "boolean": "“{}” is neither true nor false.",
        "choice": "“{}” is not among the values that are possible.",
        "text": "“{}” will not do.",
        "unknown": "The question has no parameter “{}”.",
    },
}
WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "it": {
        "about": "La domanda",
        "asks": "Che cosa chiede",
        "ask": "Chiedi",
        "any": "(qualsiasi)",
        "choose": "Scegli…",
        "yes": "sì",
        "no": "no",
        "optional": "facoltativo",
        "nodeHelp": "Scrivi un nome e scegli tra i suggerimenti, oppure un CUP, un codice o un IRI.",
        "meant": "Ora vale per",
        "perhaps": "Forse:",
        "declaredOnly": "Lascia fuori ciò che è soltanto proposto",
        "wrong": "Qualcosa è da correggere",
        "example": "Riempi con l'esempio",
        "returns": "Che cosa risponde",
        "graph": "Risponde con un grafo: affermazioni fatte di soggetto, proprietà e valore.",
        "column": "Colonna",
        "variable": "Variabile",
        "bears": "Relazioni su cui poggia",
        "bearsHelp": "Dove le fonti di una di queste relazioni non sono state lette per intero, la risposta lo dice.",
        "rdf": "La domanda come dati (RDF)",
        "json": "La domanda in JSON",
        "text": "Il testo SPARQL, come sta nella biblioteca",
        "nothingToSay": "Questa domanda non ha parametri.",
    },
    "en": {
        "about": "The question",
        "asks": "What it asks",
        "ask": "Ask",
        "any": "(any)",
        "choose": "Choose…",
        "yes": "yes",
        "no": "no",
        "optional": "optional",
        "nodeHelp": "Type a name and pick one of the suggestions, or a CUP, a code or an IRI.",
        "meant": "It now stands for",
        "perhaps": "Perhaps:",
        "declaredOnly": "Leave out what is only proposed",
        "wrong": "Something needs mending",
        "example": "Fill in the example",
        "returns": "What it answers",
        "graph": "It answers with a graph: statements made of subject, property and value.",
        "column": "Column",
        "variable": "Variable",
        "bears": "Relations that it rests on",
        "bearsHelp": "Where the sources of one of these relations were not read whole, the answer says so.",
        "rdf": "The question as data (RDF)",
        "json": "The question as JSON",
        "text": "The SPARQL text, as the library has it",
        "nothingToSay": "This question has no parameters.",
    },
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; `options` are (value, text) of a choice, `near` the names and addresses that a wrong text may mean."""

    parameter: Parameter
    help: str
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    error: str = ""
    meant: Name | None = None
    near: tuple[tuple[Name, str], ...] = ()


def question_page(view: View, question: Question, given: Mapping[str, str]) -> Page:
    """The page of a question: its form, filled in with what is given or else with the example, and all that is to know of it."""
    filled = {name: value for name, value in given.items() if value and name not in OPTIONS}
    return form_page(view, question, filled or question.example, unknown_parameters(view, question, filled))


def form_page(view: View, question: Question, given: Mapping[str, str], wrong: list[str], *, status: int = 200) -> Page:
    """The page of a question with what was given; `wrong` is what no field can say, errors of fields make the status 422."""
    context = {
        **form(view, question, given, wrong),
        "question": question,
        "iri": view.address(f"<{BASE}queries/{question.name}>"),
        "columns": [(view.library.column(name).summary[view.lang], name) for name in question.returns],
        "relations": view.names((*question.about, *question.everywhere)),
        "example": view.link(f"/questions/{question.name}", **question.example),
    }
    crumbs = (({"it": "Domande", "en": "Questions"}[view.lang], view.link("/questions")), (question.name, ""))
    return Page("question", question.summary[view.lang], context, WORDS, status, crumbs)


def form(view: View, question: Question, given: Mapping[str, str], wrong: list[str]) -> dict[str, Any]:
    """What the template of a form needs."""
    fields = [_field(view, question, parameter, given) for parameter in question.parameters]
    return {
        "fields": fields,
        "wrong": wrong,
        "action": f"/questions/{question.name}/answer",
        "declared_only": given.get("view") == "declared",
    }


def unknown_parameters(view: View, question: Question, given: Mapping[str, str]) -> list[str]:
    """What is wrong with names that are no parameters of a question."""
    known = {parameter.name for parameter in question.parameters}
    return [_WRONG[view.lang]["unknown"].format(name) for name in given if name not in known]


def errors(view: View, question: Question, given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each value that a question was given, by parameter."""
    found = {parameter.name: _error(view, parameter, given.get(parameter.name, "")) for parameter in question.parameters}
    return {name: error for name, error in found.items() if error}


def _field(view: View, question: Question, parameter: Parameter, given: Mapping[str, str]) -> Field:
    value = given.get(parameter.name) or parameter.default or ""
    error = _error(view, parameter, value) if given else ""
    meant = near = None
    if parameter.type == "node" and value and not error:
        meant = view.name(parameter.term(value, view.store))
    elif parameter.type == "node" and value:
        near = _near(view, question, parameter, given)
    summary = parameter.summary[view.lang]
    return Field(parameter, summary, value, _options(view, parameter), error, meant, near or ())


def _error(view: View, parameter: Parameter, value: str) -> str:
    words = _WRONG[view.lang]
    if not value:
        return words["missing"] if parameter.required else ""
    try:
        parameter.term(value, view.store)
    except ParameterError:
        return words["choice" if parameter.choices else parameter.type].format(value)
    return ""


def _near(view: View, question: Question, parameter: Parameter, given: Mapping[str, str]) -> tuple[tuple[Name, str], ...]:
    """What a text may mean that is no code: each with the address of the same question asked of it."""
    found = []
    for match in view.index.search(given.get(parameter.name, "")[:200], limit=_NEAR, lang=view.data):
        asked = {**given, parameter.name: value_of(match.node)}
        found.append((view.name(match.node), view.link(f"/questions/{question.name}/answer", **asked)))
    return tuple(found)


def _options(view: View, parameter: Parameter) -> tuple[tuple[str, str], ...]:
    words = WORDS[view.lang]
    if parameter.type == "boolean":
        choices = [("true", words["yes"]), ("false", words["no"])]
    elif parameter.scheme:
        choices = [(choice, view.name(f"<{BASE}voc/{parameter.scheme}/{choice}>").text) for choice in parameter.choices]
    else:
        choices = [(choice, choice) for choice in parameter.choices]
    if not choices:
        return ()
    return (*((("", words["choose" if parameter.required else "any"]),) if parameter.default is None else ()), *choices)
