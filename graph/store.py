"""The embedded engine: a release loaded into memory, asked in SPARQL 1.1.

The only module that queries pyoxigraph. Queries cannot reach the network: a SERVICE clause is refused before the engine sees it.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import pyoxigraph as ox

from .errors import QueryError, QuestionError, ReleaseError
from .namespaces import PREFIXES
from .proposals import is_proposed
from .terms import Triple, datatype_of, is_iri, language_of, value_of

RESULT_TYPES: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPH_TYPES: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}

# What a keyword cannot stand in: an IRI, a string in one of four quotings, a comment.
_QUIET = re.compile(
    r"<[^<>\"{}|^`\\\x00-\x20]*>"
    r'|"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
    r'|"(?:[^"\\\n\r]|\\.)*"|\'(?:[^\'\\\n\r]|\\.)*\''
    r"|\\."  # a character escaped in a prefixed name: a number sign after a backslash begins no comment
    r"|#[^\n\r]*",
    re.DOTALL,
)
# What may hold the letters of a keyword and is none: variables, local names, language tags. Rather too little than too much: the
# engine reads a keyword even where it touches a number or a colon.
_NAMES = re.compile(r"[?$]\w+|:[\w:-]*|@[A-Za-z]+(?:-[A-Za-z0-9]+)*", re.ASCII)
_SERVICE = re.compile(r"SERVICE", re.IGNORECASE)
_FROM = re.compile(r"\bFROM\b", re.IGNORECASE)

# The engine's parser recurses: beyond these it would overflow its stack and end the process.
MAX_QUERY_CHARACTERS = 6_000
MAX_QUERY_DEPTH = 100


Row = dict[str, str]


@contextmanager
def _engine_errors() -> Iterator[None]:
    """Say the engine's errors as ours, in one line."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryError(f"the query could not be answered: {_first_line(error)}") from None


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a query, not yet written: `kind` is `select`, `ask` or `graph`."""

    kind: str
    result: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

    @property
    def media_types(self) -> tuple[str, ...]:
        """The media types that the answer can be written in, the usual one first."""
        if self.kind == "graph":
            return tuple(GRAPH_TYPES)
        return tuple(RESULT_TYPES)

    def rows(self) -> Iterator[Row]:
        """The rows of a SELECT as the engine finds them: variable to term, unbound ones absent.

        :raises QueryError: not a SELECT, or the engine failed while it answered.
        """
        if not isinstance(self.result, ox.QuerySolutions):
            raise QueryError("a SELECT query was expected")
        names = [variable.value for variable in self.result.variables]
        with _engine_errors():
            for solution in self.result:
                yield {n: str(solution[n]) for n in names if solution[n] is not None}

    def triples(self) -> Iterator[Triple]:
        """The triples of a CONSTRUCT as the engine finds them.

        :raises QueryError: not a CONSTRUCT, or the engine failed while it answered.
        """
        if not isinstance(self.result, ox.QueryTriples):
            raise QueryError("a CONSTRUCT query was expected")
        with _engine_errors():
            for triple in self.result:
                yield str(triple.subject), str(triple.predicate), str(triple.object)

    def write(self, media_type: str) -> bytes:
        """The answer in one of its media types.

        :raises QueryError: the engine failed while it answered.
        """
        with _engine_errors():
            if isinstance(self.result, ox.QueryTriples):
                return ox.serialize(self.result, format=GRAPH_TYPES[media_type], prefixes=PREFIXES) or b""
            return self.result.serialize(format=RESULT_TYPES[media_type]) or b""


class Store:
    """A graph in memory. Values in rows are N-Triples terms."""

    def __init__(self, store: ox.Store, name: str = "") -> None:
        """Wrap a loaded engine; use `open_store`. `name` is the release's."""
        self._store = store
        self._declared: Store | None = None
        self._lock = Lock()
        self.name = name

    @property
    def declared(self) -> Store:
        """The graph without what is only proposed, loaded when it is first asked for."""
        with self._lock:
            if self._declared is None:
                # A query over a list of graphs takes ten times as long as one over their union: the view is a store of its own.
                view = ox.Store()
                view.bulk_extend(quad for quad in self._store if not is_proposed(str(quad.graph_name)))
                self._declared = Store(view, self.name)
        return self._declared

    def __len__(self) -> int:
        """The number of quads."""
        return len(self._store)

    def query(self, sparql: str) -> Results:
        """Start to answer a query, whose default graph is the union of the named graphs.

        :raises QueryError: not SPARQL 1.1, or it uses SERVICE.
        """
        keywords = _checked(sparql)
        # The union would hide a dataset that the query itself names.
        union = not _FROM.search(keywords)
        try:
            with _engine_errors():
                result = self._store.query(sparql, prefixes=PREFIXES, use_default_graph_as_union=union)
        except SyntaxError as error:
            raise QueryError(f"not SPARQL 1.1: {_first_line(error)}") from None
        if isinstance(result, ox.QueryBoolean):
            return Results("ask", result)
        return Results("graph" if isinstance(result, ox.QueryTriples) else "select", result)

    def objects(self, subject: str, predicate: str) -> list[str]:
        """The objects of a subject and a predicate in any graph, sorted."""
        found = self._store.quads_for_pattern(ox.NamedNode(value_of(subject)), ox.NamedNode(value_of(predicate)), None, None)
        return sorted({str(quad.object) for quad in found})

    def value(self, subject: str, predicate: str) -> str | None:
        """The first object of a subject and a predicate, or None."""
        return next(iter(self.objects(subject, predicate)), None)

    def subjects(self, predicate: str, object_: str) -> list[str]:
        """The subjects of a predicate and an object in any graph, sorted."""
        found = self._store.quads_for_pattern(None, ox.NamedNode(value_of(predicate)), _term(object_), None)
        return sorted({str(quad.subject) for quad in found})

    def rows(self, sparql: str) -> list[Row]:
        """The rows of a SELECT: variable to term, unbound ones absent."""
        return list(self.query(sparql).rows())


