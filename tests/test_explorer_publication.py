"""The pages of the publication: sources and licences, the catalogue and its datasets, the files of releases."""

from __future__ import annotations

import json

import httpx
import pytest

from filorosso.api.explorer.publication.downloads import downloads
from filorosso.graph import Library, NotFoundError, Release, Store, rights, value_of

from .pages import BASE, LANGUAGES, page, rows, text, view


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_document_is_listed_once_with_its_line(server: str, store: Store, lang: str) -> None:
    found = page(server, "/sources", lang)
    known = rights(store)
    lines = [text(each) for each in found.xpath("//td[@class='line']")]
    assert sorted(lines) == sorted(" ".join(each.line[lang].split()) for each in known)
    open_ = found.xpath("//section[@aria-labelledby='withoutLicence']//tbody/tr")
    assert len(open_) == sum(not each.licences for each in known)


def test_the_sources_of_one_framework_are_those_that_it_rests_on(server: str, store: Store) -> None:
    framework = BASE + "id/seregno-piao"
    expected = {each.document for each in rights(store) if framework in each.frameworks}
    links = page(server, "/sources", "en", framework=framework).xpath("//tbody//th/a[not(@rel)]/@href")
    assert {each.split("?")[0] for each in links} == {each.replace(BASE, "/") for each in expected}


@pytest.mark.parametrize("evil", ['"><script>alert(1)</script>', "javascript:alert(1)", "\u202e'\""])
def test_a_hostile_framework_is_text_and_has_no_sources(server: str, evil: str) -> None:
    found = page(server, "/sources", "it", framework=evil)
    assert found.xpath("//input[@id='framework']/@value") == [evil]
    assert not found.xpath("//tbody")
    assert not found.xpath("//script[contains(., 'alert')]")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_catalogue_lists_every_dataset(server: str, store: Store, lang: str) -> None:
    found = page(server, "/catalogue", lang)
    listed = store.objects(f"<{BASE}catalogue>", "<http://www.w3.org/ns/dcat#dataset>")
    assert len(rows(found, "datasets")) == len(listed)
    said = json.loads(found.xpath("//script[@type='application/ld+json']")[0].text)
    assert {each["@id"] for each in said["dataset"]} == {value_of(each) for each in listed}


def test_a_dataset_says_who_publishes_and_where_its_files_are(server: str, store: Store) -> None:
    for node in store.objects(f"<{BASE}catalogue>", "<http://www.w3.org/ns/dcat#dataset>"):
        found = page(server, value_of(node).replace(BASE, "/"), "en")
        files = found.xpath("//section[@aria-labelledby='files']//li/a/@href")
        expected = {
            value_of(url).replace(BASE, "/")
            for each in store.objects(node, "<http://www.w3.org/ns/dcat#distribution>")
            for url in store.objects(each, "<http://www.w3.org/ns/dcat#downloadURL>")
        }
        assert {*files} == expected
        assert httpx.head(server + files[0], timeout=60).status_code == 200


def test_a_version_has_the_files_of_its_plan(server: str) -> None:
    (version, plan) = (
        page(server, f"/dataset/{name}", "en").xpath("//section[@aria-labelledby='files']//li/a/@href")
        for name in ("seregno-agenda-2022", "seregno-agenda")
    )
    assert version == plan


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_files_of_a_release_are_those_of_the_list_for_programs(server: str, release: Release, lang: str) -> None:
    said = httpx.get(server + "/download/releases.json", timeout=60).json()
    files = next(each["files"] for each in said["releases"] if each["release"] == release.name)
    found = page(server, "/download", lang)
    assert {*found.xpath("//section[@aria-labelledby='shown']//th/a[not(@class)]/@href")} == {each["address"] for each in files}
    assert {*found.xpath("//code[@class='sum']/text()")} == {each["sha256"] for each in files}
    assert f"/download/{release.name}/data.trig.gz" in text(found.xpath("//section[@aria-labelledby='resume']")[0])


def test_what_a_page_of_a_graph_is_called_from_a_file_is_there(server: str) -> None:
    links = page(server, "/download", "en").xpath("//th/a[@class='of']/@href")
    assert len(links) > 40
    assert any("/proposed" in each for each in links)
    for each in links[:: len(links) // 8]:
        page(server, each.split("?")[0], "en")


def test_who_asks_for_json_gets_the_list(server: str) -> None:
    said = httpx.get(server + "/download", headers={"accept": "application/json"}, timeout=60)
    assert said.json() == httpx.get(server + "/download/releases.json", timeout=60).json()
    assert "accept" in said.headers["vary"].lower()


def test_a_release_that_is_not_there_is_404(server: str, release: Release) -> None:
    page(server, "/download", "it", 404, release="0123456789abcdef")
    page(server, "/download", "it", 200, release=release.name)
    page(server, "/download", "it", 200, release="current")


def test_a_release_whose_files_are_gone_is_listed_so(store: Store, library: Library) -> None:
    kept: dict[str, object] = {
        "release": "b" * 16,
        "inForceFrom": "2026-11-22T10:00:00Z",
        "previous": "a" * 16,
        "counts": {"quads": 2},
        "changes": None,
        "files": [],
    }
    offers = {"serving": "b" * 16, "writesSince": 3, "releases": [kept, kept | {"release": "a" * 16, "previous": None}]}
    made = downloads(view(store, library), offers, {})
    assert made.context["groups"] == []
    assert not made.is_lasting
    with pytest.raises(NotFoundError, match="/download"):
        downloads(view(store, library), offers, {"release": "c" * 16})
    assert downloads(view(store, library), {"serving": None, "writesSince": 0, "releases": []}, {}).context["shown"] is None
