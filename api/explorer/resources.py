"""The page of any resource: what it is, where it stands, what leads to it and from it with the evidence, its RDF, and how to cite it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from filorosso.graph import BASE, Statements, Step, is_iri, links, statements, value_of

from .view import TYPE, Name, Page, View, filo, local, sorted_by

# What the page says elsewhere, or what follows from what it says.
_APART: Final = frozenset(
    (
        TYPE,
        "<http://www.w3.org/2000/01/rdf-schema#label>",
        "<http://www.w3.org/2004/02/skos/core#prefLabel>",
        *map(filo, ("hasEvidence", "isAttestedIn", "isWithin", "tracesTo", "editorialLabel", "isPartOf", "inFramework", "reason")),
    )
)
# Statements that point here and have a section of their own, or are of interest to programs alone.
_TOLD: Final = frozenset(
    map(
        filo,
        (
            *("hasSubject", "hasObject", "isPartOf", "hasRecipient", "hasFundingSource", "inFramework"),
            *("interrupts", "breaksAt", "concerns", "threadFrom", "threadTo", "hopFrom", "hopTo", "isThreadOf"),
            *("isWithin", "tracesTo", "isInheritedFrom", "restsOn", "levelFramework"),
        ),
    )
)
_OF_EVIDENCE: Final = {"document": "inDocument", "method": "hasExtractionMethod", "certainty": "hasCertainty"}
_QUERIES: Final = BASE + "queries/"
_SHOWN: Final = 12
_STATEMENTS: Final = 200
FORMATS: Final = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml", "nt": "application/n-triples"}
_THREADS: Final = """
SELECT ?end (COUNT(*) AS ?number) (MAX(?counts) AS ?counted) WHERE {{
    ?thread filo:{near} {node} ; filo:{far} ?end ; filo:isCounted ?is BIND (IF(?is, 1, 0) AS ?counts)
}} GROUP BY ?end
"""
_FUNDINGS: Final = """
SELECT ?funding ?other ?kind ?euro ?said ?day WHERE {{
    ?funding filo:{near} {node} .
    OPTIONAL {{ ?funding filo:{far} ?other }}
    OPTIONAL {{ ?funding filo:hasAmount ?amount . ?amount filo:hasAmountKind ?kind ; filo:amountInEuro ?euro
        OPTIONAL {{ ?amount filo:sourceLabel ?said }} OPTIONAL {{ ?amount filo:datePrinted ?day }} }}
}} ORDER BY ?funding ?day ?kind
"""
_CITED: Final = {"it": "{label}. In Filorosso, edizione {release}. {iri}", "en": "{label}. In Filorosso, release {release}. {iri}"}
WORDS: Final = {
    "it": {
        "where": "Dove sta",
        "facts": "Che cosa se ne dice",
        "linksFrom": "Che cosa afferma di altri",
        "linksTo": "Che cosa altri ne affermano",
        "kind": "Tipo",
        "to": "Verso",
        "from": "Da",
        "threadsUp": "Verso l'alto: a che cosa conduce",
        "threadsDown": "Verso il basso: che cosa vi conduce",
        "followUp": "Segui il filo",
        "breaks": "Dove il filo si interrompe",
        "money": "Denaro",
        "source": "Fonte",
        "recipient": "Destinatario",
        "amount": "Importo",
        "amountUnknown": "importo ignoto: il registro letto non lo pubblica",
        "parts": "Parti",
        "evidenceList": "Prove",
        "document": "Documento",
        "place": "Posizione",
        "method": "Modo",
        "pointing": "Che cosa rinvia qui",
        "andMore": "e altri {}",
        "statements": "Tutte le affermazioni",
        "allStatements": "Tutte le {} affermazioni, una per una",
        "subject": "Soggetto",
        "property": "Proprietà",
        "value": "Valore",
        "graph": "Grafo",
        "rdf": "I dati di questa pagina",
        "inGraphs": "Nei grafi nominati",
        "cite": "Come citare",
        "proposedOnly": "C'è soltanto in una proposta: nessuna fonte lo dichiara.",
        "gone": "Questo termine è stato ritirato.",
        "replaced": "Lo sostituisce:",
        "notReplaced": "Nulla lo sostituisce.",
        "ask": "Poni questa domanda",
    },
    "en": {
        "where": "Where it stands",
        "facts": "What is said of it",
        "linksFrom": "What it states of others",
        "linksTo": "What others state of it",
        "kind": "Kind",
        "to": "To",
        "from": "From",
        "threadsUp": "Upwards: what it leads to",
        "threadsDown": "Downwards: what leads to it",
        "followUp": "Follow the thread",
        "breaks": "Where the thread breaks",
        "money": "Money",
        "source": "Source",
        "recipient": "Recipient",
        "amount": "Amount",
        "amountUnknown": "amount unknown: the register read does not publish it",
        "parts": "Parts",
        "evidenceList": "Evidence",
        "document": "Document",
        "place": "Place in it",
        "method": "Method",
        "pointing": "What points here",
        "andMore": "and {} more",
        "statements": "All statements",
        "allStatements": "All {} statements, one by one",
        "subject": "Subject",
        "property": "Property",
        "value": "Value",
        "graph": "Graph",
        "rdf": "The data of this page",
        "inGraphs": "In the named graphs",
        "cite": "How to cite",
        "proposedOnly": "It is only in a proposal: no source declares it.",
        "gone": "This term was retired.",
        "replaced": "It is replaced by:",
        "notReplaced": "Nothing replaces it.",
        "ask": "Ask this question",
    },
}


def resource(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a node; with `page`, one of the pages of all that is said of it.

    :param retired: what replaces it, if it is retired.
    """
    name = view.name(node)
    shown = statements(view.store, node)
    asked = given.get("page", "")
    if asked.isascii() and asked.isdigit():
        shown = statements(view.store, node, max(int(asked[:6]), 1), size=_STATEMENTS)
    context = {
        **about(view, node, shown),
        "told": _facts(view, shown),
        "links": linked(view, node),
        "threads": threads(view, node),
        "breaks": breaks(view, node),
        "money": _money(view, node),
        "pieces": view.names(view.store.subjects(filo("isPartOf"), node)),
        "evidence": _evidence(view, node),
        "pointing": _pointing(view, node),
        "table": _table(view, shown) if asked else None,
        "retired": None if retired is None else view.names(retired),
        "turn": lambda number: view.link(local(value_of(node), view.base), page=str(number)),
    }
    return Page("resource", name.text, context, WORDS, crumbs=crumbs(view, node))


