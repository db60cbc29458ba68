"""The SPARQL endpoint: query by GET and by POST, as the SPARQL 1.1 Protocol has it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from filorosso.graph import QueryError, Results, Store

from .errors import problem
from .negotiation import choose

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def get_router(store: Store) -> APIRouter:
    """The routes of the endpoint over an open store."""
    router = APIRouter()

    @router.get("/sparql", summary="SPARQL 1.1 query", response_class=Response)
    async def get(request: Request) -> Response:
        return await _answered(request, store, request.query_params.getlist("query"))

    @router.post("/sparql", summary="SPARQL 1.1 query", response_class=Response)
    async def post(request: Request) -> Response:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        body = await request.body()
        if kind not in (FORM, QUERY):
            wanted = f"the content type must be {FORM} or {QUERY}"
            return problem(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, wanted)
        try:
            text = body.decode("utf-8")
            form = {} if kind == QUERY else parse_qs(text, keep_blank_values=True, errors="strict")
            if {"default-graph-uri", "named-graph-uri"} & set(form):
                said = "default-graph-uri and named-graph-uri are not known here; write FROM in the query"
                return problem(request, HTTPStatus.BAD_REQUEST, said)
            queries = [text] if kind == QUERY else form.get("query", [])
        except UnicodeDecodeError:
            return problem(request, HTTPStatus.BAD_REQUEST, "the body is not UTF-8")
        return await _answered(request, store, queries)

    return router


async def _answered(request: Request, store: Store, queries: list[str]) -> Response:
    if {"default-graph-uri", "named-graph-uri"} & set(request.query_params):
        return problem(request, HTTPStatus.BAD_REQUEST, "default-graph-uri and named-graph-uri are not known here; write FROM in the query")
    if len(queries) != 1:
        said = "no query" if not queries else f"{len(queries)} queries"
        return problem(request, HTTPStatus.BAD_REQUEST, f"{said} given; give the parameter 'query' once")
    return await run_in_threadpool(_answer, request, store, queries[0])


def _answer(request: Request, store: Store, query: str) -> Response:
    try:
        answer: Results = store.query(query)
        media_type = choose(request.headers.get("accept"), answer.media_types)
        if media_type is None:
            offered = ", ".join(answer.media_types)
            return problem(request, HTTPStatus.NOT_ACCEPTABLE, f"this answer comes as one of {offered}")
        headers = {"Vary": "Accept"}
        return Response(answer.write(media_type), media_type=media_type, headers=headers)
    except QueryError as error:
        return problem(request, HTTPStatus.BAD_REQUEST, str(error))
