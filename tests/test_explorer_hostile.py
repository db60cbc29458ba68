"""A plan whose every text and IRI tries to do harm, shown, asked for and taken away in every way there is: it stays text.

The plan is `data/hostile/hostile.ttl`: scripts, quotes, marks that turn the direction of text, formulas of spreadsheets, templates, an IRI that
is a script.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx
import openpyxl
import pytest
from lxml import etree, html
from playwright.sync_api import Browser, Page, expect
from rdflib import RDFS, Graph, Literal, URIRef

from filorosso.api.explorer.pages import PAGES
from filorosso.api.explorer.view import local
from filorosso.graph import Inputs, Library, Question, Release, build

from .browser import PATIENCE, Watched, watching
from .conftest import AS_OF, CHECKOUT
from .pages import BROWSER
from .services import serving

PLAN: Final = CHECKOUT / "tests" / "data" / "hostile" / "hostile.ttl"
HOSTILE: Final = "https://w3id.org/filorosso/id/hostile"
AXIS: Final = f"{HOSTILE}/axis"
SCRIPT: Final = "javascript:window.harm=1"
AGENDA: Final = "https://w3id.org/filorosso/id/agenda-2030"
# What people may give, instead of what is in the graph.
GIVEN: Final = (
    '"><script>window.harm=1</script>',
    "'><img src=x onerror=window.harm=1>",
    "javascript:window.harm=1",
    "\u202e{{7*7}}\u0000",
    "</script><!--",
)
# How a cell begins that a spreadsheet would calculate.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_LINKS: Final = "[...document.querySelectorAll('[href], [src], [action], [formaction]')].flatMap((each) => ['href', 'src', 'action', 'formaction'].map((name) => each.getAttribute(name)))"

expect.set_options(timeout=PATIENCE)


def plan() -> Graph:
    """The plan, as it is written."""
    return Graph().parse(PLAN)


SUBJECTS: Final = sorted({str(node) for node in plan().subjects() if isinstance(node, URIRef)})
LABELS: Final = {(str(node), said.language): str(said) for node, said in plan().subject_objects(RDFS.label) if isinstance(said, Literal)}


@pytest.fixture(scope="module")
def attacked(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service over the shipped graph and, as a later release, that plan."""
    home = tmp_path_factory.mktemp("attacked")
    shutil.copytree(release.folder, home / "releases" / release.name)
    (home / "current").write_text(f"{release.name}\n")
    build(home, Inputs(AS_OF, plans=(PLAN,)))
    with serving(home, "--no-build") as service:
        yield service.address


@pytest.fixture(scope="module")
def shared(browser: Browser, attacked: str) -> Iterator[Watched]:
    """One window for all pages."""
    with watching(browser, attacked) as window:
        window.page.on("dialog", lambda dialog: window.violations.append(f"a dialog: {dialog.message}"))
        yield window


@pytest.fixture
def window(shared: Watched) -> Iterator[Watched]:
    """The window, in which nothing was seen yet."""
    for seen in (shared.complaints, shared.violations, shared.requests):
        seen.clear()
    yield shared
    # A page that is none is what some of these ask for.
    shared.complaints[:] = [
        said for said in shared.complaints if "Failed to load resource: the server responded with a status of 4" not in said
    ]
    shared.check()


@pytest.fixture(scope="module")
def client(attacked: str) -> Iterator[httpx.Client]:
    """A client of the service."""
    with httpx.Client(base_url=attacked, timeout=120) as client:
        yield client


def opened(window: Watched, path: str) -> Page:
    """A page, in which nothing did harm."""
    page = window.open(path)
    harmless(page)
    return page


def harmless(page: Page) -> None:
    """Nothing of the plan ran, and nothing waits to."""
    assert page.evaluate("window.harm") is None
    assert [each for each in page.evaluate(_LINKS) if each and each.strip().lower().startswith(("javascript:", "data:", "vbscript:"))] == []
    assert page.locator("main img, main iframe, main object, main embed, main [onerror], main [onload], main [onmouseover]").count() == 0


