"""The page of a named graph: how much it holds of what, on which documents it rests, and where it can be had as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from filorosso.graph import BASE, GRAPH, dump_names, value_of

from ..publication.datasets import DCT, SOURCE
from ..resources import FORMATS, WORDS
from ..view import Name, Page, View, local

PROPOSED: Final = "/proposed"
_VOID: Final = "http://rdfs.org/ns/void#"
_PARTS: Final = """
SELECT ?term ?number WHERE {{
    {graph} void:{kind}Partition ?part . ?part void:{kind} ?term ; void:{measure} ?number
}} ORDER BY DESC(?number) ?term
"""
_WORDS: Final = {
    "it": WORDS["it"]
    | {
        "title": "Grafo nominato",
        "holds": "Che cosa contiene",
        "triples": "triple",
        "subjects": "soggetti distinti",
        "counted": "Contati nell'ultima edizione.",
        "uncounted": "È nato dopo l'ultima edizione, o si è svuotato: le triple sono {} in questo momento.",
        "classes": "Classi",
        "properties": "Proprietà",
        "number": "Numero",
        "isProposed": "Contiene soltanto proposte: nessuna fonte le dichiara, e la vista dichiarata non le comprende.",
        "beside": "Le proposte stanno a parte, in",
        "declaredIn": "Ciò che è dichiarato sta in",
        "datasets": "Negli insiemi di dati",
        "documents": "Su quali documenti si fonda",
        "files": "Da scaricare",
        "parts": "I grafi che comprende",
        "licence": "Licenza",
        "licenceSaid": "CC BY 4.0 per la raccolta; le fonti hanno le licenze loro.",
        "askIt": "Interrogalo in SPARQL",
    },
    "en": WORDS["en"]
    | {
        "title": "Named graph",
        "holds": "What it holds",
        "triples": "triples",
        "subjects": "distinct subjects",
        "counted": "Counted in the last release.",
        "uncounted": "It came after the last release, or was emptied: it holds {} triples now.",
        "classes": "Classes",
        "properties": "Properties",
        "number": "Number",
        "isProposed": "It holds proposals only: no source declares them, and the declared view leaves them out.",
        "beside": "Proposals stand apart, in",
        "declaredIn": "What is declared is in",
        "datasets": "In the datasets",
        "documents": "On which documents it rests",
        "files": "To download",
        "parts": "The graphs in it",
        "licence": "Licence",
        "licenceSaid": "CC BY 4.0 for the collection; the sources have their own licences.",
        "askIt": "Ask it in SPARQL",
    },
}


def graph(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a named graph, or of a view that is made of several."""
    iri, lookup = value_of(node), view.store
    triples = lookup.value(node, f"<{_VOID}triples>")
    context = {
        **_about(view, node),
        "triples": value_of(triples) if triples else "",
        "now": "" if triples else _now(view, iri),
        "subjects": value_of(lookup.value(node, f"<{_VOID}distinctSubjects>") or '""'),
        "partitions": {"classes": _parts(view, node, "class", "entities"), "properties": _parts(view, node, "property", "triples")},
        "apart": _apart(view, iri),
        "documents": view.names(lookup.objects(node, SOURCE)),
        "datasets": view.names(lookup.subjects(f"<{DCT}hasPart>", node)),
        "files": _files(iri) if lookup.has_graph(iri) and triples else [],
        "subsets": view.names(lookup.objects(node, f"<{_VOID}subset>")),
        "ask": view.link("/sparql", edit=_query(iri)),
    }
    above = view.name(f"<{BASE}onto/>")
    name = iri.removeprefix(GRAPH)
    return Page("graph", f"{_WORDS[view.lang]['title']} {name}", context, _WORDS, crumbs=((above.text, above.address), (name, "")))


def _about(view: View, node: str) -> dict[str, Any]:
    iri = value_of(node)
    path = local(iri, view.base)
    return {
        "iri": iri,
        "slug": iri.removeprefix(GRAPH),
        "is_proposed": iri.endswith(PROPOSED),
        "formats": [(extension, media_type, view.link(path, format=extension)) for extension, media_type in FORMATS.items()],
    }


def _now(view: View, iri: str) -> str:
    if not view.store.has_graph(iri):
        return "0"
    return value_of(view.store.rows(f"SELECT (COUNT(*) AS ?number) WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}")[0]["number"])


def _parts(view: View, node: str, kind: str, measure: str) -> list[tuple[Name, str]]:
    rows = view.store.rows(_PARTS.format(graph=node, kind=kind, measure=measure))
    return [(view.name(row["term"]), value_of(row["number"])) for row in rows]


def _apart(view: View, iri: str) -> Name | None:
    """The graph that holds the proposals beside this one, or beside which this one holds them."""
    other = iri.removesuffix(PROPOSED) if iri.endswith(PROPOSED) else iri + PROPOSED
    return view.name(f"<{other}>") if view.store.has_graph(other) else None


def _files(iri: str) -> list[tuple[str, str]]:
    return [(name.rsplit("/", 1)[-1], f"/download/current/{name}") for name in dump_names(iri)]


def _query(iri: str) -> str:
    return f"SELECT ?subject ?property ?value WHERE {{\n  GRAPH <{iri}> {{ ?subject ?property ?value }}\n}} LIMIT 100\n"
