"""Attacks on a running service: what reaches for the network or the disk, what wants too much, what is no honest HTTP.

Shown of every attack: no connection arrives at a listening socket of ours, no file of ours is read, the answer is a refusal or a bounded
answer and never a 500, and the next small question is answered. Even where the text of a request would deceive the service, a worker has
no number left for a file or a socket.

The one shape of an error: a problem (RFC 9457) of status 400, 403, 406, 413, 415, 422, 429 or 503 with a `detail` for people.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from filorosso.graph import Release, create_token

from .services import Running, serving

QUERY = {"content-type": "application/sparql-query"}
TURTLE, JSON_LD, RDF_XML = "text/turtle", "application/ld+json", "application/rdf+xml"
REFUSED = (400, 403)
BOUNDED = (200, 400, 413, 422, 503)
SECONDS = 2
SLACK = 6  # seconds that a busy machine may add
RESULTS = b'{"head": {"vars": ["far"]}, "results": {"bindings": [{"far": {"type": "literal", "value": "from afar"}}]}}'


@dataclass
class Listener:
    """A socket that nobody should connect to, and who did."""

    address: str
    arrived: list[bytes] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen on loopback, hang up on whoever comes, and put down what was said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(f"http://127.0.0.1:{server.getsockname()[1]}/")

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(1)
                        listener.arrived.append(b"connected")

        threading.Thread(target=accept, daemon=True).start()
        yield listener
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def elsewhere(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Another server on loopback, by its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


class Honest(BaseHTTPRequestHandler):
    """A SPARQL endpoint that always knows one row."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/sparql-results+json")
        self.send_header("content-length", str(len(RESULTS)))
        self.end_headers()
        self.wfile.write(RESULTS)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def connected(running: Running, source: str = "127.0.0.1", timeout: float = 20) -> socket.socket:
    """A connection to a service, from a loopback address."""
    port = int(running.address.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0))


def received(connection: socket.socket, most: int = 1 << 20) -> bytes:
    """What comes until the other side closes, is silent for the timeout of the socket, or has said enough."""
    pieces = bytearray()
    with suppress(OSError):
        while len(pieces) < most and (piece := connection.recv(1 << 16)):
            pieces += piece
    return bytes(pieces)


def raw(running: Running, request: bytes, timeout: float = 3) -> bytes:
    """What a service answers to these very bytes."""
    with connected(running, timeout=timeout) as connection:
        with suppress(OSError):
            connection.sendall(request)
        return received(connection)


def resident(pid: int) -> int:
    """The resident memory of a process, in MiB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def asked(running: Running, query: str, **params: str) -> httpx.Response:
    """The answer to a query that is sent by POST."""
    return httpx.post(running.address + "/sparql", content=query.encode("utf-8", "surrogatepass"), params=params, headers=QUERY, timeout=60)


def head_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[0].lower()


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that nobody should read."""
    path = tmp_path_factory.mktemp("secret") / "canary.ttl"
    path.write_text('<urn:canary> <urn:canary> "CANARY" .')
    return path


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture(scope="module")
def registered() -> Iterator[str]:
    """The one server that SERVICE may name."""
    with elsewhere(Honest) as address:
        yield address


@pytest.fixture(scope="module")
def service(home: Path, release: Release, registered: str) -> Iterator[Running]:
    assert release
    options = ("--timeout", str(SECONDS), "--memory", "256", "--workers", "3", "--private-service", registered)
    with serving(home, "--no-build", *options) as running:
        yield running


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, httpx.Client]]:
    """An empty service, and a client that may write to it."""
    home = tmp_path_factory.mktemp("writable")
    with serving(home, "--bare", "--timeout", str(SECONDS), "--memory", "256", "--workers", "2") as running:
        token = create_token(home, "attacker", ["*", "default"], "abuse")
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        with httpx.Client(base_url=running.address, headers=headers, timeout=60) as client:
            yield running, client


@pytest.fixture(autouse=True)
def _unharmed(request: pytest.FixtureRequest, listener: Listener) -> Iterator[None]:
    """After each attack: nobody was contacted, and the next question is answered."""
    yield
    assert listener.arrived == []
    used = request.node.fixturenames
    services = [request.getfixturevalue("service")] if "service" in used else []
    services += [request.getfixturevalue("writable")[0]] if "writable" in used else []
    for running in services:
        began = time.monotonic()
        answer = asked(running, f"ASK {{}} # {time.monotonic_ns()}")
        assert (answer.status_code, answer.json()["boolean"]) == (200, True)
        assert time.monotonic() - began < SLACK


# Reaching for other servers

