"""The service does what its OpenAPI document says: schemathesis makes requests out of the document, and holds the answers to it.

Each operation is sent its examples and requests that fit the document and that do not, the same in every run. An answer must have a status and
a media type that the document gives, and never be an error of the server, but for what has no time or no room (503, 507).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from .w3c_sparql import Endpoint

load_all_checks()
HELD_TO = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
CONFIG = {"checks": {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 503, 507]}}}
WRITES = {("POST", "/update"), ("PUT", "/graphs"), ("POST", "/graphs"), ("DELETE", "/graphs")}

GRAPH = "http://example.org/openapi"
STATEMENT = f"<{GRAPH}> <http://example.org/p> "
QUERIES = (
    *("ASK {}", "SELECT * { ?s ?p ?o } LIMIT 3", f"DESCRIBE <{GRAPH}>", "CONSTRUCT WHERE { ?s a ?t } LIMIT 3", "SELECT * { GRAPH ?g {} }"),
    *(
        "SELECT ?x { ?s ?p ?o } GROUP BY ?s",
        "SELECT * { BIND (<urn:f>(1) AS ?x) }",
        "SELECT * { SERVICE <http://127.0.0.1:1/> {} }",
        "é\u0000",
    ),
    f"SELECT * FROM <{GRAPH}> {{ ?s ?p ?o }}",
)
UPDATES = (
    *(
        f"INSERT DATA {{ {STATEMENT} 1 }}",
        f"DELETE WHERE {{ {STATEMENT} ?o }}",
        f"CREATE GRAPH <{GRAPH}>",
        f"DROP GRAPH <{GRAPH}>",
        "DROP ALL",
    ),
    *(
        f"LOAD <{GRAPH}>",
        f"INSERT DATA {{ GRAPH <{GRAPH}> {{ {STATEMENT} 'é'@it }} }}",
        "INSERT DATA { ?s ?p ?o }",
        "DELETE { ?s ?p ?o } WHERE",
    ),
    f"INSERT {{ {STATEMENT} ?s }} WHERE {{ BIND (<urn:f>(1) AS ?s) }}",
)
DOCUMENTS = (
    STATEMENT + "'é'@it .",
    STATEMENT + "1 .",
    "",
    STATEMENT,
    f'[{{"@id": "{GRAPH}", "http://example.org/p": 1}}]',
    "<rdf:RDF/>",
    "\x00",
)
# What the document gives the form of a text, and no grammar for: texts that are right, and texts that are wrong in ways that reach far in.
FORMATS = {
    "sparql-query": QUERIES,
    "sparql-update": UPDATES,
    "rdf": DOCUMENTS,
    "iri": (GRAPH, "http://example.org/none", "urn:é", "no iri", ""),
}
for name, texts in FORMATS.items():
    schemathesis.openapi.format(name, st.sampled_from(texts))


@schemathesis.serializer("application/sparql-query", "application/sparql-update", "application/n-triples", "application/ld+json")
def as_it_is(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """What is sent of a body that is a text; other kinds of value, which do not fit the document, are written as Python has them."""
    return str(value).encode("utf-8", "surrogatepass")


def document(address: str) -> Any:
    return schemathesis.openapi.from_url(f"{address}/openapi.json", config=SchemathesisConfig.from_dict(CONFIG))


def failures(address: str) -> dict[str, float]:
    """How often requests ended as they never should: with a status of 500, or by a worker that failed."""
    text = httpx.get(f"{address}/metrics").text
    found = re.findall(r'^(filorosso_(?:requests_total\{.*status="500"|stopped_total\{why="error").*\}) (\S+)$', text, re.M)
    return {name: float(count) for name, count in found}


@contextmanager
def bearing(address: str) -> Iterator[None]:
    """A service that is as well after the requests as it was before."""
    before = failures(address)
    yield
    assert httpx.get(f"{address}/health/ready", timeout=60).json() == {"ready": True}
    assert failures(address) == before


def accepted(operation: Any) -> st.SearchStrategy[str]:
    """What a client may accept: each media type that the document gives, anything, or what nobody has."""
    said = operation.definition.raw["responses"].values()
    types = {name for response in said for name in response.get("content", ())}
    return st.sampled_from(sorted({"*/*", "image/png", "text/plain", *types}))


def hold(operation: Any, examples: int, headers: Mapping[str, str] = MappingProxyType({})) -> None:
    """Hold an operation to the document, by requests that fit it and by requests that do not.

    Some are made plain: they name one graph only, which OpenAPI cannot say, and hold to no tag, which only an answer can tell.
    """
    for mode in GenerationMode:

        @settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode), accept=accepted(operation), is_plain=st.booleans())
        def answered(case: Any, accept: str, is_plain: bool) -> None:
            if is_plain:
                for given_with in (case.query, case.headers):
                    for name in ("default", "If-Match"):
                        given_with.pop(name, None)
            case.headers.update({"Accept": accept, **headers})
            case.call_and_validate(checks=CHECKS.get_by_names(HELD_TO), timeout=60)

        try:
            answered()
        except Unsatisfiable:
            assert mode == GenerationMode.NEGATIVE, operation.label  # no request to this operation can be wrong


def test_an_answer_is_what_the_document_says(server: str, subtests: pytest.Subtests) -> None:
    with bearing(server):
        for operation in operations(document(server)):
            with subtests.test(operation.label):
                hold(operation, 3 if operation.path.endswith("/answer") else 10)


def test_a_write_is_answered_as_the_document_says(scratch: Endpoint, subtests: pytest.Subtests) -> None:
    address = scratch.query.removesuffix("/sparql")
    with bearing(address):
        for operation in operations(document(address)):
            if operation.path in ("/update", "/graphs"):
                with subtests.test(operation.label):
                    hold(operation, 15, headers={"Authorization": f"Bearer {scratch.token}"})


def operations(found: Any) -> list[Any]:
    return [operation.ok() for operation in found.get_all_operations()]


def described(address: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The operations of the document: method, path, and what is said of it."""
    for path, methods in httpx.get(f"{address}/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_example_of_the_document_is_answered(server: str, scratch: Endpoint, subtests: pytest.Subtests) -> None:
    tried = 0
    for method, path, operation in described(server):
        params = {said["name"]: said["example"] for said in operation.get("parameters", ()) if "example" in said}
        bodies = operation.get("requestBody", {}).get("content", {})
        examples = {kind: body["example"] for kind, body in bodies.items() if "example" in body}
        if "{" in path or (bodies and not examples):
            continue
        address = scratch.query.removesuffix("/sparql") if "security" in operation and method != "DELETE" else server
        for kind, example in examples.items() or [("", "")]:
            with subtests.test(f"{method} {path} {kind}"):
                body = urlencode(example) if isinstance(example, dict) else example
                headers = {"Content-Type": kind, "Authorization": f"Bearer {scratch.token}"}
                answer = httpx.request(method, address + path, params=params, content=body, headers=headers, timeout=60)
                assert answer.status_code == (401 if address == server and "security" in operation else 200), answer.text
                tried += 1
    assert tried > 40


def test_the_document_declares_the_token_that_writing_needs(server: str) -> None:
    secured = {(method, path): operation["security"] for method, path, operation in described(server) if "security" in operation}
    assert secured == {(method, path): [{"token": []}] for method, path in WRITES}
    declared = httpx.get(f"{server}/openapi.json").json()["components"]["securitySchemes"]
    assert (declared["token"]["type"], declared["token"]["scheme"]) == ("http", "bearer")
