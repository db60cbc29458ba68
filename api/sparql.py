"""The SPARQL endpoint: query by GET and by POST, as the SPARQL 1.1 Protocol has it; without a query, what the service is.

The default graph is the union of the named graphs, unless the service was started with a plain dataset; `default-graph-uri` and
`named-graph-uri` go before FROM. The name of the declared view may stand for a default graph.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from filorosso.graph import Dataset, QueryError, may_ask_servers

from .errors import problem, refusal
from .federation import Federation
from .front import Exchange, Front

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"


class ProtocolError(Exception):
    """A request that the protocol does not allow."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        """Say with which status it is refused, and why."""
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Said:
    """The parameters of a request: each name with its values, in order."""

    values: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str | None:
        """The value of a parameter that may be given once, or None.

        :raises ProtocolError: it is given more than once.
        """
        found = self.values.get(name, ())
        if len(found) > 1:
            raise ProtocolError(HTTPStatus.BAD_REQUEST, f"the parameter '{name}' is given {len(found)} times; give it once")
        return found[0] if found else None

    def dataset(self, default: str, named: str) -> Dataset:
        """The graphs that two parameters name."""
        graphs = {name: tuple(self.values.get(name, ())) for name in (default, named)}
        wrong = next((graph for found in graphs.values() for graph in found if not is_address(graph)), None)
        if wrong is not None:
            raise ProtocolError(HTTPStatus.BAD_REQUEST, f"{wrong!r} is not an absolute IRI")
        return Dataset(graphs[default], graphs[named])


_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\x00-\x20<>\"{}|\\^`%\x7f]|%[0-9A-Fa-f]{2})+")


def is_address(value: str) -> bool:
    """Whether a string can be an absolute IRI; the engine has the last word."""
    return _ADDRESS.fullmatch(value) is not None


async def said_in(exchange: Exchange, direct: str, name: str, most: int) -> Said:
    """The parameters of a request by the protocol: of the query string, of a form, or of a body that is the text itself.

    :param direct: the media type of a body that is the text.
    :param name: the parameter that the text is then.
    :raises ProtocolError: the protocol does not allow it, or it is longer than `most` bytes.
    """
    query = parameters(exchange.scope["query_string"])
    if exchange.scope["method"] != "POST":
        return Said(query)
    kind, _, rest = exchange.header(b"content-type").partition(";")
    kind = kind.strip().lower()
    if kind == UPDATE and direct != UPDATE:
        raise ProtocolError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "updates go to /update")
    if kind not in (FORM, direct):
        raise ProtocolError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the content type must be {FORM} or {direct}")
    charset = next((p.partition("=")[2].strip(' "').lower() for p in rest.split(";") if "charset" in p.lower()), "utf-8")
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise ProtocolError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the text must be UTF-8, not {charset}")
    body = await exchange.read(most)
    if body is None:
        raise ProtocolError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request is longer than {most} bytes")
    if kind == FORM:
        form = parameters(body)
        return Said({key: [*query.get(key, ()), *form.get(key, ())] for key in {**query, **form}})
    if name in query:
        raise ProtocolError(HTTPStatus.BAD_REQUEST, f"the text is in the body and in '{name}'; give it once")
    try:
        return Said({**query, name: [body.decode("utf-8")]})
    except UnicodeDecodeError:
        raise ProtocolError(HTTPStatus.BAD_REQUEST, "the body is not UTF-8") from None


def seconds_of(said: Said, most: float) -> float:
    """The seconds that the client gives, which are never more than the service does.

    :raises ProtocolError: not a number of seconds.
    """
    wanted = said.one("timeout")
    try:
        seconds = most if wanted is None else float(wanted)
    except ValueError:
        seconds = -1.0
    if not seconds > 0:
        raise ProtocolError(HTTPStatus.BAD_REQUEST, f"timeout={wanted!r} is not a number of seconds above 0")
    return min(seconds, most)


class Sparql:
    """The endpoint over a front."""

    def __init__(self, front: Front, federation: Federation) -> None:
        """Answer for a front; SERVICE asks through a federation."""
        self._front = front
        self._federation = federation

    async def __call__(self, exchange: Exchange) -> None:
        """Answer a request."""
        accept = exchange.header(b"accept")
        try:
            if exchange.scope["method"] not in ("GET", "HEAD", "POST"):
                detail = "ask with GET, HEAD or POST"
                await self._front.send(exchange, problem(accept, HTTPStatus.METHOD_NOT_ALLOWED, detail), {"allow": "GET, HEAD, POST"})
                return
            await self._asked(exchange, await said_in(exchange, QUERY, "query", self._front.service.limits.query))
        except ProtocolError as error:
            await self._front.send(exchange, problem(accept, error.status, error.detail))
        except QueryError as error:
            await self._front.send(exchange, refusal(accept, error))

    async def _asked(self, exchange: Exchange, said: Said) -> None:
        query = said.one("query")
        if "update" in said.values:
            raise ProtocolError(HTTPStatus.BAD_REQUEST, "updates go to /update, by POST")
        if query is None:
            if exchange.scope["method"] == "POST":
                raise ProtocolError(HTTPStatus.BAD_REQUEST, "no query given; give the parameter 'query' once")
            await self._described(exchange)
            return
        dataset = said.dataset("default-graph-uri", "named-graph-uri")
        # Which servers it asks, if any, only a worker tells: to read a long query takes time that others wait for.
        federated = self._federation.addresses if self._federation.addresses and may_ask_servers(query) else {}
        await self._front.answer(
            exchange,
            {
                "do": "query",
                "query": query,
                "default": dataset.default,
                "named": dataset.named,
                "accept": exchange.header(b"accept"),
                "base": self._front.base(exchange) + "/sparql",
                "federated": federated,
                "seconds": seconds_of(said, self._front.service.limits.seconds),
            },
        )

    async def _described(self, exchange: Exchange) -> None:
        accept, language = exchange.header(b"accept"), exchange.header(b"accept-language")
        given = [(name, value) for name, values in parameters(exchange.scope["query_string"]).items() for value in values]
        call = {"do": "describe", "accept": accept, "language": language, "base": self._front.base(exchange), "given": given}
        await self._front.answer(exchange, call | {"path": exchange.scope["path"], "seconds": self._front.service.limits.seconds})


def parameters(data: bytes) -> dict[str, list[str]]:
    """The names and values of a query string or a form.

    :raises ProtocolError: it is not UTF-8, or too much.
    """
    try:
        return parse_qs(data.decode("ascii", "strict") if data.isascii() else data.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ProtocolError(HTTPStatus.BAD_REQUEST, "the parameters are not UTF-8") from None
    except ValueError:
        raise ProtocolError(HTTPStatus.BAD_REQUEST, "too many parameters") from None
