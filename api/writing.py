"""Writing: SPARQL 1.1 Update at /update and the Graph Store HTTP Protocol at /graphs, both behind a token and the gate.

One write at a time: it is carried out on a copy, judged, committed, and only then answered. `?dry-run=true` judges and commits nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from filorosso.graph import GRAPH_TYPES, FilorossoError, Token, TokenError, check_token, read_tokens, tag

from .errors import RETRY, Reply, problem
from .front import Exchange, Front
from .pool import BusyError, StoppedError
from .sparql import UPDATE, ProtocolError, Said, is_address, parameters, said_in, seconds_of

_ALIASES: Final = {"application/x-turtle": "text/turtle", "text/plain": "application/n-triples", "application/xml": "application/rdf+xml"}
_NESTED: Final = 4
_METHODS: Final = "GET, HEAD, PUT, POST, DELETE"


class Writing:
    """The two ways to write, over a front."""

    def __init__(self, front: Front) -> None:
        """Write through a front."""
        self._front = front
        self._turn = asyncio.Lock()

    async def update(self, exchange: Exchange) -> None:
        """Carry out a SPARQL 1.1 Update."""
        await self._answered(exchange, self._update)

    async def graphs(self, exchange: Exchange) -> None:
        """Read or write a whole graph, named by `?graph=`, by `?default`, or by the address of the request itself."""
        await self._answered(exchange, self._graphs)

    async def _answered(self, exchange: Exchange, work: Callable[[Exchange], Awaitable[None]]) -> None:
        try:
            await work(exchange)
        except ProtocolError as error:
            extra = {"www-authenticate": 'Bearer realm="filorosso"'} if error.status == HTTPStatus.UNAUTHORIZED else {}
            if error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
                extra = {"retry-after": RETRY}
            if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
                extra = {"allow": "POST" if exchange.scope["path"] == "/update" else _METHODS}
            await self._front.send(exchange, problem(exchange.header(b"accept"), error.status, error.detail), extra)

    async def _update(self, exchange: Exchange) -> None:
        if exchange.scope["method"] != "POST":
            raise ProtocolError(HTTPStatus.METHOD_NOT_ALLOWED, "updates are sent with POST")
        token = self._token(exchange)
        said = await said_in(exchange, UPDATE, "update", self._front.service.limits.document)
        text = said.one("update")
        if text is None:
            raise ProtocolError(HTTPStatus.BAD_REQUEST, "no update given; give the parameter 'update' once")
        using = said.dataset("using-graph-uri", "using-named-graph-uri")
        write = {"operation": "update", "base": self._front.base(exchange) + "/update", "text": text, "using": (using.default, using.named)}
        await self._write(exchange, said, token, write, b"", lambda: str(self._front.told["name"]))

    async def _graphs(self, exchange: Exchange) -> None:
        method = exchange.scope["method"]
        if method == "PATCH":
            raise ProtocolError(HTTPStatus.METHOD_NOT_ALLOWED, "graphs are not patched here; send an update to /update")
        if method not in _METHODS.split(", "):
            raise ProtocolError(HTTPStatus.METHOD_NOT_ALLOWED, f"graphs are read and written with {_METHODS}")
        said = Said(parameters(exchange.scope["query_string"]))
        graph = self._graph(exchange, said)
        if method in ("GET", "HEAD"):
            await self._read(exchange, said, graph)
            return
        token = self._token(exchange)
        is_new = graph is None
        if graph is None:
            if method != "POST":
                raise ProtocolError(HTTPStatus.BAD_REQUEST, "name a graph with ?graph=IRI, or ?default")
            graph = f"{self._front.base(exchange)}/graphs/{secrets.token_hex(8)}"
        write = {"operation": method.lower(), "base": graph or self._front.base(exchange) + "/graphs", "graph": graph, "using": ((), ())}
        documents: list[tuple[str, bytes]] = []
        if method != "DELETE":
            most = self._front.service.limits.document
            body = await exchange.read(most)
            if body is None:
                raise ProtocolError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"longer than {most} bytes; send it in parts")
            documents = _documents(exchange, body)
        write["documents"] = [(media_type, len(document)) for media_type, document in documents]
        content = b"".join(document for _, document in documents)
        await self._write(exchange, said, token, write, content, lambda: self._tag(graph), created=graph if is_new else None)

    def _graph(self, exchange: Exchange, said: Said) -> str | None:
        """The graph that a request names: its IRI, `""` for the default graph, None for the store itself."""
        named, is_default = said.one("graph"), "default" in said.values
        path: str = exchange.scope["path"]
        if named is not None and is_default:
            raise ProtocolError(HTTPStatus.BAD_REQUEST, "name a graph or the default graph, not both")
        if named is not None:
            if not is_address(named):
                raise ProtocolError(HTTPStatus.BAD_REQUEST, f"{named!r} is not an absolute IRI")
            return named
        if is_default:
            return ""
        if path.rstrip("/") == "/graphs":
            return None
        raw: bytes = exchange.scope["raw_path"]
        direct = self._front.base(exchange) + raw.decode("ascii")
        if not is_address(direct):
            raise ProtocolError(HTTPStatus.BAD_REQUEST, f"{direct!r} is not an absolute IRI")
        return direct

    async def _read(self, exchange: Exchange, said: Said, graph: str | None) -> None:
        if graph is None:
            raise ProtocolError(HTTPStatus.BAD_REQUEST, "name a graph with ?graph=IRI, or ?default; /sparql lists what there is")
        call = {"do": "graph", "graph": graph, "accept": exchange.header(b"accept")}
        await self._front.answer(exchange, call | {"seconds": seconds_of(said, self._front.service.limits.seconds)})

    def _tag(self, graph: str) -> str:
        told: dict[str, Any] = self._front.told
        return tag(told["release"], told["changed"], told["following"], told["at"], graph)

    def _token(self, exchange: Exchange) -> Token:
        scheme, _, shown = exchange.header(b"authorization").partition(" ")
        if not shown:
            raise ProtocolError(HTTPStatus.UNAUTHORIZED, "writing needs a token: send the header 'Authorization: Bearer TOKEN'")
        try:
            token = check_token(read_tokens(Path(self._front.service.home)), shown.strip())
        except TokenError:
            raise ProtocolError(HTTPStatus.SERVICE_UNAVAILABLE, "tokens cannot be read now; nothing was changed") from None
        if scheme.lower() != "bearer" or token is None:
            raise ProtocolError(HTTPStatus.UNAUTHORIZED, "the token is not known here, or was revoked")
        return token

    async def _write(
        self,
        exchange: Exchange,
        said: Said,
        token: Token,
        write: dict[str, Any],
        body: bytes,
        current: Callable[[], str],
        created: str | None = None,
    ) -> None:
        limits = self._front.service.limits
        dry = said.one("dry-run")
        if dry not in (None, "true", "false"):
            raise ProtocolError(HTTPStatus.BAD_REQUEST, f"dry-run={dry!r} given, true or false expected")
        call = {
            "do": "write",
            "write": write,
            "by": token.name,
            "why": said.one("why") or token.why,
            "graphs": token.graphs,
            "exists": _existence(exchange) if "graph" in write else None,
            "accept": exchange.header(b"accept"),
            "language": exchange.header(b"accept-language"),
            "seconds": limits.write_seconds,
        }
        async with self._turn:
            _match(exchange, current())
            try:
                head, commit = await self._judged(exchange, call, body)
                if head.get("changes") and head.get("accepted") and dry != "true":
                    await self._front.pool.commit(commit)
            except BusyError:
                raise ProtocolError(HTTPStatus.TOO_MANY_REQUESTS, "too many requests are at work; try again in a moment") from None
            except StoppedError as error:
                detail = "the write took too long or needed too much, or the service was ending; whether it counts, ask again"
                detail = (
                    detail if error.why == "error" else "the write took longer, or needed more memory, than one may; nothing was changed"
                )
                raise ProtocolError(HTTPStatus.SERVICE_UNAVAILABLE, detail) from None
            except FilorossoError as error:
                raise ProtocolError(HTTPStatus.INSUFFICIENT_STORAGE, str(error)) from None
            self._front.metrics.judged("dry-run" if dry == "true" else "accepted" if head.get("accepted") else "refused")
            reply = Reply(head["status"], head["headers"], head["reply"].encode() if "reply" in head else commit)
            if not head.get("accepted") or dry == "true":
                await self._front.send(exchange, reply)
                return
            status = reply.status if head["existed"] or write["operation"] != "put" else HTTPStatus.CREATED
            extra = {"filorosso-revision": str(self._front.told["revision"]), "etag": f'"{current()}"'}
            if created is not None:
                status, extra["location"] = HTTPStatus.CREATED, created
            await self._front.send(exchange, Reply(status, reply.headers, reply.body), extra)

    async def _judged(self, exchange: Exchange, call: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """What a process forked for this write says of it, and what to commit."""
        running = await self._front.pool.call_alone(
            f"write {exchange.client}", call, None, body, memory=self._front.service.limits.write_memory
        )
        try:
            pieces = [running.first]
            async for piece in running.rest():
                pieces.append(piece)
            return running.head, b"".join(pieces)
        finally:
            running.close()


def _existence(exchange: Exchange) -> bool | None:
    """Whether a graph must be there before the write, or must not (RFC 9110, 13.1.1 and 13.1.2); None if it does not matter."""
    if exchange.header(b"if-match").strip() == "*":
        return True
    return False if exchange.header(b"if-none-match").strip() == "*" else None


def _match(exchange: Exchange, tag: str) -> None:
    """Hold a write to what its author has seen (RFC 9110, 13.1.1): tags of all forms of one revision are as good."""
    wanted = exchange.header(b"if-match")
    known = [part.strip().strip('"').removeprefix("W/").strip('"').partition("-")[0] for part in wanted.split(",")]
    if wanted and wanted != "*" and tag not in known:
        raise ProtocolError(HTTPStatus.PRECONDITION_FAILED, "it was changed since you read it; read it again, then write")


def _documents(exchange: Exchange, body: bytes) -> list[tuple[str, bytes]]:
    """The documents of a request, each with its media type: the body, or the parts of a form.

    :raises ProtocolError: not a kind of RDF that is read here.
    """
    kind = exchange.header(b"content-type")
    if kind.lower().startswith("multipart/"):
        if body.lower().count(b"multipart/") > _NESTED:
            raise ProtocolError(HTTPStatus.BAD_REQUEST, "the parts of the form are nested too deep")
        header = b"content-type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n"
        parts = [part for part in BytesParser(policy=HTTP).parsebytes(header + body).walk() if not part.is_multipart()]
        found = [(part.get_content_type(), part.get_payload(decode=True)) for part in parts]
        return [(_rdf(name), content) for name, content in found if isinstance(content, bytes)]
    if not kind and not body:
        return []
    return [(_rdf(kind.partition(";")[0].strip().lower()), body)]


def _rdf(name: str) -> str:
    media_type = _ALIASES.get(name, name)
    if media_type not in GRAPH_TYPES:
        raise ProtocolError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"a graph is sent as one of {', '.join(GRAPH_TYPES)}")
    return media_type
