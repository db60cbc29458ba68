"""The one shape of an error over HTTP: a problem (RFC 9457), or its text for a client that asks for text."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response


def problem(request: Request, status: HTTPStatus, detail: str, **members: object) -> Response:
    """An error response that says what was wrong and how to mend it, and nothing of the inside; `members` extend the problem."""
    accept = request.headers.get("accept", "")
    if "text/plain" in accept and "json" not in accept:
        return PlainTextResponse(detail + "\n", status_code=status)
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail, **members}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")
