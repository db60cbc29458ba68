"""What an answer shows and hides, whom the service asks on behalf of a query, what it writes down, and what it keeps.

Shown: the headers of every kind of answer; that errors tell nothing of the inside; logs and counts; that SERVICE goes to registered servers at
addresses that they may have, through every redirect, bounded in time and size; the choice of a form by q-values; tags, single flight and
the bound of the cache.

The one shape of an error: a problem (RFC 9457) with `type`, `title`, `status` and `detail`, or the detail alone as text.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from rdflib import Graph

from filorosso.api import federation
from filorosso.api.federation import Federation, FederationError, allowed_address, fetch
from filorosso.graph import FilorossoError, create_token

from .services import Running, serving
from .test_abuse import QUERY, RESULTS, Honest, Listener, asked, elsewhere, listening, raw, resident

JSON, XML, CSV, TSV = "application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"
NUMBERS = " ".join(map(str, range(100)))
SLOW = f"SELECT (COUNT(?d) AS ?n) {{ VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ {NUMBERS} }} VALUES ?c {{ {NUMBERS} }} VALUES ?d {{ 1 2 3 }} FILTER(?a + ?b + ?c < 0) }}"
TOKEN = "flr_not-a-token-but-a-secret"


class Redirecting(Honest, BaseHTTPRequestHandler):
    """A server that sends everybody to the address in `to`."""

    to = ""

    def do_POST(self) -> None:
        self.send_response(307)
        self.send_header("location", self.to)
        self.send_header("content-length", "0")
        self.end_headers()


class Large(Honest, BaseHTTPRequestHandler):
    """A server whose answer does not end."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-type", JSON)
        self.end_headers()
        for _ in range(64):
            self.wfile.write(b" " * 2**16)


