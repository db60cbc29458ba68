"""Times every question of the library with its example, on the shipped graph and on a graph of a million quads, and writes a table.

    python tests/bench/questions.py SYNTHETIC

SYNTHETIC is what `synthetic.py` wrote. Run by `make bench-questions`, never by the tests. Each question is asked through `ask`, as any
reader of a release would: its parameters are looked up, the query is parsed and answered to the last row, and what is unknown of the
answer is looked for; nothing is kept between two runs. Times are wall milliseconds, the median of the runs. The machine's own noise
shows in the spread of the slowest runs: compare figures of one run, not of two.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from filorosso.graph import Inputs, Library, Question, Store, ask, build, open_store, read_library

RUNS = 5
# What is aimed at, in milliseconds; full exports are not held to it.
MEDIAN_SHIPPED, MOST_SHIPPED, MOST_MILLION = 20, 100, 250


@dataclass(frozen=True, slots=True)
class Measure:
    """How many rows (or triples) an answer has, and how long it took: the milliseconds of each run."""

    rows: int
    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the runs, in milliseconds."""
        return statistics.median(self.runs)


def measured(store: Store, question: Question) -> Measure:
    """Ask a question with its example, `RUNS` times."""
    runs, rows = [], 0
    for _ in range(RUNS):
        start = time.perf_counter()
        answer = ask(store, question, question.example)
        runs.append((time.perf_counter() - start) * 1000)
        rows = len(answer.rows) + len(answer.triples)
    return Measure(rows, tuple(runs))


def all_measured(store: Store, library: Library) -> dict[str, Measure]:
    """Every question, by name, and how long it took; each was asked once before."""
    for question in library:
        ask(store, question, question.example)
    return {question.name: measured(store, question) for question in library}


def shipped() -> Store:
    """The shipped graph, built for this."""
    with tempfile.TemporaryDirectory() as home:
        return build(Path(home), Inputs(date.today())).open()


def over(measures: dict[str, Measure], most: float) -> str:
    """The questions that take longer than is aimed at, the slowest first."""
    slow = sorted((m.median, name) for name, m in measures.items() if m.median > most)
    return ", ".join(f"{name} ({median:.0f})" for median, name in reversed(slow)) or "none"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description="Time every question of the library.")
    parser.add_argument("synthetic", type=Path, help="N-Quads that synthetic.py wrote")
    million, small, library = open_store(parser.parse_args().synthetic), shipped(), read_library()
    on_shipped, on_million = all_measured(small, library), all_measured(million, library)
    write = sys.stdout.write
    write(f"{os.cpu_count()} processors, {RUNS} runs each, medians; {len(small):,} quads shipped, {len(million):,} synthetic\n\n")
    write("| question | rows shipped | ms shipped | rows million | ms million |\n| --- | --- | --- | --- | --- |\n")
    for name, measure in on_shipped.items():
        other = on_million[name]
        write(f"| {name} | {measure.rows} | {measure.median:.1f} | {other.rows} | {other.median:.1f} |\n")
    for what, figure in (("median", statistics.median), ("slowest", max)):
        both = [figure(measure.median for measure in measures.values()) for measures in (on_shipped, on_million)]
        write(f"| *{what} of {len(on_shipped)}* | | {both[0]:.1f} | | {both[1]:.1f} |\n")
    write(f"\naims: median under {MEDIAN_SHIPPED} ms and none over {MOST_SHIPPED} ms shipped; none over {MOST_MILLION} ms on the million\n")
    write(f"over {MOST_SHIPPED} ms shipped: {over(on_shipped, MOST_SHIPPED)}\n")
    write(f"over {MOST_MILLION} ms on the million: {over(on_million, MOST_MILLION)}\n")
    write(f"without an answer to their example: {', '.join(name for name, m in on_shipped.items() if not m.rows) or 'none'}\n")


if __name__ == "__main__":
    main()
