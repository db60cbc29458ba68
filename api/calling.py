"""Calling a worker for a request: what every job of pages is told of it."""

from __future__ import annotations

from fastapi import Request

from filorosso.graph import Head

from .front import Exchange, Front, Through


def called(front: Front, request: Request, call: Head) -> Through:
    """Have a request answered by what a worker says to a call, which `do` names; what was given, and how, is added to it."""
    given = request.query_params.multi_items()

    async def answered(exchange: Exchange) -> None:
        said = {
            "given": given,
            "path": exchange.scope["path"],
            "raw": exchange.scope.get("raw_path", b"").decode("latin-1"),
            "accept": exchange.header(b"accept"),
            "language": exchange.header(b"accept-language"),
            "base": front.base(exchange),
            "seconds": front.service.limits.seconds,
        }
        await front.answer(exchange, said | call)

    return Through(answered)
