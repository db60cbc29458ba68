"""A matrix of two frameworks: rows and columns, empty ones too, what stands in each cell, and whether an empty one is known to be so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from filorosso.graph import BASE, Answer, ParameterError, Readable, Row, ask, find, value_of

from ..view import TYPE, View, filo, sorted_by

NAMES: Final = ("rows", "rowKind", "columns", "columnKind", "certainty", "asOf")
NARROWED: Final = ("certainty", "asOf")
STANDING: Final = ("declared", "official", "assessed")
QUESTION: Final = "matrix"
_ACCEPTED: Final = {"plan": "declared", "official": "official", "analyst": "assessed"}
_KIND: Final = f"<{BASE}voc/element-kind/"
_WHOLE: Final = f"<{BASE}voc/extent/whole>"
_VERSION_OF: Final = "<http://purl.org/dc/terms/isVersionOf>"
# With no level asked for and no link to go by: as many elements as one sees at a glance.
_GLANCE: Final = 25
_KINDS: Final = "SELECT ?kind (COUNT(DISTINCT ?e) AS ?n) WHERE {{ ?e filo:inFramework {framework} ; filo:hasKind ?kind }} GROUP BY ?kind"
_SIDES: Final = ("row", "column")
_LINKED: Final = """
SELECT DISTINCT ?row ?column WHERE {{
    {{ SELECT DISTINCT ?from ?to WHERE {{
        ?from filo:inFramework {rows} . ?link filo:hasSubject ?from ; filo:hasObject ?to . ?to filo:inFramework {columns}
    }} }}
    ?from filo:isWithin ?upper . ?upper filo:hasKind ?row . ?to filo:isWithin ?above . ?above filo:hasKind ?column
}}
"""
_ELEMENTS: Final = "SELECT DISTINCT ?e WHERE {{ ?e filo:inFramework {framework} ; filo:hasKind {kind} }}"


@dataclass(frozen=True, slots=True)
class Side:
    """The rows or the columns: a framework, the plan asked for instead if that has only versions, the level, all levels that it has.

    :param kinds: the name of each level, and how many elements are at it; the widest first.
    """

    framework: str
    plan: str
    kind: str
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """Links of one status and polarity (`positive`, `negative` or `""`) in a cell."""

    status: str
    polarity: str
    number: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix. Rows and columns are terms; `empty` says of a row whether a cell without links is `absent` or `unknown`.

    :param relations: the link classes that an empty cell speaks of; `others` are those of which it is not known whether there are any.
    :param linked: the cells that have links, be they left out by the day or the certainty that was asked for.
    """

    sides: tuple[Side, Side]
    values: Mapping[str, str]
    rows: Sequence[str]
    columns: Sequence[str]
    parts: Mapping[tuple[str, str], Sequence[Part]]
    empty: Mapping[str, str]
    relations: Sequence[str]
    others: Sequence[str]
    linked: frozenset[tuple[str, str]]
    answer: Answer = field(repr=False)

    def status(self, row: str, column: str) -> str:
        """How a cell stands: `standing`, `proposed`, `set-aside`, `left-out`, `absent` or `unknown`."""
        found = {part.status for part in self.parts.get((row, column), ())}
        if found:
            return "standing" if found & set(STANDING) else "proposed" if "proposed" in found else "set-aside"
        return "left-out" if (row, column) in self.linked else self.empty[row]

    def number(self, row: str, column: str) -> int:
        """How many links of a cell stand."""
        return sum(part.number for part in self.parts.get((row, column), ()) if part.status in STANDING)


