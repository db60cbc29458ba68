"""Writers and readers go on while the service, its engine and its workers are killed at random, again and again.

In the end every write that was acknowledged is there, and in the journal once and under the revision that the writer was told; every deletion
that was acknowledged holds; what was not acknowledged is there wholly or not at all. No reader ever sees half of a write, or misses one that
was acknowledged before he asked; nobody waits for ever.

It takes some 12 seconds and the starts between; `FILOROSSO_TORTURE_SECONDS` asks for more, `FILOROSSO_TORTURE_SEED` for the choices of an earlier run.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from filorosso.graph.journal import read_journal

from .services import start, stop
from .test_durability import BARE, G, H, P, Site, children, engine_of, kill, opened

SECONDS = float(os.environ.get("FILOROSSO_TORTURE_SECONDS", "12"))
PATIENCE = 60  # seconds that an answer may take, restarts of the service on a busy machine included
S = "http://example.org/s/"


@dataclass
class Ledger:
    """What the clients know: writes that must be there, that must be gone, that may be either, that were never sent."""

    there: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    unsent: set[str] = field(default_factory=set)
    revisions: dict[int, tuple[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    done: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


def quads(name: str) -> str:
    """Half of a write in each of two graphs."""
    return " ".join(f"GRAPH <{graph}> {{ <{S}{name}> {P} <{S}{name}> }}" for graph in (G, H))


def write(site: Site, ledger: Ledger, verb: str, name: str) -> None:
    """Insert or delete, and put down what is known of it then."""
    outcome, revision = "unknown", 0
    try:
        answer = httpx.post(
            site.running.address + "/update",
            content=f"{verb} DATA {{ {quads(name)} }}",
            headers={"authorization": f"Bearer {site.token}", "content-type": "application/sparql-update"},
            timeout=PATIENCE,
        )
    except httpx.ConnectError:
        outcome = "unsent"
        time.sleep(0.05)
    except httpx.TimeoutException:
        outcome = "waited for ever"
    except httpx.TransportError:
        pass
    else:
        if answer.is_success:
            outcome, revision = "acknowledged", int(answer.headers["filorosso-revision"])
        elif answer.status_code != 503:
            outcome = f"answered with {answer.status_code} {answer.text}"
    with ledger.lock:
        put_down(ledger, verb, name, outcome, revision)


def put_down(ledger: Ledger, verb: str, name: str, outcome: str, revision: int) -> None:
    """What is known of a write, by what came of it."""
    ledger.counts[f"{verb} {outcome}"] += 1
    if outcome == "acknowledged":
        if revision in ledger.revisions:
            ledger.faults.append(f"revision {revision} was told of two writes, {name} and {ledger.revisions[revision]}")
        ledger.revisions[revision] = (verb, name)
        (ledger.there if verb == "INSERT" else ledger.gone).add(name)
        ledger.unknown.discard(name)
    elif outcome == "unsent":
        # What was never sent has not happened: an insertion is not there, what should have been deleted still is.
        (ledger.unsent if verb == "INSERT" else ledger.there).add(name)
        ledger.unknown.discard(name)
    else:
        ledger.unknown.add(name)
        if outcome != "unknown":
            ledger.faults.append(f"{verb} {name}: {outcome}")


def write_on(site: Site, ledger: Ledger, chance: random.Random, writer: int) -> None:
    """Write new statements, and now and then take one back; odd ones stay, so that readers may rely on them."""
    mine: list[str] = []
    number = 0
    while not ledger.done.is_set():
        number += 1
        name = f"{writer}-{number}"
        write(site, ledger, "INSERT", name)
        if number % 2 == 0 and name in ledger.there:
            mine.append(name)
        if mine and chance.random() < 0.5:
            old = mine.pop(chance.randrange(len(mine)))
            with ledger.lock:
                ledger.there.remove(old)
                ledger.unknown.add(old)
            write(site, ledger, "DELETE", old)


def read_on(site: Site, ledger: Ledger, chance: random.Random, reader: int) -> None:
    """Look for halves of writes, and for one that was acknowledged before."""
    number = 0
    while not ledger.done.is_set():
        number += 1
        with ledger.lock:
            lasting = sorted(name for name in ledger.there if int(name.partition("-")[2]) % 2)
        name = chance.choice(lasting) if lasting else "none"
        mark = f"#{reader} {number}\n" if chance.random() < 0.7 else ""
        halves = f"{mark}SELECT ?s {{ GRAPH ?g {{ ?s {P} ?o }} }} GROUP BY ?s HAVING (COUNT(?g) != 2)"
        one = f"{mark}SELECT ?g {{ GRAPH ?g {{ <{S}{name}> {P} ?o }} }} ORDER BY ?g"
        for query, wanted in ((halves, ["s"]), (one, ["g", G, H] if lasting else ["g"])):
            try:
                answer = site.query(query)
            except httpx.TimeoutException:
                ledger.faults.append(f"a reader waited for ever: {query}")
                continue
            except httpx.TransportError:
                ledger.counts["read unanswered"] += 1
                continue
            ledger.counts[f"read {answer.status_code}"] += 1
            if answer.status_code == 200 and answer.text.split() != wanted:
                ledger.faults.append(f"{query} gave {answer.text.split()} and not {wanted}")
            elif answer.status_code not in (200, 500, 503):
                ledger.faults.append(f"{query} was answered with {answer.status_code} {answer.text}")


# What happens to the service


def end_front(site: Site, chance: random.Random) -> None:
    """A crash of the whole service."""
    site.running.process.kill()
    site.running.process.wait(timeout=20)
    time.sleep(chance.choice((0, 0, 0.3)))


def end_front_and_engine(site: Site, chance: random.Random) -> None:
    """The same, engine first."""
    end_engine(site, chance)
    end_front(site, chance)


def end_politely(site: Site, chance: random.Random) -> None:
    """What an operator does."""
    stop(site.running)


def end_engine(site: Site, chance: random.Random) -> None:
    """A crash of the process that holds the graph."""
    kill(engine_of(site))


def end_a_worker(site: Site, chance: random.Random) -> None:
    """A crash of a process that answers, or tries a write."""
    workers = children(engine_of(site))
    if workers:
        kill(chance.choice(workers))


def halt_the_engine(site: Site, chance: random.Random) -> None:
    """A machine that has other things to do."""
    engine = engine_of(site)
    os.kill(engine, signal.SIGSTOP)
    time.sleep(chance.uniform(0.1, 1))
    with suppress(ProcessLookupError):
        os.kill(engine, signal.SIGCONT)


TROUBLES: list[Callable[[Site, random.Random], None]] = [
    end_front,
    end_front_and_engine,
    end_politely,
    end_engine,
    end_a_worker,
    halt_the_engine,
]


def torment(site: Site, ledger: Ledger, chance: random.Random) -> None:
    """Each trouble at least once, then at random until the time is over; between them some writes have to succeed."""
    first = chance.sample(TROUBLES, len(TROUBLES))
    deadline = time.monotonic() + SECONDS
    trouble = None
    while first or time.monotonic() < deadline:
        if not goes_on(ledger, chance.randint(1, 6)):
            ledger.faults.append(f"no write was acknowledged for {PATIENCE} seconds after {trouble and trouble.__name__}")
            return
        time.sleep(chance.uniform(0, 0.3))
        trouble = first.pop() if first else chance.choice([*TROUBLES, end_engine, end_a_worker, end_a_worker])
        ledger.counts[trouble.__name__] += 1
        with suppress(AssertionError):  # it ended itself, and has no engine: it does so when its engine ends while it loads
            trouble(site, chance)
        if is_ended(site):
            site.running = start(site.home, *BARE)


def goes_on(ledger: Ledger, number: int) -> bool:
    """Whether so many writes more are acknowledged in good time."""
    enough, deadline = len(ledger.revisions) + number, time.monotonic() + PATIENCE
    while len(ledger.revisions) < enough and time.monotonic() < deadline:
        time.sleep(0.02)
    return len(ledger.revisions) >= enough


def is_ended(site: Site) -> bool:
    """Whether the service has ended, or is about to."""
    with suppress(httpx.TransportError):
        httpx.get(site.running.address + "/health", timeout=PATIENCE)
        return False
    site.running.process.wait(timeout=20)
    return True


# What must be true in the end


def check(site: Site, ledger: Ledger) -> list[str]:
    """What is wrong with what the service holds, and with what it holds it by."""
    try:
        held = {
            graph: {row[0].removeprefix(S) for row in site.rows(f"SELECT ?s {{ GRAPH <{graph}> {{ ?s {P} ?o }} }}")} for graph in (G, H)
        }
    except AssertionError as error:
        return [f"the service does not answer any more: {error}", *check_journal(site.home, ledger)]
    there = held[G] | held[H]
    wrong = {
        "there by half": held[G] ^ held[H],
        "acknowledged and lost": ledger.there - there,
        "deleted and back": ledger.gone & there,
        "never sent and there": ledger.unsent & there,
        "from nowhere": there - ledger.there - ledger.unknown,
    }
    return [f"{what}: {sorted(names)}" for what, names in wrong.items() if names] + check_journal(site.home, ledger)


def check_journal(home: Path, ledger: Ledger) -> list[str]:
    """The same by the journal: every write once, whole, and where its writer was told that it is."""
    faults = []
    records = read_journal(home)
    added = Counter(quad[0] for record in records for quad in record.change.added)
    faults += [f"in the journal {number} times: {name}" for name, number in added.items() if number != 2]
    for revision, (verb, name) in ledger.revisions.items():
        change = records[revision - 1].change if revision <= len(records) else None
        said = {quad[0] for quad in (change.added if verb == "INSERT" else change.removed)} if change else set()
        if said != {f"<{S}{name}>"}:
            faults.append(f"revision {revision} was told of {verb} {name} and holds {said}")
    return faults


def test_nothing_is_lost_however_the_service_ends(tmp_path: Path) -> None:
    seed = int(os.environ.get("FILOROSSO_TORTURE_SEED") or random.SystemRandom().randrange(10**6))
    ledger = Ledger()
    with opened(tmp_path / "home") as site:
        jobs = [(write_on, number) for number in range(3)] + [(read_on, number) for number in range(3)]
        threads = [threading.Thread(target=work, args=(site, ledger, random.Random(f"{seed} {work.__name__} {n}"), n)) for work, n in jobs]
        for thread in threads:
            thread.start()
        try:
            torment(site, ledger, random.Random(seed))
        finally:
            ledger.done.set()
            for thread in threads:
                thread.join()
        site.wait()
        faults = ledger.faults + check(site, ledger)
        site.kill()
        faults += [f"after another start, {fault}" for fault in check(site, ledger)]
    told = f"FILOROSSO_TORTURE_SEED={seed}, {dict(ledger.counts)}"
    assert faults == [], told
    assert len(ledger.there) > 10, told
    assert ledger.gone, told
    assert ledger.counts["read 200"] > 10, told
