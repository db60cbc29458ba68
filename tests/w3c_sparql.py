"""W3C's SPARQL 1.1 suites through HTTP: what each case loads, sends and expects, a client for a service, and how answers compare.

The suites are those of rdflib's source distribution (W3C's of October 2012). IRIs are those that W3C published the files under, wherever the
files are: data goes to the service as N-Triples, requests with a BASE, so that no answer hangs on a folder or on the service's own base.

What counts as the same: graphs and tables up to the names of blank nodes, tables as multisets of rows (no case of these suites states an
order), numbers and booleans of one datatype by value (an engine may write 1.0E0 as 1.0), language tags without regard to case.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import rdflib
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
    serialize,
)
from rdflib import RDF, RDFS, Namespace
from rdflib.collection import Collection
from rdflib.term import Node
from rdflib.util import guess_format

BASE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
XSD = "http://www.w3.org/2001/XMLSchema#"
INTEGERS = {XSD + name for name in ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "negativeInteger")}

QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
XML, JSON = "application/sparql-results+xml", "application/sparql-results+json"
CSV, TSV = "text/csv", "text/tab-separated-values"
TURTLE, N_TRIPLES = "text/turtle", "application/n-triples"
FORMATS = {XML: QueryResultsFormat.XML, JSON: QueryResultsFormat.JSON, TSV: QueryResultsFormat.TSV}
MEDIA_TYPES = {".srx": XML, ".srj": JSON, ".csv": CSV, ".tsv": TSV, ".ttl": TURTLE}

Term = NamedNode | BlankNode | Literal | Triple
Row = Mapping[str, Term]
Graphs = dict[str | None, list[Triple]]  # by name; None is the default graph


@dataclass(frozen=True)
class Endpoint:
    """Where a service answers: the addresses of queries, updates and the graph store, and the token that writes need, if any."""

    query: str
    update: str
    graphs: str
    token: str | None = None


@dataclass(frozen=True)
class Case:
    """A case of the suites: the class its manifest gives it, the file of its request, and the files of its data and of what is expected."""

    name: str
    kind: str
    request: Path
    before: tuple[tuple[str | None, Path], ...]
    after: tuple[tuple[str | None, Path], ...]
    result: Path | None

    @property
    def text(self) -> str:
        """The request as the file has it."""
        return self.request.read_text(encoding="utf-8")

    @property
    def based(self) -> str:
        """The request with the BASE of its file."""
        return f"BASE <{published(self.request)}>\n{self.text}"


@dataclass(frozen=True)
class Table:
    """Solutions of a SELECT: the variables, and the rows as a multiset."""

    variables: frozenset[str]
    rows: tuple[Row, ...]

    def canonical(self) -> tuple[frozenset[str], frozenset[Quad]]:
        """The table as a graph with a node for each different row, blank nodes renamed: equal for equal tables."""
        counts = Counter(frozenset((name, _plain(term)) for name, term in row.items()) for row in self.rows)
        quads = []
        for row, count in counts.items():
            node = BlankNode()
            quads.append(Quad(node, NamedNode("urn:times"), Literal(count)))
            quads.extend(Quad(node, NamedNode(f"urn:variable:{name}"), term) for name, term in row)
        return self.variables, _canonical(quads)


# The suites


@cache
def read_suite(sources: Path) -> dict[str, Case]:
    """Every case that the manifests list, by folder and name; those that W3C has taken off its lists are left out."""
    found: dict[str, Case] = {}
    for manifest in sorted((sources / "test/data/suites/w3c/sparql11").glob("*/manifest.ttl")):
        graph = rdflib.Graph().parse(manifest, format="turtle", publicID=published(manifest))
        for entries in graph.objects(None, MF.entries):
            for node in Collection(graph, entries):
                case = _case(graph, node, manifest.parent)
                if case is not None:
                    assert case.name not in found
                    found[case.name] = case
    return found


def of_kind(cases: Mapping[str, Case], *kinds: str, without: tuple[str, ...] = ()) -> list[str]:
    """The names of the cases of these classes, outside some folders."""
    return [name for name, case in cases.items() if case.kind in kinds and name.split("/")[0] not in without]


def listed(names: Mapping[str, str]) -> list[str]:
    """The names of a table of folders, each with its cases."""
    return [f"{folder}/{name}" for folder, row in names.items() for name in row.split()]


def published(file: Path) -> str:
    """The IRI that W3C published a file of the suites under."""
    return f"{BASE}{file.parent.name}/{file.name}"


def _case(graph: rdflib.Graph, node: Node, folder: Path) -> Case | None:
    action, result = graph.value(node, MF.action), graph.value(node, MF.result)
    if action is None:
        return None

    def files(of: Node | None) -> Iterator[tuple[str | None, Path]]:
        for part in (QT.data, UT.data):
            yield from ((None, folder / _file(data)) for data in graph.objects(of, part))
        yield from ((str(data), folder / _file(data)) for data in graph.objects(of, QT.graphData))
        for data in graph.objects(of, UT.graphData):
            named = graph.value(data, UT.graph)
            assert named is not None
            yield str(graph.value(data, RDFS.label)), folder / _file(named)

    request = graph.value(action, QT.query) or graph.value(action, UT.request) or action
    file = folder / _file(request)
    kind = str(graph.value(node, RDF.type)).rsplit("#", 1)[1]
    if file.suffix == ".ru":  # some are put down as queries
        kind = kind.replace("NegativeSyntax", "NegativeUpdateSyntax")
    return Case(
        f"{folder.name}/{str(node).rsplit('#', 1)[1]}",
        kind,
        file,
        tuple(files(action)) or tuple(_asked_for(file)),
        tuple(files(result)) if result is not None else (),
        folder / _file(result) if isinstance(result, rdflib.URIRef) else None,
    )


def _asked_for(query: Path) -> Iterator[tuple[str | None, Path]]:
    """The files that a query names as its dataset, where the manifest gives it no data."""
    for name in re.findall(r"(?i)\bFROM\s+(?:NAMED\s+)?<([^>]*)>", query.read_text(encoding="utf-8")):
        if (query.parent / name).is_file():
            yield published(query.parent / name), query.parent / name


def _file(iri: Node) -> str:
    return str(iri).rsplit("/", 1)[1]


def read_graph(*files: Path) -> list[Triple]:
    """What files of RDF say together."""
    quads: list[Quad] = []
    for file in files:
        form = RdfFormat.RDF_XML if guess_format(file.name) == "xml" else RdfFormat.TURTLE
        quads.extend(parse(path=file, format=form, base_iri=published(file), rename_blank_nodes=True))
    return [quad.triple for quad in quads]


def read_graphs(files: Iterable[tuple[str | None, Path]]) -> Graphs:
    """The graphs that a case names, each from its files."""
    together: dict[str | None, list[Path]] = defaultdict(list)
    for name, file in files:
        together[name].append(file)
    return {name: read_graph(*paths) for name, paths in together.items()}


# Comparison


def same_graph(one: Iterable[Triple], other: Iterable[Triple]) -> bool:
    """Whether two graphs say the same."""
    first, second = (_canonical(Quad(t.subject, t.predicate, _plain(t.object)) for t in graph) for graph in (one, other))
    return first == second


def _canonical(quads: Iterable[Quad]) -> frozenset[Quad]:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(dataset)


def _plain(term: Term) -> Term:
    """A term, a number or boolean written in one way."""
    if not isinstance(term, Literal):
        return term
    if term.language:
        return Literal(term.value, language=term.language.lower())
    datatype = term.datatype.value
    try:
        if datatype in INTEGERS:
            return Literal(str(int(term.value)), datatype=term.datatype)
        if datatype == XSD + "decimal":
            return Literal(str(Decimal(term.value).normalize()), datatype=term.datatype)
        if datatype in (XSD + "double", XSD + "float"):
            return Literal(repr(float(term.value)), datatype=term.datatype)
        if datatype == XSD + "boolean":
            return Literal({"1": "true", "0": "false"}.get(term.value, term.value), datatype=term.datatype)
    except (ValueError, InvalidOperation):
        pass
    return term


def read_results(content: bytes, media_type: str) -> bool | Table:
    """A table or a boolean, from the bytes of one of the four formats."""
    if media_type == CSV:
        return _read_csv(content.decode())
    results = parse_query_results(content, FORMATS[media_type])
    if isinstance(results, QueryBoolean):
        return bool(results)
    variables = [variable.value for variable in results.variables]
    rows = [{name: term for name in variables if (term := solution[name]) is not None} for solution in results]
    return Table(frozenset(variables), tuple(rows))


def _read_csv(text: str) -> Table:
    """A table of CSV: a cell says no kind of term but a blank node's, and an empty one is taken for unbound."""
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    rows = [{name: _cell(cell) for name, cell in zip(header, line, strict=True) if cell} for line in lines]
    return Table(frozenset(header), tuple(rows))


