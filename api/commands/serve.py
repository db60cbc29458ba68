"""`filorosso serve`: the release in force on the web, for SPARQL."""

from __future__ import annotations

import argparse
import socket
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import date

from filorosso.graph import UNNAMED, FilorossoError, Inputs, Release, build, current, is_up_to_date, read_library

from ..settings import MIB, Limits, Service, Settings
from .arguments import (
    FINE,
    Commands,
    add_command,
    add_home,
    add_publisher,
    add_store,
    read_publisher,
    read_store,
    tell_error,
    tell_progress,
)


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "serve", "Serve the release in force for SPARQL; build one first if the shipped data changed.", _serve)
    add_home(parser, settings)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default: 8000)")
    parser.add_argument("--bare", action="store_true", help="serve an empty graph of its own, in a home folder of its own")
    parser.add_argument("--dataset", choices=("union", "plain"), default="union", help="the default graph of a query (default: union)")
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="queries answered at one time (default: 4)")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="S", help="seconds for one request (default: 30)")
    parser.add_argument("--memory", type=int, default=1024, metavar="MIB", help="memory for one request (default: 1024 MiB)")
    parser.add_argument("--answer", type=int, default=1024, metavar="MIB", help="length of one answer (default: 1024 MiB)")
    parser.add_argument("--cache", type=int, default=64, metavar="MIB", help="answers kept (default: 64 MiB)")
    parser.add_argument("--service", action="append", default=[], metavar="URL", help="a server that SERVICE may ask; repeat for more")
    parser.add_argument("--private-service", action="append", default=[], metavar="URL", help="the same for one at a private address")
    parser.add_argument("--address", default="", metavar="URL", help="where the service is reached, if behind a proxy")
    parser.add_argument("--log-queries", action="store_true", help="write the text of queries to the log")
    add_store(parser, required=False)
    parser.add_argument("--no-build", action="store_true", help="serve the release in force as it is")
    add_publisher(parser)


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from ..app import get_app
    from ..assets import read_assets
    from ..serving import Protocol

    _check_port(options.host, options.port)
    _servable(options)
    front = get_app(_service(options), read_library())
    sys.stderr.write(f"filorosso: serving http://{options.host}:{options.port}/ (SPARQL at /sparql), stop with Ctrl-C\n")
    missing = read_assets().missing
    if missing:
        tell_error(f"not built: {', '.join(missing)}; pages do without, and say so. Install Node.js 18 or later, then make assets")
    with suppress(SystemExit):  # uvicorn's way to say that the application did not start
        uvicorn.run(
            front,
            host=options.host,
            port=options.port,
            http=Protocol,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
    if front.failure:
        raise FilorossoError(front.failure)
    return FINE


def _service(options: argparse.Namespace) -> Service:
    limits = Limits()
    limits = replace(
        limits,
        seconds=options.timeout,
        memory=options.memory * MIB,
        answer=options.answer * MIB,
    )
    servers = dict.fromkeys(options.service, False) | dict.fromkeys(options.private_service, True)
    where = read_store(options)
    if where is not None and servers:
        raise FilorossoError("--store and --service do not go together: another engine asks servers by its own rules")
    return Service(
        home=options.home,
        store=where.query if where is not None else "",
        union=options.dataset == "union",
        workers=options.workers,
        cache=options.cache * MIB,
        limits=limits,
        services=servers,
        address=options.address.rstrip("/"),
        log_queries=options.log_queries,
    )


def _servable(options: argparse.Namespace) -> Release:
    release = current(options.home)
    if options.bare:
        if release is not None and not release.manifest.get("bare"):
            raise FilorossoError(f"{options.home} holds a graph; name another --home for an empty one")
        return release or build(options.home, Inputs(date.today(), bare=True), tell_progress)
    publisher = read_publisher(options)
    if release is not None and (options.no_build or release.manifest["plans"] or release.manifest["municipalities"]):
        if publisher not in (None, release.edition.publisher):
            raise FilorossoError("another --publisher needs another release: run filorosso build with it, and with the plans and registers")
        return release
    # Who published before goes on publishing.
    inputs = Inputs(date.today(), publisher=publisher or (UNNAMED if release is None else release.edition.publisher))
    if release is not None and is_up_to_date(release, inputs):
        return release
    if options.no_build:
        raise FilorossoError(f"{options.home}: no release yet; run filorosso build")
    try:
        return build(options.home, inputs, tell_progress)
    except FilorossoError as error:
        if release is None:
            raise
        tell_error(f"{error}; the release before stays in force")
        return release


def _check_port(host: str, port: int) -> None:
    try:
        with socket.create_server((host, port)):
            pass
    except (OSError, OverflowError) as error:
        raise FilorossoError(
            f"cannot listen at {host}:{port}: {getattr(error, 'strerror', None) or error}; choose another --port"
        ) from None
