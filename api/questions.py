"""The library over HTTP: the list of questions, each with its text, and the routes where each is answered; for browsers, their pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from filorosso.graph import Library, NotFoundError, Question

from .answering import GRAPHS, OPTIONS, PAGE, TABLES
from .calling import called
from .errors import problem
from .front import Front, response
from .negotiation import choose
from .openapi import BUSY, PROBLEM
from .rendering import question_json

_JSON: Final = "application/json"


def get_router(front: Front, library: Library) -> APIRouter:
    """The routes of a library, whose questions a front answers."""
    router = APIRouter(tags=["questions"])

    @router.get("/questions", summary="The questions of the library", response_model=None, responses=_LISTED)
    async def questions(request: Request, tag: str = "") -> Response:
        if _wants_page(request):
            return called(front, request, {"do": "library", "name": ""})
        return JSONResponse([question_json(question) for question in library if not tag or tag in question.tags], headers=_VARY)

    @router.get("/questions/{name}", summary="A question, with its text", response_model=None, responses=_LISTED | _MISSING)
    async def question(request: Request, name: str) -> Response:
        if _wants_page(request):
            return called(front, request, {"do": "library", "name": name})
        try:
            found = library.question(name)
        except NotFoundError as error:
            return _unknown(request, library, name, error)
        return JSONResponse(question_json(found) | {"text": found.text}, headers=_VARY)

    for each in library:
        _add_answer(router, front, each)

    @router.get("/questions/{name}/answer", include_in_schema=False, response_model=None)
    async def unknown(request: Request, name: str) -> Response:
        if _wants_page(request):
            return called(front, request, {"do": "library", "name": name})
        return _unknown(request, library, name, NotFoundError(f"there is no question {name}"))

    return router


_VARY: Final = {"vary": "Accept"}
_LISTED: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, PAGE: {}}}, **BUSY}
_MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "No such question"} | PROBLEM}


def _wants_page(request: Request) -> bool:
    """Whether a page is wanted rather than JSON, which who asks for nothing in particular gets."""
    named = request.query_params.get("format")
    return named == "html" if named else choose(request.headers.get("accept"), (_JSON, PAGE), {}) == PAGE


def _unknown(request: Request, library: Library, name: str, error: NotFoundError) -> Response:
    return response(problem(request.headers.get("accept", ""), HTTPStatus.NOT_FOUND, str(error), nearest=library.near(name)))


def _add_answer(router: APIRouter, front: Front, question: Question) -> None:
    async def answer(request: Request) -> Response:
        return called(front, request, {"do": "answer", "name": question.name})

    media: dict[str, Any] = {name: {} for name in (*(TABLES if question.form == "select" else GRAPHS), PAGE)}
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
            406: {"description": "No form that the client accepts"} | PROBLEM,
            422: {"description": "A parameter is unknown, missing, or not what is expected"} | PROBLEM,
            429: {"description": "Too many requests wait"} | PROBLEM,
            503: {"description": "It took too long, or needed too much memory, and was stopped"} | PROBLEM,
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
    return found + [{"name": name, "in": "query", "required": False} | said for name, said in OPTIONS.items()]