class Dripping(Honest, BaseHTTPRequestHandler):
    """A server that sends a byte now and then."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-type", JSON)
        self.send_header("content-length", "200")
        self.end_headers()
        for _ in range(40):
            time.sleep(0.1)
            self.wfile.write(b" ")
            self.wfile.flush()


class Slow(Honest, BaseHTTPRequestHandler):
    """A server that thinks for longer than a query may take."""

    def do_POST(self) -> None:
        time.sleep(3)


class Broken(Honest, BaseHTTPRequestHandler):
    """A server that fails, and talks about it."""

    def do_POST(self) -> None:
        self.send_error(500, "SECRET of another server")


@dataclass
class Far:
    """Servers elsewhere, by address: `honest` and the ones that are not may be private; `public` is registered as a public one."""

    honest: str
    broken: str
    redirecting: str
    public: str


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture(scope="module")
def far(listener: Listener) -> Iterator[Far]:
    redirecting = type("ToFile", (Redirecting,), {"to": "file:///etc/passwd"})
    with elsewhere(Honest) as honest, elsewhere(Broken) as broken, elsewhere(redirecting) as moved:
        yield Far(honest, broken, moved, listener.address)


@pytest.fixture(scope="module")
def service(far: Far, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    private = [part for address in (far.honest, far.broken, far.redirecting) for part in ("--private-service", address)]
    options = ("--bare", "--timeout", "5", "--workers", "3", "--cache", "1", "--service", far.public)
    with serving(tmp_path_factory.mktemp("security"), *options, *private) as running:
        yield running


@pytest.fixture
def client(service: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.address, timeout=30) as found:
        yield found


# Headers

KINDS: dict[str, tuple[str, str, dict[str, str], int]] = {
    "table": ("GET", "/sparql?query=ASK%20%7B%7D", {}, 200),
    "posted": ("POST", "/sparql?query=x", {}, 415),
    "graph": ("GET", "/graphs?default", {}, 200),
    "description": ("GET", "/sparql", {}, 200),
    "editor": ("GET", "/sparql", {"accept": "text/html"}, 200),
    "front page": ("GET", "/", {}, 200),
    "questions": ("GET", "/questions", {}, 200),
    "health": ("GET", "/health", {}, 200),
    "counts": ("GET", "/metrics", {}, 200),
    "openapi": ("GET", "/openapi.json", {}, 200),
    "not found": ("GET", "/nothing", {}, 404),
    "no such file": ("GET", "/static/nothing.js", {}, 404),
    "no such graph": ("GET", "/graphs?graph=urn:none", {}, 404),
    "no SPARQL": ("GET", "/sparql?query=SELECT", {}, 400),
    "forbidden": ("GET", "/sparql?query=SELECT*%7BSERVICE%3Curn:x%3E%7B%7D%7D", {}, 403),
    "not allowed": ("PUT", "/sparql", {}, 405),
    "not acceptable": ("GET", "/sparql?query=ASK%20%7B%7D", {"accept": "image/png"}, 406),
    "no token": ("POST", "/update", {}, 401),
    "stopped": ("GET", "/sparql?timeout=1e-6&query=ASK%20%7B%7D", {}, 503),
    "preflight": ("OPTIONS", "/sparql", {"origin": "https://evil.example", "access-control-request-method": "POST"}, 204),
    "head": ("HEAD", "/sparql?query=ASK%20%7B%7D", {}, 200),
    "known": ("GET", "/sparql?query=ASK%20%7B%7D", {"if-none-match": "*"}, 304),
    "redirect": ("GET", "/questions/", {}, 307),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_answer_has_the_headers_that_keep_browsers_careful(client: httpx.Client, name: str) -> None:
    method, path, headers, status = KINDS[name]
    answer = client.request(method, path, headers=headers | {"origin": "https://evil.example"})
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"] or "text/html" in answer.headers["content-type"]
    assert "default-src" in answer.headers["content-security-policy"]
    # The editor sets styles as it lays out text, on its own page; no page runs a script that stands in it.
    relaxed = "style-src 'self' 'unsafe-inline'" if name == "editor" else ""
    assert "unsafe" not in answer.headers["content-security-policy"].replace(relaxed, "")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert not {"server", "x-powered-by", "via", "set-cookie", "access-control-allow-credentials"} & set(answer.headers)


def test_a_page_elsewhere_may_read_and_send_no_credentials(client: httpx.Client) -> None:
    asks = {"origin": "https://evil.example", "access-control-request-method": "PUT", "access-control-request-headers": "authorization"}
    for path in ("/sparql", "/update", "/graphs", "/questions", "/"):
        answer = client.options(path, headers=asks)
        assert answer.status_code == 204
        assert not {"PUT", "DELETE"} & set(answer.headers["access-control-allow-methods"].split(", "))
        assert "authorization" not in answer.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/sparql?query=ASK%20%7B%7D",
        "/sparql",
        "/graphs?default",
        "/questions",
        "/",
        "/health",
        "/openapi.json",
        "/nothing",
        "/sparql?query=x",
    ],
)
def test_head_says_what_get_says_and_nothing_more(client: httpx.Client, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert head.content == b""
    assert head.status_code == get.status_code
    for name in ("content-type", "content-length", "etag", "vary"):
        assert head.headers.get(name) == get.headers.get(name), name


# What errors hide

INSIDE = re.compile(
    r"/work|/tmp|/home|/usr|\.py\b|Traceback|pyoxigraph|oxigraph|uvicorn|starlette|fastapi|python|rust|panick|os error|errno|"
    r"LoadDocument|callback|Exception|\b[A-Z]\w+Error\b|RLIMIT|0x[0-9a-f]{6}",
    re.IGNORECASE,
)
BAD: dict[str, tuple[str, str, dict[str, Any]]] = {
    **{f"query {text[:24]}": ("POST", "/sparql", {"content": text.encode("utf-8", "surrogatepass"), "headers": QUERY}) for text in (
        "", "SELECT", "\x00", "DROP ALL", "SELECT * { SERVICE <http://127.0.0.1:1/> {} }", "SELECT * FROM <file:///etc/passwd> {}", "SELECT * FROM x:y {}",
        "SELECT * FROM <http://[> {}", "BASE <http://[> SELECT * FROM <x> {}", "SELECT * FROM", "SELECT * { SERVICE", "PREFIX", "BASE", "\ud800",
        "SELECT (?x AS ?x) { ?x ?y ?z }", "SELECT ?a { ?a ?b ?c } GROUP BY ?b",
        "ASK { BIND(1 AS ?a) FILTER(?a<2)SERVICE#>\n<http://127.0.0.1:58999/> { ?s ?p ?o } }", "ASK { ?s ?p 'a'^^<:> }", "SELECT * { ?s ?p ?o } LIMIT -1",
    )},
    **{f"{name}={iri}": ("GET", f"/{path}", {"params": {"query": "ASK {}", name: iri} if path == "sparql" else {name: iri}})
       for path, name in (("sparql", "default-graph-uri"), ("sparql", "named-graph-uri"), ("graphs", "graph")) for iri in (":", "http://[", "x", "a b")},
    "accept": ("GET", "/sparql?query=ASK%7B%7D", {"headers": {"accept": ";;;,,,q=x;/"}}),
    "method": ("PATCH", "/graphs", {}),
    "token": ("POST", "/update", {"headers": {"authorization": f"Bearer {TOKEN}"}, "content": "x"}),
    "scheme": ("POST", "/update", {"headers": {"authorization": "Basic eA=="}, "content": "x"}),
    "direct graph": ("GET", "/graphs/%00", {}),
    "path": ("GET", "/%2e%2e/%2e%2e/etc/passwd", {}),
    "static": ("GET", "/static/%2e%2e/app.py", {}),
    "question": ("GET", "/questions/..%2f..%2fetc", {}),
    "answer": ("GET", "/questions/nothing/answer", {}),
    "host": ("GET", "/sparql", {"headers": {"host": "a b<>", "accept": "text/turtle"}}),
}  # fmt: skip


@pytest.mark.parametrize("accept", ["*/*", "text/plain"])
@pytest.mark.parametrize("name", BAD)
def test_an_error_says_what_was_wrong_and_nothing_of_the_inside(client: httpx.Client, name: str, accept: str) -> None:
    method, path, said = BAD[name]
    answer = client.request(method, path, **{**said, "headers": {"accept": accept, **said.get("headers", {})}})
    assert 400 <= answer.status_code < 500, answer.text
    text = answer.text
    if answer.headers["content-type"] == "application/problem+json":
        assert {"type", "title", "status", "detail"} <= set(answer.json())
        assert answer.json()["status"] == answer.status_code
        text = answer.json()["detail"]
    else:
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert not INSIDE.search(text.replace("file:///etc/passwd", "")), text
    assert TOKEN not in text


def test_bytes_that_are_no_request_are_told_nothing_either(service: Running) -> None:
    for request in (b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01", b"GET /sparql\x00 HTTP/1.1\r\n\r\n"):
        answer = raw(service, request, timeout=1)
        assert not INSIDE.search(answer.decode("latin-1"))
        assert b"\r\nserver:" not in answer.lower()


# Logs and counts


def logged(running: Running) -> list[dict[str, object]]:
    time.sleep(0.5)  # lines are written together
    lines = [line for line in running.log.read_text().splitlines() if not line.startswith(("filorosso: ", "release "))]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("options", [(), ("--log-queries",)], ids=["without queries", "with queries"])
def test_logs_are_lines_of_json_with_queries_only_where_wanted(tmp_path_factory: pytest.TempPathFactory, options: tuple[str, ...]) -> None:
    home = tmp_path_factory.mktemp("logged")
    with serving(home, "--bare", "--timeout", "1", *options) as running:
        token = create_token(home, "writer", ["*"], "logs")
        url = running.address
        httpx.get(url + "/sparql", params={"query": "ASK {} # inthequery"})
        asked(running, "ASK {} # inthebody")
        asked(running, "SELECT (GROUP_CONCAT(CONCAT(?a, 'inthewild')) AS ?b) { VALUES ?a { 1 } }")
        httpx.get(url + "/a\r\n%7B%22forged%22:1%7D".replace("\r\n", "%0d%0a"))
        headers = {"authorization": f"Bearer {token}", "content-type": "application/sparql-update"}
        assert (
            httpx.post(url + "/update", content="INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }", headers=headers).status_code == 200
        )
        httpx.post(url + "/update", content="CLEAR ALL", headers={"authorization": f"Bearer {TOKEN}"})
        found = logged(running)
        text = running.log.read_text()
    assert all({"method", "path", "status", "ms"} <= set(line) for line in found)
    assert {("POST", "/update", 200), ("POST", "/update", 401), ("GET", '/a\r\n{"forged":1}', 404)} <= {
        (line["method"], line["path"], line["status"]) for line in found
    }
    assert [word in text for word in ("inthequery", "inthebody", "inthewild")] == [bool(options)] * 3
    assert token not in text
    assert TOKEN not in text


def test_what_goes_wrong_is_logged_in_lines_of_json_too(service: Running) -> None:
    asked(service, "ASK {}", **{"default-graph-uri": "http://[x\u2028y"})
    raw(service, b"GET /sparql HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", timeout=2)
    asked(service, "SELECT (STRLEN(?b) AS ?n) { BIND('x' AS ?a) BIND(REPLACE(?a, 'x', ?a) AS ?b) }")
    assert logged(service)


def counts(client: httpx.Client) -> dict[str, float]:
    lines = [line for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_counts_move_and_no_client_makes_new_series(client: httpx.Client) -> None:
    client.get("/nothing")
    before = counts(client)
    for number in range(30):
        client.get(f"/nothing-{number}")
        client.get(f"/graphs/{number}")
        client.get("/sparql", params={"query": "ASK {} # counted"})
        client.get("/sparql", params={"query": f"ASK {{}} # counted {number}"})
    after = counts(client)
    assert set(after) - set(before) <= {name for name in after if "graphs" in name or "sparql" in name}
    assert len(set(after) - set(before)) < 40
    moved = {name: after[name] - before.get(name, 0) for name in after}
    assert moved['filorosso_requests_total{route="other",status="404"}'] == 30
    assert moved['filorosso_requests_total{route="sparql",status="200"}'] == 31
    assert moved["filorosso_cache_hits_total"] == 29


def test_health_tells_life_and_readiness(client: httpx.Client) -> None:
    for path, said in (("/health", {"live": True, "ready": True}), ("/health/live", {"live": True}), ("/health/ready", {"ready": True})):
        answer = client.get(path)
        assert answer.status_code == 200
        assert said.items() <= answer.json().items()
        assert set(answer.json()) <= {"live", "ready", "revision", "state"}


# Other servers


def test_an_answer_from_elsewhere_is_marked_and_not_kept(client: httpx.Client, far: Far) -> None:
    query = f"SELECT ?far {{ SERVICE <{far.honest}> {{ ?s ?p ?far }} }}"
    for _ in range(2):
        answer = client.get("/sparql", params={"query": query})
        assert answer.json()["results"]["bindings"][0]["far"]["value"] == "from afar"
        assert answer.headers["filorosso-federated"] == far.honest
        assert answer.headers["cache-control"] == "no-store"
    here = client.get("/sparql", params={"query": "ASK {} # here"})
    assert "filorosso-federated" not in here.headers


def test_a_long_answer_from_elsewhere_is_not_kept_either(client: httpx.Client, far: Far) -> None:
    query = (
        f"SELECT * {{ SERVICE <{far.honest}> {{ ?s ?p ?far }} VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ {NUMBERS} }} VALUES ?c {{ 1 2 3 }} }}"
    )
    answer = client.get("/sparql", params={"query": query})
    assert len(answer.content) > 2**20
    assert answer.headers["filorosso-federated"] == far.honest
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("kind", ["public", "broken", "redirecting"])
def test_a_server_that_may_not_or_does_not_answer_is_a_bad_gateway(client: httpx.Client, listener: Listener, far: Far, kind: str) -> None:
    address = getattr(far, kind)
    answer = client.get("/sparql", params={"query": f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"})
    assert answer.status_code == 502
    assert address in answer.json()["detail"]
    assert "SECRET" not in answer.text
    assert "127.0.0.1" not in answer.text.replace(address, "")
    assert listener.arrived == []


def test_who_asks_elsewhere_keeps_nobody_from_asking_and_writing_here(tmp_path: Path) -> None:
    with elsewhere(Slow) as slow, serving(tmp_path, "--bare", "--timeout", "2", "--workers", "2", "--private-service", slow) as running:
        token = create_token(tmp_path, "writer", ["*"], "beside")
        query = f"SELECT * {{ SERVICE <{slow}> {{ ?s ?p ?o }} }}"
        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(asked, running, f"{query} # {number}") for number in range(4)]
            time.sleep(0.7)
            headers = {"authorization": f"Bearer {token}", "content-type": "application/sparql-update"}
            with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2"), base_url=running.address, timeout=20) as other:
                asked_here = other.get("/sparql", params={"query": "ASK {}"})
                written = other.post("/update", content="INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }", headers=headers)
            statuses = {each.result().status_code for each in waiting}
    assert asked_here.status_code == 200
    assert statuses <= {429, 502, 503}
    assert written.status_code != 429 or int(written.headers["retry-after"]) > 0
    assert written.status_code == 200, written.text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <FAR> { ?s ?p ?o",
        "SELECT * { SERVICE <FAR> { ?s ?p ?o } } ORDER BY",
        "CONSTRUCT { e:\u00e9SERVICE <FAR> 1 } WHERE {}",
        "SELECT ?p { VALUES ?\u00e9 { 1 } OPTIONAL { ?\u00e9SERVICE <FAR> ?o } SERVICE <FAR> { ?s ?p ?o } }",
        "SELECT (STR(?x) AS ?y) { SERVICE <FAR> { ?s ?p ?o } BIND(<FAR> AS ?x) }",
        "DESCRIBE e:\u00e9SERVICE <FAR>",
        "SELECT * { SERVICE <FAR> { BIND(<FAR> AS ?x) SERVICE <FAR> {} } }",
    ],
)
def test_nothing_tells_where_our_proxy_is(client: httpx.Client, far: Far, query: str) -> None:
    text = "PREFIX e: <urn:e:> " + query.replace("FAR", far.honest)
    answer = client.get("/sparql", params={"query": text}, headers={"accept": f"{JSON}, application/n-triples;q=0.5"})
    said = (answer.text + str(answer.headers)).replace(far.honest, "")
    assert not re.search(r"http://127\.0\.0\.1:\d+/", said), said


PRIVATE = (
    "127.0.0.1", "127.1", "0.0.0.0", "0", "2130706433", "0x7f000001", "017700000001", "localhost", "10.0.0.1", "192.168.1.1", "172.16.0.1",
    "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::127.0.0.1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "ff0e::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1",
)  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(FederationError):
        allowed_address(host, 80, False)


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", (address, 80)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    with pytest.raises(FederationError, match="not public"):
        allowed_address("mixed.example", 80, False)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found[:1])
    assert allowed_address("public.example", 80, False) == "93.184.215.14"


@pytest.mark.parametrize(
    "form",
    [
        "http://127.0.0.1:{}/",
        "http://localhost:{}/",
        "http://2130706433:{}/",
        "http://0x7f.1:{}/",
        "http://[::ffff:127.0.0.1]:{}/",
        "http://0.0.0.0:{}/",
    ],
)
def test_a_private_address_in_any_form_is_not_connected_to(form: str) -> None:
    with listening() as other:
        port = other.address.rpartition(":")[2].strip("/")
        with pytest.raises(FederationError, match=r"not public|no address"):
            fetch(form.format(port), False, b"", {})
        assert other.arrived == []


def test_a_redirect_is_looked_at_like_the_first_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[tuple[str, bool]] = []

    def judged(host: str, port: int, may_be_private: bool) -> str:
        asked_for.append((host, may_be_private))
        return allowed_address(host, port, host == "localhost")

    monkeypatch.setattr(federation, "allowed_address", judged)
    with listening() as other, elsewhere(type("ToPrivate", (Redirecting,), {"to": other.address})) as first:
        with pytest.raises(FederationError, match="not public"):
            fetch(first.replace("127.0.0.1", "localhost"), False, b"", {})
        assert other.arrived == []
    assert asked_for == [("localhost", False), ("127.0.0.1", False)]


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://", "//[", "http://127.0.0.1:99999/", "http://[::1", ""]
)
def test_a_redirect_to_what_is_no_server_is_refused(to: str) -> None:
    with elsewhere(type("ToNowhere", (Redirecting,), {"to": to})) as first, pytest.raises(FederationError):
        fetch(first, True, b"", {})


def test_redirects_are_followed_and_counted() -> None:
    with ExitStack() as servers:
        address = servers.enter_context(elsewhere(Honest))
        for _ in range(federation.REDIRECTS):
            address = servers.enter_context(elsewhere(type("Onwards", (Redirecting,), {"to": address})))
            assert fetch(address, True, b"", {}) == (JSON, RESULTS)
        address = servers.enter_context(elsewhere(type("Onwards", (Redirecting,), {"to": address})))
        with pytest.raises(FederationError, match="redirects more than"):
            fetch(address, True, b"", {})


def test_an_answer_from_elsewhere_is_bounded_in_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(federation, "BYTES", 2**20)
    with elsewhere(Large) as address, pytest.raises(FederationError, match="longer than 1 MiB"):
        fetch(address, True, b"", {})


def test_an_answer_from_elsewhere_is_bounded_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(federation, "SECONDS", 0.5)
    began = time.monotonic()
    with elsewhere(Dripping) as address:
        with pytest.raises(FederationError):
            fetch(address, True, b"", {})
        assert time.monotonic() - began < 2, "a server that drips is waited for byte by byte"


@pytest.mark.parametrize("address", ["ftp://x/", "file:///x", "x", "", "http://", "http://["])
def test_only_an_http_address_can_be_registered(address: str) -> None:
    with pytest.raises(FilorossoError):
        Federation({address: False})


def test_the_proxy_answers_nobody_who_does_not_know_its_path(far: Far) -> None:
    proxy = Federation({far.honest: True})
    proxy.start()
    try:
        known = proxy.addresses[far.honest]
        assert list(proxy.addresses) == [far.honest]
        assert httpx.post(known, content=b"x").status_code == 200
        for path in (
            known.rpartition("/")[0] + "/1",
            known + "x",
            known.rpartition("/")[0] + "/-1",
            known.replace(known.split("/")[3], "x" * 32),
        ):
            assert httpx.post(path, content=b"x").status_code == 404
        assert httpx.get(known).status_code in (404, 405, 501)
    finally:
        proxy.close()


# The form, the tag, the flight, the cache


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("*/*", JSON),
        (f"{XML};q=0.9, {CSV};q=0.8", XML),
        (f"{XML};q=0.1, {CSV};q=0.8", CSV),
        (f"{JSON};q=0, */*;q=0.1", XML),
        ("text/*;q=0.5, application/sparql-results+xml;q=0.4", CSV),
        (f"text/*, {CSV};q=0.1", TSV),
        ("application/*;q=0.3, text/csv;q=0.2", JSON),
        (f"image/png, {TSV};q=0.001", TSV),
        ("TEXT/CSV", CSV),
        (f"{CSV} ; q=1.0 ; x=y", CSV),
        (f"{JSON};q=0", None),
        ("*/*;q=0", None),
        ("image/png", None),
    ],
)
def test_the_form_goes_by_q_values(client: httpx.Client, accept: str, given: str | None) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}"}, headers={"accept": accept})
    assert answer.status_code == (200 if given else 406)
    assert "Accept" in answer.headers["vary"] if given else True
    assert answer.headers["content-type"].split(";")[0] == (given or "application/problem+json")


def test_a_tag_is_strong_and_spares_the_body(client: httpx.Client) -> None:
    url = "/sparql?query=SELECT%20(1%20AS%20%3Fx)%20%7B%7D"
    first, other = client.get(url), client.get(url, headers={"accept": CSV})
    tag = first.headers["etag"]
    assert re.fullmatch(r'"[^"]+"', tag)
    assert other.headers["etag"] != tag
    for wanted in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = client.get(url, headers={"if-none-match": wanted})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-type" not in again.headers
    assert client.get(url, headers={"if-none-match": '"x"'}).status_code == 200
    assert client.head(url, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (RAND() AS ?x) {}",
        "SELECT (NOW() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT ?x { FILTER(1<2) BIND(1 AS ?a) FILTER(?a<2) BIND(RAND() AS ?x) }",
    ],
)
def test_what_differs_each_time_is_not_kept(client: httpx.Client, query: str) -> None:
    first, second = (client.get("/sparql", params={"query": query}) for _ in range(2))
    assert first.headers["cache-control"] == "no-store"
    assert first.content != second.content


@pytest.mark.parametrize("header", ["x-forwarded-proto", "x-forwarded-host", "forwarded", "x-original-url"])
def test_what_one_client_says_of_itself_is_not_served_to_another(service: Running, header: str) -> None:
    url, accept = service.address + "/sparql", {"accept": "text/turtle", "host": f"{header}.example"}
    value = {"x-forwarded-proto": "https", "forwarded": "proto=https;host=evil.example", "x-original-url": "/evil"}.get(
        header, "evil.example"
    )
    httpx.get(url, headers=accept | {header: value})
    answer = httpx.get(url, headers=accept)
    assert f"http://{header}.example/sparql" in {str(node) for node in Graph().parse(data=answer.text, format="turtle").subjects()}


def spent(running: Running) -> int:
    """The ticks of processor time of the workers that a service has used up; a worker that was slow is."""
    time.sleep(0.3)
    engine = next(path.parent for path in Path("/proc").glob("[0-9]*/stat") if parent_of(path) == running.process.pid)
    parts = (engine / "stat").read_text().rpartition(")")[2].split()
    return int(parts[13]) + int(parts[14])


def parent_of(stat: Path) -> int:
    with suppress(OSError):
        return int(stat.read_text().rpartition(")")[2].split()[1])
    return 0


def test_many_who_ask_the_same_at_once_are_answered_by_one_query(service: Running) -> None:
    ticks = [spent(service)]
    assert asked(service, SLOW + " # alone").status_code == 200
    ticks.append(spent(service))
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: asked(service, SLOW), range(12)))
    ticks.append(spent(service))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    one, twelve = ticks[1] - ticks[0], ticks[2] - ticks[1]
    assert one > 0
    assert twelve < 4 * one, f"one takes {one} ticks, and twelve took {twelve}"


def test_the_cache_is_bounded_by_bytes(client: httpx.Client, service: Running) -> None:
    for number in range(60):
        query = f"SELECT * {{ VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ 1 2 3 4 }} }} # {number}"
        assert client.get("/sparql", params={"query": query}).status_code == 200
        assert counts(client)["filorosso_cache_bytes"] <= 2**20
    assert counts(client)["filorosso_cache_bytes"] > 2**18
    last, first = (
        client.get("/sparql", params={"query": f"SELECT * {{ VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ 1 2 3 4 }} }} # {n}"}) for n in (59, 0)
    )
    assert last.status_code == first.status_code == 200


def test_long_questions_count_in_the_cache_as_long_answers_do(service: Running) -> None:
    before = resident(service.process.pid)
    for number in range(60):
        assert asked(service, f"ASK {{}} # {number}".ljust(1_000_000)).status_code == 200
    grown = resident(service.process.pid) - before
    assert grown < 30, f"a cache of 1 MiB made the front grow by {grown} MiB"
