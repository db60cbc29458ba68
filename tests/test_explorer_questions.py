"""The library's pages: the list, the forms made from parameters, and answers that say what the graph says and how whole they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from lxml import html

from filorosso.graph import Library, QuestionError, Store, ask, is_iri, label, read_library, value_of

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
COVERAGE = {"framework": "agenda-2030", "kind": "goal", "by": "seregno-agenda-2022"}
LANGUAGES = ("it", "en")


@pytest.fixture(scope="module")
def browser(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=60, headers={"accept": BROWSER}) as opened:
        yield opened


def page(browser: httpx.Client, path: str, status: int = 200, /, **given: str) -> html.HtmlElement:
    reply = browser.get(path, params=given or None)
    assert reply.status_code == status, reply.text[:2000]
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    found = html.document_fromstring(reply.content)
    identifiers = found.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    assert len(found.xpath("//h1")) == 1
    assert not found.xpath("//*[@style]")
    assert not found.xpath("//script[not(@src) and not(contains(@type, 'json'))]")
    return found


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def table(found: html.HtmlElement) -> list[list[str]]:
    return [[text(cell) for cell in row.xpath("./td")] for row in found.xpath("//section[@aria-labelledby='answer']//tbody/tr")]


def test_columns_have_names_in_two_languages_and_no_name_is_idle(library: Library) -> None:
    used = {name for question in library for name in question.returns}
    assert used == set(library.columns)
    assert all(column.summary[lang].strip() for column in library.columns.values() for lang in LANGUAGES)


def test_a_column_without_a_name_in_a_language_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "columns.yaml").write_text("element: {it: Elemento}\n")
    with pytest.raises(QuestionError, match=r"columns\.yaml.*element.*it and en"):
        read_library(tmp_path)
    (tmp_path / "columns.yaml").write_text("element: {it: Elemento, en: Element, unit: pounds}\n")
    with pytest.raises(QuestionError, match="unit must be one of"):
        read_library(tmp_path)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_has_every_question_once_under_a_topic(browser: httpx.Client, library: Library, lang: str) -> None:
    found = page(browser, "/questions", lang=lang)
    links = found.xpath("//ul[@class='questions']/li/a")
    assert sorted(text(link) for link in links) == sorted(question.summary[lang] for question in library)
    assert {urlsplit(link.get("href")).path for link in links} == {f"/questions/{question.name}" for question in library}
    assert all(parse_qs(urlsplit(link.get("href")).query)["lang"] == [lang] for link in links)
    assert len(found.xpath("//main//h2")) > 5


def test_the_list_keeps_to_a_tag_or_to_words(browser: httpx.Client, library: Library) -> None:
    money = page(browser, "/questions", tag="money")
    assert len(money.xpath("//ul[@class='questions']/li")) == len([question for question in library if "money" in question.tags])
    words = page(browser, "/questions", q="FILI interrotti", lang="it")
    assert [urlsplit(a).path for a in words.xpath("//ul[@class='questions']/li/a/@href")] == ["/questions/broken-threads"]
    assert not page(browser, "/questions", q="<script>alert(1)</script>").xpath("//ul[@class='questions']/li")


@pytest.mark.parametrize("path", ["/questions", "/questions/coverage"])
def test_programs_get_json_as_ever(browser: httpx.Client, path: str) -> None:
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.9", "text/html;q=0.5, application/json"):
        reply = browser.get(path, headers={"accept": accept})
        assert reply.headers["content-type"] == "application/json", accept
        assert "accept" in reply.headers["vary"].lower()
    assert browser.get(path, params={"format": "json"}).headers["content-type"] == "application/json"
    assert browser.get(path, params={"format": "html"}, headers={"accept": "*/*"}).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_has_a_form_with_a_labelled_field_for_each_parameter(browser: httpx.Client, library: Library, lang: str) -> None:
    for question in library:
        found = page(browser, f"/questions/{question.name}", lang=lang)
        assert text(found.xpath("//h1")[0]) == question.summary[lang]
        for parameter in question.parameters:
            (field,) = found.xpath(f"//form[@class='question-form']//*[@name='{parameter.name}']")
            (said,) = found.xpath(f"//label[@for='{field.get('id')}']")
            assert parameter.summary[lang] in text(said)
            given = field.get("value") if field.tag == "input" else (field.xpath("./option[@selected]/@value") or [""])[0]
            assert given == (parameter.example or parameter.default or "")
            if parameter.choices:
                assert [value for value in field.xpath("./option/@value") if value] == list(parameter.choices)
        assert [text(code) for code in found.xpath("//section[@aria-labelledby='returns']//tbody//code")] == list(question.returns)


def test_every_example_has_a_page_of_an_answer(browser: httpx.Client, library: Library, store: Store) -> None:
    for question in library:
        found = page(browser, f"/questions/{question.name}/answer", lang="en", **question.example)
        expected = ask(store, question, question.example)
        number = len(expected.rows) + len(expected.triples)
        assert len(table(found)) == min(number, 100), question.name
        assert text(found.xpath("//*[@id='citation']")[0]) == str(expected.citation)
        heads = [re.sub(r" \(EUR\)$", "", text(th)) for th in found.xpath("//section[@aria-labelledby='answer']//thead//th")]
        if expected.rows:
            assert heads == [read_library().column(name).summary["en"] for name in question.returns]
        assert len(found.xpath("//section[@aria-labelledby='unknown']//tbody/tr")) == len(expected.completeness.unknown)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_says_what_the_graph_says_in_the_language_asked_for(
    browser: httpx.Client, store: Store, library: Library, lang: str
) -> None:
    found = page(browser, "/questions/coverage/answer", lang=lang, **COVERAGE)
    expected = ask(store, library.question("coverage"), COVERAGE)
    said = {row[0].rsplit(" ", 1)[0]: row[1:] for row in table(found)}
    assert len(said) == 17
    for row in expected.rows:
        status, declared, proposed = said[label(store, row["element"], lang)]
        assert status.endswith(label(store, row["status"], lang))
        assert status[0] in "●○?–"
        assert (declared, proposed) == (value_of(row["declared"]), value_of(row["proposed"]))
    links = found.xpath("//section[@aria-labelledby='answer']//td/a/@href")
    assert {parse_qs(urlsplit(link).query)["iri"][0] for link in links} == {value_of(row["element"]) for row in expected.rows}


def test_rows_are_in_the_order_of_people(browser: httpx.Client) -> None:
    codes = [row[0].rsplit(" ", 1)[1] for row in table(page(browser, "/questions/coverage/answer", **COVERAGE))]
    assert codes == [str(number) for number in range(1, 18)]


def test_amounts_are_written_as_the_language_writes_them(browser: httpx.Client, store: Store, library: Library) -> None:
    question = library.question("amounts-of")
    (row,) = ask(store, question, question.example).rows
    euro = float(value_of(row["euro"]))
    place = question.returns.index("euro")
    italian = table(page(browser, "/questions/amounts-of/answer", lang="it", **question.example))[0][place]
    assert italian == f"{euro:,.2f}".translate(str.maketrans(",.", ".,"))
    assert table(page(browser, "/questions/amounts-of/answer", lang="en", **question.example))[0][place] == f"{euro:,.2f}"


def test_long_answers_are_paged_and_every_row_is_reached(browser: httpx.Client, store: Store, library: Library) -> None:
    path, given = "/questions/difference/answer", {"from": "pnrr-2023", "to": "pnrr-2025"}
    number = len(ask(store, library.question("difference"), given).rows)
    assert number > 100
    rows: list[list[str]] = []
    address: str | None = f"{path}?{urlencode(given)}"
    while address:
        found = page(browser, address)
        rows += table(found)
        address = next(iter(found.xpath("//nav[@class='turns']/a[@rel='next']/@href")), None)
    assert len(rows) == number
    assert table(page(browser, path, page="999", **given)) == table(page(browser, path, page="2", **given))


def test_an_answer_that_is_cut_says_so_and_offers_more(browser: httpx.Client) -> None:
    found = page(browser, "/questions/coverage/answer", limit="5", lang="en", **COVERAGE)
    (states,) = found.xpath("//p[@class='states']")
    assert "cut at the limit of 5" in text(states)
    assert len(table(found)) == 5
    assert "limit=100000" in states.xpath("./a/@href")[-1]


def test_what_is_unknown_is_told_with_the_reason(browser: httpx.Client, store: Store, library: Library) -> None:
    expected = ask(store, library.question("coverage"), COVERAGE).completeness.unknown
    reasons = {value_of(reason) for one in expected for reason in one.reasons if reason.endswith("@it")}
    shown = text(page(browser, "/questions/coverage/answer", lang="it", **COVERAGE).xpath("//section[@aria-labelledby='unknown']")[0])
    assert reasons
    assert all(" ".join(reason.split()) in shown for reason in reasons)


def test_an_empty_answer_does_not_say_that_nothing_is_there(browser: httpx.Client) -> None:
    shown = text(page(browser, "/questions/conflicts/answer", lang="en").xpath("//section[@aria-labelledby='answer']")[0])
    assert "does not mean that there are none" in shown


def test_wrong_values_come_back_in_the_form_beside_their_fields(browser: httpx.Client) -> None:
    given = {"framework": "Agenda 2030", "kind": "gool", "by": "", "asOf": "2024-13-40", "foo": "1"}
    found = page(browser, "/questions/coverage/answer", 422, lang="it", **given)
    for name in ("framework", "kind", "by", "asOf"):
        (field,) = found.xpath(f"//*[@name='{name}']")
        assert field.get("aria-invalid") == "true", name
        error = field.get("aria-describedby").split()[0]
        assert text(found.xpath(f"//*[@id='{error}']")[0])
    assert "foo" in text(found.xpath("//*[@role='alert']")[0])
    near = found.xpath("//*[@id='field-framework-error']/a/@href")
    assert any("id%2Fagenda-2030" in address for address in near)


def test_a_near_miss_is_mended_by_following_a_link(browser: httpx.Client) -> None:
    found = page(browser, "/questions/coverage/answer", 422, **{**COVERAGE, "framework": "Agenda 2030"})
    address = next(a for a in found.xpath("//*[@id='field-framework-error']/a/@href") if "id%2Fagenda-2030" in a)
    assert len(table(page(browser, address))) == 17


def test_fields_left_blank_are_left_out(browser: httpx.Client) -> None:
    filled = page(browser, "/questions/coverage/answer", asOf="", certainty="", **COVERAGE)
    assert table(filled) == table(page(browser, "/questions/coverage/answer", **COVERAGE))


@pytest.mark.parametrize("path", ["/questions/coverag", "/questions/coverag/answer"])
def test_an_unknown_question_is_404_with_the_nearest(browser: httpx.Client, path: str) -> None:
    assert "/questions/coverage" in page(browser, path, 404).xpath("//main//li/a/@href")


def test_downloads_are_the_same_answer(browser: httpx.Client) -> None:
    found = page(browser, "/questions/coverage/answer", lang="en", data="it", **COVERAGE)
    rows = len(table(found))
    offered = found.xpath("//section[@aria-labelledby='take']/p[1]/a")
    assert {link.get("type") for link in offered} >= {"application/json", "text/csv", "text/tab-separated-values"}
    for link in offered:
        reply = browser.get(link.get("href"), headers={"accept": "*/*"})
        assert reply.status_code == 200, link.get("href")
        assert reply.headers["content-type"].split(";")[0] == link.get("type")
        if link.get("type") == "application/json":
            told = reply.json()
            assert len(told["rows"]) == rows
            assert told["citation"] == text(found.xpath("//*[@id='citation']")[0])
            assert told["rows"][0]["element"]["label"] in {"Sconfiggere la povertà", *(row["element"]["label"] for row in told["rows"])}


def test_the_permanent_address_and_the_sparql_text_give_the_same(browser: httpx.Client) -> None:
    found = page(browser, "/questions/coverage/answer", **COVERAGE)
    (permanent,) = found.xpath("//link[@rel='cite-as']/@href")
    assert table(page(browser, permanent.replace(str(browser.base_url), ""))) == table(found)
    (query,) = parse_qs(urlsplit(found.xpath("//a[starts-with(@href, '/sparql?edit=')]/@href")[0]).query)["edit"]
    assert not query.startswith("#+")
    answered = browser.get("/sparql", params={"query": query}, headers={"accept": "application/sparql-results+json"}).json()
    assert len(answered["results"]["bindings"]) == 17


def test_a_citation_is_compared(browser: httpx.Client) -> None:
    citation = text(page(browser, "/questions/coverage/answer", **COVERAGE).xpath("//*[@id='citation']")[0])

    def said(cited: str) -> str:
        found = page(browser, "/questions/coverage/answer", lang="en", cited=cited, **COVERAGE)
        return text(found.xpath("//section[@aria-labelledby='take']/p[@role='status']")[0])

    assert said(citation).endswith("the same as the one cited")
    assert said(citation[:-1] + ("a" if citation[-1] != "a" else "b")).endswith("changed from the one cited")
    assert "not a citation" in said("<b>nonsense</b>")


def test_sensitivity_shows_what_falls_away(browser: httpx.Client) -> None:
    given = {"framework": "agenda-2030", "kind": "goal", "by": "seregno-agenda-2022", "sensitivity": "certain"}
    found = page(browser, "/questions/coverage/answer", lang="en", **given)
    told = browser.get("/questions/coverage/answer", params=given, headers={"accept": "application/json"}).json()["sensitivity"]
    heads = [text(head) for head in found.xpath("//section[@aria-labelledby='sensitivity']/h3")]
    assert [int(head.rsplit(" ", 1)[1]) for head in heads] == [len(told["lost"]), len(told["gained"])]
    assert told["lost"]
    assert "nonsense" in text(page(browser, "/questions/coverage/answer", **{**given, "sensitivity": "nonsense"}))


def test_proposals_are_left_out_on_request(browser: httpx.Client, store: Store, library: Library) -> None:
    given = {"rows": "pnrr-2023", "rowKind": "mission", "columns": "agenda-2030", "columnKind": "goal"}
    question = library.question("matrix")
    for view, asked in (("all", store), ("declared", store.declared)):
        found = page(browser, "/questions/matrix/answer", view=view, **given)
        assert len(table(found)) == len(ask(asked, question, given).rows)


def chart(found: html.HtmlElement) -> tuple[str, dict[str, Any]] | None:
    figures = found.xpath("//figure[@class='chart']")
    return (figures[0].get("data-chart"), json.loads(figures[0].xpath("./script/text()")[0])) if figures else None


def test_charts_follow_the_shape_of_the_answer(browser: httpx.Client, library: Library) -> None:
    drawn = chart(page(browser, "/questions/coverage/answer", **COVERAGE))
    assert drawn is not None
    kind, said = drawn
    assert kind == "bar"
    assert len(said["categories"]) == 17
    assert [len(one["data"]) for one in said["series"]] == [17, 17]
    money = chart(page(browser, "/questions/money-by-territory/answer", **library.question("money-by-territory").example))
    assert money is not None
    assert money[1]["unit"] == "EUR"
    assert chart(page(browser, "/questions/approvals/answer")) is None
    assert chart(page(browser, "/questions/thread/answer", **library.question("thread").example)) is None


def test_a_graph_is_told_as_triples(browser: httpx.Client, store: Store, library: Library) -> None:
    question = library.question("thread-graph")
    expected = ask(store, question, question.example)
    found = page(browser, "/questions/thread-graph/answer", **question.example)
    rows = found.xpath("//section[@aria-labelledby='answer']//tbody/tr")
    assert len(rows) == len(expected.triples)
    objects = sum(is_iri(triple[2]) for triple in expected.triples)
    assert (
        len(found.xpath("//section[@aria-labelledby='answer']//tbody/tr/td[3]//a"))
        + len(found.xpath("//section[@aria-labelledby='answer']//tbody/tr/td[3]//span[starts-with(@class, 'mark ')]"))
        == objects
    )


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "\u202e\u0000{{7*7}}", "=1+1", "x" * 5000]
)
def test_hostile_values_do_no_harm(browser: httpx.Client, hostile: str) -> None:
    for given in ({**COVERAGE, "framework": hostile}, {**COVERAGE, hostile: "1"}, {**COVERAGE, "cited": hostile, "page": hostile}):
        reply = browser.get("/questions/coverage/answer", params=given)
        assert reply.status_code in (200, 422)
        found = html.document_fromstring(reply.content)
        assert not found.xpath("//script[not(@src) and not(contains(@type, 'json'))]")
        assert not found.xpath("//img")
        assert "49" not in found.xpath("string(//*[@role='alert'])")
