"""A release that another engine holds: it is read there, and it is not written through us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from .errors import ForbiddenError
from .release import Release
from .remote import Addresses, open_remote
from .state import Author, Verdict, Write, tag


class Elsewhere:
    """What a service holds in place of a `State` when another engine answers: the pointer to the release, and how to ask for it."""

    is_bare = False
    revision = 0
    waiting = 0

    def __init__(self, release: Release, addresses: Addresses, *, union: bool, seconds: float) -> None:
        """Find a published release.

        :raises ReleaseError: it is not published there, or not whole.
        :raises RemoteError: the engine does not answer.
        """
        self.store = open_remote(addresses, release.name, seconds=seconds, union=union, guarded=False)
        self.release = release.name
        self.report = release.report()
        self.counts: Mapping[str, Any] = release.manifest["counts"]

    def warm(self) -> Iterator[object]:
        """Nothing is loaded here."""
        return iter(())

    def told(self) -> dict[str, Any]:
        """What the front process must know; see `State.told`."""
        return {"name": self.store.name, "release": self.store.name, "revision": 0, "at": "0", "changed": {}, "following": []}

    def tag(self, graph: str) -> str:
        """What changes when a graph (IRI) does."""
        return tag(self.store.name, {}, (), "0", graph)

    def judge(self, write: Write, author: Author, today: date) -> Verdict:
        """Refuse a write.

        :raises ForbiddenError: always.
        """
        raise ForbiddenError("this service reads a release that another engine holds: build a release with the change, and publish it")

    def commit(self, commit: Mapping[str, Any]) -> None:
        """Refuse a write: none was ever accepted.

        :raises ForbiddenError: always.
        """
        raise ForbiddenError("this service is not written")
