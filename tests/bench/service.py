"""Compares the service with `oxigraph serve` and `rdflib-endpoint` (both from PyPI): one run, one machine, one dataset, over loopback.

Run by `make bench-service`, never by the tests. The dataset is the shipped graph; each server holds it in memory and is asked by itself,
while the others are down. `wrk` (Debian) measures what many clients see. The machine is shared and noisy: compare the columns of one
table, not single figures of two.
"""

from __future__ import annotations

import math
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx

from filorosso.graph import current, open_store
from tests.services import free_port, serving

RUNS = 5
SECONDS = 6
PATIENCE = 40.0

SMALL = "SELECT ?p ?o WHERE { <http://metadata.un.org/sdg/11> ?p ?o }"
HEAVY = "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) (COUNT(DISTINCT ?o) AS ?m) WHERE { ?s ?p ?o } GROUP BY ?p ORDER BY ?p"
ROWS = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } LIMIT 1000000"
WILD = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"

UNIQUE = """
local n, seed = 0, os.time()
request = function()
    n = n + 1
    return wrk.format("GET", "{path}" .. seed .. "x" .. n .. "%0A")
end
"""


@dataclass(frozen=True)
class Server:
    """A server that runs: where it is asked, and its processes."""

    name: str
    endpoint: str
    pid: int
    figures: dict[str, str] = field(default_factory=dict)


