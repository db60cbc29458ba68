"""The charts as `api/frontend/src/charts.js` draws them, under the policy of every page; what pages give them is tried with the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from filorosso.api.assets import read_assets
from filorosso.api.pages import policy

from .browser import PATIENCE, Watched, watching
from .conftest import absent

expect.set_options(timeout=PATIENCE)

SANKEY = {
    "nodes": [
        {"id": "a", "name": "Obiettivo {11} <b>città</b>", "address": "/id/a"},
        {"id": "b", "name": "Misura", "address": "/id/b"},
        {"id": "c", "name": "Progetto", "address": "https://elsewhere.example/c"},
        {"id": "d", "name": "Altro progetto"},
    ],
    "links": [
        {"source": "a", "target": "b", "value": 3, "address": "/id/ab", "status": "declared"},
        {"source": "b", "target": "c", "value": 1, "address": "javascript:alert(1)", "status": "proposed", "note": "\u202egruppo"},
        {"source": "b", "target": "d", "value": 1, "status": "broken"},
        {"source": "a", "target": "d", "value": 1, "status": "unknown"},
    ],
    "words": {"declared": "dichiarato", "proposed": "proposto", "unknown": "ignoto", "broken": "interrotto"},
}
BAR = {
    "categories": ["Uno", "Due"],
    "series": [{"name": "2024", "data": [1200000, None]}, {"name": "2025", "data": [5, 7]}],
    "unit": "EUR",
    "addresses": ["/id/uno", "/id/due"],
}
LINE = {"categories": ["2023", "2024", "2025"], "series": [{"name": "A", "data": [1, 2, 3]}, {"name": "B", "data": [3, None, 1]}]}


@pytest.fixture(autouse=True)
def built() -> None:
    if "charts" in read_assets().missing:
        absent("api/static/built (make assets)")


def drawn(watched: Watched, kind: str, data: dict[str, Any]) -> Page:
    """A page of the service with one chart, under the policy of all its pages."""
    said = json.dumps(data).replace("<", "\\u003c")
    html = (
        f'<!doctype html><html lang="it"><title>Grafico</title><link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="{read_assets().address("design.css")}">'
        f'<script type="module" src="{read_assets().address("charts.js")}"></script>'
        f'<main class="container"><h1>Grafico</h1><figure class="chart" data-chart="{kind}"><figcaption>Il filo</figcaption><script type="application/json">{said}</script></figure></main>'
    )

    def fulfill(route: Route) -> None:
        route.fulfill(body=html, headers={"content-type": "text/html; charset=utf-8", "content-security-policy": policy({})})

    watched.page.route("**/chart", fulfill)
    # What still moves into its place does not hear a click.
    watched.page.emulate_media(reduced_motion="reduce")
    page = watched.open("/chart")
    page.wait_for_function("document.readyState === 'complete'")
    return page


def went(page: Page, click: Callable[[], None]) -> str:
    """Where a click leads."""
    page.route("**/id/**", lambda route: route.fulfill(body="there", content_type="text/plain"))
    with page.expect_navigation():
        click()
    return page.url


def test_a_flow_is_drawn_and_says_what_is_not_declared(watched: Watched) -> None:
    page = drawn(watched, "sankey", SANKEY)
    drawing = page.locator(".chart-drawing")
    expect(drawing).to_contain_text("Obiettivo {11} <b>città</b>")
    for word in ("proposto", "ignoto", "interrotto"):
        expect(drawing).to_contain_text(word)
    assert page.locator(".chart b").count() == 0
    assert drawing.get_attribute("role") == "img"
    assert drawing.get_attribute("aria-label") == "Il filo"


def test_what_is_not_declared_looks_different_without_colours(watched: Watched) -> None:
    page = drawn(watched, "sankey", SANKEY)
    dashes = page.eval_on_selector_all(
        ".chart-drawing svg path", "paths => paths.map(p => p.getAttribute('stroke-dasharray')).filter(Boolean)"
    )
    assert len(set(dashes)) == 3
    legend = page.locator(".chart-legend li")
    assert [text.strip() for text in legend.all_inner_texts()] == ["dichiarato", "proposto", "ignoto", "interrotto"]
    samples = page.eval_on_selector_all(".chart-legend rect", "all => all.map(r => r.getAttribute('stroke-dasharray') || 'solid')")
    assert len(set(samples)) == 4


def test_a_click_leads_to_what_is_drawn_and_never_elsewhere(watched: Watched) -> None:
    page = drawn(watched, "sankey", SANKEY)
    page.click(".chart-drawing svg text >> text=Progetto", force=True)
    page.mouse.move(0, 0)
    assert page.url.endswith("/chart")
    box = page.locator(".chart-drawing svg text >> text=Misura").bounding_box()
    assert box is not None
    assert went(page, lambda: page.click(".chart-drawing svg text >> text=Misura", force=True)).endswith("/id/b")


def test_bars_and_lines_are_drawn_with_their_units(watched: Watched) -> None:
    page = drawn(watched, "bar", BAR)
    expect(page.locator(".chart-drawing")).to_contain_text("Mln €")
    expect(page.locator(".chart-drawing")).to_contain_text("2025")
    assert page.locator(".chart-drawing svg pattern").count() > 1
    page = drawn(watched, "line", LINE)
    dashes = page.eval_on_selector_all(".chart-drawing svg path", "paths => paths.map(p => p.getAttribute('stroke-dasharray') || '')")
    assert len(set(dashes)) > 1


def test_what_is_pointed_at_is_explained_without_styles_of_its_own(watched: Watched) -> None:
    page = drawn(watched, "bar", BAR)
    box = page.locator(".chart-drawing").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    expect(page.locator(".chart-drawing")).to_contain_text("1.200.000")


def test_a_chart_fits_a_phone_and_paper(browser: Browser, server: str) -> None:
    with watching(browser, server, viewport={"width": 360, "height": 700}, reduced_motion="reduce") as watched:
        for kind, data in (("sankey", SANKEY), ("bar", BAR), ("line", LINE)):
            page = drawn(watched, kind, data)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            assert page.pdf(format="A4").startswith(b"%PDF")
            page.set_viewport_size({"width": 900, "height": 700})
            expect(page.locator(".chart-drawing svg")).to_have_attribute(
                "width", str(page.evaluate("document.querySelector('.chart-drawing').clientWidth"))
            )
            page.set_viewport_size({"width": 360, "height": 700})
        watched.check()


@pytest.mark.parametrize(
    ("kind", "data"),
    [("sankey", {"nodes": [], "links": [], "words": {}}), ("bar", {"categories": [], "series": []}), ("unknown", LINE)],
)
def test_a_chart_of_nothing_is_not_drawn(watched: Watched, kind: str, data: dict[str, Any]) -> None:
    """The script has run when the page is complete: a module is waited for."""
    assert drawn(watched, kind, data).locator(".chart-drawing").count() == 0
