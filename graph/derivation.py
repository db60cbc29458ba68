"""What follows from asserted facts: plain edges, labels of links, and threads, as three named graphs.

`derived-edges` holds what is declared, official or accepted; `derived-proposals` what is only proposed, under properties of its own
(`filo:mayContributeTo`), so that no query takes a proposal for a fact; `derived-threads` the threads and `filo:tracesTo`.
"""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Facts, label
from .namespaces import GRAPH, ORG, RDFS, SKOS
from .terms import Quad, Triple, date, iri, text, typed
from .threads import ACCEPTED, HAS_LIFE_CYCLE, HAS_OBJECT, HAS_SUBJECT, IS_PART_OF, TYPE, Thread, Ways, filo

EDGES = iri(GRAPH + "derived-edges")
PROPOSALS = iri(GRAPH + "derived-proposals")
THREADS = iri(GRAPH + "derived-threads")
DERIVED = (EDGES, PROPOSALS, THREADS)

LABEL = iri(RDFS + "label")
BODY = iri(ORG + "Organization")

LINK_KINDS = ("Frame", "Contribution", "CoherenceAssessment", "Correspondence", "Reference", "FundingAccess")

# Per kind of hop: the edge it derives when it counts, and the one it derives while it is only proposed.
EDGE = {
    "funding": (filo("isFundedUnder"), filo("isFundedUnder")),
    "part-of": (IS_PART_OF, filo("mayBePartOf")),
    "contribution": (filo("contributesTo"), filo("mayContributeTo")),
    "frame": (filo("hasStrategicFrame"), filo("mayHaveStrategicFrame")),
}


def derive(facts: Facts) -> list[Quad]:
    """All that follows from asserted facts, as quads of the three derived graphs, sorted."""
    ways = Ways(facts)
    quads: list[Quad] = [(*triple, EDGES) for triple in _link_labels(facts)]
    quads += [(*triple, EDGES) for triple in _concept_labels(facts)]
    quads += [(*triple, EDGES) for triple in _other_edges(facts)]
    for hop in ways.hops():
        edge = EDGE[hop.kind][0 if hop.counts else 1]
        if hop.carried_from is None and not (hop.kind == "part-of" and hop.rests_on == hop.start):
            quads.append((hop.start, edge, hop.end, EDGES if hop.counts else PROPOSALS))
    for thread in ways.threads():
        quads += ((*triple, THREADS) for triple in _thread_triples(thread))
        if thread.counts and BODY not in facts.objects(thread.end, TYPE):
            quads.append((thread.start, filo("tracesTo"), thread.end, THREADS))
    return sorted(set(quads))


def _thread_triples(thread: Thread) -> Iterator[Triple]:
    node = thread.identifier
    yield node, TYPE, filo("Thread")
    yield node, filo("threadFrom"), thread.start
    yield node, filo("threadTo"), thread.end
    yield node, filo("hopSequence"), text(" ".join(thread.kinds))
    yield node, filo("hasWeakestOrigin"), thread.origin
    yield node, filo("hasWeakestLifeCycle"), thread.life_cycle
    yield node, filo("hasLeastCertainty"), thread.certainty
    yield node, filo("isCounted"), typed(str(thread.counts).lower(), "boolean")
    for name, value in (
        ("hasTier", thread.tier),
        ("isInheritedFrom", thread.inherited_from),
        ("isCarriedOverFrom", thread.carried_from),
        ("validFrom", thread.valid_from and date(thread.valid_from)),
        ("validUntil", thread.valid_until and date(thread.valid_until)),
    ):
        if value:
            yield node, filo(name), value
    for hop in thread.hops:
        yield node, filo("hasHop"), hop


def _link_labels(facts: Facts) -> Iterator[Triple]:
    for kind in LINK_KINDS:
        for link in facts.subjects(TYPE, filo(kind)):
            yield link, TYPE, filo("Link")
            if facts.value(link, LABEL) is not None:
                continue
            ends = facts.value(link, HAS_SUBJECT), facts.value(link, HAS_OBJECT)
            for lang in ("it", "en"):
                names = (label(facts, end, lang) if end else "?" for end in ends)
                yield link, LABEL, text(" → ".join(names), lang)


def _concept_labels(facts: Facts) -> Iterator[Triple]:
    # SKOS says that a preferred label is a label (S10); with this, one property finds the name of anything.
    for concept, name in facts.pairs(iri(SKOS + "prefLabel")):
        yield concept, LABEL, name


def _other_edges(facts: Facts) -> Iterator[Triple]:
    """Plain edges of the links that never hop, for those of them that count."""
    for kind, edge in (
        ("Reference", filo("refersTo")),
        ("FundingAccess", filo("offersFundingTo")),
        ("Correspondence", None),
    ):
        for link in facts.subjects(TYPE, filo(kind)):
            if facts.value(link, HAS_LIFE_CYCLE) != ACCEPTED:
                continue
            predicate = edge or facts.value(link, filo("hasMappingPredicate"))
            start, end = facts.value(link, HAS_SUBJECT), facts.value(link, HAS_OBJECT)
            if predicate and start and end:
                yield start, predicate, end
