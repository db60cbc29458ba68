"""The web application: the lanes and the routers put together over one front."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from filorosso.graph import FilorossoError, Library

from . import downloads, explored, questions
from .assets import Static, read_assets
from .errors import problem
from .federation import Federation
from .front import Exchange, Front, Through, response
from .openapi import GRAPHS, QUERY, SCHEMES, UPDATE
from .settings import Service
from .sparql import Sparql
from .writing import Writing


def get_app(service: Service, library: Library) -> Front:
    """The application of a service; it loads the graph when the server starts it.

    :raises FilorossoError: a registered server is none.
    """
    front, federation = Front(service), Federation(service.services)
    sparql, writing = Sparql(front, federation), Writing(front)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        federation.start()
        try:
            await front.pool.start()
        except FilorossoError as error:
            front.failure = str(error)
            raise
        try:
            yield
        finally:
            front.close()
            federation.close()

    # FastAPI's own documentation pages load scripts from another server; the OpenAPI document itself stays.
    app = FastAPI(title="Filorosso", version=version("filorosso"), docs_url=None, redoc_url=None, lifespan=running)
    app.include_router(_lanes(sparql, writing))
    app.include_router(questions.get_router(front, library))
    app.include_router(explored.get_router(front))
    app.include_router(downloads.get_router(front))
    app.include_router(_states(front))
    app.mount("/static", Static(read_assets()), name="static")
    app.include_router(explored.get_rest(front, tuple(app.routes)))
    app.add_exception_handler(HTTPException, _refused)
    # FastAPI keeps the document that it makes, and declares only schemes that its own routes check.
    app.openapi().setdefault("components", {})["securitySchemes"] = SCHEMES
    front.lanes = {"/sparql": sparql, "/update": writing.update, "/graphs": writing.graphs, "/graphs/": writing.graphs}
    front.app = app
    return front


def _lanes(sparql: Sparql, writing: Writing) -> APIRouter:
    """What the front answers by itself, so that it is documented with the rest."""
    router = APIRouter(tags=["sparql"])

    def add(path: str, method: str, handler: Callable[[Exchange], Awaitable[None]], said: dict[str, Any]) -> None:
        async def route() -> Response:
            return Through(handler)

        router.add_api_route(path, route, methods=[method], response_model=None, name=f"{method} {path}", **said)

    for method, said in QUERY.items():
        add("/sparql", method, sparql, said)
    for method, said in UPDATE.items():
        add("/update", method, writing.update, said)
    for method, said in GRAPHS.items():
        add("/graphs", method, writing.graphs, said)
    return router


def _states(front: Front) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health", summary="Whether the service lives and is ready", responses={503: {"description": "Not ready"}})
    async def health() -> JSONResponse:
        ready = front.pool.is_ready
        said = {"live": True, "ready": ready, "revision": front.told.get("revision"), "state": front.told.get("name")}
        return JSONResponse(said, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)

    @router.get("/health/live", summary="Whether the service lives")
    async def live() -> JSONResponse:
        return JSONResponse({"live": True})

    @router.get("/health/ready", summary="Whether the service can answer", responses={503: {"description": "Not ready"}})
    async def ready() -> JSONResponse:
        is_ready = front.pool.is_ready
        return JSONResponse({"ready": is_ready}, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)

    @router.get("/metrics", summary="Counts, for Prometheus", response_class=PlainTextResponse)
    async def metrics() -> Response:
        pool, cache = front.pool, front.cache
        now = {"workers_busy": pool.busy, "requests_waiting": pool.waiting, "cache_bytes": cache.held}
        text = front.metrics.text(**now, revision=front.told.get("revision", 0))
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    refused = response(problem(request.headers.get("accept", ""), HTTPStatus(error.status_code), str(error.detail)))
    refused.headers.update(error.headers or {})
    return refused
