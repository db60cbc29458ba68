"""All that a graph says of one node, a page at a time: what stands of it, then what points to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from .namespaces import DCAT, DCT, GRAPH, OWL, RDF, SKOS
from .store import Readable
from .terms import Quad, Triple, integer, iri, is_iri, value_of

PAGE: Final = 1000
ONTOLOGY: Final = iri(OWL + "Ontology")
SCHEME: Final = iri(SKOS + "ConceptScheme")
_TYPE: Final = iri(RDF + "type")
_CATALOGUE: Final = iri(DCAT + "Catalog")
_DEPRECATED: Final = iri(OWL + "deprecated")
_HYDRA: Final = "http://www.w3.org/ns/hydra/core#"
_OUT: Final = "SELECT ?p ?o ?g WHERE {{ GRAPH ?g {{ {node} ?p ?o }} }}"
_IN: Final = "SELECT ?s ?p ?g WHERE {{ GRAPH ?g {{ ?s ?p {node} }} }}"
_COUNTED: Final = "SELECT (COUNT(*) AS ?number) WHERE {{ GRAPH ?g {{ ?s ?p {node} }} FILTER (isIRI(?s) && ?s != {node}) }}"
_IN_SCHEME: Final = "SELECT ?s ?p ?o ?g WHERE {{ GRAPH ?g {{ ?s skos:inScheme {node} ; ?p ?o }} }}"


@dataclass(frozen=True, slots=True)
class Statements:
    """A page of what a graph says of a node (a term): `number` quads on `pages` pages, of which these are those of `page`."""

    node: str
    quads: tuple[Quad, ...] = field(repr=False)
    page: int
    pages: int
    number: int

    @property
    def triples(self) -> list[Triple]:
        """The triples of this page, each once."""
        return list(dict.fromkeys(quad[:3] for quad in self.quads))

    @property
    def graphs(self) -> list[str]:
        """The named graphs (terms) that what stands of the node is in."""
        return sorted({quad[3] for quad in self.quads if quad[0] == self.node})


def statements(store: Readable, node: str, page: int = 1, *, size: int = PAGE) -> Statements:
    """A page (from 1) of what a graph says of a node; a scheme comes with its concepts, a list with its members.

    A page beyond the last is empty.
    """
    standing = [(node, row["p"], row["o"], row["g"]) for row in store.rows(_OUT.format(node=node))]
    own = sorted({*_with_blanks(store, node, standing), *_members(store, node, standing)})
    pointing = sorted({(row["p"], row["s"], row["g"]) for row in store.rows(_IN.format(node=node)) if is_iri(row["s"])})
    told = [*own, *((s, p, node, g) for p, s, g in pointing if s != node and (s, p, node, g) not in own)]
    pages = max(1, -(-len(told) // size))
    return Statements(node, tuple(told[(page - 1) * size : page * size]), page, pages, len(told))


def standing(store: Readable, node: str) -> Statements:
    """What stands of a node, all on one page; what points to it, which may be much, is only counted in `number`."""
    out = [(node, row["p"], row["o"], row["g"]) for row in store.rows(_OUT.format(node=node))]
    own = tuple(sorted({*_with_blanks(store, node, out), *_members(store, node, out)}))
    counted = value_of(store.rows(_COUNTED.format(node=node))[0]["number"])
    told = sum(quad[2] == node and quad[0] != node and is_iri(quad[0]) for quad in own)
    return Statements(node, own, 1, 1, len(own) + int(counted) - told)


def names_of(path: str, base: str) -> list[str]:
    """The IRI (a term) that a base and a path make, in a list; none if they make no IRI."""
    try:
        return [iri(base + path)]
    except ValueError:
        return []


def successors(store: Readable, node: str) -> list[str] | None:
    """What replaces a retired node (terms, perhaps none); None if it is not retired."""
    if not any(value_of(term) in ("true", "1") for term in store.objects(node, _DEPRECATED)):
        return None
    return store.objects(node, iri(DCT + "isReplacedBy"))


def document_graph(store: Readable, node: str) -> str | None:
    """The named graph (IRI) whose content a node stands for: the graph itself, that of an ontology or of a catalogue; None for others."""
    name = value_of(node)
    if name.startswith(GRAPH) and store.has_graph(name):
        return name
    graph = GRAPH + (name.rstrip("/").rsplit("/", 1)[-1] if not name.endswith("/onto/") else "ontology")
    is_document = not {ONTOLOGY, _CATALOGUE}.isdisjoint(store.objects(node, _TYPE))
    return graph if is_document and store.has_graph(graph) else None


def view_triples(document: str, shown: Statements, link: str) -> list[Triple]:
    """What tells a reader of a long description that it is one page of several: Hydra's partial view.

    :param document: the IRI of the description; `link` that of its pages, with `{}` for the number.
    """
    if shown.pages == 1:
        return []
    here = iri(link.format(shown.page))
    told = [(here, iri(_HYDRA + name), iri(link.format(number))) for name, number in turns(shown.page, shown.pages).items()]
    return [
        (here, _TYPE, iri(_HYDRA + "PartialCollectionView")),
        (iri(document), iri(_HYDRA + "view"), here),
        (iri(document), iri(_HYDRA + "totalItems"), integer(shown.number)),
        *told,
    ]


def turns(page: int, pages: int) -> dict[str, int]:
    """Where one can turn to from a page: `first`, `last`, `previous`, `next`, as far as they are there."""
    return {name: to for name, to in (("first", 1), ("last", pages), ("previous", page - 1), ("next", page + 1)) if 1 <= to <= pages}


def _members(store: Readable, node: str, own: Iterable[Quad]) -> list[Quad]:
    """What stands of the concepts of a scheme; nothing of other nodes."""
    if not any(quad[1:3] == (_TYPE, SCHEME) for quad in own):
        return []
    return [(row["s"], row["p"], row["o"], row["g"]) for row in store.rows(_IN_SCHEME.format(node=node))]


def _with_blanks(store: Readable, node: str, own: Sequence[Quad]) -> Iterator[Quad]:
    """What stands of a node, with what hangs on its blank nodes: a blank node has one name only within one reading of a graph."""
    graphs = {g for *_, o, g in own if o.startswith("_:")}
    yield from (quad for quad in own if quad[3] not in graphs)
    for graph in graphs:
        standing: dict[str, list[Triple]] = defaultdict(list)
        for triple in store.triples(value_of(graph)):
            standing[triple[0]].append(triple)
        waiting, seen = [node], set[str]()
        while waiting:
            subject = waiting.pop()
            seen.add(subject)
            yield from ((*triple, graph) for triple in standing[subject])
            waiting += {o for _, _, o in standing[subject] if o.startswith("_:") and o not in seen}
