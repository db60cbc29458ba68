"""Short names by code: tables of ours with the columns `code`, `it`, `en`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import SourceError
from .tables import collapse, read_table


@dataclass(frozen=True, slots=True)
class Name:
    """A short name in Italian and English."""

    it: str
    en: str


def read_names(path: Path) -> dict[str, Name]:
    """Names by code.

    :raises SourceError: a column is missing, or a name is empty.
    """
    names = {}
    for row in read_table(path, ("code", "it", "en")).rows:
        code, it, en = (collapse(row.cells[column]) for column in ("code", "it", "en"))
        if not (code and it and en):
            raise SourceError(path, "a code, an Italian or an English name is missing", line=row.line)
        names[code] = Name(it, en)
    return names
