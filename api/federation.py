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
_MOVED: Final = (301, 302, 303, 307, 308)


class FederationError(Exception):
    """A server that may not be asked, or that did not answer as it should."""


class Federation:
    """The registered servers, and the proxy that asks them."""

    def __init__(self, services: Mapping[str, bool]) -> None:
        """Register servers by IRI, each with whether its address may be a private one.

        :raises FilorossoError: an IRI is not an http or https address.
        """
        wrong = next((iri for iri in services if urlsplit(iri).scheme not in ("http", "https") or not urlsplit(iri).hostname), None)
        if wrong is not None:
            raise FilorossoError(f"{wrong}: a server for SERVICE is registered by its http or https address")
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

    def address(self, iri: str) -> str | None:
        """What to ask in place of a server, or None where it is not registered."""
        if iri not in self._services or self._server is None:
            return None
        return f"http://127.0.0.1:{self._server.server_address[1]}/{self._secret}/{list(self._services).index(iri)}"


def fetch(iri: str, may_be_private: bool, query: bytes, headers: Mapping[str, str]) -> tuple[str, bytes]:
    """What a server answers to a query by POST: the media type and the body.

    :raises FederationError: its address is not allowed, or it answered badly, too late or too much.
    """
    address = iri
    for _ in range(REDIRECTS + 1):
        connection = _connected(address, may_be_private)
        try:
            parts = urlsplit(address)
            connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", query, dict(headers))
            answer = connection.getresponse()
            if answer.status in _MOVED:
                address = urljoin(address, answer.getheader("location", ""))
                continue
            if answer.status != HTTPStatus.OK:
                raise FederationError(f"it answered {answer.status}")
            body = answer.read(BYTES + 1)
            if len(body) > BYTES:
                raise FederationError(f"its answer is longer than {BYTES // 2**20} MiB")
            return answer.getheader("content-type", ""), body
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
    except OSError:
        raise FederationError(f"{host} has no address") from None
    if not may_be_private and not all(ipaddress.ip_address(address.split("%")[0]).is_global for address in found):
        raise FederationError(f"{host} has an address that is not public")
    return sorted(found)[0]


def _connected(address: str, may_be_private: bool) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FederationError("it redirects to something that is no http or https address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    numeric = allowed_address(parts.hostname, port, may_be_private)
    try:
        opened: socket.socket = socket.create_connection((numeric, port), timeout=SECONDS)
        if parts.scheme == "https":
            opened = ssl.create_default_context().wrap_socket(opened, server_hostname=parts.hostname)
    except OSError as error:
        raise FederationError(f"it could not be reached: {error.strerror or error}") from None
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=SECONDS)
    connection.sock = opened
    return connection


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
