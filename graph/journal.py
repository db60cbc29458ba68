"""The journal: every accepted write, one line each, in the order of their revisions.

A line is a JSON object: the revision (1, 2, 3 …), when, who (the name of a token), why, by which operation, the quads added and removed,
the graphs made and dropped, and `sha256`, the digest of the line without it together with the digest of the line before. A write is
acknowledged only after its line is on the disk. A last line that is not whole was never acknowledged and is cut off when the journal is
opened; anything else that does not fit stops the service with a message, since to go on would lose writes.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from .delta import Delta
from .errors import JournalError
from .namespaces import FILO, GRAPH, ID, PROV, RDF, RDFS
from .terms import Quad, integer, iri, text, typed

FILE: Final = "journal.jsonl"
_PATIENCE: Final = 5.0
# Where the graph tells of its own writes.
JOURNAL: Final = iri(GRAPH + "journal")


@dataclass(frozen=True, slots=True)
class Record:
    """An accepted write: `at` is ISO 8601 in UTC, `by` the name of a token, `operation` how it was asked."""

    revision: int
    at: str
    by: str
    why: str
    operation: str
    change: Delta


class Journal:
    """The journal of a home folder, open for writing: one process at a time."""

    def __init__(self, home: Path) -> None:
        """Open it, and cut off a last line that was never acknowledged.

        :raises JournalError: it is damaged, or another process writes it.
        """
        self._path = home / FILE
        home.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(self._file):
            os.close(self._file)
            raise JournalError(f"{self._path}: another service writes it; one service a home folder may")
        self.records, self.digests, self._end = _read(self._path)
        os.ftruncate(self._file, self._end)
        sync(home)
        self._is_sound = True

    @property
    def revision(self) -> int:
        """The revision of the last write; 0 before the first."""
        return self.records[-1].revision if self.records else 0

    @property
    def digest(self) -> str:
        """What all records together have, and no others: the digest of the last."""
        return self.digests[-1] if self.digests else ""

    def append(self, record: Record) -> None:
        """Put a record on the disk: when this returns it survives a crash.

        :raises JournalError: it could not be written (a full disk, say); then nothing was changed.
        """
        if not self._is_sound:
            raise JournalError(f"{self._path}: an earlier write could not be undone; mend the disk and start the service again")
        line, digest = _line(record, self.digest)
        try:
            _write_all(self._file, line, self._end)
            os.fsync(self._file)
        except OSError as error:
            self._undo()
            raise JournalError(f"the write could not be kept ({error.strerror}); nothing was changed") from None
        self._end += len(line)
        self.records, self.digests = (*self.records, record), (*self.digests, digest)

    def _undo(self) -> None:
        try:
            os.ftruncate(self._file, self._end)
            os.fsync(self._file)
        except OSError:
            self._is_sound = False

    def close(self) -> None:
        """Let another process write it."""
        with suppress(OSError):
            os.close(self._file)


def read_journal(home: Path) -> tuple[Record, ...]:
    """The records of a home folder, without opening its journal for writing.

    :raises JournalError: it is damaged.
    """
    return _read(home / FILE)[0] if (home / FILE).exists() else ()


def provenance(record: Record) -> list[Quad]:
    """What the graph says of a write: who, when, what, why (PROV-O), in the graph `JOURNAL`."""
    activity, agent = iri(f"{ID}write/{record.revision}"), iri(f"{ID}writer/{record.by}")
    before, after = (iri(f"{ID}revision/{record.revision - back}") for back in (1, 0))
    change = record.change
    triples = [
        (activity, iri(RDF + "type"), iri(PROV + "Activity")),
        (activity, iri(RDFS + "label"), text(f"Write {record.revision}", "en")),
        (activity, iri(RDFS + "label"), text(f"Scrittura {record.revision}", "it")),
        (activity, iri(PROV + "endedAtTime"), typed(record.at, "dateTime")),
        (activity, iri(PROV + "wasAssociatedWith"), agent),
        (activity, iri(PROV + "used"), before),
        (activity, iri(RDFS + "comment"), text(record.why)),
        (activity, iri(FILO + "operation"), text(record.operation)),
        (activity, iri(FILO + "addedTriples"), integer(len(change.added))),
        (activity, iri(FILO + "removedTriples"), integer(len(change.removed))),
        *((activity, iri(FILO + "changesGraph"), iri(graph)) for graph in sorted(change.graphs) if graph),
        (after, iri(RDF + "type"), iri(PROV + "Entity")),
        (after, iri(PROV + "wasGeneratedBy"), activity),
        (agent, iri(RDF + "type"), iri(PROV + "Agent")),
        (agent, iri(RDFS + "label"), text(record.by)),
    ]
    return [(*triple, JOURNAL) for triple in triples]


def changed_on(records: Iterable[Record]) -> dict[str, str]:
    """The day (ISO 8601) of the last write to each graph (a term)."""
    return {iri(graph): record.at[:10] for record in records for graph in record.change.graphs if graph}


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked(file: int) -> bool:
    """Whether the file is ours now. A service that is just ending is given time to."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)


def _read(path: Path) -> tuple[tuple[Record, ...], tuple[str, ...], int]:
    """The records, the digest of each, and where the last ends."""
    records: list[Record] = []
    digests: list[str] = []
    end = 0
    *lines, rest = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        before = digests[-1] if digests else ""
        found = _parsed(line, before)
        if found is None or found[0].revision != number or _line(found[0], before)[0] != line + b"\n":
            raise JournalError(f"{path}:{number}: the line is damaged; put the journal back from a copy")
        records.append(found[0])
        digests.append(found[1])
        end += len(line) + 1
    # A record that is whole but for the end of its line was acknowledged: something changed that end.
    if rest and _parsed(rest[:-1], digests[-1] if digests else "") is not None:
        raise JournalError(f"{path}:{len(lines) + 1}: the line is damaged; put the journal back from a copy")
    return tuple(records), tuple(digests), end


def _line(record: Record, before: str) -> tuple[bytes, str]:
    change = record.change
    said = {
        "revision": record.revision,
        "at": record.at,
        "by": record.by,
        "why": record.why,
        "operation": record.operation,
        "added": change.added,
        "removed": change.removed,
        "created": change.created,
        "dropped": change.dropped,
    }
    digest = _digest(said, before)
    return json.dumps(said | {"sha256": digest}, ensure_ascii=False).encode() + b"\n", digest


def _parsed(line: bytes, before: str) -> tuple[Record, str] | None:
    try:
        said = json.loads(line)
        digest = said.pop("sha256")
        if digest != _digest(said, before):
            return None
        change = Delta(_rows(said["added"]), _rows(said["removed"]), tuple(said["created"]), tuple(said["dropped"]))
        return Record(said["revision"], said["at"], said["by"], said["why"], said["operation"], change), digest
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _rows(rows: Iterable[Sequence[str]]) -> tuple[Quad, ...]:
    return tuple((s, p, o, g) for s, p, o, g in rows)


def _digest(said: dict[str, Any], before: str) -> str:
    return sha256((before + json.dumps(said, ensure_ascii=False, sort_keys=True)).encode()).hexdigest()


def _write_all(file: int, data: bytes, offset: int) -> None:
    while data:
        written = os.pwrite(file, data, offset)
        data, offset = data[written:], offset + written
