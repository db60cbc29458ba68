"""The matrix: framework by framework at chosen levels, as a heat map that tells unknown from none and prints on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from filorosso.graph import BASE, ParameterError, ask, value_of

from ...texts import EXPLORER, TRACE
from ..view import Page, View, filo, sorted_by
from .grid import NAMES, QUESTION, Grid, Side, address, code, kind_term, read_grid

# More cells than this are shown on several pages, by rows: a larger page would not be sent whole, nor compressed.
CELLS: Final = 1500
HEATS: Final = 4
# More columns than this are headed by codes alone.
TURNED: Final = 20
# A longer name does not fit into the head of a column.
LONG: Final = 60
_PAIRS: Final = """
SELECT ?rows ?columns (COUNT(DISTINCT ?link) AS ?number) WHERE {
    ?kind rdfs:subClassOf filo:Link . ?link a ?kind ; filo:hasSubject ?from ; filo:hasObject ?to .
    ?from filo:inFramework ?rows . ?to filo:inFramework ?columns .
    FILTER (?kind != filo:Reference)
    FILTER EXISTS { ?from filo:hasKind ?fromKind }
    FILTER EXISTS { ?to filo:hasKind ?toKind }
} GROUP BY ?rows ?columns
"""
WORDS: Final = {
    "it": {
        "title": "Matrice",
        "lead": "Due quadri messi a confronto, livello per livello: ogni casella dice quanti legami ci sono, come stanno, e se il vuoto è "
        "certo o ignoto.",
        "rows": "Righe: quadro",
        "rowKind": "Righe: livello",
        "columns": "Colonne: quadro",
        "columnKind": "Colonne: livello",
        "certaintyLeast": "Certezza minima",
        "asOf": "In vigore il giorno",
        "show": "Mostra la matrice",
        "usual": "quello consueto",
        "choose": "— scegli —",
        "pairs": "Matrici che hanno legami",
        "links": "legami: {}",
        "itself": "con sé stesso",
        "version": "{} ha solo versioni: si vede quella in vigore, {}.",
        "turn": "Scambia righe e colonne",
        "turnNone": "Da queste righe a queste colonne non c'è alcun legame; nell'altro verso ce ne sono: scambia righe e colonne.",
        "caption": "Legami da {} a {}",
        "openCell": "Ogni casella apre i suoi legami, le prove e l'interrogazione.",
        "legend": "Legenda",
        "speaksOf": "Una casella vuota parla di: {}.",
        "speaksNotOf": "Di altri legami ({}) non ne risultano tra questi due quadri; se ce ne siano non si sa.",
        "legendHeat": "legami che valgono",
        "legendProposed": "soltanto proposti",
        "legendSetAside": "respinti o superati",
        "legendUnknown": "ignoto: non tutte le fonti sono state lette per intero",
        "legendAbsent": "assente: le fonti sono state lette per intero e non ne parlano",
        "legendLeftOut": "ci sono legami, ma fuori dal giorno o dalla certezza chiesti",
        "legendNegative": "con un giudizio negativo",
        "key": "Le colonne",
        "left-out": "lasciato fuori",
        "unknownParts": "Che cosa non si sa",
        "unknownSources": "Fonti non lette, o lette in parte: {}",
        "wholeSaid": "Completa: nessuna fonte nota è rimasta da leggere.",
        "statement": "l'affermazione",
        "take": "I dati di questa pagina",
        "asSeen": "La matrice come si vede",
        "asLong": "Un legame per riga",
        "question": "La domanda, con la sua interrogazione SPARQL",
        "money": "Lo stesso incrocio in denaro",
        "permalink": "Indirizzo permanente",
        "nothing": "Questo livello non ha elementi.",
        "total": "Righe {} · colonne {} · caselle con legami {}",
        "row": "Riga",
        "column": "Colonna",
        "cellTitle": "Legami della casella",
        "cellNone": "Nessun legame in questa casella.",
        "cellLeftOut": "Ci sono legami, ma fuori dal giorno o dalla certezza chiesti.",
        "cellUnknown": "Non tutte le fonti sono state lette per intero: un legame potrebbe esserci.",
        "cellAbsent": "Le fonti sono state lette per intero e non ne parlano.",
        "back": "Torna alla matrice",
        "threads": "Cerca i fili tra i due, anche attraverso altri quadri",
        "kind": "Tipo",
        "link": "Legame",
        "query": "L'interrogazione",
        "tryQuery": "Apri nell'editor SPARQL",
        "value": "Valore",
    },
    "en": {
        "title": "Matrix",
        "lead": "Two frameworks set against each other, level by level: each cell says how many links there are, how they stand, and "
        "whether a void is certain or unknown.",
        "rows": "Rows: framework",
        "rowKind": "Rows: level",
        "columns": "Columns: framework",
        "columnKind": "Columns: level",
        "certaintyLeast": "Least certainty",
        "asOf": "In force on the day",
        "show": "Show the matrix",
        "usual": "the usual one",
        "choose": "— choose —",
        "pairs": "Matrices that have links",
        "links": "links: {}",
        "itself": "with itself",
        "version": "{} has only versions: the one in force is shown, {}.",
        "turn": "Swap rows and columns",
        "turnNone": "From these rows to these columns there is no link; the other way there are some: swap rows and columns.",
        "caption": "Links from {} to {}",
        "openCell": "Each cell opens its links, their evidence and the query.",
        "legend": "Legend",
        "speaksOf": "An empty cell speaks of: {}.",
        "speaksNotOf": "Of other links ({}) none is known between these two frameworks; whether there are any is unknown.",
        "legendHeat": "links that stand",
        "legendProposed": "only proposed",
        "legendSetAside": "rejected or superseded",
        "legendUnknown": "unknown: not all sources were read whole",
        "legendAbsent": "absent: the sources were read whole and say nothing of it",
        "legendLeftOut": "there are links, but outside of the day or the certainty asked for",
        "legendNegative": "with a negative judgement",
        "key": "The columns",
        "left-out": "left out",
        "unknownParts": "What is not known",
        "unknownSources": "Sources not read, or read in part: {}",
        "wholeSaid": "Complete: no known source was left unread.",
        "statement": "the statement",
        "take": "The data of this page",
        "asSeen": "The matrix as seen",
        "asLong": "A link a row",
        "question": "The question, with its SPARQL query",
        "money": "The same crossing in money",
        "permalink": "Permanent address",
        "nothing": "This level has no elements.",
        "total": "Rows {} · columns {} · cells with links {}",
        "row": "Row",
        "column": "Column",
        "cellTitle": "Links of the cell",
        "cellNone": "No link in this cell.",
        "cellLeftOut": "There are links, but outside of the day or the certainty asked for.",
        "cellUnknown": "Not all sources were read whole: there may be a link.",
        "cellAbsent": "The sources were read whole and say nothing of it.",
        "back": "Back to the matrix",
        "threads": "Look for threads between the two, through other frameworks too",
        "kind": "Kind",
        "link": "Link",
        "query": "The query",
        "tryQuery": "Open in the SPARQL editor",
        "value": "Value",
    },
}


def matrix(view: View, given: Mapping[str, str]) -> Page:
    """The page: a matrix, or the form with the pairs of frameworks that have links."""
    said = {name: given.get(name, "").strip()[:500] for name in NAMES}
    title = str(WORDS[view.lang]["title"])
    if not said["rows"] or not said["columns"]:
        context: dict[str, Any] = {"grid": None, "pairs": _pairs(view)}
        return _page(view, said, title, None, context)
    grid = read_grid(view, said)
    names = [view.name(side.framework).text for side in grid.sides]
    return _page(view, said, f"{title}: {names[0]} × {names[1]}", grid, _shown(view, grid, given.get("page", "")))


def _page(view: View, said: Mapping[str, str], title: str, grid: Grid | None, context: Mapping[str, Any]) -> Page:
    sides = [_choices(view, side) for side in grid.sides] if grid else [[], []]
    chosen = {**said, **(grid.values if grid else {})}
    form = {"said": chosen, "frameworks": _frameworks(view), "levels": sides, "certainties": _certainties(view)}
    crumb = EXPLORER[view.lang]["matrix"]
    words = {lang: {**WORDS[lang], "verbs": TRACE[lang]} for lang in WORDS}
    return Page("matrix", title, {**form, **context}, words, crumbs=((crumb, ""),))


def _certainties(view: View) -> list[tuple[str, str]]:
    degrees = next(each.choices for each in view.library.question(QUESTION).parameters if each.name == "certainty")
    return [(name, view.name(f"<{BASE}voc/certainty/{name}>").text) for name in degrees]


def _frameworks(view: View) -> list[tuple[str, str]]:
    """The frameworks that have elements at levels, as IRI and name."""
    rows = view.store.rows("SELECT DISTINCT ?f WHERE { ?e filo:inFramework ?f ; filo:hasKind ?kind }")
    return [(value_of(name.term), name.text) for name in view.names(row["f"] for row in rows)]


def _choices(view: View, side: Side) -> list[tuple[str, str]]:
    return [(name, f"{view.name(kind_term(name)).text} ({number})") for name, number in side.kinds.items()]


def _pairs(view: View) -> list[dict[str, Any]]:
    """The pairs of frameworks between which there are links, most first."""
    rows = sorted(view.store.rows(_PAIRS), key=lambda row: -int(value_of(row["number"])))
    return [
        {
            "rows": view.name(row["rows"]),
            "columns": view.name(row["columns"]),
            "number": value_of(row["number"]),
            "address": view.link("/matrix", rows=value_of(row["rows"]), columns=value_of(row["columns"])),
        }
        for row in rows
    ]


def _shown(view: View, grid: Grid, page: str) -> dict[str, Any]:
    """A matrix as the page shows it."""
    size = max(10, CELLS // max(1, len(grid.columns)))
    pages = max(1, -(-len(grid.rows) // size))
    number = _turn(page, pages)
    most = max((grid.number(row, column) for row, column in grid.parts), default=0)
    shown = grid.rows[(number - 1) * size : number * size]
    opened = {node: quote(value_of(node), safe="") for node in (*shown, *grid.columns)}
    cell = address(view, grid, "/matrix/cell") + "&row={}&column={}"
    return {
        "grid": grid,
        "pairs": (),
        "names": [view.name(side.framework) for side in grid.sides],
        "plans": [(view.name(side.plan), view.name(side.framework)) for side in grid.sides if side.plan],
        "kinds": [view.name(kind_term(side.kind)) for side in grid.sides if side.kind],
        "heads": [_head(view, column, place) for place, column in enumerate(grid.columns, 1)],
        "lines": [
            {
                **_head(view, row, place),
                "cells": [
                    _cell(grid, row, column, most) | {"address": cell.format(opened[row], opened[column])} for column in grid.columns
                ],
            }
            for place, row in enumerate(shown, (number - 1) * size + 1)
        ],
        "turned": len(grid.columns) <= TURNED,
        "is_keyed": len(grid.columns) > TURNED or any(len(view.name(column).text) > LONG for column in grid.columns),
        "heats": _heats(grid, most),
        "page_number": number,
        "pages": pages,
        "turn": lambda to: address(view, grid, "/matrix", page=str(to)),
        "relations": view.names(grid.relations),
        "others": view.names(grid.others),
        "statuses": {grid.status(row, column) for row in grid.rows for column in grid.columns},
        "has_negative": any(part.polarity == "negative" for parts in grid.parts.values() for part in parts),
        "swap": _swap(view, grid),
        "unknown": _unknown(view, grid),
        "take": _taken(view, grid),
    }


def _turn(page: str, pages: int) -> int:
    if not page:
        return 1
    if not (page.isascii() and page.isdigit() and 1 <= int(page[:6]) <= pages):
        raise ParameterError("page", f"{page!r} given, a whole number from 1 to {pages} expected")
    return int(page)


def _head(view: View, node: str, place: int) -> dict[str, Any]:
    return {"name": view.name(node), "code": code(view, node, place)}


def _cell(grid: Grid, row: str, column: str, most: int) -> dict[str, Any]:
    status, parts = grid.status(row, column), grid.parts.get((row, column), ())
    look = f"heat-{heat(grid.number(row, column), most)}" if status == "standing" else status
    return {"status": status, "parts": parts, "look": look, "negative": any(part.polarity == "negative" for part in parts)}


def heat(number: int, most: int) -> int:
    """The class of a number of links, from 1 to `HEATS`."""
    return 1 + min(HEATS - 1, (number - 1) * HEATS // most)


def _heats(grid: Grid, most: int) -> list[tuple[int, int, int]]:
    """The classes that the matrix has: each with the least and the greatest number in it."""
    found: dict[int, list[int]] = {}
    for cell in grid.parts:
        if number := grid.number(*cell):
            found.setdefault(heat(number, most), []).append(number)
    return [(each, min(numbers), max(numbers)) for each, numbers in sorted(found.items())]


def _swap(view: View, grid: Grid) -> dict[str, Any]:
    """The address of the matrix turned over, and whether it alone has links."""
    turned = {"rows": "columns", "columns": "rows", "rowKind": "columnKind", "columnKind": "rowKind"}
    values = {turned.get(name, name): value for name, value in grid.values.items()}
    only = not grid.parts and bool(ask(view.store, view.library.question(QUESTION), values).rows)
    return {"address": view.link("/matrix", **values), "only": only}


def _unknown(view: View, grid: Grid) -> list[dict[str, Any]]:
    """The completeness statements that bear on the matrix, for the relations that it speaks of."""
    found = []
    for each in grid.answer.completeness.unknown:
        if each.relation in grid.relations:
            about = view.store.value(each.statement, filo("aboutSource"))
            named = {"relation": view.name(each.relation), "detail": view.name(each.extent), "other": view.name(about) if about else None}
            element = view.name(each.element) if each.element else None
            told = {"statement": view.name(each.statement), "reasons": view.said_in(each.reasons), "mark": "unknown", "element": element}
            found.append(named | told)
    return sorted(found, key=lambda row: sorted_by(row["element"].text if row["element"] else ""))


def _taken(view: View, grid: Grid) -> dict[str, Any]:
    """Where the matrix is to be had in other forms."""
    values = {name: value for name, value in grid.values.items() if value}
    question = f"/questions/{QUESTION}/answer?{urlencode(values)}"
    lang = {"lang": view.data}
    money = {name: value for name, value in values.items() if name != "certainty"}
    return {
        "seen": [(form.upper(), address(view, grid, "/matrix/table", format=form)) for form in ("xlsx", "csv")],
        "long": [
            (said, f"{question}&{urlencode({'format': form, **lang})}")
            for form, said in (("xlsx", "XLSX"), ("labelled-csv", "CSV"), ("json", "JSON"))
        ],
        "question": view.link(question),
        "money": view.link(f"/questions/matrix-money/answer?{urlencode(money)}"),
        "permalink": address(view, grid, "/matrix"),
    }
