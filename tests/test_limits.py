"""What one request may use, and that it uses no more: time, memory, length of the answer, turns among the clients.

Shown with processes looked at from outside: what was stopped is gone from /proc, and nothing of it takes processor time any more. Times are
bounded generously: the machine may be busy. The services are empty; a query makes its own work of VALUES.

The one shape of an error: a problem (RFC 9457), 503 when a limit ended the request, 429 when too many wait, both with `Retry-After`; an
answer that was begun and cannot be finished ends without its last chunk, after a mark where the format has room for one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF

from filorosso.api.pool import BusyError, Pool, Worker
from filorosso.api.settings import Limits, Service
from filorosso.graph.namespaces import FILO

from .services import Running, serving
from .test_abuse import QUERY, asked, connected, received, resident

SECONDS, MIB = 2, 2**20
SLACK = 6  # seconds that a busy machine may add
NUMBERS = " ".join(map(str, range(1000)))
ROWS = f"VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ {NUMBERS} }}"
ENDLESS = f"{ROWS} VALUES ?c {{ {NUMBERS} }} VALUES ?d {{ {NUMBERS} }}"
# Nothing comes out of it before it is through.
WILD = f"SELECT (COUNT(?d) AS ?n) {{ {ENDLESS} FILTER(?a + ?b + ?c + ?d < 0) }} # %s"
STREAM = f"SELECT * {{ {ENDLESS} }}"
GRAPH = f"CONSTRUCT {{ <urn:a> <urn:b> ?e }} {{ {ENDLESS} BIND(?a + 1000 * (?b + 1000 * (?c + 1000 * ?d)) AS ?e) }}"
HUNGRY = {
    "sorting": f"SELECT * {{ {ENDLESS} }} ORDER BY DESC(?a + ?d)",
    "concatenating": f"SELECT (GROUP_CONCAT(?e) AS ?all) {{ {ENDLESS} BIND(CONCAT(STR(?a), 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') AS ?e) }}",
    "grouping": f"SELECT ?e (COUNT(*) AS ?n) {{ {ENDLESS} BIND(CONCAT(STR(?a), ' ', STR(?b), ' ', STR(?c)) AS ?e) }} GROUP BY ?e",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("limits"), "--bare", "--timeout", str(SECONDS), "--memory", "256", "--workers", "3") as running:
        yield running


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with one worker, a second for each request, and a mebibyte for each answer."""
    with serving(tmp_path_factory.mktemp("narrow"), "--bare", "--timeout", "1", "--answer", "1", "--workers", "1") as running:
        yield running


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that gives a request so much time that it must be something else that ends it."""
    with serving(tmp_path_factory.mktemp("patient"), "--bare", "--timeout", "100", "--workers", "3") as running:
        yield running


def _stats() -> Iterator[tuple[int, int, str, int]]:
    """Of each process: its id, its parent's, its state, and the ticks of processor time that it took."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parts = (folder / "stat").read_text().rpartition(")")[2].split()
                yield int(folder.name), int(parts[1]), parts[0], int(parts[11]) + int(parts[12])


def workers(running: Running) -> dict[int, tuple[str, int]]:
    """The workers of a service: state and ticks, by process id."""
    stats = list(_stats())
    (engine,) = [pid for pid, parent, _, _ in stats if parent == running.process.pid]
    return {pid: (state, ticks) for pid, parent, state, ticks in stats if parent == engine}


def at_work(running: Running) -> set[int]:
    """The workers that take processor time now."""
    before = workers(running)
    time.sleep(0.3)
    now = workers(running)
    return {pid for pid, (_, ticks) in now.items() if ticks > before.get(pid, ("", 0))[1] + 1}


def becomes(condition: Callable[[], bool], seconds: float = SLACK) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def gauge(running: Running, name: str) -> float:
    """A number of /metrics."""
    text = httpx.get(running.address + "/metrics", timeout=20).text
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"filorosso_{name}"))


