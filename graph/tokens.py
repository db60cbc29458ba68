"""Tokens: who may write which graphs of a service. Only digests are kept, in `tokens.json` of the home folder.

A token reads `filorosso_<name>_<secret>`; its secret has 256 bits of chance, so that a plain digest keeps it as well as a slow one would.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from .errors import TokenError
from .journal import sync

FILE: Final = "tokens.json"

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token: its name, the digest of its secret, the graphs that it may write, why it was given, and since when.

    `graphs` are IRIs, beginnings of IRIs that end in `*`, or `default`; `revoked` says when it stopped to count.
    """

    name: str
    digest: str
    graphs: tuple[str, ...]
    why: str
    created: str
    revoked: str | None = None


def create_token(home: Path, name: str, graphs: Sequence[str], why: str) -> str:
    """Make a token and say it: it is not kept, and cannot be said again.

    :raises TokenError: the name is taken or is none, or there is no graph to write.
    """
    if not _NAME.fullmatch(name):
        raise TokenError(f"{name!r} is no name for a token; write small letters, digits and hyphens, such as comune-di-seregno")
    if not graphs:
        raise TokenError("a token needs at least one graph that it may write; give --graph")
    wrong = next((graph for graph in graphs if graph != "default" and graph != "*" and ":" not in graph), None)
    if wrong is not None:
        raise TokenError(f"{wrong!r} is not the IRI of a graph, nor its beginning with a * at the end, nor 'default'")
    secret = secrets.token_urlsafe(32)
    with _changing(home) as tokens:
        if any(token.name == name for token in tokens):
            raise TokenError(f"there is a token {name} already; names are not used again, so that the journal stays clear")
        tokens.append(Token(name, _digest(secret), tuple(graphs), why, _now()))
    return f"filorosso_{name}_{secret}"


def revoke_token(home: Path, name: str) -> None:
    """Let a token count no more, from the next request on.

    :raises TokenError: there is none of this name.
    """
    with _changing(home) as tokens:
        place = next((place for place, token in enumerate(tokens) if token.name == name), None)
        if place is None:
            raise TokenError(f"there is no token {name}")
        tokens[place] = replace(tokens[place], revoked=tokens[place].revoked or _now())


def read_tokens(home: Path) -> tuple[Token, ...]:
    """The tokens of a home folder, revoked ones too.

    :raises TokenError: the file is damaged.
    """
    path = home / FILE
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return tuple(Token(**{**row, "graphs": tuple(row["graphs"])}) for row in rows)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError):
        raise TokenError(f"{path}: cannot be read; put it back from a copy, or remove it and make the tokens again") from None


def check_token(tokens: Sequence[Token], given: str) -> Token | None:
    """The token that a client shows, or None. It takes the same time whatever is wrong."""
    _, _, rest = given.partition("_")
    name, _, secret = rest.partition("_")
    found: Token | None = None
    shown = _digest(secret)
    for token in tokens:
        is_it = hmac.compare_digest(shown, token.digest) & hmac.compare_digest(name.encode(), token.name.encode())
        if is_it and token.revoked is None:
            found = token
    return found


@contextmanager
def _changing(home: Path) -> Iterator[list[Token]]:
    """The tokens to change; they are written in one step when done, by one process at a time."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".tokens.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tokens = list(read_tokens(home))
        yield tokens
        written = home / ".tokens.json"
        written.unlink(missing_ok=True)
        written.touch(mode=0o600)
        written.write_text(json.dumps([asdict(token) for token in tokens], indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        sync(written)
        written.replace(home / FILE)
        sync(home)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
