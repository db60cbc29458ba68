"""The front of the service: every request comes in here, and every answer of the graph goes out here.

A request that was answered before is answered from the cache without passing through the framework. Anything else is called out to a
worker; what it says is gathered up to a mebibyte, so that a small answer is either whole or an error, and streamed beyond. A stream that
cannot be finished ends without its last chunk, so that no client takes it for whole.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from starlette.responses import Response

from filorosso.graph import Head

from .cache import Cache, Entry, Headers, Key, tag_of
from .errors import RETRY, Reply, problem
from .metrics import Metrics
from .negotiation import takes_gzip
from .pool import BusyError, Pool, Running, StoppedError
from .settings import Service

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

GATHERED: Final = 1024 * 1024
# Seconds between two writes of the log: a write for each request would cost more than many an answer.
_LOGGED: Final = 0.2
_HEADER: Final = 4096
# Bytes under which a page is not worth compressing: it goes in one packet anyway.
_WORTHWHILE: Final = 1400
_HOST: Final = re.compile(r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
# Seconds that a client may take to send its request.
_READ: Final = 60.0
# Seconds that a client may lag behind a worker that has ended.
_LAG: Final = 5.0
# What may be asked of this service from a page of another origin: to read, never with credentials.
_OPEN: Final = ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*"))
_SAFE: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"accept, accept-language, content-type, if-none-match, if-range, range"),
    (b"access-control-max-age", b"86400"),
)
_MARKS: Final = {
    "application/sparql-results+xml": b"\n<!-- %s -->",
    "application/rdf+xml": b"\n<!-- %s -->",
    "text/turtle": b"\n# %s\n",
    "application/n-triples": b"\n# %s\n",
}


class Exchange:
    """A request and the way to answer it."""

    __slots__ = ("_headers", "_is_closed", "body", "receive", "scope", "send", "started", "status")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap what the server gave."""
        self.scope, self.receive, self.send = scope, receive, send
        self._headers: dict[bytes, bytes] | None = None
        self.body = b""
        self.status = 0
        self.started = time.perf_counter()

    def header(self, name: bytes) -> str:
        """A header's value, `""` if it was not sent."""
        if self._headers is None:
            self._headers = dict(reversed(self.scope["headers"]))
        # No header that is read here is longer for a good reason, and some are read with care.
        return self._headers.get(name, b"")[:_HEADER].decode("latin-1")

    @property
    def is_head(self) -> bool:
        """Whether only the head of the answer is wanted."""
        return bool(self.scope["method"] == "HEAD")

    @property
    def client(self) -> str:
        """The address that the request came from."""
        client = self.scope.get("client")
        return client[0] if client else ""

    @property
    def key(self) -> Key:
        """What decides the answer, as long as the graph is the same."""
        accept, language, media_type = self.header(b"accept"), self.header(b"accept-language"), self.header(b"content-type")
        scope = self.scope
        return scope["path"], scope["query_string"], scope["scheme"], self.header(b"host"), accept, language, media_type, self.body

    async def read(self, most: int) -> bytes | None:
        """The body; None if it is longer than `most` bytes."""
        try:
            async with asyncio.timeout(_READ):
                return await self._read(most)
        except TimeoutError:
            raise ConnectionAbortedError from None

    async def _read(self, most: int) -> bytes | None:
        pieces, length = [], 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ConnectionAbortedError
            pieces.append(message.get("body", b""))
            length += len(pieces[-1])
            if length > most:
                return None
            if not message.get("more_body"):
                self.body = b"".join(pieces)
                return self.body

    async def start(self, status: int, headers: Headers) -> None:
        """Send the head of the answer."""
        self.status = status
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def say(self, body: bytes, *, more: bool = False) -> None:
        """Send a piece of the body."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})


class Front:
    """An ASGI application before the framework's; `lanes` are the paths that it answers itself (beginnings, if they end in a slash)."""

    def __init__(self, service: Service) -> None:
        """Answer nothing yet: `start` begins."""
        self.service = service
        self.cache = Cache(service.cache)
        self.metrics = Metrics()
        self.told: Head = {}
        self.failure = ""
        self._lines: list[str] = []
        self.pool = Pool(service, self._changed)
        self.lanes: dict[str, Callable[[Exchange], Awaitable[None]]] = {}
        self.app: Callable[[Scope, Receive, Send], Awaitable[None]] | None = None

    def close(self) -> None:
        """Stop, and say what was not said yet."""
        self.pool.close()
        if self._lines:
            self._write_log()

    def _changed(self, told: Head) -> None:
        self.told = {name: value for name, value in told.items() if name != "is"}
        self.cache.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if self.app is not None and scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        if scope["method"] in ("GET", "HEAD") and await self._known(exchange):
            self.metrics.hit()
            return
        try:
            if not self.service.address and not _HOST.fullmatch(exchange.header(b"host")):
                refused = problem(exchange.header(b"accept"), HTTPStatus.BAD_REQUEST, "the header Host is missing, or names no host")
                await self.send(exchange, refused)
                return
            await self._through(exchange)
        except ConnectionAbortedError:
            exchange.status = 499
        except Exception:
            self._say({"error": traceback.format_exc()})
            if not exchange.status:
                detail = "the request could not be answered; it was logged"
                await self.send(exchange, problem(exchange.header(b"accept"), HTTPStatus.INTERNAL_SERVER_ERROR, detail))
        finally:
            self._log(exchange)

    def base(self, exchange: Exchange) -> str:
        """The address of this service as the client knows it, without a slash at the end."""
        return self.service.address or f"{exchange.scope['scheme']}://{exchange.header(b'host')}"

    async def answer(self, exchange: Exchange, call: Head) -> None:
        """Answer by what a worker says to a call: from the cache, together with whoever asks the same now, or alone."""
        key = exchange.key
        if exchange.body and await self._known(exchange, key):
            self.metrics.hit()
            return
        flight = self.cache.flights.get(key)
        entry = await asyncio.shield(flight) if flight is not None else None
        if entry is None:
            entry = await self._led(exchange, call, key) if flight is None else await self._made(exchange, call, key, Flight())
        if entry is not None:
            await self._send_entry(exchange, entry)

    async def _led(self, exchange: Exchange, call: Head, key: Key) -> Entry | None:
        """Have a call answered for all who ask it until it is; None if the answer was streamed, or its client hung up."""
        flight, flights = Flight(), self.cache.flights
        flights[key] = flight.shared
        try:
            entry = await self._made(exchange, call, key, flight)
            flight.land(entry)
            return entry
        finally:
            flight.land(None)
            if flights.get(key) is flight.shared:
                del flights[key]

    async def _made(self, exchange: Exchange, call: Head, key: Key, flight: Flight) -> Entry | None:
        try:
            if call.get("federated"):
                # Only a worker of its own may connect, and only to our proxy.
                reply = await self.pool.call_alone(exchange.client, call, exchange.receive, connect=True)
            else:
                reply = await self.pool.call(exchange.client, call, exchange.receive)
        except BusyError:
            detail = "too many requests wait for an answer; try again in a moment"
            return _entry(problem(exchange.header(b"accept"), HTTPStatus.TOO_MANY_REQUESTS, detail), {"retry-after": RETRY})
        except StoppedError as stopped:
            return self._stopped(exchange, stopped, call["seconds"])
        try:
            return await self._gathered(exchange, reply, call, key, flight)
        finally:
            reply.close()

    async def _gathered(self, exchange: Exchange, reply: Running, call: Head, key: Key, flight: Flight) -> Entry | None:
        head, pieces, length = reply.head, [reply.first], len(reply.first)
        lasting = bool(head.get("lasting"))
        if head["status"] == HTTPStatus.OK and not lasting:
            flight.land(None)
        rest = reply.rest()
        try:
            while not reply.is_done and length <= GATHERED:
                pieces.append(await anext(rest, b""))
                length += len(pieces[-1])
        except StoppedError as stopped:
            return self._stopped(exchange, stopped, call["seconds"])
        if not reply.is_done:
            flight.land(None)
            try:
                # The worker ends at its time, whoever reads; what it left must be read soon after.
                async with asyncio.timeout(call["seconds"] + _LAG):
                    await self._stream(exchange, reply, pieces)
            except TimeoutError:
                self.metrics.stopped("unread")
            return None
        entry = _entry(Reply(head["status"], head["headers"], b"".join(pieces)), {}, tag=head.get("tag", ""), lasting=lasting)
        if lasting and reply.generation == self.pool.generation:
            self.cache.put(key, entry)
        return entry

    async def send(self, exchange: Exchange, reply: Reply, extra: Mapping[str, str] | None = None, *, is_lasting: bool = False) -> None:
        """Send a whole answer that is not kept here; a client may keep it and ask whether it is the same still, if it is lasting."""
        await self._send_entry(exchange, _entry(reply, extra or {}, lasting=is_lasting))

    def _stopped(self, exchange: Exchange, stopped: StoppedError, seconds: float) -> Entry | None:
        """What is said of a call that was stopped; nothing, if nobody listens any more."""
        self.metrics.stopped(stopped.why)
        if stopped.trace:
            self._say({"error": stopped.trace})
        if stopped.why == "gone":
            exchange.status = 499
            return None
        status, detail = HTTPStatus.SERVICE_UNAVAILABLE, ""
        if stopped.why == "time":
            detail = f"the request took longer than {seconds:g} seconds and was stopped; ask for less, or in parts"
        elif stopped.why == "memory":
            mib = self.service.limits.memory // 2**20
            detail = f"the request needed more than the {mib} MiB of memory that one may use, and was stopped; ask for less, or in parts"
        elif stopped.why == "depth":
            status, detail = HTTPStatus.UNPROCESSABLE_ENTITY, "the request is nested too deep; ask in parts"
        else:
            status, detail = HTTPStatus.INTERNAL_SERVER_ERROR, "the request could not be answered; it was logged"
        extra = {"retry-after": RETRY} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        return _entry(problem(exchange.header(b"accept"), status, detail), extra)

    async def _stream(self, exchange: Exchange, reply: Running, pieces: list[bytes]) -> None:
        tag = {"etag": reply.head["tag"]} if "tag" in reply.head else {}
        kept = "no-cache" if reply.head.get("lasting") else "no-store"
        await exchange.start(HTTPStatus.OK, headers_of(reply.head["headers"] | tag | {"cache-control": kept}))
        if exchange.is_head:
            await exchange.say(b"")
            return
        sent = 0
        why = ""
        try:
            for piece in pieces:
                await exchange.say(piece, more=True)
                sent += len(piece)
            async for piece in reply.rest():
                sent += len(piece)
                if sent > self.service.limits.answer:
                    why = f"cut: the answer is longer than {self.service.limits.answer // 2**20} MiB"
                    break
                await exchange.say(piece, more=True)
            else:
                await exchange.say(b"")
                return
        except StoppedError as stopped:
            why = "cut: " + {"time": "the time for one request was over", "memory": "the memory for one request was used up"}.get(
                stopped.why, "the answer could not be finished"
            )
            self.metrics.stopped(stopped.why)
        mark = _MARKS.get(reply.head["headers"].get("content-type", ""))
        if mark is not None:
            await exchange.say(mark % why.encode(), more=True)
        # Returning without the last chunk makes the server close the connection: the client sees that the answer is not whole.

    async def _known(self, exchange: Exchange, key: Key | None = None) -> bool:
        entry = self.cache.get(key or exchange.key)
        if entry is None:
            return False
        await self._send_entry(exchange, entry)
        return True

    async def _send_entry(self, exchange: Exchange, entry: Entry) -> None:
        if entry.packed and takes_gzip(exchange.header(b"accept-encoding")):
            entry = _packed(entry)
        wanted = exchange.header(b"if-none-match") if entry.tag else ""
        if wanted and (wanted == "*" or entry.tag in [tag.strip().removeprefix("W/") for tag in wanted.split(",")]):
            unsaid = (b"content-type", b"content-length", b"content-encoding")
            await exchange.start(HTTPStatus.NOT_MODIFIED, [header for header in entry.headers if header[0] not in unsaid])
            await exchange.say(b"")
            return
        await exchange.start(entry.status, entry.headers)
        await exchange.say(b"" if exchange.is_head else entry.body)

    async def _through(self, exchange: Exchange) -> None:
        path = exchange.scope["path"]
        lane = self.lanes.get(path) or self.lanes.get(path[: path.find("/", 1) + 1])
        if exchange.scope["method"] == "OPTIONS" and exchange.header(b"access-control-request-method"):
            await exchange.start(HTTPStatus.NO_CONTENT, [*_OPEN, *_PREFLIGHT, *_SAFE])
            await exchange.say(b"")
        elif lane is not None:
            await lane(exchange)
        elif self.app is not None:
            # The framework's routes know GET alone; the server sends no body in answer to HEAD. `asked` is for routes that can spare it.
            scope = {**exchange.scope, "method": "GET", "asked": "HEAD"} if exchange.is_head else exchange.scope
            await self.app(scope, exchange.receive, _dressed(exchange))

    def _log(self, exchange: Exchange) -> None:
        seconds = time.perf_counter() - exchange.started
        self.metrics.answered(exchange.scope["path"], exchange.status, seconds)
        said: dict[str, Any] = {
            "method": exchange.scope["method"],
            "path": exchange.scope["path"],
            "status": exchange.status,
            "ms": round(seconds * 1000, 1),
        }
        if self.service.log_queries:
            said["query"] = (exchange.scope["query_string"] or exchange.body)[:10_000].decode("utf-8", "replace")
        self._say(said)

    def _say(self, said: Mapping[str, Any]) -> None:
        """Write a line of the log, soon."""
        if not self._lines:
            asyncio.get_running_loop().call_later(_LOGGED, self._write_log)
        self._lines.append(json.dumps(said))

    def _write_log(self) -> None:
        lines, self._lines = self._lines, []
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()


