"""The terms of an answer as a page shows them: names with links, numbers, amounts, days, and what is told by a mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from filorosso.graph import BASE, Answer, Row, Triple, datatype_of, is_iri, language_of, value_of

from ..view import Name, View

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
NUMBERS: Final = frozenset(XSD + name for name in ("integer", "decimal", "double", "float"))
# Which concepts say how a thing stands; the mark of a cell is that of its concept.
_STANDING: Final = {
    "coverage-status/declared": "declared",
    "coverage-status/only-proposed": "proposed",
    "coverage-status/unknown": "unknown",
    "coverage-status/absent": "absent",
    "life-cycle/accepted": "declared",
    "life-cycle/open": "proposed",
    "life-cycle/rejected": "rejected",
    "life-cycle/superseded": "superseded",
    "origin/official": "official",
    "polarity/positive": "positive",
    "polarity/negative": "negative",
    "verdict/unknown": "unknown",
    "break-reason/no-link": "absent",
    "break-reason/only-proposed": "proposed",
    "break-reason/not-extracted": "unknown",
    "break-reason/not-assessed": "unknown",
    "break-reason/source-unread": "unknown",
    "break-reason/source-read-in-part": "unknown",
}
# The kinds of hops are texts, of which a sequence is one text too.
_HOPS: Final = {
    "it": {"funding": "finanziamento", "part-of": "parte di", "contribution": "contributo", "frame": "cornice"},
    "en": {"funding": "funding", "part-of": "part of", "contribution": "contribution", "frame": "frame"},
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `kind` is one of `empty`, `name`, `names`, `number`, `euro`, `day`, `truth`, `text`; `status` that of a mark, or `""`."""

    kind: str
    value: str = ""
    names: tuple[Name, ...] = ()
    status: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column: its variable, what it is called, its unit, and whether it holds numbers only."""

    variable: str
    text: str
    unit: str | None
    is_figure: bool


def headings(view: View, answer: Answer) -> list[Heading]:
    """The heads of the columns of an answer."""
    found = []
    for name in answer.columns:
        column = view.library.column(name)
        terms = [row[name] for row in answer.rows if name in row]
        found.append(Heading(name, column.summary[view.lang], column.unit, bool(terms) and all(is_number(term) for term in terms)))
    return found


def table(view: View, answer: Answer, rows: Sequence[Row]) -> list[list[Cell]]:
    """Rows of an answer as cells."""
    units = {name: view.library.column(name).unit for name in answer.columns}
    lists = answer.question.lists
    return [[cell(view, row.get(name), units[name], is_list=name in lists) for name in answer.columns] for row in rows]


def triples(view: View, found: Sequence[Triple]) -> list[list[Cell]]:
    """Triples as cells."""
    return [[cell(view, term) for term in triple] for triple in found]


def cell(view: View, term: str | None, unit: str | None = None, *, is_list: bool = False) -> Cell:
    """A term as a cell; a list is a text of IRIs, separated by blanks."""
    if term is None:
        return Cell("empty")
    if is_list:
        return Cell("names", names=tuple(view.name(f"<{iri}>") for iri in value_of(term).split()))
    if is_iri(term):
        return Cell("name", names=(view.name(term),), status=standing(term), code=view.code(term))
    value, datatype = value_of(term), datatype_of(term) or ""
    if is_number(term):
        return Cell("euro" if unit == "EUR" else "number", value)
    kind = {XSD + "date": "day", XSD + "boolean": "truth"}.get(datatype)
    if kind:
        return Cell(kind, value)
    return Cell("text", names=(_text(view, term),))


def standing(term: str) -> str:
    """The status that a concept of ours says, or `""`."""
    return _STANDING.get(value_of(term).removeprefix(BASE + "voc/"), "")


def is_number(term: str) -> bool:
    """Whether a term is a number."""
    return datatype_of(term) in NUMBERS


def _text(view: View, term: str) -> Name:
    if term.startswith("_:"):
        return Name(term, term, "", "")
    words = value_of(term).split()
    if words and language_of(term) is None and all(word in _HOPS[view.lang] for word in words):
        return Name(term, " → ".join(_HOPS[view.lang][word] for word in words), "", "")
    return view.name(term)
