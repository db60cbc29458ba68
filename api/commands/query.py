"""`filorosso query`: a SPARQL query on the release in force."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from filorosso.graph import FilorossoError, Results

from ..settings import Settings
from .arguments import FINE, NO, Commands, add_command, add_home, get_release

_TABLE_FORMATS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_GRAPH_FORMATS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}

# How an answer that found nothing looks, by media type: the engine hands out bytes, and asking it twice would cost twice.
_EMPTY: Mapping[str, Callable[[bytes], bool]] = {
    "application/sparql-results+json": lambda b: b'"bindings":[]' in b or b'"boolean":false' in b,
    "application/sparql-results+xml": lambda b: b"<result>" not in b and b"<boolean>true" not in b,
    "text/csv": lambda b: b.count(b"\n") <= 1 and b.strip() != b"true",
    "text/tab-separated-values": lambda b: b.count(b"\n") <= 1 and b.strip() != b"true",
    "text/turtle": lambda b: all(line.startswith(b"@prefix") for line in b.splitlines() if line.strip()),
    "application/n-triples": lambda b: not b.strip(),
    "application/ld+json": lambda b: b'"@id"' not in b,
    "application/rdf+xml": lambda b: b"<rdf:Description" not in b and b" rdf:about=" not in b,
}


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "query", "Ask the release in force in SPARQL.", _query)
    parser.add_argument("query", metavar="QUERY", help="the query, the name of a .rq file, or - for standard input")
    add_home(parser, settings)
    formats = [*_TABLE_FORMATS, *_GRAPH_FORMATS]
    parser.add_argument("--format", choices=formats, help="how to answer (default: tsv for tables, ttl for graphs)")


def _query(options: argparse.Namespace) -> int:
    answer = get_release(options).open().query(_query_text(options.query))
    media_type = _media_type(answer, options.format)
    written = answer.write(media_type)
    sys.stdout.buffer.write(written)
    return NO if _EMPTY[media_type](written) else FINE


def _query_text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if not given.endswith(".rq"):
        return given
    try:
        return Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FilorossoError(f"{given}: cannot be read: {error}") from None


def _media_type(answer: Results, wanted: str | None) -> str:
    formats = _GRAPH_FORMATS if answer.kind == "graph" else _TABLE_FORMATS
    if wanted is None:
        return next(iter(_GRAPH_FORMATS.values())) if answer.kind == "graph" else _TABLE_FORMATS["tsv"]
    if wanted not in formats:
        raise FilorossoError(f"--format {wanted}: this answer comes as one of {', '.join(formats)}")
    return formats[wanted]
