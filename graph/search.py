"""Finding nodes by what a person remembers of them: a name in either language, a code, a CUP, with slips of the pen forgiven."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from .namespaces import PREFIXES, RDFS, SDG, SKOS
from .store import Readable
from .terms import iri, language_of, value_of
from .terms import text as literal
from .threads import filo

# What stands for a statement, a place in a document, or a file is found from what it is about.
_SILENT = frozenset(
    (
        *(filo(name) for name in ("Evidence", "TableCell", "Amount", "IndicatorValue", "Succession", "Claim", "CompletenessStatement")),
        iri(PREFIXES["dcat"] + "Distribution"),
        iri(PREFIXES["void"] + "Dataset"),
    )
)
# Which of two that match as well is meant sooner.
_RANKS = {
    filo("Framework"): 9,
    filo("Project"): 7,
    filo("Element"): 6,
    filo("Continuant"): 5,
    iri(PREFIXES["org"] + "Organization"): 5,
    iri(PREFIXES["owl"] + "Class"): 4,
    filo("Indicator"): 3,
    filo("Link"): 1,
}
_NAMES = {iri(RDFS + "label"): 1.0, iri(SKOS + "prefLabel"): 1.0, iri(SKOS + "altLabel"): 0.96, iri(PREFIXES["dct"] + "title"): 0.96}
_CODES = (
    *(filo(name) for name in ("code", "cup", "localId", "subMeasureCode", "istatCode", "number")),
    iri(SKOS + "notation"),
    iri(PREFIXES["dct"] + "identifier"),
)
_LEAST = 72.0
_NUMBER = re.compile(r"[0-9]+")
_FIELDS = """SELECT ?node ?field ?said WHERE {{ VALUES ?field {{ {fields} }} {node} ?node ?field ?said }}"""
# People say "goal 13" and "missione 4": the kind and the code together.
_NUMBERED = """SELECT ?node ?kind ?code WHERE {{ {node} ?node filo:hasKind ?concept ; filo:code ?code . ?concept skos:prefLabel ?kind }}"""
_KINDS = "SELECT ?node ?class WHERE {{ {node} ?node a ?class }}"


@dataclass(frozen=True, slots=True)
class Match:
    """A node that was found: the name or code by which, how well it fits (0 to 100), its classes; terms."""

    node: str
    by: str
    score: float
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    node: str
    term: str
    plain: str
    weight: float
    is_code: bool


class Index:
    """The names and codes of a graph, read into memory: make it with `read_index`."""

    def __init__(self, names: Iterable[_Name], classes: dict[str, tuple[str, ...]]) -> None:
        """Hold the names of nodes, and the classes of each."""
        self._names = list(names)
        self._classes = classes
        self._plain = [name.plain for name in self._names]
        self._codes: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self._names):
            if name.is_code:
                self._codes[name.plain].append(place)

    def __len__(self) -> int:
        """The number of names and codes."""
        return len(self._names)

    def search(self, text: str, *, limit: int = 20, classes: Collection[str] = (), lang: str = "it") -> list[Match]:
        """The nodes that a text may mean, the likeliest first.

        :param classes: keep to nodes of one of these classes (terms); none given: all.
        :param lang: the language whose names are preferred where both fit as well.
        """
        wanted = plain(text)
        if not wanted:
            return []
        found: dict[str, tuple[float, Match]] = {}
        for place, score in self._scored(wanted):
            name = self._names[place]
            kinds = self._classes.get(name.node, ())
            if classes and not any(kind in classes for kind in kinds):
                continue
            preferred = 0.5 if language_of(name.term) == lang else 0.0
            order = score * name.weight + max((_RANKS.get(kind, 0) for kind in kinds), default=0) / 10 + preferred
            if name.node not in found or order > found[name.node][0]:
                found[name.node] = order, Match(name.node, name.term, round(score, 1), kinds)
        best = sorted(found.values(), key=lambda pair: (-pair[0], len(pair[1].by), pair[1].node))
        return [match for _, match in best[:limit]]

    def near(self, iri: str, *, limit: int = 5) -> list[str]:
        """The nodes (terms) whose IRIs are most like one that is not there."""
        found = process.extract(iri, [node[1:-1] for node in self._classes], scorer=fuzz.ratio, score_cutoff=_LEAST, limit=limit)
        return [f"<{node}>" for node, *_ in found]

    def without(self, nodes: Collection[str]) -> Index:
        """The index without some nodes."""
        return Index((name for name in self._names if name.node not in nodes), {n: c for n, c in self._classes.items() if n not in nodes})

    def joined(self, other: Index) -> Index:
        """The index with the names of another."""
        return Index([*self._names, *other._names], self._classes | other._classes)

    def _scored(self, wanted: str) -> Iterator[tuple[int, float]]:
        """Places of names with how well each fits: the same, beginning so, holding the words, or nearly so."""
        yield from ((place, 100.0) for place in self._codes.get(wanted, ()))
        words = wanted.split()
        whole = re.compile(r"\b" + r".*\b".join(map(re.escape, words)))
        for place, name in enumerate(self._plain):
            if name == wanted:
                yield place, 99.0
            elif name.startswith(wanted):
                yield place, 96.0 - min(len(name) - len(wanted), 100) / 50
            elif wanted in name or whole.search(name):
                yield place, 91.0 - min(len(name) - len(wanted), 200) / 50
        # A short text resembles too much.
        if len(wanted) >= 4:
            # A number is meant as it is typed: 311 is no slip of 11.
            numbers = set(_NUMBER.findall(wanted))
            for _, score, place in process.extract(wanted, self._plain, scorer=_likeness, score_cutoff=_LEAST, limit=200):
                if numbers <= set(_NUMBER.findall(self._plain[place])):
                    yield place, score * 0.88


def _likeness(one: Sequence[Hashable], other: Sequence[Hashable], /, *, score_cutoff: float | None = None) -> float:
    """How alike a text and a name are: word by word for what is longer than the text, whole for the rest."""
    if len(other) <= len(one) * 1.5:
        return fuzz.ratio(one, other, score_cutoff=score_cutoff)
    return fuzz.partial_ratio(one, other, score_cutoff=score_cutoff) * 0.97


def read_index(store: Readable, nodes: Collection[str] | None = None) -> Index:
    """The names and codes of a graph, or of some nodes (terms) of it."""
    if nodes is not None and not nodes:
        return Index((), {})
    bound = "" if nodes is None else f"VALUES ?node {{ {' '.join(sorted(nodes))} }}"
    kinds: dict[str, list[str]] = defaultdict(list)
    for row in store.rows(_KINDS.format(node=bound)):
        kinds[row["node"]].append(row["class"])
    classes = {node: tuple(sorted(found)) for node, found in kinds.items() if not _SILENT.intersection(found)}
    fields = " ".join((*_NAMES, *_CODES))
    rows = store.rows(_FIELDS.format(fields=fields, node=bound))
    names = {(row["node"], row["said"]): row["field"] for row in rows if row["node"] in classes and row["said"].startswith('"')}
    numbered = {(row["node"], _joined(row["kind"], row["code"])): "" for row in store.rows(_NUMBERED.format(node=bound))}
    numbered |= {(node, literal(said)): "" for node, code in _goals(names) for said in (f"SDG {code}", f"SDG{code}")}
    names |= {key: field for key, field in numbered.items() if key[0] in classes}
    made = (
        _Name(node, said, plain(value_of(said)), _NAMES.get(field, 1.0), field in _CODES) for (node, said), field in sorted(names.items())
    )
    return Index((name for name in made if name.plain), {name: classes[name] for name in {node for node, _ in names}})


def _goals(names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The UN's goals and targets with their codes: everybody writes "SDG 11", which no list of labels says."""
    for node, said in names:
        if node == f"<{SDG}{value_of(said)}>":
            yield node, value_of(said)


def _joined(kind: str, code: str) -> str:
    return literal(f"{value_of(kind)} {value_of(code)}", language_of(kind))


def plain(text: str) -> str:
    """A text without what people leave out when they type: accents, capitals, signs."""
    bare = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", " ", bare).strip()
