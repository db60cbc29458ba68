"""The embedded engine: a release loaded into memory, asked in SPARQL 1.1.

The only module that queries pyoxigraph. Queries cannot reach the network: a SERVICE clause is refused before the engine sees it.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Final, Protocol

import pyoxigraph as ox

from . import syntax
from .delta import Delta
from .errors import EvaluationError, ForbiddenError, QueryError, QuerySyntaxError, QuestionError, ReleaseError, SourceError
from .facts import Lookup
from .formats import refuse_entities
from .namespaces import PREFIXES
from .proposals import is_proposed
from .syntax import Dataset
from .terms import Quad, Triple, datatype_of, is_iri, language_of, value_of

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
WHOLE: Final = Dataset()

Row = dict[str, str]

_THERE = ox.NamedNode("urn:filorosso:there")
_PLACE = re.compile(r"at (\d+):(\d+)")


@contextmanager
def _engine_errors() -> Iterator[None]:
    """Say the engine's errors as ours, in one line."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, SyntaxError) as error:
        raise EvaluationError(f"the request could not be carried out: {_first_line(error)}") from None


@contextmanager
def _syntax_errors() -> Iterator[None]:
    """Say the parser's errors as ours, with their place, and others as `_engine_errors` does."""
    with _engine_errors():
        try:
            yield
        except SyntaxError as error:
            said = _first_line(error)
            place = _PLACE.search(said)
            line, column = (int(place[1]), int(place[2])) if place else (error.lineno, error.offset)
            hint = "a prefix is not declared, or " if "Prefix not found" in said else ""
            raise QuerySyntaxError(f"not SPARQL 1.1: {hint}{said}", line, column) from None


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a query, not yet written: `kind` is `select`, `ask` or `graph`."""

    kind: str
    result: ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]

    @property
    def media_types(self) -> tuple[str, ...]:
        """The media types that the answer can be written in, the usual one first."""
        return tuple(GRAPH_TYPES if self.kind == "graph" else RESULT_TYPES)

    @property
    def columns(self) -> tuple[str, ...]:
        """The variables of a SELECT, in order; none for the others."""
        return tuple(variable.value for variable in self.result.variables) if isinstance(self.result, ox.QuerySolutions) else ()

    def rows(self) -> Iterator[Row]:
        """The rows of a SELECT as the engine finds them: variable to term, unbound ones absent.

        :raises QueryError: not a SELECT, or the engine failed while it answered.
        """
        if not isinstance(self.result, ox.QuerySolutions):
            raise QueryError("a SELECT query was expected")
        names = self.columns
        with _engine_errors():
            for solution in self.result:
                yield {n: str(solution[n]) for n in names if solution[n] is not None}

    def triples(self) -> Iterator[Triple]:
        """The triples of a CONSTRUCT as the engine finds them.

        :raises QueryError: not a CONSTRUCT, or the engine failed while it answered.
        """
        if isinstance(self.result, ox.QuerySolutions | ox.QueryBoolean):
            raise QueryError("a CONSTRUCT query was expected")
        with _engine_errors():
            for triple in self.result:
                yield str(triple.subject), str(triple.predicate), str(triple.object)

    def write(self, media_type: str) -> bytes:
        """The answer in one of its media types.

        :raises QueryError: the engine failed while it answered.
        """
        written = io.BytesIO()
        self.write_to(written, media_type)
        return written.getvalue()

    def write_to(self, output: IO[bytes], media_type: str) -> None:
        """Write the answer in one of its media types, piece by piece as the engine finds it.

        :raises QueryError: the engine failed while it answered.
        """
        with _engine_errors():
            if not isinstance(self.result, ox.QuerySolutions | ox.QueryBoolean):
                prefixes = PREFIXES if media_type == "text/turtle" else None
                ox.serialize(self.result, output, format=GRAPH_TYPES[media_type], prefixes=prefixes)
            else:
                self.result.serialize(output, format=RESULT_TYPES[media_type])


class Readable(Lookup, Protocol):
    """What can be read of a dataset: a `Store` answers, and so does a `RemoteStore`. They say what each method gives."""

    union: bool
    name: str

    @property
    def declared(self) -> Readable:
        """The graph without what is only proposed."""

    def __len__(self) -> int:
        """The number of quads."""

    def query(self, sparql: str, dataset: Dataset = WHOLE, *, base: str | None = None) -> Results:
        """Start to answer a query."""

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs, sorted."""

    def has_graph(self, graph: str) -> bool:
        """Whether there is a named graph of this IRI."""

    def graph(self, graph: str) -> Results:
        """The triples of a graph."""

    def triples(self, graph: str) -> list[Triple]:
        """The triples of a graph, as terms, in no order."""

    def rows(self, sparql: str) -> list[Row]:
        """The rows of a SELECT."""


