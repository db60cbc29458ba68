"""Writes that were acknowledged are there after every kind of end; readers see a state before a write or after it; nobody overwrites what he has
not seen; a copy of the folder is a backup; a full disk loses nothing.

All of it over HTTP, against a service with an empty graph in processes of its own, which are stopped and killed by their ids.
"""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from filorosso.graph import Delta, Inputs, Release, State, build, create_token, current
from filorosso.graph.journal import Journal, Record, read_journal

from .services import Running, serving, start, stop

P = "<http://example.org/p>"
G, H = "http://example.org/g", "http://example.org/h"
JSON = "application/json"
BARE = ("--bare", "--dataset", "plain", "--workers", "3")


@dataclass
class Site:
    """A service on a home folder, and a token for all of it. `running` is replaced when it is started again."""

    home: Path
    token: str
    running: Running = field(repr=False)

    def update(self, text: str, **headers: str) -> httpx.Response:
        """Send an update."""
        return self._send("POST", "/update", text, {"content-type": "application/sparql-update"} | _headers(headers))

    def graph(self, method: str, graph: str, turtle: str | None = None, **headers: str) -> httpx.Response:
        """Read or write a graph."""
        said = ({"content-type": "text/turtle"} if turtle is not None else {}) | _headers(headers)
        return self._send(method, f"/graphs?graph={quote(graph, safe='')}", turtle, said)

    def query(self, text: str, **headers: str) -> httpx.Response:
        """Ask a query with GET, as clients that keep answers do."""
        return self._send("GET", f"/sparql?query={quote(text)}", None, {"accept": "text/csv"} | _headers(headers))

    def rows(self, text: str) -> list[tuple[str, ...]]:
        """The rows that answer a query."""
        answer = self.query(text)
        assert answer.status_code == 200, answer.text
        return [tuple(row) for row in csv.reader(answer.text.splitlines()[1:])]

    def values(self, graph: str) -> list[str]:
        """What a graph says of P, sorted."""
        return sorted(row[0] for row in self.rows(f"SELECT ?o {{ GRAPH <{graph}> {{ ?s {P} ?o }} }}"))

    def kill(self) -> None:
        """End the front process as a crash does, and start another at once."""
        self.running.process.kill()
        self.running.process.wait(timeout=20)
        self.running = start(self.home, *BARE)

    def wait(self) -> None:
        """Wait until it can answer."""
        deadline = time.monotonic() + 60
        while self._send("GET", "/health/ready", None, {}).status_code != 200:
            assert time.monotonic() < deadline, "the service did not get ready again"
            time.sleep(0.02)

    def _send(self, method: str, path: str, content: str | None, headers: dict[str, str]) -> httpx.Response:
        body = content.encode() if content is not None else None
        own = {"authorization": f"Bearer {self.token}"} if method not in ("GET", "HEAD") else {}
        return httpx.request(method, self.running.address + path, content=body, headers={**own, **headers}, timeout=60)


def _headers(said: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in said.items()}


def children(pid: int) -> list[int]:
    """The processes that a process has started and that have not ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        found = [task.read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/children")]
        return [int(each) for row in found for each in row]
    return []


def engine_of(site: Site) -> int:
    """The engine process of a service, when it has one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and site.running.process.poll() is None:
        for pid in children(site.running.process.pid):
            with suppress(FileNotFoundError):
                if b"filorosso.api.engine" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        time.sleep(0.001)
    raise AssertionError("there is no engine process")


def kill(pid: int) -> None:
    """End a process as a crash does, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def is_gone(pid: int) -> bool:
    """Whether a process has ended, though its parent may not have asked for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextmanager
