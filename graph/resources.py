"""The files that are shipped with the package, found wherever it is installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from .errors import SourceError


def folder(package: str, *inside: str) -> Path:
    """The path of a folder of one of our packages: `folder("graph", "data")`.

    :raises SourceError: the package is installed inside an archive, where no tool can open its files.
    """
    place = files(f"filorosso.{package}").joinpath(*inside)
    path = Path(str(place))
    if not path.is_dir():
        raise SourceError(path, "is not a folder; install Filorosso unpacked, not as an archive")
    return path


def turtle_files(package: str, *inside: str) -> list[Path]:
    """The Turtle files of a folder of one of our packages, sorted by name."""
    return sorted(folder(package, *inside).glob("*.ttl"))
