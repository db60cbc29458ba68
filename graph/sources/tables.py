"""Publishers' tables, read strictly: what a cell says is decided cell by cell, and what cannot be decided is an error.

A table is CSV (`;` or `,`, with or without BOM, any line end) or Parquet. Header names are compared in a normal form, because their
spelling drifts from one edition of a file to the next.
"""

from __future__ import annotations

import csv
import io
import math
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date as calendar_date
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeVar

import duckdb

from ..errors import SourceError

T = TypeVar("T")
Dots = Literal["thousands", "decimal"]

NOTHING = frozenset({"", "n/d", "n/a", "n.c.", "nd", "-"})

_CUP = re.compile(r"[A-J]\d{2}[A-J]\d{11}")
_SUB_MEASURE = re.compile(r"M\dC\d[IR]\d{1,2}\.\d{1,2}\.(?:\d{2}|[A-Z]\d)")
_MEASURE = re.compile(r"M\dC\d[IR]\d{1,2}\.\d{1,2}")
_WHOLE = re.compile(r"-?\d+")
_WITH_COMMA = re.compile(r"-?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+")
_GROUPED = re.compile(r"-?\d{1,3}(?:\.\d{3}){2,}")
_ONE_DOT = re.compile(r"-?\d+\.\d+")
_THREE_AFTER_DOT = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_ITALIAN_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands (the line it starts on; in Parquet its number counted from 1) and its cells by normal header name."""

    path: Path
    line: int
    cells: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Only:
    """A choice of rows: those whose cell in a column (normal header name) is one of some values."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table read whole: the headers as printed by their normal name, and the rows that are not empty."""

    path: Path
    headers: Mapping[str, str]
    rows: tuple[Row, ...] = field(repr=False)


def read_table(path: Path, required: Iterable[str] = ()) -> Table:
    """A CSV or Parquet file as text cells; `required` are normal header names. Rows whose cells are all blank are left out.

    :raises SourceError: missing, not UTF-8, a column missing or named twice, a row with more or fewer cells than the header.
    """
    headers = read_header(path)
    check_columns(path, headers, required)
    return Table(path, headers, tuple(stream_rows(path, headers)))


def read_header(path: Path) -> dict[str, str]:
    """The headers of a table as printed, by their normal name, in order.

    :raises SourceError: missing file, not UTF-8, no header, or two columns of the same name.
    """
    if _is_parquet(path):
        return _named(path, _parquet_header(path))
    with _reading(path) as stream:
        return _named(path, _csv_header(path, stream)[1])


def stream_rows(path: Path, columns: Iterable[str], only: Only | None = None) -> Iterator[Row]:
    """The rows of a table one after the other, never all in memory, with the cells of some columns (normal header names); rows of
    blank cells are left out.

    :raises SourceError: as `read_table`.
    """
    rows = _parquet_rows if _is_parquet(path) else _csv_rows
    for line, cells in rows(path, tuple(columns), only):
        if any(map(str.strip, cells.values())):
            yield Row(path, line, cells)


def check_columns(path: Path, headers: Mapping[str, str], required: Iterable[str]) -> None:
    """Refuse a table that lacks a column.

    :raises SourceError: says which are missing and which are there.
    """
    missing = [name for name in required if name not in headers]
    if missing:
        there = ", ".join(headers.values())
        raise SourceError(path, f"lacks the columns {', '.join(map(repr, missing))}; it has {there}", line=1)


def read_cell(row: Row, column: str, parse: Callable[[str], T]) -> T:
    """What a cell says, by one of the parsers below.

    :raises SourceError: the parser refused it; says file, line and column.
    """
    try:
        return parse(row.cells[column])
    except ValueError as error:
        raise SourceError(row.path, f"column {column!r}: {error}", line=row.line) from None


def header_name(printed: str) -> str:
    """The normal form of a header: no BOM, case folded, underscores as blanks, runs of blanks as one."""
    return " ".join(printed.replace("\ufeff", "").replace("_", " ").casefold().split())


def collapse(printed: str) -> str:
    """A text with its runs of blanks, line ends among them, as single blanks."""
    return " ".join(printed.split())