def opened(home: Path, token: str = "") -> Iterator[Site]:
    """A service on a home folder; a token is made unless one is given."""
    site = Site(home, token or create_token(home, "tests", ["*", "default"], "tests"), start(home, *BARE))
    try:
        yield site
    finally:
        stop(site.running)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with opened(tmp_path / "home") as opened_site:
        yield opened_site


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that nobody kills."""
    with opened(tmp_path_factory.mktemp("durability")) as opened_site:
        yield opened_site


@pytest.fixture
def calm(shared: Site) -> Site:
    """The same, emptied."""
    assert shared.update("DROP ALL").is_success
    return shared


def insert(number: int, *graphs: str) -> str:
    """An update that says a number in each graph."""
    said = " ".join(f"GRAPH <{graph}> {{ <http://example.org/s{number}> {P} {number} }}" for graph in graphs)
    return f"INSERT DATA {{ {said} }}"


# Kills


def test_an_acknowledged_write_survives_the_end_of_the_service(site: Site) -> None:
    for number in range(1, 4):
        answer = site.update(insert(number, G, H))
        assert answer.is_success, answer.text
        site.kill()
        wanted = [str(each) for each in range(1, number + 1)]
        assert site.values(G) == site.values(H) == wanted
        assert [record.revision for record in read_journal(site.home)] == list(range(1, number + 1))


def test_the_same_writes_have_the_same_name_after_a_crash(site: Site) -> None:
    answer = site.update(insert(1, G))
    tag = site.graph("GET", G).headers["etag"]
    site.kill()
    assert site.graph("GET", G).headers["etag"] == tag
    assert site.update(insert(2, G), if_match=answer.headers["etag"]).is_success
    assert site.values(G) == ["1", "2"]


def test_an_acknowledged_write_survives_the_end_of_the_engine(site: Site) -> None:
    for number in range(1, 4):
        assert site.update(insert(number, G, H)).is_success
        before = engine_of(site)
        kill(before)
        site.wait()
        deadline = time.monotonic() + 60
        while engine_of(site) == before and time.monotonic() < deadline:
            time.sleep(0.02)
        site.wait()
        assert site.running.process.poll() is None
        assert site.values(G) == site.values(H) == [str(each) for each in range(1, number + 1)]


def test_no_process_outlives_the_service(site: Site) -> None:
    engine = engine_of(site)
    workers = children(engine)
    assert len(workers) == 3
    site.running.process.kill()
    site.running.process.wait(timeout=20)
    deadline = time.monotonic() + 10
    while not all(map(is_gone, (engine, *workers))) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [pid for pid in (engine, *workers) if not is_gone(pid)] == []


def test_a_write_is_answered_though_the_engine_ends_again_and_again(site: Site) -> None:
    """The engine ends while a write waits for it to be ready; that must neither hang the write nor those after it."""
    with ThreadPoolExecutor(1) as pool:
        for number in range(1, 4):
            first = engine_of(site)
            kill(first)
            while (second := engine_of(site)) == first:
                pass
            waiting = pool.submit(
                httpx.post, site.running.address + "/update", content=insert(number, G), timeout=20, headers=as_writer(site)
            )
            while not children(second) and not is_gone(second):
                pass
            kill(second)
            assert waiting.result().status_code in (200, 503)
            site.wait()
    assert site.update(insert(9, G)).is_success
    assert "9" in site.values(G)


def as_writer(site: Site) -> dict[str, str]:
    return {"authorization": f"Bearer {site.token}", "content-type": "application/sparql-update"}


def test_workers_that_were_killed_while_idle_cost_nobody_an_answer(site: Site) -> None:
    """The kernel may do so where memory is short; the query that comes next has done nothing wrong."""
    for number in range(3):
        time.sleep(0.3)
        workers = children(engine_of(site))
        assert len(workers) >= 3
        for pid in workers:
            kill(pid)
        time.sleep(0.3)
        for again in range(4):
            answer = site.query(f"#{number} {again}\nASK {{}}")
            assert (answer.status_code, answer.text) == (200, "true"), answer.text


ENDLESS = "{ " + " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(60)))} }}" for n in range(6)) + " }"


def test_a_reader_whose_worker_and_engine_are_killed_is_told(site: Site) -> None:
    """The worker ends first, and the engine before it can say of what the worker died."""
    engine = engine_of(site)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(site.query, f"SELECT (COUNT(*) AS ?n) {ENDLESS}")
        time.sleep(1)
        os.kill(engine, signal.SIGSTOP)
        for pid in children(engine):
            kill(pid)
        time.sleep(0.3)
        kill(engine)
        answer = asked.result()
    assert answer.status_code in (500, 503)
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    site.wait()
    assert site.query("ASK {}").status_code == 200


@pytest.mark.parametrize("kind", ["query", "write"])
def test_what_was_begun_under_an_engine_that_ended_and_then_ends_itself_is_answered(site: Site, kind: str) -> None:
    """The worker outlives its engine, and the next engine knows nothing of it: nobody may wait for what it cannot tell."""
    engine = engine_of(site)
    before = set(children(engine))
    send = partial(httpx.request, timeout=20, headers=as_writer(site))
    with ThreadPoolExecutor(1) as pool:
        if kind == "query":
            asked = pool.submit(send, "GET", f"{site.running.address}/sparql?query={quote(f'SELECT (COUNT(*) AS ?n) {ENDLESS}')}")
        else:
            text = f"INSERT {{ GRAPH <{G}> {{ <http://example.org/s> {P} ?n }} }} WHERE {{ SELECT (COUNT(*) AS ?n) {ENDLESS} }}"
            asked = pool.submit(send, "POST", f"{site.running.address}/update", content=text)
        time.sleep(1)
        workers = before | set(children(engine))
        kill(engine)
        while engine_of(site) == engine or not children(engine_of(site)):
            time.sleep(0.01)
        site.wait()
        for pid in workers:
            kill(pid)
        assert asked.result().status_code in (500, 503)
    assert send("POST", f"{site.running.address}/update", content=insert(1, G)).is_success
    assert site.values(G) == ["1"]


# What readers see


def test_readers_see_before_or_after_and_never_between(calm: Site) -> None:
    size, rounds = 25, 12
    acknowledged = [0]
    done = threading.Event()

    def said(number: int) -> str:
        quads = " ".join(f"<http://example.org/s{each}> {P} {number} ." for each in range(size))
        return f"DELETE WHERE {{ GRAPH ?g {{ ?s {P} ?o }} }} ; INSERT DATA {{ GRAPH <{G}> {{ {quads} }} GRAPH <{H}> {{ {quads} }} }}"

    def read(reader: int) -> int:
        seen, reads = 0, 0
        while not done.is_set():
            least = acknowledged[0]
            # Half of the readers ask what is in no cache.
            mark = f"#{reader} {reads}\n" if reader % 2 else ""
            rows = calm.rows(f"{mark}SELECT ?g ?o (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s {P} ?o }} }} GROUP BY ?g ?o ORDER BY ?g")
            assert [(g, n) for g, _, n in rows] == [(G, str(size)), (H, str(size))], rows
            assert rows[0][1] == rows[1][1], rows
            now = int(rows[0][1])
            assert now >= least, "an acknowledged write is not seen"
            assert now >= seen, "a state before one that was seen"
            seen, reads = now, reads + 1
        return reads

    assert calm.update(said(0)).is_success
    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, reader) for reader in range(4)]
        try:
            for number in range(1, rounds + 1):
                assert calm.update(said(number)).is_success
                acknowledged[0] = number
        finally:
            done.set()
        assert min(reader.result() for reader in readers) > rounds // 2


def test_an_answer_that_was_kept_is_never_given_after_a_write(calm: Site) -> None:
    question = f"SELECT ?o {{ GRAPH <{G}> {{ ?s {P} ?o }} }}"
    tags = set()
    for number in range(1, 16):
        assert calm.graph("PUT", G, f"<http://example.org/s> {P} {number} .").is_success
        first, second = calm.query(question), calm.query(question)
        assert first.text.split() == second.text.split() == ["o", str(number)]
        assert first.headers["etag"] == second.headers["etag"]
        assert f" {number} ." in calm.graph("GET", G, accept="text/turtle").text
        tags.add(first.headers["etag"])
    assert len(tags) == 15


def test_what_has_not_changed_is_not_sent_again(calm: Site) -> None:
    question = f"SELECT ?o {{ GRAPH <{G}> {{ ?s {P} ?o }} }}"
    assert calm.update(insert(1, G)).is_success
    reads: list[Callable[..., httpx.Response]] = [partial(calm.query, question), partial(calm.graph, "GET", G, accept="text/turtle")]
    for read in reads:
        first = read()
        tag = first.headers["etag"]
        assert tag.startswith('"'), "a strong one"
        for wanted in (tag, f'"other", {tag}', "*", f"W/{tag}"):
            again = read(if_none_match=wanted)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert read(if_none_match='"other"').content == first.content
        assert calm.update(insert(2, H)).is_success
        assert read(if_none_match=tag).status_code == 304, "another graph was changed"
        assert calm.update(f"DELETE DATA {{ GRAPH <{H}> {{ <http://example.org/s2> {P} 2 }} }}").is_success


def test_a_tag_counts_no_more_after_a_write(calm: Site) -> None:
    question = f"SELECT ?o {{ GRAPH <{G}> {{ ?s {P} ?o }} }} ORDER BY ?o"
    assert calm.update(insert(1, G)).is_success
    tags = [calm.query(question).headers["etag"], calm.graph("GET", G).headers["etag"]]
    assert calm.update(insert(2, G)).is_success
    asked, got = calm.query(question, if_none_match=tags[0]), calm.graph("GET", G, if_none_match=tags[1])
    assert (asked.status_code, got.status_code) == (200, 200)
    assert asked.text.split() == ["o", "1", "2"]
    assert got.headers["etag"] != tags[1]


def test_every_write_has_the_next_revision_and_one_that_changes_nothing_has_none(calm: Site) -> None:
    first = calm.update(insert(1, G))
    revision = int(first.headers["filorosso-revision"])
    second = calm.graph("POST", G, f"<http://example.org/x> {P} 2 .")
    assert int(second.headers["filorosso-revision"]) == revision + 1
    same = calm.update(insert(1, G))
    assert int(same.headers["filorosso-revision"]) == revision + 1
    refused = calm.update("INSERT DATA {")
    assert refused.status_code == 400
    assert calm.update(insert(3, G)).headers["filorosso-revision"] == str(revision + 2)
    assert [record.revision for record in read_journal(calm.home)][-1] == revision + 2


def test_a_write_that_is_only_tried_changes_nothing(calm: Site) -> None:
    before = read_journal(calm.home)
    answer = httpx.post(calm.running.address + "/update?dry-run=true", content=insert(1, G), headers=as_writer(calm), timeout=30)
    assert answer.json()["added"] == 1
    assert calm.values(G) == []
    assert read_journal(calm.home) == before


def test_what_one_write_says_of_a_nameless_thing_is_not_said_of_another(calm: Site) -> None:
    """Each write is tried in a process forked from the same one; what is drawn by lot there must differ nevertheless."""
    for number in range(3):
        assert calm.update(f"INSERT DATA {{ GRAPH <{G}> {{ [] {P} {number} }} }}").is_success
        assert calm.graph("POST", H, f"[] {P} {number} .").is_success
    rows = calm.rows(f"SELECT ?g ?s (COUNT(?o) AS ?n) {{ GRAPH ?g {{ ?s {P} ?o }} }} GROUP BY ?g ?s")
    assert sorted((g, n) for g, _, n in rows) == [(G, "1")] * 3 + [(H, "1")] * 3


def test_names_that_are_drawn_by_lot_are_drawn_anew(calm: Site) -> None:
    made = "INSERT { GRAPH <%s> { ?s %s %d } } WHERE { BIND(UUID() AS ?s) }"
    for number in range(4):
        assert calm.update(made % (G, P, number)).is_success
    assert len(calm.rows(f"SELECT DISTINCT ?s {{ GRAPH <{G}> {{ ?s {P} ?o }} }}")) == 4
    drawn = [calm.rows(f"#{number}\nSELECT (STRUUID() AS ?u) {{}}")[0][0] for number in range(12)]
    assert len(set(drawn)) == 12


# Writers


def test_concurrent_increments_are_all_counted(calm: Site) -> None:
    assert calm.update(f"INSERT DATA {{ GRAPH <{G}> {{ <http://example.org/c> {P} 0 }} }}").is_success
    more = f"WITH <{G}> DELETE {{ ?c {P} ?n }} INSERT {{ ?c {P} ?m }} WHERE {{ ?c {P} ?n BIND(?n + 1 AS ?m) }}"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: calm.update(more), range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert calm.values(G) == ["40"]
    revisions = sorted(int(answer.headers["filorosso-revision"]) for answer in answers)
    assert revisions == list(range(revisions[0], revisions[0] + 40))


def test_no_update_is_lost_where_each_writer_says_what_it_has_seen(calm: Site) -> None:
    assert calm.graph("PUT", G, f"<http://example.org/c> {P} 0 .").is_success

    def increments(number: int) -> int:
        stale = 0
        while number:
            read = calm.graph("GET", G, accept="application/n-triples")
            value = int(read.text.split('"')[1])
            answer = calm.graph("PUT", G, f"<http://example.org/c> {P} {value + 1} .", if_match=read.headers["etag"])
            assert answer.status_code in (200, 412), answer.text
            number, stale = number - answer.is_success, stale + (answer.status_code == 412)
        return stale

    with ThreadPoolExecutor(4) as pool:
        stale = sum(pool.map(increments, [6] * 4))
    assert calm.values(G) == ["24"]
    assert stale > 0, "the writers never met"


def test_a_stale_tag_is_refused_and_changes_nothing(calm: Site) -> None:
    assert calm.graph("PUT", G, f"<http://example.org/s> {P} 1 .").is_success
    seen = calm.graph("GET", G).headers["etag"]
    assert calm.graph("PUT", G, f"<http://example.org/s> {P} 2 .").is_success
    before = read_journal(calm.home)
    for method, turtle in (("PUT", f"<http://example.org/s> {P} 3 ."), ("POST", f"<http://example.org/s> {P} 3 ."), ("DELETE", None)):
        answer = calm.graph(method, G, turtle, if_match=seen)
        assert answer.status_code == 412
        assert "read it again" in answer.text
    assert calm.values(G) == ["2"]
    assert read_journal(calm.home) == before


def test_a_tag_of_any_form_of_the_graph_lets_write_and_the_answer_brings_the_next(calm: Site) -> None:
    assert calm.graph("PUT", G, f"<http://example.org/s> {P} 0 .").is_success
    for number, accept in enumerate(("text/turtle", "application/n-triples", "application/ld+json"), start=1):
        tag = calm.graph("GET", G, accept=accept).headers["etag"]
        answer = calm.graph("PUT", G, f"<http://example.org/s> {P} {number} .", if_match=f'"other", {tag}')
        assert answer.status_code == 200
        assert calm.graph("PUT", G, f"<http://example.org/s> {P} 1{number} .", if_match=tag).status_code == 412
        assert calm.graph("PUT", G, f"<http://example.org/s> {P} 2{number} .", if_match=answer.headers["etag"]).status_code == 200
    assert calm.values(G) == ["23"]


def test_a_tag_of_a_graph_holds_while_others_are_written(calm: Site) -> None:
    assert calm.update(insert(1, G, H)).is_success
    tag = calm.graph("GET", G).headers["etag"]
    assert calm.update(insert(2, H)).is_success
    assert calm.graph("PUT", G, f"<http://example.org/s> {P} 3 .", if_match=tag).is_success
    assert calm.graph("PUT", G, f"<http://example.org/s> {P} 4 .", if_match=tag).status_code == 412


def test_an_update_is_held_to_the_state_that_its_author_has_seen(calm: Site) -> None:
    first = calm.update(insert(1, G))
    second = calm.update(insert(2, G), if_match=first.headers["etag"])
    assert second.is_success
    late = calm.update(insert(3, G), if_match=first.headers["etag"])
    assert late.status_code == 412
    assert calm.values(G) == ["1", "2"]
    state = httpx.get(calm.running.address + "/health", timeout=30).json()["state"]
    assert calm.update(insert(4, G), if_match=f'"{state}"').is_success
    assert calm.update(insert(5, G), if_match="*").is_success


def test_a_star_asks_for_a_graph_that_is_there(calm: Site) -> None:
    """RFC 9110, 13.1.1 and 13.1.2: `If-Match: *` is false of what is not there, `If-None-Match: *` of what is."""
    turtle = f"<http://example.org/s> {P} 1 ."
    assert calm.graph("PUT", G, turtle, if_match="*").status_code == 412
    assert calm.graph("PUT", G, turtle, if_none_match="*").status_code == 201
    assert calm.graph("PUT", G, f"<http://example.org/s> {P} 2 .", if_none_match="*").status_code == 412
    assert calm.values(G) == ["1"]
    assert calm.graph("PUT", G, f"<http://example.org/s> {P} 3 .", if_match="*").is_success


# Backups


def write_on(site: Site, stopping: threading.Event, acknowledged: list[int]) -> None:
    """Write one number after another into two graphs until it is enough."""
    number = 0
    while not stopping.is_set():
        number += 1
        assert site.update(insert(number, G, H)).is_success
        acknowledged.append(number)


def test_a_copy_of_the_folder_of_a_running_service_is_a_backup(calm: Site, tmp_path: Path) -> None:
    stopping, acknowledged = threading.Event(), list[int]()
    copies = [tmp_path / name for name in ("one", "two", "three")]
    known: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_on, calm, stopping, acknowledged)
        try:
            for copy in copies:
                time.sleep(0.7)
                known.append(len(acknowledged))
                if copy.name == "two":
                    subprocess.run(["cp", "-r", str(calm.home), str(copy)], check=True, timeout=60)
                else:
                    shutil.copytree(calm.home, copy)
        finally:
            stopping.set()
        writing.result()
    assert 0 < known[0] < known[1] < known[2]
    for copy, least in zip(copies, known, strict=True):
        with opened(copy, calm.token) as restored:
            there = sorted(map(int, restored.values(G)))
            assert there == sorted(map(int, restored.values(H)))
            assert there == list(range(1, len(there) + 1))
            assert len(there) >= least
            assert restored.update(insert(0, G)).is_success
    assert len(calm.values(G)) == len(acknowledged)


def test_a_folder_that_was_put_back_is_as_it_was(site: Site, tmp_path: Path) -> None:
    assert site.update(insert(1, G, H)).is_success
    shutil.copytree(site.home, tmp_path / "copy")
    name = site.update(insert(2, G, H)).headers["etag"]
    lost = site.graph("GET", G)
    stop(site.running)
    shutil.rmtree(site.home)
    shutil.copytree(tmp_path / "copy", site.home)
    site.running = start(site.home, *BARE)
    assert site.values(G) == site.values(H) == ["1"]
    other = site.update(insert(3, G, H))
    assert other.headers["etag"] != name, "another state has another name, though it has the same revision"
    # Whoever kept an answer of the lost state must not be told that it still holds, nor write on the ground of it.
    assert site.graph("GET", G, if_none_match=lost.headers["etag"]).status_code == 200
    assert site.graph("PUT", G, f"<http://example.org/s> {P} 4 .", if_match=lost.headers["etag"]).status_code == 412
    assert site.values(G) == ["1", "3"]


def test_a_journal_that_ends_before_the_release_is_not_served(site: Site) -> None:
    assert site.update(insert(1, G)).is_success
    stop(site.running)
    build(site.home, Inputs(date(2026, 11, 29), bare=True))
    kept = (site.home / "journal.jsonl").read_bytes()
    (site.home / "journal.jsonl").write_bytes(b"")
    with pytest.raises(AssertionError, match="the journal ends before revision 1"):
        start(site.home, *BARE)
    (site.home / "journal.jsonl").write_bytes(kept)
    site.running = start(site.home, *BARE)
    assert site.values(G) == ["1"]


def test_a_damaged_journal_stops_the_start_with_one_line(site: Site) -> None:
    for number in (1, 2):
        assert site.update(insert(number, G)).is_success
    stop(site.running)
    journal = site.home / "journal.jsonl"
    kept = journal.read_bytes()
    journal.write_bytes(kept.replace(b"http://example.org/s1", b"http://example.org/s3"))
    with pytest.raises(AssertionError, match=r"journal\.jsonl:1: the line is damaged; put the journal back from a copy"):
        start(site.home, *BARE)
    journal.write_bytes(kept + b'{"revision": 3, "at"')
    site.running = start(site.home, *BARE)
    assert site.values(G) == ["1", "2"]
    assert journal.read_bytes() == kept


def test_a_second_service_on_the_same_folder_is_refused(site: Site) -> None:
    assert site.update(insert(1, G)).is_success
    with pytest.raises(AssertionError, match="another service writes it"):
        start(site.home, *BARE)
    assert site.update(insert(2, G)).is_success
    assert site.values(G) == ["1", "2"]


# A full disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on a disk; the file that takes it."""
    filler = disk / "filler"
    with filler.open("wb") as handle, suppress(OSError):
        while True:
            os.write(handle.fileno(), bytes(4096))
    return filler


