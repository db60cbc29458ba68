"""What the OpenAPI document says of the endpoints that follow W3C's protocols."""

from __future__ import annotations

from typing import Any, Final

from filorosso.graph import GRAPH_TYPES, RESULT_TYPES

_TEXT: Final[dict[str, Any]] = {"schema": {"type": "string"}}
_PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was wrong, and how to mend it."},
        "line": {"type": "integer", "description": "Where the text stops being SPARQL."},
        "column": {"type": "integer"},
    },
    "required": ["type", "title", "status", "detail"],
}
PROBLEM: Final[dict[str, Any]] = {
    "content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}, "text/plain": _TEXT, "text/html": _TEXT}
}
_RDF: Final[dict[str, Any]] = {name: {} for name in GRAPH_TYPES}
_ANSWERS: Final[dict[str, Any]] = {name: {} for name in (*RESULT_TYPES, *GRAPH_TYPES)}


def _responses(*statuses: int, **more: Any) -> dict[int | str, dict[str, Any]]:
    said = {
        304: "It is what `If-None-Match` says that the client has",
        400: "Not what the protocol allows, or not SPARQL 1.1: where it is known, with line and column",
        401: "No token, or one that does not count",
        403: "Well formed, but it would reach another server, a document, or a graph that is not the token's",
        404: "No such graph",
        406: "No form that the client accepts",
        412: "It was changed since the client read it",
        413: "Too long",
        415: "Not a media type that is read here",
        422: "It is well formed, and cannot be carried out: it is nested too deep, or the engine knows no such function",
        429: "Too many requests wait",
        503: "It took too long, or needed too much memory, and was stopped",
        507: "The write could not be kept",
    }
    found: dict[int | str, dict[str, Any]] = {
        status: {"description": said[status]} | (PROBLEM if status >= 400 else {}) for status in statuses
    }
    return found | {int(name[1:]): value for name, value in more.items()}


def _parameter(name: str, description: str, example: Any = None, **schema: Any) -> dict[str, Any]:
    said = {"name": name, "in": "query", "required": False, "description": description, "schema": schema or {"type": "string"}}
    return said | ({} if example is None else {"example": example})


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": {"type": "string", "pattern": _TAGS}}


_TAGS: Final = r'^(\*|"[!#-~]+"(, "[!#-~]+")*)$'
_HELD: Final = _header("If-None-Match", "Tags of what the client has; the answer is 304 if it is the same still.")
_SEEN: Final = _header("If-Match", "The tag of what the client has seen; the write is refused if it was changed since.")
_GRAPHS: Final = {"type": "array", "items": {"type": "string", "format": "iri"}}
_TIMEOUT: Final = _parameter("timeout", "Seconds to answer in, at most those of the service.", 10, type="number", exclusiveMinimum=0)
_QUERY: Final = _parameter(
    "query",
    "A SPARQL 1.1 query; without it, the description of the service.",
    "ASK { ?s ?p ?o }",
    type="string",
    format="sparql-query",
)
_DATASET: Final = [
    _parameter("default-graph-uri", "Graphs that make up the default graph.", **_GRAPHS),
    _parameter("named-graph-uri", "Named graphs of the dataset.", **_GRAPHS),
]
_USING: Final = [
    _parameter("using-graph-uri", "Graphs that the WHERE of the update has for its default graph.", **_GRAPHS),
    _parameter("using-named-graph-uri", "Named graphs of the dataset of the WHERE.", **_GRAPHS),
]
_DRY: Final = _parameter("dry-run", "Judge the write and commit nothing.", "true", type="string", enum=["true", "false"])
_WHY: Final = _parameter("why", "Why it is written; else the purpose of the token.", "An example")
_NAMED: Final = [
    _parameter("graph", "The graph, by IRI.", type="string", format="iri"),
    _parameter("default", "The default graph, instead of `graph`; its value says nothing.", "", type="string", maxLength=0),
]


