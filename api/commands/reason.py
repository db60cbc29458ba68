"""`filorosso reason`: is the ontology consistent, and can every class have a member?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from filorosso.graph import reason

from ..settings import Settings
from .arguments import FINE, NO, Commands, add_command, tell_progress


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "reason", "Classify the ontology with HermiT: consistent? any class that can have no member?", _reason)
    parser.add_argument("file", type=Path, nargs="*", metavar="FILE", help="further RDF files to reason over")


def _reason(options: argparse.Namespace) -> int:
    tell_progress("reasoning")
    verdict = reason(options.file)
    if not verdict.consistent:
        sys.stdout.write("inconsistent: the axioms and facts contradict each other\n")
        return NO
    sys.stdout.write(f"consistent: {verdict.classes} classes, {len(verdict.unsatisfiable)} of them without possible members\n")
    sys.stdout.write("".join(f"unsatisfiable: {name}\n" for name in verdict.unsatisfiable))
    return NO if verdict.unsatisfiable else FINE
