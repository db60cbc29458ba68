"""`filorosso questions`: the questions of the library, by what they are about."""

from __future__ import annotations

import argparse
import json
import sys

from filorosso.graph import Question, read_library

from ..rendering import question_json
from ..settings import Settings
from .arguments import FINE, NO, Commands, add_command, add_language


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "questions", "List the questions of the library, or tell all of one.", _questions)
    parser.add_argument("name", nargs="?", metavar="NAME", help="a question, to be told its parameters, columns and text")
    parser.add_argument("--tag", metavar="TAG", help="only those about something, such as money, coverage or cq-07")
    add_language(parser, settings)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to list (default: text)")


def _questions(options: argparse.Namespace) -> int:
    library = read_library()
    if options.name is not None:
        found = [library.question(options.name)]
    else:
        found = [question for question in library if options.tag is None or options.tag in question.tags]
    if options.format == "json":
        sys.stdout.write(json.dumps([question_json(question) for question in found], indent=2, ensure_ascii=False) + "\n")
    elif options.name is not None:
        sys.stdout.write(_whole(found[0], options.lang))
    else:
        width = max((len(question.name) for question in found), default=0)
        lines = (f"{question.name:{width}}  {question.summary[options.lang]} [{', '.join(question.tags)}]\n" for question in found)
        sys.stdout.write("".join(lines))
    return FINE if found else NO


def _whole(question: Question, lang: str) -> str:
    lines = [f"{question.name}: {question.summary[lang]}", ""]
    for parameter in question.parameters:
        example = f" ({parameter.example})" if parameter.example else ""
        default = f" [{parameter.default}]" if parameter.default else ""
        lines.append(f"  {parameter.name}{'' if parameter.required else '?'}{default}: {parameter.summary[lang]}{example}")
    return "\n".join([*lines, "", question.text])
