"""The web server's side of a connection."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 64 * 1024
_LINGER: Final = 5.0
_TOO_LONG: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


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
        """Close, after what was written; a client that does not read it in time gets no more of it."""
        self._flush()
        self._transport.close()
        self._loop.call_later(_LINGER, self._transport.abort)

    def _flush(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces and not self._transport.is_closing():
            self._transport.write(b"".join(pieces))

    def __getattr__(self, name: str) -> Any:
        """Anything else is the transport's."""
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """Uvicorn's protocol over a transport that joins what it writes, with a bound on the length of a request's head."""

    _in_head = True
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(Joined(transport))  # type: ignore[arg-type]

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head of a request is whole."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Read what came; a head that does not end is refused."""
        super().data_received(data)
        self._head += len(data)
        if self._in_head and self._head > MAX_HEAD:
            self.transport.write(_TOO_LONG)
            self.transport.close()
