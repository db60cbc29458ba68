"""The library of questions: `queries/*.rq`, one question a file, each with a header that says what it asks, takes and returns.

A file runs unchanged in any SPARQL editor. Its parameters are RDF terms, written as one VALUES block at the line that ends in
`# parameters`, near the top of WHERE; in the file that line holds the defaults. Nothing else is ever pasted into a query. A parameter in
BIND or in a sub-select would be ignored there or mean something else (engines differ), so it is an error when the library loads.

The header is YAML in lines that begin with `#+`:

    summary   {it, en}: what it asks
    tags      what it is about; `cq-NN` is the number of a competency question of the dossier
    params    name -> type, it, en, example, default, optional, scheme, choices; `queries/parameters.yaml` says once what many share
    about     the relations (link classes, properties) whose unread sources leave the answer with unknown parts, where they bear on
              what was asked about or answered
    everywhere  relations whose unread sources bear on every answer
    returns   the projected variables, in order; for CONSTRUCT nothing
    lists     the variables among them that hold several IRIs, separated by blanks (GROUP_CONCAT, whose order engines choose)

`queries/columns.yaml` says what columns are called, for people, and what their numbers count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from . import formats, resources, terms
from .errors import NotFoundError, ParameterError, QuestionError
from .facts import Lookup
from .finding import find
from .namespaces import PREFIXES, SKOS, VOC
from .store import read_query

TYPES: Final = ("node", "iri", "concept", "choice", "date", "integer", "boolean", "text")
LANGUAGES: Final = ("it", "en")

_HEADER = re.compile(r"(?:#\+[^\n]*\n)+")
_MARKED = re.compile(r"^(?P<indent>[ \t]*)(?P<block>VALUES [^\n]*?)?[ \t]*# parameters$", re.MULTILINE)
_KEYS = {"summary", "tags", "params", "about", "everywhere", "returns", "lists"}
_PARAMETER_KEYS = {"type", "it", "en", "example", "default", "optional", "scheme", "choices"}
_UNITS = ("EUR", "count", None)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question. `example` and `default` are as a person writes them; `choices` closes the list of values."""

    name: str
    type: str
    summary: Mapping[str, str]
    example: str | None
    default: str | None
    required: bool
    choices: tuple[str, ...] = ()
    scheme: str | None = None

    @property
    def expected(self) -> str:
        """What a value must be, for a person."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        return {
            "node": "an IRI, a CUP or a code of the graph",
            "iri": "an absolute IRI",
            "date": "a date, YYYY-MM-DD",
            "integer": "a whole number",
            "boolean": "true or false",
        }.get(self.type, "a text")

    def term(self, value: str, lookup: Lookup | None = None) -> str:
        """The RDF term of a value that a person wrote; `lookup` finds the node of a CUP or a code.

        :raises ParameterError: it is not what is expected.
        """
        try:
            return self._term(value.strip(), lookup)
        except (ValueError, NotFoundError) as error:
            said = f" ({error})" if isinstance(error, NotFoundError) else ""
            raise ParameterError(self.name, f"{value!r} given, {self.expected} expected{said}") from None

    def _term(self, value: str, lookup: Lookup | None) -> str:
        if self.type == "concept":
            name = value.removeprefix(f"{VOC}{self.scheme}/")
            if name not in self.choices:
                raise ValueError(value)
            return terms.iri(f"{VOC}{self.scheme}/{name}")
        if self.choices and value not in self.choices:
            raise ValueError(value)
        if self.type == "node" and lookup is not None:
            return find(lookup, value)
        if self.type in ("node", "iri"):
            return terms.iri(value)
        if self.type == "date":
            return terms.date(date.fromisoformat(value).isoformat())
        if self.type == "integer":
            return terms.integer(int(value))
        if self.type == "boolean":
            if value not in ("true", "false"):
                raise ValueError(value)
            return terms.typed(value, "boolean")
        return terms.text(value)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the library; `form` is `select` or `graph`, `about` and `everywhere` are terms."""

    name: str
    summary: Mapping[str, str]
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    about: tuple[str, ...]
    everywhere: tuple[str, ...]
    returns: tuple[str, ...]
    lists: tuple[str, ...]
    form: str
    text: str = field(repr=False)

    @property
    def example(self) -> dict[str, str]:
        """Values, as a person writes them, that the question has an answer for in the shipped graph."""
        return {p.name: p.example for p in self.parameters if p.example is not None}

    def values(self, given: Mapping[str, str], lookup: Lookup | None = None) -> dict[str, str]:
        """The terms of the parameters, defaults filled in, in the order of the header.

        :raises ParameterError: unknown, missing, or not what is expected.
        """
        unknown = next((name for name in given if name not in {p.name for p in self.parameters}), None)
        if unknown is not None:
            taken = ", ".join(p.name for p in self.parameters) or "none"
            raise ParameterError(unknown, f"{self.name} does not take it; its parameters: {taken}")
        written: dict[str, str] = {}
        for parameter in self.parameters:
            value = given.get(parameter.name, parameter.default)
            if value is not None:
                written[parameter.name] = parameter.term(value, lookup)
            elif parameter.required:
                raise ParameterError(parameter.name, f"{self.name} needs it: {parameter.expected}")
        return written

    def bound(self, values: Mapping[str, str]) -> str:
        """The query with the terms of its parameters written in."""
        return _MARKED.sub(lambda match: f"{match['indent']}{values_block(values)}", self.text)


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of answers is called in each language; `unit` is what its numbers count: `EUR`, `count` (of things), or None."""

    summary: Mapping[str, str]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """The questions by name, and the columns of their answers."""

    questions: Mapping[str, Question]
    columns: Mapping[str, Column] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Question]:
        """The questions, in the order of their names."""
        return iter(self.questions.values())

    def question(self, name: str) -> Question:
        """The question of a name.

        :raises NotFoundError: there is none; the message names the nearest.
        """
        found = self.questions.get(name)
        if found is None:
            near = self.near(name)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise NotFoundError(f"{name}: no such question{hint}")
        return found

    def column(self, name: str) -> Column:
        """A column of answers; what nobody named is called by its variable."""
        return self.columns.get(name) or Column(dict.fromkeys(LANGUAGES, name))

    def near(self, name: str) -> list[str]:
        """The names that are most like one that is not there."""
        return get_close_matches(name, self.questions, n=3, cutoff=0.4)


def values_block(values: Mapping[str, str]) -> str:
    """Terms as a VALUES block of one row; nothing where there are none. The only thing that is ever written into a query."""
    if not values:
        return ""
    names = " ".join(f"?{name}" for name in values)
    return f"VALUES ({names}) {{ ({' '.join(values.values())}) }}"


def read_library(folder: Path | None = None) -> Library:
    """The questions of a folder, by default the shipped ones; `check-*.rq` are rules of the build and no questions.

    :raises QuestionError: a file is not a question; the message names the file and what is wrong.
    """
    folder = folder or resources.folder("queries")
    shared = _read_yaml(folder / "parameters.yaml")
    paths = [path for path in sorted(folder.glob("*.rq")) if not path.stem.startswith("check-")]
    columns = {name: _column(folder / "columns.yaml", name, said) for name, said in _read_yaml(folder / "columns.yaml").items()}
    return Library({path.stem: read_question(path, shared) for path in paths}, columns)


def _read_yaml(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def _column(path: Path, name: str, said: Any) -> Column:
    _check_languages(path, f"column {name}", said)
    if said.get("unit") not in _UNITS:
        raise QuestionError(path.name, f"column {name}: unit must be one of EUR, count, or left out")
    return Column({lang: said[lang] for lang in LANGUAGES}, said.get("unit"))


def read_question(path: Path, shared: Mapping[str, Any]) -> Question:
    """A question from its file; `shared` holds what headers may leave unsaid of parameters that many questions have.

    :raises QuestionError: the header is missing, incomplete or untrue of the query.
    """
    text = path.read_text(encoding="utf-8")
    header = _header(path, text)
    parameters = tuple(_parameter(path, name, shared.get(name, {}) | (said or {})) for name, said in (header.get("params") or {}).items())
    form, projected = read_query(text, path.name)
    question = Question(
        name=path.stem,
        summary=header["summary"],
        tags=tuple(header["tags"]),
        parameters=parameters,
        about=tuple(_expanded(path, name) for name in header.get("about", [])),
        everywhere=tuple(_expanded(path, name) for name in header.get("everywhere", [])),
        returns=tuple(header.get("returns", [])),
        lists=tuple(header.get("lists", [])),
        form=form,
        text=text,
    )
    if not set(question.lists) <= set(projected):
        raise QuestionError(path.name, f"lists {list(question.lists)}, but the query projects {list(projected)}")
    if question.returns != projected:
        raise QuestionError(path.name, f"returns {list(question.returns)}, but the query projects {list(projected)}")
    _check_marker(path, question)
    for name in (p.name for p in parameters):
        _check_use(path, text, name)
    return question


def _header(path: Path, text: str) -> dict[str, Any]:
    match = _HEADER.match(text)
    if match is None:
        raise QuestionError(path.name, "has no header of lines that begin with #+")
    try:
        header = yaml.safe_load(re.sub(r"^#\+ ?", "", match.group(), flags=re.MULTILINE))
    except yaml.YAMLError as error:
        raise QuestionError(path.name, f"its header is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(header, dict) or not set(header) <= _KEYS:
        raise QuestionError(path.name, f"its header must hold only {', '.join(sorted(_KEYS))}")
    _check_languages(path, "summary", header.get("summary"))
    if not header.get("tags"):
        raise QuestionError(path.name, "its header has no tags")
    return header


def _check_languages(path: Path, what: str, said: object) -> None:
    if not isinstance(said, dict) or not all(isinstance(said.get(lang), str) and said[lang].strip() for lang in LANGUAGES):
        raise QuestionError(path.name, f"{what} must be said in it and en")


def _parameter(path: Path, name: str, said: Mapping[str, Any]) -> Parameter:
    _check_languages(path, f"parameter {name}", said)
    if said.get("type") not in TYPES or not set(said) <= _PARAMETER_KEYS:
        raise QuestionError(path.name, f"parameter {name}: type must be one of {', '.join(TYPES)}, keys of {sorted(_PARAMETER_KEYS)}")
    example, default = (None if said.get(key) is None else str(said[key]) for key in ("example", "default"))
    required = default is None and not said.get("optional", False)
    if required and example is None:
        raise QuestionError(path.name, f"parameter {name} is needed and has no example")
    scheme = said.get("scheme")
    choices = concepts_of(scheme) if scheme else tuple(str(choice) for choice in said.get("choices", ()))
    parameter = Parameter(name, said["type"], {lang: said[lang] for lang in LANGUAGES}, example, default, required, choices, scheme)
    for value in (example, default):
        if value is not None:
            _check_value(path, parameter, value)
    return parameter


def _check_value(path: Path, parameter: Parameter, value: str) -> None:
    try:
        parameter.term(value)
    except ParameterError as error:
        # A code can be looked up only in a graph.
        if parameter.type != "node":
            raise QuestionError(path.name, str(error)) from None


@cache
def concepts_of(scheme: str) -> tuple[str, ...]:
    """The names of the concepts of one of our vocabularies, in the order of its file."""
    path = resources.folder("ontology", "vocabularies") / f"{scheme}.ttl"
    in_scheme = terms.iri(f"{SKOS}inScheme")
    return tuple(terms.value_of(s).removeprefix(f"{VOC}{scheme}/") for s, p, _ in formats.read_triples(path) if p == in_scheme)


def _expanded(path: Path, name: str) -> str:
    prefix, _, local = name.partition(":")
    if prefix not in PREFIXES:
        raise QuestionError(path.name, f"about {name}: unknown prefix")
    return terms.iri(PREFIXES[prefix] + local)


def _check_marker(path: Path, question: Question) -> None:
    marks = list(_MARKED.finditer(question.text))
    if len(marks) != bool(question.parameters):
        raise QuestionError(path.name, "needs one line that ends in '# parameters' if it has parameters, and none otherwise")
    if marks:
        defaults = {p.name: p.term(p.default) for p in question.parameters if p.default is not None}
        if (marks[0]["block"] or "").strip() != values_block(defaults):
            raise QuestionError(path.name, f"the line of its parameters must hold the defaults: {values_block(defaults)} # parameters")


def _check_use(path: Path, text: str, name: str) -> None:
    quiet = re.sub(r"<[^<>\s]*>|\"(?:[^\"\\\n]|\\.)*\"|#[^\n]*", " ", text)
    used = re.compile(rf"[?$]{name}\b")
    if not used.search(quiet):
        raise QuestionError(path.name, f"parameter {name} is not used")
    for opening, where in ((r"\bBIND\s*\(", "BIND"), (r"\{\s*SELECT\b", "a sub-select")):
        for start in re.finditer(opening, quiet, re.IGNORECASE):
            if used.search(_balanced(quiet, start.start() + start.group().index("(" if where == "BIND" else "{"))):
                raise QuestionError(path.name, f"parameter {name} is used in {where}, where engines ignore it or differ")


def _balanced(text: str, start: int) -> str:
    """From an opening bracket to the one that closes it."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in "({") - (text[place] in ")}")
        if depth == 0:
            return text[start : place + 1]
    return text[start:]
