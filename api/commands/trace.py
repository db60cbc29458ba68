"""`filorosso trace`: the threads of a node, up and down."""

from __future__ import annotations

import argparse
import json
import sys

from filorosso.graph import find, trace

from ..rendering import TraceText, trace_json
from ..settings import Settings
from .arguments import FINE, NO, Commands, add_command, add_home, add_language, get_release


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "trace", "Follow every thread of a node up and down, with evidence, and say where it breaks.", _trace)
    parser.add_argument("node", metavar="NODE", help="an IRI, a CUP, or a code such as M4C1I1.01.00")
    add_home(parser, settings)
    add_language(parser, settings)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to answer (default: text)")


def _trace(options: argparse.Namespace) -> int:
    store = get_release(options).open()
    found = trace(store, find(store, options.node))
    if options.format == "json":
        sys.stdout.write(json.dumps(trace_json(store, found, options.lang), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in TraceText(store, options.lang).lines(found)))
    return FINE if found.up or found.down else NO
