"""Compares what the build derives with SPARQL's property paths over what is asserted, on a graph of a million quads, and writes a table.

    python tests/bench/paths.py SYNTHETIC

SYNTHETIC is what `synthetic.py` wrote. Run by `make bench-paths`, never by the tests. Three walks, each written over derived threads, as
our questions are, and with property paths over fundings, links and placements, in the one of several forms that Oxigraph answers
fastest. The first is asked of the embedded engine, the second of the embedded engine and of Virtuoso 7 (Debian's package
`virtuoso-opensource-7`), which is started here on loopback with a folder and ports of its own and ended by its process; where it is not
installed, the rest is compared. Every answer's rows are held against the first's. Where only pairs are asked for, `filo:tracesTo` has
them ready; it joins the ends of every thread that counts, so it also has those by way of a frame, which the paths do not walk.

Times are wall milliseconds from the query's text to the last row in Python, the median of the runs, after one that does not count.
Virtuoso answers over HTTP, in JSON: its time holds a round trip, which is measured apart.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from filorosso.graph import QueryError, Store, open_store, value_of

RUNS = 5
SECONDS_TO_START, SECONDS_TO_LOAD = 120, 1800
# Virtuoso's pages of 8 KiB: about 1 GB, as its manual has it.
BUFFERS, DIRTY_BUFFERS = 85_000, 65_000

Rows = frozenset[tuple[str, ...]]

PREFIXES = """
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX filo: <https://w3id.org/filorosso/onto/>
PREFIX id: <https://w3id.org/filorosso/id/>
PREFIX kind: <https://w3id.org/filorosso/voc/element-kind/>
PREFIX life: <https://w3id.org/filorosso/voc/life-cycle/>
PREFIX sdg: <http://metadata.un.org/sdg/>
"""

# How many of our quads an engine holds, its own put aside.
QUADS = 'SELECT (COUNT(*) AS ?number) WHERE { GRAPH ?graph { ?s ?p ?o } FILTER (STRSTARTS(STR(?graph), "https://w3id.org/filorosso/")) }'


@dataclass(frozen=True, slots=True)
class Walk:
    """What is asked: over derived threads, with property paths, and over `filo:tracesTo` where that says enough."""

    name: str
    columns: tuple[str, ...]
    threads: str
    paths: str
    pairs: str | None = None


WALKS = (
    Walk(
        "goals of every project",
        ("project", "goal"),
        """
        SELECT DISTINCT ?project ?goal WHERE {
            ?goal filo:inFramework id:agenda-2030 ; filo:hasKind kind:goal .
            ?thread filo:threadTo ?goal ; filo:isCounted true ; filo:hopSequence ?hops ; filo:threadFrom ?project .
            ?project a filo:Project .
            FILTER (?hops IN ("funding contribution", "funding contribution part-of"))
        }
        """,
        """
        SELECT DISTINCT ?project ?goal WHERE {
            ?project a filo:Project .
            ?project ^filo:hasRecipient/filo:hasFundingSource/^dct:isVersionOf/filo:isPartOf* ?measure .
            ?link filo:hasSubject ?measure ; a filo:Contribution ; filo:hasLifeCycle life:accepted ; filo:hasObject ?target .
            ?target filo:isPartOf* ?goal .
            ?goal filo:inFramework id:agenda-2030 ; filo:hasKind kind:goal .
        }
        """,
        """
        SELECT DISTINCT ?project ?goal WHERE {
            ?goal filo:inFramework id:agenda-2030 ; filo:hasKind kind:goal .
            ?project filo:tracesTo ?goal ; a filo:Project .
        }
        """,
    ),
    Walk(
        "projects by mission of the PNRR and goal",
        ("mission", "goal", "projects"),
        """
        SELECT ?mission ?goal (COUNT(DISTINCT ?project) AS ?projects) WHERE {
            ?mission filo:inFramework id:pnrr-2025 ; filo:hasKind kind:mission .
            ?project filo:tracesTo ?mission ; a filo:Project .
            ?thread filo:threadFrom ?project ; filo:isCounted true ; filo:hopSequence ?hops ; filo:threadTo ?goal .
            ?goal filo:inFramework id:agenda-2030 ; filo:hasKind kind:goal .
            FILTER (?hops IN ("funding contribution", "funding contribution part-of"))
        } GROUP BY ?mission ?goal
        """,
        """
        SELECT ?mission ?goal (COUNT(DISTINCT ?project) AS ?projects) WHERE {
            ?goal filo:inFramework id:agenda-2030 ; filo:hasKind kind:goal .
            ?target filo:isPartOf* ?goal .
            ?link filo:hasObject ?target ; a filo:Contribution ; filo:hasLifeCycle life:accepted ; filo:hasSubject ?measure .
            ?measure ^filo:isPartOf*/dct:isVersionOf/^filo:hasFundingSource/filo:hasRecipient ?project .
            ?project a filo:Project ; ^filo:hasRecipient/filo:hasFundingSource/^dct:isVersionOf/filo:isPartOf* ?mission .
            ?mission filo:inFramework id:pnrr-2025 ; filo:hasKind kind:mission .
        } GROUP BY ?mission ?goal
        """,
        """
        SELECT ?mission ?goal (COUNT(DISTINCT ?project) AS ?projects) WHERE {
            ?mission filo:inFramework id:pnrr-2025 ; filo:hasKind kind:mission .
            ?project filo:tracesTo ?mission ; a filo:Project ; filo:tracesTo ?goal .
            ?goal filo:inFramework id:agenda-2030 ; filo:hasKind kind:goal .
        } GROUP BY ?mission ?goal
        """,
    ),
    Walk(
        "projects of goal 11, with evidence",
        ("project", "statement", "evidence"),
        """
        SELECT DISTINCT ?project ?statement ?evidence WHERE {
            ?thread filo:threadTo sdg:11 ; filo:isCounted true ; filo:hopSequence ?hops ; filo:threadFrom ?project .
            ?project a filo:Project .
            ?thread filo:hasHop ?hop .
            ?hop filo:hopKind ?kind ; filo:restsOn ?statement .
            ?statement filo:hasEvidence ?evidence .
            FILTER (?hops IN ("funding contribution", "funding contribution part-of"))
            FILTER (?kind IN ("funding", "contribution"))
        }
        """,
        """
        SELECT DISTINCT ?project ?statement ?evidence WHERE {
            {
                ?target filo:isPartOf* sdg:11 .
                ?statement filo:hasObject ?target ; a filo:Contribution ; filo:hasLifeCycle life:accepted ; filo:hasSubject ?measure .
                ?measure ^filo:isPartOf*/dct:isVersionOf/^filo:hasFundingSource/filo:hasRecipient ?project .
                ?project a filo:Project .
                ?statement filo:hasEvidence ?evidence .
            } UNION {
                ?target filo:isPartOf* sdg:11 .
                ?link filo:hasObject ?target ; a filo:Contribution ; filo:hasLifeCycle life:accepted ; filo:hasSubject ?measure .
                ?measure ^filo:isPartOf*/dct:isVersionOf/^filo:hasFundingSource ?statement .
                ?statement filo:hasRecipient ?project .
                ?project a filo:Project .
                ?statement filo:hasEvidence ?evidence .
            }
        }
        """,
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query, and the milliseconds of each run; or why there is none."""

    rows: Rows = frozenset()
    runs: tuple[float, ...] = ()
    failed: str = ""

    @property
    def median(self) -> float:
        """The median of the runs, in milliseconds."""
        return statistics.median(self.runs)