def read_query(sparql: str, name: str) -> tuple[str, tuple[str, ...]]:
    """The form of a query, `select` or `graph`, and the variables that it projects, in order.

    :raises QuestionError: neither SELECT nor CONSTRUCT of SPARQL 1.1; `name` is the file's.
    """
    try:
        result = ox.Store().query(sparql)
    except SyntaxError as error:
        raise QuestionError(name, f"not SPARQL 1.1: {_first_line(error)}") from None
    if isinstance(result, ox.QueryBoolean):
        raise QuestionError(name, "asks for yes or no; a question answers with rows or with a graph")
    if isinstance(result, ox.QueryTriples):
        return "graph", ()
    return "select", tuple(variable.value for variable in result.variables)


def write_rows(columns: Sequence[str], rows: Iterable[Row], media_type: str) -> bytes:
    """Rows as SPARQL 1.1 results in one of `RESULT_TYPES`, exactly as the specification has it."""
    bindings = [{name: _result_term(term) for name, term in row.items()} for row in rows]
    written = json.dumps({"head": {"vars": list(columns)}, "results": {"bindings": bindings}}, ensure_ascii=False).encode()
    if RESULT_TYPES[media_type] is ox.QueryResultsFormat.JSON:
        return written
    parsed = ox.parse_query_results(written, format=ox.QueryResultsFormat.JSON)
    return parsed.serialize(format=RESULT_TYPES[media_type]) or b""


def write_triples(triples: Iterable[Triple], media_type: str) -> bytes:
    """Triples as RDF in one of `GRAPH_TYPES`."""
    lines = "".join(f"{s} {p} {o} .\n" for s, p, o in triples)
    parsed = (quad.triple for quad in ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES))
    return ox.serialize(parsed, format=GRAPH_TYPES[media_type], prefixes=PREFIXES) or b""


def _result_term(term: str) -> dict[str, str]:
    """A term as SPARQL 1.1's JSON has it."""
    if is_iri(term):
        return {"type": "uri", "value": value_of(term)}
    if term.startswith("_:"):
        return {"type": "bnode", "value": term[2:]}
    said = {"xml:lang": language_of(term), "datatype": datatype_of(term)}
    return {"type": "literal", "value": value_of(term)} | {name: value for name, value in said.items() if value}


def open_store(nquads: Path, name: str = "") -> Store:
    """Load N-Quads, plain or gzipped, into memory; `name` is the release's.

    :raises ReleaseError: missing or damaged.
    """
    store = ox.Store()
    try:
        data = gzip.decompress(nquads.read_bytes()) if nquads.suffix == ".gz" else nquads.read_bytes()
        store.bulk_load(data, format=ox.RdfFormat.N_QUADS)
    except (OSError, EOFError, SyntaxError) as error:
        raise ReleaseError(f"{nquads}: cannot be loaded ({_first_line(error)}); build the release again") from None
    return Store(store, name)


def _checked(sparql: str) -> str:
    """What of a query can be keywords.

    :raises QueryError: it uses SERVICE, or is longer or deeper than the engine can bear.
    """
    try:
        sparql.encode()
    except UnicodeEncodeError:
        raise QueryError("not SPARQL 1.1: the query is not Unicode text") from None
    loud = _QUIET.sub(" ", sparql)
    keywords = _NAMES.sub(" ", loud)
    if _SERVICE.search(keywords):
        raise QueryError("SERVICE is not allowed here: this endpoint does not ask other servers")
    if len(loud) > MAX_QUERY_CHARACTERS:
        raise QueryError(f"longer than {MAX_QUERY_CHARACTERS} characters, strings and IRIs not counted; ask in parts")
    depth = deepest = 0
    for character in loud:
        depth += (character in "{([") - (character in "})]")
        deepest = max(deepest, depth)
    if deepest > MAX_QUERY_DEPTH:
        raise QueryError(f"nested deeper than {MAX_QUERY_DEPTH} brackets; ask in parts")
    return keywords


def _term(term: str) -> ox.NamedNode | ox.Literal:
    if is_iri(term):
        return ox.NamedNode(value_of(term))
    language, datatype = language_of(term), datatype_of(term)
    if language:
        return ox.Literal(value_of(term), language=language)
    return ox.Literal(value_of(term), datatype=ox.NamedNode(datatype) if datatype else None)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