def long_insert(number: int) -> str:
    """An update that needs some pages of the disk."""
    said = " ".join(f'GRAPH <{graph}> {{ <http://example.org/l{number}> {P} {number}, "{"x" * 20_000}" }}' for graph in (G, H))
    return f"INSERT DATA {{ {said} }}"


def test_a_full_disk_loses_nothing_and_says_so(disk: Path) -> None:
    with opened(disk / "home") as site:
        assert site.update(insert(1, G, H)).is_success
        journal = (site.home / "journal.jsonl").read_bytes()
        name = httpx.get(site.running.address + "/health", timeout=30).json()
        filler = fill(disk)
        for number in range(3):
            refused = site.update(long_insert(2))
            assert refused.status_code == 507, refused.text
            assert "No space left on device" in refused.text
            assert "nothing was changed" in refused.text
            assert site.values(G) == site.values(H) == ["1"]
            assert site.rows(f"#{number}\nSELECT ?o {{ GRAPH <{G}> {{ ?s {P} ?o }} }}") == [("1",)]
        assert (site.home / "journal.jsonl").read_bytes() == journal
        assert httpx.get(site.running.address + "/health", timeout=30).json() == name
        filler.unlink()
        assert site.update(long_insert(2)).is_success
        site.kill()
        assert [value for value in site.values(G) if len(value) == 1] == ["1", "2"]
        assert site.values(G) == site.values(H)
        assert len(site.values(G)) == 3