def path_of(iri: str, **given: str) -> str:
    """The path of the page of an IRI."""
    path = local(iri, "https://service.invalid")
    return path + ("&" if "?" in path else "?") + urlencode(given)


def literally(text: str | None) -> str:
    """A text without the whitespace around and within it, which pages may set as they like."""
    return "".join((text or "").split())


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_page_of_a_node_says_its_name_to_the_letter(window: Watched, subject: str, lang: str) -> None:
    page = opened(window, path_of(subject, lang=lang))
    if (subject, lang) in LABELS:
        assert literally(page.locator("h1").text_content()) == literally(LABELS[subject, lang])
    assert literally(page.locator(".iri").first.text_content()) == subject
    opened(window, path_of(subject, lang=lang, page="1"))


def _pages() -> dict[str, str]:
    """The pages that show nodes of the plan."""
    both = {"rows": HOSTILE, "columns": AGENDA, "rowKind": "axis", "columnKind": "goal"}
    return {
        "home": "/?",
        "frameworks": "/frameworks?",
        "search": f"/search?q={quote('window.harm')}&",
        "thread": f"/thread?{urlencode({'node': AXIS})}&",
        "between": f"/thread?{urlencode({'from': AXIS, 'to': 'http://metadata.un.org/sdg/13'})}&",
        "matrix": f"/matrix?{urlencode(both)}&",
        "cell": f"/matrix/cell?{urlencode(both | {'row': AXIS, 'column': 'http://metadata.un.org/sdg/13'})}&",
        "quality": f"/quality?{urlencode({'plan': HOSTILE})}&",
        "day": "/compare?on=2025-01-01&",
        "sources": "/sources?",
        "catalogue": "/catalogue?",
        "dataset": "/dataset/hostile?",
        "graph": "/graph/hostile?",
        "proposed": "/graph/hostile/proposed?",
        "download": "/download?",
        "class": "/onto/Framework?",
        "questions": f"/questions/coverage?{urlencode({'framework': HOSTILE})}&",
    }


# Where the name of the plan, of its axis or of its document has to be read.
SHOWN: Final = {
    "home": HOSTILE,
    "frameworks": HOSTILE,
    "thread": AXIS,
    "between": AXIS,
    "matrix": AXIS,
    "cell": AXIS,
    "day": HOSTILE,
    "sources": f"{HOSTILE}/document",
    "catalogue": HOSTILE,
    "dataset": HOSTILE,
    "class": HOSTILE,
    "search": HOSTILE,
}


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("name", _pages())
def test_a_page_shows_the_plan_and_takes_no_harm(window: Watched, name: str, lang: str) -> None:
    page = opened(window, f"{_pages()[name]}lang={lang}")
    page.wait_for_load_state("networkidle")
    harmless(page)
    if name in SHOWN:
        assert literally(LABELS[SHOWN[name], lang]) in literally(page.locator("main").text_content())


@pytest.mark.parametrize(
    ("typed", "lang"), [("window.harm", "it"), ("scriptwindow", "it"), ("img src", "en"), ("hyperlink", "it"), ("7*7", "en"), ("cmd", "en")]
)
def test_suggestions_are_texts(window: Watched, typed: str, lang: str) -> None:
    page = window.open(f"/?lang={lang}")
    page.locator("#search").press_sequentially(typed, delay=20)
    expect(page.get_by_role("option").first).to_be_visible()
    harmless(page)
    assert {literally(label) for (_, said), label in LABELS.items() if said == lang} & {
        literally(each) for each in page.locator("[role=option] bdi").all_text_contents()
    }


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("place", sorted(PAGES))
def test_what_is_given_in_an_address_is_text(client: httpx.Client, place: str, given: str) -> None:
    for name in (
        "q",
        "node",
        "from",
        "to",
        "rows",
        "columns",
        "rowKind",
        "row",
        "column",
        "rule",
        "plan",
        "on",
        "with",
        "page",
        "lang",
        "data",
        "asOf",
        "certainty",
    ):
        reply = client.get(place, params={name: given, "lang": "it"} if name != "lang" else {name: given}, headers={"accept": BROWSER})
        assert reply.status_code in (200, 404, 422), (name, reply.status_code)
        held(reply)


