"""SERVICE to other servers, through us: only to those that are registered, only to addresses that they may have.

The engine would ask any server that a query names. So a query may only name registered ones, and what the engine asks in their place is
a small proxy on the loopback interface, whose paths nobody can guess. The proxy looks up the server's addresses, refuses those that are
not public unless the entry allows it, connects to the very address that it looked at, does so again for every redirect, and bounds time
and size.
"""

from __future__ import annotations

import http.client
import ipaddress
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from filorosso.graph import FilorossoError

REDIRECTS: Final = 3
SECONDS: Final = 20.0
BYTES: Final = 64 * 1024 * 1024
QUERY_BYTES: Final = 4 * 1024 * 1024
# Networks whose addresses stand for others: NAT64, 6to4, Teredo, IPv4 within IPv6, and the site's own of old.
_TRANSLATED: Final = tuple(
    ipaddress.IPv6Network(name) for name in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)
_MOVED: Final = (301, 302, 303, 307, 308)


class FederationError(Exception):
    """A server that may not be asked, or that did not answer as it should."""


class Federation:
    """The registered servers, and the proxy that asks them."""

    def __init__(self, services: Mapping[str, bool]) -> None:
        """Register servers by IRI, each with whether its address may be a private one.

        :raises FilorossoError: an IRI is not an http or https address.
        """
        for iri in services:
            try:
                _parts(iri)
            except FederationError:
                raise FilorossoError(f"{iri}: a server for SERVICE is registered by its http or https address") from None
        self._services = dict(services)
        self._secret = secrets.token_urlsafe(24)
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Run the proxy, if any server is registered."""
        if self._services:
            self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._secret, self._services))
            self._server.daemon_threads = True
            threading.Thread(target=self._server.serve_forever, name="federation", daemon=True).start()

    def close(self) -> None:
        """Stop the proxy."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def addresses(self) -> dict[str, str]:
        """What to ask in place of each registered server, by IRI."""
        if self._server is None:
            return {}
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}/{self._secret}"
        return {iri: f"{proxy}/{number}" for number, iri in enumerate(self._services)}


def fetch(iri: str, may_be_private: bool, query: bytes, headers: Mapping[str, str]) -> tuple[str, bytes]:
    """What a server answers to a query by POST: the media type and the body.

    :raises FederationError: its address is not allowed, or it answered badly, too late or too much.
    """
    deadline = time.monotonic() + SECONDS
    address = iri
    for _ in range(REDIRECTS + 1):
        connection, opened = _connected(address, may_be_private, deadline)
        try:
            parts = urlsplit(address)
            connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", query, dict(headers))
            answer = connection.getresponse()
            if answer.status in _MOVED:
                address = _joined(address, answer.getheader("location", ""))
                continue
            if answer.status != HTTPStatus.OK:
                raise FederationError(f"it answered {answer.status}")
            return answer.getheader("content-type", ""), _read(answer, opened, deadline)
        except (OSError, http.client.HTTPException) as error:
            raise FederationError(f"it could not be asked: {error}") from None
        finally:
            connection.close()
    raise FederationError(f"it redirects more than {REDIRECTS} times")


def allowed_address(host: str, port: int, may_be_private: bool) -> str:
    """An address of a host that may be connected to.

    :raises FederationError: it has none, or one of them is private: then it is no public server, and none is used.
    """
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError, OverflowError):
        raise FederationError(f"{host} has no address") from None
    if not may_be_private and not all(_is_public(address.split("%")[0]) for address in found):
        raise FederationError(f"{host} has an address that is not public")
    # IPv4 first: more machines have it than can be reached by IPv6.
    return sorted(found, key=lambda address: (":" in address, address))[0]


def _is_public(address: str) -> bool:
    """Whether an address is a public one, and does not lead to a private one by a translation."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return _is_public(str(found.ipv4_mapped))
        if any(found in network for network in _TRANSLATED):
            return False
    return found.is_global and not found.is_multicast


def _parts(address: str) -> tuple[str, str, int]:
    """The scheme, the host and the port of an address.

    :raises FederationError: it is not an http or https address.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise FederationError("it is at something that is no address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FederationError("it is at something that is no http or https address")
    return parts.scheme, parts.hostname, port


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise FederationError("it redirects to something that is no address") from None


def _connected(address: str, may_be_private: bool, deadline: float) -> tuple[http.client.HTTPConnection, socket.socket]:
    scheme, host, port = _parts(address)
    numeric = allowed_address(host, port, may_be_private)
    try:
        opened: socket.socket = socket.create_connection((numeric, port), timeout=_left(deadline))
        if scheme == "https":
            opened = ssl.create_default_context().wrap_socket(opened, server_hostname=host)
    except OSError as error:
        raise FederationError(f"it could not be reached: {error.strerror or error}") from None
    connection = http.client.HTTPConnection(host, port)
    connection.sock = opened
    return connection, opened


def _read(answer: http.client.HTTPResponse, opened: socket.socket, deadline: float) -> bytes:
    """The body of an answer, piece by piece: a server that drips must not hold us for ever."""
    pieces: list[bytes] = []
    length = 0
    while True:
        opened.settimeout(_left(deadline))
        piece = answer.read1(1 << 16)
        length += len(piece)
        if length > BYTES:
            raise FederationError(f"its answer is longer than {BYTES // 2**20} MiB")
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FederationError("it takes too long")
    return left


def _handler(secret: str, services: Mapping[str, bool]) -> type[BaseHTTPRequestHandler]:
    entries = list(services.items())

    class Handler(BaseHTTPRequestHandler):
        """Ask the registered server that the path names."""

        def do_POST(self) -> None:
            first, _, number = self.path.strip("/").partition("/")
            length = int(self.headers.get("content-length") or 0)
            if not secrets.compare_digest(first, secret) or not number.isdigit() or int(number) >= len(entries) or length > QUERY_BYTES:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            iri, may_be_private = entries[int(number)]
            headers = {name: self.headers[name] for name in ("content-type", "accept") if name in self.headers}
            try:
                media_type, body = fetch(iri, may_be_private, self.rfile.read(length), headers)
            except FederationError as error:
                self.send_error(HTTPStatus.BAD_GATEWAY, f"{iri}: {error}")
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the front logs the request that this belongs to."""

    return Handler
