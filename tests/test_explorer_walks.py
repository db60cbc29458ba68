"""Ways through the explorer as people go them: with a mouse, with a keyboard alone, without scripts, and onto paper."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from lxml import html
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from filorosso.api.assets import read_assets

from .browser import PATIENCE, Watched, watching
from .conftest import absent
from .pages import BROWSER
from .visits import VISITS, path_of

AXIS = "https://w3id.org/filorosso/id/seregno-agenda-2022/axis/innovazione"
# How many links are followed, of the thousands that the pages have.
FOLLOWED = 250
SEED = 20261122

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def scriptless(browser: Browser, server: str) -> Iterator[Watched]:
    """A window whose user allows no scripts."""
    with watching(browser, server, java_script_enabled=False) as window:
        yield window
        window.check()


def heading(page: Page, said: str | re.Pattern[str]) -> None:
    """Wait for the page with this heading."""
    expect(page.locator("h1")).to_have_text(said)


def given(page: Page) -> dict[str, str]:
    """The parameters in the address of a page."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


# With a mouse


def test_from_a_word_to_the_evidence_of_a_hop(watched: Watched) -> None:
    page = watched.open("/?lang=it")
    page.locator("#search").press_sequentially("crocevia di innov", delay=20)
    page.get_by_role("option").filter(has=page.get_by_text("Crocevia di innovazione", exact=True)).filter(
        has_text="versione approvata nel 2022"
    ).click()
    heading(page, "Crocevia di innovazione")
    page.get_by_role("link", name="Segui il filo").first.click()
    heading(page, "Il filo: Crocevia di innovazione")
    hop = page.locator(".hop", has=page.get_by_role("link", name="Città Crocevia", exact=True)).first
    expect(hop.locator(".mark")).to_have_text(re.compile("dichiarato"))
    hop.get_by_role("link", name="Pagina del PIM sull'Agenda Strategica Seregno").click()
    heading(page, "Pagina del PIM sull'Agenda Strategica Seregno")


def test_from_a_matrix_to_the_statement_that_a_cell_counts(watched: Watched) -> None:
    page = watched.open("/?lang=it")
    page.get_by_role("link", name="Matrice", exact=True).click()
    page.get_by_role("link", name=re.compile("versione approvata nel 2022 × Agenda 2030 per lo sviluppo")).click()
    row = page.locator("table.matrix tbody tr", has=page.get_by_role("rowheader", name="Crocevia di cultura"))
    cell = row.locator("td").nth(4)
    expect(cell).to_have_text(re.compile("1 dichiarato"))
    cell.get_by_role("link").click()
    heading(page, "Legami della casella")
    page.locator("#links ~ .scroll").get_by_role("link", name="cornice strategica").click()
    heading(page, "Crocevia di cultura → Parità di genere")
    page.go_back()
    page.get_by_role("link", name="Torna alla matrice").click()
    heading(page, re.compile("^Matrice: Agenda Strategica Seregno 2030"))


def test_from_an_answer_to_its_query_in_the_editor(watched: Watched) -> None:
    if "editor" in read_assets().missing:
        absent("api/static/built (make assets)")
    page = watched.open(path_of(watched.address, "answer", "it"))
    page.get_by_text("L'interrogazione SPARQL").click()
    said = page.locator("#take ~ details code").inner_text()
    page.get_by_role("link", name="Aprila nell'editor").click()
    page.wait_for_selector("form.sparql-ready")
    assert page.input_value("#query").split() == said.split()


def test_the_two_languages_are_kept_apart_from_page_to_page(watched: Watched) -> None:
    page = watched.open("/id/seregno-agenda-2022/axis/innovazione?lang=it&data=it")
    page.get_by_role("navigation", name="Lingua dell'interfaccia").get_by_role("link", name="English").click()
    heading(page, "Crocevia di innovazione")
    page.get_by_role("link", name="Follow the thread").first.click()
    heading(page, "The thread: Crocevia di innovazione")
    assert (given(page)["lang"], given(page)["data"]) == ("en", "it")
    page.get_by_role("navigation", name="Language of the data").get_by_role("link", name="English").click()
    heading(page, "The thread: Crossroads of innovation")
    assert (given(page)["lang"], given(page)["data"]) == ("en", "en")


def test_a_thread_is_drawn_and_said(watched: Watched) -> None:
    if "charts" in read_assets().missing:
        absent("api/static/built (make assets)")
    page = watched.open(path_of(watched.address, "thread-goal", "it"))
    expect(page.locator("figure.chart svg").first).to_be_visible()
    assert page.locator(".hop").count() > 100


