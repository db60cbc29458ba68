"""Files over HTTP, as people take them away: whole, in parts, from where the line broke; what changed, the news, and what crawlers read."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import shutil
import socket
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
import httpx
import pyoxigraph as ox
import pytest
import zstandard

from filorosso.api.feed import atom
from filorosso.api.files import ranges_of
from filorosso.api.offers import Offer
from filorosso.graph import InForce, Store, create_token, whole_names

from .conftest import Site, absent
from .services import Running, serving

DATA = "data.ttl.zst"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
VOID = "http://rdfs.org/ns/void#"


@pytest.fixture(scope="module")
def service(site: Site) -> Iterator[Running]:
    """A service over a home folder with two releases."""
    with serving(site.home, "--no-build", "--workers", "2") as running:
        yield running


def get(service: Running, path: str, **headers: str) -> httpx.Response:
    return httpx.get(service.address + path, headers={name.replace("_", "-"): value for name, value in headers.items()}, timeout=60)


def data(site: Site) -> bytes:
    return (site.planned.folder / DATA).read_bytes()


# -- what there is ---------------------------------------------------------------------------------------------------------------------


def test_the_list_says_every_release_with_its_files(service: Running, site: Site) -> None:
    said = get(service, "/download/releases.json").json()
    assert said["serving"] == site.planned.name
    assert said["writesSince"] == 0
    assert [release["release"] for release in said["releases"]] == [site.planned.name, site.shipped.name]
    latest = said["releases"][0]
    assert latest["previous"] == site.shipped.name
    assert latest["changes"] == f"/changes/{site.shipped.name}..{site.planned.name}.rdfp.gz"
    assert {file["name"] for file in latest["files"]} == set(site.planned.manifest["files"])


def test_every_file_of_the_list_is_served_as_it_is_said(service: Running, site: Site) -> None:
    tried = 0
    for release in get(service, "/download/releases.json").json()["releases"]:
        for file in release["files"]:
            answer = get(service, file["address"])
            assert answer.status_code == 200, file
            assert answer.headers["content-type"] == file["mediaType"]
            assert len(answer.content) == file["bytes"]
            assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
            assert "content-encoding" not in answer.headers
            tried += 1
    assert tried > 200


def test_a_release_is_listed_for_programs_and_a_browser_is_sent_to_the_page(service: Running, site: Site) -> None:
    listed = get(service, f"/download/{site.planned.name}").json()
    assert listed["release"] == site.planned.name
    assert listed["counts"] == site.planned.manifest["counts"]
    sent_to = get(service, f"/download/{site.planned.name}", accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (sent_to.status_code, sent_to.headers["location"]) == (303, f"/download?release={site.planned.name}")


def test_writes_that_are_in_no_file_are_counted(site: Site, tmp_path: Path) -> None:
    shutil.copytree(site.planned.folder, tmp_path / "releases" / site.planned.name)
    (tmp_path / "current").write_text(site.planned.name)
    token = create_token(tmp_path, "tests", ["https://example.org/graph/*"], "tests")
    with serving(tmp_path, "--no-build", "--workers", "1") as running:
        written = httpx.post(
            running.address + "/update",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/sparql-update"},
            content="INSERT DATA { GRAPH <https://example.org/graph/new> { <https://example.org/a> <https://example.org/b> 1 } }",
            timeout=300,
        )
        assert written.status_code == 200, written.text
        assert get(running, "/download/releases.json").json()["writesSince"] == 1


def test_a_release_that_is_not_kept_is_gone(site: Site, tmp_path: Path) -> None:
    shutil.copytree(site.planned.folder, tmp_path / "releases" / site.planned.name)
    (tmp_path / "current").write_text(site.planned.name)
    shutil.copy(site.home / "history.jsonl", tmp_path)
    with serving(tmp_path, "--no-build", "--workers", "1") as running:
        for path in (f"/download/{site.shipped.name}", f"/download/{site.shipped.name}/{DATA}"):
            assert get(running, path).status_code == 410
        assert get(running, "/download/releases.json").json()["releases"][1]["files"] == []
        assert len(feedparser.parse(get(running, "/feed.atom").content).entries) == 2


# -- a file ----------------------------------------------------------------------------------------------------------------------------


def test_a_file_says_what_it_is(service: Running, site: Site) -> None:
    digest = site.planned.manifest["files"][DATA]["sha256"]
    for release, kept in ((site.planned.name, "public, max-age=31536000, immutable"), ("current", "no-cache")):
        answer = get(service, f"/download/{release}/{DATA}")
        assert answer.headers["etag"] == f'"{digest}"'
        assert answer.headers["cache-control"] == kept
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["content-type"] == "application/zstd"
        assert answer.headers["content-disposition"] == f'attachment; filename="{DATA}"'
        assert b64decode(answer.headers["repr-digest"].removeprefix("sha-256=").strip(":")).hex() == digest
        assert answer.headers.get("content-location", f"/download/{release}/{DATA}") == f"/download/{site.planned.name}/{DATA}"


def test_what_the_client_has_is_not_sent_again(service: Running, site: Site) -> None:
    path, tag = f"/download/current/{DATA}", f'"{site.planned.manifest["files"][DATA]["sha256"]}"'
    for wanted in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = get(service, path, if_none_match=wanted)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert get(service, path, if_none_match='"other"').status_code == 200


def test_head_is_get_without_its_body(service: Running) -> None:
    path = f"{service.address}/download/current/{DATA}"
    head, whole = httpx.head(path), httpx.get(path)
    left_out = ("date",)
    assert head.content == b""
    assert {k: v for k, v in head.headers.items() if k not in left_out} == {k: v for k, v in whole.headers.items() if k not in left_out}
    assert httpx.head(path, headers={"Range": "bytes=0-9"}).status_code == 200  # ranges are of GET alone


PARTS = [
    ("bytes=0-0", lambda body: body[:1]),
    ("bytes=10-19", lambda body: body[10:20]),
    ("bytes=-7", lambda body: body[-7:]),
    ("bytes=100-", lambda body: body[100:]),
    ("bytes=0-99999999999", lambda body: body),
    ("bytes=-99999999999", lambda body: body),
    ("Bytes =5-6", lambda body: body[5:7]),
    ("bytes=3-4,99999999999-", lambda body: body[3:5]),
]


@pytest.mark.parametrize(("asked", "wanted"), PARTS, ids=[asked for asked, _ in PARTS])
def test_a_part_is_given(service: Running, site: Site, asked: str, wanted: object) -> None:
    body = data(site)
    answer = get(service, f"/download/{site.planned.name}/{DATA}", range=asked)
    assert answer.status_code == 206
    assert callable(wanted)
    assert answer.content == wanted(body)
    start = body.index(answer.content) if len(answer.content) < len(body) and len(answer.content) > 2 else None
    first, last, length = map(int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers["content-range"]).groups())  # type: ignore[union-attr]
    assert (last - first + 1, length) == (len(answer.content), len(body))
    assert start is None or body[first : last + 1] == answer.content


@pytest.mark.parametrize("asked", ["cows=0-1", "bytes=", "bytes=a-b", "bytes=5-2", "bytes=-", "bytes=0-1,x", "0-1", "bytes 0-1"])
def test_a_range_that_is_none_is_not_heeded(service: Running, site: Site, asked: str) -> None:
    answer = get(service, f"/download/{site.planned.name}/SHA256SUMS", range=asked)
    assert answer.status_code == 200
    assert answer.content == (site.planned.folder / "SHA256SUMS").read_bytes()


@pytest.mark.parametrize("asked", ["bytes=99999999999-", "bytes=-0", "bytes=99999999999-,-0"])
def test_a_part_that_is_not_there_is_416(service: Running, site: Site, asked: str) -> None:
    answer = get(service, f"/download/{site.planned.name}/{DATA}", range=asked)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(data(site))}"


def test_several_parts_come_in_one_answer(service: Running, site: Site) -> None:
    body = data(site)
    answer = get(service, f"/download/{site.planned.name}/{DATA}", range="bytes=0-9, 50-59, -5")
    assert answer.status_code == 206
    assert int(answer.headers["content-length"]) == len(answer.content)
    parsed: Message = BytesParser().parsebytes(b"Content-Type: " + answer.headers["content-type"].encode() + b"\r\n\r\n" + answer.content)
    assert parsed.get_content_type() == "multipart/byteranges"
    parts = parsed.get_payload()
    assert isinstance(parts, list)
    length = len(body)
    assert [part["content-range"] for part in parts if isinstance(part, Message)] == [
        f"bytes {first}-{last}/{length}" for first, last in ((0, 9), (50, 59), (length - 5, length - 1))
    ]
    assert body[50:60] in answer.content


def test_more_parts_than_anybody_needs_are_the_whole(service: Running, site: Site) -> None:
    asked = "bytes=" + ",".join(f"{place}-{place}" for place in range(0, 400, 2))
    answer = get(service, f"/download/{site.planned.name}/{DATA}", range=asked)
    assert (answer.status_code, answer.content) == (200, data(site))


def test_a_part_of_a_file_that_changed_is_not_given(service: Running, site: Site) -> None:
    path, tag = f"/download/current/{DATA}", f'"{site.planned.manifest["files"][DATA]["sha256"]}"'
    assert get(service, path, range="bytes=5-9", if_range=tag).status_code == 206
    for other in ('"other"', f"W/{tag}", "Sun, 29 Nov 2026 08:00:00 GMT"):
        answer = get(service, path, range="bytes=5-9", if_range=other)
        assert (answer.status_code, answer.content) == (200, data(site))


def test_ranges_of_an_empty_file_cannot_be_given() -> None:
    assert ranges_of("bytes=0-", 0) == ()
    assert ranges_of("bytes=-1", 0) == ()
    assert ranges_of("", 0) is None
    assert ranges_of("bytes=" + "9" * 5000 + "-", 10) is None


NAMES = [
    "../../current",
    "..%2f..%2fcurrent",
    "%2e%2e/%2e%2e/current",
    "graphs/../manifest.json",
    "graphs%2f..%2f..%2f..%2fcurrent",
    "..%5c..%5ccurrent",
    "%00",
    "data.nq.gz%00.txt",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "",
    "graphs",
    "graphs/",
    "data.nq",
    "DATA.NQ.GZ",
    ".",
    "%252e%252e/current",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_out_of_the_folder(service: Running, site: Site, name: str) -> None:
    for release in (site.planned.name, "current"):
        assert status_of(service, f"/download/{release}/{name}") == 404


@pytest.mark.parametrize("name", ["..", "%2e%2e", ".", "%2e%2e%2freleases", "0123456789abcdef", "A" * 16, "current%00", "%00", "%c3%a9"])
def test_no_name_of_a_release_leads_out_of_the_folder(service: Running, name: str) -> None:
    assert status_of(service, f"/download/{name}/current") == 404
    assert status_of(service, f"/changes/{name}..{name}.json") == 404


def status_of(service: Running, path: str) -> int:
    """The status of a path that is sent as it is: a client would tidy it up."""
    host, port = urlsplit(service.address).hostname, urlsplit(service.address).port
    with socket.create_connection((host, port), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return int(connection.makefile("rb").readline().split()[1])


# -- with the tools that people have ---------------------------------------------------------------------------------------------------


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        absent(name)
    return found


def test_curl_goes_on_where_the_line_broke(service: Running, site: Site, tmp_path: Path) -> None:
    target, body = tmp_path / DATA, data(site)
    target.write_bytes(body[: len(body) // 3])
    subprocess.run([tool("curl"), "-sf", "-C", "-", "-o", str(target), f"{service.address}/download/current/{DATA}"], check=True)
    assert target.read_bytes() == body


def test_the_sums_are_those_of_the_files(service: Running, site: Site, tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    for name in ("SHA256SUMS", *whole_names(), "graphs/seregno-dup.ttl.gz"):
        (tmp_path / name).write_bytes(get(service, f"/download/{site.planned.name}/{name}").content)
    command = [tool("sha256sum"), "--check", "--strict", "--ignore-missing", "SHA256SUMS"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.count(": OK") == len(whole_names()) + 1
    subprocess.run([tool("sha256sum"), "--check", "--quiet", "SHA256SUMS"], cwd=site.planned.folder, check=True)


def test_what_was_compressed_comes_out_the_same_whichever_way(site: Site) -> None:
    for name in ("data.nq", "data.trig", "data.ttl", "graphs/seregno-dup.ttl"):
        zipped, compressed = site.planned.folder / f"{name}.gz", site.planned.folder / f"{name}.zst"
        plain = gzip.decompress(zipped.read_bytes())
        assert zstandard.ZstdDecompressor().decompress(compressed.read_bytes()) == plain
        if shutil.which("zstd"):
            assert subprocess.run(["zstd", "-dcq", str(compressed)], capture_output=True, check=True).stdout == plain
        assert subprocess.run([tool("gzip"), "-dc", str(zipped)], capture_output=True, check=True).stdout == plain


def parsed(path: Path, kind: ox.RdfFormat) -> ox.Dataset:
    dataset = ox.Dataset(ox.parse(gzip.decompress(path.read_bytes()), format=kind))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def test_the_syntaxes_say_the_same(site: Site) -> None:
    folder = site.planned.folder
    quads = list(ox.parse(gzip.decompress((folder / "data.nq.gz").read_bytes()), format=ox.RdfFormat.N_QUADS))
    merged = ox.Dataset(ox.Quad(*quad.triple) for quad in quads)
    merged.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    assert parsed(folder / "data.ttl.gz", ox.RdfFormat.TURTLE) == merged
    graphs = {quad.graph_name.value for quad in quads}
    files = {path.name for path in (folder / "graphs").glob("*.ttl.gz")}
    assert len(files) == len(graphs)
    one = "https://w3id.org/filorosso/graph/valdinulla/proposed"
    expected = ox.Dataset(ox.Quad(*quad.triple) for quad in quads if quad.graph_name.value == one)
    assert len(expected) > 10
    assert parsed(folder / "graphs" / "valdinulla--proposed.ttl.gz", ox.RdfFormat.TURTLE) == expected


def test_clients_that_take_their_time_keep_nobody_waiting(service: Running, site: Site) -> None:
    where = urlsplit(service.address)
    asked = f"GET /download/{site.planned.name}/data.nq.gz HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with ExitStack() as slow:
        for _ in range(60):
            slow.enter_context(socket.create_connection((where.hostname, where.port), timeout=30)).sendall(asked)
        time.sleep(1)
        for path in ("/sparql?query=ASK%20%7B%7D", f"/download/current/{DATA}", "/health") * 5:
            begun = time.perf_counter()
            assert get(service, path).status_code == 200
            assert time.perf_counter() - begun < 3


# -- what changed ----------------------------------------------------------------------------------------------------------------------


def test_the_change_to_a_release_is_a_file(service: Running, site: Site) -> None:
    pair = f"/changes/{site.shipped.name}..{site.planned.name}"
    packed = get(service, pair + ".rdfp.gz")
    assert packed.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in packed.headers
    rows = gzip.decompress(packed.content)
    assert rows.startswith(b"H id <")
    assert get(service, pair + ".rdfp.gz", range="bytes=0-9").content == packed.content[:10]
    assert get(service, pair + ".rdfp.gz", if_none_match=packed.headers["etag"]).status_code == 304
    plain = get(service, pair + ".rdfp")
    assert plain.headers["content-type"] == "application/rdf-patch"
    assert plain.content == rows
    assert get(service, pair + ".json").json()["quads"]["added"] == rows.count(b"\nA ")


def test_any_two_releases_are_compared_when_asked(service: Running, site: Site) -> None:
    back = f"/changes/{site.planned.name}..{site.shipped.name}"
    there, again = (gzip.decompress(get(service, f"{path}.rdfp.gz").content).splitlines() for path in (f"/changes/{pair(site)}", back))
    turned = {(b"D" if row[:1] == b"A" else b"A") + row[1:] for row in again if row[:2] in (b"A ", b"D ")}
    assert turned == {row for row in there if row[:2] in (b"A ", b"D ")}
    said = get(service, back + ".json").json()
    assert said["kinds"]["Framework"] == {"added": 0, "removed": 3}
    assert get(service, f"/changes/{site.planned.name}..{site.planned.name}.rdfp").text.count("\n") == 4


def pair(site: Site) -> str:
    return f"{site.shipped.name}..{site.planned.name}"


def test_only_so_many_comparisons_are_made_at_one_time(service: Running, site: Site) -> None:
    async def many() -> list[int]:
        async with httpx.AsyncClient(timeout=60) as client:
            path = f"{service.address}/changes/{site.planned.name}..{site.shipped.name}.rdfp"
            return [answer.status_code for answer in await asyncio.gather(*(client.get(path) for _ in range(8)))]

    statuses = asyncio.run(many())
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 2
    assert get(service, f"/changes/{site.planned.name}..{site.shipped.name}.rdfp").status_code == 200


@pytest.mark.parametrize(
    "name", ["x", "0123456789abcdef..0123456789abcdef.rdfp", "..", "a..b.json", "0123456789abcdef..0123456789abcdef.xml"]
)
def test_a_change_between_what_is_not_there_is_404(service: Running, name: str) -> None:
    assert status_of(service, f"/changes/{name}") == 404


# -- the news --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "title", "renamed"), [("it", "Edizione", "aggiunti 3"), ("en", "Release", "3 added")])
def test_the_feed_tells_of_each_release_in_words(service: Running, site: Site, lang: str, title: str, renamed: str) -> None:
    answer = get(service, f"/feed.atom?lang={lang}")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert get(service, f"/feed.atom?lang={lang}", if_none_match=answer.headers["etag"]).status_code == 304
    assert get(service, "/feed.atom", accept_language=lang).content == answer.content
    feed = feedparser.parse(answer.content)
    assert feed.bozo == 0
    assert feed.version == "atom10"
    latest, first = feed.entries
    assert latest.title.startswith(f"{title} {site.planned.name}")
    assert renamed in latest.content[0].value
    assert ("Piano strategico di Valdinulla" if lang == "it" else "Strategic plan of Valdinulla") in latest.content[0].value
    assert first.title.startswith(f"{title} {site.shipped.name}")
    links = {link["href"] for entry in feed.entries for link in entry.links} | {link["href"] for link in feed.feed.links}
    assert f"{service.address}/changes/{pair(site)}.rdfp.gz" in links
    assert len([link for link in latest.links if link.rel == "enclosure"]) == len(whole_names())
    for link in links - {f"{service.address}/download?lang={lang}"}:
        assert httpx.head(link, follow_redirects=False).status_code == 200, link
    hold_to_rfc_4287(answer.content)


def hold_to_rfc_4287(document: bytes) -> None:
    """What the specification requires of a feed and of an entry (sections 4.1.1 and 4.1.2), where no entry names an author of its own."""
    name = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(document)
    assert feed.tag == name + "feed"
    assert feed.find(f"{name}author/{name}name") is not None
    assert [link.get("rel") for link in feed.findall(name + "link")].count("self") == 1
    entries = feed.findall(name + "entry")
    for element in (feed, *entries):
        for required in ("id", "title", "updated"):
            (found,) = element.findall(name + required)
            assert (found.text or "").strip()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", element.findtext(name + "updated") or "")
        assert re.match(r"https?://", element.findtext(name + "id") or "")
    for entry in entries:
        content = entry.find(name + "content")
        assert content is not None
        assert content.get("type") == "xhtml"
        (division,) = content
        assert division.tag == "{http://www.w3.org/1999/xhtml}div"
        assert any(link.get("rel") == "alternate" for link in entry.findall(name + "link"))
        assert all(int(link.get("length", "0")) > 0 for link in entry.findall(name + "link") if link.get("rel") == "enclosure")
    ids = [entry.findtext(name + "id") for entry in entries]
    assert len(ids) == len(set(ids))


HOSTILE = "<script>alert(1)</script> & ]]> \u202e \x00\x0b\ufffe\ud800 \"'"


def test_labels_that_would_break_the_feed_do_not() -> None:
    was = InForce("0" * 16, "2026-11-29T08:00:00Z", "1" * 16, "0.1.0", {"quads": 1})
    labels = {"it": HOSTILE, "en": HOSTILE}
    node = {"iri": f"http://x/{HOSTILE}", "kind": "Element", "what": "relabelled", "label": labels, "was": {}}
    changed = {
        "quads": {"added": 1, "removed": 0},
        "kinds": {"Element": {"added": 0, "removed": 0, "relabelled": 1}},
        "frameworks": {HOSTILE: {"label": labels, "added": 1, "removed": 0}},
        "nodes": [node],
    }
    document = atom([(Offer(was, "", 0, (), ""), changed)], "it", "http://localhost")
    hold_to_rfc_4287(document)
    feed = feedparser.parse(document)
    assert feed.bozo == 0
    assert "<script" not in feed.entries[0].content[0].value
    text = "".join(ElementTree.fromstring(document).itertext())
    assert "<script>alert(1)</script> & ]]> \u202e ����" in text


def test_an_empty_history_is_a_feed_all_the_same() -> None:
    hold_to_rfc_4287(atom([], "en", "http://localhost"))


# -- what crawlers and harvesters read -------------------------------------------------------------------------------------------------


def test_the_sitemap_names_every_page_and_every_node_of_ours(service: Running, site: Site) -> None:
    index = ElementTree.fromstring(get(service, "/sitemap.xml").content)
    assert index.tag == SITEMAP + "sitemapindex"
    parts = [found.text or "" for found in index.iter(SITEMAP + "loc")]
    named: list[str] = []
    for part in parts:
        content = httpx.get(part, timeout=60).content
        assert len(content) < 50 * 2**20
        found = [place.text or "" for place in ElementTree.fromstring(content).iter(SITEMAP + "loc")]
        assert 0 < len(found) <= 50_000
        named += found
    assert len(named) == len(set(named))
    assert all(place.startswith(service.address + "/") for place in named)
    store = site.planned.open()
    rows = store.rows('SELECT DISTINCT ?n { ?n a ?c FILTER (STRSTARTS(STR(?n), "https://w3id.org/filorosso/")) }')
    assert len(named) >= len(rows)
    for path in ("/", "/id/seregno-agenda", "/onto/Element", "/voc/certainty/high"):
        assert service.address + path in named
    for place in named[:: len(named) // 25]:
        assert httpx.head(place, follow_redirects=True, timeout=60).status_code == 200, place
    assert get(service, f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert get(service, "/sitemap-x.xml").status_code == 404


def test_robots_are_told_where_to_look_and_where_not(service: Running) -> None:
    from urllib.robotparser import RobotFileParser

    robots = RobotFileParser()
    robots.parse(get(service, "/robots.txt").text.splitlines())
    assert robots.site_maps() == [f"{service.address}/sitemap.xml"]
    for path in ("/sparql?query=x", "/update", "/graphs?default", "/changes/a..b.rdfp"):
        assert not robots.can_fetch("*", service.address + path)
    for path in ("/", "/id/seregno-agenda", "/questions", "/download"):
        assert robots.can_fetch("*", service.address + path)


@pytest.mark.parametrize(("accept", "kind"), [("", "text/turtle"), ("application/ld+json", "application/ld+json")])
def test_void_says_how_the_graph_is_to_be_had(service: Running, store: Store, accept: str, kind: str) -> None:
    answer = get(service, "/.well-known/void", **({"accept": accept} if accept else {}))
    assert answer.headers["content-type"] == kind
    assert "Accept" in answer.headers["vary"]
    triples = {(str(quad.subject), quad.predicate.value, str(quad.object)) for quad in ox.parse(answer.content, format=FORMATS[kind])}
    whole = "<https://w3id.org/filorosso/graph/all>"
    said = {name: {o[1:-1] for s, p, o in triples if s == whole and p == VOID + name} for name in NEEDED}
    assert said["sparqlEndpoint"] == {"https://w3id.org/filorosso/sparql"}
    assert said["dataDump"] == {f"https://w3id.org/filorosso/download/current/{name}" for name in whole_names()}
    assert said["uriSpace"]
    assert "http://www.w3.org/ns/formats/TriG" in said["feature"]
    for example in said["exampleResource"]:
        assert store.rows(f"SELECT ?p {{ <{example}> ?p ?o }} LIMIT 1"), example
    assert (whole, "http://purl.org/dc/terms/license", "<https://creativecommons.org/licenses/by/4.0/>") in triples
    dumps = {o[1:-1] for _, p, o in triples if p == VOID + "dataDump"}
    assert len(dumps) > 50
    for dump in dumps:
        path = dump.removeprefix("https://w3id.org/filorosso")
        assert httpx.head(service.address + path).status_code == 200, dump


FORMATS = {"text/turtle": ox.RdfFormat.TURTLE, "application/ld+json": ox.RdfFormat.JSON_LD}
NEEDED = ("sparqlEndpoint", "dataDump", "uriSpace", "feature", "exampleResource")


def test_void_comes_only_in_forms_that_there_are(service: Running) -> None:
    assert get(service, "/.well-known/void", accept="image/png").status_code == 406


def test_the_manifest_is_a_file_too(service: Running, site: Site) -> None:
    answer = get(service, "/download/current/manifest.json")
    assert json.loads(answer.content) == site.planned.manifest
    assert hashlib.sha256(answer.content).hexdigest().startswith(site.planned.name)
