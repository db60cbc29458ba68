"""Measures the pages of the explorer as Debian's Chromium sees them: how soon, how heavy, how steady, and what one expects of any page.

Run by `make bench-pages`, never by the tests; prints the tables of `docs/explorer.md`. The machine is shared: times are medians, and the load
is said with them. Weights are bytes as sent, of a first visit with nothing kept.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page

from tests.axe import faults, script
from tests.browser import browsing, watching
from tests.pages import BROWSER
from tests.services import serving
from tests.visits import VISITS, path_of

RUNS = 9
# What the pages aim at: milliseconds, and bytes; charts and the editor apart.
SOON, LIGHT = 100.0, 500_000
_SEEN = """new Promise((done) => {
    const seen = { cls: 0, lcp: 0 };
    new PerformanceObserver((list) => { for (const each of list.getEntries()) if (!each.hadRecentInput) seen.cls += each.value; }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => { for (const each of list.getEntries()) seen.lcp = each.startTime; }).observe({ type: "largest-contentful-paint", buffered: true });
    setTimeout(() => {
        const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
        done({
            ...seen,
            requests: all.length,
            sent: all.reduce((sum, each) => sum + each.transferSize, 0),
            drawn: all.filter((each) => /(charts|editor)\\.(js|css)/.test(each.name)).reduce((sum, each) => sum + each.transferSize, 0),
            page: all[0].encodedBodySize,
            nodes: document.querySelectorAll("*").length,
        });
    }, 1500);
})"""
_EXPECTED = """(() => {
    const levels = [...document.querySelectorAll("main :is(h1, h2, h3, h4)")].map((each) => Number(each.tagName[1]));
    return {
        title: document.title.length > 10,
        description: !!document.querySelector("meta[name=description]")?.content,
        language: ["it", "en"].includes(document.documentElement.lang),
        "other language": document.querySelectorAll("link[rel=alternate][hreflang]").length === 2,
        viewport: !!document.querySelector("meta[name=viewport]"),
        headings: document.querySelectorAll("h1").length === 1 && levels.every((level, place) => !place || level - levels[place - 1] <= 1),
        labels: [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].every((each) => each.labels?.length || each.ariaLabel),
        "names of links": [...document.querySelectorAll("a[href]")].every((each) => each.textContent.trim() || each.ariaLabel),
    };
})()"""


@dataclass(frozen=True)
class Measured:
    """A page: milliseconds to the first byte made anew and kept, what the browser saw of it, what it lacks, and what axe-core found."""

    name: str
    made: float
    kept: float
    seen: dict[str, Any]
    lacks: tuple[str, ...]
    faults: Counter[str]

    @property
    def row(self) -> str:
        """A row of the table."""
        seen = self.seen
        sent = f"{seen['sent'] / 1000:.0f}" + (f" ({(seen['sent'] - seen['drawn']) / 1000:.0f})" if seen["drawn"] else "")
        figures = (f"{self.made:.0f}", f"{self.kept:.1f}", f"{seen['page'] / 1000:.0f}", sent, seen["requests"], seen["nodes"])
        return f"| {self.name} | {' | '.join(map(str, figures))} | {seen['lcp']:.0f} | {seen['cls']:.3f} |"


def first_byte(client: httpx.Client, path: str, languages: str) -> float:
    """Milliseconds from asking to the first byte of the body."""
    start = time.perf_counter()
    with client.stream("GET", path, headers={"accept": BROWSER, "accept-encoding": "gzip", "accept-language": languages}) as reply:
        next(reply.iter_raw(), b"")
        return (time.perf_counter() - start) * 1000


def measured(browser: Browser, address: str, name: str, axe: str) -> Measured:
    """One page, measured."""
    path = path_of(address, name, "it")
    with httpx.Client(base_url=address, timeout=120) as client:
        # No two requests for a page that is made anew are the same: the answer to one is not that to another.
        made = [first_byte(client, path, f"it, x-{name}-{run}") for run in range(RUNS)]
        kept = [first_byte(client, path, "it, en;q=0.5") for _ in range(RUNS + 1)][1:]
        lacks = tuple(_unsent(client, path))
    with watching(browser, address, viewport={"width": 1280, "height": 900}) as watched:
        page = watched.open(path)
        seen = page.evaluate(_SEEN)
        lacks += tuple(what for what, is_there in page.evaluate(_EXPECTED).items() if not is_there) + tuple(
            _unlasting(page, watched.address)
        )
        found = Counter(fault.impact for fault in faults(page, axe) for _ in fault.places)
        lacks += tuple(watched.violations) + tuple(watched.elsewhere)
    return Measured(name, statistics.median(made), statistics.median(kept), seen, lacks, found)


def _unsent(client: httpx.Client, path: str) -> Iterator[str]:
    """What the headers of a page lack."""
    headers = client.get(path, headers={"accept": BROWSER, "accept-encoding": "gzip"}).headers
    if headers.get("content-encoding") != "gzip":
        yield "compression"
    for name in ("etag", "content-security-policy", "x-content-type-options", "vary"):
        if name not in headers:
            yield name


def _unlasting(page: Page, address: str) -> Iterator[str]:
    """The files of a page that browsers may not keep for a year."""
    for name in page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)"):
        if name.startswith(f"{address}/static/") and "immutable" not in httpx.get(name).headers.get("cache-control", ""):
            yield f"caching of {name}"


def main(home: Path) -> None:
    """Measure every page, and print the tables."""
    out = sys.stdout
    with serving(home, "--no-build") as service, browsing() as browser:
        axe = script()
        for name in VISITS:  # once, so that no page pays for the start of the service
            httpx.get(service.address + path_of(service.address, name, "it"), headers={"accept": BROWSER}, timeout=120)
        load = os.getloadavg()[0]
        found = [measured(browser, service.address, name, axe) for name in VISITS]
    out.write(f"Medians of {RUNS}, {os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after.\n\n")
    out.write(
        "| page | first byte, made (ms) | first byte, kept (ms) | page (kB) | first visit (kB) | requests | elements | LCP (ms) | CLS |\n"
    )
    out.write("| --- " + "| ---: " * 8 + "|\n" + "\n".join(each.row for each in found) + "\n\n")
    slow = [f"{each.name} ({each.made:.0f} ms)" for each in found if each.made > SOON]
    heavy = [each.name for each in found if each.seen["sent"] - each.seen["drawn"] > LIGHT]
    axes = sum((each.faults for each in found), Counter[str]())
    out.write(f"Later than {SOON:.0f} ms: {', '.join(slow) or 'none'}. Heavier than {LIGHT // 1000} kB: {', '.join(heavy) or 'none'}.\n")
    out.write(f"axe-core: {dict(axes) or 'nothing'}.\n")
    for each in found:
        if each.lacks or each.faults:
            out.write(f"- {each.name}: lacks {', '.join(each.lacks) or 'nothing'}; axe-core {dict(each.faults)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
