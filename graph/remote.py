"""A release in another engine that speaks SPARQL 1.1: published there under names of its own, and asked over HTTP as a `Store` is.

The only module that uses SPARQLWrapper, and the only one that knows how engines differ (`Dialect`; docs/engines.md says it for people).

A release is published graph by graph: `https://w3id.org/filorosso/graph/<stem>` becomes `…/release/<name>/graph/<stem>`, any other graph
`…/release/<name>/other/<its IRI, escaped>`. Beside them stand two merged graphs, of all triples and of the declared view (the default
graph of a query is then one graph: fast, and each triple once, which not every engine sees to), and a catalogue that lists them all and
says last that they are whole. What a query says of graphs are our names; requests name graphs explicitly, so that nothing else of the
engine is read, neither its own graphs nor another release.

What engines do differently, and what is done about it:

- *Virtuoso 7* answers basic graph patterns rightly and much of the rest not (7.2.5, of the library's 42 questions as they are: 12 errors of
  its compiler, one without an end, one that ended the server, 7 wrong answers, three of them with wrong numbers). It is asked for patterns
  only (`graph/patterns.py`), and the query is answered over their triples by the embedded engine. Any engine can be (dialect `patterns`).
- It ends a query past its `timeout` with what it has (`X-SQL-State`), and cuts results at its `ResultSetMaxRows` (`X-SPARQL-MaxRows`): both
  are errors here.
- A CONSTRUCT it cuts without a word, so patterns are asked for with SELECT. It writes booleans as 1 and 0 in JSON and has `typed-literal`
  there, and it answers no ASK of a triple without variables: the one is mended, the other asked in another way.
- Oxigraph past its time ends an answer that has begun with a sentence in the middle of its JSON.
- DESCRIBE is what each engine wants it to be, and GRAPH sees the engine's names: such queries are answered over patterns everywhere.
"""

from __future__ import annotations

import gzip
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlsplit

from . import patterns, syntax
from .delta import Delta
from .errors import QueryError, ReleaseError, RemoteError, RemoteTimeoutError
from .namespaces import BASE, GRAPH, PREFIXES, VOID, XSD
from .patterns import Pattern, Reading
from .proposals import is_proposed
from .store import WHOLE, Results, Row, open_store, read_results
from .syntax import Dataset
from .terms import Quad, Triple, integer, iri, text, typed, value_of

if TYPE_CHECKING:
    from .release import Release

MAX_TRIPLES: Final = 1_000_000
"""How many triples a query may read of an engine that is asked for patterns."""

