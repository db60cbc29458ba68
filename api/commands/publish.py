"""`filorosso publish`: a release into another engine that speaks SPARQL 1.1, from where `filorosso serve --store` serves it."""

from __future__ import annotations

import argparse
import sys

from filorosso.graph import publish, withdraw

from ..settings import Settings
from .arguments import FINE, Commands, add_command, add_home, add_store, get_release, read_store


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "publish", "Publish the release in force into another SPARQL 1.1 engine, beside earlier ones.", _publish)
    add_home(parser, settings)
    add_store(parser, required=True)
    parser.add_argument("--withdraw", metavar="RELEASE", help="take this release away instead, by its name")


def _publish(options: argparse.Namespace) -> int:
    where = read_store(options)
    if where is None:
        return FINE
    if options.withdraw:
        withdraw(where, options.withdraw)
        sys.stdout.write(f"release {options.withdraw} is no longer at {where.query}\n")
        return FINE
    release = get_release(options)
    sent = publish(release, where)
    sys.stdout.write(f"release {release.name} is at {where.query}: {sent} graphs sent\n")
    return FINE
