"""Which releases were in force and when, and what each changed.

    <home>/history.jsonl                            a line each time that another release was put in force
    <home>/changes/<old>..<new>.rdfp.gz             RDF Patch from one to the other
                   <old>..<new>.json                the same in numbers and names (`comparison.Summary`)

They stand beside the releases: the name of a release follows from what went into it alone, so it says neither when it was made nor what
came before it.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from .comparison import Node, Summary, compare, patch
from .errors import ReleaseError
from .journal import sync

FILE: Final = "history.jsonl"
NAME: Final = re.compile("[0-9a-f]{16}")
_LEVEL: Final = 6


@dataclass(frozen=True, slots=True)
class InForce:
    """A release that was put in force: `at` is ISO 8601 in UTC, `previous` the one that was in force until then, `""` if none was."""

    release: str
    at: str
    previous: str
    software: str
    counts: Mapping[str, Any] = field(repr=False)


def read_history(home: Path) -> tuple[InForce, ...]:
    """The releases that were in force, the first first. A home folder that kept no history has one of what it holds.

    :raises ReleaseError: the history is damaged.
    """
    path, now = home / FILE, _pointed(home)
    entries = _read(path) if path.exists() else _found(home, now)
    return tuple(_followed(home, entries, now, (home / "current").stat().st_mtime) if now else entries)


def record(home: Path, before: Sequence[InForce]) -> None:
    """Keep that the release that is in force now came after those `before`, and what it changed; once, however often it is put in force."""
    entries = _followed(home, before, _pointed(home), datetime.now(UTC).timestamp())
    lines = "".join(json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in entries)
    if not (home / FILE).exists() or (home / FILE).read_text(encoding="utf-8") != lines:
        _replace(home / FILE, lines.encode())
    for old, new in pairwise(entries):
        _keep_changes(home, old.release, new.release)


def changes_file(home: Path, old: str, new: str, suffix: str = ".rdfp.gz") -> Path:
    """Where the change between two releases is kept, if it is."""
    return home / "changes" / f"{old}..{new}{suffix}"


def read_summary(home: Path, old: str, new: str) -> dict[str, Any] | None:
    """What a change comes to, if it was kept; see `comparison.Summary`."""
    try:
        said = json.loads(changes_file(home, old, new, ".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def differences(home: Path, old: str, new: str) -> Iterator[Node]:
    """Every node of any two releases that are kept, side by side; what tells them apart is found now.

    :raises ReleaseError: one of them is not kept, or cannot be read.
    """
    return compare(_data(home, old), _data(home, new))


def _data(home: Path, name: str) -> Path:
    path = home / "releases" / name / "data.nq.gz"
    if not NAME.fullmatch(name) or not path.exists():
        raise ReleaseError(f"{home}: there is no release {name!r}; the names of releases are those of the folders in {home / 'releases'}")
    return path


def _keep_changes(home: Path, old: str, new: str) -> None:
    """Write what differs between two releases, unless it is there or one of them is not."""
    kept, said = (changes_file(home, old, new, suffix) for suffix in (".rdfp.gz", ".json"))
    if old == new or (kept.exists() and said.exists()):
        return
    summary, written = Summary(), io.BytesIO()
    try:
        nodes = summary.told(differences(home, old, new))
        with gzip.GzipFile(filename="", fileobj=written, mode="wb", compresslevel=_LEVEL, mtime=0) as packed:
            packed.writelines(row.encode() for row in patch(nodes, old, new))
    except ReleaseError:
        return  # a release before this one that is damaged, or was taken away, must not stand in the way of the next
    kept.parent.mkdir(exist_ok=True)
    _replace(kept, written.getvalue())
    _replace(said, json.dumps({"old": old, "new": new, **summary.to_json()}, ensure_ascii=False).encode())


def _found(home: Path, now: str) -> list[InForce]:
    """What a home folder without a history can tell of it: the releases that it keeps, by their age, the one in force last."""
    ages = {path.parent.name: path.stat().st_mtime for path in (home / "releases").glob("*/manifest.json")}
    entries: list[InForce] = []
    for name in sorted(ages, key=lambda name: (name == now, ages[name], name)):
        entries = _followed(home, entries, name, ages[name])
    return entries


def _followed(home: Path, before: Sequence[InForce], name: str, at: float) -> list[InForce]:
    """The entries and then that of a release, unless it is the last of them already, or cannot be read."""
    if not NAME.fullmatch(name) or (before and before[-1].release == name):
        return list(before)
    try:
        manifest = json.loads((home / "releases" / name / "manifest.json").read_text(encoding="utf-8"))
        made = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        previous = before[-1].release if before else ""
        return [*before, InForce(name, made, previous, manifest["software"], manifest["counts"])]
    except (OSError, ValueError, KeyError, TypeError):
        # What is damaged is told of where it is opened; here it must not stand in the way of the build that mends it.
        return list(before)


def _read(path: Path) -> list[InForce]:
    entries = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            entries.append(InForce(**json.loads(line)))
        except (ValueError, TypeError):
            raise ReleaseError(f"{path}:{number}: the line is damaged; put the file back from a copy, or remove it") from None
    return entries


def _pointed(home: Path) -> str:
    pointer = home / "current"
    return pointer.read_text(encoding="utf-8").strip() if pointer.exists() else ""


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that it survives a power cut."""
    new = path.with_name(f".{path.name}")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync(path.parent)