_JSON, _N_TRIPLES = "application/sparql-results+json", "application/n-triples"
_ACCEPT = {"graph": f"{_N_TRIPLES}, text/turtle;q=0.8, application/rdf+xml;q=0.6", "select": _JSON, "ask": _JSON}
_ALL, _DECLARED = "merged/all", "merged/declared"
_HOLDS = iri(VOID + "triples")
_EVERYTHING = Reading((Pattern(("?s", "?p", "?o")),))
_UNREADABLE = "the engine behind this service gave an answer that cannot be read"
_STATUS = {"QueryBadFormed": 400, "Unauthorized": 401, "EndPointNotFound": 404, "URITooLong": 414, "EndPointInternalError": 500}
_SECONDS_TO_PUBLISH = 600
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where an engine is asked; to publish, it needs its SPARQL 1.1 graph store (`graphs`) or its update address too."""

    query: str
    update: str | None = None
    graphs: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is not HTTP.

        :raises RemoteError: an address is none.
        """
        for address in (self.query, self.update, self.graphs):
            if address is not None and (urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname):
                raise RemoteError(f"{address!r} is not the address of an engine; one starts with http:// or https://")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine differs: whether it is asked whole queries or patterns only, how it takes a time limit, how it says that it stopped.

    `milliseconds` is the name of its parameter for the time limit; `stopped` and `cut` are headers of answers that are not whole, `late`
    is what an error says of a query past its time, or the end of an answer that has begun.
    """

    name: str
    whole: bool = True
    milliseconds: str | None = None
    stopped: str | None = None
    cut: str | None = None
    late: str | None = None


DIALECTS: Final = {
    dialect.name: dialect
    for dialect in (
        Dialect("standard"),
        Dialect("patterns", whole=False),
        Dialect("oxigraph", late="The SPARQL operation has been cancelled"),
        Dialect("virtuoso", whole=False, milliseconds="timeout", stopped="X-SQL-State", cut="X-SPARQL-MaxRows", late="S1T00"),
    )
}


def recognise(addresses: Addresses, *, seconds: float | None = None) -> Dialect:
    """The dialect of an engine, by what it calls itself; `standard` where that says nothing.

    :raises RemoteError: it does not answer.
    """
    engine = _Engine(addresses, DIALECTS["standard"], seconds)
    server = engine.reply("ask", "ASK { }", [_published("", "nothing")]).server.lower()
    return next((dialect for name, dialect in DIALECTS.items() if server.startswith(name)), engine.dialect)


def published_name(release: str, graph: str) -> str:
    """The IRI under which a release's graph is published; `""` is the unnamed graph."""
    if graph.startswith(GRAPH):
        return _published(release, "graph/" + graph.removeprefix(GRAPH))
    return _published(release, "other/" + quote(graph, safe=""))


def graph_name(release: str, published: str) -> str:
    """The graph that is published under an IRI: the other way round.

    :raises ValueError: the IRI is none of the release's.
    """
    kind, _, rest = published.removeprefix(_published(release, "")).partition("/")
    if kind not in ("graph", "other") or not published.startswith(_published(release, "")):
        raise ValueError(published)
    return GRAPH + rest if kind == "graph" else unquote(rest)


def open_remote(
    addresses: Addresses,
    name: str,
    *,
    dialect: Dialect | None = None,
    seconds: float | None = None,
    union: bool = True,
    guarded: bool = True,
) -> RemoteStore:
    """A published release, for queries.

    :param dialect: how the engine differs; it is asked if none is given.
    :param seconds: how long a query may take.
    :raises ReleaseError: the release is not there, or not whole.
    :raises RemoteError: the engine does not answer.
    """
    engine = _Engine(addresses, dialect or recognise(addresses, seconds=seconds), seconds)
    counts, whole = _catalogue(engine, name)
    if not whole:
        raise ReleaseError(f"the release {name} is not published at {addresses.query}, or not whole; publish it first")
    return RemoteStore(engine, name, counts, merged=_ALL, union=union, guarded=guarded)


