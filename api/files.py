"""A file over HTTP: whole or in part, from where a client stopped, with what tells whether it is the same (RFC 9110, RFC 9530).

It is read in threads and sent piece by piece, as fast as the client takes it, so that a large file keeps nobody waiting.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from filorosso.graph import media_type

from .errors import Reply, problem
from .front import response

_RANGE: Final = re.compile(r"(\d{1,18})?-(\d{1,18})?", re.ASCII)


def sent(request: Request, path: Path, digest: str, headers: dict[str, str]) -> Response:
    """A file, or the part of it that is asked for, unless the client has it: `digest` is the SHA-256 of the whole, in hexadecimal."""
    tag = f'"{digest}"'
    said = {"etag": tag, "repr-digest": f"sha-256=:{b64encode(bytes.fromhex(digest)).decode()}:", "accept-ranges": "bytes", **headers}
    wanted = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in wanted or wanted == ["*"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=said)
    length = path.stat().st_size
    # Ranges are of GET alone, and of the file that the client has begun to read (RFC 9110, sections 13.1.5 and 14.2).
    is_head = request.scope.get("asked") == "HEAD"
    is_same = request.headers.get("if-range", tag) == tag
    ranges = None if is_head or not is_same else ranges_of(request.headers.get("range", ""), length)
    if ranges == ():
        refused = problem(request.headers.get("accept", ""), HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"the file has {length} bytes")
        return response(Reply(refused.status, {**refused.headers, "content-range": f"bytes */{length}"}, refused.body))
    return _File(path, media_type(path.name), said, ranges or (), is_head=is_head)


def ranges_of(header: str, length: int) -> tuple[tuple[int, int], ...] | None:
    """The first and last bytes of each range that can be given; empty if none can, None if the header is not to be heeded."""
    unit, _, said = header.partition("=")
    parts = [part.strip() for part in said.split(",") if part.strip()]
    if unit.strip().lower() != "bytes" or not parts:
        return None
    found = []
    for part in parts:
        match = _RANGE.fullmatch(part)
        if match is None or part == "-":
            return None
        first, last = (None if said is None else int(said) for said in match.groups())
        if first is not None and last is not None and last < first:
            return None
        start = max(0, length - (last or 0)) if first is None else first
        if start < length:
            found.append((start, length - 1 if first is None or last is None else min(last, length - 1)))
    return tuple(found)


class _File(FileResponse):
    """A file sent by Starlette, which is told of the ranges as they were understood here: it answers 400 where 200 or 206 is meant."""

    def __init__(self, path: Path, kind: str, headers: dict[str, str], ranges: Sequence[tuple[int, int]], *, is_head: bool) -> None:
        super().__init__(path, headers=headers, media_type=kind, filename=path.name, stat_result=path.stat())
        # The time of a file says nothing of what is in it: the same file may be written again, and an older one come into force.
        del self.headers["last-modified"]
        self._ranges, self._is_head = ranges, is_head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        headers = [header for header in scope["headers"] if header[0] not in (b"range", b"if-range")]
        if self._ranges:
            headers.append((b"range", b"bytes=" + ",".join(f"{first}-{last}" for first, last in self._ranges).encode()))
        await super().__call__({**scope, "method": "HEAD" if self._is_head else "GET", "headers": headers}, receive, send)