def opened(running: Running, query: str, source: str = "127.0.0.1", accept: str = "*/*", timeout: str = "100") -> socket.socket:
    """A connection on which a query was asked, and nothing read yet."""
    connection = connected(running, source)
    head = f"POST /sparql?timeout={timeout} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nContent-Type: application/sparql-query\r\nContent-Length: {len(query)}\r\n\r\n"
    connection.sendall(head.encode() + query.encode())
    return connection


# Time


def test_a_query_past_its_time_is_really_ended(service: Running) -> None:
    busy: set[int] = set()
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(asked, service, WILD % "ended")
        while not busy and not asking.done():
            busy = at_work(service)
        answer = asking.result()
    assert time.monotonic() - began < SECONDS + SLACK
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["detail"].startswith(f"the request took longer than {SECONDS} seconds and was stopped")
    assert at_work(service) == set()
    assert busy
    assert not busy & set(workers(service))
    assert becomes(lambda: [state for state, _ in workers(service).values()] == ["S"] * 3)


@pytest.mark.parametrize(("wanted", "given"), [("0.3", "0.3"), ("1e-9", "1e-09"), ("60", "2"), ("1e999", "2")])
def test_a_client_may_ask_for_less_time_and_never_for_more(service: Running, wanted: str, given: str) -> None:
    began = time.monotonic()
    answer = asked(service, WILD % f"wanted {wanted}", timeout=wanted)
    assert answer.status_code == 503
    assert f"longer than {given} seconds" in answer.json()["detail"]
    assert time.monotonic() - began < float(given) + SLACK


@pytest.mark.parametrize("wanted", ["0", "-1", "nan", "soon", "", "1 s", "0x10"])
def test_no_number_of_seconds_is_refused(service: Running, wanted: str) -> None:
    answer = asked(service, "ASK {}", timeout=wanted)
    assert answer.status_code == 400
    assert "is not a number of seconds" in answer.json()["detail"]


def test_the_text_of_a_stop_is_text_for_who_wants_text(service: Running) -> None:
    headers = QUERY | {"accept": "text/plain"}
    answer = httpx.post(service.address + "/sparql", params={"timeout": "0.1"}, content=WILD % "text", headers=headers, timeout=20)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert answer.text.startswith("the request took longer than 0.1 seconds")


@pytest.mark.parametrize(
    ("query", "accept", "mark"),
    [
        (STREAM, "application/sparql-results+json", b""),
        (STREAM, "text/csv", b""),
        (STREAM, "text/tab-separated-values", b""),
        (STREAM, "application/sparql-results+xml", b"\n<!-- cut: the time for one request was over -->"),
        (GRAPH, "text/turtle", b"\n# cut: the time for one request was over\n"),
        (GRAPH, "application/n-triples", b"\n# cut: the time for one request was over\n"),
        (GRAPH, "application/rdf+xml", b"\n<!-- cut: the time for one request was over -->"),
    ],
)
def test_a_stream_past_its_time_ends_without_its_last_chunk(patient: Running, query: str, accept: str, mark: bytes) -> None:
    with opened(patient, query, accept=accept, timeout="1") as connection:
        answer = received(connection, most=1 << 40)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"transfer-encoding: chunked" in answer[:2000].lower()
    assert not answer.endswith(b"\r\n0\r\n\r\n")
    assert len(answer) > MIB
    assert answer.endswith(mark + b"\r\n" if mark else b"")
    assert bool(mark) == (b"cut: " in answer[-200:])


def test_clients_see_that_a_stream_was_cut(patient: Running) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        asked(patient, STREAM + " # seen", timeout="1")


# Memory and length


@pytest.mark.parametrize("name", HUNGRY)
def test_a_query_past_its_memory_is_ended_and_the_service_lives_on(service: Running, name: str) -> None:
    answer = asked(service, HUNGRY[name])
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "more than the 256 MiB of memory" in answer.json()["detail"] or "longer than" in answer.json()["detail"]
    assert asked(service, f"ASK {{}} # after {name}").status_code == 200
    assert becomes(lambda: len(workers(service)) == 3)