def about(view: View, node: str, shown: Statements) -> dict[str, Any]:
    """What the head and the foot of every resource's page say: what it is, its code, its RDF, how to cite it."""
    name, iri = view.name(node), value_of(node)
    path = local(iri, view.base)
    return {
        "node": node,
        "iri": iri,
        "name": name,
        "kinds": [*view.names(view.store.objects(node, filo("hasKind"))), *view.kinds(node)],
        "code": view.code(node),
        "question": view.link(f"/questions/{iri.removeprefix(_QUERIES)}") if iri.startswith(_QUERIES) else "",
        "statements": shown,
        "formats": [(extension, media_type, view.link(path, format=extension)) for extension, media_type in FORMATS.items()],
        "graphs": view.names(shown.graphs),
        "citation": _CITED[view.lang].format(label=name.text, release=view.release, iri=iri),
        "is_proposed": bool(shown.graphs) and all(graph.endswith("/proposed>") for graph in shown.graphs),
    }


def crumbs(view: View, node: str) -> tuple[tuple[str, str], ...]:
    """Where a node stands: its framework, what it is part of, itself."""
    chain, seen = [node], {node}
    while (above := view.store.value(chain[-1], filo("isPartOf"))) and above not in seen:
        chain.append(above)
        seen.add(above)
    framework = view.store.value(node, filo("inFramework"))
    higher = [*([framework] if framework else []), *reversed(chain[1:])]
    return (*((view.name(term).text, view.name(term).address) for term in higher), (view.name(node).text, ""))


def threads(view: View, node: str) -> dict[str, list[dict[str, Any]]]:
    """Where threads lead from a node, and from where they lead to it: the other end, how many, and whether any counts."""
    found = {}
    for way, near, far in (("up", "threadFrom", "threadTo"), ("down", "threadTo", "threadFrom")):
        rows = view.store.rows(_THREADS.format(near=near, far=far, node=node))
        ends = [_end(view, node, row, way) for row in rows]
        found[way] = sorted(ends, key=lambda end: (not end["counts"], sorted_by(end["framework"]), sorted_by(end["name"].text)))
    return found


def breaks(view: View, node: str) -> list[dict[str, Any]]:
    """Where threads through a node break now: which way, at what, why."""
    lookup, found = view.store, []
    for term in lookup.subjects(filo("interrupts"), node):
        if lookup.value(term, filo("validUntil")) is None:
            explained = [reason for why in lookup.objects(term, filo("isExplainedBy")) for reason in lookup.objects(why, filo("reason"))]
            direction = value_of(lookup.value(term, filo("hasDirection")) or "<up>").rsplit("/", 1)[-1]
            row = {"direction": direction, "term": view.name(term), "reasons": view.said_in(explained)}
            row |= {key: _named(view, term, key) for key in ("breaksAt", "hasBreakReason", "lacksRung")}
            found.append(row)
    return sorted(found, key=lambda row: row["direction"] != "up")