def _cell(cell: str) -> Term:
    if cell.startswith("_:"):
        return BlankNode(cell[2:])
    return Literal(str(float(cell))) if re.fullmatch(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?", cell) else Literal(cell)


# A service


class Client:
    """Speaks to a service: one connection for all requests, the token on those that write. To be used in a `with` block."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.http = httpx.Client(timeout=30)
        self.authorised = {} if endpoint.token is None else {"Authorization": f"Bearer {endpoint.token}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.http.close()

    def send(
        self,
        method: str,
        url: httpx.URL | str,
        *,
        params: Iterable[tuple[str, str]] = (),
        content: bytes | str = b"",
        media_type: str | None = None,
        accept: str | None = None,
        writes: bool = False,
    ) -> httpx.Response:
        """Send a request with these headers and no others that say what is meant: without `accept` there is no Accept."""
        request = self.http.build_request(method, httpx.URL(url).copy_merge_params(list(params)) if params else url, content=content)
        del request.headers["Accept"]
        told = {"Content-Type": media_type, "Accept": accept} | (self.authorised if writes else {})
        request.headers.update({name: value for name, value in told.items() if value is not None})
        return self.http.send(request)

    def query(self, text: str, accept: str) -> httpx.Response:
        """Ask by POST."""
        return self.http.post(self.endpoint.query, content=text.encode(), headers={"Content-Type": QUERY, "Accept": accept})

    def update(self, text: str) -> httpx.Response:
        """Change by POST."""
        return self.http.post(self.endpoint.update, content=text.encode(), headers={"Content-Type": UPDATE, **self.authorised})

    def address(self, graph: str | None) -> httpx.URL:
        """The address of a graph in the graph store."""
        return httpx.URL(self.endpoint.graphs + "?default") if graph is None else httpx.URL(self.endpoint.graphs, params={"graph": graph})

    def load(self, graphs: Graphs) -> None:
        """Empty the service and put these graphs there."""
        self.update("DROP ALL").raise_for_status()
        for name, triples in graphs.items():
            body = serialize(triples, format=RdfFormat.N_TRIPLES)
            headers = {"Content-Type": N_TRIPLES, **self.authorised}
            self.http.put(self.address(name), content=body, headers=headers).raise_for_status()

    def graph(self, name: str | None) -> list[Triple]:
        """A graph of the graph store; one that is not there is empty."""
        answer = self.http.get(self.address(name), headers={"Accept": N_TRIPLES})
        if answer.status_code == 404:
            return []
        answer.raise_for_status()
        return read_triples(answer)

    def graphs(self) -> Graphs:
        """The default graph, and all others that are not empty."""
        answer = self.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", JSON)
        answer.raise_for_status()
        names = [row["g"]["value"] for row in answer.json()["results"]["bindings"]]
        return {name: self.graph(name) for name in [None, *names]}


def media_type(answer: httpx.Response) -> str:
    """The media type of an answer, without parameters."""
    return str(answer.headers.get("Content-Type", "")).split(";")[0].strip().lower()


def read_triples(answer: httpx.Response) -> list[Triple]:
    """The graph of an answer, in the format that it says it has."""
    form = RdfFormat.from_media_type(media_type(answer))
    assert form is not None, f"not RDF: {media_type(answer)}"
    return [quad.triple for quad in parse(answer.content, format=form, base_iri=str(answer.url))]