def test_a_crash_while_the_disk_is_full_loses_nothing(disk: Path) -> None:
    with opened(disk / "home") as site:
        assert site.update(insert(1, G, H)).is_success
        filler = fill(disk)
        assert site.update(long_insert(2)).status_code == 507
        kill(engine_of(site))
        time.sleep(0.1)
        site.wait()
        assert site.values(G) == site.values(H) == ["1"]
        filler.unlink()
        assert site.update(insert(2, G, H)).is_success
        assert site.values(G) == site.values(H) == ["1", "2"]


def test_a_journal_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    """The same without a disk of its own: the kernel refuses what is longer than a file may be, after half of it is written."""
    with opened(tmp_path) as site:
        assert site.update(insert(1, G, H)).is_success
        journal = (site.home / "journal.jsonl").read_bytes()
        subprocess.run(["prlimit", f"--pid={engine_of(site)}", f"--fsize={len(journal) + 1000}:unlimited"], check=True, timeout=20)
        refused = site.update(long_insert(2))
        assert refused.status_code == 507
        assert "File too large" in refused.text
        assert (site.home / "journal.jsonl").read_bytes() == journal
        subprocess.run(["prlimit", f"--pid={engine_of(site)}", "--fsize=unlimited:unlimited"], check=True, timeout=20)
        assert site.update(long_insert(2)).is_success
        assert site.values(G) == site.values(H)


