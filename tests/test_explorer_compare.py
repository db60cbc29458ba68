"""The page of comparisons: changes between versions as the graph has them, and a day with what was in force and what held."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from lxml import html

from filorosso.api.explorer.judging.compare import words_changed
from filorosso.graph import Store, label, value_of

from .pages import parsed

LANGUAGES = ("it", "en")
PNRR = {"from": "pnrr-2023", "to": "pnrr-2025"}


def page(server: str, status: int = 200, /, **given: str) -> html.HtmlElement:
    reply = httpx.get(f"{server}/compare", params=given or None, headers={"accept": "text/html"}, timeout=60)
    assert reply.status_code == status, reply.text[:2000]
    return parsed(reply.content, reply.url.params.get("lang", "it"))


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def changes(found: html.HtmlElement, kind: str) -> list[html.HtmlElement]:
    return list(found.xpath(f"//section[@aria-labelledby='kind-{kind}']//tbody/tr"))


def asked(store: Store, start: str, end: str) -> list[dict[str, str]]:
    return store.rows(
        f"SELECT ?change ?kind ?statement ?succession {{ ?change filo:earlierVersion <https://w3id.org/filorosso/id/{start}> ; "
        f"filo:laterVersion <https://w3id.org/filorosso/id/{end}> ; filo:hasChangeKind ?kind "
        "OPTIONAL { ?change filo:isExplainedBy ?statement OPTIONAL { ?statement filo:hasSuccessionKind ?succession } } }"
    )


def test_versions_are_offered_plan_by_plan(server: str, store: Store) -> None:
    found = page(server, lang="en")
    rows = store.rows("SELECT ?plan ?version { ?version dct:isVersionOf ?plan . ?plan a filo:Framework }")
    for side in ("from", "to"):
        offered = {
            (group.get("label"), value)
            for group in found.xpath(f"//select[@name='{side}']/optgroup")
            for value in group.xpath("./option/@value")
        }
        assert offered == {(label(store, row["plan"], "en"), value_of(row["version"])) for row in rows}


@pytest.mark.parametrize(
    "pair", [("pnrr-2023", "pnrr-2025"), ("seregno-agenda-2021", "seregno-agenda-2022"), ("milan-plan-2016-2018", "milan-plan-2019-2021")]
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_change_of_the_graph_is_shown_under_its_kind(server: str, store: Store, pair: tuple[str, str], lang: str) -> None:
    found = page(server, **{"from": pair[0], "to": pair[1], "lang": lang})
    expected: dict[str, set[str]] = {}
    for row in asked(store, *pair):
        told = value_of(row["succession"]).rsplit("/", 1)[1] if "succession" in row else ""
        kind = told if told in ("merged", "split", "recoded") else value_of(row["kind"]).rsplit("/", 1)[1]
        # A succession stands once, though it is told of what went and of what came.
        expected.setdefault(kind, set()).add(row["statement"] if kind == told else row["change"])
    shown = {
        identifier.removeprefix("kind-"): len(changes(found, identifier.removeprefix("kind-")))
        for identifier in found.xpath("//h3/@id[starts-with(., 'kind-')]")
    }
    assert shown == {kind: len(each) for kind, each in expected.items()}
    summary = [text(cell) for cell in found.xpath("//section[@aria-labelledby='changes']/div[1]//td")]
    assert sorted(map(int, summary)) == sorted(shown.values())
    assert sum(shown.values()) == int(re.sub(r"\D", "", text(found.xpath("//h2[@id='changes']")[0])))


def test_a_new_name_marks_the_words_that_changed(server: str, store: Store) -> None:
    rows = store.rows(
        "SELECT ?was ?becomes { ?c filo:laterVersion <https://w3id.org/filorosso/id/pnrr-2025> ; filo:was ?was ; filo:becomes ?becomes FILTER (isLiteral(?was)) }"
    )
    expected = {(" ".join(value_of(row["was"]).split()), " ".join(value_of(row["becomes"]).split())) for row in rows}
    shown = changes(page(server, **PNRR), "renamed")
    assert {tuple(text(cell) for cell in row.xpath("./td")[:2]) for row in shown} == expected
    for row in shown:
        before, after = row.xpath("./td")[:2]
        assert before.xpath(".//del") or after.xpath(".//ins")
        assert not before.xpath(".//ins")
        assert not after.xpath(".//del")


def test_words_are_compared_as_words() -> None:
    assert words_changed("reti e servizi digitali", "reti e servizi del futuro") == [
        ("same", "reti e servizi", ""),
        ("changed", "digitali", "del futuro"),
    ]
    assert words_changed("a", "a") == [("same", "a", "")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_wrong_way_round_is_told_with_a_link(server: str, lang: str) -> None:
    found = page(server, lang=lang, **{"from": "pnrr-2025", "to": "pnrr-2023"})
    (address,) = found.xpath("//p[@class='notice']/a/@href")
    query = parse_qs(urlsplit(address).query)
    assert [query[name][0].rsplit("/", 1)[1] for name in ("from", "to")] == ["pnrr-2023", "pnrr-2025"]


@pytest.mark.parametrize(
    "given",
    [
        {"from": "pnrr-2023"},
        {"to": "pnrr-2023"},
        {"from": "pnrr-2023", "to": "pnrr-2023"},
        {"from": "pnrr-2023", "to": "milan-plan-2019-2021"},
        {"on": "2024-02-30"},
        {"on": "<script>alert(1)</script>"},
        {"on": "2024-01-01", "with": "yesterday"},
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_cannot_be_compared_is_told_above_the_forms(server: str, given: dict[str, str], lang: str) -> None:
    found = page(server, 422, lang=lang, **given)
    (said,) = found.xpath("//*[@role='alert']")
    assert text(said)
    assert "parameter" not in text(said)
    assert len(found.xpath("//main//form")) == 2
    assert not found.xpath("//main//script")


def test_an_unknown_version_is_404(server: str) -> None:
    assert "pnrr-1999" in text(page(server, 404, **{"from": "pnrr-1999", "to": "pnrr-2025"}).xpath("//main")[0])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("day", ["2018-01-01", "2024-01-01"])
def test_a_day_says_what_was_in_force_then(server: str, store: Store, lang: str, day: str) -> None:
    found = page(server, on=day, lang=lang, **{"with": "2026-01-01"})
    rows = {
        text(row.xpath("./th")[0]): text(row.xpath("./td")[0]) for row in found.xpath("//section[@aria-labelledby='in-force']//tbody/tr")
    }
    versions = store.rows(
        "SELECT ?v ?from ?until { ?v a filo:Framework FILTER NOT EXISTS { ?any dct:isVersionOf ?v } "
        "OPTIONAL { ?v filo:inForceFrom ?from } OPTIONAL { ?v filo:inForceUntil ?until } }"
    )
    assert len(rows) == len({row["v"] for row in versions})
    words = {"it": ("sì", "no", "ignoto"), "en": ("yes", "no", "unknown")}[lang]
    for row in versions:
        start, end = (value_of(row[name]) if name in row else "" for name in ("from", "until"))
        out = bool((start and start > day) or (end and end < day))
        word = words[1] if out else words[0] if start else words[2]
        assert rows[label(store, row["v"], lang)].split()[1] == word


def test_threads_of_a_day_stand_beside_those_of_another(server: str, store: Store) -> None:
    def held(day: str, counted: str) -> int:
        (row,) = store.rows(
            f"SELECT (COUNT(DISTINCT ?t) AS ?n) {{ ?t a filo:Thread ; filo:isCounted {counted} OPTIONAL {{ ?t filo:validFrom ?a }} "
            f'OPTIONAL {{ ?t filo:validUntil ?b }} FILTER (COALESCE(?a <= "{day}"^^xsd:date, true) && COALESCE(?b >= "{day}"^^xsd:date, true)) }}'
        )
        return int(value_of(row["n"]))

    days = ("2022-06-01", "2024-06-01")
    found = page(server, on=days[0], lang="en", **{"with": days[1]})
    total = [int(text(cell).replace(",", "")) for cell in found.xpath("//section[@aria-labelledby='threads']//tfoot//td")]
    assert total == [held(day, counted) for counted in ("true", "false") for day in days]
    assert total[0] != total[1], "the two days must differ, or this shows nothing"


def test_a_day_alone_is_compared_with_today_and_not_kept(server: str) -> None:
    reply = httpx.get(f"{server}/compare?on=2024-01-01&lang=en", headers={"accept": "text/html"}, timeout=60)
    assert date.today().isoformat() in reply.text
    assert reply.headers["cache-control"] == "no-store"
    assert httpx.get(f"{server}/compare", headers={"accept": "text/html"}, timeout=60).headers["cache-control"] == "no-cache"


def test_a_day_leads_on_with_the_same_day(server: str) -> None:
    links = page(server, on="2024-01-01").xpath("//section[@aria-labelledby='threads']//p/a/@href")
    assert {urlsplit(link).path for link in links} == {"/matrix", "/thread"}
    assert all(parse_qs(urlsplit(link).query)["asOf"] == ["2024-01-01"] for link in links)