DISGUISES = {
    "plain": "SELECT * { ALSO SERVICE <U> { ?s ?p ?o } }",
    "silent": "SELECT * { ALSO SERVICE SILENT <U> { ?s ?p ?o } }",
    "mixed case": "SELECT * { ALSO sErViCe <U> { ?s ?p ?o } }",
    "comment inside": "SELECT * { ALSO SERVICE # <urn:x>\n# {\n<U> { ?s ?p ?o } }",
    "touching a number": "SELECT * { ALSO ?a ?b 1SERVICE<U> { ?s ?p ?o } }",
    "touching a bracket": "SELECT * { ALSO FILTER(1=1)SERVICE<U>{ ?s ?p ?o } }",
    "touching a word": "SELECT * { ALSO ?a ?b trueSERVICE<U>{ ?s ?p ?o } }",
    "touching a prefix": "PREFIX e: <urn:e> SELECT * { ALSO ?a ?b e: SERVICE<U>{ ?s ?p ?o } }",
    "touching a language": 'SELECT * { ALSO ?a ?b "x"@en--ltrSERVICE<U>{ ?s ?p ?o } }',
    "prefixed name": "PREFIX u: <U> SELECT * { ALSO SERVICE u: { ?s ?p ?o } }",
    "relative": "BASE <U> SELECT * { ALSO SERVICE <> { ?s ?p ?o } }",
    "variable": "SELECT * { ALSO VALUES ?u { <U> } SERVICE ?u { ?s ?p ?o } }",
    "bound variable": 'SELECT * { ALSO BIND(IRI("U") AS ?u) SERVICE ?u { ?s ?p ?o } }',
    "sub-select": "SELECT * { ALSO { SELECT * { SERVICE <U> { ?s ?p ?o } } } }",
    "exists": "ASK { ALSO FILTER NOT EXISTS { SERVICE <U> { ?s ?p ?o } } }",
    "optional": "ASK { ALSO OPTIONAL { SERVICE <U> { ?s ?p ?o } } }",
    "minus": "CONSTRUCT WHERE { ?s ?p ?o } # \nASK { ALSO MINUS { SERVICE <U> { ?s ?p ?o } } }",
    "construct": "CONSTRUCT { ?s ?p ?o } WHERE { ALSO SERVICE <U> { ?s ?p ?o } }",
    "describe": "DESCRIBE ?s { ALSO SERVICE <U> { ?s ?p ?o } }",
    "escaped letter": "SELECT * { ALSO \\u0053ERVICE <U> { ?s ?p ?o } }",
    "escaped address": "SELECT * { ALSO SERVICE <\\u0068ttp:HOST> { ?s ?p ?o } }",
    "cyrillic": "SELECT * { ALSO \u0405ERVICE <U> { ?s ?p ?o } }",
    "long s": "SELECT * { ALSO \u017fERVICE <U> { ?s ?p ?o } }",
    "fullwidth": "SELECT * { ALSO \uff33\uff25\uff32\uff36\uff29\uff23\uff25 <U> { ?s ?p ?o } }",
    "quotes": "SELECT * { ALSO BIND('''a'b\"''' AS ?a) SERVICE <U> { ?s ?p ?o } BIND(\"'''\" AS ?b) }",
    "escaped quote": 'SELECT * { ALSO BIND("\\"" AS ?a) SERVICE <U> { ?s ?p ?o } BIND("" AS ?b) }',
    "escaped hash": "PREFIX e: <urn:e> SELECT * { ALSO ?a ?b e:x\\#y . SERVICE <U> { ?s ?p ?o } }",
    "behind less-than": "SELECT * { ALSO BIND(1 AS ?a) FILTER(?a<2)SERVICE#>\n<U> { ?s ?p ?o } }",
    "silent behind less-than": "SELECT * { ALSO BIND(1 AS ?a) FILTER(?a<2)SERVICE#>\nSILENT <U> { ?s ?p ?o } }",
    "behind an escaped IRI's hash": "SELECT * { BIND(<urn:x\\u0041#> AS ?a) SERVICE SILENT <U> { ?s ?p ?o }\nALSO }",
    "behind an escaped IRI's quote": "SELECT * { BIND(<urn:x\\u0041'> AS ?a) SERVICE SILENT <U> { ?s ?p ?o } BIND(<urn:x\\u0041'> AS ?b)\nALSO }",
    "behind an escaped prefix": "PREFIX e: <urn:x\\u0041#> SELECT * { SERVICE SILENT <U> { ?s ?p ?o }\nALSO }",
}


@pytest.mark.parametrize("beside", ["", "SERVICE SILENT <REGISTERED> {}"], ids=["alone", "beside a registered one"])
@pytest.mark.parametrize("disguise", DISGUISES)
def test_service_reaches_no_other_server_in_any_disguise(
    service: Running, listener: Listener, registered: str, disguise: str, beside: str
) -> None:
    also = beside.replace("REGISTERED", registered)
    query = DISGUISES[disguise].replace("ALSO", also)
    address = listener.address
    answer = asked(
        service, query.replace("HOST", address.removeprefix("http:")).replace("U>", f"{address}>").replace('"U"', f'"{address}"')
    )
    time.sleep(0.02)
    assert listener.arrived == []
    assert answer.status_code in REFUSED, answer.text
    assert "open files" not in answer.text