def held(reply: httpx.Response) -> None:
    """A page has the scripts, the pictures and the links that are its own, and no others."""
    assert reply.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in reply.headers["content-security-policy"]
    found = html.document_fromstring(reply.content)
    assert not found.xpath("//script[not(@src) and not(contains(@type, 'json'))] | //img | //iframe | //object | //svg//script")
    assert all(each.startswith("/static/") for each in found.xpath("//script/@src"))
    assert not [name for each in found.iter() for name in each.attrib if name.lower().startswith("on")]
    assert not [
        link for link in found.xpath("//@href | //@src | //@action") if urlsplit(link.strip()).scheme not in ("", "http", "https", "mailto")
    ]


# What is asked and taken away


def asked(library: Library) -> dict[str, dict[str, str]]:
    """The questions that can be asked of the plan, each with what to give it."""
    found = {}
    for question in library:
        given = _given(question)
        if any(value.startswith(HOSTILE) for value in given.values()):
            found[question.name] = given
    return found


def _given(question: Question) -> dict[str, str]:
    ours = {
        "framework": HOSTILE,
        "by": HOSTILE,
        "node": AXIS,
        "rows": HOSTILE,
        "from": AXIS,
        "element": AXIS,
        "plan": HOSTILE,
        "rowKind": "axis",
    }
    given = {name: value for name, value in question.example.items() if name not in ours}
    return given | {parameter.name: ours[parameter.name] for parameter in question.parameters if parameter.name in ours}


def test_answers_are_pages_that_take_no_harm(client: httpx.Client, library: Library) -> None:
    questions = asked(library)
    assert len(questions) > 15
    shown = 0
    for name, given in questions.items():
        for lang in ("it", "en"):
            reply = client.get(f"/questions/{name}/answer", params=given | {"lang": lang}, headers={"accept": BROWSER})
            assert reply.status_code in (200, 422), (name, reply.status_code)
            held(reply)
            shown += reply.status_code == 200 and "window.harm" in html.document_fromstring(reply.content).text_content()
    assert shown > 10


def test_answers_hold_texts_to_the_letter_and_no_formula(client: httpx.Client, library: Library) -> None:
    found: set[str] = set()
    for name, given in asked(library).items():
        if library.question(name).form != "select":
            continue
        said = client.get(f"/questions/{name}/answer", params=given | {"format": "json", "lang": "it"})
        if said.status_code == 422:
            continue
        found |= texts(said.json()["rows"])
        table = client.get(f"/questions/{name}/answer", params=given | {"format": "labelled-csv", "lang": "it"}).content.decode()
        safe(list(csv.reader(io.StringIO(table))), name)
        book = client.get(f"/questions/{name}/answer", params=given | {"format": "xlsx", "lang": "it"}).content
        calculated(book)
    assert {LABELS[AXIS, "it"], LABELS[HOSTILE, "it"]} <= found


def texts(said: Any) -> set[str]:
    """Every text in a value of JSON."""
    if isinstance(said, dict):
        return {text for value in said.values() for text in texts(value)}
    if isinstance(said, list):
        return {text for value in said for text in texts(value)}
    return {said} if isinstance(said, str) else set()


def safe(rows: list[list[str]], what: str) -> None:
    """No cell of a table is one that a spreadsheet would calculate; numbers below nought are."""
    assert rows
    assert [cell for row in rows for cell in row if cell.startswith(FORMULA) and not _is_number(cell)] == [], what


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def calculated(book: bytes) -> None:
    """No cell of a workbook is a formula, or a link that a person did not write."""
    for sheet in openpyxl.load_workbook(io.BytesIO(book)):
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert cells
        assert not [cell.value for cell in cells if cell.data_type == "f"]
        assert not [
            cell.hyperlink.target
            for cell in cells
            if cell.hyperlink and not (cell.hyperlink.target or "").startswith(("http://", "https://"))
        ]


