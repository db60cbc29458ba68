"""The page to ask in SPARQL from, and what its editor completes with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from filorosso.graph import PREFIXES, Row, value_of

from ..settings import MIB
from ..texts import SPARQL
from .view import Page, View

COMPLETION: Final = "/sparql/completion.json"
_START: Final = """PREFIX filo: <https://w3id.org/filorosso/onto/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?framework ?label WHERE {
  ?framework a filo:Framework ; rdfs:label ?label
  FILTER (lang(?label) = "LANG")
} ORDER BY ?label
"""
# The editor sets styles of its own as it measures and lays out text; nothing else is relaxed, and on no other page.
_RELAXED: Final = {"style-src": "'self' 'unsafe-inline'"}
_TRIPLES: Final = "<http://rdfs.org/ns/void#triples>"
_TERMS: Final = """
SELECT ?term ?kind (SAMPLE(?name) AS ?label) (SAMPLE(?said) AS ?comment) (MAX(?count) AS ?uses) WHERE {
    {
        VALUES (?type ?kind) {
            (owl:Class "class") (rdfs:Class "class") (owl:ObjectProperty "property") (owl:DatatypeProperty "property")
        }
        ?term a ?type
    } UNION {
        <https://w3id.org/filorosso/graph/all> void:classPartition ?part . ?part void:class ?term ; void:entities ?count
        BIND ("class" AS ?kind)
    } UNION {
        <https://w3id.org/filorosso/graph/all> void:propertyPartition ?part . ?part void:property ?term ; void:triples ?count
        BIND ("property" AS ?kind)
    }
    FILTER (isIRI(?term) && !STRSTARTS(STR(?term), CONCAT(STR(rdf:), "_")))
    OPTIONAL { ?term rdfs:label ?name FILTER (lang(?name) = "LANG") }
    OPTIONAL { ?term rdfs:comment ?said FILTER (lang(?said) = "LANG") }
} GROUP BY ?term ?kind ORDER BY DESC(?uses) ?term
"""
_EXAMPLES: Final = """
SELECT ?question ?label ?text WHERE {
    ?question a sh:SPARQLExecutable ; rdfs:label ?label ; ?form ?text
    VALUES ?form { sh:select sh:construct }
    FILTER (lang(?label) = "LANG")
} ORDER BY ?question
"""


def sparql(view: View, given: Mapping[str, str]) -> Page:
    """The page; `edit` in the address is a query to begin with, which is shown and not asked."""
    limits = view.limits
    told = {"seconds": f"{limits.seconds:g}", "memory": limits.memory // MIB, "answer": limits.answer // MIB, "query": limits.query // MIB}
    context = {
        "limits": told,
        "text": given.get("edit") or _START.replace("LANG", view.data),
        # In a script element only `<` could mean anything else than JSON.
        "editor_words": json.dumps(SPARQL[view.lang]["editor"], ensure_ascii=False).replace("<", "\\u003c"),
        "completion": view.link(COMPLETION),
    }
    policy = {} if "editor" in view.assets.missing else _RELAXED
    return Page("sparql", "SPARQL", context, SPARQL, crumbs=(("SPARQL", ""),), policy=policy)


def completion(view: View) -> dict[str, Any]:
    """What the editor completes with and offers, as JSON has it: prefixes, terms by how often they are used, graphs, and the library."""
    store, lang = view.store, view.data
    graphs = [(graph, store.value(f"<{graph}>", _TRIPLES)) for graph in sorted(store.graphs()) if graph]
    return {
        "prefixes": dict(PREFIXES),
        "terms": [_said(row) for row in store.rows(_TERMS.replace("LANG", lang))],
        "graphs": [{"graph": graph, "triples": value_of(count) if count else ""} for graph, count in graphs],
        "examples": [_said(row) for row in store.rows(_EXAMPLES.replace("LANG", lang))],
    }


def _said(row: Row) -> dict[str, str]:
    return {name: value_of(term) for name, term in row.items()}