def read_grid(view: View, given: Mapping[str, str]) -> Grid:
    """The matrix that an address asks for; a level that is not said is one that has links.

    :raises ParameterError: a value is not what is expected.
    :raises NotFoundError: there is no such framework.
    """
    store, question = view.store, view.library.question(QUESTION)
    narrowed = {name: given[name] for name in NARROWED if given.get(name)}
    found = [_framework(store, name, given.get(name, "")) for name in ("rows", "columns")]
    linked = [] if given.get("rowKind") and given.get("columnKind") else _linked(store, found)
    sides = [
        _side(side, given.get(f"{name}Kind", ""), name, {row[name] for row in linked}) for side, name in zip(found, _SIDES, strict=True)
    ]
    values = {"rows": value_of(sides[0].framework), "columns": value_of(sides[1].framework)} | narrowed
    values |= {f"{name}Kind": side.kind for name, side in zip(_SIDES, sides, strict=True) if side.kind}
    answer = ask(store, question, values)
    every = ask(store, question, {name: value for name, value in values.items() if name not in NARROWED}) if narrowed else answer
    relations = tuple(dict.fromkeys(row["linkKind"] for row in every.rows if row["linkKind"] in question.about)) or question.about
    rows, columns = ([] if not side.kind else _elements(view, side) for side in sides)
    return Grid(
        sides=(sides[0], sides[1]),
        values=values,
        rows=rows,
        columns=columns,
        parts=_parts(answer),
        empty=_emptiness(store, sides[0].framework, rows, relations),
        relations=relations,
        others=[
            each
            for each in question.about
            if each not in relations and "unknown" in _emptiness(store, sides[0].framework, rows, [each]).values()
        ],
        linked=frozenset((row["row"], row["column"]) for row in every.rows),
        answer=answer,
    )


def kinds(store: Readable, framework: str) -> dict[str, int]:
    """The levels that a framework really has, by name, with their elements; the widest first."""
    rows = store.rows(_KINDS.format(framework=framework))
    found = {row["kind"].removeprefix(_KIND).rstrip(">"): int(value_of(row["n"])) for row in rows if row["kind"].startswith(_KIND)}
    return dict(sorted(found.items(), key=lambda kind: (kind[1], kind[0])))


def kind_term(name: str) -> str:
    """The term of a level."""
    return f"{_KIND}{name}>"


def unread(store: Readable, framework: str, row: str, relations: Iterable[str]) -> list[str]:
    """The completeness statements (terms) for which a row's links of some relations may be missing."""
    return [found for relation in relations for found in _bearing(store, framework, row, relation) if not _is_whole(store, found)]


# Sides


def _framework(store: Readable, name: str, asked: str) -> Side:
    """A framework that has elements; of a plan that has only versions, the one in force."""
    if not asked.strip():
        raise ParameterError(name, "a framework is needed: an IRI or what follows id/ in it, such as agenda-2030")
    node = find(store, asked.strip())
    if filo("Framework") not in store.objects(node, TYPE):
        raise ParameterError(name, f"{asked!r} given, a framework expected")
    if found := kinds(store, node):
        return Side(node, "", "", found)
    versions = [Side(version, node, "", found) for version in store.subjects(_VERSION_OF, node) if (found := kinds(store, version))]
    return max(versions, key=lambda side: _in_force(store, side.framework), default=Side(node, "", "", {}))


def _in_force(store: Readable, framework: str) -> tuple[bool, str]:
    """What versions are sorted by so that the one in force is the last."""
    return store.value(framework, filo("inForceUntil")) is None, store.value(framework, filo("inForceFrom")) or ""


def _linked(store: Readable, sides: Sequence[Side]) -> list[Row]:
    """The levels of two frameworks between which there are links."""
    return store.rows(_LINKED.format(rows=sides[0].framework, columns=sides[1].framework))


def _side(side: Side, asked: str, name: str, linked: Collection[str]) -> Side:
    """A side at the level that was asked for, or at the usual one."""
    kind = asked.removeprefix(_KIND[1:])
    if kind and kind not in side.kinds:
        raise ParameterError(f"{name}Kind", f"{asked!r} given, one of {', '.join(side.kinds)} expected: the levels that the framework has")
    return replace(side, kind=kind or _usual(side.kinds, linked))


def _usual(found: Mapping[str, int], linked: Collection[str]) -> str:
    """The level to look at if none is asked for: the widest of several elements that has links, else one that is seen at a glance."""
    with_links = [kind for kind, number in found.items() if number > 1 and kind_term(kind) in linked]
    at_a_glance = [kind for kind, number in found.items() if number <= _GLANCE]
    return next(iter(with_links), at_a_glance[-1] if at_a_glance else next(iter(found), ""))


