"""What may be taken away: the releases that were in force, their files, and what each changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filorosso.graph import InForce, Release, ReleaseError, changes_file, media_type, read_history, read_release, read_summary


@dataclass(frozen=True, slots=True)
class File:
    """A file of a release: its name, its address here, its media type, its length in bytes and its SHA-256 (hexadecimal)."""

    name: str
    address: str
    media_type: str
    length: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """The file for programs."""
        return {"name": self.name, "address": self.address, "mediaType": self.media_type, "bytes": self.length, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Offer:
    """A release that was put in force at a time, with its files (none, if it is not kept any more), and the address of what it changed.

    :param revision: the last write that it holds.
    """

    in_force: InForce
    as_of: str
    revision: int
    files: tuple[File, ...]
    changes: str

    def to_json(self) -> dict[str, Any]:
        """The offer for programs."""
        was = self.in_force
        return {
            "release": was.release,
            "inForceFrom": was.at,
            "previous": was.previous or None,
            "asOf": self.as_of or None,
            "software": was.software,
            "counts": dict(was.counts),
            "changes": self.changes or None,
            "files": [file.to_json() for file in self.files],
        }


def offers(home: Path, most: int | None = None) -> list[Offer]:
    """The releases of a home folder, the latest first, at most so many.

    :raises ReleaseError: the history is damaged.
    """
    return [_offer(home, was) for was in read_history(home)[::-1][:most]]


def release_files(release: Release) -> tuple[File, ...]:
    """The files of a release."""
    return tuple(
        File(name, f"/download/{release.name}/{name}", media_type(name), said["bytes"], said["sha256"])
        for name, said in release.manifest["files"].items()
    )


def offers_json(found: Sequence[Offer], told: Mapping[str, Any]) -> dict[str, Any]:
    """The releases for programs, with which of them the service answers from, and how many writes it answers with that are in no file.

    :param told: what the front knows of the graph (`State.told`).
    """
    serving = str(told.get("release", ""))
    built = next((offer.revision for offer in found if offer.in_force.release == serving), 0)
    since = max(0, int(told.get("revision", 0)) - built)
    return {"serving": serving or None, "writesSince": since, "releases": [offer.to_json() for offer in found]}


def summary_of(home: Path, offer: Offer) -> dict[str, Any] | None:
    """What a release changed, if it was kept."""
    return read_summary(home, offer.in_force.previous, offer.in_force.release) if offer.in_force.previous else None


def _offer(home: Path, was: InForce) -> Offer:
    old, new = was.previous, was.release
    changes = f"/changes/{old}..{new}.rdfp.gz" if old and changes_file(home, old, new).exists() else ""
    try:
        release = read_release(home, new)
    except ReleaseError:
        return Offer(was, "", 0, (), changes)
    manifest = release.manifest
    return Offer(was, str(manifest.get("asOf", "")), int(manifest.get("revision", 0)), release_files(release), changes)
