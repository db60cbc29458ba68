"""`filorosso serve`: the release in force on the web, for SPARQL."""

from __future__ import annotations

import argparse
import socket
import sys
from datetime import date

from filorosso.graph import FilorossoError, Inputs, Release, build, current, is_up_to_date

from ..settings import Settings
from .arguments import FINE, Commands, add_command, add_home, tell_error, tell_progress


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "serve", "Serve the release in force for SPARQL; build one first if the shipped data changed.", _serve)
    add_home(parser, settings)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default: 8000)")
    parser.add_argument("--no-build", action="store_true", help="serve the release in force as it is")


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from ..app import get_app

    _check_port(options.host, options.port)
    app = get_app(_servable(options))
    sys.stderr.write(f"filorosso: serving http://{options.host}:{options.port}/ (SPARQL at /sparql), stop with Ctrl-C\n")
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", server_header=False, timeout_graceful_shutdown=3)
    return FINE


def _servable(options: argparse.Namespace) -> Release:
    release = current(options.home)
    if release is not None and (options.no_build or release.manifest["plans"] or release.manifest["municipalities"]):
        return release
    inputs = Inputs(date.today())
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
