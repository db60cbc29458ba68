"""Pages as tests look at them: asked for as a browser does and parsed, each held to what every page must be."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import httpx
from lxml import html

from filorosso.api.assets import read_assets
from filorosso.api.explorer.view import View
from filorosso.api.settings import Language, Limits
from filorosso.graph import Library, Report, Store, read_index

BROWSER: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LANGUAGES: Final[tuple[Language, ...]] = ("it", "en")
BASE: Final = "https://w3id.org/filorosso/"


def page(server: str, path: str, lang: str = "en", status: int = 200, /, **given: str) -> html.HtmlElement:
    """The page at a path of a service."""
    reply = httpx.get(server + path, params={**given, "lang": lang}, headers={"accept": BROWSER}, timeout=120)
    assert reply.status_code == status, (path, reply.status_code, reply.text[:500])
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "'unsafe-inline'" not in reply.headers["content-security-policy"]
    return parsed(reply.content, lang)


def parsed(content: bytes, lang: str) -> html.HtmlElement:
    """A page that is what every page must be."""
    found = html.document_fromstring(content)
    assert found.get("lang") == lang
    identifiers = found.xpath("//@id")
    assert len(identifiers) == len(set(identifiers)), sorted(each for each in identifiers if identifiers.count(each) > 1)
    assert {*found.xpath("//@aria-labelledby")} <= {*identifiers}
    assert len(found.xpath("//h1")) == 1
    levels = [int(heading.tag[1]) for heading in found.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")]
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    assert not found.xpath("//*[@style]")
    assert not found.xpath("//script[not(@src) and not(contains(@type, 'json'))]")
    assert not found.xpath("//th[not(@scope)]")
    assert not [each for each in found.xpath("//main//input[not(@type='hidden')]/@id") if not found.xpath(f"//label[@for='{each}']")]
    return found


def text(element: html.HtmlElement) -> str:
    """What an element says, in one line, as a reader who hears each part after the other."""
    return " ".join(" ".join(element.itertext()).split())


def rows(found: html.HtmlElement, section: str) -> list[list[str]]:
    """The cells of the tables of a section, row by row."""
    place = f"//section[@aria-labelledby='{section}']//tbody/tr"
    return [[text(cell) for cell in row.xpath("./td|./th")] for row in found.xpath(place)]


def view(store: Store, library: Library, lang: Language = "it", *, path: str = "/") -> View:
    """A view of a graph, as a worker has it."""
    return View(
        store=store,
        library=library,
        read_index=lambda: read_index(store, set()),
        report=Report(()),
        counts={},
        limits=Limits(),
        assets=read_assets(),
        lang=lang,
        data=lang,
        said={},
        base="http://127.0.0.1:1",
        path=path,
        release=store.name,
    )
