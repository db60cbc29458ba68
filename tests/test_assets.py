"""What browsers load: sent compressed and for good, of known licences, and asking nobody else."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from pathlib import Path

import httpx
import pytest

from filorosso.api.assets import PARTS, Asset, Assets, Static, read_assets

from .conftest import CHECKOUT, absent

BUILT = CHECKOUT / "api" / "static" / "built"
FRONTEND = CHECKOUT / "api" / "frontend"
# Hosts that are named in what is built and never asked: namespaces, and where libraries are documented.
LOADING = re.compile(
    r"""url\(\s*["']?(?:https?:)?//|@import|fetch\(\s*["'`](?:https?:)?//|importScripts|\.src\s*=\s*["'`](?:https?:)?//|new WebSocket|sourceMappingURL"""
)
OTHERS = (
    "prefix.cc",
    "lov.linkeddata.es",
    "dbpedia.org/sparql",
    "query.wikidata.org",
    "unpkg",
    "jsdelivr",
    "cdnjs",
    "googleapis",
    "gstatic",
)


@pytest.fixture
def built() -> Path:
    if not BUILT.is_dir():
        absent("api/static/built (make assets)")
    return BUILT


def test_nothing_that_is_built_asks_others(built: Path) -> None:
    files = [path for path in built.rglob("*") if path.suffix in (".css", ".js", ".svg")]
    assert len(files) > 5
    for path in files:
        text = path.read_text()
        assert not LOADING.search(text), f"{path.name}: {LOADING.search(text)}"
        assert not [other for other in OTHERS if other in text], path.name
        assert "url(data:" not in text.replace('"', ""), path.name


def test_the_search_for_what_asks_others_finds_it() -> None:
    for text in ("a{background:url(https://x.org/a.png)}", "@import 'x'", 'fetch("https://x.org")', "s.src='//x.org/a.js'"):
        assert LOADING.search(text)
    for text in ("url(media/a.svg?v=1)", 'fetch("/sparql")', 'xmlns="http://www.w3.org/2000/svg"'):
        assert not LOADING.search(text)


def test_what_a_page_loads_first_is_small(built: Path) -> None:
    """Style sheet and fonts, as they are sent; charts and editor are loaded by the pages that have one."""
    manifest = json.loads((built / "manifest.json").read_text())
    first = {
        name: said.get("gzip", said["bytes"]) for name, said in manifest["files"].items() if name == "design.css" or name.endswith(".woff2")
    }
    assert len(first) == 4
    assert sum(first.values()) < 250_000


def test_the_manifest_is_true(built: Path) -> None:
    manifest = json.loads((built / "manifest.json").read_text())
    there = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == {name for name in there if not name.endswith(".gz")} - {"manifest.json"}
    for name, said in manifest["files"].items():
        body = (built / name).read_bytes()
        assert (said["sha256"], said["bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))
        if "gzip" in said:
            assert gzip.decompress((built / f"{name}.gz").read_bytes()) == body
    wanted = json.loads((FRONTEND / "package.json").read_text())["dependencies"]
    held = {package["name"]: package["version"] for package in manifest["packages"]}
    assert wanted.items() <= held.items()


def test_every_package_that_is_bundled_has_its_licence(built: Path) -> None:
    packages = json.loads((built / "manifest.json").read_text())["packages"]
    said = (built / "LICENSES.txt").read_text()
    assert len(packages) > 20
    for package in packages:
        assert f"{package['name']} {package['version']} ({package['license']})" in said
        assert re.search(r"MIT|BSD|Apache-2.0|ISC|0BSD|CC0|MPL-2.0", package["license"]), package
    assert "SIL OPEN FONT LICENSE" in said
    assert "Apache ECharts" in said


def test_the_lock_file_names_no_registry_and_pins_everything() -> None:
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    packages = {name: said for name, said in lock["packages"].items() if name}
    assert len(packages) > 50
    assert not [name for name, said in packages.items() if "resolved" in said or "integrity" not in said]


def test_the_address_of_a_file_changes_with_it() -> None:
    one, other = (Assets({"a.css": Asset(body, b"", "text/css", hashlib.sha256(body).hexdigest()[:8])}) for body in (b"a {}", b"b {}"))
    assert one.address("a.css") != other.address("a.css")
    assert one.address("b.css") == ""


def test_what_is_missing_is_said_in_both_languages() -> None:
    nothing = Assets({})
    assert nothing.missing == tuple(PARTS)
    assert "grafici" in " ".join(nothing.said("it"))
    assert "charts" in " ".join(nothing.said("en"))
    whole = Assets({f"built/{name}": Asset(b"", b"", "", "") for name in PARTS.values()})
    assert not whole.missing


@pytest.mark.parametrize("name", ["icon.svg", "explorer.css"])
def test_files_are_sent_for_good_under_their_address_and_checked_without(server: str, name: str) -> None:
    address = read_assets().address(name)
    exact = httpx.get(server + address)
    assert exact.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert exact.content == (CHECKOUT / "api" / "static" / name).read_bytes()
    for path in (f"/static/{name}", f"/static/{name}?v=00000000"):
        assert httpx.get(server + path).headers["cache-control"] == "no-cache"
    again = httpx.get(server + address, headers={"if-none-match": exact.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-length" not in again.headers or again.headers["content-length"] == "0"


def test_files_are_compressed_for_those_who_take_it(server: str) -> None:
    name = "explorer.css"
    with httpx.Client() as client:
        packed = client.get(f"{server}/static/{name}", headers={"accept-encoding": "gzip, br"})
        plain = client.get(f"{server}/static/{name}", headers={"accept-encoding": "identity"})
        refused = client.get(f"{server}/static/{name}", headers={"accept-encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.content == plain.content == refused.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in packed.headers["vary"]


def test_every_file_has_its_type(server: str) -> None:
    types = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
    found = {Path(name).suffix: name for name in read_assets().files}
    for ending in types.keys() & found.keys():
        assert httpx.get(f"{server}/static/{found[ending]}").headers["content-type"] == types[ending]


def test_head_has_the_headers_of_get(server: str) -> None:
    address = f"{server}/static/explorer.css"
    head, get = httpx.head(address), httpx.get(address)
    assert head.content == b""
    assert {k: v for k, v in head.headers.items() if k != "date"} == {k: v for k, v in get.headers.items() if k != "date"}


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/",
        "/static/built",
        "/static/icon.svg/",
    ],
)
def test_nothing_else_is_sent(server: str, path: str) -> None:
    with httpx.Client() as client:
        request = client.build_request("GET", server)
        request.url = httpx.URL(server).copy_with(raw_path=path.encode())
        answer = client.send(request)
    assert answer.status_code == 404
    assert b"def " not in answer.content


def test_only_reading_is_allowed() -> None:
    refused = Static(read_assets()).reply("POST", "icon.svg", "", {})
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")


def test_a_broken_query_does_no_harm() -> None:
    for query in ("v=%ff", "v", "&&&", "v=\x00"):
        assert Static(read_assets()).reply("GET", "icon.svg", query, {}).status == 200


def test_what_is_compressed_is_the_same_file() -> None:
    for name, asset in read_assets().files.items():
        if asset.packed:
            assert zlib.decompress(asset.packed, 31) == asset.body, name
