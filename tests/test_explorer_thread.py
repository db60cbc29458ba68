"""The page of threads: what it says is what the graph says; breaks, proposals and what is unknown are told."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from lxml import html

from filorosso.graph import Store, find, trace, value_of

NURSERY = "B29J21031260002"
GOAL = "http://metadata.un.org/sdg/4"
HUB = "seregno-agenda-2022/axis/innovazione"
LANGUAGES = ("it", "en")


def page(server: str, status: int = 200, /, **given: str) -> html.HtmlElement:
    reply = httpx.get(f"{server}/thread?{urlencode(given)}", headers={"accept": "text/html"}, timeout=60)
    assert reply.status_code == status, reply.text[:2000]
    return html.document_fromstring(reply.content)


def hrefs(found: html.HtmlElement, inside: str) -> list[str]:
    return [meant(str(address)) for address in found.xpath(f"{inside}//a/@href")]


def meant(address: str) -> str:
    """The path of a page, or the IRI that a page for any IRI is of."""
    parts = urlsplit(address)
    return parse_qs(parts.query)["iri"][0] if parts.path == "/resource" else parts.path


def chart(found: html.HtmlElement) -> dict[str, list[dict[str, str]]]:
    (written,) = found.xpath("//figure[@data-chart='sankey']/script/text()")
    read: dict[str, list[dict[str, str]]] = json.loads(written)
    return read


def own(iri: str) -> str:
    return iri.replace("https://w3id.org/filorosso", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_thread_between_two_ends_is_there_hop_by_hop_with_its_statement(server: str, store: Store, lang: str) -> None:
    found = page(server, **{"from": NURSERY, "to": GOAL, "lang": lang})
    project = find(store, NURSERY)
    rows = store.rows(
        f"SELECT ?thread ?n ?said {{ ?thread filo:threadFrom {project} ; filo:threadTo <{GOAL}> ; ?member ?hop . "
        "?member filo:position ?n . ?hop filo:restsOn ?said }"
    )
    ways: dict[str, dict[str, str]] = {}
    for row in rows:
        ways.setdefault(row["thread"], {})[value_of(row["n"])] = own(value_of(row["said"]))
    assert ways
    shown = [hrefs(way, ".//p[@class='hop-more'][1]") for way in found.xpath("//section[@class='way']")]
    assert len(shown) == len(ways)
    for statements in ways.values():
        in_order = [statements[n] for n in sorted(statements)]
        assert any([address for address in way if address in in_order] == in_order for way in shown), in_order


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [HUB, NURSERY, "http://metadata.un.org/sdg/11", "pnrr-2023/mission/m5"])
def test_all_that_passes_through_a_node_is_in_the_list_and_no_hop_twice(server: str, store: Store, name: str, lang: str) -> None:
    found = page(server, node=name, lang=lang)
    told = trace(store, find(store, name))
    for way, ways in (("up", told.up), ("down", told.down)):
        section = f"//section[@aria-labelledby='ways-{way}']"
        stems = {
            tuple((s.rests_on, s.end) for s in (steps[: n + 1]))
            for w in ways
            for steps in [w.steps if way == "up" else w.steps[::-1]]
            for n in range(len(steps))
        }
        hops = found.xpath(f"{section}//div[starts-with(@class, 'hop ')]")
        if way == "up":
            assert len(hops) == len(stems)
        shown = set(hrefs(found, section))
        assert {
            own(value_of(step.rests_on)) for w in ways for step in w.steps if step.rests_on.startswith("<https://w3id.org/fil")
        } <= shown


def test_the_drawing_has_a_band_for_each_statement_and_says_how_it_stands(server: str, store: Store) -> None:
    drawn = chart(page(server, node=HUB, lang="it"))
    told = trace(store, find(store, HUB))
    steps = {step.rests_on: step for way in (*told.up, *told.down) for step in way.steps}
    bands = {meant(link["address"]): link["status"] for link in drawn["links"] if link["status"] != "broken"}
    expected = {own(value_of(name)): "proposed" if step.proposed else "declared" for name, step in steps.items()}
    assert bands == expected
    assert {"proposed", "declared"} <= set(bands.values())
    depths = {node["id"]: node["depth"] for node in drawn["nodes"]}
    assert all(depths[link["source"]] < depths[link["target"]] for link in drawn["links"])


def test_a_broken_thread_is_drawn_broken_and_its_reason_is_in_the_list(server: str, store: Store) -> None:
    found = page(server, node=HUB, lang="it")
    rows = store.rows(
        f"SELECT ?why {{ ?b filo:interrupts {find(store, HUB)} ; filo:hasBreakReason ?r . ?r skos:prefLabel ?why FILTER (lang(?why) = 'it') }}"
    )
    assert rows
    text = " ".join(found.xpath("//section[@aria-labelledby='breaks']")[0].text_content().split())
    stubs = [node["name"] for node in chart(found)["nodes"] if node["id"].startswith("broken:")]
    for row in rows:
        assert value_of(row["why"]) in text
        assert any(value_of(row["why"]) in stub for stub in stubs)


def test_a_full_column_is_folded_and_the_rest_is_counted(server: str) -> None:
    drawn = chart(page(server, node="http://metadata.un.org/sdg/9", lang="it"))
    depths = [node["depth"] for node in drawn["nodes"] if not node["id"].startswith("broken:")]
    assert max(depths.count(depth) for depth in set(depths)) <= 15
    assert any(node["id"].startswith("rest:") and any(sign.isdigit() for sign in node["name"]) for node in drawn["nodes"])


def test_ends_given_the_wrong_way_round_are_turned_and_it_is_said(server: str) -> None:
    right = page(server, **{"from": NURSERY, "to": GOAL, "lang": "en"})
    turned = page(server, **{"from": GOAL, "to": NURSERY, "lang": "en"})
    assert "wrong way round" in turned.text_content()
    assert "wrong way round" not in right.text_content()
    assert hrefs(turned, "//section[@class='way']") == hrefs(right, "//section[@class='way']")


def test_a_whole_plan_shows_the_threads_of_its_elements_and_says_how_many(server: str, store: Store) -> None:
    goal = "<http://metadata.un.org/sdg/11>"
    plan = "<https://w3id.org/filorosso/id/seregno-agenda-2022>"
    threads = store.rows(f"SELECT DISTINCT ?t WHERE {{ ?t filo:isThreadOf {plan} ; filo:threadTo {goal} }}")
    assert threads
    found = page(server, **{"from": "seregno-agenda-2022", "to": goal[1:-1], "lang": "it"})
    assert f"In tutto {len(threads)}." in found.xpath("string(//p[@role='status'])")
    upper = page(server, **{"from": "seregno-agenda-2022/axis/cultura", "to": "agenda-2030", "lang": "en"})
    axis = "<https://w3id.org/filorosso/id/seregno-agenda-2022/axis/cultura>"
    pattern = f"?t filo:threadFrom {axis} ; filo:threadTo ?end . ?end filo:inFramework <https://w3id.org/filorosso/id/agenda-2030>"
    ends = store.rows(f"SELECT DISTINCT ?t WHERE {{ {pattern} }}")
    assert f"{len(ends)} in all." in upper.xpath("string(//p[@role='status'])")


def test_more_threads_of_a_plan_than_a_page_tells_are_counted(server: str) -> None:
    found = page(server, **{"from": "pnrr-2023", "to": "agenda-2030", "lang": "en"})
    said = found.xpath("string(//p[@role='status'])")
    assert "100 of them are shown" in said, said


def test_what_is_only_proposed_is_marked_by_a_word(server: str) -> None:
    found = page(server, **{"from": NURSERY, "to": "http://metadata.un.org/sdg/11", "lang": "it"})
    (only,) = found.xpath("//section[@class='way']")
    assert "soltanto proposto" in only.text_content()
    assert "non conta come dichiarato" in only.text_content()


def test_no_thread_is_unknown_where_sources_were_not_read_and_the_reason_is_said(server: str) -> None:
    found = page(server, **{"from": HUB, "to": GOAL, "lang": "it"})
    (none,) = found.xpath("//section[@aria-labelledby='none']")
    assert "ignoto" in none.text_content()
    assert "assente" not in none.xpath("./p[1]")[0].text_content()
    assert none.xpath(".//ul[@class='unknowns']/li")


def test_a_day_and_a_certainty_leave_threads_out_and_that_is_said(server: str) -> None:
    every = page(server, **{"from": NURSERY, "to": GOAL, "lang": "it"}).xpath("//section[@class='way']")
    early = page(server, **{"from": NURSERY, "to": GOAL, "lang": "it", "asOf": "2022-01-01"}).xpath("//section[@class='way']")
    assert 0 < len(early) < len(every)
    none = page(server, **{"from": NURSERY, "to": GOAL, "lang": "it", "asOf": "2019-01-01"})
    assert f"meno certi: {len(every)}" in none.text_content()
    firm = page(server, node=NURSERY, certainty="certain", lang="it")
    assert (
        0
        < len(firm.xpath("//section[@aria-labelledby='ways-up']//div"))
        < len(page(server, node=NURSERY, lang="it").xpath("//section[@aria-labelledby='ways-up']//div"))
    )


def test_the_answers_to_take_away_answer(server: str) -> None:
    found = page(server, **{"from": NURSERY, "to": GOAL, "lang": "it", "certainty": "low"})
    addresses = found.xpath("//section[@aria-labelledby='take']//a/@href")
    taken = [address for address in addresses if "format=" in address]
    assert len(taken) == 6
    for address in taken:
        assert httpx.get(server + address, timeout=60).status_code == 200, address


def test_a_word_that_fits_several_nodes_asks_which_was_meant(server: str) -> None:
    found = page(server, 404, node="cultura", lang="it")
    addresses = found.xpath("//section[@aria-labelledby='choices']//a/@href")
    assert any("axis%2Fcultura" in address for address in addresses)
    assert httpx.get(server + addresses[0], timeout=60).status_code == 200


@pytest.mark.parametrize("given", [{"certainty": "sure"}, {"asOf": "yesterday"}])
def test_a_value_that_is_not_what_is_expected_is_422(server: str, given: dict[str, str]) -> None:
    page(server, 422, node=HUB, **given)


@pytest.mark.parametrize(
    "hostile", ['"><script>alert(1)</script>', "</script><img src=x onerror=alert(1)>", "\u202egpj.exe", "{{7*7}}", "\x00"]
)
def test_hostile_text_does_no_harm(server: str, hostile: str) -> None:
    for name in ("node", "from"):
        found = page(server, 404, **{name: hostile, "to": GOAL})
        assert not found.xpath("//script[contains(text(), 'alert')] | //img")


def test_the_form_alone_offers_examples_that_answer(server: str) -> None:
    found = page(server, lang="it")
    addresses = found.xpath("//section[@aria-labelledby='examples']//a/@href")
    assert len(addresses) == 3
    assert all(httpx.get(server + address, timeout=60).status_code == 200 for address in addresses)
    assert all(found.xpath(f"//label[@for='{identifier}']") for identifier in found.xpath("//form[@action='/thread']//input[@id]/@id"))