class Flight:
    """An answer that others wait for too."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self.shared: asyncio.Future[Entry | None] = asyncio.get_running_loop().create_future()

    def land(self, entry: Entry | None) -> None:
        """Give those who wait the answer; None has them ask for themselves. Only the first time counts."""
        if not self.shared.done():
            self.shared.set_result(entry)


class Through(Response):
    """What a route of the framework returns to have a handler of the front answer."""

    def __init__(self, handler: Callable[[Exchange], Awaitable[None]]) -> None:
        """Answer by a handler."""
        super().__init__()
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self._handler(Exchange(scope, receive, send))


def response(reply: Reply) -> Response:
    """A whole answer as the framework has it."""
    return Response(reply.body, reply.status, dict(reply.headers))


def headers_of(said: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as they are sent, with those that every answer has."""
    return [*((name.encode(), value.encode("latin-1", "replace")) for name, value in said.items()), *_OPEN, *_safe(said)]


def _entry(reply: Reply, extra: Mapping[str, str], *, tag: str = "", lasting: bool = False) -> Entry:
    """A whole answer, ready to be sent. A graph's tag goes by the revision that changed it, so that `If-Match` can be held to it."""
    said = {**reply.headers, **extra, "content-length": str(len(reply.body))}
    if reply.status == HTTPStatus.OK and "cache-control" not in said and "etag" not in said:
        tag = tag or tag_of(reply.body)
        said |= {"etag": tag, "cache-control": "no-cache" if lasting else "no-store"}
    # Pages are read by people, often over slow lines; programs that take whole graphs have the dumps.
    is_page = said.get("content-type", "").startswith("text/html") and len(reply.body) > _WORTHWHILE
    if is_page:
        said["vary"] = f"{said['vary']}, Accept-Encoding" if "vary" in said else "Accept-Encoding"
    return Entry(reply.status, headers_of(said), reply.body, tag, gzip.compress(reply.body, 5, mtime=0) if is_page else b"")


def _packed(entry: Entry) -> Entry:
    """An answer as it is sent compressed: another representation, so it has a tag of its own."""
    tag = f'{entry.tag[:-1]}-gz"' if entry.tag else ""
    changed = {b"content-length": str(len(entry.packed)).encode(), b"etag": tag.encode()}
    headers = [(name, changed.get(name, value)) for name, value in entry.headers]
    return Entry(entry.status, [*headers, (b"content-encoding", b"gzip")], entry.packed, tag)


def _safe(said: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that keep browsers careful, but for those that an answer says itself."""
    return tuple(header for header in _SAFE if header[0].decode() not in said)


def _dressed(exchange: Exchange) -> Send:
    """A way to send what the framework answers, with the headers that every answer has."""

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            said = {name.decode("latin-1").lower(): "" for name, _ in message["headers"]}
            opened = () if "access-control-allow-origin" in said else _OPEN
            message = {**message, "headers": [*message["headers"], *opened, *_safe(said)]}
        await exchange.send(message)

    return send
