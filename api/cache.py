"""Answers that were given before: kept by request for as long as the state lasts, bounded by bytes, each made once at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

Key: TypeAlias = tuple[str | bytes, ...]
Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole answer, ready to be sent; `tag` is its entity tag, or `""`, and `packed` its body as gzip, or `b""`."""

    status: int
    headers: Headers
    body: bytes
    tag: str = ""
    packed: bytes = b""


def tag_of(body: bytes) -> str:
    """The strong entity tag of a body (RFC 9110, 8.8.3): two bodies have the same one only if they are the same."""
    return f'"{sha256(body).hexdigest()[:32]}"'


class Cache:
    """The answers of one state of the graph."""

    def __init__(self, size: int) -> None:
        """Keep at most `size` bytes of requests and answers."""
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._size = size
        self.flights: dict[Key, asyncio.Future[Entry | None]] = {}
        self.held = 0

    def get(self, key: Key) -> Entry | None:
        """The answer to a request, if it is kept."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an answer; those that were not asked for the longest time give way."""
        size = _size(key, entry)
        if size > self._size // 4:
            return
        old = self._entries.pop(key, None)
        self.held += size - (_size(key, old) if old else 0)
        self._entries[key] = entry
        while self.held > self._size:
            left, gone = self._entries.popitem(last=False)
            self.held -= _size(left, gone)

    def clear(self) -> None:
        """Forget all: the graph has changed. Answers under way are not waited for any more."""
        self._entries.clear()
        self.held = 0
        self.flights = {}


def _size(key: Key, entry: Entry) -> int:
    """The bytes that keeping an answer takes, about."""
    return len(entry.body) + len(entry.packed) + sum(len(part) for part in key) + 1024
