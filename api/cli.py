"""The command line: `filorosso build | serve | validate | trace | questions | query | reason | token | publish | changes`.

Exit codes: 0 fine; 1 answered, but the answer is no (does not conform, nothing found); 2 could not (bad input, bad arguments). What
went wrong is one line on standard error. Progress is told on a terminal and nowhere else.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from filorosso.graph import FilorossoError, NotFoundError

from .commands import build, changes, publish, query, questions, reason, serve, token, trace, validate
from .commands.arguments import COULD_NOT, FINE, NO, Commands, tell_error
from .settings import Settings, read_settings

_COMMANDS = (build, serve, validate, trace, questions, query, reason, token, publish, changes)


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
    tell_error(error)
    return code


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = _Parser(prog="filorosso", description="A knowledge graph of strategic frameworks.")
    commands: Commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for command in _COMMANDS:
        command.add(commands, settings)
    return parser


if __name__ == "__main__":
    sys.exit(main())
