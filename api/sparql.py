"""The SPARQL endpoint: query by GET and by POST, as the SPARQL 1.1 Protocol has it.

The default graph is the union of the named graphs; `default-graph-uri` may name the declared view, which leaves proposals out.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from filorosso.graph import DECLARED, QueryError, Results, Store, value_of

from .errors import problem
from .negotiation import choose

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
_DEFAULT, _NAMED = "default-graph-uri", "named-graph-uri"


def get_router(store: Store) -> APIRouter:
    """The routes of the endpoint over an open store."""
    router = APIRouter()

    @router.get("/sparql", summary="SPARQL 1.1 query", response_class=Response)
    async def get(request: Request) -> Response:
        return await _answered(request, store, {name: request.query_params.getlist(name) for name in request.query_params})

    @router.post("/sparql", summary="SPARQL 1.1 query", response_class=Response)
    async def post(request: Request) -> Response:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        body = await request.body()
        if kind not in (FORM, QUERY):
            wanted = f"the content type must be {FORM} or {QUERY}"
            return problem(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, wanted)
        try:
            text = body.decode("utf-8")
            form = parse_qs(text, keep_blank_values=True, errors="strict") if kind == FORM else {}
        except UnicodeDecodeError:
            return problem(request, HTTPStatus.BAD_REQUEST, "the body is not UTF-8")
        said = {name: request.query_params.getlist(name) for name in request.query_params} if kind == QUERY else form
        return await _answered(request, store, said | ({"query": [text]} if kind == QUERY else {}))

    return router


async def _answered(request: Request, store: Store, said: Mapping[str, list[str]]) -> Response:
    graphs = [*said.get(_DEFAULT, ()), *said.get(_NAMED, ())]
    if graphs not in ([], [value_of(DECLARED)]) or said.get(_NAMED):
        detail = f"the only {_DEFAULT} known here is {value_of(DECLARED)}, the graph without proposals; write FROM in the query for others"
        return problem(request, HTTPStatus.BAD_REQUEST, detail)
    queries = said.get("query", [])
    if len(queries) != 1:
        given = "no query" if not queries else f"{len(queries)} queries"
        return problem(request, HTTPStatus.BAD_REQUEST, f"{given} given; give the parameter 'query' once")
    return await run_in_threadpool(_answer, request, store, queries[0], bool(graphs))


def _answer(request: Request, store: Store, query: str, declared: bool) -> Response:
    try:
        answer: Results = (store.declared if declared else store).query(query)
        media_type = choose(request.headers.get("accept"), answer.media_types)
        if media_type is None:
            offered = ", ".join(answer.media_types)
            return problem(request, HTTPStatus.NOT_ACCEPTABLE, f"this answer comes as one of {offered}")
        headers = {"Vary": "Accept"}
        return Response(answer.write(media_type), media_type=media_type, headers=headers)
    except QueryError as error:
        return problem(request, HTTPStatus.BAD_REQUEST, str(error))