def answered(work: Callable[[], Rows]) -> Answer:
    """Ask once, then `RUNS` times that count."""
    try:
        rows = work()
    except (QueryError, SPARQLWrapperException, OSError) as error:  # an engine that cannot answer is a result of the comparison
        return Answer(failed=" ".join(str(error).split())[:200])
    return Answer(rows, tuple(timed(work) for _ in range(RUNS)))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def embedded(store: Store, walk: Walk, query: str) -> Rows:
    """The rows of a query in the embedded engine: what terms say, by column."""
    return frozenset(tuple(value_of(row[name]) for name in walk.columns) for row in store.rows(PREFIXES + query))


def remote(address: str, walk: Walk, query: str) -> Rows:
    """The rows of a query in an engine that answers over HTTP."""
    bindings = asked(address, PREFIXES + query)
    return frozenset(tuple(row[name]["value"] for name in walk.columns) for row in bindings)


def asked(address: str, query: str) -> list[dict[str, dict[str, str]]]:
    """The bindings of a SELECT, as SPARQL's JSON has them."""
    client = SPARQLWrapper(address, returnFormat=JSON)
    client.setMethod(POST)
    client.setQuery(query)
    answer = cast(dict[str, Any], client.queryAndConvert())
    return cast(list[dict[str, dict[str, str]]], answer["results"]["bindings"])


# Virtuoso


def missing() -> list[str]:
    """The programs of Virtuoso that are not here."""
    return [" or ".join(names) for names in (("virtuoso-t",), ("isql-vt", "isql-v")) if program(*names) is None]


