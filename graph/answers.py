"""Asking a question of the library: its rows or its graph, how complete they are, and how to cite them.

An answer never hides that it is not whole. It may be *cut* at a limit, *stopped* after a time, and have *unknown parts*: completeness
statements of the graph that bear on it, whose sources were not read, or not whole (open world).
"""

from __future__ import annotations

import time
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from .errors import CitationError, ParameterError
from .facts import LABEL, Lookup, label
from .namespaces import VOC, XSD
from .questions import Question
from .store import Readable, Row
from .terms import Triple, datatype_of, iri, is_iri, language_of, text, typed, value_of
from .threads import IN_FRAMEWORK, TYPE, VERSION_OF, filo

if TYPE_CHECKING:
    import pandas
    import polars

_WHOLE = iri(VOC + "extent/whole")
_NUMBERS: Final = ("integer", "decimal", "double", "float")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A completeness statement that leaves an answer with an unknown part; terms."""

    statement: str
    framework: str
    element: str | None
    relation: str
    extent: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether an answer is whole: `cut_at` is a number of rows or triples, `stopped_after` seconds."""

    cut_at: int | None = None
    stopped_after: float | None = None
    unknown: tuple[Unknown, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        """`complete`, or what keeps it from being so: `cut`, `stopped`, `unknown-parts`."""
        found = (("cut", self.cut_at), ("stopped", self.stopped_after), ("unknown-parts", self.unknown))
        return tuple(state for state, reason in found if reason not in (None, ())) or ("complete",)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; `columns` and `rows` of a table, or `triples` of a graph; values are N-Triples terms."""

    question: Question
    values: Mapping[str, str]
    release: str
    rows: tuple[Row, ...]
    triples: tuple[Triple, ...]
    completeness: Completeness

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order; none for a graph."""
        return self.question.returns

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self.rows and not self.triples

    @property
    def citation(self) -> Citation:
        """What to cite: the same question, values, release and result have the same one."""
        asked = [self.question.name, *(f"{name}={canonical(value)}" for name, value in sorted(self.values.items()))]
        lines = [" ".join(f"{name}={canonical(value)}" for name, value in sorted(row.items())) for row in self.rows]
        lines += [" ".join(triple) for triple in self.triples]
        return Citation(_short("\n".join(asked), 8), self.release[:8], _short("\n".join(sorted(lines)), 12))

    def to_pandas(self, lang: str | None = None, lookup: Lookup | None = None) -> pandas.DataFrame:
        """The rows as a pandas frame: one column a variable, in order; IRIs and texts as str, numbers as int and float, truth as bool.

        With `lang` and `lookup` each column that holds IRIs is followed by one of their labels, `<name>Label`.
        """
        import pandas

        return pandas.DataFrame(self._data(lang, lookup))

    def to_polars(self, lang: str | None = None, lookup: Lookup | None = None) -> polars.DataFrame:
        """The rows as a Polars frame; see `to_pandas`."""
        import polars

        return polars.DataFrame(self._data(lang, lookup), strict=False)

    def _data(self, lang: str | None, lookup: Lookup | None) -> dict[str, list[Any]]:
        names = labels(lookup, self.rows, lang) if lang and lookup else {}
        data: dict[str, list[Any]] = {}
        for column in self.columns:
            cells = [row.get(column) for row in self.rows]
            data[column] = [None if cell is None else native(cell) for cell in cells]
            if names and any(cell in names for cell in cells):
                data[f"{column}Label"] = [names.get(cell or "") for cell in cells]
        return data


@dataclass(frozen=True, slots=True)
class Citation:
    """A short name of an answer, in three parts: what was asked, of which release, with which result."""

    asked: str
    release: str
    result: str

    def __str__(self) -> str:
        """The three parts, joined by hyphens."""
        return f"{self.asked}-{self.release}-{self.result}"

    def compare(self, cited: str) -> str:
        """How this answer stands to a cited one: `same`, `same-in-another-release`, or `changed`.

        :raises CitationError: not a citation, or one of another question or other values.
        """
        parts = cited.strip().split("-")
        if len(parts) != 3 or [len(part) for part in parts] != [8, 8, 12]:
            raise CitationError(f"{cited!r} is not a citation; one looks like {self}")
        if parts[0] != self.asked:
            raise CitationError(f"{cited} cites another question, or the same one with other parameters")
        if parts[2] != self.result:
            return "changed"
        return "same" if parts[1] == self.release else "same-in-another-release"


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What changes in an answer if what is less certain than a degree (a term) is left out: the rows that go, and those that come."""

    certainty: str
    lost: tuple[Row, ...]
    gained: tuple[Row, ...]


def sensitivity(store: Readable, answer: Answer, certainty: str) -> Sensitivity:
    """Ask the question of an answer again without what is less certain than a degree, named as in `voc/certainty`, and compare.

    :raises ParameterError: the question has no parameter `certainty`, or there is no such degree.
    """
    question = answer.question
    degree = next((parameter for parameter in question.parameters if parameter.name == "certainty"), None)
    if degree is None:
        raise ParameterError("certainty", f"{question.name} does not tell degrees of certainty apart")
    values = {**answer.values, "certainty": degree.term(certainty)}
    firm = [sorted_lists(row, question) for row in store.query(question.bound(values)).rows()]
    had, has = ({_key(row): row for row in rows} for rows in (answer.rows, firm))
    lost = tuple(row for key, row in had.items() if key not in has)
    return Sensitivity(values["certainty"], lost, tuple(row for key, row in has.items() if key not in had))


def _key(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, canonical(value)) for name, value in row.items()))


def ask(
    store: Readable,
    question: Question,
    given: Mapping[str, str] | None = None,
    *,
    limit: int | None = None,
    seconds: float | None = None,
) -> Answer:
    """Ask a question with values as a person writes them; `limit` cuts the rows (or triples), `seconds` stop between two of them.

    :raises ParameterError: a value is unknown, missing, or not what is expected.
    :raises QueryError: the engine failed.
    """
    values = question.values(given or {}, store)
    deadline = None if seconds is None else time.monotonic() + seconds
    results = store.query(question.bound(values))
    rows: tuple[Row, ...] = ()
    triples: tuple[Triple, ...] = ()
    if question.form == "select":
        rows, ending = _taken((sorted_lists(row, question) for row in results.rows()), limit, deadline)
    else:
        triples, ending = _taken(results.triples(), limit, deadline)
    completeness = Completeness(
        cut_at=limit if ending == "cut" else None,
        stopped_after=seconds if ending == "stopped" else None,
        unknown=tuple(_unknown(store, question, values, rows, triples)),
    )
    return Answer(question, values, store.name, rows, triples, completeness)


def sorted_lists(row: Row, question: Question) -> Row:
    """A row whose lists are in an order of ours: no engine promises one."""
    found = {name: text(" ".join(sorted(value_of(row[name]).split()))) for name in question.lists if name in row}
    return row | found


def labels(lookup: Lookup, rows: Iterable[Row], lang: str) -> dict[str, str]:
    """The label of each IRI of the rows that has one, in a language or else in another."""
    nodes = dict.fromkeys(term for row in rows for term in row.values() if is_iri(term))
    return {node: label(lookup, node, lang) for node in nodes if lookup.objects(node, LABEL)}


def native(term: str) -> str | int | float | bool:
    """The value of a term as Python has it: an IRI or text as str, numbers as int and float, truth as bool."""
    datatype = (datatype_of(term) or "").removeprefix(XSD)
    value = value_of(term)
    if datatype == "integer":
        return int(value)
    if datatype in _NUMBERS:
        return float(value)
    return value == "true" if datatype == "boolean" else value


def canonical(term: str) -> str:
    """A term with one spelling a value: numbers without needless digits, language tags in lower case."""
    datatype = datatype_of(term) or ""
    if datatype.removeprefix(XSD) in _NUMBERS:
        number = Decimal(value_of(term))
        plain = format(number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize(), "f")
        return typed(plain, "decimal")
    language = language_of(term)
    return term if not language else f"{term[: -len(language)]}{language.lower()}"


def _short(said: str, length: int) -> str:
    return b32encode(sha256(said.encode()).digest()).decode().lower()[:length]


def _taken(found: Iterator[Any], limit: int | None, deadline: float | None) -> tuple[tuple[Any, ...], str]:
    taken: list[Any] = []
    for one in found:
        if limit is not None and len(taken) == limit:
            return tuple(taken), "cut"
        taken.append(one)
        if deadline is not None and time.monotonic() > deadline:
            return tuple(taken), "stopped"
    return tuple(taken), "whole"


# What is unknown


def _unknown(
    lookup: Lookup, question: Question, values: Mapping[str, str], rows: Sequence[Row], triples: Sequence[Triple]
) -> Iterator[Unknown]:
    """The completeness statements on a relation that the question rests on, of what was asked about or answered.

    A framework that was asked about brings every statement on it; an element those on itself and those on the whole of its framework.
    A question about nothing in particular is about everything.
    """
    asked = {term for term in values.values() if _is_node(term)}
    nodes = asked | {term for row in rows for term in row.values() if _is_node(term)}
    nodes |= {term for triple in triples for term in (triple[0], triple[2]) if _is_node(term)}
    whole = _with_versioned(lookup, {node for node in asked if filo("Framework") in lookup.objects(node, TYPE)})
    around = _with_versioned(lookup, {framework for node in nodes for framework in lookup.objects(node, IN_FRAMEWORK)} | (nodes & whole))
    for relation in dict.fromkeys((*question.everywhere, *question.about)):
        for statement in lookup.subjects(filo("aboutRelation"), relation):
            element = lookup.value(statement, filo("aboutElement"))
            framework = lookup.value(statement, filo("aboutFramework")) or ""
            bears = relation in question.everywhere or element in nodes or framework in whole or (element is None and framework in around)
            extent = lookup.value(statement, filo("hasExtent"))
            # A question of the library is about relations too, and is no statement.
            if (bears or not nodes) and extent not in (None, _WHOLE):
                reasons = tuple(lookup.objects(statement, filo("reason")))
                yield Unknown(statement, framework, element, relation, extent or "", reasons)


def _is_node(term: str) -> bool:
    """Whether a term is an IRI, but none of a vocabulary's concepts: these are values, of which no source speaks."""
    return is_iri(term) and not term.startswith(f"<{VOC}")


def _with_versioned(lookup: Lookup, frameworks: set[str]) -> set[str]:
    """Frameworks, with the plans that they are versions of."""
    return frameworks | {plan for framework in frameworks for plan in lookup.objects(framework, VERSION_OF)}
