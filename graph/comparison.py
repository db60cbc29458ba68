"""What differs between two releases, as RDF Patch (https://jena.apache.org/documentation/rdf-patch/) and in numbers and names.

Both are read node by node, side by side: their N-Quads are sorted, so that a comparison needs no more memory than one node, whatever the
size of the releases.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from .errors import ReleaseError
from .namespaces import BASE, RDF, RDFS
from .terms import Triple, iri, is_iri, language_of, value_of
from .threads import LINK_KINDS, filo

# The nodes that people know by name, and hear of by name when they come, go or are called otherwise.
KINDS: Final = ("Framework", "Element", "Project", *LINK_KINDS)
_NAMED: Final = {filo(kind): kind for kind in KINDS}
_FRAMEWORK: Final = f" {filo('Framework')} "
_TYPE, _LABEL, _IN_FRAMEWORK = iri(RDF + "type"), iri(RDFS + "label"), filo("inFramework")
# Nodes that a summary names; it counts the others.
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Node:
    """A node of either release: its subject (a term), and its quads before and after, as lines of N-Quads."""

    subject: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def removed(self) -> list[str]:
        """The lines that are there no more."""
        held = set(self.after)
        return [line for line in self.before if line not in held]

    @property
    def added(self) -> list[str]:
        """The lines that are new."""
        held = set(self.before)
        return [line for line in self.after if line not in held]


def compare(old: Path, new: Path) -> Iterator[Node]:
    """Every node of two files of sorted N-Quads (gzip), in their order, changed or not.

    :raises ReleaseError: a file cannot be read, or is not sorted.
    """
    for subject, sides in groupby(merge(_nodes(old, 0), _nodes(new, 1)), key=itemgetter(0)):
        lines = {side: found for _, side, found in sides}
        yield Node(subject, lines.get(0, ()), lines.get(1, ()))


def release_iri(name: str) -> str:
    """The IRI of a release, by its name."""
    return f"{BASE}download/{name}"


def patch(nodes: Iterable[Node], old: str, new: str) -> Iterator[str]:
    """RDF Patch, a row a line: from the release of the name `old` to that of the name `new`."""
    yield f"H id <{release_iri(new)}> .\nH prev <{release_iri(old)}> .\nTX .\n"
    for node in nodes:
        if node.before != node.after:
            yield from (f"D {line}" for line in node.removed)
            yield from (f"A {line}" for line in node.added)
    yield "TC .\n"


@dataclass(slots=True)
class Summary:
    """What a change comes to: it is told of every node, and then says it in numbers and names."""

    quads: Counter[str] = field(default_factory=Counter)
    graphs: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    classes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    frameworks: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    nodes: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0
    _names: dict[str, dict[str, str]] = field(default_factory=dict)

    def told(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """Be told of nodes as they pass."""
        for node in nodes:
            if node.before != node.after:
                self._add(node)
            if any(_FRAMEWORK in line for line in node.after or node.before):
                self._names[value_of(node.subject)] = _labels(_triples(node.after or node.before))
            yield node

    def to_json(self) -> dict[str, Any]:
        """The summary, by IRI; `nodes` are the first `MOST` that came, went or got another name, `nodesLeftOut` how many more did."""
        frameworks = {name: {"label": self._names.get(name, {}), **_two(self.frameworks[name])} for name in sorted(self.frameworks)}
        counted = {key: {name: _two(held[name]) for name in sorted(held)} for key, held in self._counted().items()}
        return {"quads": _two(self.quads), **counted, "frameworks": frameworks, "nodes": self.nodes, "nodesLeftOut": self.left_out}

    def _counted(self) -> dict[str, dict[str, Counter[str]]]:
        return {"graphs": self.graphs, "classes": self.classes, "kinds": self.kinds}

    def _add(self, node: Node) -> None:
        for what, lines in (("added", node.added), ("removed", node.removed)):
            self.quads[what] += len(lines)
            for line in lines:
                self.graphs[line[:-3].rsplit(" ", 1)[1][1:-1]][what] += 1
        before, after = _triples(node.before), _triples(node.after)
        old, new = _types(before), _types(after)
        for what, types in (("added", new - old), ("removed", old - new)):
            for type_ in types:
                self.classes[value_of(type_)][what] += 1
        kind = next((name for type_, name in _NAMED.items() if type_ in old | new), None)
        if kind is not None:
            self._name(value_of(node.subject), kind, before if filo(kind) in old else [], after if filo(kind) in new else [])

    def _name(self, subject: str, kind: str, before: list[Triple], after: list[Triple]) -> None:
        """Count and name a node of a kind that was or is there, if it came, went, or is called otherwise."""
        was, now = _labels(before), _labels(after)
        what = "added" if not before else "removed" if not after else "relabelled" if was != now else ""
        if not what:
            return
        self.kinds[kind][what] += 1
        framework = next((value_of(o) for _, p, o in after or before if p == _IN_FRAMEWORK), "")
        if framework:
            self.frameworks[framework][what] += 1
        if len(self.nodes) == MOST:
            self.left_out += 1
            return
        said = {"iri": subject, "kind": kind, "what": what, "label": now or was}
        self.nodes.append(said | ({"framework": framework} if framework else {}) | ({"was": was} if what == "relabelled" else {}))


def _two(counts: Mapping[str, int]) -> dict[str, int]:
    return {what: counts[what] for what in ("added", "removed", "relabelled") if what in counts or what != "relabelled"}


def _nodes(path: Path, side: int) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """The nodes of a file: subject, side, lines."""
    last = ""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            for subject, found in groupby(lines, key=lambda line: line[: line.index(" ")]):
                if subject <= last:
                    raise ReleaseError(f"{path}: its lines are not sorted; build the release again")
                last = subject
                yield subject, side, tuple(found)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ReleaseError(f"{path}: cannot be read ({error}); build the release again") from None


def _triples(lines: Iterable[str]) -> list[Triple]:
    found = []
    for line in lines:
        subject, predicate, rest = line.split(" ", 2)
        found.append((subject, predicate, rest[:-3].rsplit(" ", 1)[0]))
    return found


def _types(triples: Iterable[Triple]) -> set[str]:
    return {o for _, p, o in triples if p == _TYPE and is_iri(o)}


def _labels(triples: Iterable[Triple]) -> dict[str, str]:
    """The labels by their language, `""` for none; where a language has several, the first."""
    found: dict[str, str] = {}
    for _, predicate, label in triples:
        if predicate == _LABEL and not is_iri(label):
            found.setdefault(language_of(label) or "", value_of(label))
    return found