def program(*names: str) -> str | None:
    """The first of some programs that is installed."""
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def virtuoso(nquads: Path) -> Iterator[str]:
    """Virtuoso with a file loaded, in a folder and on ports of its own; gives the address of its endpoint."""
    with tempfile.TemporaryDirectory(prefix="virtuoso-") as name:
        folder = Path(name)
        sql, http = free_ports(2)
        (folder / "virtuoso.ini").write_text(settings(folder, sql, http), encoding="utf-8")
        (folder / "load").mkdir()
        shutil.copyfile(nquads, folder / "load" / "synthetic.nq")
        process = subprocess.Popen(
            [str(program("virtuoso-t")), "+foreground", "+configfile", str(folder / "virtuoso.ini")],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{http}/sparql"
            wait_until_it_answers(process, address)
            load(folder, sql)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def settings(folder: Path, sql: int, http: int) -> str:
    """Virtuoso's ini: loopback only, all files in the folder, and about 1 GB of buffers."""
    return f"""
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
MaxCheckpointRemap = 2000

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {folder}/load
NumberOfBuffers = {BUFFERS}
MaxDirtyBuffers = {DIRTY_BUFFERS}
DefaultIsolation = 2

[HTTPServer]
ServerPort = 127.0.0.1:{http}
"""


def free_ports(number: int) -> list[int]:
    """Ports of loopback that nothing listens at."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports: list[int] = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def wait_until_it_answers(process: subprocess.Popen[bytes], address: str) -> None:
    """Wait for the first answer; a new database takes some seconds."""
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            asked(address, "SELECT ?s WHERE { ?s ?p ?o } LIMIT 1")
            return
        except (SPARQLWrapperException, OSError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Virtuoso does not answer ({error}); compare without it by taking it off the path") from None
            time.sleep(0.2)


def load(folder: Path, port: int) -> None:
    """Load the N-Quads of the folder, each into the graph that it names, and write them to the database.

    :raises SystemExit: Virtuoso did not load them.
    """
    isql = [str(program("isql-vt", "isql-v")), f"127.0.0.1:{port}", "dba", "dba", "ERRORS=STDOUT", "VERBOSE=OFF", "PROMPT=OFF"]
    steps = (
        f"ld_dir ('{folder}/load', '*.nq', 'urn:none');",
        "rdf_loader_run ();",
        "checkpoint;",
        "select concat ('state ', cast (ll_state as varchar), ' ', coalesce (ll_error, 'none')) from DB.DBA.load_list;",
    )
    done = subprocess.run(isql, input="\n".join(steps), capture_output=True, text=True, check=False, timeout=SECONDS_TO_LOAD)
    if "state 2 none" not in done.stdout:
        raise SystemExit(f"Virtuoso did not load the graph: {' '.join(done.stdout.split())[-500:]}")


# The table


def difference(one: Answer, other: Answer) -> str:
    """How the rows of an answer stand to those of another."""
    if other.failed:
        return f"no answer: {other.failed}"
    more, fewer = len(other.rows - one.rows), len(one.rows - other.rows)
    return "the same rows" if not more and not fewer else f"{more} rows that the threads have not, {fewer} fewer"


def write_walk(walk: Walk, answers: dict[str, Answer]) -> None:
    """Write the rows of the table that one walk takes."""
    first = next(iter(answers.values()))
    for way, answer in answers.items():
        times = f"{answer.median:.1f} | {min(answer.runs):.1f} | {max(answer.runs):.1f}" if answer.runs else "| |"
        same = "" if answer is first else difference(first, answer)
        sys.stdout.write(f"| {walk.name} | {way} | {len(answer.rows)} | {times} | {same} |\n")


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description="Compare derived threads with property paths.")
    parser.add_argument("synthetic", type=Path, help="N-Quads that synthetic.py wrote")
    nquads = parser.parse_args().synthetic
    store = open_store(nquads)
    found: dict[str, dict[str, Answer]] = {}
    for walk in WALKS:
        ways = {"derived threads, Oxigraph": walk.threads, "filo:tracesTo, Oxigraph": walk.pairs, "property paths, Oxigraph": walk.paths}
        found[walk.name] = {way: answered(partial(embedded, store, walk, query)) for way, query in ways.items() if query}
    sys.stdout.write(f"{os.cpu_count()} processors, {RUNS} runs each; {len(store):,} quads\n")
    if absent := missing():
        sys.stdout.write(f"Virtuoso is left out: {', '.join(absent)} not found (Debian's package virtuoso-opensource-7)\n")
    else:
        with virtuoso(nquads) as address:
            held = asked(address, QUADS)[0]["number"]["value"]
            trip = statistics.median(timed(lambda: asked(address, "SELECT (1 AS ?one) WHERE { }")) for _ in range(RUNS))
            for walk in WALKS:
                found[walk.name]["property paths, Virtuoso"] = answered(partial(remote, address, walk, walk.paths))
        sys.stdout.write(f"Virtuoso: {int(held):,} quads, {BUFFERS:,} buffers; a round trip over HTTP takes {trip:.1f} ms\n")
    sys.stdout.write(
        "\n| walk | way | rows | median ms | min ms | max ms | beside the threads |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    for walk in WALKS:
        write_walk(walk, found[walk.name])
    sys.stdout.write("\nfilo:tracesTo also joins what a frame leads to, hence its other rows (where they count projects, other counts)\n")


if __name__ == "__main__":
    main()