def wrk(url: str, *, clients: int = 8, script: Path | None = None) -> tuple[float, float]:
    """Requests a second, and the median latency in milliseconds; no end of it where a server fails or answers nothing in time."""
    options = ["-s", str(script)] if script else []
    done = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{SECONDS}s", "--timeout", "30s", "--latency", *options, url], capture_output=True, text=True
    )
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)", done.stdout)
    if rate is None or median is None or "Non-2xx" in done.stdout or not float(rate[1]):
        return 0.0, math.inf
    return float(rate[1]), float(median[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[median[2]]


def address(endpoint: str, query: str) -> str:
    """The address of a query."""
    return f"{endpoint}?query={quote(query, safe='')}"


def unique(endpoint: str, query: str, folder: Path) -> Path:
    """A script for wrk that asks the same in ever new words, so that no cache can answer."""
    script = folder / "unique.lua"
    path = httpx.URL(address(endpoint, query + " #")).raw_path.decode()
    script.write_text(UNIQUE.replace("{path}", path), encoding="utf-8")
    return script


def asked(endpoint: str, query: str, accept: str = "text/csv", read: Callable[[bytes], None] = lambda _: None) -> float:
    """Seconds until a query is answered to its end; at least `PATIENCE` if it is not."""
    start = time.perf_counter()
    try:
        with httpx.stream("GET", endpoint, params={"query": query}, headers={"accept": accept}, timeout=PATIENCE) as answer:
            for piece in answer.iter_raw():
                read(piece)
                if time.perf_counter() - start > PATIENCE:
                    return PATIENCE
    except httpx.TransportError:
        return max(time.perf_counter() - start, 0.0)
    return time.perf_counter() - start


def memory(pid: int) -> float:
    """Resident memory of a process, MiB."""
    said = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", said)
    return int(found[1]) / 1024 if found else 0.0


def measure(server: Server, folder: Path) -> None:
    """Fill in the figures of a server."""
    figures = server.figures
    script = unique(server.endpoint, SMALL, folder)
    asked(server.endpoint, SMALL)
    figures["small, asked again: requests/s"] = f"{wrk(address(server.endpoint, SMALL))[0]:.0f}"
    figures["small, new each time: requests/s"] = f"{wrk(server.endpoint, script=script)[0]:.0f}"
    heavy = [asked(server.endpoint, f"{HEAVY} #{time.time()}") for _ in range(RUNS)]
    figures["heavy aggregate: s"] = f"{statistics.median(heavy):.2f}"
    before, most, rows = memory(server.pid), [0.0], [0]

    def read(piece: bytes) -> None:
        rows[0] += piece.count(b"\n")
        most[0] = max(most[0], memory(server.pid))

    seconds = asked(server.endpoint, ROWS, read=read)
    whole = rows[0] >= 1_000_000
    figures["a million rows, CSV: s"] = f"{seconds:.1f}" if whole else f"not whole after {seconds:.0f}"
    figures["growth of memory meanwhile: MiB"] = f"{max(most[0] - before, 0):.0f}"
    calm = wrk(server.endpoint, clients=32, script=script)[1]
    wild: list[float] = []
    clients = threading.Thread(target=lambda: wild.append(asked(server.endpoint, WILD)), daemon=True)
    clients.start()
    time.sleep(0.3)
    stormy = wrk(server.endpoint, clients=32, script=script)[1]
    clients.join(2 * PATIENCE)
    figures["32 clients, median: ms"] = f"{calm:.1f}"
    figures["the same beside a wild query: ms"] = f"{stormy:.1f} ({stormy / calm:.2f} x)"
    figures["the wild query ended after: s"] = f"{wild[0]:.2f}" if wild else f"more than {PATIENCE:.0f}"


@contextmanager
def ours(home: Path) -> Iterator[Server]:
    """The service."""
    with serving(home, "--no-build", "--timeout", "30") as running:
        yield Server("filorosso", f"{running.address}/sparql", running.process.pid)


@contextmanager
def ours_in_two_seconds(home: Path) -> Iterator[Server]:
    """The service with a limit of two seconds."""
    with serving(home, "--no-build", "--timeout", "2") as running:
        yield Server("filorosso", f"{running.address}/sparql", running.process.pid)


@contextmanager
def oxigraph(data: Path) -> Iterator[Server]:
    """`oxigraph serve`, without a limit of time: with `--timeout-s` 0.5.13 ended under these clients within seconds."""
    port = free_port()
    program = Path(sys.executable).with_name("oxigraph")
    command = [str(program), "serve", "--bind", f"127.0.0.1:{port}", "--union-default-graph"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"
        awaited(f"{base}/query?query=ASK%7B%7D")
        httpx.post(f"{base}/store", content=data.read_bytes(), headers={"content-type": "application/n-quads"}, timeout=300)
        yield Server("oxigraph serve", f"{base}/query", process.pid)
    finally:
        process.kill()
        process.wait()


@contextmanager
def rdflib_endpoint(data: Path) -> Iterator[Server]:
    """`rdflib-endpoint serve` on rdflib's own store."""
    port = free_port()
    program = Path(sys.executable).with_name("rdflib-endpoint")
    process = subprocess.Popen(
        [str(program), "serve", "--host", "127.0.0.1", "--port", str(port), str(data)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        awaited(f"http://127.0.0.1:{port}/?query=ASK%7B%7D")
        yield Server("rdflib-endpoint", f"http://127.0.0.1:{port}/", process.pid)
    finally:
        process.kill()
        process.wait()


def awaited(url: str) -> None:
    """Wait until an address answers."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            httpx.get(url, timeout=30)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def in_process(data: Path) -> float:
    """Seconds of the heavy aggregate in pyoxigraph itself, without a server."""
    store = open_store(data)
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        store.query(HEAVY).write("text/csv")
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def table(servers: list[Server], heavy: float) -> str:
    """The figures, a column a server."""
    lines = ["| | " + " | ".join(server.name for server in servers) + " |", "| --- |" + " --- |" * len(servers)]
    names = dict.fromkeys(name for server in servers for name in server.figures)
    lines += [f"| {name} | " + " | ".join(server.figures.get(name, "") for server in servers) + " |" for name in names]
    return "\n".join([*lines, "", f"The heavy aggregate in pyoxigraph, in process: {heavy:.2f} s."]) + "\n"


def main() -> None:
    """Measure each server over the release of a home folder, and write the table."""
    home = Path(sys.argv[1])
    release = current(home)
    if release is None or shutil.which("wrk") is None:
        raise SystemExit("needs a release in the home folder, and wrk (Debian: wrk)")
    servers: list[Server] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data.nq"
        with (folder / "copy").open("wb") as copy:
            subprocess.run(["gzip", "-dc", str(release.folder / "data.nq.gz")], stdout=copy, check=True)
        (folder / "copy").rename(data)
        own = folder / "home"
        shutil.copytree(home, own)
        for running in (ours(own), oxigraph(data), rdflib_endpoint(data)):
            with running as server:
                measure(server, folder)
                servers.append(server)
        with ours_in_two_seconds(own) as server:
            seconds = [asked(server.endpoint, f"{WILD} #{n}") for n in range(RUNS)]
        sys.stdout.write(table(servers, in_process(data)))
        sys.stdout.write(f"A wild query under a limit of 2 s is answered after {statistics.median(seconds):.2f} s (median of {RUNS}).\n")


if __name__ == "__main__":
    main()