def _form(name: str, direct: str, example: str) -> dict[str, Any]:
    text = {"type": "string", "format": direct.removeprefix("application/")}
    form = {"schema": {"type": "object", "properties": {name: text}, "required": [name]}, "example": {name: example}}
    content = {"application/x-www-form-urlencoded": form, direct: {"schema": text, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


_OK: Final[dict[str, Any]] = {"description": "The answer", "content": _ANSWERS}
_DESCRIBED: Final[dict[str, Any]] = {
    "description": "The answer; without a query the description of the service, for a browser as a page to ask from",
    "content": _ANSWERS | {"text/html": _TEXT},
}
_REPORT: Final[dict[str, Any]] = {"application/json": {"schema": {"type": "object"}}, **_RDF, "text/plain": _TEXT}
_REVISION: Final[dict[str, Any]] = {
    "ETag": {"description": "The tag of what was written", "schema": {"type": "string"}},
    "Filorosso-Revision": {"description": "The revision that the write made; not if it was dry", "schema": {"type": "string"}},
}
_DONE: Final[dict[str, Any]] = {"description": "Written (or, dry, judged), with the report", "content": _REPORT, "headers": _REVISION}
_REFUSED: Final[dict[str, Any]] = {
    "description": "The write breaks the rules: the report says which and how to mend it; or it cannot be carried out",
    "content": _REPORT | PROBLEM["content"],
}
_CREATED: Final[dict[str, Any]] = _DONE | {
    "description": "A new graph, with the report",
    "headers": _REVISION | {"Location": {"description": "The new graph, if the service named it", "schema": {"type": "string"}}},
}
_STATEMENT: Final = '<http://example.org/a> <http://www.w3.org/2000/01/rdf-schema#label> "A"@en .\n'
_PARTS: Final = {"type": "object", "properties": {"graph": {"type": "string", "format": "binary"}}}
_DOCUMENT: Final = {
    "requestBody": {
        "required": True,
        "content": {
            **{name: {"schema": {"type": "string", "format": "rdf"}} for name in GRAPH_TYPES},
            **{
                name: {"schema": {"type": "string", "format": "rdf"}, "example": _STATEMENT}
                for name in ("text/turtle", "application/n-triples")
            },
            "multipart/form-data": {"schema": _PARTS, "encoding": {"graph": {"contentType": ", ".join(GRAPH_TYPES)}}},
        },
    }
}
_TOKEN: Final[dict[str, Any]] = {"security": [{"token": []}]}
_WRITTEN: Final = _responses(400, 401, 403, 412, 413, 415, 429, 503, 507, _200=_DONE, _422=_REFUSED)
_PUT: Final = _WRITTEN | {201: _CREATED}

# How any answer of the graph may fail to come.
BUSY: Final = _responses(429, 503)
# What the operations' `security` names: FastAPI writes the parts of the document that have no route by itself, and this one not.
SCHEMES: Final[dict[str, Any]] = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of `filorosso token create`, for the graphs that it may write."}
}

QUERY: Final[dict[str, dict[str, Any]]] = {
    "GET": {
        "summary": "SPARQL 1.1 query, or the description of the service",
        "responses": _responses(304, 400, 403, 406, 422, 429, 503, _200=_DESCRIBED),
        "openapi_extra": {"parameters": [_QUERY, *_DATASET, _TIMEOUT, _HELD]},
    },
    "POST": {
        "summary": "SPARQL 1.1 query",
        "responses": _responses(304, 400, 403, 406, 413, 415, 422, 429, 503, _200=_OK),
        "openapi_extra": {
            "parameters": [*_DATASET, _TIMEOUT, _HELD],
            **_form("query", "application/sparql-query", "SELECT * { ?s ?p ?o } LIMIT 10"),
        },
    },
}
UPDATE: Final[dict[str, dict[str, Any]]] = {
    "POST": {
        "summary": "SPARQL 1.1 Update",
        "responses": _WRITTEN,
        "openapi_extra": {
            "parameters": [*_USING, _DRY, _WHY, _SEEN],
            **_form("update", "application/sparql-update", f"INSERT DATA {{ {_STATEMENT.strip()} }}"),
            **_TOKEN,
        },
    },
}
GRAPHS: Final[dict[str, dict[str, Any]]] = {
    "GET": {
        "summary": "A graph",
        "responses": _responses(304, 400, 404, 406, 429, 503, _200={"description": "The graph", "content": _RDF}),
        "openapi_extra": {"parameters": [*_NAMED, _TIMEOUT, _HELD]},
    },
    "PUT": {
        "summary": "Put a graph",
        "responses": _PUT,
        "openapi_extra": {"parameters": [*_NAMED, _DRY, _WHY, _SEEN], **_DOCUMENT, **_TOKEN},
    },
    "POST": {
        "summary": "Add to a graph; to a new one, if none is named",
        "responses": _PUT,
        "openapi_extra": {"parameters": [*_NAMED, _DRY, _WHY, _SEEN], **_DOCUMENT, **_TOKEN},
    },
    "DELETE": {
        "summary": "Take a graph away",
        "responses": _WRITTEN | _responses(404),
        "openapi_extra": {"parameters": [*_NAMED, _DRY, _WHY, _SEEN], **_TOKEN},
    },
}
