"""Finding nodes by what a person remembers of them."""

from __future__ import annotations

from functools import partial

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from filorosso.graph import Index, Store, read_index, value_of

ID = "https://w3id.org/filorosso/id/"
get = partial(httpx.get, timeout=60)


@pytest.fixture(scope="module")
def index(store: Store) -> Index:
    """The names of the shipped graph."""
    return read_index(store)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Crocevia di cultura", ID + "seregno-agenda-2022/axis/cultura"),
        ("crossroads of culture", ID + "seregno-agenda-2022/axis/cultura"),
        ("B28B21000000001", ID + "project/cup/b28b21000000001"),
        ("b28b21000000001", ID + "project/cup/b28b21000000001"),
        ("climte acton", "http://metadata.un.org/sdg/13"),
        ("sconfigere la poverta", "http://metadata.un.org/sdg/1"),
        ("Sconfiggere la povertà", "http://metadata.un.org/sdg/1"),
        ("SDG 11", "http://metadata.un.org/sdg/11"),
        ("sdg11", "http://metadata.un.org/sdg/11"),
        ("SDG 11.2", "http://metadata.un.org/sdg/11.2"),
        ("goal 13", "http://metadata.un.org/sdg/13"),
        ("obiettivo 13", "http://metadata.un.org/sdg/13"),
        ("comune di sergno", ID + "organization/comune-di-seregno"),
        ("13.1", "http://metadata.un.org/sdg/13.1"),
    ],
)
def test_a_name_a_code_or_a_slip_of_the_keyboard_finds_the_node_first(index: Index, asked: str, expected: str) -> None:
    found = [value_of(match.node) for match in index.search(asked, limit=3)]
    assert found[0] == expected, found


def test_a_code_that_several_nodes_bear_finds_them_all(index: Index, store: Store) -> None:
    bearers = {row["n"] for row in store.rows('SELECT ?n WHERE { ?n filo:code|filo:subMeasureCode "M2C4I2.02.00" }')}
    found = {match.node for match in index.search("M2C4I2.02.00", limit=5) if match.score == 100}
    assert found == bearers


def test_every_label_finds_its_node(index: Index, store: Store) -> None:
    rows = store.rows("SELECT ?n ?l WHERE { VALUES ?c { filo:Framework filo:Project org:Organization } ?n a ?c ; rdfs:label ?l }")
    assert len(rows) > 200
    for row in rows:
        found = {match.node for match in index.search(value_of(row["l"]), limit=60)}
        assert row["n"] in found, row


def test_what_nothing_resembles_finds_nothing(index: Index) -> None:
    assert index.search("zzzzqqqxxw") == []
    assert index.search("") == []
    assert index.search(" ¿ ") == []


def test_a_search_keeps_to_classes(index: Index) -> None:
    project = "<https://w3id.org/filorosso/onto/Project>"
    found = index.search("Seregno", classes=[project], limit=50)
    assert found
    assert all(project in match.classes for match in found)


def test_the_nearest_iris_are_those_that_differ_least(index: Index) -> None:
    assert index.near(ID + "seregno-agenda-2022/axis/cultur")[0] == f"<{ID}seregno-agenda-2022/axis/cultura>"


def test_an_index_that_was_changed_is_as_one_read_anew(index: Index, store: Store) -> None:
    nodes = {f"<{ID}seregno-agenda-2022/axis/cultura>", "<http://metadata.un.org/sdg/13>"}
    less = index.without(nodes)
    assert "<http://metadata.un.org/sdg/13>" not in {match.node for match in less.search("climate action", limit=50)}
    again = less.joined(read_index(store, nodes))
    assert len(again) == len(index)
    for asked in ("climate action", "goal 13", "cultura"):
        assert {m.node for m in again.search(asked, limit=30)} == {m.node for m in index.search(asked, limit=30)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_no_text_breaks_the_search(index: Index, text: str) -> None:
    for match in index.search(text, limit=5):
        assert 0 < match.score <= 100


def test_suggestions_say_what_each_is(server: str) -> None:
    found = get(f"{server}/search.json", params={"q": "cultura", "kind": "Element", "lang": "it"}).json()
    assert 0 < len(found) <= 8
    assert {"iri", "address", "label", "kind", "code", "framework"} == set(found[0])
    assert all(each["address"].endswith("lang=it") for each in found)


def test_the_page_of_matches_speaks_both_languages(server: str) -> None:
    for lang, said in (("it", "Risultati"), ("en", "Results")):
        page = lxml_html.fromstring(get(f"{server}/search", params={"q": "climate", "lang": lang}).content)
        assert page.get("lang") == lang
        assert said in page.xpath("string(//*[@role='status'])")
        assert page.xpath("//ol[@class='matches']/li")


def test_what_was_typed_comes_back_harmless(server: str) -> None:
    hostile = "\"><script>alert(1)</script>\u202egnp.exe ' OR 1=1"
    answer = get(f"{server}/search", params={"q": hostile})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    page = lxml_html.fromstring(answer.content)
    assert page.xpath("//input[@id='search']/@value") == [hostile]
