"""What may be taken away over HTTP: files of releases, what differs between them, the feed, and what crawlers read.

A file is the representation itself: `data.nq.gz` is sent as what it is, with no Content-Encoding, so that what is kept is what the
checksum is of. What differs between two releases that did not follow each other is found in a process of its own.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from filorosso.graph import GRAPH, GRAPH_TYPES, Release, ReleaseError, changes_file, current, read_history, read_release

from .calling import called
from .errors import RETRY, Reply, problem
from .feed import atom
from .files import sent
from .front import Exchange, Front, Through, headers_of, response
from .negotiation import choose, choose_language
from .offers import offers, offers_json, release_files, summary_of
from .openapi import BUSY, PROBLEM
from .texts import FEED

_FOREVER: Final = "public, max-age=31536000, immutable"
_CHANGES: Final = re.compile(r"([0-9a-f]{16})\.\.([0-9a-f]{16})(\.rdfp\.gz|\.rdfp|\.json)")
_OPTIONS: Final = {".rdfp.gz": ("--gzip",), ".rdfp": (), ".json": ("--summary",)}
_TYPES: Final = {".rdfp.gz": "application/gzip", ".rdfp": "application/rdf-patch", ".json": "application/json"}
# Comparisons that are made at one time: each takes a core for a second per hundred thousand quads or so.
_AT_ONCE: Final = 2
# Releases that the feed tells of.
_NEWS: Final = 50
_PIECE: Final = 64 * 1024


def get_router(front: Front) -> APIRouter:
    """The routes of what may be taken away."""
    router = APIRouter(tags=["downloads"])
    _add_files(router, front)
    _add_changes(router, front)
    _add_news(router, front)
    _add_crawlers(router, front)
    return router


def _add_files(router: APIRouter, front: Front) -> None:
    home = front.service.home

    @router.get("/download", summary="What may be taken away", response_model=None, responses=_OFFERED)
    def offered(request: Request) -> Response:
        """A page, or the same as `/download/releases.json`; `release` names one whose files the page lists."""
        said = offers_json(offers(home), front.told)
        if choose(request.headers.get("accept"), ("application/json", "text/html"), {}) == "text/html":
            return called(front, request, {"do": "downloads", "offers": said})
        return JSONResponse(said, headers={"cache-control": "no-cache", "vary": "Accept"})

    @router.get("/download/releases.json", summary="The releases and their files", response_model=None)
    def releases() -> Response:
        return JSONResponse(offers_json(offers(home), front.told), headers={"cache-control": "no-cache"})

    @router.get("/download/{release}", summary="The files of a release", response_model=None, responses=_LISTED)
    def listing(request: Request, release: str) -> Response:
        if choose(request.headers.get("accept"), ("application/json", "text/html"), {}) == "text/html":
            return RedirectResponse(f"/download?{urlencode({'release': release})}", HTTPStatus.SEE_OTHER)
        found = _release(front, release)
        if isinstance(found, Release):
            files = [file.to_json() for file in release_files(found)]
            return JSONResponse({"release": found.name, **found.manifest, "files": files}, headers={"cache-control": _kept(release)})
        return _refused(request, found)

    @router.get("/download/{release}/{file:path}", summary="A file of a release", response_class=FileResponse, responses=_FILE)
    def download(request: Request, release: str, file: str) -> Response:
        found = _release(front, release)
        if not isinstance(found, Release):
            return _refused(request, found)
        path, digest = found.folder / file, found.manifest["files"].get(file, {}).get("sha256", "")
        if file == "manifest.json":
            digest = sha256(path.read_bytes()).hexdigest()
        # Only what the manifest lists is a file here, so that no name leads out of the folder.
        if not digest or not path.is_file():
            detail = f"release {found.name} has no file {file!r}: its files are listed at /download/{found.name}"
            return _refused(request, (HTTPStatus.NOT_FOUND, detail))
        where = {} if release == found.name else {"content-location": f"/download/{found.name}/{file}"}
        return sent(request, path, digest, {"cache-control": _kept(release), **where})


def _add_changes(router: APIRouter, front: Front) -> None:
    home, gate = front.service.home, asyncio.Semaphore(_AT_ONCE)

    @router.get("/changes/{change}", summary="What differs between two releases", response_model=None, responses=_CHANGED)
    def changes(request: Request, change: str) -> Response:
        """`<old>..<new>` and `.rdfp.gz` or `.rdfp` (RDF Patch) or `.json` (in numbers and names)."""
        match = _CHANGES.fullmatch(change)
        if match is None:
            detail = "a change is named <old>..<new>.rdfp.gz (or .rdfp, .json), by the names of two releases"
            return _refused(request, (HTTPStatus.NOT_FOUND, detail))
        old, new, form = match.groups()
        path = changes_file(home, old, new, form)
        if path.is_file():
            return sent(request, path, sha256(path.read_bytes()).hexdigest(), {"cache-control": _FOREVER})
        packed = changes_file(home, old, new)
        if form == ".rdfp" and packed.is_file():
            return StreamingResponse(_unpacked(packed), headers={"cache-control": _FOREVER}, media_type=_TYPES[form])
        for name in (old, new):
            found = _release(front, name)
            if not isinstance(found, Release):
                return _refused(request, found)

        async def answered(exchange: Exchange) -> None:
            if gate.locked():
                busy = problem(
                    exchange.header(b"accept"), HTTPStatus.TOO_MANY_REQUESTS, "other releases are being compared; try again soon"
                )
                await front.send(exchange, busy, {"retry-after": RETRY})
                return
            async with gate:
                await _compared(front, exchange, (old, new, *_OPTIONS[form]), _TYPES[form])

        return Through(answered)


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        while piece := file.read(_PIECE):
            yield piece


async def _compared(front: Front, exchange: Exchange, arguments: Sequence[str], kind: str) -> None:
    """Send what a process says that compares two releases; if it fails, or its time is over, the answer ends before its end."""
    command = ["-m", "filorosso.api.cli", "changes", *arguments, "--home", str(front.service.home)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(front.service.limits.seconds):
            await _piped(front, exchange, process, kind)
    except TimeoutError:
        front.metrics.stopped("time")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _piped(front: Front, exchange: Exchange, process: asyncio.subprocess.Process, kind: str) -> None:
    assert process.stdout is not None  # noqa: S101  # it was asked for
    piece = await process.stdout.read(_PIECE)
    if not piece:
        detail = "these releases cannot be compared: a file of theirs is damaged"
        await front.send(exchange, problem(exchange.header(b"accept"), HTTPStatus.INTERNAL_SERVER_ERROR, detail))
        return
    await exchange.start(HTTPStatus.OK, headers_of({"content-type": kind, "cache-control": _FOREVER}))
    while piece:
        await exchange.say(piece, more=True)
        piece = await process.stdout.read(_PIECE)
    if await process.wait() == 0:
        await exchange.say(b"")


def _add_news(router: APIRouter, front: Front) -> None:
    home = front.service.home

    @router.get("/feed.atom", summary="The news of releases", response_model=None, responses=_FEED)
    async def feed(request: Request, lang: str = "") -> Response:
        chosen = lang if lang in FEED else choose_language(request.headers.get("accept-language"), tuple(FEED))

        async def answered(exchange: Exchange) -> None:
            base = front.base(exchange)
            body = await asyncio.to_thread(lambda: atom([(offer, summary_of(home, offer)) for offer in offers(home, _NEWS)], chosen, base))
            headers = {"content-type": "application/atom+xml; charset=utf-8", "vary": "Accept-Language", "content-language": chosen}
            await front.send(exchange, Reply(HTTPStatus.OK, headers, body), is_lasting=True)

        return Through(answered)


def _add_crawlers(router: APIRouter, front: Front) -> None:
    @router.get("/robots.txt", summary="What crawlers should leave alone", response_model=None, responses=_TEXT)
    async def robots() -> Response:
        async def answered(exchange: Exchange) -> None:
            text = "".join(f"{line}\n" for line in ("User-agent: *", *_DISALLOWED, "", f"Sitemap: {front.base(exchange)}/sitemap.xml"))
            await front.send(exchange, Reply(HTTPStatus.OK, {"content-type": "text/plain; charset=utf-8"}, text.encode()), is_lasting=True)

        return Through(answered)

    @router.get("/sitemap.xml", summary="The sitemap: where its parts are", response_model=None, responses=_XML)
    async def index() -> Response:
        return _called(front, {"do": "sitemap", "part": 0})

    @router.get("/sitemap-{part}.xml", summary="A part of the sitemap", response_model=None, responses=_XML)
    async def part(request: Request, part: str) -> Response:
        if not re.fullmatch(r"[1-9]\d{0,5}", part, re.ASCII):
            return _refused(request, (HTTPStatus.NOT_FOUND, "the parts of the sitemap are numbered from 1"))
        return _called(front, {"do": "sitemap", "part": int(part)})

    @router.get("/.well-known/void", summary="The VoID description of the graph", response_model=None, responses=_VOID)
    async def void() -> Response:
        return _called(front, {"do": "graph", "graph": GRAPH + "void"})


def _called(front: Front, call: dict[str, Any]) -> Response:
    async def answered(exchange: Exchange) -> None:
        said = {"accept": exchange.header(b"accept"), "base": front.base(exchange), "seconds": front.service.limits.seconds}
        await front.answer(exchange, said | call)

    return Through(answered)


def _release(front: Front, name: str) -> Release | tuple[HTTPStatus, str]:
    """A release by its name; `current` is the one that the service answers from. Or the status and words of why there is none."""
    home = front.service.home
    try:
        if name != "current":
            return read_release(home, name)
        serving = front.told.get("release")
        found = read_release(home, serving) if serving else current(home)
        return found or (HTTPStatus.NOT_FOUND, "there is no release yet")
    except ReleaseError:
        with suppress(ReleaseError):
            if any(was.release == name for was in read_history(home)):
                return (
                    HTTPStatus.GONE,
                    f"release {name} was in force once, and is not kept any more; /download/releases.json lists those that are",
                )
        return HTTPStatus.NOT_FOUND, f"there is no release {name!r}; /download/releases.json lists them"


def _kept(release: str) -> str:
    return "no-cache" if release == "current" else _FOREVER


def _refused(request: Request, why: tuple[HTTPStatus, str]) -> Response:
    return response(problem(request.headers.get("accept", ""), *why))


_DISALLOWED: Final = tuple(
    f"Disallow: {path}" for path in ("/sparql", "/update", "/graphs", "/questions/*/answer", "/search?", "/changes/")
)
_BYTES: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_NO: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "No such release, or no such file"} | PROBLEM,
    410: {"description": "A release that was in force once and is not kept any more"} | PROBLEM,
}
_OFFERED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/html": {}, "application/json": {}}},
    404: _NO[404],
    **BUSY,
}
_LISTED: Final[dict[int | str, dict[str, Any]]] = {303: {"description": "The page of releases, for a browser"}, **_NO}
_KINDS: Final = ("application/gzip", "application/zstd", "text/turtle", "application/json", "text/plain", "text/csv")
_PART: Final[dict[int | str, dict[str, Any]]] = {
    206: {"description": "The part of it that was asked for"},
    304: {"description": "It is what `If-None-Match` says that the client has"},
    416: {"description": "No such part"} | PROBLEM,
}
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The file", "content": dict.fromkeys(_KINDS, _BYTES)},
    **_PART,
    **_NO,
}
_CHANGED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The change", "content": dict.fromkeys(_TYPES.values(), _BYTES)},
    **_PART,
    **_NO,
    **BUSY,
}
_FEED: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/atom+xml": {}}}}
_TEXT: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/plain": {}}}}
_XML: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/xml": {}}}, 404: _NO[404], **BUSY}
_VOID: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {name: {} for name in GRAPH_TYPES}},
    404: {"description": "The graph has no description"} | PROBLEM,
    406: {"description": "No form that the client accepts"} | PROBLEM,
    **BUSY,
}