def test_a_matrix_is_taken_away_without_formulas(client: httpx.Client) -> None:
    given = {"rows": HOSTILE, "columns": AGENDA, "rowKind": "action", "columnKind": "goal", "lang": "it"}
    table = client.get("/matrix/table", params=given | {"format": "csv"})
    assert table.status_code == 200
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    safe(rows, "matrix")
    assert any("=1+1" in cell for row in rows for cell in row)
    calculated(client.get("/matrix/table", params=given | {"format": "xlsx"}).content)


def test_the_rdf_of_a_node_says_what_the_plan_says(client: httpx.Client) -> None:
    written = plan()
    for subject in SUBJECTS:
        wanted = {(str(p), str(o)) for p, o in written.predicate_objects(URIRef(subject))}
        for media_type in ("text/turtle", "application/n-triples", "application/rdf+xml"):
            reply = client.get("/resource", params={"iri": subject}, headers={"accept": media_type})
            # A terminal's escape is in a text, which XML cannot say.
            if reply.status_code == 406 and media_type == "application/rdf+xml":
                assert any("\x1b" in text for _, text in wanted), subject
                continue
            said = Graph().parse(data=reply.text, format=media_type)
            assert wanted <= {(str(p), str(o)) for p, o in said.predicate_objects(URIRef(subject))}, (subject, media_type)
        linked = client.get("/resource", params={"iri": subject}, headers={"accept": "application/ld+json"}).text
        assert {text for _, text in wanted if "\n" not in text and not text.startswith("http")} <= texts(json.loads(linked)), subject


def test_suggestions_are_json_to_the_letter(client: httpx.Client) -> None:
    for (_, lang), label in LABELS.items():
        said = client.get("/search.json", params={"q": label, "lang": lang})
        assert said.headers["content-type"].startswith("application/json")
        assert said.headers["x-content-type-options"] == "nosniff"
        if any(letter.isalnum() for letter in label.encode("ascii", "ignore").decode()):
            assert label in {each["label"] for each in said.json()}, label


@pytest.mark.parametrize("lang", ["it", "en"])
def test_the_news_are_xml_and_name_what_came(client: httpx.Client, lang: str) -> None:
    feed = etree.fromstring(client.get("/feed.atom", params={"lang": lang}).content)
    said = literally("".join(feed.itertext()))
    assert literally(LABELS[HOSTILE, lang]) in said
    links = [each.get("href") for each in feed.iter("{*}link", "{*}a")]
    assert links
    assert all(link and link.startswith(("http://", "https://")) for link in links)
    assert not list(feed.iter("{http://www.w3.org/1999/xhtml}script"))


def test_the_sitemap_is_xml_and_lists_what_has_a_page_here(client: httpx.Client) -> None:
    index = etree.fromstring(client.get("/sitemap.xml").content)
    parts = [client.get(urlsplit(each.text).path).content for each in index.iter("{*}loc")]
    listed = [each.text for part in parts for each in etree.fromstring(part).iter("{*}loc")]
    mine = [address for address in listed if "/hostile" in address or "javascript" in address]
    assert len([address for address in mine if "/id/hostile" in address]) >= 8
    for address in mine:
        assert urlsplit(address).scheme == "http"
        assert client.get(address, headers={"accept": BROWSER}).status_code == 200, address


def test_a_name_in_an_error_is_text(window: Watched) -> None:
    for path in (
        "/id/hostile/<script>window.harm=1</script>",
        "/id/hostile/axi%22onmouseover=%22window.harm=1",
        f"/resource?iri={quote(SCRIPT + ';')}",
        "/questions/%3Cscript%3E",
        "/changes/%3Cimg%20src=x%3E",
    ):
        opened(window, path)
