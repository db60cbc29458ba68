"""Reading and writing RDF files: everything that comes from outside passes here, and nothing of it is trusted.

A file is read whole or not at all; nothing is fetched from the network and no other file is opened. Blank nodes become IRIs
(numbered in the order of the file), so that what comes after has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from .errors import SourceError
from .namespaces import BASE, PREFIXES, slug
from .terms import Quad, Triple

MAX_FILE_BYTES = 2_000_000_000
MAX_LITERAL_CHARACTERS = 1_000_000

_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
}
_TRIPLE_LINE = re.compile(r"line (\d+)")


def read_triples(path: Path, *, keep_blank: bool = False) -> list[Triple]:
    """The triples of a file, named graphs put aside, in the order of the file.

    With `keep_blank` its blank nodes stay blank, under steady names: SHACL tells a path from a property by that.

    :raises SourceError: missing, of unknown format, not UTF-8, not RDF, or trying to reach beyond itself.
    """
    return [quad[:3] for quad in _quads(path, _checked_bytes(path), keep_blank)]


def read_quads(path: Path, default_graph: str) -> list[Quad]:
    """The quads of a file; what stands in its default graph is put into `default_graph` (an IRI term)."""
    return [(s, p, o, g or default_graph) for s, p, o, g in _quads(path, _checked_bytes(path), False)]


def write_nquads(quads: Iterable[Quad]) -> Iterator[str]:
    """N-Quads lines, one a quad, in the order given."""
    for s, p, o, g in quads:
        yield f"{s} {p} {o} {g} .\n"


def write_turtle(triples: Iterable[Triple], prefixes: dict[str, str] = PREFIXES) -> str:
    """Turtle with our prefixes, subjects in the order given."""
    lines = "".join(f"{s} {p} {o} .\n" for s, p, o in triples)
    parsed = ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES)
    written = ox.serialize((quad.triple for quad in parsed), format=ox.RdfFormat.TURTLE, prefixes=prefixes)
    return (written or b"").decode().replace("\t", "    ")


def write_trig(quads: Iterable[Quad]) -> bytes:
    """TriG with our prefixes, in the order given."""
    lines = "".join(write_nquads(quads))
    parsed = ox.parse(lines.encode(), format=ox.RdfFormat.N_QUADS)
    return ox.serialize(parsed, format=ox.RdfFormat.TRIG, prefixes=PREFIXES) or b""


def _checked_bytes(path: Path) -> bytes:
    if path.suffix.lower() not in _FORMATS:
        known = ", ".join(sorted(_FORMATS))
        raise SourceError(path, f"unknown file format; the name must end in one of {known}")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SourceError(path, f"larger than {MAX_FILE_BYTES} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror or error}") from None
    data = data.removeprefix(b"\xef\xbb\xbf")  # the byte order mark that some editors put before UTF-8
    _check_encoding(path, data)
    if _FORMATS[path.suffix.lower()] is ox.RdfFormat.RDF_XML:
        refuse_entities(path, data)
    if _FORMATS[path.suffix.lower()] is ox.RdfFormat.JSON_LD:
        _refuse_remote_contexts(path, data)
    return data


def _check_encoding(path: Path, data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(path, "not UTF-8; save the file again as UTF-8", line=line) from None


def refuse_entities(path: object, data: bytes) -> None:
    """Refuse XML that has a document type.

    :raises SourceError: it has; `path` names it.
    """
    # A document type can define entities that grow without bound or name other files; RDF/XML has no need of one.
    position = data.find(b"<!DOCTYPE")
    if position < 0:
        position = data.find(b"<!ENTITY")
    if position >= 0:
        line = data.count(b"\n", 0, position) + 1
        raise SourceError(path, "has a document type or entities, which are not accepted; expand them first", line=line)


def _refuse_remote_contexts(path: Path, data: bytes) -> None:
    try:
        document = json.loads(data)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise SourceError(path, "not JSON", line=line) from None
    remote = next(_remote_contexts(document), None)
    if remote is not None:
        raise SourceError(path, f"its @context is at {remote!r}, and nothing is fetched; write the context into the file")


def _remote_contexts(document: object) -> Iterator[str]:
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                contexts = inner if isinstance(inner, list) else [inner]
                if key in {"@context", "@import"}:
                    yield from (context for context in contexts if isinstance(context, str))
            pending.extend(value.values())


def _quads(path: Path, data: bytes, keep_blank: bool) -> Iterator[tuple[str, str, str, str]]:
    names: dict[str, str] = {}
    stem = slug(path.stem)
    name = f"_:{stem}-b{{}}" if keep_blank else f"<{BASE}.well-known/genid/{stem}/b{{}}>"
    try:
        for quad in ox.parse(data, format=_FORMATS[path.suffix.lower()]):
            if isinstance(quad.object, ox.Literal) and len(quad.object.value) > MAX_LITERAL_CHARACTERS:
                raise SourceError(path, f"a literal of {quad.subject} is longer than {MAX_LITERAL_CHARACTERS} characters")
            if isinstance(quad.object, ox.Triple) or getattr(quad.object, "direction", None) is not None:
                raise SourceError(path, f"{quad.subject} has a value that only RDF 1.2 knows; write RDF 1.1")
            graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else _term(quad.graph_name, names, name)
            subject = _term(quad.subject, names, name)
            yield subject, str(quad.predicate), _term(quad.object, names, name), graph
    except SyntaxError as error:
        raise SourceError(path, _first_line(error), line=_line(error)) from None


def _term(term: object, names: dict[str, str], name: str) -> str:
    written = str(term)
    if isinstance(term, ox.BlankNode):
        return names.setdefault(written, name.format(len(names)))
    return written


def _first_line(error: SyntaxError) -> str:
    message = str(error.msg).splitlines()[0]
    return f"not readable as RDF: {message}"


def _line(error: SyntaxError) -> int | None:
    match = _TRIPLE_LINE.search(str(error.msg))
    return error.lineno or (int(match[1]) if match else None)
