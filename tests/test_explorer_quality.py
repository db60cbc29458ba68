"""The page of quality: its words say what the SHACL report says, what was checked, what is waived, and what was not read."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import rdflib
from lxml import html

from filorosso.graph import Release, Store, label, value_of

from .pages import parsed

SHAPES = "https://w3id.org/filorosso/shapes/"
LANGUAGES = ("it", "en")


def page(server: str, path: str = "/quality", status: int = 200, /, **given: str) -> html.HtmlElement:
    reply = httpx.get(server + path, params=given or None, headers={"accept": "text/html"}, timeout=60)
    assert reply.status_code == status, reply.text[:2000]
    return parsed(reply.content, reply.url.params.get("lang", "it"))


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def rows(found: html.HtmlElement, section: str) -> list[list[str]]:
    return [[text(cell) for cell in row.xpath("./th|./td")] for row in found.xpath(f"//section[@aria-labelledby='{section}']//tbody/tr")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_counts_are_those_of_the_report(server: str, release: Release, lang: str) -> None:
    problems = release.report().problems
    counts = [int(text(dd)) for dd in page(server, lang=lang).xpath("//dl[@class='counts']//dd")]
    standing = Counter(problem.severity for problem in problems if problem.waived_by is None)
    waived = sum(problem.waived_by is not None for problem in problems)
    assert counts[:4] == [standing["Violation"], standing["Warning"], standing["Info"], waived]
    assert min(standing["Warning"], waived) > 0, "the shipped graph has warnings and waivers to show"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rules_and_plans_have_their_sums(server: str, release: Release, store: Store, lang: str) -> None:
    problems = release.report().problems
    found = page(server, lang=lang)
    by_rule = {row[0]: [int(cell) for cell in row[1:]] for row in rows(found, "by-rule")}
    for rule in {problem.rule for problem in problems}:
        name = next(value_of(n) for n in store.objects(rule, "<http://www.w3.org/ns/shacl#name>") if n.endswith(f"@{lang}"))
        assert sum(by_rule[name]) == sum(problem.rule == rule for problem in problems)
    assert sum(sum(map(int, row[1:])) for row in rows(found, "by-plan")) == len(problems)


def test_every_problem_is_on_one_of_the_pages_with_its_message(server: str, release: Release) -> None:
    problems = release.report().problems
    seen: list[str] = []
    messages: set[str] = set()
    address: str | None = "/quality?lang=it"
    while address:
        found = page(server, address)
        seen += found.xpath("//section[@class='problem']//tbody/tr/td[1]/a/@href")
        messages |= {text(each) for each in found.xpath("//section[@class='problem']/p/bdi")}
        address = next(iter(found.xpath("//nav[@class='turns']/a[@rel='next']/@href")), None)
    assert len(seen) == len(problems)
    assert messages == {" ".join(problem.message("it").split()) for problem in problems}


def test_a_rule_is_kept_to_and_says_for_how_many_nodes_it_holds(server: str, release: Release, store: Store) -> None:
    rule = f"<{SHAPES}ElementShape-indicator>"
    expected = [problem for problem in release.report().problems if problem.rule == rule]
    found = page(server, "/quality", rule="ElementShape-indicator", lang="en")
    assert len(found.xpath("//section[@class='problem']//tbody/tr")) == len(expected)
    (row,) = rows(found, "rules")
    aimed = store.rows(
        "SELECT DISTINCT ?node { ?shape sh:property <https://w3id.org/filorosso/shapes/ElementShape-indicator> ; sh:targetNode ?kind . "
        "GRAPH ?graph { ?node filo:hasKind ?kind } FILTER (!CONTAINS(STR(?graph), '/derived-')) }"
    )
    numbers = found.xpath("//section[@aria-labelledby='rules']//tbody/tr/td[3]/text()")
    assert sum(int(number) for number in numbers) == len(aimed) >= len(expected) > 0
    assert row[-1] == str(len(expected))


def test_a_plan_is_kept_to(server: str, store: Store) -> None:
    found = page(server, plan="seregno-piao", lang="en")
    nodes = [value(address) for address in found.xpath("//section[@class='problem']//tbody/tr/td[1]/a/@href")]
    assert nodes
    for node in nodes:
        assert value_of(store.value(f"<{node}>", "<https://w3id.org/filorosso/onto/inFramework>") or "<>").endswith("/seregno-piao")
    assert [text(summary) for summary in found.xpath("//section[@aria-labelledby='unread']//summary")]
    assert len(found.xpath("//section[@aria-labelledby='unread']/details")) == 1


def value(address: str) -> str:
    path = urlsplit(address)
    return parse_qs(path.query)["iri"][0] if path.path == "/resource" else "https://w3id.org/filorosso" + path.path


@pytest.mark.parametrize("given", [{"rule": "NoSuchShape"}, {"plan": "no-such-plan"}, {"rule": "<script>alert(1)</script>"}])
def test_an_unknown_rule_or_plan_is_404(server: str, given: dict[str, str]) -> None:
    found = page(server, "/quality", 404, **given)
    assert next(iter(given.values())) in text(found.xpath("//main")[0])
    assert not found.xpath("//main//script")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_waivers_say_why_who_and_until_when(server: str, store: Store, lang: str) -> None:
    waivers = store.rows("SELECT ?w ?day ?author { ?w a filo:Waiver ; filo:expiresOn ?day ; filo:hasAuthor ?author }")
    assert waivers
    shown = {row[0]: row for row in rows(page(server, lang=lang), "waivers")}
    for row in waivers:
        _, _, reason, author, until, covers = shown[label(store, row["w"], lang)]
        said = next(value_of(r) for r in store.objects(row["w"], "<https://w3id.org/filorosso/onto/reason>") if r.endswith(f"@{lang}"))
        assert reason == " ".join(said.split())
        assert author == label(store, row["author"], lang)
        year, month, day = value_of(row["day"]).split("-")
        assert until == (f"{day}/{month}/{year}" if lang == "it" else f"{year}-{month}-{day}")
        assert int(covers) > 0


def test_every_rule_that_aims_at_nodes_says_how_many_it_checked(server: str, store: Store) -> None:
    found = page(server, "/quality/checks", lang="en")
    aimed = store.rows(
        "SELECT DISTINCT ?s { ?a sh:targetClass|sh:targetSubjectsOf|sh:targetObjectsOf|sh:targetNode ?x . "
        "?a sh:property* ?s . ?s sh:message ?m }"
    )
    listed = {value(address) for address in found.xpath("//tbody/tr/th/a/@href")}
    assert {value_of(row["s"]) for row in aimed} == listed
    links = store.rows("SELECT DISTINCT ?l { GRAPH ?g { ?l a filo:Link } FILTER (!CONTAINS(STR(?g), '/derived-')) }")
    subclasses = store.rows(
        "SELECT DISTINCT ?l { ?c rdfs:subClassOf+ filo:Link . GRAPH ?g { ?l a ?c } FILTER (!CONTAINS(STR(?g), '/derived-')) }"
    )
    number = len({row["l"] for row in (*links, *subclasses)})
    (row,) = [row for row in found.xpath("//tbody/tr") if row.xpath("./th/a[contains(@href, 'LinkShape-evidence')]")]
    assert int(text(row.xpath("./td[3]")[0])) == number > 500


def test_what_was_not_read_is_listed_with_its_reason(server: str, store: Store) -> None:
    expected = store.rows("SELECT ?s { ?s a filo:CompletenessStatement ; filo:hasExtent ?e FILTER (!STRENDS(STR(?e), '/whole')) }")
    found = page(server, lang="it")
    shown = found.xpath("//section[@aria-labelledby='unread']//tbody/tr")
    assert len(shown) == len(expected) > 50
    assert all(text(row.xpath("./td[4]")[0]) for row in shown)


@pytest.mark.parametrize(("form", "rdf"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")])
def test_the_report_comes_as_rdf(server: str, release: Release, form: str, rdf: str) -> None:
    reply = httpx.get(f"{server}/quality/report", params={"format": form}, timeout=60)
    graph = rdflib.Graph().parse(data=reply.content, format=rdf)
    shacl = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    assert len(list(graph.objects(None, shacl.result))) == len(release.report().problems)
    assert [bool(said) for said in graph.objects(None, shacl.conforms)] == [release.report().conforms]


def test_the_report_is_negotiated(server: str) -> None:
    for accept, given in (("text/turtle", "text/turtle"), ("application/json", "application/json"), ("text/plain", "text/plain")):
        reply = httpx.get(f"{server}/quality/report", headers={"accept": accept}, timeout=60)
        assert reply.headers["content-type"].split(";")[0] == given
        assert "accept" in reply.headers["vary"].lower()
    assert httpx.get(f"{server}/quality/report", headers={"accept": "image/png"}, timeout=60).status_code == 406
    assert httpx.get(f"{server}/quality/report?format=pdf", headers={"accept": "*/*"}, timeout=60).status_code == 406
