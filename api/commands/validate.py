"""`filorosso validate`: does a plan keep the rules, together with the graph?"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from filorosso.graph import (
    Facts,
    Inputs,
    Quad,
    Report,
    current,
    is_up_to_date,
    plan_quads,
    refuse_rewriting,
    report_triples,
    shape_quads,
    shipped_quads,
    validate_data,
    write_turtle,
)

from ..rendering import report_json, report_lines
from ..settings import Settings
from .arguments import FINE, NO, Commands, add_as_of, add_command, add_home, add_language, tell_progress


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(
        commands,
        "validate",
        "Check a plan together with the graph; without a plan, check the shipped graph.",
        _validate,
    )
    parser.add_argument("plan", type=Path, nargs="*", metavar="FILE", help="RDF file of a plan")
    add_home(parser, settings)
    add_language(parser, settings)
    parser.add_argument("--format", choices=("text", "json", "ttl"), default="text", help="how to report (default: text)")
    add_as_of(parser)


def _validate(options: argparse.Namespace) -> int:
    tell_progress("reading the shipped graph")
    shipped = shipped_quads()
    plans: list[Quad] = []
    for path in options.plan:
        plan = plan_quads(path)
        refuse_rewriting(path, plan, shipped)
        plans += plan
    tell_progress("validating")
    report = validate_data([*shipped, *plans], options.as_of)
    if options.plan:
        report = report.without(_known_report(shipped, options))
    _write_report(report, Facts(quad[:3] for quad in (*shipped, *plans, *shape_quads())), options)
    return FINE if report.conforms else NO


def _known_report(shipped: list[Quad], options: argparse.Namespace) -> Report:
    """What the shipped graph breaks by itself, which is not the plan's doing."""
    release = current(options.home)
    if release is not None and is_up_to_date(release, Inputs(options.as_of, publisher=release.edition.publisher)):
        return release.report()
    return validate_data(shipped, options.as_of)


def _write_report(report: Report, facts: Facts, options: argparse.Namespace) -> None:
    if options.format == "ttl":
        sys.stdout.write(write_turtle(report_triples(report)))
    elif options.format == "json":
        sys.stdout.write(json.dumps(report_json(facts, report, options.lang), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in report_lines(facts, report, options.lang)))
