"""`filorosso token`: who may write which graphs of the service."""

from __future__ import annotations

import argparse
import sys

from filorosso.graph import create_token, read_tokens, revoke_token

from ..settings import Settings
from .arguments import FINE, Commands, add_command, add_home


def add(commands: Commands, settings: Settings) -> None:
    """Register the command."""
    parser = add_command(commands, "token", "Make, list and revoke the tokens that writing to the service needs.", _list)
    parts = parser.add_subparsers(title="what to do", metavar="create | list | revoke", required=True, parser_class=type(parser))
    create = parts.add_parser(
        "create", help="make a token and print it once", description="Make a token and print it: it cannot be shown again."
    )
    create.add_argument("name", help="small letters, digits and hyphens; it is told with every write")
    create.add_argument(
        "--graph", action="append", default=[], help="a graph that it may write, or a beginning that ends in *; repeat for more"
    )
    create.add_argument("--why", default="", help="what it is for; told with every write that says no reason of its own")
    create.set_defaults(command=_create)
    listed = parts.add_parser("list", help="list the tokens", description="List the tokens, without their secrets.")
    listed.set_defaults(command=_list)
    revoke = parts.add_parser(
        "revoke", help="let a token count no more", description="Let a token count no more, from the next request on."
    )
    revoke.add_argument("name")
    revoke.set_defaults(command=_revoke)
    for part in (create, listed, revoke):
        add_home(part, settings)


def _create(options: argparse.Namespace) -> int:
    sys.stdout.write(create_token(options.home, options.name, options.graph, options.why) + "\n")
    return FINE


def _list(options: argparse.Namespace) -> int:
    for token in read_tokens(options.home):
        state = f"revoked {token.revoked}" if token.revoked else "counts"
        sys.stdout.write(f"{token.name}\t{state}\tsince {token.created}\t{' '.join(token.graphs)}\t{token.why}\n")
    return FINE


def _revoke(options: argparse.Namespace) -> int:
    revoke_token(options.home, options.name)
    return FINE
