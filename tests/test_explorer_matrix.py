"""The page of matrices: each cell says what the graph says, and an empty one whether that is known."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from lxml import html

from filorosso.graph import Inputs, Store, build, value_of

from .conftest import AS_OF, CHECKOUT
from .services import serving

LANGUAGES = ("it", "en")
PNRR = {"rows": "pnrr-2023", "rowKind": "mission", "columns": "agenda-2030", "columnKind": "goal"}
AXES = {"rows": "seregno-agenda-2022", "rowKind": "axis", "columns": "agenda-2030", "columnKind": "goal"}
ACTIONS = {"rows": "seregno-dup", "rowKind": "strategic-action", "columns": "seregno-agenda-2022", "columnKind": "axis"}
MILAN = {"rows": "milan-plan-2019-2021", "rowKind": "policy-area", "columns": "agenda-2030", "columnKind": "goal"}
SIGNS = {"declared": "●", "official": "◆", "assessed": "▲", "proposed": "○"}
BASE = "https://w3id.org/filorosso/"


def fetched(server: str, path: str, status: int = 200, /, **given: str) -> Any:
    reply = httpx.get(f"{server}{path}?{urlencode(given)}", headers={"accept": "text/html"}, timeout=60)
    assert reply.status_code == status, reply.text[:2000]
    return html.document_fromstring(reply.content)


def cells(page: Any) -> dict[tuple[str, str], Any]:
    """The cells of the matrix of a page by the IRIs of their row and column."""
    found = {}
    for cell in page.xpath("//table[starts-with(@class, 'matrix')]//td[starts-with(@class, 'cell')]"):
        asked = parse_qs(urlsplit(cell.xpath("./a/@href")[0]).query)
        found[asked["row"][0], asked["column"][0]] = cell
    return found


def elements(store: Store, framework: str, kind: str) -> set[str]:
    rows = store.rows(f"SELECT ?e {{ ?e filo:inFramework <{BASE}id/{framework}> ; filo:hasKind <{BASE}voc/element-kind/{kind}> }}")
    return {value_of(row["e"]) for row in rows}


def links(store: Store, given: dict[str, str], life: str) -> dict[tuple[str, str], int]:
    """How many links of a life cycle lead from what is in a row to what is in a column, asked from the links and not from the rows."""
    rows = store.rows(
        f"""SELECT ?link ?from ?to {{ ?link filo:hasSubject ?from ; filo:hasObject ?to ; filo:hasLifeCycle <{BASE}voc/life-cycle/{life}> .
        ?from filo:inFramework <{BASE}id/{given["rows"]}> . ?to filo:inFramework <{BASE}id/{given["columns"]}> }}"""
    )
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        ends = [{row[end]} for end in ("from", "to")]
        for place, end in enumerate(ends):
            waiting = list(end)
            while waiting:
                above = store.objects(waiting.pop(), f"<{BASE}onto/isPartOf>")
                waiting += [each for each in above if each not in ends[place]]
                ends[place].update(above)
        for upper in ends[0]:
            for other in ends[1]:
                found.setdefault((value_of(upper), value_of(other)), set()).add(row["link"])
    return {cell: len(of) for cell, of in found.items()}


def parts(cell: Any) -> list[tuple[str, int]]:
    return [(part.xpath("./span[1]")[0].text, int(part.xpath("./span[1]")[0].tail)) for part in cell.xpath(".//span[@class='part']")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("given", [PNRR, AXES, ACTIONS, MILAN])
def test_every_row_and_column_is_there_and_each_cell_counts_its_links(server: str, store: Store, given: dict[str, str], lang: str) -> None:
    found = cells(fetched(server, "/matrix", **given, lang=lang))
    expected = {
        (r, c) for r in elements(store, given["rows"], given["rowKind"]) for c in elements(store, given["columns"], given["columnKind"])
    }
    assert set(found) == expected
    accepted, open_ = links(store, given, "accepted"), links(store, given, "open")
    for ends, cell in found.items():
        said = parts(cell)
        assert sum(number for sign, number in said if sign != SIGNS["proposed"]) == accepted.get(ends, 0), ends
        assert sum(number for sign, number in said if sign == SIGNS["proposed"]) == open_.get(ends, 0), ends


def test_a_void_is_absent_only_where_the_sources_were_read_whole(server: str) -> None:
    whole = fetched(server, "/matrix", **PNRR, lang="it")
    voids = {cell.get("class") for cell in cells(whole).values() if not parts(cell)}
    assert voids == {"cell absent"}
    for given in (AXES, ACTIONS, MILAN):
        page = fetched(server, "/matrix", **given, lang="it")
        assert {cell.get("class") for cell in cells(page).values() if not parts(cell)} == {"cell unknown"}
        assert page.xpath("//ul[@class='unknowns']/li")


def test_signs_and_words_tell_statuses_apart_without_colour(server: str) -> None:
    found = cells(fetched(server, "/matrix", **ACTIONS, lang="it")).values()
    texts = {cell.get("class").split()[1].partition("-")[0]: " ".join(cell.text_content().split()) for cell in found}
    assert "soltanto proposto" in texts["proposed"]
    assert "○" in texts["proposed"]
    assert "dichiarato" in texts["heat"]
    assert texts["unknown"] == "?ignoto"


def test_links_left_out_by_what_was_asked_are_neither_absent_nor_unknown(server: str) -> None:
    every = cells(fetched(server, "/matrix", **PNRR))
    early = fetched(server, "/matrix", **PNRR, asOf="2019-01-01", lang="it")
    for ends, cell in cells(early).items():
        assert cell.get("class") == ("cell left-out" if parts(every[ends]) else "cell absent")
    opened = next(cell.xpath("./a/@href")[0] for cell in cells(early).values() if "left-out" in cell.get("class"))
    assert "fuori dal giorno" in html.document_fromstring(httpx.get(server + opened, timeout=60).content).text_content()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_cell_opens_its_links_with_evidence_and_a_query_that_answers(server: str, lang: str) -> None:
    found = cells(fetched(server, "/matrix", **PNRR, lang=lang))
    ends, cell = max(found.items(), key=lambda one: sum(number for _, number in parts(one[1])))
    page = html.document_fromstring(httpx.get(server + cell.xpath("./a/@href")[0], timeout=60).content)
    rows = page.xpath("//div[@aria-labelledby='links']//tbody/tr")
    assert len(rows) == sum(number for _, number in parts(cell))
    assert all(row.xpath("./td[5]/a") for row in rows), "each link has evidence"
    query = "".join(page.xpath("//pre//text()"))
    answer = httpx.get(
        f"{server}/sparql", params={"query": query}, headers={"accept": "application/sparql-results+json"}, timeout=60
    ).json()
    bindings = answer["results"]["bindings"]
    assert {(row["row"]["value"], row["column"]["value"]) for row in bindings} == {ends}
    assert sum(int(row["number"]["value"]) for row in bindings) == len(rows)
    (editor,) = [address for address in page.xpath("//a/@href") if address.startswith("/sparql?edit")]
    assert parse_qs(urlsplit(editor).query)["edit"] == [query]


def test_an_unknown_cell_says_which_sources_were_not_read(server: str) -> None:
    given = AXES | {"row": "seregno-agenda-2022/axis/innovazione", "column": "http://metadata.un.org/sdg/4", "lang": "it"}
    page = fetched(server, "/matrix/cell", **given)
    said = page.xpath("//section[@aria-labelledby='none']")[0]
    assert "ignoto" in said.text_content()
    assert any("frame-innovazione" in address for address in said.xpath(".//a/@href"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheets_say_what_the_page_says(server: str, lang: str) -> None:
    page = fetched(server, "/matrix", **ACTIONS, lang=lang)
    (address,) = [one for one in page.xpath("//a/@href") if "/matrix/table" in one and "format=csv" in one]
    reply = httpx.get(server + address, timeout=60)
    rows = list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"))))
    shown = page.xpath("//table[starts-with(@class, 'matrix')]//tbody/tr")
    assert len(rows) == len(shown) + 1
    for row, line in zip(shown, rows[1:], strict=True):
        assert line[0] == " ".join(row.xpath("./th")[0].text_content().split())
        for cell, value in zip(row.xpath("./td"), line[1:], strict=True):
            counted = parts(cell)
            if not counted:
                assert value == {"it": "ignoto", "en": "unknown"}[lang]
            elif counted[0][0] == SIGNS["proposed"]:
                assert value == f"{counted[0][1]} {cell.xpath('.//span[@class=$c]', c='visually-hidden')[0].text.strip()}"
            else:
                assert int(value) == counted[0][1]
    book = httpx.get(server + address.replace("format=csv", "format=xlsx"), timeout=60)
    assert zipfile.ZipFile(io.BytesIO(book.content)).testzip() is None


def test_the_usual_levels_are_those_with_links_and_a_plan_of_versions_shows_the_one_in_force(server: str) -> None:
    usual = fetched(server, "/matrix", rows="seregno-agenda-2022", columns="agenda-2030", lang="it")
    assert cells(usual).keys() == cells(fetched(server, "/matrix", **AXES)).keys()
    plan = fetched(server, "/matrix", rows="pnrr", rowKind="mission", columns="agenda-2030", columnKind="goal", lang="it")
    assert {row.partition("/id/")[2].partition("/")[0] for row, _ in cells(plan)} == {"pnrr-2025"}
    assert plan.xpath("//p[@class='notice']")


def test_a_matrix_without_links_says_so_where_the_other_way_has_some(server: str) -> None:
    turned = {"rows": PNRR["columns"], "rowKind": PNRR["columnKind"], "columns": PNRR["rows"], "columnKind": PNRR["rowKind"]}
    page = fetched(server, "/matrix", **turned, lang="en")
    assert "swap rows and columns" in page.text_content()
    (swap,) = page.xpath("//p[@class='matrix-about']//a/@href")
    assert (
        cells(html.document_fromstring(httpx.get(server + swap, timeout=60).content)).keys()
        == cells(fetched(server, "/matrix", **PNRR)).keys()
    )


def test_a_long_matrix_is_turned_page_by_page_and_none_of_its_rows_is_lost(server: str, store: Store) -> None:
    given = {"rows": "pnrr-2023", "rowKind": "sub-measure", "columns": "agenda-2030", "columnKind": "target"}
    found: set[str] = set()
    address = f"/matrix?{urlencode(given)}"
    while address:
        page = html.document_fromstring(httpx.get(server + address, headers={"accept": "text/html"}, timeout=60).content)
        found |= {row for row, _ in cells(page)}
        address = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert found == elements(store, "pnrr-2023", "sub-measure")
    fetched(server, "/matrix", 422, **given, page="9999")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"rows": "no-such-plan", "columns": "agenda-2030"}, 404),
        ({"rows": "pnrr-2023/mission/m1", "columns": "agenda-2030"}, 422),
        ({**PNRR, "rowKind": "galaxy"}, 422),
        ({**PNRR, "certainty": "sure"}, 422),
        ({**PNRR, "asOf": "31/12/2022"}, 422),
        ({"rows": '"><script>alert(1)</script>', "columns": "agenda-2030"}, 404),
    ],
)
def test_what_is_asked_wrongly_is_said(server: str, given: dict[str, str], status: int) -> None:
    page = fetched(server, "/matrix", status, **given)
    assert not page.xpath("//script[contains(text(), 'alert')]")
    assert httpx.get(f"{server}/matrix/table", params=given, timeout=60).status_code == status


def test_a_cell_of_another_matrix_is_422(server: str) -> None:
    fetched(server, "/matrix/cell", 422, **PNRR, row="pnrr-2025/mission/m1", column="http://metadata.un.org/sdg/4")
    assert httpx.get(f"{server}/matrix/table", params=PNRR | {"format": "pdf"}, timeout=60).status_code == 422


def test_the_form_alone_offers_the_pairs_that_have_links(server: str) -> None:
    page = fetched(server, "/matrix", lang="it")
    addresses = page.xpath("//section[@aria-labelledby='pairs']//a/@href")
    assert addresses
    for address in addresses:
        assert any(parts(cell) for cell in cells(html.document_fromstring(httpx.get(server + address, timeout=60).content)).values()), (
            address
        )


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service over the shipped graph and two invented plans."""
    home: Path = tmp_path_factory.mktemp("invented")
    build(home, Inputs(AS_OF, plans=tuple(sorted((CHECKOUT / "tests" / "data" / "plans").glob("*.ttl")))))
    with serving(home, "--no-build") as service:
        yield service.address