# With a keyboard


def test_the_first_key_leads_past_the_menu(watched: Watched) -> None:
    page = watched.open("/frameworks?lang=it")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_suggestions_are_chosen_with_arrows_and_left_with_escape(watched: Watched) -> None:
    page = watched.open("/?lang=en")
    field = page.get_by_role("combobox")
    field.focus()
    page.keyboard.type("culture", delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") == options.last.get_attribute("id")
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    assert field.input_value() == "culture"
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    assert given(page)["q"] == "culture"


def test_a_question_is_asked_with_the_keyboard_alone(watched: Watched) -> None:
    page = watched.open("/questions/coverage?lang=it")
    for field, typed, chosen in (
        ("framework", "agenda 2030 per lo", "agenda-2030"),
        ("by", "seregno 2030, versione approvata", "seregno-agenda-2022"),
    ):
        page.focus(f"#field-{field}")
        page.keyboard.press("Control+a")
        page.keyboard.type(typed, delay=20)
        expect(page.locator(f"#field-{field}-suggestions [role=option]").first).to_be_visible()
        wanted = page.locator(f"#field-{field}-suggestions [data-iri='https://w3id.org/filorosso/id/{chosen}']")
        while wanted.get_attribute("aria-selected") != "true":
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert page.input_value(f"#field-{field}") == f"https://w3id.org/filorosso/id/{chosen}"
    page.focus("#field-kind")
    page.keyboard.type("obiettivo generale")
    page.focus("form.question-form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Risposta", exact=True)).to_be_visible()
    assert page.locator("table.answer tbody tr").count() == 17


_STOPS = """() => {
    const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
    const stops = [...document.querySelectorAll(wanted)].filter((each) => each.checkVisibility({ checkVisibilityCSS: true }) && !each.disabled);
    stops.forEach((each, place) => { each.dataset.stop = place; });
    return stops.length;
}"""
_FOCUSED = """() => {
    const here = document.activeElement;
    const style = getComputedStyle(here);
    const isSeen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    return [Number(here.dataset.stop ?? -1), isSeen, here.outerHTML.slice(0, 100)];
}"""


@pytest.mark.parametrize(
    "name", ["home", "framework-city", "thread-through", "matrix", "question", "answer", "quality", "compare-day", "download"]
)
def test_the_tab_key_reaches_everything_in_order_and_shows_where_it_is(watched: Watched, name: str) -> None:
    page = watched.open(path_of(watched.address, name, "it"))
    number = page.evaluate(_STOPS)
    reached: list[int] = []
    # A date is several stops: the day, the month, the year, the calendar.
    for _ in range(number + 4 * page.locator("input[type=date]").count()):
        page.keyboard.press("Tab")
        stop, is_seen, what = page.evaluate(_FOCUSED)
        if not reached or reached[-1] != stop:
            reached.append(stop)
            assert is_seen, f"nothing shows that this has the focus: {what}"
        if stop == number - 1:
            break
    assert reached == list(range(number))


# Without scripts


def test_without_scripts_one_searches_and_follows_a_thread(scriptless: Watched) -> None:
    page = scriptless.open("/?lang=it")
    page.fill("#search", "crocevia di inovazione")
    page.locator("form.big-search button").click()
    page.locator(".matches").get_by_role("link", name="Crocevia di innovazione").first.click()
    heading(page, "Crocevia di innovazione")
    page.get_by_role("link", name="Segui il filo").first.click()
    heading(page, "Il filo: Crocevia di innovazione")
    assert page.locator(".hop").count() > 3
    assert page.locator("figure.chart svg").count() == 0


def test_without_scripts_a_thread_is_asked_for_between_two_points(scriptless: Watched) -> None:
    page = scriptless.open("/thread?lang=it")
    page.fill("#from", "B29J21031260002")
    page.fill("#to", "http://metadata.un.org/sdg/4")
    page.locator("form[aria-labelledby=between] button").click()
    heading(page, re.compile("→ Istruzione di qualità$"))
    expect(page.get_by_role("heading", name="Fili: 2")).to_be_visible()


def test_without_scripts_a_matrix_is_chosen_and_a_cell_opened(scriptless: Watched) -> None:
    page = scriptless.open("/matrix?lang=it")
    page.select_option("#rows", label="Documento unico di programmazione del Comune di Seregno")
    page.select_option("#columns", value=AXIS.rsplit("/axis", 1)[0])
    page.locator("form.matrix-form button").click()
    heading(page, re.compile("^Matrice: Documento unico"))
    page.locator("table.matrix td.cell a").first.click()
    heading(page, "Legami della casella")


