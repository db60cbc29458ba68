"""The library over HTTP: the list of questions, each with its text, and the routes where each is answered."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from filorosso.graph import Library, NotFoundError, Question

from .answering import GRAPHS, OPTIONS, TABLES
from .errors import problem
from .front import Exchange, Front, Through, response
from .openapi import PROBLEM
from .rendering import question_json


def get_router(front: Front, library: Library) -> APIRouter:
    """The routes of a library, whose questions a front answers."""
    router = APIRouter(tags=["questions"])

    @router.get("/questions", summary="The questions of the library")
    async def questions(tag: str = "") -> JSONResponse:
        return JSONResponse([question_json(question) for question in library if not tag or tag in question.tags])

    @router.get("/questions/{name}", summary="A question, with its text", response_model=None, responses=_MISSING)
    async def question(request: Request, name: str) -> Response:
        try:
            found = library.question(name)
        except NotFoundError as error:
            return _unknown(request, library, name, error)
        return JSONResponse(question_json(found) | {"text": found.text})

    for each in library:
        _add_answer(router, front, each)

    @router.get("/questions/{name}/answer", include_in_schema=False, response_model=None)
    async def unknown(request: Request, name: str) -> Response:
        return _unknown(request, library, name, NotFoundError(f"there is no question {name}"))

    return router


_MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "No such question"} | PROBLEM}


def _unknown(request: Request, library: Library, name: str, error: NotFoundError) -> Response:
    return response(problem(request.headers.get("accept", ""), HTTPStatus.NOT_FOUND, str(error), nearest=library.near(name)))


def _add_answer(router: APIRouter, front: Front, question: Question) -> None:
    async def answer(request: Request) -> Response:
        async def answered(exchange: Exchange) -> None:
            seconds = front.service.limits.seconds
            given = request.query_params.multi_items()
            accept, language = exchange.header(b"accept"), exchange.header(b"accept-language")
            await front.answer(
                exchange,
                {"do": "answer", "name": question.name, "given": given, "accept": accept, "language": language, "seconds": seconds},
            )

        return Through(answered)

    media: dict[str, Any] = {name: {} for name in (TABLES if question.form == "select" else GRAPHS)}
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
