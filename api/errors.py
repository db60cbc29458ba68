"""The one shape of an error over HTTP: a problem (RFC 9457), or its text for a client that asks for text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Final

from filorosso.graph import (
    EvaluationError,
    FilorossoError,
    ForbiddenError,
    JournalError,
    QuerySyntaxError,
    RemoteError,
    RemoteTimeoutError,
)

# Seconds after which a client that was refused for want of time or room may try again.
RETRY: Final = "5"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP that is whole: names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{status} · Filorosso</title></head>
<body>
<main>
<h1>{status} {title}</h1>
<p lang="it">Non è stato possibile rispondere. Si può tornare alla <a href="/">pagina iniziale</a>; il motivo, in inglese:</p>
<p>{detail}</p>
</main>
</body>
</html>
"""


def problem(accept: str, status: HTTPStatus, detail: str, **members: object) -> Reply:
    """An error that says what was wrong and how to mend it, and nothing of the inside; `members` extend the problem."""
    if accept.startswith("text/html"):
        return Reply(status, {"content-type": "text/html; charset=utf-8", "vary": "Accept"}, _page(status, detail).encode())
    if "text/plain" in accept and "json" not in accept:
        return Reply(status, {"content-type": "text/plain; charset=utf-8", "vary": "Accept"}, (detail + "\n").encode())
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail, **members}
    return Reply(status, {"content-type": "application/problem+json", "vary": "Accept"}, json.dumps(body, ensure_ascii=False).encode())


def _page(status: HTTPStatus, detail: str) -> str:
    """The problem for a browser where no page of the explorer can say it: the engine is busy, or failed."""
    return _PAGE.format(status=int(status), title=escape(status.phrase), detail=escape(detail))


def refusal(accept: str, error: FilorossoError) -> Reply:
    """The problem that an error of ours is to a client."""
    if isinstance(error, QuerySyntaxError):
        return problem(accept, HTTPStatus.BAD_REQUEST, str(error), line=error.line, column=error.column)
    if isinstance(error, RemoteError):
        if isinstance(error, RemoteTimeoutError):
            late = problem(accept, HTTPStatus.SERVICE_UNAVAILABLE, str(error))
            return Reply(late.status, {**late.headers, "retry-after": RETRY}, late.body)
        return problem(accept, HTTPStatus.BAD_GATEWAY, str(error))
    if isinstance(error, EvaluationError):
        return problem(accept, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    if isinstance(error, ForbiddenError):
        return problem(accept, HTTPStatus.FORBIDDEN, str(error))
    if isinstance(error, JournalError):
        return problem(accept, HTTPStatus.INSUFFICIENT_STORAGE, str(error))
    return problem(accept, HTTPStatus.BAD_REQUEST, str(error))
