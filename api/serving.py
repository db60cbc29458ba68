"""The web server's side of a connection."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Joined:
    """A transport that sends what is written in one turn of the loop at once: head and body of an answer need one call, not two."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Write to a transport."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write, soon."""
        if not self._pieces:
            self._loop.call_soon(self._flush)
        self._pieces.append(data)

    def close(self) -> None:
        """Close, after what was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces:
            self._transport.write(b"".join(pieces))

    def __getattr__(self, name: str) -> Any:
        """Anything else is the transport's."""
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """Uvicorn's protocol over a transport that joins what it writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(Joined(transport))  # type: ignore[arg-type]
