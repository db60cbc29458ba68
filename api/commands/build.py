"""`filorosso build`: a release from the shipped data, and from plans and registers."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from filorosso.graph import build

from ..settings import Settings
from .arguments import FINE, Commands, add_command, add_home, add_inputs, read_inputs, tell_progress


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "build", "Build a release from the shipped data, and from plans and registers of yours.", _build)
    add_home(parser, settings)
    add_inputs(parser)
    parser.add_argument("--skip", type=int, nargs="+", default=[], metavar="REVISION", help="writes of the journal to leave out")


def _build(options: argparse.Namespace) -> int:
    release = build(options.home, replace(read_inputs(options), skipped=tuple(options.skip)), tell_progress)
    counts = release.manifest["counts"]
    told = ", ".join(f"{counts[name]} {name}" for name in ("Framework", "Element", "Project", "Thread", "quads"))
    sys.stdout.write(f"release {release.name}: {told}\n{release.folder}\n")
    if counts["refusedRows"]:
        sys.stdout.write(f"{counts['refusedRows']} rows refused: {release.folder / 'refused.csv'}\n")
    lost = release.manifest["noLongerApplies"]
    sys.stdout.write("".join(f"{loss}\n" for loss in lost))
    return FINE