def test_a_registered_server_is_reached_in_the_same_setting(service: Running, registered: str) -> None:
    answer = asked(service, f"SELECT * {{ SERVICE <{registered}> {{ ?s ?p ?far }} }}")
    assert answer.json()["results"]["bindings"][0]["far"]["value"] == "from afar"


@pytest.mark.parametrize(
    "update",
    [
        "LOAD <U>",
        "LOAD <U> INTO GRAPH <urn:g>",
        "LOAD SILENT <U>",
        "load silent <U> into graph <urn:g>",
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } };LOAD<U>",
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b\\u0041#> 1 } }; LOAD <U> INTO GRAPH <urn:g>",
        "LOAD <F>",
        "LOAD SILENT <F> INTO GRAPH <urn:g>",
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b\\u0041#> 1 } }; LOAD <F> INTO GRAPH <urn:g>",
        "INSERT { GRAPH <urn:g> { ?s ?p ?o } } WHERE { SERVICE <U> { ?s ?p ?o } }",
        "INSERT { GRAPH <urn:g> { ?s ?p ?o } } WHERE { SERVICE SILENT <U> { ?s ?p ?o } }",
        "INSERT { GRAPH <urn:g> { ?s ?p ?o } } WHERE { BIND(1 AS ?a) FILTER(?a<2)SERVICE#>\n<U> { ?s ?p ?o } }",
        "DELETE { ?s ?p ?o } USING <U> WHERE { GRAPH <F> { ?s ?p ?o } }",
        "COPY <U> TO <urn:g>",
        "ADD SILENT <F> TO <urn:g>",
    ],
)
def test_an_update_reaches_neither_network_nor_disk(
    writable: tuple[Running, httpx.Client], listener: Listener, canary: Path, update: str
) -> None:
    _, client = writable
    text = update.replace("<U>", f"<{listener.address}>").replace("<F>", f"<{canary.as_uri()}>")
    answer = client.post("/update", content=text, headers={"content-type": "application/sparql-update"})
    assert listener.arrived == []
    assert answer.status_code in (*REFUSED, 200, 422)
    assert "open files" not in answer.text
    assert not update.startswith(("LOAD <", "INSERT")) or "SILENT" in update or answer.status_code in REFUSED
    assert "CANARY" not in client.get("/graphs", params={"default": ""}, headers={"accept": TURTLE}).text


@pytest.mark.parametrize("target", ["U", "F", "file:///etc/hostname", "ftp://127.0.0.1/x", "data:text/turtle,<urn:a>"])
@pytest.mark.parametrize("way", ["default-graph-uri", "named-graph-uri", "FROM", "FROM NAMED", "GRAPH", "graph"])
def test_a_graph_that_is_not_here_is_not_fetched(service: Running, listener: Listener, canary: Path, way: str, target: str) -> None:
    iri = {"U": listener.address, "F": canary.as_uri()}.get(target, target)
    everything = "{ { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    if way.endswith("-uri"):
        answer = asked(service, f"SELECT * {everything}", **{way: iri})
    elif way.startswith("FROM"):
        answer = asked(service, f"SELECT * {way} <{iri}> {everything}")
    elif way == "GRAPH":
        answer = asked(service, f"SELECT * {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}")
    else:
        answer = httpx.get(service.address + "/graphs", params={"graph": iri})
    assert listener.arrived == []
    if way == "GRAPH" and answer.status_code == 200:
        assert answer.json()["results"]["bindings"] == []
    else:
        assert answer.status_code in (*REFUSED, 404)


# Documents

XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:e:"><rdf:Description rdf:about="urn:a"><e:p>%s</e:p></rdf:Description></rdf:RDF>'
BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 7))
DOCUMENTS = {
    "remote context": (JSON_LD, '{"@context": "U", "@id": "urn:a", "name": "x"}'),
    "remote context in a list": (JSON_LD, '{"@context": [{"p": "urn:p"}, "U"], "@id": "urn:a", "p": "x"}'),
    "imported context": (JSON_LD, '{"@context": {"@version": 1.1, "@import": "U"}, "@id": "urn:a", "urn:p": "x"}'),
    "scoped context": (JSON_LD, '{"@context": {"p": {"@id": "urn:p", "@context": "U"}}, "@id": "urn:a", "p": {"q": "x"}}'),
    "context of a file": (JSON_LD, '{"@context": "F", "@id": "urn:a", "urn:p": "x"}'),
    "entity of a file": (RDF_XML, '<!DOCTYPE r [<!ENTITY x SYSTEM "F">]>' + XML % "&x;"),
    "entity of a server": (RDF_XML, '<!DOCTYPE r [<!ENTITY x SYSTEM "U">]>' + XML % "&x;"),
    "public entity": (RDF_XML, '<!DOCTYPE r [<!ENTITY x PUBLIC "x" "U">]>' + XML % "&x;"),
    "parameter entity": (RDF_XML, '<!DOCTYPE r [<!ENTITY % x SYSTEM "U"> %x;]>' + XML % "a"),
    "document type elsewhere": (RDF_XML, '<!DOCTYPE r SYSTEM "U">' + XML % "a"),
    "entity bomb": (RDF_XML, f'<!DOCTYPE r [<!ENTITY a0 "{"A" * 10}">{BOMB}]>' + XML % "&a6;"),
    "quadratic bomb": (RDF_XML, f'<!DOCTYPE r [<!ENTITY a "{"A" * 2000}">]>' + XML % ("&a;" * 2000)),
    "NUL": (TURTLE, "<urn:a> <urn:p> <urn:\x00> ."),
    "no IRI": (TURTLE, "<urn:a> <urn:p> <http://[> ."),
    "not what it says": (RDF_XML, "<urn:a> <urn:p> 1 ."),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_reaches_or_swells_is_refused(
    writable: tuple[Running, httpx.Client], listener: Listener, canary: Path, name: str
) -> None:
    _, client = writable
    media_type, text = DOCUMENTS[name]
    content = text.replace('"U"', f'"{listener.address}"').replace('"F"', f'"{canary.as_uri()}"')
    answer = client.put("/graphs", params={"graph": "urn:swollen"}, content=content, headers={"content-type": media_type})
    held = client.get("/graphs", params={"graph": "urn:swollen"}, headers={"accept": TURTLE})
    client.delete("/graphs", params={"graph": "urn:swollen"})
    assert listener.arrived == []
    assert "CANARY" not in held.text
    assert answer.status_code in REFUSED, f"{answer.text} {len(held.text)} bytes are held"


def test_imports_are_stated_and_not_followed(writable: tuple[Running, httpx.Client], listener: Listener, canary: Path) -> None:
    _, client = writable
    owl = "http://www.w3.org/2002/07/owl#"
    content = f"<urn:o> a <{owl}Ontology> ; <{owl}imports> <{listener.address}> , <{canary.as_uri()}> ."
    assert client.put("/graphs", params={"graph": "urn:imports"}, content=content, headers={"content-type": TURTLE}).status_code == 201
    held = client.get("/graphs", params={"graph": "urn:imports"}, headers={"accept": "application/n-triples"})
    assert held.text.count(" .\n") == 3
    assert "CANARY" not in held.text


DEEP = {
    "turtle collections": (TURTLE, "<urn:a> <urn:p> " + "(" * 3000 + ")" * 3000 + " ."),
    "turtle blank nodes": (TURTLE, "<urn:a> <urn:p> " + "[<urn:p> " * 3000 + "1" + "]" * 3000 + " ."),
    "json arrays": (JSON_LD, "[" * 300_000 + "]" * 300_000),
    "json objects": (JSON_LD, '{"urn:p":' * 100_000 + "1" + "}" * 100_000),
    "json contexts": (JSON_LD, '{"@context":' * 30_000 + "{}" + "}" * 30_000),
    "json lists": (JSON_LD, '{"@id":"urn:a","urn:p":' + '{"@list":[' * 3000 + "1" + "]}" * 3000 + "}"),
    "xml": (RDF_XML, XML.replace("%s", "<e:T><e:p>" * 2000 + "</e:p></e:T>" * 2000)),
    "multipart": ("multipart/mixed; boundary=x", "--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 300),
}


@pytest.mark.parametrize("name", DEEP)
def test_a_document_nested_deep_is_judged_or_refused(writable: tuple[Running, httpx.Client], name: str) -> None:
    _, client = writable
    media_type, content = DEEP[name]
    answer = client.put("/graphs", params={"graph": "urn:deep", "dry-run": "true"}, content=content, headers={"content-type": media_type})
    assert answer.status_code in (*BOUNDED, 415), answer.text


# Wanting too much

CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
BOMBS = {
    "group_concat": f"SELECT (STRLEN(GROUP_CONCAT(CONCAT(STR(?a), STR(?d)))) AS ?n) {{ {CROSS} }}",
    "concat": 'SELECT (STRLEN(?a9) AS ?n) { BIND("' + "a" * 64 + '" AS ?a0) '
    + " ".join(f"BIND(CONCAT({', '.join([f'?a{n}'] * 8)}) AS ?a{n + 1})" for n in range(9)) + " }",
    "replace": 'SELECT (STRLEN(?z) AS ?n) { BIND("' + "a" * 50_000 + '" AS ?a) BIND(REPLACE(?a, "a", ?a) AS ?z) }',
    "cross product": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}",
    "order by": f"SELECT * {{ {CROSS} }} ORDER BY ?i ?a",
    "distinct": f"SELECT DISTINCT * {{ {CROSS} }} LIMIT 1 OFFSET 999999999",
    "closure": "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>)* ?b }",
    "uuid": f"SELECT (GROUP_CONCAT(STR(UUID())) AS ?x) {{ {CROSS} }}",
    "sha512": f"SELECT (COUNT(SHA512(CONCAT(STR(?a), STR(?i)))) AS ?n) {{ {CROSS} }}",
    "backtracking": f'ASK {{ BIND("{"a" * 30_000}!" AS ?s) FILTER REGEX(?s, "^(a+)+$") }}',
    "large regex": 'ASK { BIND("a" AS ?s) FILTER REGEX(?s, "((a{1000}){1000}){1000}") }',
    "deep regex": f'ASK {{ BIND("a" AS ?s) FILTER REGEX(?s, "{"(" * 20_000}a{")" * 20_000}") }}',
    "values": f"SELECT (COUNT(*) AS ?n) {{ VALUES ?x {{ {'1 ' * 300_000} }} }}",
    "in": f"ASK {{ ?s ?p ?o FILTER(?o IN ({','.join(map(str, range(50_000)))})) }}",
    "limit": "SELECT * { ?s ?p ?o } LIMIT 99999999999999999999999999999",
    "offset": "SELECT * { ?s ?p ?o } LIMIT 18446744073709551615 OFFSET 18446744073709551615",
    "unions": "SELECT * { " + " UNION ".join(["{ ?s ?p ?o }"] * 10_000) + " }",
    "joins": "SELECT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(2000)) + " }",
    "long path": "ASK { ?s " + "/".join(["<urn:a>"] * 20_000) + " ?o }",
    "alternatives": "ASK { ?s (" + "|".join(["rdf:type"] * 20_000) + ")* ?o }",
    "template": "CONSTRUCT { " + "?s ?p ?o . " * 20_000 + "} { ?s ?p ?o }",
}  # fmt: skip
BOMBS |= {
    f"nested {name}": before + opened * depth + within + closed * depth + after
    for name, before, opened, depth, within, closed, after in (
        ("brackets", "ASK { FILTER", "(", 300_000, "true", ")", " }"),
        ("not", "ASK { FILTER(", "!", 500_000, "true", "", ") }"),
        ("groups", "ASK ", "{ ", 200_000, "", "} ", ""),
        ("optional", "ASK { ?a ?b ?c ", "OPTIONAL { ?a ?b ?c ", 2000, "", "}", " }"),
        ("selects", "SELECT * { ", "{ SELECT * { ", 10_000, "", "} }", " }"),
        ("exists", "ASK { FILTER ", "EXISTS { FILTER ", 2000, "(true)", "}", " }"),
        ("collections", "ASK { ?s ?p ", "(", 100_000, "1", ")", " }"),
        ("blank nodes", "ASK { ?s ?p ", "[ ?p ", 100_000, "1", "]", " }"),
        ("paths", "ASK { ?s ", "(", 1000, "rdf:type", "*)", " ?o }"),
        ("unclosed", "ASK { ?s ?p ", "(", 500_000, "", "", ""),
    )
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_query_that_wants_too_much_is_bounded(service: Running, name: str) -> None:
    began = time.monotonic()
    with suppress(httpx.RemoteProtocolError):  # an answer that was begun and cut
        answer = asked(service, BOMBS[name], timeout="0.4")
        assert answer.status_code in BOUNDED, answer.text
        assert len(answer.content) < 32 * 2**20
        assert answer.status_code != 503 or (answer.headers["retry-after"] and ("stopped" in answer.json()["detail"]))
    assert time.monotonic() - began < 1 + SLACK


NUMBERS = (
    "1e999999", "-1e999999", "1e-999999", '"1e999999"^^xsd:decimal + 1', '"1E1000000000"^^xsd:integer', '"INF"^^xsd:integer * 2', "9" * 50_000,
    f"1.{'9' * 50_000} * 3.3", "9223372036854775807 * 9223372036854775807", "-9223372036854775808 / -1", "ABS(-9223372036854775808)", "1/0",
    "SUBSTR('abc', -9223372036854775808, 9223372036854775807)", "SUBSTR('abc', 1e308, -1e308)", "ROUND(1e308 * 1e308)",
    '"P9999999999999Y"^^xsd:duration + "P9999999999999Y"^^xsd:duration', '"9999999999999-01-01T00:00:00Z"^^xsd:dateTime',
    "IRI('http://x/\\r\\nX: y')", "STRDT('a', IRI('a b'))", "STRLANG('a', '\\r\\n')", "BNODE('\\r\\n<x>')", "'\\u0000'", "'\\uD800'", "'\\U0011FFFF'",
)  # fmt: skip


@pytest.mark.parametrize("accept", ["application/json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"])
def test_odd_values_are_answered_or_refused(service: Running, accept: str) -> None:
    for number in NUMBERS:
        answer = httpx.post(
            service.address + "/sparql", content=f"SELECT ({number} AS ?x) {{}}", headers=QUERY | {"accept": accept}, timeout=30
        )
        assert answer.status_code in (200, 400), (number[:60], answer.text)
        assert len(answer.content) < 200_000


@pytest.mark.parametrize(
    "iri", ["http://[", "http://[x]/", "http://x/%zz", "1:a", ":", "a:" + "b" * 30_000, "http://x:99999999/", "http://\u2028/"]
)
@pytest.mark.parametrize(
    "way", ["default-graph-uri", "named-graph-uri", "FROM", "FROM NAMED", "BASE", "PREFIX", "graph", "put", "using-graph-uri"]
)
def test_what_is_no_iri_is_the_fault_of_the_client(service: Running, writable: tuple[Running, httpx.Client], way: str, iri: str) -> None:
    client = writable[1]
    if way in ("default-graph-uri", "named-graph-uri"):
        answer = asked(service, "ASK {}", **{way: iri})
    elif way.startswith("FROM"):
        answer = asked(service, f"ASK {way} <{iri}> {{}}")
    elif way in ("BASE", "PREFIX"):
        answer = asked(service, f"{way}{' e:' if way == 'PREFIX' else ''} <{iri}> ASK FROM {'<x>' if way == 'BASE' else 'e:x'} {{}}")
    elif way == "graph":
        answer = httpx.get(service.address + "/graphs", params={"graph": iri})
    elif way == "put":
        content = "<urn:a> <urn:b> 1 ."
        answer = client.put("/graphs", params={"graph": iri, "dry-run": "true"}, content=content, headers={"content-type": TURTLE})
    else:
        headers = {"content-type": "application/sparql-update"}
        answer = client.post("/update", params={way: iri, "dry-run": "true"}, content="DELETE {} WHERE { ?s ?p ?o }", headers=headers)
    assert answer.status_code in (400, 403, 404, 422) or (way in ("put", "using-graph-uri") and answer.status_code < 300), answer.text


# No honest HTTP


def test_a_query_of_ten_megabytes_is_too_large(service: Running) -> None:
    answer = asked(service, "ASK {} #" + "x" * 10_000_000)
    assert answer.status_code == 413
    assert "longer than" in answer.json()["detail"]
    assert b" 431 " in raw(service, b"GET /sparql?query=ASK%7B%7D%23" + b"x" * 10_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")[:30]


CHUNKED = (
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
)
SIZED = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s"
RAW = {
    "chunks": (CHUNKED + b"3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n", (b"200",)),
    "chunks without an end": (CHUNKED + b"3\r\nASK\r\n", (b"",)),
    "a chunk of no length": (CHUNKED + b"zz\r\nASK {}\r\n0\r\n\r\n", (b"400",)),
    "a chunk of endless length": (CHUNKED + b"f" * 40 + b"\r\nASK {}\r\n0\r\n\r\n", (b"400",)),
    "two megabytes of chunks": (CHUNKED + (b"10000\r\n" + b" " * 65536 + b"\r\n") * 32 + b"0\r\n\r\n", (b"413",)),
    "a length too short": (SIZED % (b"6", b"ASK {} trailing"), (b"200",)),
    "a length too long": (SIZED % (b"600", b"ASK {}"), (b"",)),
    "a negative length": (SIZED % (b"-1", b"ASK {}"), (b"400",)),
    "a length that is none": (SIZED % (b"six", b"ASK {}"), (b"400",)),
    "an endless length": (SIZED % (b"9" * 40, b"ASK {}"), (b"400",)),
    "two lengths": (SIZED % (b"6\r\nContent-Length: 7", b"ASK {}"), (b"400",)),
    "length and chunks": (SIZED % (b"6\r\nTransfer-Encoding: chunked", b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n"), (b"400",)),
    "no host": (b"GET /sparql?query=ASK{} HTTP/1.1\r\nConnection: close\r\n\r\n", (b"200", b"400")),
    "no method": (b"\r\n\r\n /sparql HTTP/1.1\r\n\r\n", (b"400",)),
    "a method of nobody": (b"STEAL /sparql HTTP/1.1\r\nHost: x\r\n\r\n", (b"400", b"405")),
    "NUL in the path": (b"GET /sparql\x00 HTTP/1.1\r\nHost: x\r\n\r\n", (b"400",)),
    "NUL in a header": (b"GET /health HTTP/1.1\r\nHost: x\x00y\r\n\r\n", (b"400",)),
    "NUL in a query": (b"GET /sparql?query=ASK%00{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", (b"400",)),
    "no UTF-8 in a query": (b"GET /sparql?query=ASK%ff{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", (b"400",)),
    "no UTF-8 in a body": (SIZED % (b"7", b"ASK {}\xff"), (b"400",)),
    "a surrogate in a query": (b"GET /sparql?query=ASK%ed%a0%80{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", (b"400",)),
    "a split header": (b"GET /health HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\nConnection: close\r\n\r\n", (b"200", b"400")),
    "another protocol": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (b"400", b"505")),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100, (b"400",)),
    "a websocket": (
        b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        (b"200", b"400", b"403", b"426"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_bytes_that_are_no_honest_request_are_answered_in_kind(service: Running, name: str) -> None:
    request, wanted = RAW[name]
    answer = raw(service, request, timeout=1)
    status = answer[9:12]
    assert status in wanted, answer[:200]
    assert b"Traceback" not in answer


HOSTS = (b"x> <y", b'x"y', b"[", b"a b", b"x/../y", b"x\tX-Evil: 1", b"\xe9", b"x" * 20_000, b"")


@pytest.mark.parametrize("host", HOSTS, ids=[repr(host[:12]) for host in HOSTS])
@pytest.mark.parametrize("path", [b"/sparql", b"/sparql?query=SELECT*%7BBIND(%3Cx%3E%20AS%20%3Fx)%7D", b"/", b"/questions/", b"/graphs/x"])
def test_a_host_that_is_none_breaks_nothing(service: Running, host: bytes, path: bytes) -> None:
    answer = raw(service, b"GET " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\nAccept: text/turtle, */*\r\nConnection: close\r\n\r\n")
    assert answer[9:12] in (b"200", b"307", b"400", b"404", b"421"), answer[:120] + answer[-200:]
    assert b"x-evil" not in head_of(answer)


EVIL = "x\r\nX-Evil: 1\r\n\r\n<script>"


@pytest.mark.parametrize("path", ["/sparql?query=ASK{}&default-graph-uri=urn:E", "/graphs?graph=urn:E", "/graphs/E", "/questions/E", "/E/", "/?lang=E", "/sparql?query=ASK{}&timeout=E"])  # fmt: skip
def test_no_parameter_becomes_a_header(service: Running, path: str) -> None:
    request = f"GET {path.replace('E', quote(EVIL))} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = raw(service, request.encode())
    assert answer[9:10] in (b"2", b"3", b"4"), answer
    assert b"x-evil" not in head_of(answer)
    assert b"<script>" not in answer or b"nosniff" in head_of(answer)


def test_no_reason_label_or_graph_becomes_a_header(writable: tuple[Running, httpx.Client]) -> None:
    _, client = writable
    label = json.dumps(EVIL)
    content = f"<urn:evil> <http://www.w3.org/2000/01/rdf-schema#label> {label} ."
    answers = [client.put("/graphs", params={"graph": "urn:evil", "why": EVIL}, content=content, headers={"content-type": TURTLE})]
    answers += [client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }"}, headers={"accept": name}) for name in ("text/csv", "*/*")]
    answers += [client.get("/graphs", params={"graph": "urn:evil"}, headers={"accept": name}) for name in (TURTLE, RDF_XML, JSON_LD)]
    answers += [client.put(f"/graphs/{quote(EVIL)}", content=content, headers={"content-type": TURTLE})]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 200, 201]
    assert not any("x-evil" in answer.headers for answer in answers)


def test_headers_are_bounded(service: Running) -> None:
    before = resident(service.process.pid)
    with connected(service, timeout=20) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        with suppress(OSError):
            for number in range(48):
                connection.sendall(b"X-%d: " % number + b"y" * 2**20 + b"\r\n")
            time.sleep(0.5)
        grown = resident(service.process.pid) - before
        connection.settimeout(0.5)
        answer = received(connection)
    assert grown < 24, f"48 MiB of headers made the front grow by {grown} MiB; it said {answer[:60]!r}"


@contextmanager
def slowest(running: Running) -> Iterator[list[float]]:
    """How long the front took for each sign of life meanwhile."""
    seconds, done = [0.0], threading.Event()

    def probe() -> None:
        with httpx.Client(base_url=running.address, timeout=60) as client:
            while not done.wait(0.02):
                began = time.monotonic()
                client.get("/health/live")
                seconds.append(time.monotonic() - began)

    thread = threading.Thread(target=probe)
    thread.start()
    yield seconds
    done.set()
    thread.join()


@pytest.mark.parametrize(
    ("method", "headers", "content"),
    [
        ("POST", QUERY, "SERVICE <urn:x> {}" + ";" * 1_000_000),
        ("POST", QUERY, "\\a" * 500_000),
        ("POST", QUERY, "<" * 1_000_000),
        ("POST", {"content-type": "application/x-www-form-urlencoded"}, "&".join("a=" for _ in range(300_000))),
        ("GET", {"accept-language": "it;q=0.5," * 100_000}, ""),
    ],
    ids=["tokens", "escapes", "less-than", "parameters", "languages"],
)
def test_reading_a_request_does_not_hold_up_the_front(service: Running, method: str, headers: dict[str, str], content: str) -> None:
    with slowest(service) as seconds:
        path = "/sparql" if method == "POST" else "/"
        answer = httpx.request(method, service.address + path, headers=headers, content=content, timeout=60)
    assert answer.status_code in (200, 400, 403, 413, 422, 431, 503)
    assert max(seconds) < 1, f"nobody else was answered for {max(seconds):.1f} s"


def test_slow_senders_do_not_hold_up_others(service: Running) -> None:
    slow = [connected(service) for _ in range(30)]
    for number, connection in enumerate(slow):
        connection.sendall(SIZED % (b"1000", b"ASK") if number % 2 else b"GET /sparql HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    with httpx.Client(base_url=service.address, timeout=20) as client:
        for turn in range(5):
            for connection in slow:
                connection.sendall(b" ")
            assert client.get("/sparql", params={"query": f"ASK {{}} # slow {turn}"}).status_code == 200
    for connection in slow:
        connection.close()


def test_pipelined_requests_are_answered_in_their_order(service: Running) -> None:
    one = "GET /sparql?query=SELECT({n}%20AS%20%3Fx)%7B%7D HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n{close}\r\n"
    requests = "".join(one.format(n=n, close="Connection: close\r\n" if n == 1019 else "") for n in range(1000, 1020))
    answer = raw(service, requests.encode(), timeout=10)
    places = [answer.find(b"\r\n%d\r\n" % n) for n in range(1000, 1020)]
    assert answer.count(b"HTTP/1.1 200") == 20
    assert places == sorted(places)
    assert places[0] > 0


# A worker can open nothing

SEALED = """
import json, os, resource, socket, sys
from filorosso.graph import WorkerLimits, run_engine

class Held:
    def told(self): return {}
    def commit(self, body): pass
    def warm(self): return iter(())
    def forked(self): pass

def outcome(attempt):
    try:
        attempt()
    except (OSError, ValueError) as error:
        return str(error)
    return ""

def reach(held, head, body, out):
    attempts = {
        "read": lambda: open(sys.argv[2]), "write": lambda: open(sys.argv[2] + ".new", "w"), "list": lambda: os.listdir("/"),
        "connect": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3]))), "look up": lambda: socket.getaddrinfo("localhost", 80),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM), "unix": lambda: socket.socket(socket.AF_UNIX),
        "pipe": os.pipe, "duplicate": lambda: os.dup(0), "memory file": lambda: os.memfd_create("x"),
        "raise the limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)) or open(sys.argv[2]),
    }
    out.start({})
    out.write(json.dumps({name: outcome(attempt) for name, attempt in attempts.items()}).encode())

limits = WorkerLimits(memory=64 << 20, may_connect=sys.argv[4] == "open")
run_engine(socket.socket(fileno=int(sys.argv[1])), Held, {"reach": reach}, limits)
"""


def reached(canary: Path, port: int, kind: str) -> dict[str, str]:
    """What a worker that tries to open things says of each: nothing, or the error."""
    from filorosso.graph import CALL, Reader, pack

    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    command = [sys.executable, "-c", SEALED, str(theirs.fileno()), str(canary), str(port), kind]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
    theirs.close()
    ours.sendall(pack(CALL, {"do": "fork"}))
    files: list[int] = []
    while not files:
        files = socket.recv_fds(ours, 1 << 16, 4)[1]
    with socket.socket(fileno=files[0]) as worker:
        worker.settimeout(20)
        worker.sendall(pack(CALL, {"do": "reach", "seconds": 10}))
        reader = Reader()
        _, _, body = next(message for _ in range(100) for message in reader.feed(worker.recv(1 << 16)))
    ours.close()
    process.wait(timeout=20)
    return dict(json.loads(body))


def test_a_worker_can_open_neither_a_file_nor_a_socket(canary: Path, listener: Listener) -> None:
    port = int(listener.address.rpartition(":")[2].strip("/"))
    outcomes = reached(canary, port, "sealed")
    assert [name for name, error in outcomes.items() if not error] == []
    assert not canary.with_name("canary.ttl.new").exists()


def test_the_same_worker_unsealed_could(canary: Path) -> None:
    with listening() as other:
        outcomes = reached(canary, int(other.address.rpartition(":")[2].strip("/")), "open")
        canary.with_name("canary.ttl.new").unlink()
    assert [error for name, error in outcomes.items() if name != "raise the limit"] == [""] * (len(outcomes) - 1)