# The build takes the journal over

EX = "http://example.org/journal/"
COMMENT, TYPE = "<http://www.w3.org/2000/01/rdf-schema#comment>", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def record(revision: int, *added: str, removed: tuple[str, ...] = ()) -> Record:
    """A write of statements, each the text of a subject, a predicate and an object, in a graph of our own."""
    change = Delta(tuple(map(statement, added)), tuple(map(statement, removed)), (f"{EX}graph",) if revision == 1 else ())
    return Record(revision, "2026-11-29T08:00:00.000Z", "tests", "a reason", "update", change)


def statement(said: str) -> tuple[str, str, str, str]:
    subject, predicate, value = said.split(" ", 2)
    return subject, predicate, value, f"<{EX}graph>"


@pytest.fixture(scope="module")
def written_home(home: Path, release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped graph's home folder with four writes in its journal."""
    place = tmp_path_factory.mktemp("written") / "home"
    shutil.copytree(home, place, ignore=shutil.ignore_patterns("journal.jsonl", "*.log", "tokens.json"))
    journal = Journal(place)
    journal.append(record(1, f'<{EX}a> {COMMENT} "one"', f'<{EX}b> {COMMENT} "two"'))
    journal.append(record(2, f'<{EX}a> {COMMENT} "three"', removed=(f'<{EX}b> {COMMENT} "two"', f'<{EX}c> {COMMENT} "never there"')))
    journal.append(record(3, f"<{EX}broken> {TYPE} <https://w3id.org/filorosso/onto/Element>"))
    journal.append(record(4, f'<{EX}d> {COMMENT} "four"'))
    journal.close()
    return place


def run_build(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FILOROSSO_LANG": "en", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "filorosso.api.cli", "build", "--home", str(home), *options]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def test_the_build_takes_over_the_journal_and_says_what_no_longer_applies(written_home: Path, release: Release) -> None:
    done = run_build(written_home, "--as-of", release.manifest["asOf"], "--skip", "3")
    assert (done.returncode, done.stderr) == (0, "")
    lost = f'revision 2 no longer applies: it removes what is not there any more, <{EX}c> {COMMENT} "never there" <{EX}graph>'
    assert [said for said in done.stdout.splitlines() if "applies" in said] == [lost]
    built = current(written_home)
    assert built is not None
    assert built.manifest["noLongerApplies"] == [lost]
    assert built.manifest["revision"] == 4
    assert built.name != release.name
    state = State(built, written_home)
    try:
        rows = state.store.rows(f"SELECT ?s ?o {{ GRAPH <{EX}graph> {{ ?s {COMMENT} ?o }} }} ORDER BY ?s ?o")
        assert [(row["s"], row["o"]) for row in rows] == [(f"<{EX}a>", '"one"'), (f"<{EX}a>", '"three"'), (f"<{EX}d>", '"four"')]
        assert state.revision == 4
        assert state.store.rows(f"SELECT ?o {{ <{EX}broken> ?p ?o }}") == []
        writes = "SELECT ?write { ?write <http://www.w3.org/ns/prov#endedAtTime> ?at } ORDER BY ?write"
        assert [str(row["write"]).rpartition("/")[2] for row in state.store.rows(writes)] == ["1>", "2>", "4>"]
    finally:
        state.journal.close()


def test_writes_that_break_the_rules_are_named_with_what_to_do(written_home: Path) -> None:
    before = (written_home / "current").read_text()
    done = run_build(written_home)
    assert done.returncode == 2
    assert "leave them out with --skip 3, or mend what they need" in done.stderr
    assert done.stderr.count("\n") == 1
    assert (written_home / "current").read_text() == before


def test_a_running_service_and_a_build_beside_it_agree_after_the_next_start(site: Site) -> None:
    assert site.update(insert(1, G)).is_success
    built = build(site.home, Inputs(date(2026, 11, 29), bare=True))
    assert built.manifest["revision"] == 1
    assert site.update(insert(2, G)).is_success
    site.kill()
    assert site.values(G) == ["1", "2"]
    assert site.update(insert(3, G)).headers["filorosso-revision"] == "3"


def test_serving_is_by_process_and_leaves_the_folder_to_the_next(tmp_path: Path) -> None:
    for _ in range(2):
        with serving(tmp_path, *BARE) as running:
            assert httpx.get(running.address + "/health/ready", timeout=30).status_code == 200
