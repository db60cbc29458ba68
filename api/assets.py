"""What browsers load: the files of `static/`, read once, their addresses, and the route that sends them.

`static/built/` is what `api/frontend` builds from npm where Node is; pages do without what is missing and say so.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .errors import Reply, problem
from .negotiation import takes_gzip
from .texts import ASSETS

# The parts that are built, and the file that shows that one is there. The words for each are in `texts.ASSETS`.
PARTS: Final = {"design": "design.css", "charts": "charts.js", "editor": "editor.js"}
_BUILT: Final = "built/"
# Not left to the machine: what it knows of media types varies.
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain"}
_TEXTS: Final = ("text/", "image/svg", "application/json")
_WORTHWHILE: Final = 500
# A year: the address of a file changes with it.
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that browsers load; `packed` is its gzip, or `b""`, and `version` eight hexadecimal digits that change with it."""

    body: bytes
    packed: bytes
    media_type: str
    version: str


@dataclass(frozen=True, slots=True)
class Assets:
    """The files by their path under `/static/`."""

    files: Mapping[str, Asset]

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that were not built: of `design`, `charts`, `editor`."""
        return tuple(part for part, name in PARTS.items() if not self.address(name))

    @property
    def fonts(self) -> tuple[str, ...]:
        """The addresses of the fonts, which pages name so that they are there before the first letter."""
        return tuple(self.address(name) for name in sorted(self.files) if name.endswith(".woff2"))

    def said(self, lang: str) -> tuple[str, ...]:
        """What is missing and what comes of it, in words."""
        return tuple(ASSETS[lang][part] for part in self.missing)

    def address(self, name: str) -> str:
        """The address of a file of ours or of one that is built, which changes with it; `""` if there is none."""
        found = next((full for full in (name, _BUILT + name) if full in self.files), None)
        return f"/static/{found}?v={self.files[found].version}" if found else ""


def read_assets() -> Assets:
    """The files of this installation."""
    raw = dict(_walk(files("filorosso.api").joinpath("static"), ""))
    return Assets({name: _asset(name, body, raw.get(f"{name}.gz")) for name, body in raw.items() if not name.endswith(".gz")})


def _walk(folder: Traversable, before: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        name = before + entry.name
        found += _walk(entry, name + "/") if entry.is_dir() else [(name, entry.read_bytes())]
    return found


def _asset(name: str, body: bytes, packed: bytes | None) -> Asset:
    ending = name[name.rfind(".") :]
    media_type = _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    if packed is None:
        packed = gzip.compress(body, 9, mtime=0) if media_type.startswith(_TEXTS) and len(body) > _WORTHWHILE else b""
    said = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
    return Asset(body, packed, said, sha256(body).hexdigest()[:8])


class Static:
    """The route `/static`, as an ASGI application that is mounted."""

    def __init__(self, assets: Assets) -> None:
        """Send these files."""
        self._assets = assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        reply = self.reply(scope["method"], name, scope["query_string"].decode("latin-1"), headers)
        await Response(reply.body, reply.status, dict(reply.headers))(scope, receive, send)

    def reply(self, method: str, name: str, query: str, headers: Mapping[str, str]) -> Reply:
        """The answer to a request for a file by its name; `headers` are in lower case."""
        accept = headers.get("accept", "")
        if method not in ("GET", "HEAD"):
            refused = problem(accept, HTTPStatus.METHOD_NOT_ALLOWED, "ask with GET or HEAD")
            return Reply(refused.status, {**refused.headers, "allow": "GET, HEAD"}, refused.body)
        asset = self._assets.files.get(name)
        if asset is None:
            return problem(accept, HTTPStatus.NOT_FOUND, "there is no such file here")
        is_packed = bool(asset.packed) and takes_gzip(headers.get("accept-encoding", ""))
        tag = f'"{asset.version}{"-gz" if is_packed else ""}"'
        is_exact = asset.version in parse_qs(query).get("v", ())
        said = {"etag": tag, "vary": "Accept-Encoding", "cache-control": _FOREVER if is_exact else "no-cache"}
        if tag in [known.strip().removeprefix("W/") for known in headers.get("if-none-match", "").split(",")]:
            return Reply(HTTPStatus.NOT_MODIFIED, said)
        said |= {"content-type": asset.media_type} | ({"content-encoding": "gzip"} if is_packed else {})
        return Reply(HTTPStatus.OK, said, asset.packed if is_packed else asset.body)
