"""`filorosso publish` and `filorosso serve --store`: the same application over a release that another engine holds.

That all questions get equal answers there is shown in `test_remote.py`, store by store; here is what a user sees of it over HTTP.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from filorosso.graph import Release
from filorosso.graph.remote import Addresses

from .engines import oxigraph
from .services import serving

COVERAGE = "/questions/coverage/answer?framework=agenda-2030&kind=goal&by=seregno-agenda-2022"
WILD = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@dataclass(frozen=True)
class Elsewhere:
    """An engine that holds the release, and a service over it."""

    where: Addresses
    address: str


def publish(home: Path, where: Addresses) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "filorosso.api.cli", "publish", "--home", str(home), "--store", where.query]
    return subprocess.run([*command, "--store-graphs", where.graphs or ""], capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def elsewhere(home: Path, release: Release) -> Iterator[Elsewhere]:
    with oxigraph("--timeout-s", "5") as where:
        done = publish(home, where)
        assert done.returncode == 0, done.stderr
        assert release.name in done.stdout
        with serving(home, "--no-build", "--store", where.query) as running:
            yield Elsewhere(where, running.address)


def test_a_release_is_published_once(elsewhere: Elsewhere, home: Path) -> None:
    assert "0 graphs sent" in publish(home, elsewhere.where).stdout


def test_questions_and_queries_are_answered_as_by_the_embedded_engine(elsewhere: Elsewhere, server: str) -> None:
    for path in (COVERAGE, COVERAGE + "&view=declared", "/questions/rests-on/answer?node=M2C4I2.02.00&kind=goal"):
        answers = [httpx.get(address + path, timeout=120).json() for address in (elsewhere.address, server)]
        assert answers[0]["rows"] == answers[1]["rows"]
        assert answers[0]["citation"] == answers[1]["citation"]
    query = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}
    counts = [httpx.get(address + "/sparql", params=query, timeout=120).json() for address in (elsewhere.address, server)]
    assert counts[0] == counts[1]


def test_a_syntax_error_has_its_place_whatever_the_engine_says(elsewhere: Elsewhere) -> None:
    answer = httpx.get(f"{elsewhere.address}/sparql", params={"query": "SELECT ?x WHERE {\n ?x ?y }"}, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["line"] == 2


def test_a_query_past_its_time_is_ended(elsewhere: Elsewhere) -> None:
    answer = httpx.get(f"{elsewhere.address}/sparql", params={"query": WILD, "timeout": "1"}, timeout=60)
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


def test_nothing_is_written_through_the_service(elsewhere: Elsewhere, home: Path) -> None:
    from filorosso.graph import create_token, read_tokens, revoke_token

    token = create_token(home, "elsewhere", ["*"], "")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/sparql-update"}
    update = "INSERT DATA { GRAPH <http://example.org/g> { <http://example.org/s> <http://example.org/p> 1 } }"
    answer = httpx.post(f"{elsewhere.address}/update", content=update, headers=headers, timeout=60)
    revoke_token(home, "elsewhere")
    assert read_tokens(home)[-1].revoked is not None
    assert answer.status_code == 403
    assert "publish" in answer.json()["detail"]


def test_a_release_that_is_not_published_is_not_served(home: Path, release: Release) -> None:
    assert release
    command = [sys.executable, "-m", "filorosso.api.cli", "serve", "--home", str(home), "--no-build", "--port", "0"]
    with oxigraph() as empty:
        done = subprocess.run([*command, "--store", empty.query], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "not published" in done.stderr


def test_an_engine_that_goes_away_meanwhile_is_a_bad_gateway(home: Path, release: Release) -> None:
    assert release
    with oxigraph() as where:
        publish(home, where)
        address = ""
        with serving(home, "--no-build", "--store", where.query) as running:
            address = running.address
            assert httpx.get(f"{address}/sparql", params={"query": "ASK { ?s ?p ?o }"}, timeout=60).json()["boolean"] is True
            for line in subprocess.run(
                ["pgrep", "-f", f"oxigraph serve --bind {where.query[7:-6]}"], capture_output=True, text=True
            ).stdout.split():
                subprocess.run(["kill", "-9", line])
            answer = httpx.get(f"{address}/sparql", params={"query": "ASK { ?a ?b ?c }"}, timeout=60)
            assert answer.status_code == 502
            assert "oxigraph" not in answer.text.lower()
            page = httpx.get(f"{address}/frameworks", headers={"Accept": "text/html"}, timeout=60)
            assert page.status_code == 502
            assert page.headers["content-type"].startswith("text/html")