def amount(printed: str, *, dots: Dots | None = None) -> Decimal | None:
    """The number in a cell, or None where the publisher says there is none (empty, `N/D`, `N/A`, `n.c.`).

    A comma is always the decimal mark and dots before it must part thousands. Two dots or more part thousands. One dot is the
    decimal mark, unless one to three digits stand before it and exactly three after: `114.000` may be 114 or 114,000, and then
    `dots`, a fact about the publisher's column, decides; without it the cell is refused.

    :raises ValueError: not a number, or one that can be read in two ways.
    """
    cell = printed.strip()
    if cell.casefold() in NOTHING:
        return None
    if _WHOLE.fullmatch(cell):
        return Decimal(cell)
    if _WITH_COMMA.fullmatch(cell):
        return Decimal(cell.replace(".", "").replace(",", "."))
    if _GROUPED.fullmatch(cell) or (dots == "thousands" and _THREE_AFTER_DOT.fullmatch(cell)):
        return Decimal(cell.replace(".", ""))
    if _THREE_AFTER_DOT.fullmatch(cell) and dots is None:
        raise ValueError(f"{cell!r} can be read in two ways: with a decimal point or with a dot that parts thousands")
    if _ONE_DOT.fullmatch(cell):
        return Decimal(cell)
    raise ValueError(f"{cell!r} is not a number")


def date(printed: str) -> str | None:
    """The ISO date in a cell (`31/03/2025`, `2025-03-31`, a timestamp), or None (empty, `N/D`, `00/01/1900`, a run of `#`).

    :raises ValueError: not a date of the calendar.
    """
    cell = printed.strip()
    if cell.casefold() in NOTHING or cell == "00/01/1900" or not cell.strip("#"):
        return None
    italian, iso = _ITALIAN_DATE.fullmatch(cell), _ISO_DATE.fullmatch(cell)
    try:
        if italian:
            return calendar_date(int(italian[3]), int(italian[2]), int(italian[1])).isoformat()
        if iso:
            return calendar_date.fromisoformat(iso[1]).isoformat()
    except ValueError:
        pass
    raise ValueError(f"{cell!r} is not a date")


def is_cup(printed: str) -> bool:
    """Whether a CUP is well formed: 15 characters, two of them letters from A to J. It has no check digit, so no more can be said."""
    return _CUP.fullmatch(printed) is not None


def sub_measure_code(printed: str) -> str:
    """A unique sub-measure code (`M1C1I1.04.03`, `M2C4I2.01.A1`, and as M7 pads it `M7C1I01.1.00`), as printed but for outer blanks.

    :raises ValueError: not of that form.
    """
    return _matching(_SUB_MEASURE, printed, "a unique sub-measure code")


def measure_code(printed: str) -> str:
    """A unique measure code (`M1C1I1.04`, `M7C1I01.1`), as printed but for outer blanks.

    :raises ValueError: not of that form.
    """
    return _matching(_MEASURE, printed, "a unique measure code")


def municipality_code(province: str, municipality: str) -> str | None:
    """The ISTAT code of six digits from the two parts that registers print, lost leading zeros restored; a municipality of six digits
    stands alone. None where the place is no municipality (`000`).

    :raises ValueError: not digits, or too many.
    """
    parts = province.strip(), municipality.strip()
    if len(parts[1]) == 6 and parts[1].isdigit():
        return parts[1]
    if not all(part.isdigit() and len(part) <= 3 for part in parts):
        raise ValueError(f"{province!r} and {municipality!r} are not the ISTAT codes of a province and a municipality")
    return None if int(parts[1]) == 0 else parts[0].zfill(3) + parts[1].zfill(3)