class RemoteStore:
    """A release in another engine, read as a `Store` is; use `open_remote`. It holds no connection, so a process that holds it may fork."""

    def __init__(self, engine: _Engine, name: str, counts: Mapping[str, int], *, merged: str, union: bool, guarded: bool) -> None:
        """Hold the number of triples of each graph, and which merged graph is that of them all."""
        self._engine = engine
        self._counts = dict(sorted(counts.items()))
        self._merged = merged
        self._guarded = guarded
        # It parses: an error in a query is then ours, with its place, whatever the engine would say.
        self._parser = open_store(Path(os.devnull), union=False, guarded=guarded)
        self._lookups: dict[Triple, list[Triple]] = {}
        self.union = union
        self.name = name

    @property
    def declared(self) -> RemoteStore:
        """The graph without what is only proposed."""
        counts = {graph: number for graph, number in self._counts.items() if not graph or not is_proposed(iri(graph))}
        return RemoteStore(self._engine, self.name, counts, merged=_DECLARED, union=self.union, guarded=self._guarded)

    def __len__(self) -> int:
        """The number of quads."""
        return sum(self._counts.values())

    def query(self, sparql: str, dataset: Dataset = WHOLE, *, base: str | None = None) -> Results:
        """Answer a query; see `Store.query`.

        :raises QuerySyntaxError: not SPARQL 1.1.
        :raises QueryError: it uses SERVICE, or asks for more than this engine can be asked for.
        :raises RemoteTimeoutError: the time is over.
        :raises RemoteError: the engine failed.
        """
        kind = self._parser.query(sparql, base=base).kind
        asked = dataset or (syntax.dataset_of(sparql, base) if syntax.has_dataset(sparql) else None)
        graphs = tuple(graph for graph in self._counts if graph)
        asked = Dataset((*graphs, "") if self.union else ("",), graphs) if asked is None else asked
        words = syntax.keywords(sparql).upper()
        if self._engine.dialect.whole and not any(word in words for word in ("GRAPH", "DESCRIBE")):
            default = self._published_graphs(asked.default) or [_published(self.name, "nothing")]
            return self._engine.query(kind, _prologue(base) + sparql, default)
        return self._gathered(sparql, asked, base)

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs, sorted; the unnamed graph, if it holds anything, first as `""`."""
        return list(self._counts)

    def has_graph(self, graph: str) -> bool:
        """Whether there is a named graph of this IRI; the unnamed graph is always there."""
        return not graph or graph in self._counts

    def graph(self, graph: str) -> Results:
        """The triples of a graph.

        :raises RemoteError: the engine gave fewer than it holds, or failed.
        """
        found = self._engine.query("graph", "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", [published_name(self.name, graph)])
        if sum(1 for _ in found.triples()) != self._counts.get(graph, 0):
            raise RemoteError("the engine behind this service cuts its answers; raise its limit of rows")
        return found

    def triples(self, graph: str) -> list[Triple]:
        """The triples of a graph, as terms, in no order."""
        return list(self.graph(graph).triples())

    def objects(self, subject: str, predicate: str) -> list[str]:
        """The objects of a subject and a predicate in any graph, sorted."""
        return sorted({o for _, p, o in self._looked_up((subject, "?p", "?o")) if p == predicate})

    def value(self, subject: str, predicate: str) -> str | None:
        """The first object of a subject and a predicate, or None."""
        return next(iter(self.objects(subject, predicate)), None)

    def subjects(self, predicate: str, object_: str) -> list[str]:
        """The subjects of a predicate and an object in any graph, sorted."""
        looked_for = object_ if patterns.is_comparable(object_) else "?o"
        return sorted({s for s, _, o in self._looked_up(("?s", predicate, looked_for)) if o == object_})

    def rows(self, sparql: str) -> list[Row]:
        """The rows of a SELECT: variable to term, unbound ones absent."""
        return list(self.query(sparql).rows())

    def _published_graphs(self, graphs: Sequence[str]) -> list[str]:
        """The published names of graphs; one name where they are all there are."""
        if set(graphs) - {""} == set(self._counts) - {""} and ("" in graphs or "" not in self._counts):
            return [_published(self.name, self._merged)]
        return [published_name(self.name, graph) for graph in graphs]

    def _looked_up(self, triple: Triple) -> list[Triple]:
        # A release never changes, and questions ask for several properties of the same nodes.
        if triple not in self._lookups:
            found = self._engine.triples(Reading((Pattern(triple),)), [_published(self.name, self._merged)])
            self._lookups[triple] = found
        return self._lookups[triple]

    def _gathered(self, sparql: str, asked: Dataset, base: str | None) -> Results:
        """Answer over the triples that the query reads."""
        default = self._published_graphs(asked.default)
        named = {published_name(self.name, graph): graph for graph in asked.named if graph in self._counts}
        local = open_store(Path(os.devnull), union=False, guarded=self._guarded)
        here = _published(self.name, "default")
        deadline = _deadline(self._engine.seconds)
        local.apply(Delta(created=(here, *named.values())))
        for reading in patterns.readings(sparql, base):
            found = self._engine.quads(reading, default, named, deadline)
            local.apply(Delta(added=tuple((s, p, o, iri(graph or here)) for s, p, o, graph in found)))
            if len(local) > MAX_TRIPLES:
                raise QueryError(f"it reads more than {MAX_TRIPLES:,} triples of the engine behind this service; ask for less")
        return local.query(sparql, Dataset((here,), tuple(named.values())), base=base)


# Asking


@dataclass(frozen=True, slots=True)
class _Reply:
    """A whole answer: its body, its media type, and what the engine calls itself."""

    body: bytes
    media_type: str
    server: str


@dataclass(frozen=True, slots=True)
class _Engine:
    """An engine that is asked with a time limit, in seconds."""

    addresses: Addresses
    dialect: Dialect
    seconds: float | None = None

    def query(self, kind: str, sparql: str, default: Sequence[str]) -> Results:
        """Ask a whole query of graphs, by their published names."""
        reply = self.reply(kind, sparql, default)
        with _readable():
            if kind == "select":
                # An answer that breaks off must fail now, not when half a table was sent on.
                for _ in read_results(reply.body, reply.media_type).rows():
                    pass
            results = read_results(reply.body, reply.media_type)
        if results.kind != kind:
            raise RemoteError(_UNREADABLE)
        return results

    def triples(self, reading: Reading, default: Sequence[str]) -> list[Triple]:
        """What a reading of the default graph finds."""
        return [quad[:3] for quad in self.quads(reading, default, {}, _deadline(self.seconds))]

    def quads(self, reading: Reading, default: Sequence[str], named: Mapping[str, str], deadline: float | None) -> list[Quad]:
        """What a reading finds: quads, whose graph is an IRI of ours, `""` for the default graph; `named` is published name to ours."""
        published = {iri(ours): iri(name) for name, ours in named.items()}
        places = {pattern.graph for pattern in (*reading.wanted, *reading.given)}
        if any(not (default if not place else named if place.startswith("?") else place in published) for place in places):
            return []
        wanted = [_open(pattern) for pattern in reading.wanted]
        names = " ".join(sorted({variable for pattern in wanted for variable in pattern.variables}))
        limit = f" LIMIT {reading.limit}" if reading.limit is not None else ""
        # No CONSTRUCT: Virtuoso cuts one without a word.
        sparql = f"SELECT {names} WHERE {{ {_block((*wanted, *reading.given), published)} }}{limit}"
        reply = self.reply("select", sparql, default, list(named) if places - {""} else [], deadline)
        with _readable():
            found = _solutions(reply.body)
        ours = {iri(name): graph for name, graph in named.items()} | {graph: value_of(graph) for graph in published} | {"": ""}
        triples = (tuple(row.get(t, t) for t in (*pattern.triple, pattern.graph)) for row in found for pattern in wanted)
        return list(dict.fromkeys((s, p, o, ours[graph]) for s, p, o, graph in triples if graph in ours))

    def reply(self, kind: str, sparql: str, default: Sequence[str], named: Sequence[str] = (), deadline: float | None = None) -> _Reply:
        """Send a query of a kind (`select`, `ask`, `graph`) and read the whole answer.

        :raises QueryError: the engine refuses it.
        :raises RemoteTimeoutError: the time is over.
        :raises RemoteError: the engine failed, or did not give a whole answer.
        """
        from SPARQLWrapper import ASK, CONSTRUCT, POST, SELECT, SPARQLWrapper

        deadline = deadline or _deadline(self.seconds)
        left = _left(deadline, self.seconds)
        client = SPARQLWrapper(self.addresses.query)
        # Its own guess of the form fails on some comments, and a query taken for an update would be sent to another address.
        client.queryString, client.queryType = sparql, {"select": SELECT, "ask": ASK}.get(kind, CONSTRUCT)
        client.setMethod(POST)
        client.setOnlyConneg(True)
        client.addCustomHttpHeader("Accept", _ACCEPT[kind])
        for name, graphs in (("default-graph-uri", default), ("named-graph-uri", named)):
            for graph in graphs:
                client.addParameter(name, graph)
        if left is not None:
            client.timeout = left  # type: ignore[assignment]  # it is handed on to a socket, which takes parts of seconds
            if self.dialect.milliseconds:
                client.addParameter(self.dialect.milliseconds, str(max(1000, int(left * 1000))))
        with self._errors():
            return self._read(client.query().response, deadline)

    def update(self, sparql: str) -> None:
        """Send an update.

        :raises RemoteError: the engine refuses it, or failed.
        """
        from SPARQLWrapper import INSERT, POST, SPARQLWrapper

        client = SPARQLWrapper(self.addresses.query, self.addresses.update)
        client.queryString, client.queryType = sparql, INSERT
        client.setTimeout(_SECONDS_TO_PUBLISH)
        client.setMethod(POST)
        with self._errors():
            client.query().response.read()

    def _read(self, response: HTTPResponse, deadline: float | None) -> _Reply:
        pieces = []
        while piece := response.read(1 << 20):
            pieces.append(piece)
            _left(deadline, self.seconds)
        headers, body = response.headers, b"".join(pieces)
        if response.length:
            raise RemoteError("the engine behind this service broke off in its answer")
        if (self.dialect.stopped and self.dialect.stopped in headers) or (self.dialect.late and body.endswith(self.dialect.late.encode())):
            raise RemoteTimeoutError(_late(self.seconds))
        if self.dialect.cut and self.dialect.cut in headers:
            raise RemoteError(f"the engine behind this service cuts its answers at {headers[self.dialect.cut]} rows; raise its limit")
        return _Reply(body, headers.get_content_type(), headers.get("Server") or "")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say what goes wrong in a request as ours, and nothing of the engine's inside."""
        from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

        try:
            yield
        except (SPARQLWrapperException, HTTPError) as error:
            status = error.code if isinstance(error, HTTPError) else _STATUS.get(type(error).__name__, 500)
            if self.dialect.late and self.dialect.late in str(error):
                raise RemoteTimeoutError(_late(self.seconds)) from None
            if status == 400:
                raise QueryError("the engine behind this service refuses the query (HTTP 400)") from None
            raise RemoteError(f"the engine behind this service failed (HTTP {status})") from None
        except (OSError, HTTPException) as error:
            if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
                raise RemoteTimeoutError(_late(self.seconds)) from None
            raise RemoteError("the engine behind this service cannot be reached, or broke off in its answer") from None


