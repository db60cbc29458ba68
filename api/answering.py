"""Answering a question of the library over HTTP: what was asked, and the reply in the form that the client accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from filorosso.graph import (
    GRAPH_TYPES,
    RESULT_TYPES,
    Answer,
    CitationError,
    ParameterError,
    QueryError,
    Question,
    Readable,
    Sensitivity,
    ask,
    sensitivity,
    write_rows,
    write_triples,
)

from .errors import Reply, problem, refusal
from .negotiation import ALIASES, choose, choose_language
from .rendering import answer_json
from .tables import XLSX, labelled_csv, xlsx

MAX_ROWS: Final = 100_000
DEFAULT_ROWS: Final = 10_000

_JSON = "application/json"
TABLES: Final = (_JSON, *RESULT_TYPES, XLSX)
GRAPHS: Final = tuple(GRAPH_TYPES)
PAGE: Final = "text/html"
# Here JSON is ours, with labels and completeness; SPARQL's own has a name of its own.
_ALIASES: Final = {name: meant for name, meant in ALIASES.items() if name != _JSON}
_LABELLED_CSV = "labelled-csv"
# By the names that an address may give them; a page is a form too, written by the explorer.
FORMATS: Final = {
    "json": _JSON,
    "sparql-json": "application/sparql-results+json",
    "sparql-xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xlsx": XLSX,
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    _LABELLED_CSV: "text/csv",
    "html": PAGE,
}
# What a request may say besides the parameters of the question.
OPTIONS: Final[Mapping[str, dict[str, Any]]] = {
    "lang": {"schema": {"type": "string", "enum": ["it", "en"]}, "description": "Language of labels and reasons."},
    "limit": {
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": DEFAULT_ROWS},
        "description": "Most rows or triples.",
    },
    "format": {"schema": {"type": "string", "enum": list(FORMATS)}, "description": "Instead of the Accept header."},
    "bom": {"schema": {"type": "boolean", "default": False}, "description": "A byte order mark before labelled CSV, for Excel."},
    "view": {
        "schema": {"type": "string", "enum": ["all", "declared"], "default": "all"},
        "description": "`declared` leaves proposals out.",
    },
    "sensitivity": {
        "schema": {"type": "string"},
        "description": "A degree of certainty: what changes if the less certain is left out (JSON, questions with `certainty`).",
    },
    "cited": {"schema": {"type": "string"}, "description": "A citation, to be told whether the answer is still the same."},
    "page": {"schema": {"type": "integer", "minimum": 1, "default": 1}, "description": "Which page of rows (HTML alone)."},
    "data": {
        "schema": {"type": "string", "enum": ["it", "en"]},
        "description": "Language of labels (HTML alone).",
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a question was asked: names and values of the query string, the headers Accept and Accept-Language, and seconds to answer in."""

    given: tuple[tuple[str, str], ...]
    accept: str
    language: str
    seconds: float


def wants_page(question: Question, asked: Asked) -> bool:
    """Whether the client would rather have a page than any other form of the answer."""
    named = dict(asked.given).get("format")
    offered = TABLES if question.form == "select" else GRAPHS
    return named == "html" if named else choose(asked.accept, (*offered, PAGE), _ALIASES) == PAGE


def answered(store: Readable, question: Question, asked: Asked) -> Reply:
    """The reply to a question: the answer in one of its forms, or a problem that says what was asked wrongly."""
    accept = asked.accept
    try:
        given = _given(asked)
        options = {name: given.pop(name) for name in OPTIONS if name in given}
        media_type = _media_type(accept, question, options)
        if media_type is None:
            offered = ", ".join(TABLES if question.form == "select" else GRAPHS)
            return problem(accept, HTTPStatus.NOT_ACCEPTABLE, f"this answer comes as one of {offered}")
        view = store.declared if _one_of(options, "view", ("all", "declared")) == "declared" else store
        answer = ask(view, question, given, limit=_limit(options), seconds=asked.seconds)
        changed = sensitivity(view, answer, options["sensitivity"]) if "sensitivity" in options else None
        return _written(asked, view, answer, media_type, options, changed)
    except ParameterError as error:
        expected = next((parameter.expected for parameter in question.parameters if parameter.name == error.name), None)
        return problem(accept, HTTPStatus.UNPROCESSABLE_ENTITY, str(error), parameter=error.name, expected=expected)
    except CitationError as error:
        return problem(accept, HTTPStatus.UNPROCESSABLE_ENTITY, str(error), parameter="cited", expected="a citation of this answer")
    except QueryError as error:
        return refusal(accept, error)


def _given(asked: Asked) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in asked.given:
        if name in given:
            raise ParameterError(name, "given twice; give it once")
        given[name] = value
    return given


def _one_of(options: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    value = options.get(name, choices[0])
    if value not in choices:
        raise ParameterError(name, f"{value!r} given, one of {', '.join(choices)} expected")
    return value


def _limit(options: Mapping[str, str]) -> int:
    value = options.get("limit", str(DEFAULT_ROWS))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:12]) <= MAX_ROWS:
        raise ParameterError("limit", f"{value!r} given, a whole number from 1 to {MAX_ROWS} expected")
    return int(value)


def _media_type(accept: str, question: Question, options: Mapping[str, str]) -> str | None:
    offered = TABLES if question.form == "select" else GRAPHS
    if "format" not in options:
        return choose(accept, offered, _ALIASES)
    wanted = [name for name, media_type in FORMATS.items() if media_type in offered]
    return FORMATS[_one_of(options, "format", wanted)]


def _written(
    asked: Asked, view: Readable, answer: Answer, media_type: str, options: Mapping[str, str], changed: Sensitivity | None
) -> Reply:
    lang = options.get("lang") or choose_language(asked.language, ("en", "it"))
    lang = _one_of({"lang": lang}, "lang", ("en", "it"))
    bom = _one_of(options, "bom", ("false", "true")) == "true"
    name, completeness = answer.question.name, answer.completeness
    headers = {
        "vary": "Accept, Accept-Language",
        "filorosso-completeness": ", ".join(completeness.states),
        "filorosso-unknown": str(len(completeness.unknown)),
        "filorosso-release": answer.release,
        "filorosso-citation": str(answer.citation),
    }
    if "cited" in options:
        headers["filorosso-cited"] = answer.citation.compare(options["cited"])
    if media_type == _JSON:
        written = answer_json(view, answer, lang, headers.get("filorosso-cited"), changed)
        return Reply(HTTPStatus.OK, headers | {"content-type": _JSON}, json.dumps(written, ensure_ascii=False).encode())
    if media_type == XLSX:
        content = xlsx(answer, view, lang)
        headers["content-disposition"] = f'attachment; filename="{name}.xlsx"'
    elif options.get("format") == _LABELLED_CSV:
        content = labelled_csv(answer, view, lang, bom=bom)
        headers["content-disposition"] = f'attachment; filename="{name}.csv"'
    elif answer.question.form == "select":
        content = write_rows(answer.columns, answer.rows, media_type)
    else:
        content = write_triples(answer.triples, media_type)
    return Reply(HTTPStatus.OK, headers | {"content-type": media_type}, content)