@lru_cache(maxsize=65536)
def euro_of_float32(value: float) -> Decimal:
    """The amount that a 32-bit float most plausibly was: its shortest decimal, in cents. About seven digits are right.

    :raises ValueError: infinite or not a number.
    """
    for digits in range(1, 10) if math.isfinite(value) else ():
        text = f"{value:.{digits}g}"
        if struct.pack("<f", float(text)) == struct.pack("<f", value):
            return Decimal(text).quantize(_CENT)
    raise ValueError(f"{value!r} is not an amount")


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal.

    :raises SourceError: the file is missing.
    """
    digest = sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror or error}") from None
    return digest.hexdigest()


def _matching(pattern: re.Pattern[str], printed: str, what: str) -> str:
    if not pattern.fullmatch(printed.strip()):
        raise ValueError(f"{printed!r} is not {what}")
    return printed.strip()


def _named(path: Path, printed: Sequence[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for header in printed:
        if header_name(header) in names:
            raise SourceError(path, f"has two columns named {header_name(header)!r}", line=1)
        names[header_name(header)] = collapse(header)
    if not any(names):
        raise SourceError(path, "has no header", line=1)
    return names


def _csv_rows(path: Path, columns: Sequence[str], only: Only | None) -> Iterator[tuple[int, dict[str, str]]]:
    with _reading(path) as stream:
        delimiter, printed = _csv_header(path, stream)
        names = list(_named(path, printed))
        places = [(column, names.index(column)) for column in columns]
        chosen = names.index(only.column) if only else None
        for line, cells in _records(path, stream, delimiter):
            if len(cells) != len(names):
                raise SourceError(path, _ragged(names, cells), line=line)
            if only is None or chosen is None or cells[chosen].strip() in only.values:
                yield line, {column: cells[place] for column, place in places}


def _records(path: Path, stream: io.TextIOBase, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    # Not strict: PA digitale prints quotes inside quoted cells. A quote that swallows a delimiter shows as a ragged row.
    reader = csv.reader(stream, delimiter=delimiter)
    start = 2
    try:
        for cells in reader:
            if cells:
                yield start, cells
            start = reader.line_num + 2
    except csv.Error as error:
        raise SourceError(path, f"not readable as CSV: {error}", line=start) from None


@contextmanager
def _reading(path: Path) -> Iterator[io.TextIOWrapper]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield stream
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise SourceError(path, "not UTF-8; save the file again as UTF-8", line=_undecodable_line(path)) from None


def _undecodable_line(path: Path) -> int | None:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return None


def _csv_header(path: Path, stream: io.TextIOBase) -> tuple[str, list[str]]:
    first = stream.readline()
    delimiter = ";" if first.count(";") >= first.count(",") else ","
    if not first.strip():
        raise SourceError(path, "is empty", line=1)
    return delimiter, next(csv.reader([first], delimiter=delimiter))


def _ragged(names: Sequence[str], cells: Sequence[str]) -> str:
    where = f"; the first missing is {names[len(cells)]!r}" if len(cells) < len(names) else ""
    return f"has {len(cells)} cells where the header has {len(names)}{where}"


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"PAR1"
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror or error}") from None


def _parquet_header(path: Path) -> list[str]:
    return [str(row[0]) for row in _query(path, "DESCRIBE SELECT * FROM read_parquet(?)", [str(path)])]


def _parquet_rows(path: Path, columns: Sequence[str], only: Only | None) -> Iterator[tuple[int, dict[str, str]]]:
    printed = dict(zip(_named(path, _parquet_header(path)), map(_quoted, _parquet_header(path)), strict=True))
    cells = ", ".join(printed[column] for column in columns)
    query = f"SELECT file_row_number + 1, {cells} FROM read_parquet(?, file_row_number = true)"  # noqa: S608 - quoted names
    parameters: list[object] = [str(path)]
    if only is not None:
        query += f" WHERE trim(CAST({printed[only.column]} AS VARCHAR)) IN (SELECT unnest(?))"
        parameters.append(sorted(only.values))
    for number, *values in _query(path, query + " ORDER BY 1", parameters):
        yield int(number), dict(zip(columns, map(_as_text, values), strict=True))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _query(path: Path, query: str, parameters: Sequence[object]) -> Iterator[tuple[Any, ...]]:
    try:
        with duckdb.connect() as connection:
            connection.execute("SET enable_progress_bar = false")
            cursor = connection.execute(query, list(parameters))
            while rows := cursor.fetchmany(10_000):
                yield from rows
    except duckdb.Error as error:
        raise SourceError(path, f"not readable as Parquet: {str(error).splitlines()[0]}") from None


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else str(euro_of_float32(value))
    return str(value)