def _elements(view: View, side: Side) -> list[str]:
    found = [row["e"] for row in view.store.rows(_ELEMENTS.format(framework=side.framework, kind=kind_term(side.kind)))]
    return sorted(found, key=lambda node: _place(view, node))


def _place(view: View, node: str) -> list[tuple[bool, int, list[tuple[bool, int, str]]]]:
    """Where an element stands in its plan: in what it is part of, then by its position, code or name."""
    chain = [node]
    while (above := view.store.value(chain[-1], filo("isPartOf"))) and above not in chain:
        chain.append(above)
    return [_rank(view, each) for each in reversed(chain)]


def _rank(view: View, node: str) -> tuple[bool, int, list[tuple[bool, int, str]]]:
    position = view.value(node, "position")
    return not position, int(position or 0), sorted_by(view.code(node) or view.name(node).text)


# Cells


def _parts(answer: Answer) -> dict[tuple[str, str], list[Part]]:
    found: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in answer.rows:
        polarity = value_of(row["polarity"]).rsplit("/", 1)[-1] if "polarity" in row else ""
        key = (_status(row), polarity if polarity in ("positive", "negative") else "")
        found[row["row"], row["column"]][key] += int(value_of(row["number"]))
    order = (*STANDING, "proposed", "superseded", "rejected")
    return {
        cell: [Part(*key, number) for key, number in sorted(counts.items(), key=lambda one: (order.index(one[0][0]), one[0][1]))]
        for cell, counts in found.items()
    }


def _status(row: Mapping[str, str]) -> str:
    life = value_of(row["lifeCycle"]).rsplit("/", 1)[-1]
    return {"accepted": _ACCEPTED[value_of(row["origin"]).rsplit("/", 1)[-1]], "open": "proposed"}.get(life, life)


def _emptiness(store: Readable, framework: str, rows: Iterable[str], relations: Sequence[str]) -> dict[str, str]:
    """Of each row whether a cell without links is `absent` (all that could speak of it was read whole) or `unknown`."""

    def is_read(row: str, relation: str) -> bool:
        found = _bearing(store, framework, row, relation)
        return bool(found) and all(_is_whole(store, statement) for statement in found)

    return {row: "absent" if all(is_read(row, relation) for relation in relations) else "unknown" for row in rows}


def _bearing(store: Readable, framework: str, row: str, relation: str) -> list[str]:
    """The completeness statements on a relation that bear on a row: those on its framework, and on elements in it or that it is in."""
    around = [framework, *store.objects(framework, _VERSION_OF)]
    found = [statement for each in around for statement in store.subjects(filo("aboutFramework"), each)]
    return [each for each in found if relation in store.objects(each, filo("aboutRelation")) and _is_near(store, each, row)]


def _is_near(store: Readable, statement: str, row: str) -> bool:
    element = store.value(statement, filo("aboutElement"))
    return element is None or row in store.objects(element, filo("isWithin")) or element in store.objects(row, filo("isWithin"))


def _is_whole(store: Readable, statement: str) -> bool:
    return store.value(statement, filo("hasExtent")) == _WHOLE


def cell_query(view: View, grid: Grid, row: str, column: str) -> str:
    """The query of one cell: that of the matrix, with its row and its column."""
    question = view.library.question(QUESTION)
    bound = question.bound({**question.values(grid.values, view.store), "row": row, "column": column})
    return "\n".join(line for line in bound.splitlines() if not line.startswith("#+")).strip() + "\n"


def address(view: View, grid: Grid, path: str, **more: str) -> str:
    """An address with what the matrix was asked with, and more."""
    return view.link(path, **{name: grid.values[name] for name in NAMES if grid.values.get(name)}, **more)


def code(view: View, node: str, place: int) -> str:
    """What an element is called for short: its code, or its place in the list."""
    return view.code(node) or str(place)


def said(texts: Mapping[str, Any], part: Part) -> str:
    """A part of a cell in words."""
    return " ".join(filter(None, (str(part.number), texts[part.status], texts[part.polarity] if part.polarity else "")))
