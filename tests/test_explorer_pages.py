"""Every page of the explorer in a browser, in both languages: what axe-core finds, what it asks of others, and how it fits small windows and large letters."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from filorosso.api.explorer.pages import PAGES

from .axe import GRAVE, faults, script
from .browser import Watched, watching
from .conftest import absent
from .npm import NpmError
from .visits import FOUND, VISITS, path_of

LANGUAGES = ("it", "en")
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 780}
# As wide as a page of 1280 is at 400 %: WCAG 2.2, 1.4.10 Reflow.
ENLARGED: ViewportSize = {"width": 320, "height": 256}
# What a browser says of a page that is none.
STATUSES = {"missing": 404, "answer-wrong": 422}
_WIDE = """() => {
    const over = document.documentElement.scrollWidth - window.innerWidth;
    const wide = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1 && !each.closest(".scroll"));
    return over > 0 ? `${over} px too wide: ` + wide.slice(0, 5).map((each) => each.outerHTML.slice(0, 120)).join(" ") : "";
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core."""
    try:
        return script()
    except NpmError as error:
        absent(str(error))


@pytest.fixture(scope="module")
def shared(browser: Browser, server: str) -> Iterator[Watched]:
    """One window for all pages: what pages share is fetched once."""
    with watching(browser, server, viewport=DESK) as page:
        yield page


@pytest.fixture
def window(shared: Watched) -> Iterator[Watched]:
    """The window, in which nothing was seen yet; whatever a page does is held to what is promised of every page."""
    for seen in (shared.complaints, shared.violations, shared.requests):
        seen.clear()
    yield shared
    shared.page.set_viewport_size(DESK)
    shared.check()


def opened(window: Watched, name: str, lang: str) -> Page:
    """A page with the status that it should have."""
    path = path_of(window.address, name, lang)
    with window.page.expect_response(lambda response: response.request.is_navigation_request()) as answer:
        page = window.open(path)
    assert answer.value.status == STATUSES.get(name, 200)
    if name in STATUSES:
        window.complaints[:] = [said for said in window.complaints if f"status of {STATUSES[name]}" not in said]
    return page


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", VISITS)
def test_a_page_is_for_everybody(window: Watched, axe: str, name: str, lang: str) -> None:
    page = opened(window, name, lang)
    assert page.evaluate("document.documentElement.lang") == lang
    assert page.title().endswith("Filorosso")
    found = faults(page, axe)
    assert not [fault for fault in found if fault.impact in GRAVE], "\n".join(map(str, found))


@pytest.mark.parametrize("name", VISITS)
def test_a_page_fits_a_phone_and_large_letters(window: Watched, name: str) -> None:
    page = opened(window, name, "it")
    for size in (PHONE, ENLARGED, DESK):
        page.set_viewport_size(size)
        assert not wide(page)
    # WCAG 2.2, 1.4.4: text twice as large.
    page.evaluate("document.documentElement.style.fontSize = `${2 * parseFloat(getComputedStyle(document.documentElement).fontSize)}px`")
    assert not wide(page)


def wide(page: Page) -> str:
    """What makes a page wider than its window, once charts had the time to follow."""
    for _ in range(20):
        if not (found := str(page.evaluate(_WIDE))):
            break
        page.wait_for_timeout(100)
    return found


def test_axe_finds_what_is_wrong(window: Watched, axe: str) -> None:
    page = window.open("/?lang=it")
    page.evaluate("document.querySelector('label[for=search]').remove()")
    assert "label" in {fault.rule for fault in faults(page, axe) if fault.impact in GRAVE}


def test_a_page_that_is_too_wide_is_seen(window: Watched) -> None:
    page = window.open("/?lang=it")
    page.evaluate("document.querySelector('h1').style.width = '2000px'")
    assert "too wide" in wide(page)


def test_every_page_of_the_explorer_is_looked_at() -> None:
    assert set(PAGES) <= {urlsplit(path).path for path in VISITS.values()} | {"/shapes"}
    assert set(FOUND) == {name for name, path in VISITS.items() if not path}
    assert all(values for path in VISITS.values() for values in parse_qs(urlsplit(path).query).values())