def test_without_scripts_a_question_is_mended_and_answered(scriptless: Watched) -> None:
    page = scriptless.open("/questions/coverage?lang=it")
    page.fill("#field-framework", "nulla di simile qui")
    page.locator("form.question-form button[type=submit]").click()
    expect(page.locator("#field-framework")).to_have_attribute("aria-invalid", "true")
    page.fill("#field-framework", "agenda-2030")
    page.fill("#field-by", "seregno-agenda-2022")
    page.select_option("#field-kind", label="obiettivo generale")
    page.locator("form.question-form button[type=submit]").click()
    assert page.locator("table.answer tbody tr").count() == 17
    scriptless.complaints[:] = [said for said in scriptless.complaints if "422" not in said]


def test_without_scripts_problems_are_filtered_and_versions_compared(scriptless: Watched) -> None:
    page = scriptless.open("/quality?lang=it")
    page.select_option("#quality-plan", label="Metropoli Strategiche")
    page.get_by_role("button", name="Filtra").click()
    expect(page.get_by_role("status").first).to_have_text("Problemi: 6.")
    page.get_by_role("link", name="Confronto", exact=True).click()
    page.fill("#compare-on", "2021-06-01")
    page.get_by_role("button", name="Mostra il giorno").click()
    expect(page.get_by_role("heading", name="I quadri il 01/06/2021")).to_be_visible()


@pytest.mark.parametrize("lang", ["it", "en"])
def test_every_link_leads_somewhere(server: str, lang: str) -> None:
    with httpx.Client(headers={"accept": BROWSER}, timeout=60) as client:
        pages = {name: client.get(server + path_of(server, name, lang)) for name in VISITS}
        links = sorted({link for page in pages.values() for link in targets(page)})
        assert len(links) > 1000
        for link in random.Random(SEED).sample(links, FOLLOWED):
            assert client.head(link).status_code == 200, link


def targets(page: httpx.Response) -> Iterator[str]:
    """Where the links of a page lead at the same service; those within the page lead to something that is there."""
    found = html.document_fromstring(page.content)
    for link in map(str, found.xpath("//main//a[not(@hidden)]/@href | //footer//a/@href")):
        if link.startswith("#"):
            assert found.xpath("//*[@id=$name]", name=link[1:]), (str(page.url), link)
        address = urljoin(str(page.url), link).partition("#")[0]
        if urlsplit(address).netloc == urlsplit(str(page.url)).netloc:
            yield address


# On paper


@pytest.fixture
def printed(watched: Watched) -> Callable[[str], PdfReader]:
    """Prints a page as the browser would on A4."""

    def printing(name: str) -> PdfReader:
        page = watched.open(path_of(watched.address, name, "it"))
        page.wait_for_load_state("networkidle")
        return PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))

    return printing


@pytest.mark.parametrize("name", ["matrix", "matrix-dup", "matrix-wide"])
def test_a_matrix_is_printed_on_one_sheet(printed: Callable[[str], PdfReader], name: str) -> None:
    sheets = printed(name).pages
    assert len(sheets) == 1
    assert sheets[0].mediabox.width > sheets[0].mediabox.height
    said = sheets[0].extract_text()
    assert "Legenda" in said
    assert "Mostra la matrice" not in said


@pytest.mark.parametrize(
    ("name", "most"), [("element", 5), ("link", 2), ("thread-between", 4), ("framework-city", 18), ("answer", 9), ("compare-day", 6)]
)
def test_a_page_is_printed_without_what_is_for_screens(printed: Callable[[str], PdfReader], name: str, most: int) -> None:
    sheets = printed(name).pages
    said = " ".join(sheet.extract_text() for sheet in sheets)
    assert 1 <= len(sheets) <= most
    assert "Filorosso" in said
    assert "CC BY 4.0" in said
    for screen in ("Lingua dell'interfaccia", "Cerca", "Segui il filo"):
        assert screen not in said
    assert all(abs(sheet.mediabox.width - 595) < 2 and abs(sheet.mediabox.height - 842) < 2 for sheet in sheets)


def test_what_is_folded_is_printed_too(printed: Callable[[str], PdfReader], watched: Watched) -> None:
    said = " ".join(sheet.extract_text() for sheet in printed("framework-city").pages)
    hidden = watched.page.locator(".tree details:not([open]) a")
    assert hidden.count() > 10
    folded = hidden.evaluate_all("links => links.map((link) => link.textContent)")
    words = re.sub(r"\s+", "", said)
    assert [text for text in folded if re.sub(r"\s+", "", text) not in words] == []
