"""What the OpenAPI document says of the endpoints that follow W3C's protocols."""

from __future__ import annotations

from typing import Any, Final

from filorosso.graph import GRAPH_TYPES, RESULT_TYPES

_PROBLEM: Final[dict[str, Any]] = {"content": {"application/problem+json": {}}}
_RDF: Final[dict[str, Any]] = {name: {"schema": {"type": "string"}} for name in GRAPH_TYPES}
_ANSWERS: Final[dict[str, Any]] = {name: {} for name in (*RESULT_TYPES, *GRAPH_TYPES)}


def _responses(*statuses: int, **more: Any) -> dict[int | str, dict[str, Any]]:
    said = {
        400: "Not what the protocol allows, or not SPARQL 1.1: where it is known, with line and column",
        401: "No token, or one that does not count",
        403: "Well formed, but it would reach another server, a document, or a graph that is not the token's",
        404: "No such graph",
        406: "No form that the client accepts",
        412: "It was changed since the client read it",
        413: "Too long",
        415: "Not a media type that is read here",
        422: "The write breaks the rules: the report says which and how to mend it",
        429: "Too many requests wait",
        503: "It took too long, or needed too much memory, and was stopped",
        507: "The write could not be kept",
    }
    found: dict[int | str, dict[str, Any]] = {status: {"description": said[status]} | _PROBLEM for status in statuses}
    return found | {int(name[1:]): value for name, value in more.items()}


def _parameter(name: str, description: str, example: Any = None, **schema: Any) -> dict[str, Any]:
    said = {"name": name, "in": "query", "required": False, "description": description, "schema": schema or {"type": "string"}}
    return said | ({} if example is None else {"example": example})


_GRAPHS: Final = {"type": "array", "items": {"type": "string", "format": "iri"}}
_TIMEOUT: Final = _parameter("timeout", "Seconds to answer in, at most those of the service.", type="number", exclusiveMinimum=0)
_QUERY: Final = _parameter("query", "A SPARQL 1.1 query; without it, the description of the service.", "ASK { ?s ?p ?o }")
_DATASET: Final = [
    _parameter("default-graph-uri", "Graphs that make up the default graph.", **_GRAPHS),
    _parameter("named-graph-uri", "Named graphs of the dataset.", **_GRAPHS),
]
_DRY: Final = _parameter("dry-run", "Judge the write and commit nothing.", type="string", enum=["true", "false"])
_WHY: Final = _parameter("why", "Why it is written; else the purpose of the token.")
_NAMED: Final = [_parameter("graph", "The graph, by IRI."), _parameter("default", "The default graph; its value says nothing.")]


def _form(name: str, direct: str) -> dict[str, Any]:
    properties = {name: {"type": "string"}}
    form = {"schema": {"type": "object", "properties": properties, "required": [name]}}
    return {
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": form, direct: {"schema": {"type": "string"}}}}
    }


_OK: Final[dict[str, Any]] = {"description": "The answer", "content": _ANSWERS}
_DONE: Final[dict[str, Any]] = {
    "description": "Written (or, dry, judged), with the report",
    "content": {"application/json": {}, **_RDF, "text/plain": {}},
}
_DOCUMENT: Final = {"requestBody": {"required": True, "content": {**_RDF, "multipart/form-data": {"schema": {"type": "object"}}}}}
_TOKEN: Final[dict[str, Any]] = {"security": [{"token": []}]}
_WRITTEN: Final = _responses(400, 401, 403, 412, 413, 415, 422, 503, 507, _200=_DONE, _201={"description": "A new graph"})

QUERY: Final[dict[str, dict[str, Any]]] = {
    "GET": {
        "summary": "SPARQL 1.1 query, or the description of the service",
        "responses": _responses(400, 403, 406, 429, 503, _200=_OK),
        "openapi_extra": {"parameters": [_QUERY, *_DATASET, _TIMEOUT]},
    },
    "POST": {
        "summary": "SPARQL 1.1 query",
        "responses": _responses(400, 403, 406, 413, 415, 429, 503, _200=_OK),
        "openapi_extra": {"parameters": [*_DATASET, _TIMEOUT], **_form("query", "application/sparql-query")},
    },
}
UPDATE: Final[dict[str, dict[str, Any]]] = {
    "POST": {
        "summary": "SPARQL 1.1 Update",
        "responses": _WRITTEN,
        "openapi_extra": {"parameters": [_DRY, _WHY], **_form("update", "application/sparql-update"), **_TOKEN},
    },
}
GRAPHS: Final[dict[str, dict[str, Any]]] = {
    "GET": {
        "summary": "A graph",
        "responses": _responses(400, 404, 406, 429, 503, _200={"description": "The graph", "content": _RDF}),
        "openapi_extra": {"parameters": [*_NAMED, _TIMEOUT]},
    },
    "PUT": {"summary": "Put a graph", "responses": _WRITTEN, "openapi_extra": {"parameters": [*_NAMED, _DRY, _WHY], **_DOCUMENT, **_TOKEN}},
    "POST": {
        "summary": "Add to a graph",
        "responses": _WRITTEN,
        "openapi_extra": {"parameters": [*_NAMED, _DRY, _WHY], **_DOCUMENT, **_TOKEN},
    },
    "DELETE": {
        "summary": "Take a graph away",
        "responses": _WRITTEN | _responses(404),
        "openapi_extra": {"parameters": [*_NAMED, _DRY, _WHY], **_TOKEN},
    },
}
