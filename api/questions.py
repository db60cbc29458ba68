"""The library over HTTP: the list of questions, each with its text, and its answers in the form that the client accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from filorosso.graph import (
    GRAPH_TYPES,
    RESULT_TYPES,
    Answer,
    CitationError,
    Library,
    NotFoundError,
    ParameterError,
    QueryError,
    Question,
    Sensitivity,
    Store,
    ask,
    sensitivity,
    write_rows,
    write_triples,
)

from .errors import problem
from .negotiation import ALIASES, choose, choose_language
from .rendering import answer_json, question_json
from .tables import XLSX, labelled_csv, xlsx

MAX_ROWS: Final = 100_000
DEFAULT_ROWS: Final = 10_000
SECONDS: Final = 30.0

_JSON = "application/json"
_TABLES: Final = (_JSON, *RESULT_TYPES, XLSX)
_GRAPHS: Final = tuple(GRAPH_TYPES)
# Here JSON is ours, with labels and completeness; SPARQL's own has a name of its own.
_ALIASES: Final = {name: meant for name, meant in ALIASES.items() if name != _JSON}
_LABELLED_CSV = "labelled-csv"
_FORMATS: Final = {
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
}
# What a request may say besides the parameters of the question.
_OPTIONS: Final[Mapping[str, dict[str, Any]]] = {
    "lang": {"schema": {"type": "string", "enum": ["it", "en"]}, "description": "Language of labels and reasons."},
    "limit": {
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": DEFAULT_ROWS},
        "description": "Most rows or triples.",
    },
    "format": {"schema": {"type": "string", "enum": list(_FORMATS)}, "description": "Instead of the Accept header."},
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
}


def get_router(store: Store, library: Library) -> APIRouter:
    """The routes of a library over an open store."""
    router = APIRouter(tags=["questions"])

    @router.get("/questions", summary="The questions of the library")
    def questions(tag: str = "") -> JSONResponse:
        return JSONResponse([question_json(question) for question in library if not tag or tag in question.tags])

    @router.get("/questions/{name}", summary="A question, with its text", response_model=None)
    def question(request: Request, name: str) -> Response:
        return _found(request, library, name, lambda found: JSONResponse(question_json(found) | {"text": found.text}))

    for each in library:
        _add_answer(router, store, each)

    @router.get("/questions/{name}/answer", include_in_schema=False, response_model=None)
    def unknown(request: Request, name: str) -> Response:
        return _found(request, library, name, lambda _: Response(status_code=HTTPStatus.NOT_FOUND))

    return router


def _found(request: Request, library: Library, name: str, then: Callable[[Question], Response]) -> Response:
    try:
        return then(library.question(name))
    except NotFoundError as error:
        return problem(request, HTTPStatus.NOT_FOUND, str(error), nearest=library.near(name))


def _add_answer(router: APIRouter, store: Store, question: Question) -> None:
    async def answer(request: Request) -> Response:
        return await run_in_threadpool(_answered, request, store, question)

    media: dict[str, Any] = {name: {} for name in (_TABLES if question.form == "select" else _GRAPHS)}
    problems: dict[str, Any] = {"content": {"application/problem+json": {}}}
    router.add_api_route(
        f"/questions/{question.name}/answer",
        answer,
        methods=["GET"],
        name=question.name,
        summary=question.summary["en"],
        description=question.summary["it"],
        response_model=None,
        responses={
            200: {"description": "The answer", "content": media},
            406: {"description": "No form that the client accepts"} | problems,
            422: {"description": "A parameter is unknown, missing, or not what is expected"} | problems,
        },
        openapi_extra={"parameters": _openapi_parameters(question)},
    )


def _openapi_parameters(question: Question) -> list[dict[str, Any]]:
    schemas = {"date": {"type": "string", "format": "date"}, "integer": {"type": "integer"}, "boolean": {"type": "boolean"}}
    found = []
    for parameter in question.parameters:
        schema: dict[str, Any] = dict(schemas.get(parameter.type, {"type": "string"}))
        if parameter.choices:
            schema["enum"] = list(parameter.choices)
        if parameter.default is not None:
            schema["default"] = parameter.default
        said = {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "schema": schema,
            "description": parameter.summary["en"],
        }
        found.append(said if parameter.example is None else said | {"example": parameter.example})
    return found + [{"name": name, "in": "query", "required": False} | said for name, said in _OPTIONS.items()]


def _answered(request: Request, store: Store, question: Question) -> Response:
    try:
        given = _given(request)
        options = {name: given.pop(name) for name in _OPTIONS if name in given}
        media_type = _media_type(request, question, options)
        if media_type is None:
            offered = ", ".join(_TABLES if question.form == "select" else _GRAPHS)
            return problem(request, HTTPStatus.NOT_ACCEPTABLE, f"this answer comes as one of {offered}")
        view = store.declared if _one_of(options, "view", ("all", "declared")) == "declared" else store
        answer = ask(view, question, given, limit=_limit(options), seconds=SECONDS)
        changed = sensitivity(view, answer, options["sensitivity"]) if "sensitivity" in options else None
        return _written(request, view, answer, media_type, options, changed)
    except ParameterError as error:
        expected = next((parameter.expected for parameter in question.parameters if parameter.name == error.name), None)
        return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, str(error), parameter=error.name, expected=expected)
    except CitationError as error:
        return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, str(error), parameter="cited", expected="a citation of this answer")
    except QueryError as error:
        return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, str(error))


def _given(request: Request) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
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


def _media_type(request: Request, question: Question, options: Mapping[str, str]) -> str | None:
    offered = _TABLES if question.form == "select" else _GRAPHS
    if "format" not in options:
        return choose(request.headers.get("accept"), offered, _ALIASES)
    wanted = [name for name, media_type in _FORMATS.items() if media_type in offered]
    return _FORMATS[_one_of(options, "format", wanted)]


def _written(
    request: Request, view: Store, answer: Answer, media_type: str, options: Mapping[str, str], changed: Sensitivity | None
) -> Response:
    lang = options.get("lang") or choose_language(request.headers.get("accept-language"), ("en", "it"))
    lang = _one_of({"lang": lang}, "lang", ("en", "it"))
    bom = _one_of(options, "bom", ("false", "true")) == "true"
    name, completeness = answer.question.name, answer.completeness
    headers = {
        "Vary": "Accept, Accept-Language",
        "Filorosso-Completeness": ", ".join(completeness.states),
        "Filorosso-Unknown": str(len(completeness.unknown)),
        "Filorosso-Release": answer.release,
        "Filorosso-Citation": str(answer.citation),
    }
    if "cited" in options:
        headers["Filorosso-Cited"] = answer.citation.compare(options["cited"])
    if media_type == _JSON:
        written = answer_json(view, answer, lang, headers.get("Filorosso-Cited"), changed)
        return JSONResponse(written, headers=headers)
    if media_type == XLSX:
        content = xlsx(answer, view, lang)
        headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    elif options.get("format") == _LABELLED_CSV:
        content = labelled_csv(answer, view, lang, bom=bom)
        headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    elif answer.question.form == "select":
        content = write_rows(answer.columns, answer.rows, media_type)
    else:
        content = write_triples(answer.triples, media_type)
    return Response(content, media_type=media_type, headers=headers)
