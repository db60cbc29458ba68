"""Files to take away: a release in the syntaxes and compressions that people ask for, whole and a named graph at a time.

The same quads give the same bytes: what is written is sorted, and neither compression keeps a time. `SHA256SUMS` is in the form that
`sha256sum --check` reads.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import zstandard

from . import formats
from .namespaces import BASE, graph_slug
from .terms import Quad, value_of

SUMS: Final = "SHA256SUMS"
# Where files of the release in force are, wherever it is served: a release cannot say its own name, which follows from what it says.
DOWNLOAD: Final = BASE + "download/current/"
# What a dump is called before its compression, and its media type; of the files of a release, those that are RDF.
WHOLE: Final = ("data.nq", "data.trig", "data.ttl")
_TYPES: Final = {
    ".gz": "application/gzip",
    ".zst": "application/zstd",
    ".ttl": "text/turtle; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
}


def write_dumps(folder: Path, quads: Sequence[Quad]) -> None:
    """Write quads (sorted, each once) as N-Quads, TriG and Turtle, and each named graph as Turtle, all with gzip and with zstd."""
    (folder / "graphs").mkdir()
    with ThreadPoolExecutor() as pool:  # compressing does not hold Python's lock
        written = [pool.submit(_compress, folder / name, data, pack) for name, data in _serialised(quads) for pack in _PACKED.items()]
    for each in written:
        each.result()


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of every file of a release."""
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in files(folder).items()]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def files(folder: Path) -> dict[str, Path]:
    """The files under a folder by their names from there, with slashes, in the order of the names."""
    return dict(sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()))


def media_type(name: str) -> str:
    """The media type of a file of a release: a compressed file is what was compressed to be kept so, not a way to send something else."""
    return _TYPES.get(Path(name).suffix, "text/plain; charset=utf-8")


def dump_names(graph: str) -> tuple[str, ...]:
    """The files of a release that hold a named graph (an IRI)."""
    return tuple(f"graphs/{graph_slug(graph)}.ttl{suffix}" for suffix in _PACKED)


def whole_names() -> tuple[str, ...]:
    """The files of a release that hold all of it."""
    return tuple(name + suffix for name in WHOLE for suffix in _PACKED)


def _serialised(quads: Sequence[Quad]) -> Iterator[tuple[str, bytes]]:
    yield "data.nq", "".join(formats.write_nquads(quads)).encode()
    yield "data.trig", formats.write_trig(quads)
    yield "data.ttl", _turtle(quad[:3] for quad in quads)
    for graph, held in groupby(sorted(quads, key=itemgetter(3)), key=itemgetter(3)):
        if graph:
            yield f"graphs/{graph_slug(value_of(graph))}.ttl", _turtle(quad[:3] for quad in held)


def _turtle(triples: Iterable[tuple[str, str, str]]) -> bytes:
    # Sorted quads of several graphs may repeat a triple, always next to each other.
    return formats.write_turtle(triple for triple, _ in groupby(triples)).encode()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=6, mtime=0)


def _zstd(data: bytes) -> bytes:
    # Level 12 takes as long as gzip's 6 and gives a third less; the highest takes a hundred times as long for a sixth less.
    return zstandard.ZstdCompressor(level=12, write_checksum=True).compress(data)


_PACKED: Final[Mapping[str, Callable[[bytes], bytes]]] = {".gz": _gzip, ".zst": _zstd}


def _compress(path: Path, data: bytes, packed: tuple[str, Callable[[bytes], bytes]]) -> None:
    suffix, compress = packed
    path.with_name(path.name + suffix).write_bytes(compress(data))
