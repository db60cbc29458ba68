"""Whether an answer can be drawn, and how: by the shape of its columns, never by the question.

Numbers that count things or euros are drawn, of one unit, over what the first column names: bars over names, lines over days. One more
column may tell the numbers of a name apart (kinds of amount); where rows differ by more than that, or are many, the table says it better.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from filorosso.graph import Answer, Row, datatype_of, is_iri, value_of

from ..matrices.cells import XSD, Heading
from ..view import View

MOST: Final = 40
_SERIES: Final = 6


def drawing(view: View, answer: Answer, heads: Sequence[Heading]) -> tuple[str, dict[str, Any]] | None:
    """The kind of chart (`bar`, `line`) that an answer makes, and what it draws; None where a chart would not help."""
    figures = [head for head in heads if head.is_figure and head.unit]
    first, rows = heads[0] if heads else None, answer.rows
    if first is None or not figures or first in figures or not all(first.variable in row for row in rows):
        return None
    figures = [head for head in figures if head.unit == figures[0].unit][:_SERIES]
    by = _told_apart_by(rows, first, heads)
    if by is None or not 1 < len({row[first.variable] for row in rows}) <= MOST:
        return None
    series = _series(view, rows, first.variable, by, figures)
    if not any(value for one in series for value in one["data"]):
        return None
    is_time = all(datatype_of(row[first.variable]) == XSD + "date" for row in rows)
    ends = list(dict.fromkeys(row[first.variable] for row in rows))
    if is_time:
        order = sorted(range(len(ends)), key=lambda place: value_of(ends[place]))
        series = [{**one, "data": [one["data"][place] for place in order]} for one in series]
        ends = [ends[place] for place in order]
    said = {"categories": [view.name(end).text for end in ends], "series": series, "unit": "EUR" if figures[0].unit == "EUR" else ""}
    if is_time:
        return "line", said
    return "bar", said | {"addresses": [view.name(end).address for end in ends]}


def _told_apart_by(rows: Sequence[Row], first: Heading, heads: Sequence[Heading]) -> str | None:
    """The column that, with the first, makes rows different: `""` if the first does alone, None if it takes more than one."""
    if len({row[first.variable] for row in rows}) == len(rows):
        return ""
    for head in heads[1:]:
        if not head.is_figure:
            values = {row.get(head.variable) for row in rows}
            if len(values) <= _SERIES and len({(row[first.variable], row.get(head.variable)) for row in rows}) == len(rows):
                return head.variable
    return None


def _series(view: View, rows: Sequence[Row], first: str, by: str, figures: Sequence[Heading]) -> list[dict[str, Any]]:
    ends = list(dict.fromkeys(row[first] for row in rows))
    kinds = list(dict.fromkeys(row.get(by) for row in rows)) if by else [None]
    found = []
    for figure in figures:
        for kind in kinds:
            values = {row[first]: row[figure.variable] for row in rows if figure.variable in row and (not by or row.get(by) == kind)}
            named = view.name(kind).text if kind and is_iri(kind) else value_of(kind) if kind else "–"
            name = figure.text if not by else named if len(figures) == 1 else f"{figure.text}: {named}"
            found.append({"name": name, "data": [float(Decimal(value_of(values[end]))) if end in values else None for end in ends]})
    return found
