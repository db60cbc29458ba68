"""The command line: `filorosso build | serve | validate | trace | query | reason`.

Exit codes: 0 fine; 1 answered, but the answer is no (does not conform, nothing found); 2 could not (bad input, bad arguments). What
went wrong is one line on standard error. Progress is told on a terminal and nowhere else.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn

from filorosso.graph import (
    Answer,
    Facts,
    FilorossoError,
    Inputs,
    NotFoundError,
    Quad,
    Release,
    Report,
    build,
    current,
    find,
    is_up_to_date,
    plan_quads,
    reason,
    refuse_rewriting,
    report_triples,
    shape_quads,
    shipped_quads,
    trace,
    validate_data,
    write_turtle,
)

from .rendering import TraceText, report_json, report_lines, trace_json
from .settings import Settings, read_settings

FINE, NO, COULD_NOT = 0, 1, 2

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


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line; argparse would print the usage before it."""
        self.exit(COULD_NOT, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    settings = read_settings()
    options = _parser(settings).parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except NotFoundError as error:
        return _fail(error, NO)
    except FilorossoError as error:
        return _fail(error, COULD_NOT)
    except BrokenPipeError:
        # The reader went away (`| head`): what it wanted it has. Python would complain when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except OSError as error:
        return _fail(f"{error.filename or 'output'}: {error.strerror or error}", COULD_NOT)
    except KeyboardInterrupt:
        return _fail("stopped", COULD_NOT)


def _fail(error: object, code: int) -> int:
    sys.stderr.write(f"filorosso: {' '.join(str(error).split())}\n")
    return code


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = _Parser(prog="filorosso", description="A knowledge graph of strategic frameworks.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for add in (_add_build, _add_serve, _add_validate, _add_trace, _add_query, _add_reason):
        add(commands, settings)
    return parser


_Commands = argparse._SubParsersAction  # argparse has no public name for it


def _command(commands: _Commands[_Parser], name: str, summary: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(command=run)
    return parser


def _add_home(parser: argparse.ArgumentParser, settings: Settings) -> None:
    parser.add_argument(
        "--home",
        type=Path,
        default=settings.home,
        metavar="FOLDER",
        help=f"where releases are kept (default: {settings.home})",
    )


def _add_language(parser: argparse.ArgumentParser, settings: Settings) -> None:
    parser.add_argument(
        "--lang",
        choices=("it", "en"),
        default=settings.language,
        help=f"language of the answer (default: {settings.language})",
    )


def _add_as_of(parser: argparse.ArgumentParser) -> None:
    said = "day on which waivers are judged, YYYY-MM-DD (default: today)"
    parser.add_argument("--as-of", type=_date, default=date.today(), metavar="DATE", help=said)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
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
    _add_as_of(parser)


def _date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is not a date; write YYYY-MM-DD") from None


def _inputs(options: argparse.Namespace) -> Inputs:
    codes = tuple(options.municipality)
    bad = next((code for code in codes if not re.fullmatch(r"\d{6}", code)), None)
    if bad is not None:
        raise FilorossoError(f"--municipality {bad}: an ISTAT code has six digits, such as 108039")
    if bool(options.register) != bool(codes):
        raise FilorossoError("--register and --municipality go together: which files, and whose projects")
    return Inputs(options.as_of, tuple(options.plan), tuple(options.register), codes)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"filorosso: {text} …\n")


# build


def _add_build(commands: _Commands[_Parser], settings: Settings) -> None:
    parser = _command(commands, "build", "Build a release from the shipped data, and from plans and registers of yours.", _build)
    _add_home(parser, settings)
    _add_inputs(parser)


def _build(options: argparse.Namespace) -> int:
    release = build(options.home, _inputs(options), _progress)
    counts = release.manifest["counts"]
    told = ", ".join(f"{counts[name]} {name}" for name in ("Framework", "Element", "Project", "Thread", "quads"))
    sys.stdout.write(f"release {release.name}: {told}\n{release.folder}\n")
    if counts["refusedRows"]:
        sys.stdout.write(f"{counts['refusedRows']} rows refused: {release.folder / 'refused.csv'}\n")
    return FINE


# serve


def _add_serve(commands: _Commands[_Parser], settings: Settings) -> None:
    parser = _command(commands, "serve", "Serve the release in force for SPARQL; build one first if the shipped data changed.", _serve)
    _add_home(parser, settings)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default: 8000)")
    parser.add_argument("--no-build", action="store_true", help="serve the release in force as it is")


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from .app import get_app

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
        return build(options.home, inputs, _progress)
    except FilorossoError as error:
        if release is None:
            raise
        _fail(f"{error}; the release before stays in force", COULD_NOT)
        return release


def _check_port(host: str, port: int) -> None:
    try:
        with socket.create_server((host, port)):
            pass
    except (OSError, OverflowError) as error:
        raise FilorossoError(
            f"cannot listen at {host}:{port}: {getattr(error, 'strerror', None) or error}; choose another --port"
        ) from None


# validate


def _add_validate(commands: _Commands[_Parser], settings: Settings) -> None:
    parser = _command(
        commands,
        "validate",
        "Check a plan together with the graph; without a plan, check the shipped graph.",
        _validate,
    )
    parser.add_argument("plan", type=Path, nargs="*", metavar="FILE", help="RDF file of a plan")
    _add_home(parser, settings)
    _add_language(parser, settings)
    parser.add_argument("--format", choices=("text", "json", "ttl"), default="text", help="how to report (default: text)")
    _add_as_of(parser)


def _validate(options: argparse.Namespace) -> int:
    _progress("reading the shipped graph")
    shipped = shipped_quads()
    plans: list[Quad] = []
    for path in options.plan:
        plan = plan_quads(path)
        refuse_rewriting(path, plan, shipped)
        plans += plan
    _progress("validating")
    report = validate_data([*shipped, *plans], options.as_of)
    if options.plan:
        report = report.without(_known_report(shipped, options))
    _write_report(report, Facts(quad[:3] for quad in (*shipped, *plans, *shape_quads())), options)
    return FINE if report.conforms else NO


def _known_report(shipped: list[Quad], options: argparse.Namespace) -> Report:
    """What the shipped graph breaks by itself, which is not the plan's doing."""
    release = current(options.home)
    if release is not None and is_up_to_date(release, Inputs(options.as_of)):
        return release.report()
    return validate_data(shipped, options.as_of)


def _write_report(report: Report, facts: Facts, options: argparse.Namespace) -> None:
    if options.format == "ttl":
        sys.stdout.write(write_turtle(report_triples(report)))
    elif options.format == "json":
        sys.stdout.write(json.dumps(report_json(facts, report, options.lang), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in report_lines(facts, report, options.lang)))


# trace


def _add_trace(commands: _Commands[_Parser], settings: Settings) -> None:
    parser = _command(commands, "trace", "Follow every thread of a node up and down, with evidence, and say where it breaks.", _trace)
    parser.add_argument("node", metavar="NODE", help="an IRI, a CUP, or a code such as M4C1I1.01.00")
    _add_home(parser, settings)
    _add_language(parser, settings)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to answer (default: text)")


def _trace(options: argparse.Namespace) -> int:
    store = _release(options).open()
    found = trace(store, find(store, options.node))
    if options.format == "json":
        sys.stdout.write(json.dumps(trace_json(store, found, options.lang), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in TraceText(store, options.lang).lines(found)))
    return FINE if found.up or found.down else NO


def _release(options: argparse.Namespace) -> Release:
    release = current(options.home)
    if release is None:
        _progress("no release yet, building one")
        return build(options.home, Inputs(date.today()), _progress)
    return release


# query


def _add_query(commands: _Commands[_Parser], settings: Settings) -> None:
    parser = _command(commands, "query", "Ask the release in force in SPARQL.", _query)
    parser.add_argument("query", metavar="QUERY", help="the query, the name of a .rq file, or - for standard input")
    _add_home(parser, settings)
    formats = [*_TABLE_FORMATS, *_GRAPH_FORMATS]
    parser.add_argument("--format", choices=formats, help="how to answer (default: tsv for tables, ttl for graphs)")


def _query(options: argparse.Namespace) -> int:
    answer = _release(options).open().query(_query_text(options.query))
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


def _media_type(answer: Answer, wanted: str | None) -> str:
    formats = _GRAPH_FORMATS if answer.kind == "graph" else _TABLE_FORMATS
    if wanted is None:
        return next(iter(_GRAPH_FORMATS.values())) if answer.kind == "graph" else _TABLE_FORMATS["tsv"]
    if wanted not in formats:
        raise FilorossoError(f"--format {wanted}: this answer comes as one of {', '.join(formats)}")
    return formats[wanted]


# reason


def _add_reason(commands: _Commands[_Parser], settings: Settings) -> None:
    parser = _command(commands, "reason", "Classify the ontology with HermiT: consistent? any class that can have no member?", _reason)
    parser.add_argument("file", type=Path, nargs="*", metavar="FILE", help="further RDF files to reason over")


def _reason(options: argparse.Namespace) -> int:
    _progress("reasoning")
    verdict = reason(options.file)
    if not verdict.consistent:
        sys.stdout.write("inconsistent: the axioms and facts contradict each other\n")
        return NO
    sys.stdout.write(f"consistent: {verdict.classes} classes, {len(verdict.unsatisfiable)} of them without possible members\n")
    sys.stdout.write("".join(f"unsatisfiable: {name}\n" for name in verdict.unsatisfiable))
    return NO if verdict.unsatisfiable else FINE


if __name__ == "__main__":
    sys.exit(main())
