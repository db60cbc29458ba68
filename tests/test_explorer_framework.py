"""The pages of frameworks, held to what the graph says when it is asked another way."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import httpx
import pytest

from filorosso.api.explorer.classes import page_of
from filorosso.api.explorer.frameworks.framework import framework
from filorosso.api.explorer.frameworks.outline import outline
from filorosso.api.explorer.frameworks.timeline import Row, Span, drawn
from filorosso.api.explorer.view import Name
from filorosso.api.pages import Pages
from filorosso.graph import Library, Store, ask, open_store, value_of

from .pages import BASE, LANGUAGES, page, parsed, rows, text, view

FRAMEWORKS = ("pnrr-2025", "seregno-agenda-2022", "agenda-2030", "milan-plan", "milan-plan-2025-2027", "seregno-piao", "snsvs")
ELEMENTS = "SELECT ?element WHERE {{ ?element a filo:Element ; filo:inFramework <{}> }}"


def iri(name: str) -> str:
    return f"{BASE}id/{name}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_framework_has_its_page(store: Store, library: Library, lang: str) -> None:
    nodes = [row["node"] for row in store.rows("SELECT ?node WHERE { ?node a filo:Framework }")]
    assert len(nodes) > 20
    written, seen = Pages(), view(store, library, "it" if lang == "it" else "en")
    for node in nodes:
        made = page_of(seen, node, {}, None)
        assert made.template == "framework"
        assert value_of(node) in text(parsed(written.written(seen, made).body, lang))


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_tree_holds_every_element_once(server: str, store: Store, name: str) -> None:
    found = page(server, f"/id/{name}", "it")
    links = found.xpath(
        "//section[@aria-labelledby='elements']//ul[@class='tree']//a[not(ancestor::details/summary[contains(., 'versioni')])]/@href"
    )
    expected = [value_of(row["element"]) for row in store.rows(ELEMENTS.format(iri(name)))]
    assert len(links) == len(set(links)) == len(expected)


def test_the_tree_is_in_printed_order_and_each_part_under_its_whole(store: Store, library: Library) -> None:
    tree = outline(view(store, library), f"<{iri('agenda-2030')}>")
    assert [branch.code for branch in tree.branches][:3] == ["1", "2", "3"]
    assert [branch.code for branch in tree.branches][-1] == "17"
    assert all(part.code.startswith(f"{branch.code}.") for branch in tree.branches for part in branch.parts)
    assert tree.number == 186


def test_a_circle_of_parts_is_shown_all_the_same(tmp_path: Path, library: Library) -> None:
    lines = [
        f"<http://e.org/{one}> <{BASE}onto/{what}> <http://e.org/{other}> <http://e.org/g> ."
        for one, what, other in (("a", "isPartOf", "b"), ("b", "isPartOf", "a"), ("a", "inFramework", "f"), ("b", "inFramework", "f"))
    ]
    kind = f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}onto/Element> <http://e.org/g> ."
    (tmp_path / "g.nq").write_text("\n".join([*lines, *(f"<http://e.org/{each}> {kind}" for each in "ab")]) + "\n")
    assert outline(view(open_store(tmp_path / "g.nq"), library), "<http://e.org/f>").number == 2


@pytest.mark.parametrize(("lang", "day"), [("it", "dal 12/05/2016 al 22/10/2019"), ("en", "from 2016-05-12 to 2019-10-22")])
def test_times_are_drawn_and_said(server: str, lang: str, day: str) -> None:
    found = page(server, "/id/milan-plan", lang)
    said = rows(found, "times")
    assert len(said) == 4
    assert day in said[0][2]
    assert ("ignoto" if lang == "it" else "unknown") in said[0][1]
    drawn_bars = found.xpath("//*[local-name()='svg' and contains(@class, 'timeline')]//*[contains(@class, 'bar ')]")
    assert len(drawn_bars) == 8  # four versions: each covers a time, three were in force, one was drafted


def test_a_span_that_goes_on_reaches_the_end_of_the_axis() -> None:
    name = Name("<http://e.org/f>", "F", "", "")
    row = Row(name, (Span("inForce", "2020-01-01", "", ""), Span("covers", "2020-01-01", "2021-12-31", "2020-2021")))
    drawing = drawn([row])
    assert drawing is not None
    on, closed = drawing.bars
    assert on.span.is_open
    assert not closed.span.is_open
    assert on.x == closed.x
    assert on.x + on.width == pytest.approx(drawing.width - 12, abs=1)
    assert closed.x + closed.width < drawing.width / 1.4
    assert drawn([Row(name, ())]) is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_acts_are_those_of_the_question_and_unknown_ones_are_said(server: str, store: Store, library: Library, lang: str) -> None:
    unknown = {"it": "ignoto", "en": "unknown"}[lang]
    for name in ("seregno-agenda-2022", "milan-plan-2022-2024", "milan-plan-2025-2027"):
        expected = ask(store, library.question("approvals"), {"framework": iri(name)}).rows
        said = rows(page(server, f"/id/{name}", lang), "acts")
        assert len(said) == len(expected)
        assert sum(unknown in row[1] for row in said) == sum("act" not in row for row in expected)


def test_what_is_said_of_others_is_what_the_question_answers(server: str, store: Store, library: Library) -> None:
    answer = ask(store, library.question("declared-and-assessed"), {"framework": iri("seregno-agenda-2022")})
    found = page(server, "/id/seregno-agenda-2022", "en")
    assert len(rows(found, "others")) == len({row["other"] for row in answer.rows})
    marks = {"only-proposed": "proposed"}
    expected = Counter(marks.get(each, each) for each in (value_of(row["status"]).rsplit("/", 1)[-1] for row in answer.rows))
    shown = found.xpath("//section[@aria-labelledby='others']//td/span[contains(@class, 'mark ') and not(preceding-sibling::span)]/@class")
    assert Counter(each.removeprefix("mark mark-") for each in shown) == expected


@pytest.mark.parametrize("name", ["pnrr-2025", "seregno-agenda-2022", "agenda-2030"])
def test_broken_threads_are_counted_as_the_question_lists_them(server: str, store: Store, library: Library, name: str) -> None:
    listed = ask(store, library.question("broken-threads"), {"node": iri(name)}).rows
    expected = Counter(
        (row["direction"], row["reason"]) for row in {(r["orphan"], r["direction"], r["reason"]): r for r in listed}.values()
    )
    found = page(server, f"/id/{name}", "en")
    said = [text(each) for each in found.xpath("//section[@aria-labelledby='reached']//li")]
    assert sorted(int(each.split(" · ")[0].replace(",", "")) for each in said) == sorted(expected.values())


@pytest.mark.parametrize("name", ["pnrr-2025", "seregno-agenda-2022", "agenda-2030", "milan-plan-2019-2021"])
def test_elements_that_a_thread_joins_are_counted_both_ways(server: str, store: Store, name: str) -> None:
    said = [[int(cell.split()[0].replace(",", "")) for cell in row[1:3]] for row in rows(page(server, f"/id/{name}", "en"), "reached")]
    expected = []
    for end in ("threadFrom", "threadTo"):
        counts: dict[str, set[str]] = {"true": set(), "false": set()}
        for element in [row["element"] for row in store.rows(ELEMENTS.format(iri(name)))]:
            for thread in store.subjects(f"<{BASE}onto/{end}>", element):
                counts[value_of(store.value(thread, f"<{BASE}onto/isCounted>") or "")].add(element)
        expected.append([len(counts["true"]), len(counts["false"] - counts["true"])])
    assert said == expected


@pytest.mark.parametrize("name", ["seregno-piao", "seregno-agenda-2022", "snsvs"])
def test_completeness_statements_are_all_there_with_their_reasons(server: str, store: Store, name: str) -> None:
    stated = store.rows(f"SELECT ?s ?e WHERE {{ ?s a filo:CompletenessStatement ; filo:aboutFramework <{iri(name)}> ; filo:hasExtent ?e }}")
    found = page(server, f"/id/{name}", "it")
    said = rows(found, "gaps")
    assert len(said) == len(stated)
    gaps = [row for row in stated if not value_of(row["e"]).endswith("/whole")]
    assert sum("ignoto" in row[1] for row in said) == len(gaps)


def test_the_dataset_in_the_page_leads_to_files_that_are_there(server: str) -> None:
    found = page(server, "/id/seregno-agenda-2022", "en")
    (script,) = found.xpath("//script[@type='application/ld+json']")
    said = json.loads(script.text)
    assert (said["@type"], said["@id"]) == ("Dataset", BASE + "dataset/seregno-agenda-2022")
    assert said["distribution"]
    for each in said["distribution"]:
        assert httpx.head(each["contentUrl"], timeout=60).status_code == 200, each


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_has_every_framework_and_a_text_narrows_it_down(server: str, store: Store, lang: str) -> None:
    expected = {value_of(row["node"]) for row in store.rows("SELECT ?node WHERE { ?node a filo:Framework }")}
    links = {each.split("?")[0] for each in page(server, "/frameworks", lang).xpath("//main//tbody//th/a/@href")}
    assert links == {each.replace(BASE, "/") for each in expected}
    narrowed = page(server, "/frameworks", lang, q="seregno")
    assert 0 < len(narrowed.xpath("//main//tbody//tr")) < len(expected)
    assert not page(server, "/frameworks", lang, q="nonesuch").xpath("//tbody")


def test_what_is_hostile_stays_text(tmp_path: Path, library: Library) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)> \\u202E \\\"'"
    node, graph = "<http://e.org/f>", "<http://e.org/g>"
    said = (
        f'<http://www.w3.org/2000/01/rdf-schema#label> "{evil}"@it',
        f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}onto/Framework>",
        f'<{BASE}onto/coversFrom> "nonsense"',
        f'<{BASE}onto/inForceFrom> "2020-01-01"',
        f'<{BASE}onto/inForcePrinted> "{evil}"',
        f"<{BASE}onto/hasDocument> <http://e.org/d>",
    )
    lines = [f"{node} {each} {graph} ." for each in said]
    lines += [f'<http://e.org/d> <{BASE}onto/address> "javascript:alert(1)" {graph} .']
    (tmp_path / "g.nq").write_text("\n".join(lines) + "\n")
    seen = view(open_store(tmp_path / "g.nq"), library)
    body = Pages().written(seen, framework(seen, node, {}, None)).body
    found = parsed(body, "it")
    assert not found.xpath("//img")
    assert not found.xpath("//*[starts-with(@href, 'javascript:')]")
    assert "alert(1)" in text(found.xpath("//h1")[0])
    assert found.xpath("//h1//bdi")