def test_memory_is_what_ends_a_query_that_grows_fast(patient: Running, tmp_path: Path) -> None:
    doubled = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}, ?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(12))
    with serving(tmp_path, "--bare", "--memory", "256", "--timeout", "100") as hungry:
        answer = asked(hungry, f"SELECT (STRLEN(?x12) AS ?n) {{ BIND('{'x' * 100}' AS ?x0) {doubled} }}")
        assert answer.status_code == 503
        assert answer.json()["detail"].startswith("the request needed more than the 256 MiB of memory")
        assert gauge(hungry, 'stopped_total{why="memory"}') >= 1
    assert gauge(patient, 'stopped_total{why="memory"}') == 0


@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+xml"])
def test_an_answer_longer_than_one_may_be_is_cut(narrow: Running, accept: str) -> None:
    with opened(narrow, STREAM, accept=accept) as connection:
        answer = received(connection, most=1 << 40)
    assert MIB / 2 < len(answer) < 3 * MIB
    assert not answer.endswith(b"\r\n0\r\n\r\n")
    assert (b"cut: the answer is longer than 1 MiB" in answer) == ("xml" in accept)
    assert becomes(lambda: at_work(narrow) == set())


def test_an_answer_as_long_as_one_may_be_is_whole(narrow: Running) -> None:
    answer = asked(narrow, f"SELECT ?a {{ VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ 1 2 3 4 5 6 7 8 9 }} }}")
    assert answer.status_code == 200
    assert len(answer.json()["results"]["bindings"]) == 9000


def test_the_memory_of_the_front_stays_flat_while_a_million_rows_go_by(patient: Running) -> None:
    before, most, lines = resident(patient.process.pid), 0, 0
    url, headers = patient.address + "/sparql", QUERY | {"accept": "text/csv"}
    with httpx.stream("POST", url, content=f"SELECT * {{ {ROWS} }}", headers=headers, timeout=60) as answer:
        for number, piece in enumerate(answer.iter_raw()):
            lines += piece.count(b"\n")
            if number % 20 == 0:
                most = max(most, resident(patient.process.pid))
    assert lines == 1_000_001
    assert most - before < 64, f"{before} MiB before, {most} MiB meanwhile"


def test_limits_are_published_as_they_were_set(service: Running, narrow: Running, patient: Running) -> None:
    for running, seconds, memory, answer in ((service, 2, 256, 1024), (narrow, 1, 1024, 1), (patient, 100, 1024, 1024)):
        found = Graph().parse(data=httpx.get(running.address + "/sparql", headers={"accept": "text/turtle"}).text, format="turtle")
        endpoint = found.value(predicate=RDF.type, object=URIRef("http://www.w3.org/ns/sparql-service-description#Service"))
        said = {name: float(str(found.value(endpoint, URIRef(FILO + name)))) for name in ("timeLimit", "memoryLimit", "answerLimit")}
        assert said == {"timeLimit": seconds, "memoryLimit": memory * MIB, "answerLimit": answer * MIB}
        limit = float(str(found.value(endpoint, URIRef(FILO + "queryLimit"))))
        assert asked(running, "ASK {}".ljust(int(limit))).status_code == 200
        assert asked(running, "ASK {}".ljust(int(limit) + 1)).status_code == 413


# Clients that go, and clients that stay


@pytest.mark.parametrize("query", [WILD % "gone", STREAM + " # gone"], ids=["thinking", "answering"])
def test_a_client_that_hangs_up_frees_its_worker_at_once(patient: Running, query: str) -> None:
    connection = opened(patient, query)
    assert becomes(lambda: gauge(patient, "workers_busy") == 1)
    time.sleep(0.5)
    before = set(workers(patient))
    connection.close()
    assert becomes(lambda: gauge(patient, "workers_busy") == 0)
    assert at_work(patient) == set()
    assert becomes(lambda: len(set(workers(patient)) - before) == 1)


def test_a_client_that_does_not_read_does_not_keep_its_worker(service: Running) -> None:
    stalled = [opened(service, STREAM + f" # {number}", f"127.0.0.{number}") for number in range(2, 5)]
    try:
        assert becomes(lambda: gauge(service, "workers_busy") == 3, SECONDS)
        assert becomes(lambda: asked(service, f"ASK {{}} # {time.monotonic_ns()}").status_code == 200, SECONDS + SLACK), "none was served"
        assert becomes(lambda: all(state != "Z" for state, _ in workers(service).values()))
    finally:
        for connection in stalled:
            connection.close()
    assert becomes(lambda: gauge(service, "workers_busy") == 0)


