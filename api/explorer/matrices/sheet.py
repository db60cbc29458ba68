"""A matrix as a table to take away: rows by columns as the page shows them, and what is to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from filorosso.graph import ParameterError

from ...errors import Reply
from ...tables import XLSX, Cell, about, written_csv, written_xlsx
from ...texts import EXPLORER
from ..view import View
from .grid import STANDING, Grid, code, read_grid, said
from .matrix import WORDS

_FORMS: Final = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}


def sheet(view: View, given: Mapping[str, str]) -> Reply:
    """A matrix in the form that `format` names, `csv` or `xlsx`, in the language of the data.

    :raises ParameterError: a value is not what is expected.
    """
    form = given.get("format", "csv")
    if form not in _FORMS:
        raise ParameterError("format", f"{form!r} given, one of {', '.join(_FORMS)} expected")
    grid = read_grid(view, given)
    header: list[Cell] = ["", *(_head(view, node, place) for place, node in enumerate(grid.columns, 1))]
    rows = [_row(view, grid, node, place) for place, node in enumerate(grid.rows, 1)]
    known = about(grid.answer, view.store, view.data)
    body = written_csv(header, rows, bom=True) if form == "csv" else written_xlsx(header, rows, known, view.data)
    headers = {"content-type": _FORMS[form], "content-disposition": f'attachment; filename="matrix.{form}"', "vary": "Accept-Language"}
    return Reply(HTTPStatus.OK, headers, body)


def _head(view: View, node: str, place: int) -> str:
    return f"{code(view, node, place)} {view.name(node).text}"


def _row(view: View, grid: Grid, row: str, place: int) -> list[Cell]:
    return [_head(view, row, place), *(_cell(view, grid, row, column) for column in grid.columns)]


def _cell(view: View, grid: Grid, row: str, column: str) -> Cell:
    """A number where links simply stand; else words: what is proposed, negative, unknown or absent is no number."""
    parts, texts = grid.parts.get((row, column), ()), EXPLORER[view.data]
    if not parts:
        status = grid.status(row, column)
        return str(texts.get(status, WORDS[view.data].get(status)))
    if all(part.status in STANDING and not part.polarity for part in parts):
        return grid.number(row, column)
    return "; ".join(said(texts, part) for part in parts)
