"""A browser that watches: what its pages ask of others, what their policy stops, and what they complain of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

OPTIONS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
# Milliseconds: tests run beside others on a machine with few cores.
PATIENCE = 60_000
_WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
    window.watched(`${event.violatedDirective} stopped ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
"""


@dataclass
class Watched:
    """A page, and what was seen of it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the service, and wait until it is loaded."""
        self.page.goto(self.address + path, wait_until="load")
        return self.page

    @property
    def elsewhere(self) -> list[str]:
        """What was asked of anybody but the service."""
        here = urlsplit(self.address).netloc
        own = ("data", "blob", "about", "chrome-extension")
        return [r.url for r in self.requests if urlsplit(r.url).netloc != here and urlsplit(r.url).scheme not in own]

    def check(self) -> None:
        """Hold the page to what is promised of every page."""
        assert not self.elsewhere
        assert not self.violations
        assert not self.complaints


@contextmanager
def browsing() -> Iterator[Browser]:
    """Debian's Chromium, for as long as it is wanted."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watching(browser: Browser, address: str, **options: Any) -> Iterator[Watched]:
    """A new page, without what others left in the browser; `options` are those of a context of Playwright: `viewport`, `locale`..."""
    wanted: dict[str, Any] = {"locale": "it-IT", "accept_downloads": True, **options}
    context = browser.new_context(**wanted)
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), address)
    page = watched.page
    context.expose_function("watched", lambda said: watched.violations.append(said))
    context.add_init_script(_WATCH)
    context.on("request", lambda request: watched.requests.append(request))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("console", lambda said: watched.complaints.append(said.text) if said.type in ("error", "warning") else None)
    try:
        yield watched
    finally:
        context.close()
