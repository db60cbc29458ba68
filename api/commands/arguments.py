"""What commands share: exit codes, arguments and what is read from them, and what is told on standard error."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias

from filorosso.graph import UNNAMED, Addresses, FilorossoError, Inputs, Publisher, Release, build, current, read_journal

from ..settings import Settings

FINE, NO, COULD_NOT = 0, 1, 2

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # argparse has no public name for it


def add_command(commands: Commands, name: str, summary: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    """Register a command: its name, what it does in a line, and the function that runs it and gives the exit code."""
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(command=run)
    return parser


def add_home(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """Let a command be told where releases are kept."""
    parser.add_argument(
        "--home",
        type=Path,
        default=settings.home,
        metavar="FOLDER",
        help=f"where releases are kept (default: {settings.home})",
    )


def add_language(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """Let a command be told in which language to answer."""
    parser.add_argument(
        "--lang",
        choices=("it", "en"),
        default=settings.language,
        help=f"language of the answer (default: {settings.language})",
    )


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """Let a command be told on which day waivers are judged."""
    said = "day on which waivers are judged, YYYY-MM-DD (default: today)"
    parser.add_argument("--as-of", type=_date, default=date.today(), metavar="DATE", help=said)


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Let a command be told what goes into a release; `read_inputs` reads it."""
    parser.add_argument("--plan", type=Path, nargs="+", default=[], metavar="FILE", help="RDF files of plans to add")
    parser.add_argument(
        "--register",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="files of the project registers, as published (CSV or Parquet)",
    )
    parser.add_argument(
        "--municipality",
        nargs="+",
        default=[],
        metavar="CODE",
        help="ISTAT codes whose projects to take from the register, such as 108039",
    )
    add_as_of(parser)
    add_publisher(parser)


def add_publisher(parser: argparse.ArgumentParser) -> None:
    """Let a command be told who publishes the data; `read_publisher` reads it."""
    parser.add_argument("--publisher", metavar="NAME", help="who publishes the data, for the catalogue (with the next two)")
    parser.add_argument("--publisher-identifier", metavar="CODE", help="its identifier: for a public body its IPA code, such as c_i625")
    parser.add_argument("--publisher-email", metavar="ADDRESS", help="the e-mail address that answers questions about the data")
    parser.add_argument("--publisher-homepage", metavar="URL", help="its web site")


def read_publisher(options: argparse.Namespace) -> Publisher | None:
    """Who publishes the data, if `add_publisher` was answered.

    :raises FilorossoError: a part is missing or malformed.
    """
    name, code, email, homepage = (
        getattr(options, each) for each in ("publisher", "publisher_identifier", "publisher_email", "publisher_homepage")
    )
    if name is None and code is None and email is None and homepage is None:
        return None
    if name is None or code is None or email is None:
        raise FilorossoError("--publisher, --publisher-identifier and --publisher-email go together: a catalogue needs all three")
    return Publisher(name, name, code, email, homepage or "")


def _date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is not a date; write YYYY-MM-DD") from None


def read_inputs(options: argparse.Namespace) -> Inputs:
    """The inputs of a release, from what `add_inputs` lets be said.

    :raises FilorossoError: a municipality's code is not one, or comes without a register, or the other way round.
    """
    codes = tuple(options.municipality)
    bad = next((code for code in codes if not re.fullmatch(r"\d{6}", code)), None)
    if bad is not None:
        raise FilorossoError(f"--municipality {bad}: an ISTAT code has six digits, such as 108039")
    if bool(options.register) != bool(codes):
        raise FilorossoError("--register and --municipality go together: which files, and whose projects")
    publisher = read_publisher(options) or UNNAMED
    return Inputs(options.as_of, tuple(options.plan), tuple(options.register), codes, publisher=publisher)


def get_release(options: argparse.Namespace) -> Release:
    """The release in force in `--home`; the first one is built.

    :raises FilorossoError: there is none and it cannot be built.
    """
    release = current(options.home)
    if release is None:
        tell_progress("no release yet, building one")
        return build(options.home, Inputs(date.today()), tell_progress)
    pending = sum(record.revision > release.manifest.get("revision", 0) for record in read_journal(options.home))
    if pending:
        sys.stderr.write(f"filorosso: {pending} accepted writes are not in this release yet; filorosso build takes them over\n")
    return release


def tell_progress(text: str) -> None:
    """Say what is being done, on a terminal and nowhere else."""
    if sys.stderr.isatty():
        sys.stderr.write(f"filorosso: {text} …\n")


def tell_error(error: object) -> None:
    """Say what went wrong, in one line."""
    sys.stderr.write(f"filorosso: {' '.join(str(error).split())}\n")


def add_store(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Let a command be told of another engine; `read_store` reads it."""
    said = "query address of another SPARQL 1.1 engine" + ("" if required else " that holds the release (see filorosso publish)")
    parser.add_argument("--store", required=required, default="", metavar="URL", help=said)
    if required:
        parser.add_argument("--store-graphs", metavar="URL", help="its Graph Store Protocol address, to write to")
        parser.add_argument("--store-update", metavar="URL", help="its update address, if it has no graph store")


def read_store(options: argparse.Namespace) -> Addresses | None:
    """The engine that a command was told of, or None.

    :raises RemoteError: an address is none.
    """
    if not options.store:
        return None
    return Addresses(options.store, getattr(options, "store_update", None), getattr(options, "store_graphs", None))