@contextmanager
def _readable() -> Iterator[None]:
    """Say of an answer that it is not what it should be."""
    try:
        yield
    except (QueryError, SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RemoteError(_UNREADABLE) from None


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _left(deadline: float | None, seconds: float | None) -> float | None:
    """The seconds that are left.

    :raises RemoteTimeoutError: none are.
    """
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        raise RemoteTimeoutError(_late(seconds))
    return left


def _late(seconds: float | None) -> str:
    return "the engine behind this service did not answer " + ("in time" if seconds is None else f"within {seconds:g} seconds")


def _prologue(base: str | None) -> str:
    """The prefixes that the embedded engine knows of itself, on one line."""
    return (f"BASE <{base}> " if base else "") + "".join(f"PREFIX {name}: <{space}> " for name, space in PREFIXES.items())


def _block(several: Iterable[Pattern], published: Mapping[str, str]) -> str:
    """Patterns as SPARQL; `published` has the published names (terms) of graphs."""
    written = []
    for pattern in several:
        triple = " ".join(pattern.triple) + " ."
        graph = published.get(pattern.graph, pattern.graph)
        written.append(f"GRAPH {graph} {{ {triple} }}" if graph else triple)
    return " ".join(written)


def _open(pattern: Pattern) -> Pattern:
    """A pattern that has a variable: Virtuoso does not answer yes or no of a triple."""
    subject, _, object_ = pattern.triple
    return pattern if pattern.variables else Pattern((subject, "?predicate", object_), pattern.graph)


def _solutions(body: bytes) -> list[dict[str, str]]:
    """The rows of a SELECT in SPARQL's JSON: terms by variable, `?name`."""
    known: dict[tuple[str | None, ...], str] = {}
    rows = []
    for row in json.loads(body)["results"]["bindings"]:
        found = {}
        for name, said in row.items():
            key = said["type"], said["value"], said.get("datatype"), said.get("xml:lang")
            if key not in known:
                known[key] = _term(*key)
            found[f"?{name}"] = known[key]
        rows.append(found)
    return rows


def _term(kind: str, value: str, datatype: str | None, language: str | None) -> str:
    """A term of SPARQL's JSON, as engines write it."""
    if kind == "uri":
        return iri(value)
    if kind == "bnode":
        # Virtuoso's `nodeID://b1` is `_:b1` in N-Triples.
        label = value.removeprefix("nodeID://").removeprefix("_:")
        return f"_:{label}" if label.isalnum() else f"_:b{label.encode().hex()}"
    if kind not in ("literal", "typed-literal"):
        raise ValueError(kind)
    if datatype == XSD + "boolean":
        value = {"1": "true", "0": "false"}.get(value, value)
    return typed(value, datatype) if datatype and datatype != XSD + "string" else text(value, language)


# Publishing


def publish(release: Release, addresses: Addresses) -> int:
    """Publish a release, beside others; says how many graphs had to be sent, none if it was there.

    Each graph replaces what a publication that was broken off left of it. Until the last one is whole the release counts as not there.

    :raises ReleaseError: the release cannot be read.
    :raises RemoteError: the engine failed, or does not hold what it was sent.
    """
    engine = _Engine(addresses, DIALECTS["standard"], _SECONDS_TO_PUBLISH)
    graphs = _graphs_of(release)
    whole = _catalogue(engine, release.name)[1]
    missing = [graph for graph, lines in graphs.items() if _count(engine, graph) != len(lines)]
    if whole and not missing:
        return 0
    catalogue = [f"{iri(graph)} {_HOLDS} {integer(len(lines))} .\n" for graph, lines in sorted(graphs.items())]
    _put(engine, _published(release.name, "catalogue"), catalogue)
    for graph in missing:
        _put(engine, graph, graphs[graph])
        if _count(engine, graph) != len(graphs[graph]):
            raise RemoteError(f"{addresses.query} does not hold {graph} as it was sent; the release is not published")
    total = sum(len(lines) for graph, lines in graphs.items() if not graph.startswith(_published(release.name, "merged/")))
    catalogue.append(f"{iri(_published(release.name, ''))} {_HOLDS} {integer(total)} .\n")
    _put(engine, _published(release.name, "catalogue"), catalogue)
    return len(missing)


def published(addresses: Addresses, name: str) -> bool:
    """Whether a release is there, and whole.

    :raises RemoteError: the engine does not answer.
    """
    return _catalogue(_Engine(addresses, DIALECTS["standard"], _SECONDS_TO_PUBLISH), name)[1]


def withdraw(addresses: Addresses, name: str) -> None:
    """Take a release away, be it whole or not; others stay.

    :raises RemoteError: the engine failed.
    """
    engine = _Engine(addresses, DIALECTS["standard"], _SECONDS_TO_PUBLISH)
    catalogue = _published(name, "catalogue")
    listed = [value_of(s) for s, _, _ in engine.triples(_EVERYTHING, [catalogue]) if value_of(s) != _published(name, "")]
    # The catalogue first without its last line, last itself: what is half withdrawn is not there, and can be withdrawn again.
    if listed:
        _put(engine, catalogue, [f"{iri(graph)} {_HOLDS} {integer(0)} .\n" for graph in listed])
    for graph in (*listed, catalogue):
        _drop(engine, graph)


def _published(release: str, rest: str) -> str:
    return f"{BASE}release/{release}/{rest}"


def _catalogue(engine: _Engine, name: str) -> tuple[dict[str, int], bool]:
    """The number of triples of each graph of a release by our names, and whether it is whole."""
    listed = {value_of(s): int(value_of(o)) for s, _, o in engine.triples(_EVERYTHING, [_published(name, "catalogue")])}
    root, merged = _published(name, ""), _published(name, "merged/")
    counts = {graph_name(name, graph): number for graph, number in listed.items() if graph != root and not graph.startswith(merged)}
    return counts, root in listed


def _graphs_of(release: Release) -> dict[str, list[str]]:
    """The graphs of a release as lines of N-Triples, by published name, with the merged ones."""
    graphs: dict[str, list[str]] = defaultdict(list)
    everything, declared = dict[str, None](), dict[str, None]()
    try:
        quads = gzip.decompress((release.folder / "data.nq.gz").read_bytes()).decode()
    except (OSError, EOFError, ValueError) as error:
        raise ReleaseError(f"{release.folder}: cannot be read ({error}); build the release again") from None
    for quad in quads.split("\n"):
        if not quad:
            continue
        triple, _, graph = quad.removesuffix(" .").rpartition(" ")
        if not graph.startswith("<") or triple.count(" ") < 2:
            triple, graph = quad.removesuffix(" ."), ""
        line = f"{triple} .\n"
        graphs[published_name(release.name, value_of(graph) if graph else "")].append(line)
        everything[line] = None
        if not graph or not is_proposed(graph):
            declared[line] = None
    return graphs | {_published(release.name, _ALL): list(everything), _published(release.name, _DECLARED): list(declared)}


def _count(engine: _Engine, graph: str) -> int:
    rows = engine.query("select", "SELECT (COUNT(*) AS ?number) WHERE { ?s ?p ?o }", [graph]).rows()
    return int(value_of(next(rows)["number"]))


def _put(engine: _Engine, graph: str, lines: Sequence[str]) -> None:
    """Put triples in place of a graph."""
    if engine.addresses.graphs:
        _send(engine.addresses.graphs, "PUT", graph, "".join(lines).encode())
        return
    if not engine.addresses.update:
        raise RemoteError(f"nothing can be written to {engine.addresses.query}: give the address of its graph store, or of its updates")
    _drop(engine, graph)
    # A blank node is the same one only within a request.
    size = max(1, len(lines)) if any("_:" in line for line in lines) else _BATCH
    for start in range(0, len(lines), size):
        engine.update(f"INSERT DATA {{ GRAPH {iri(graph)} {{ {''.join(lines[start : start + size])} }} }}")


def _drop(engine: _Engine, graph: str) -> None:
    if engine.addresses.graphs:
        _send(engine.addresses.graphs, "DELETE", graph, None)
    elif engine.addresses.update:
        engine.update(f"DROP SILENT GRAPH {iri(graph)}")


def _send(address: str, method: str, graph: str, body: bytes | None) -> None:
    """Send a request of the SPARQL 1.1 Graph Store HTTP Protocol; to delete what is not there is no error.

    :raises RemoteError: it failed.
    """
    parts = urlsplit(address)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(str(parts.hostname), parts.port, timeout=_SECONDS_TO_PUBLISH)
    query = "&".join(part for part in (parts.query, "graph=" + quote(graph, safe="")) if part)
    try:
        connection.request(method, f"{parts.path or '/'}?{query}", body, {"Content-Type": _N_TRIPLES} if body is not None else {})
        status = connection.getresponse().status
    except (OSError, HTTPException):
        raise RemoteError(f"{address} cannot be reached, or broke off") from None
    finally:
        connection.close()
    if not (200 <= status < 300 or (method == "DELETE" and status == 404)):
        raise RemoteError(f"{address} refuses to {method} {graph} (HTTP {status}); may it be written without a password from here?")