class Store:
    """A dataset in memory. Values in rows are N-Triples terms; the unnamed graph is `""`."""

    def __init__(self, store: ox.Store, name: str = "", *, union: bool = True, guarded: bool = True) -> None:
        """Wrap a loaded engine; use `open_store`.

        :param name: the release's.
        :param union: whether the default graph of a query that names none is the union of all graphs, or the unnamed graph.
        :param guarded: whether a query is refused that the parser cannot bear on an ordinary stack; a process that may end needs no guard.
        """
        self._store = store
        self._declared: Store | None = None
        self._lock = Lock()
        self._guarded = guarded
        self.union = union
        self.name = name

    @property
    def declared(self) -> Store:
        """The graph without what is only proposed, loaded when it is first asked for."""
        with self._lock:
            if self._declared is None:
                # A query over a list of graphs takes ten times as long as one over their union: the view is a store of its own.
                view = ox.Store()
                view.bulk_extend(quad for quad in self._store if not is_proposed(str(quad.graph_name)))
                self._declared = Store(view, self.name, union=self.union, guarded=self._guarded)
        return self._declared

    @staticmethod
    def forked() -> None:
        """Draw lots anew: a process that was forked goes on with the chance of its parent, and so would all its siblings.

        The engine's generator takes new chance from the system after 64 KiB; each blank node costs it 16 bytes.
        """
        for _ in range(4200):
            ox.BlankNode()

    def rename(self, name: str) -> None:
        """Call the state that it holds now by another name."""
        self.name = name
        if self._declared is not None:
            self._declared.rename(name)

    def __len__(self) -> int:
        """The number of quads."""
        return len(self._store)

    def query(self, sparql: str, dataset: Dataset = WHOLE, *, base: str | None = None) -> Results:
        """Start to answer a query.

        :param dataset: the graphs to ask; it goes before what the query names with FROM. None named: the query's, or the store's own.
        :param base: what relative IRIs are relative to.
        :raises QuerySyntaxError: not SPARQL 1.1.
        :raises QueryError: it uses SERVICE, or is longer or deeper than the engine can bear.
        """
        return self._asked(sparql, dataset, base, ())

    def federated(
        self, sparql: str, addresses: Mapping[str, str], dataset: Dataset = WHOLE, *, base: str | None = None
    ) -> tuple[Results, tuple[str, ...]]:
        """The same for a query that may ask other servers, and which of them it does.

        :param addresses: what to ask in place of each server that may be asked, by IRI.
        :raises ForbiddenError: it asks another.
        """
        text, asked = syntax.with_services(sparql, addresses) if syntax.may_ask_servers(sparql) else (sparql, ())
        return self._asked(text, dataset, base, asked), asked

    def _asked(self, sparql: str, dataset: Dataset, base: str | None, servers: Sequence[str]) -> Results:
        if syntax.may_ask_servers(sparql):
            _refuse_services(sparql, base, servers)
        if self._guarded:
            syntax.refuse_long(sparql)
        # The union would hide a dataset that the query itself names.
        union = self.union and not dataset and not syntax.has_dataset(sparql)
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] | None = None
        named: list[ox.NamedNode | ox.BlankNode] | None = None
        if dataset:
            default, named = [_node(graph) for graph in dataset.default], [_node(graph) for graph in dataset.named]
        with _syntax_errors():
            return _results(
                self._store.query(
                    sparql,
                    base_iri=base,
                    prefixes=PREFIXES,
                    use_default_graph_as_union=union,
                    default_graph=default,
                    named_graphs=named,
                )
            )

    def update(self, sparql: str, *, using: Dataset = WHOLE, base: str | None = None) -> None:
        """Delta the dataset as an update says, all of it or nothing.

        :param using: the graphs that its WHERE reads, where the request names them; else those that the update names, or the store's own.
        :raises QuerySyntaxError: not SPARQL 1.1 Update.
        :raises ForbiddenError: it uses SERVICE or LOAD.
        :raises EvaluationError: it could not be carried out.
        :raises QueryError: it names a dataset although the request does.
        """
        sparql = _harmless_update(sparql, base)
        if using:
            sparql = syntax.with_using(sparql, using, named_by_request=True)
        elif self.union:
            graphs = tuple(graph for graph in self.graphs() if graph)
            sparql = syntax.with_using(sparql, Dataset(graphs, graphs), named_by_request=False)
        with _engine_errors():
            self._store.update(sparql, base_iri=base, prefixes=PREFIXES)

    def put(self, graph: str, documents: Iterable[tuple[str, bytes]], *, base: str, merge: bool) -> None:
        """Put the triples of documents into a graph, in place of what it holds or beside it; blank nodes are each document's own.

        :param documents: each as its media type, one of `GRAPH_TYPES`, and its bytes.
        :raises SourceError: a document is not what its media type says.
        """
        name = _node(graph) if graph else ox.DefaultGraph()
        quads: list[ox.Quad] = []
        for media_type, body in documents:
            if media_type == "application/rdf+xml":
                refuse_entities("the document", body)
            try:
                parsed = ox.parse(body, format=GRAPH_TYPES[media_type], base_iri=base, rename_blank_nodes=True)
                quads += (ox.Quad(q.subject, q.predicate, q.object, name) for q in parsed if isinstance(q.graph_name, ox.DefaultGraph))
            except (SyntaxError, ValueError) as error:
                raise SourceError("the document", f"not {media_type}: {_first_line(error)}") from None
        if not merge:
            self._store.clear_graph(name)
        if graph:
            self._store.add_graph(_node(graph))
        self._store.extend(quads)

    def drop(self, graph: str) -> None:
        """Take a graph away; the unnamed graph is emptied."""
        self._store.remove_graph(_node(graph) if graph else ox.DefaultGraph())

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs, sorted; the unnamed graph, if it holds anything, first as `""`."""
        unnamed = next(self._store.quads_for_pattern(None, None, None, ox.DefaultGraph()), None)
        return ([""] if unnamed is not None else []) + sorted(graph.value for graph in self._store.named_graphs())

    def has_graph(self, graph: str) -> bool:
        """Whether there is a named graph of this IRI, be it empty; the unnamed graph is always there."""
        return not graph or self._store.contains_named_graph(_node(graph))

    def graph(self, graph: str) -> Results:
        """The triples of a graph."""
        name = _node(graph) if graph else ox.DefaultGraph()
        return Results("graph", (quad.triple for quad in self._store.quads_for_pattern(None, None, None, name)))

    def dump(self, graph: str) -> bytes:
        """The triples of a graph as N-Triples, in no order that means anything: the same bytes are the same graph."""
        return self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=_node(graph) if graph else ox.DefaultGraph()) or b""

    def triples(self, graph: str) -> list[Triple]:
        """The triples of a graph, as terms, in no order."""
        return split(self.dump(graph))

    def quads_of(self, subject: str) -> list[Quad]:
        """The quads of a subject (a term), in any graph."""
        node = ox.BlankNode(subject[2:]) if subject.startswith("_:") else ox.NamedNode(value_of(subject))
        found = self._store.quads_for_pattern(node, None, None, None)
        return [(subject, str(q.predicate), str(q.object), _graph_term(q.graph_name)) for q in found]

    def apply(self, change: Delta) -> None:
        """Remove and add quads, and make and drop graphs, in the declared view too if it is loaded."""
        for quad in _quads(change.removed):
            self._store.remove(quad)
        self._store.extend(_quads(change.added))
        for graph in change.dropped:
            self._store.remove_graph(_node(graph))
        for graph in change.created:
            self._store.add_graph(_node(graph))
        if self._declared is not None:
            self._declared.apply(change.without(is_proposed))

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


def canonical_quads(quads: Iterable[Quad]) -> list[Quad]:
    """Quads as the engine spells their terms, which is how it gives them back."""
    return [(str(q.subject), str(q.predicate), str(q.object), _graph_term(q.graph_name)) for q in _kept(quads)]


def _kept(quads: Iterable[Quad]) -> ox.Store:
    store = ox.Store()
    store.bulk_extend(_quads(quads))
    return store


def read_results(body: bytes, media_type: str) -> Results:
    """The results that another engine wrote, in one of `RESULT_TYPES` or `GRAPH_TYPES`.

    :raises QueryError: they are not what the media type says.
    """
    try:
        with _engine_errors():
            if media_type in GRAPH_TYPES:
                return Results("graph", [quad.triple for quad in ox.parse(body, format=GRAPH_TYPES[media_type])])
            return _results(ox.parse_query_results(body, format=RESULT_TYPES[media_type]))
    except SyntaxError as error:
        raise QueryError(f"the answer of the other engine cannot be read: {_first_line(error)}") from None


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


def open_store(nquads: Path, name: str = "", *, union: bool = True, guarded: bool = True) -> Store:
    """Load N-Quads, plain or gzipped, into memory; see `Store` for the rest.

    :raises ReleaseError: missing or damaged.
    """
    store = ox.Store()
    try:
        data = gzip.decompress(nquads.read_bytes()) if nquads.suffix == ".gz" else nquads.read_bytes()
        # Loading gives blank nodes new names, and the journal would not find them again: lines that may hold one are parsed instead.
        lines = data.splitlines(keepends=True)
        store.bulk_load(b"".join(line for line in lines if b"_:" not in line), format=ox.RdfFormat.N_QUADS)
        store.bulk_extend(ox.parse(b"".join(line for line in lines if b"_:" in line), format=ox.RdfFormat.N_QUADS))
    except (OSError, EOFError, SyntaxError) as error:
        raise ReleaseError(f"{nquads}: cannot be loaded ({_first_line(error)}); build the release again") from None
    return Store(store, name, union=union, guarded=guarded)


def _results(result: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Results:
    if isinstance(result, ox.QueryBoolean):
        return Results("ask", result)
    return Results("graph" if isinstance(result, ox.QueryTriples) else "select", result)


def _refuse_services(sparql: str, base: str | None, servers: Sequence[str]) -> None:
    """Have the parser tell that a query asks no other servers than those that its tokens show, if any.

    :raises ForbiddenError: it does; `QuerySyntaxError`: it does not parse, so nobody can tell.
    """
    tried = syntax.without_services(syntax.with_graphs(sparql) if servers else sparql)
    try:
        with _syntax_errors():
            ox.Store().query(tried, base_iri=base, prefixes=PREFIXES)
    except QuerySyntaxError:
        if syntax.has_service(sparql):
            raise ForbiddenError("SERVICE is not allowed here: this endpoint asks only registered servers") from None
        raise
    except EvaluationError:
        return  # it parses


def _harmless_update(sparql: str, base: str | None) -> str:
    """An update that asks no server and fetches no document, as its parser tells; what it would load in silence it does not.

    :raises QuerySyntaxError: not SPARQL 1.1 Update; `ForbiddenError`: it would.
    """
    with _syntax_errors():
        _parse_update(sparql, base)
    if syntax.may_load(sparql):
        sparql = syntax.without_silent_loads(sparql)
    if syntax.may_load(sparql) or syntax.may_ask_servers(sparql):
        try:
            _parse_update(syntax.without_load(syntax.without_services(sparql)), base)
        except SyntaxError:
            said = "this endpoint asks no servers in updates and fetches no documents; send the data with INSERT DATA or to /graphs"
            raise ForbiddenError(f"SERVICE and LOAD are not allowed here: {said}") from None
    return sparql


def _parse_update(sparql: str, base: str | None) -> None:
    """Have the engine parse an update and carry out nothing of it.

    What comes first is an operation that fails, put in so that it moves what follows by a line, and the places in errors can be told.
    """
    start = syntax.after_prologue(sparql)
    before = sparql[:start]
    column = len(before) - before.rfind("\n") - 1
    store = ox.Store()
    store.add_graph(_THERE)
    try:
        store.update(f"{before}CREATE GRAPH {_THERE} ;\n{' ' * column}{sparql[start:]}", base_iri=base, prefixes=PREFIXES)
    except SyntaxError as error:
        line = before.count("\n") + 1
        said = _PLACE.sub(lambda place: f"at {int(place[1]) - (int(place[1]) > line)}:{place[2]}", str(error.msg), count=1)
        raise SyntaxError(said) from None
    except (RuntimeError, OSError):
        return


def split(dumped: bytes) -> list[Triple]:
    """The triples that `Store.dump` wrote."""
    lines = (line.split(" ", 2) for line in dumped.decode().splitlines())
    return [(subject, predicate, rest[:-2]) for subject, predicate, rest in lines]


def _node(graph: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(graph)
    except ValueError:
        raise QueryError(f"{graph!r} is not an absolute IRI") from None


def _graph_term(graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph | ox.Triple) -> str:
    return "" if isinstance(graph, ox.DefaultGraph) else str(graph)


def _quads(quads: Iterable[Quad]) -> Iterator[ox.Quad]:
    lines = "".join(f"{s} {p} {o} {g} .\n" for s, p, o, g in quads)
    return iter(ox.parse(lines.encode(), format=ox.RdfFormat.N_QUADS))


def _term(term: str) -> ox.NamedNode | ox.Literal:
    if is_iri(term):
        return ox.NamedNode(value_of(term))
    language, datatype = language_of(term), datatype_of(term)
    if language:
        return ox.Literal(value_of(term), language=language)
    return ox.Literal(value_of(term), datatype=ox.NamedNode(datatype) if datatype else None)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