def test_negative_and_positive_judgements_of_a_plan_on_itself_differ_without_colour(invented: str, fictional: Store) -> None:
    rows = fictional.rows(
        """SELECT ?link ?from ?to ?sign { ?link a filo:CoherenceAssessment ; filo:hasSubject ?from ; filo:hasObject ?to ; filo:hasScaleValue ?value .
        ?value filo:hasPolarity ?polarity . ?from filo:inFramework ?plan . ?to filo:inFramework ?plan ; filo:hasKind ?kind
        BIND (STRAFTER(STR(?polarity), "polarity/") AS ?sign) }"""
    )
    plan = value_of(fictional.objects(rows[0]["from"], f"<{BASE}onto/inFramework>")[0])
    kind = value_of(fictional.objects(rows[0]["from"], f"<{BASE}onto/hasKind>")[0])
    found = cells(fetched(invented, "/matrix", rows=plan, rowKind=kind, columns=plan, columnKind=kind, lang="it"))
    seen = set()
    for row in rows:
        cell = found.get((value_of(row["from"]), value_of(row["to"])))
        sign = value_of(row["sign"])
        if cell is not None and sign in ("positive", "negative"):
            seen.add(sign)
            assert {"positive": "+", "negative": "−"}[sign] in cell.text_content()
            assert {"positive": "positivo", "negative": "negativo"}[sign] in cell.text_content()
            assert sign == "positive" or "negative" in cell.get("class").split()
    assert seen == {"positive", "negative"}


def test_the_largest_matrix_is_sent_compressed_and_light(server: str) -> None:
    given = {"rows": "pnrr-2023", "rowKind": "sub-measure", "columns": "agenda-2030", "columnKind": "target"}
    with httpx.stream(
        "GET", f"{server}/matrix", params=given, headers={"accept": "text/html", "accept-encoding": "gzip"}, timeout=60
    ) as reply:
        assert reply.headers["content-encoding"] == "gzip"
        assert sum(map(len, reply.iter_raw())) < 100_000
