"""Measures the build and the start of the service, each in fresh processes, and writes a table.

Run by `make bench`, never by the tests. Times are wall seconds, memory the largest single process in MiB; the median of the runs, with the
smallest and the largest. The machine's own noise shows in the spread: compare ratios of one run, not single figures of two.
"""

from __future__ import annotations

import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

RUNS = 5
FILOROSSO = [sys.executable, "-m", "filorosso.api.cli"]


def run(*arguments: str) -> None:
    """Run the command line to its end."""
    subprocess.run([*FILOROSSO, *arguments], check=True, capture_output=True)


def first_answer(home: Path) -> float:
    """Seconds from the start of `filorosso serve` to its first answer to a query."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = time.perf_counter()
    process = subprocess.Popen([*FILOROSSO, "serve", "--home", str(home), "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/sparql?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D", timeout=5) as answer:
                    answer.read()
                return time.perf_counter() - start
            except OSError:
                time.sleep(0.01)
    finally:
        process.terminate()
        process.wait()


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(name: str, seconds: list[float]) -> None:
    """Write a row of the table."""
    sys.stdout.write(f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} |\n")


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        builds = []
        for _ in range(RUNS):
            shutil.rmtree(home, ignore_errors=True)
            builds.append(timed(lambda: run("build", "--home", str(home))))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        starts = [first_answer(home) for _ in range(RUNS)]
        traces = [timed(lambda: run("trace", "http://metadata.un.org/sdg/11", "--home", str(home))) for _ in range(RUNS)]
        sys.stdout.write(
            f"{os.cpu_count()} processors, {RUNS} runs each\n\n| what | median s | min s | max s |\n| --- | --- | --- | --- |\n"
        )
        row("filorosso build", builds)
        row("filorosso serve, start to first answer", starts)
        row("filorosso trace goal 11", traces)
        sys.stdout.write(f"\nlargest process of a build: {peak:.0f} MiB\n")


if __name__ == "__main__":
    main()
