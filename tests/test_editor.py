"""The page to ask in SPARQL from, in a browser: people type, click and stop."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from filorosso.api.assets import read_assets
from filorosso.graph import Release

from .browser import PATIENCE, Watched, watching
from .conftest import absent
from .services import home_of, serving

SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"

expect.set_options(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def built() -> None:
    """The editor is built where Node is."""
    if "editor" in read_assets().missing:
        absent("api/static/built (make assets)")


def opened(watched: Watched, query: str, lang: str = "it") -> Page:
    """The editor with a query in it."""
    page = watched.open(f"/sparql?lang={lang}&edit={quote(query)}")
    page.wait_for_selector("form.sparql-ready")
    return page


def ask(page: Page) -> None:
    page.click("form.sparql button[type=submit]")


def typed(page: Page, text: str) -> None:
    """Type at the end of what is in the editor."""
    page.click(".yasqe .CodeMirror-lines")
    page.keyboard.press("Control+End")
    page.keyboard.type(text, delay=20)


def text_of(page: Page) -> str:
    return str(page.input_value("#query"))


@pytest.mark.parametrize(
    ("lang", "said", "words"),
    [
        ("it", "17 righe in", ["Tabella", "Vista semplice", "Righe per pagina"]),
        ("en", "17 rows in", ["Table", "Simple view", "Rows a page"]),
    ],
)
def test_an_answer_comes_as_a_table_in_the_language_of_the_page(watched: Watched, lang: str, said: str, words: list[str]) -> None:
    page = opened(
        watched,
        f"SELECT ?g ?l {{ ?g filo:hasKind <https://w3id.org/filorosso/voc/element-kind/goal> ; filo:inFramework <https://w3id.org/filorosso/id/agenda-2030> ; rdfs:label ?l FILTER (lang(?l) = '{lang}') }}",
        lang,
    )
    ask(page)
    expect(page.locator(".sparql-said")).to_contain_text(said)
    expect(page.locator(".yasr tbody tr")).to_have_count(17)
    for word in words:
        expect(page.locator(".yasr_header")).to_contain_text(word)
    if lang == "it":
        assert not {"Simple view", "Ellipse", "All", "Table", "Response"} & set(page.locator(".yasr_header *").all_inner_texts())


def test_a_node_in_an_answer_leads_to_its_page_here(watched: Watched) -> None:
    page = opened(watched, "SELECT ?s { VALUES ?s { <http://metadata.un.org/sdg/11> } }")
    ask(page)
    assert page.get_attribute(".yasr tbody a.iri", "href") == "/resource?iri=http%3A%2F%2Fmetadata.un.org%2Fsdg%2F11"


def test_what_an_answer_holds_is_shown_and_never_run(watched: Watched) -> None:
    page = opened(
        watched,
        "SELECT ?x ?i { VALUES (?x ?i) { ('<img src=x onerror=alert(1)><b>bold</b>' <https://example.org/'onmouseover='alert(1)>) } }",
    )
    ask(page)
    expect(page.locator(".yasr tbody")).to_contain_text("<b>bold</b>")
    assert page.locator(".yasr tbody img, .yasr tbody b, .yasr tbody [onmouseover]").count() == 0


def test_graphs_and_truths_are_answers_too(watched: Watched) -> None:
    page = opened(watched, "ASK { ?s filo:cup 'B29J21031260002' }")
    ask(page)
    expect(page.locator(".sparql-said")).to_contain_text("Sì")
    page = opened(watched, "CONSTRUCT { ?s a ?t } { ?s a ?t . ?s filo:cup 'B29J21031260002' }")
    ask(page)
    expect(page.locator(".sparql-said")).to_contain_text("triple")
    expect(page.locator(".yasr tbody tr").first).to_be_visible()
    page.click(".yasr .select_response")
    expect(page.locator(".yasr .CodeMirror")).to_contain_text("<http")


def test_an_error_is_marked_at_its_line(watched: Watched) -> None:
    page = opened(watched, "SELECT ?s WHERE {\n  ?s a filo:Framework .\n  ?s ?p \n}")
    ask(page)
    mark = page.locator(".sparql-error-line")
    expect(mark).to_have_count(1)
    expect(mark.locator(".CodeMirror-linenumber")).to_contain_text(f"{answer_line(watched.address, text_of(page))}")
    expect(page.locator(".sparql-said")).to_contain_text("Riga")
    typed(page, " ")
    expect(mark).to_have_count(0)
    # Browsers tell of every answer that is none; that is what was asked for here.
    watched.complaints[:] = [said for said in watched.complaints if "400 (Bad Request)" not in said]


def answer_line(address: str, query: str) -> int:
    return int(httpx.get(f"{address}/sparql", params={"query": query}).json()["line"])


def test_terms_are_completed_by_name_with_what_they_are_called(watched: Watched) -> None:
    page = opened(watched, "SELECT * { ?s a ")
    typed(page, "filo:Framewo")
    hint = page.locator(".CodeMirror-hint", has_text="filo:Framework").first
    expect(hint).to_contain_text("classe")
    expect(hint.locator(".hint-label")).to_have_text("quadro strategico")
    expect(hint.locator(".hint-comment")).not_to_be_empty()
    page.keyboard.press("Enter")
    assert "a filo:Framework" in text_of(page)
    assert "PREFIX filo: <https://w3id.org/filorosso/onto/>" in text_of(page)


def test_terms_are_found_by_what_they_are_called(watched: Watched) -> None:
    page = opened(watched, "SELECT * { ?s a ")
    typed(page, "quadro")
    expect(page.locator(".CodeMirror-hint", has_text="filo:Framework").first).to_be_visible()


def test_graphs_are_completed_where_a_graph_is_meant(watched: Watched) -> None:
    page = opened(watched, "SELECT * { GRAPH ")
    typed(page, "<agenda")
    hint = page.locator(".CodeMirror-hint").first
    expect(hint).to_contain_text("<https://w3id.org/filorosso/graph/agenda-2030>")


def test_a_question_of_the_library_is_loaded_and_answers(watched: Watched) -> None:
    page = opened(watched, "")
    options = page.locator("#example option")
    assert options.count() > 20
    page.select_option("#example", value="https://w3id.org/filorosso/queries/coverage")
    assert "VALUES" in text_of(page)
    ask(page)
    expect(page.locator(".sparql-said")).to_contain_text("Risposta completa")


def test_a_query_that_is_stopped_ends_in_the_service_too(watched: Watched) -> None:
    page = opened(watched, SLOW)
    before = busy(watched.address)
    ask(page)
    expect(page.locator(".sparql-cancel")).to_be_visible()
    wait_until(page, watched.address, before + 1)
    page.click(".sparql-cancel")
    expect(page.locator(".sparql-said")).to_contain_text("fermata")
    expect(page.locator(".sparql-cancel")).to_be_hidden()
    wait_until(page, watched.address, before)


def busy(address: str) -> int:
    lines = httpx.get(f"{address}/metrics").text.splitlines()
    return int(float(next(line.split()[-1] for line in lines if "workers_busy" in line and not line.startswith("#"))))


def wait_until(page: Page, address: str, count: int) -> None:
    """Wait until as many workers are busy; the service ends this query by itself long after that."""
    for _ in range(50):
        if busy(address) == count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{busy(address)} workers are busy, not {count}")


def test_an_answer_that_breaks_off_is_said_to_be_cut_and_shows_its_whole_rows(browser: Browser, release: Release, tmp_path: Path) -> None:
    with (
        serving(home_of(release, tmp_path / "home"), "--no-build", "--answer", "2") as service,
        watching(browser, service.address) as watched,
    ):
        page = opened(watched, "SELECT * { ?s ?p ?o }")
        ask(page)
        expect(page.locator(".sparql-said")).to_contain_text("Risposta tagliata")
        expect(page.locator(".yasr tbody tr").first).to_be_visible()
        assert not watched.violations
        assert not watched.elsewhere


@pytest.mark.parametrize(("name", "start"), [("CSV", "s\r\n"), ("JSON", '{"head"')])
def test_an_answer_is_downloaded_in_other_forms(watched: Watched, name: str, start: str) -> None:
    page = opened(watched, "SELECT ?s { ?s filo:cup 'B29J21031260002' }")
    ask(page)
    with page.expect_download() as waiting:
        page.click(f".sparql-downloads button:text-is('{name}')")
    assert Path(waiting.value.path()).read_bytes().decode().startswith(start)


def test_the_address_of_a_query_holds_it(watched: Watched) -> None:
    page = opened(watched, "ASK {}")
    typed(page, " # mine")
    page.goto(str(page.get_attribute(".sparql-link", "href")))
    page.wait_for_selector("form.sparql-ready")
    assert text_of(page) == "ASK {} # mine"


def test_the_keyboard_alone_asks_and_leaves(watched: Watched) -> None:
    page = opened(watched, "ASK {}")
    page.focus(".yasqe textarea")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "submit"
    page.focus(".yasqe textarea")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".sparql-said")).to_contain_text("Sì")


def test_nothing_is_kept_in_the_browser(watched: Watched) -> None:
    page = opened(watched, "ASK { ?s ?p 'secret' }")
    ask(page)
    expect(page.locator(".sparql-said")).to_contain_text("No")
    assert page.evaluate("JSON.stringify(localStorage) + document.cookie") == "{}"


def test_without_scripts_the_form_asks(browser: Browser, server: str) -> None:
    with watching(browser, server, java_script_enabled=False) as watched:
        page = watched.open("/sparql?lang=it")
        expect(page.locator("#query")).to_be_visible()
        with page.expect_response(lambda response: "query=" in response.url) as answer:
            page.click("form.sparql button[type=submit]")
        assert answer.value.status == 200
        assert "xml" in answer.value.headers["content-type"]
        assert not watched.violations


def test_only_styles_are_relaxed_and_only_here(server: str) -> None:
    def policy(path: str) -> dict[str, str]:
        said = httpx.get(server + path, headers={"accept": "text/html"}).headers["content-security-policy"]
        return dict(part.strip().split(" ", 1) for part in said.split(";"))

    here, elsewhere = policy("/sparql"), policy("/")
    assert {name for name in here if here[name] != elsewhere[name]} == {"style-src"}
    assert here["style-src"] == "'self' 'unsafe-inline'"
    assert elsewhere["style-src"] == "'self'"


def test_what_the_editor_completes_with_is_what_the_graph_holds(server: str) -> None:
    said = {lang: httpx.get(f"{server}/sparql/completion.json", params={"lang": lang}).json() for lang in ("it", "en")}
    labels = {lang: {term["term"]: term.get("label") for term in found["terms"]} for lang, found in said.items()}
    framework = "https://w3id.org/filorosso/onto/Framework"
    assert (labels["it"][framework], labels["en"][framework]) == ("quadro strategico", "framework")
    assert said["en"]["prefixes"]["filo"] == "https://w3id.org/filorosso/onto/"
    assert {"https://w3id.org/filorosso/graph/agenda-2030", "https://w3id.org/filorosso/graph/void"} <= {
        graph["graph"] for graph in said["it"]["graphs"]
    }
    questions = {question["name"] for question in httpx.get(f"{server}/questions", headers={"accept": "application/json"}).json()}
    assert {example["question"].rsplit("/", 1)[1] for example in said["it"]["examples"]} == questions
    assert json.dumps(said["it"]) != json.dumps(said["en"])