def shown_step(view: View, step: Step) -> dict[str, Any]:
    """A step as pages show it: names for terms."""
    sources = dict.fromkeys((view.name(source.document), source.locator) for source in step.sources if source.document)
    return {
        "statement": view.name(step.rests_on),
        "kind": step.kind,
        "start": view.name(step.start),
        "end": view.name(step.end),
        "status": step.status,
        "origin": view.name(step.origin) if step.origin else None,
        "certainty": view.name(step.certainty) if step.certainty else None,
        "tier": view.name(step.tier) if step.tier else None,
        "detail": next((view.name(term) for term in (step.reference_kind, step.value) if term), None),
        "sources": [{"document": document, "locator": locator} for document, locator in sources],
        "reasons": view.said_in(step.reasons),
        "money": step.money,
    }


def _named(view: View, node: str, name: str) -> Name | None:
    term = view.store.value(node, filo(name))
    return view.name(term) if term else None


def _end(view: View, node: str, row: Mapping[str, str], way: str) -> dict[str, Any]:
    end = row["end"]
    framework = view.store.value(end, filo("inFramework"))
    ends = (node, end) if way == "up" else (end, node)
    return {
        "name": view.name(end),
        "framework": view.name(framework).text if framework else "",
        "number": value_of(row["number"]),
        "counts": value_of(row["counted"]) == "1",
        "address": view.link("/thread", **{"from": value_of(ends[0]), "to": value_of(ends[1])}),
    }


def _facts(view: View, shown: Statements) -> list[tuple[Name, list[Name]]]:
    """What stands of a node, property by property, but for what the page says elsewhere."""
    values: dict[str, list[str]] = defaultdict(list)
    for s, p, o, _ in shown.quads:
        if s == shown.node and p not in _APART and not o.startswith("_:"):
            values[p].append(o)
    told = {p: view.said_in(found) if all(not is_iri(o) for o in found) else view.names(found) for p, found in values.items()}
    pairs = ((view.name(p), list({(name.text, name.address): name for name in names}.values())) for p, names in told.items())
    return sorted(pairs, key=lambda pair: pair[0].text)


def linked(view: View, node: str) -> dict[str, list[dict[str, Any]]]:
    """The links from a node and to it, as pages show them: what stands first."""
    steps = links(view.store, node)
    order = ("declared", "official", "assessed", "proposed", "inferred", "superseded", "rejected")
    found: dict[str, list[dict[str, Any]]] = {"from": [], "to": []}
    for step in steps:
        way, other = ("from", step.end) if step.start == node else ("to", step.start)
        found[way].append(shown_step(view, step) | {"other": view.name(other), "class": view.name(filo(step.kind))})
    for rows in found.values():
        rows.sort(key=lambda row: (order.index(row["status"]), row["kind"], sorted_by(row["other"].text)))
    return found


def _money(view: View, node: str) -> list[dict[str, Any]]:
    """The fundings that a node receives or gives, each amount a row."""
    rows = []
    for near, far in (("hasRecipient", "hasFundingSource"), ("hasFundingSource", "hasRecipient")):
        for row in view.store.rows(_FUNDINGS.format(near=near, far=far, node=node)):
            rows.append(
                {
                    "funding": view.name(row["funding"]),
                    "way": "recipient" if near == "hasFundingSource" else "source",
                    "other": view.name(row["other"]) if "other" in row else None,
                    "kind": view.name(row["kind"]) if "kind" in row else None,
                    "euro": value_of(row["euro"]) if "euro" in row else None,
                    "said": value_of(row["said"]) if "said" in row else "",
                    "day": value_of(row["day"]) if "day" in row else "",
                }
            )
    return rows


def _evidence(view: View, node: str) -> list[dict[str, Any]]:
    found = []
    for term in view.store.objects(node, filo("hasEvidence")):
        row: dict[str, Any] = {"locator": view.value(term, "locator"), "term": view.name(term)}
        found.append(row | {key: _named(view, term, name) for key, name in _OF_EVIDENCE.items()})
    return sorted(found, key=lambda row: (row["document"].text if row["document"] else "", sorted_by(row["locator"])))


def _pointing(view: View, node: str) -> list[dict[str, Any]]:
    """What points to a node, property by property: the first of them, and how many there are."""
    subjects: dict[str, list[str]] = defaultdict(list)
    for row in view.store.rows(f"SELECT DISTINCT ?p ?s WHERE {{ ?s ?p {node} FILTER (isIRI(?s)) }} ORDER BY ?p ?s"):
        if row["p"] not in _TOLD and row["s"] != node:
            subjects[row["p"]].append(row["s"])
    return [
        {"property": view.name(p), "names": view.names(found[:_SHOWN]), "more": max(0, len(found) - _SHOWN)}
        for p, found in sorted(subjects.items())
    ]


def _table(view: View, shown: Statements) -> list[tuple[Name, ...]]:
    return [tuple(view.name(term) if not term.startswith("_:") else Name(term, term, "", "") for term in quad) for quad in shown.quads]
