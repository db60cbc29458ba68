"""`filorosso query`: a question of the library, or a SPARQL query, on the release in force."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from filorosso.graph import (
    Answer,
    FilorossoError,
    ParameterError,
    Question,
    Results,
    Sensitivity,
    Store,
    ask,
    read_library,
    sensitivity,
    write_triples,
)

from ..rendering import answer_json
from ..settings import Settings
from ..tables import about_lines, changed_lines, labelled_csv, text_lines, xlsx
from ..texts import ANSWER
from .arguments import FINE, NO, Commands, add_command, add_home, add_language, get_release

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
_QUESTION_FORMATS = ("table", "csv", "tsv", "json", "xlsx")

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
    parser = add_command(commands, "query", "Ask a question of the library (see filorosso questions), or in SPARQL.", _query)
    parser.add_argument(
        "query", metavar="QUERY", help="the name of a question, a SPARQL query, the name of a .rq file, or - for standard input"
    )
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the question; as often as needed"
    )
    parser.add_argument("--as-of", metavar="DATE", help="the day that the answer is about, YYYY-MM-DD (a question's parameter asOf)")
    parser.add_argument("--declared", action="store_true", help="leave out what is only proposed")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N rows (or triples) of a question")
    said = "say what changes if what is less certain is left out: certain, high, medium, medium-low, low"
    parser.add_argument("--sensitivity", metavar="CERTAINTY", help=said)
    parser.add_argument("--cited", metavar="CITATION", help="say whether the answer is still the one that was cited")
    parser.add_argument("--bom", action="store_true", help="begin CSV with a byte order mark, for Excel")
    add_home(parser, settings)
    add_language(parser, settings)
    formats = list(dict.fromkeys([*_QUESTION_FORMATS, *_TABLE_FORMATS, *_GRAPH_FORMATS]))
    said = "how to answer; a question's csv, tsv, json and xlsx have labels beside IRIs, a SPARQL query's are SPARQL 1.1's own"
    parser.add_argument("--format", choices=formats, help=f"{said} (default: table for questions, tsv for queries, ttl for graphs)")


def _query(options: argparse.Namespace) -> int:
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", options.query):
        return _question(options, read_library().question(options.query))
    if options.param or options.as_of or options.limit or options.cited or options.sensitivity:
        raise FilorossoError(
            "--param, --as-of, --limit, --sensitivity and --cited go with a question of the library, not with a SPARQL query"
        )
    results = _store(options).query(_query_text(options.query))
    media_type = _media_type(results, options.format)
    written = results.write(media_type)
    sys.stdout.buffer.write(written)
    return NO if _EMPTY[media_type](written) else FINE


def _store(options: argparse.Namespace) -> Store:
    store = get_release(options).open()
    return store.declared if options.declared else store


# A question of the library


def _question(options: argparse.Namespace, question: Question) -> int:
    wanted = options.format or ("table" if question.form == "select" else "ttl")
    offered = _QUESTION_FORMATS if question.form == "select" else tuple(_GRAPH_FORMATS)
    if wanted not in offered:
        raise FilorossoError(f"--format {wanted}: this answer comes as one of {', '.join(offered)}")
    if options.limit is not None and options.limit < 1:
        raise FilorossoError(f"--limit {options.limit}: at least 1")
    store = _store(options)
    answer = ask(store, question, _values(options, question), limit=options.limit)
    compared = answer.citation.compare(options.cited) if options.cited else None
    changed = sensitivity(store, answer, options.sensitivity) if options.sensitivity else None
    sys.stdout.buffer.write(_written(answer, store, wanted, options, compared, changed))
    sys.stdout.buffer.flush()
    if wanted not in ("table", "json"):
        # The answer is for another program; what is to know of it is for the person who asked.
        sys.stderr.write("".join(f"{line}\n" for line in about_lines(answer, store, options.lang)))
    if compared is not None and wanted != "json":
        sys.stderr.write(f"{ANSWER[options.lang]['cited']}: {ANSWER[options.lang][compared]}\n")
    return NO if answer.is_empty or compared == "changed" else FINE


def _values(options: argparse.Namespace, question: Question) -> dict[str, str]:
    values: dict[str, str] = {}
    for said in options.param:
        name, equals, value = said.partition("=")
        if not equals:
            raise FilorossoError(f"--param {said}: write NAME=VALUE")
        if name in values:
            raise ParameterError(name, "given twice; give it once")
        values[name] = value
    if options.as_of is not None:
        if "asOf" not in {parameter.name for parameter in question.parameters}:
            raise FilorossoError(f"--as-of: {question.name} is not about a day")
        values["asOf"] = options.as_of
    return values


def _written(
    answer: Answer, store: Store, wanted: str, options: argparse.Namespace, compared: str | None, changed: Sensitivity | None
) -> bytes:
    if wanted == "table":
        lines = [*text_lines(answer, store, options.lang), *(changed_lines(answer, changed, store, options.lang) if changed else ())]
        return "".join(f"{line}\n" for line in lines).encode()
    if wanted == "json":
        return (json.dumps(answer_json(store, answer, options.lang, compared, changed), indent=2, ensure_ascii=False) + "\n").encode()
    if wanted == "xlsx":
        if sys.stdout.isatty():
            raise FilorossoError("--format xlsx: a workbook is not for a terminal; send it to a file, … > answer.xlsx")
        return xlsx(answer, store, options.lang)
    if wanted in ("csv", "tsv"):
        return labelled_csv(answer, store, options.lang, bom=options.bom, delimiter="," if wanted == "csv" else "\t")
    return write_triples(answer.triples, _GRAPH_FORMATS[wanted])


# A SPARQL query


def _query_text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if not given.endswith(".rq"):
        return given
    try:
        return Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FilorossoError(f"{given}: cannot be read: {error}") from None


def _media_type(results: Results, wanted: str | None) -> str:
    formats = _GRAPH_FORMATS if results.kind == "graph" else _TABLE_FORMATS
    if wanted is None:
        return next(iter(_GRAPH_FORMATS.values())) if results.kind == "graph" else _TABLE_FORMATS["tsv"]
    if wanted not in formats:
        raise FilorossoError(f"--format {wanted}: this answer comes as one of {', '.join(formats)}")
    return formats[wanted]
