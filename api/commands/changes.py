"""`filorosso changes`: what differs between two releases, as RDF Patch or in numbers and names."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import deque

from filorosso.graph import Summary, differences, patch

from ..settings import Settings
from .arguments import FINE, Commands, add_command, add_home, get_release


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "changes", "Say what differs between two releases that are kept, as RDF Patch.", _changes)
    parser.add_argument("old", metavar="OLD", help="the name of a release")
    parser.add_argument("new", metavar="NEW", nargs="?", help="the name of another (default: the release in force)")
    add_home(parser, settings)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--summary", action="store_true", help="in numbers and names instead, as JSON")
    how.add_argument("--gzip", action="store_true", help="compressed")


def _changes(options: argparse.Namespace) -> int:
    old, new = options.old, options.new or get_release(options).name
    nodes = differences(options.home, old, new)
    if options.summary:
        summary = Summary()
        deque(summary.told(nodes), maxlen=0)
        sys.stdout.write(json.dumps({"old": old, "new": new, **summary.to_json()}, indent=2, ensure_ascii=False) + "\n")
    elif options.gzip:
        with gzip.GzipFile(filename="", fileobj=sys.stdout.buffer, mode="wb", compresslevel=6, mtime=0) as packed:
            packed.writelines(row.encode() for row in patch(nodes, old, new))
    else:
        sys.stdout.writelines(patch(nodes, old, new))
    return FINE