def test_one_wild_query_does_not_stop_the_others(patient: Running) -> None:
    wild = opened(patient, WILD % "beside others")
    assert becomes(lambda: gauge(patient, "workers_busy") == 1)

    def small(client: int) -> list[int]:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=f"127.0.0.{client}"), base_url=patient.address, timeout=20) as asker:
            return [asker.get("/sparql", params={"query": f"ASK {{}} # {client} {turn}"}).status_code for turn in range(10)]

    began = time.monotonic()
    with ThreadPoolExecutor(6) as pool:
        statuses = Counter(status for found in pool.map(small, range(2, 8)) for status in found)
    assert statuses == {200: 60}
    assert time.monotonic() - began < SLACK
    assert len(at_work(patient)) == 1
    wild.close()
    assert becomes(lambda: gauge(patient, "workers_busy") == 0)


def test_the_queue_is_bounded_and_nobody_waits_for_ever(narrow: Running) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda number: asked(narrow, WILD % f"queue {number}"), range(100)))
    assert time.monotonic() - began < 2 * 1 + 3 * SLACK
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {429, 503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    full = next(answer for answer in answers if answer.status_code == 429)
    assert full.json()["detail"].startswith("too many requests wait")
    assert becomes(lambda: gauge(narrow, "requests_waiting") == 0)
    assert asked(narrow, "ASK {} # after the queue").status_code == 200


def test_who_floods_does_not_keep_another_client_from_being_served(patient: Running) -> None:
    flood = [opened(patient, WILD % f"flood {number}") for number in range(40)]
    assert becomes(lambda: gauge(patient, "requests_waiting") >= 30)
    transport = httpx.HTTPTransport(local_address="127.0.0.2")
    began = time.monotonic()
    with httpx.Client(transport=transport, base_url=patient.address, timeout=20) as other:
        statuses = {other.get("/sparql", params={"query": f"ASK {{}} # served {turn}"}).status_code for turn in range(10)}
    assert statuses == {200}
    assert time.monotonic() - began < SLACK
    assert gauge(patient, "requests_waiting") >= 30
    for connection in flood:
        connection.close()
    assert becomes(lambda: gauge(patient, "requests_waiting") == 0 == gauge(patient, "workers_busy"), 30)


def test_many_stops_leave_no_process_behind(service: Running) -> None:
    assert becomes(lambda: gauge(service, "workers_busy") == 0)
    assert {asked(service, WILD % f"again {number}", timeout="0.05").status_code for number in range(15)} == {503}
    assert becomes(lambda: [state for state, _ in workers(service).values()] == ["S"] * 3)


def test_a_worker_that_dies_idle_is_missed_by_no_client(service: Running) -> None:
    assert becomes(lambda: gauge(service, "workers_busy") == 0)
    for pid in workers(service):
        os.kill(pid, signal.SIGKILL)  # as the kernel does when the machine has no memory left
    time.sleep(0.2)
    assert {asked(service, f"ASK {{}} # after the deaths {turn}").status_code for turn in range(6)} == {200}


def test_a_worker_that_comes_when_the_waiting_is_over_is_not_lost(tmp_path: Path) -> None:
    async def waited() -> list[int]:
        pool = Pool(Service(tmp_path, workers=1, limits=Limits(seconds=0.02)), lambda _: None)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            worker = Worker(ours, 0, 0, 0)
            waiting = asyncio.create_task(pool._worker("a client"))
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_later(0.01, pool._arrived, worker, "")
            time.sleep(0.05)  # the worker comes and the time is over in one turn of the loop
            with suppress(BusyError):
                pool.release(await waiting, "a client")
            return [pool.busy, pool.waiting, len(pool._idle)]

    assert asyncio.run(waited()) == [0, 0, 1]
