"""A cell of a matrix, opened: its links with their evidence, or why there is none, and the query behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from filorosso.graph import ParameterError, find, steps, value_of

from ...texts import TRACE
from ..resources import shown_step
from ..view import Page, View, filo, sorted_by
from .grid import NAMES, Grid, address, cell_query, read_grid, unread
from .matrix import WORDS


def cell(view: View, given: Mapping[str, str]) -> Page:
    """The page of the cell where `row` and `column` meet in a matrix.

    :raises ParameterError: they are not of that matrix.
    """
    grid = read_grid(view, {name: given.get(name, "").strip()[:500] for name in NAMES})
    row, column = _end(view, grid.rows, "row", given), _end(view, grid.columns, "column", given)
    query, back = cell_query(view, grid, row, column), address(view, grid, "/matrix")
    context = {
        "status": grid.status(row, column),
        "ends": [view.name(row), view.name(column)],
        "links": _links(view, query),
        "unknown": _unread(view, grid, row) if (row, column) not in grid.parts else [],
        "query": query,
        "try_query": view.link("/sparql", edit=query),
        "back": back,
        "threads": view.link("/thread", **{"from": value_of(row), "to": value_of(column)}),
        "relations": view.names(grid.relations),
    }
    words = {lang: {**WORDS[lang], "verbs": TRACE[lang]} for lang in WORDS}
    title = f"{view.name(row).text} × {view.name(column).text}"
    return Page("cell", title, context, words, crumbs=((str(WORDS[view.lang]["title"]), back), (title, "")))


def _end(view: View, found: Sequence[str], name: str, given: Mapping[str, str]) -> str:
    node = find(view.store, given.get(name, "").strip()[:500])
    if node not in found:
        raise ParameterError(name, f"{given.get(name, '')!r} given, an element of this matrix expected")
    return node


def _links(view: View, query: str) -> list[dict[str, Any]]:
    """The links of a cell, those that stand first."""
    counted = dict.fromkeys(f"<{link}>" for row in view.store.rows(query) for link in value_of(row["counted"]).split())
    order = ("declared", "official", "assessed", "proposed", "superseded", "rejected")
    shown = [
        shown_step(view, step) | {"class": view.name(filo(step.kind)), **_judged(view, step.value)} for step in steps(view.store, counted)
    ]
    return sorted(shown, key=lambda link: (order.index(link["status"]), sorted_by(link["start"].text), sorted_by(link["end"].text)))


def _judged(view: View, value: str | None) -> dict[str, str]:
    polarity = view.store.value(value, filo("hasPolarity")) if value else None
    name = value_of(polarity).rsplit("/", 1)[-1] if polarity else ""
    return {"polarity": name if name in ("positive", "negative") else ""}


def _unread(view: View, grid: Grid, row: str) -> list[dict[str, Any]]:
    found = []
    for statement in dict.fromkeys(unread(view.store, grid.sides[0].framework, row, grid.relations)):
        values = {key: view.store.value(statement, filo(key)) for key in ("aboutRelation", "hasExtent", "aboutSource")}
        relation, extent, source = (view.name(term) if term else None for term in values.values())
        reasons = view.said_in(view.store.objects(statement, filo("reason")))
        found.append(
            {
                "relation": relation,
                "detail": extent,
                "other": source,
                "statement": view.name(statement),
                "reasons": reasons,
                "mark": "unknown",
            }
        )
    return found
