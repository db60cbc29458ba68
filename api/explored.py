"""The routes of the explorer: its pages, suggestions, the page of every resource, and every IRI of ours under its own path."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match

from filorosso.graph import GRAPH_TYPES, context

from .calling import called
from .dereferencing import CONTEXT
from .explorer.pages import PAGES
from .explorer.sparql import COMPLETION
from .front import Front
from .openapi import BUSY, PROBLEM
from .tables import XLSX

# IRIs that end in a slash and are the path of a page without it.
_SLASHED = {"shapes/"}
_PAGE = {
    200: {"content": {"text/html": {}}},
    404: {"description": "What the address names is not there"} | PROBLEM,
    422: {"description": "A parameter is not what is expected"} | PROBLEM,
    **BUSY,
}

_REPORT = {
    200: {"content": {name: {} for name in (*GRAPH_TYPES, "application/json", "text/plain")}},
    406: {"description": "No form that the client accepts"} | PROBLEM,
    **BUSY,
}

_TABLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}, XLSX: {}}},
    404: {"description": "No such framework"} | PROBLEM,
    422: {"description": "A parameter is not what is expected"} | PROBLEM,
    **BUSY,
}

_CONTEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"application/ld+json": {"schema": {"type": "object"}}}}}
_RESOURCE: dict[int | str, dict[str, Any]] = {
    200: {"content": {name: {} for name in (*GRAPH_TYPES, "text/html")}},
    404: {"description": "Nothing of this name is here; what is nearest"} | PROBLEM,
    406: {"description": "No form that the client accepts"} | PROBLEM,
    410: {"description": "It was retired; what replaces it", "content": {name: {} for name in (*GRAPH_TYPES, "text/html")}},
    422: {"description": "No page of this number"} | PROBLEM,
    **BUSY,
}

_MATRIX = {"rows": "pnrr-2023", "rowKind": "mission", "columns": "agenda-2030", "columnKind": "goal"}
# What may be said to the pages that ask for more than a name, by example; a node is given by IRI, code, CUP or what follows id/ in its IRI.
_EXAMPLES = {
    "/resource": {"iri": "http://metadata.un.org/sdg/13"},
    "/thread": {"from": "B29J21031260002", "to": "http://metadata.un.org/sdg/4"},
    "/matrix": _MATRIX,
    "/matrix/cell": _MATRIX | {"row": "pnrr-2023/mission/m1", "column": "http://metadata.un.org/sdg/9"},
    "/matrix/table": _MATRIX | {"format": "csv"},
}


def get_router(front: Front) -> APIRouter:
    """The routes of the pages."""
    router = APIRouter(tags=["pages"])
    for path in PAGES:
        _add_page(router, front, path)

    @router.get("/search.json", summary="What a text that is being typed may mean", response_model=None, responses=BUSY)
    async def suggest(request: Request, q: str = "", kind: str = "") -> Response:
        return called(front, request, {"do": "suggest"})

    told = _told("/matrix/table")

    @router.get("/matrix/table", summary="A matrix as a table, CSV or XLSX", response_model=None, responses=_TABLE, openapi_extra=told)
    async def table(request: Request) -> Response:
        return called(front, request, {"do": "matrix"})

    @router.get(COMPLETION, summary="What the SPARQL editor completes with", response_model=None, responses=BUSY)
    async def complete(request: Request) -> Response:
        return called(front, request, {"do": "complete"})

    @router.get("/quality/report", summary="The SHACL report", response_model=None, responses=_REPORT)
    async def report(request: Request) -> Response:
        return called(front, request, {"do": "report"})

    said = json.dumps(context(), ensure_ascii=False, indent=1).encode()

    @router.get(CONTEXT, summary="The JSON-LD context", response_class=Response, responses=_CONTEXT)
    async def context_document() -> Response:
        return Response(said, media_type="application/ld+json", headers={"cache-control": "public, max-age=3600"})

    any_iri = _told("/resource")

    @router.get("/resource", summary="The page or the RDF of any IRI", response_model=None, responses=_RESOURCE, openapi_extra=any_iri)
    async def resource(request: Request) -> Response:
        return called(front, request, {"do": "resource", "iri": request.query_params.get("iri", "")})

    return router


def get_rest(front: Front, known: Sequence[BaseRoute]) -> APIRouter:
    """The last route: what none of the `known` ones answers is the path of an IRI, or one with a slash too many, or unknown."""
    router = APIRouter()

    @router.get("/{path:path}", include_in_schema=False, response_model=None)
    async def dereference(request: Request, path: str) -> Response:
        shorter = dict(request.scope) | {"path": request.scope["path"].rstrip("/")}
        if path.endswith("/") and path not in _SLASHED and any(route.matches(shorter)[0] is Match.FULL for route in known):
            # Without a host: what a client calls this service is not repeated, and none of our routes begins with two slashes.
            return RedirectResponse(request.url.replace(scheme="", netloc="", path=shorter["path"]))
        return called(front, request, {"do": "resource"})

    return router


def _add_page(router: APIRouter, front: Front, path: str) -> None:
    async def page(request: Request) -> Response:
        return called(front, request, {"do": "page", "page": path})

    said, told = f"The page {path}", _told(path)
    router.add_api_route(
        path, page, methods=["GET"], name=f"page {path}", response_model=None, responses=_PAGE, summary=said, openapi_extra=told
    )


def _told(path: str) -> dict[str, Any]:
    """What the document of the interface tells of a page's parameters."""
    said = _EXAMPLES.get(path, {})
    return {"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}, "example": value} for name, value in said.items()]}
