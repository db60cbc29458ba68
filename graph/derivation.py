"""What follows from asserted facts: plain edges, labels of links, hops and threads, breaks, attributions, as named graphs.

`derived-edges` holds what is declared, official or accepted; `derived-edges/proposed` what is only proposed, under properties of its own
(`filo:mayContributeTo`), so that no query takes a proposal for a fact; `derived-threads` the hops, the threads and `filo:tracesTo`;
`derived-breaks` where threads break; `derived-attributions` to what money may be attributed; `derived-changes` what changed from one
version to another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .attribution import COUNTED, WITH_PROPOSALS, Attribution, Level, attributions, standing
from .breaks import Gap, gaps
from .changes import Change, changes
from .facts import LABEL, Facts, label
from .namespaces import DCT, GRAPH, ORG, RDF, SKOS, VOC, minted
from .proposals import SUFFIX
from .terms import Quad, Triple, date, decimal, integer, iri, text, typed
from .threads import (
    ACCEPTED,
    HAS_EVIDENCE,
    HAS_LIFE_CYCLE,
    HAS_OBJECT,
    HAS_SUBJECT,
    IN_FRAMEWORK,
    IS_PART_OF,
    LINK_KINDS,
    TYPE,
    Hop,
    Thread,
    Ways,
    filo,
)

EDGES = iri(GRAPH + "derived-edges")
PROPOSALS = iri(GRAPH + "derived-edges" + SUFFIX)
THREADS = iri(GRAPH + "derived-threads")
BREAKS = iri(GRAPH + "derived-breaks")
ATTRIBUTIONS = iri(GRAPH + "derived-attributions")
CHANGES = iri(GRAPH + "derived-changes")
DERIVED = (EDGES, PROPOSALS, THREADS, BREAKS, ATTRIBUTIONS, CHANGES)

BODY = iri(ORG + "Organization")

BASES = tuple(iri(f"{VOC}attribution-basis/{name}") for name in (COUNTED, WITH_PROPOSALS))

# Per kind of hop: the edge it derives when it counts, and the one it derives while it is only proposed.
EDGE = {
    "funding": (filo("isFundedUnder"), filo("isFundedUnder")),
    "part-of": (IS_PART_OF, filo("mayBePartOf")),
    "contribution": (filo("contributesTo"), filo("mayContributeTo")),
    "frame": (filo("hasStrategicFrame"), filo("mayHaveStrategicFrame")),
}


def derive(facts: Facts) -> list[Quad]:
    """All that follows from asserted facts, as quads of the derived graphs, sorted."""
    ways = Ways(facts)
    hops, threads = list(ways.hops()), list(ways.threads())
    quads = [
        (*triple, EDGES)
        for triples in (_link_labels, _concept_labels, _other_edges, _within, _attested, _read_whole)
        for triple in triples(facts)
    ]
    for hop in hops:
        quads += ((*triple, THREADS) for triple in _hop_triples(hop))
        edge = EDGE[hop.kind][0 if hop.counts else 1]
        if hop.carried_from is None and not (hop.kind == "part-of" and hop.rests_on == hop.start):
            quads.append((hop.start, edge, hop.end, EDGES if hop.counts else PROPOSALS))
    for thread in threads:
        quads += ((*triple, THREADS) for triple in _thread_triples(thread))
        quads += ((thread.identifier, filo("isThreadOf"), of, THREADS) for of in _framework_of(facts, thread.start))
        if thread.counts and BODY not in facts.objects(thread.end, TYPE):
            quads.append((thread.start, filo("tracesTo"), thread.end, THREADS))
    longest = max((len(thread.hops) for thread in threads), default=0)
    quads += ((_place(number), filo("position"), integer(number), THREADS) for number in range(1, longest + 1))
    quads += ((*triple, BREAKS) for gap in gaps(facts, threads) for triple in _gap_triples(gap))
    quads += ((*triple, ATTRIBUTIONS) for part in attributions(facts, threads) for triple in _attribution_triples(part))
    quads += ((*triple, ATTRIBUTIONS) for triple in _levels(facts))
    quads += ((*triple, CHANGES) for change in changes(facts) for triple in _change_triples(change))
    quads += ((*triple, ATTRIBUTIONS) for amount, *days in standing(facts) for triple in _dates(amount, days[0], days[1]))
    return sorted(set(quads))


def _place(number: int) -> str:
    """RDF's own property for the n-th member of a sequence."""
    return iri(f"{RDF}_{number}")


def _boolean(value: bool) -> str:
    return typed(str(value).lower(), "boolean")


def _dates(node: str, valid_from: str | None, valid_until: str | None) -> Iterator[Triple]:
    if valid_from:
        yield node, filo("validFrom"), date(valid_from)
    if valid_until:
        yield node, filo("validUntil"), date(valid_until)


def _hop_triples(hop: Hop) -> Iterator[Triple]:
    node = hop.identifier
    yield node, TYPE, filo("Hop")
    yield node, filo("hopFrom"), hop.start
    yield node, filo("hopTo"), hop.end
    yield node, filo("hopKind"), text(hop.kind)
    yield node, filo("restsOn"), hop.rests_on
    yield node, filo("hasOrigin"), hop.origin
    yield node, HAS_LIFE_CYCLE, hop.life_cycle
    yield node, filo("hasCertainty"), hop.certainty
    yield node, filo("isCounted"), _boolean(hop.counts)
    for name, value in (("hasTier", hop.tier), ("isCarriedOverFrom", hop.carried_from)):
        if value:
            yield node, filo(name), value


def _thread_triples(thread: Thread) -> Iterator[Triple]:
    node = thread.identifier
    yield node, TYPE, filo("Thread")
    yield node, filo("threadFrom"), thread.start
    yield node, filo("threadTo"), thread.end
    yield node, filo("hopSequence"), text(" ".join(thread.kinds))
    yield node, filo("hasWeakestOrigin"), thread.origin
    yield node, filo("hasWeakestLifeCycle"), thread.life_cycle
    yield node, filo("hasLeastCertainty"), thread.certainty
    yield node, filo("isCounted"), _boolean(thread.counts)
    yield from _dates(node, thread.valid_from, thread.valid_until)
    for name, value in (
        ("hasTier", thread.tier),
        ("isInheritedFrom", thread.inherited_from),
        ("isCarriedOverFrom", thread.carried_from),
    ):
        if value:
            yield node, filo(name), value
    for number, hop in enumerate(thread.hops, 1):
        yield node, filo("hasHop"), hop.identifier
        yield node, _place(number), hop.identifier


def _gap_triples(gap: Gap) -> Iterator[Triple]:
    node = gap.identifier
    yield node, TYPE, filo("Break")
    yield node, filo("interrupts"), gap.node
    yield node, filo("breaksAt"), gap.place
    yield node, filo("hasDirection"), iri(f"{VOC}direction/{gap.direction}")
    yield node, filo("lacksRung"), iri(f"{VOC}rung/{gap.rung}")
    yield node, filo("hasBreakReason"), iri(f"{VOC}break-reason/{gap.reason}")
    yield node, filo("concerns"), gap.node
    if gap.framework:
        yield node, filo("concerns"), gap.framework
        yield node, filo("inFramework"), gap.framework
    yield from _dates(node, gap.valid_from, gap.valid_until)
    for explanation in gap.explained_by:
        yield node, filo("isExplainedBy"), explanation


def _attribution_triples(part: Attribution) -> Iterator[Triple]:
    node = part.identifier
    yield node, TYPE, filo("Attribution")
    yield node, filo("ofFunding"), part.funding
    yield node, filo("attributesTo"), part.end
    yield node, filo("weight"), decimal(part.weight)
    yield node, filo("principalWeight"), decimal(part.principal)
    yield node, filo("undecidedWeight"), decimal(part.undecided)
    for basis in (iri(f"{VOC}attribution-basis/{name}") for name in part.bases):
        yield node, filo("hasBasis"), basis
        yield node, filo("atLevel"), _level(part.level, basis)
    yield from _dates(node, part.valid_from, part.valid_until)


def _level(level: Level, basis: str) -> str:
    """The node of a level; a level of governance is its own."""
    framework, kind = level
    return framework if kind is None else iri(minted("level", (framework, kind, basis)))


def _levels(facts: Facts) -> Iterator[Triple]:
    """Every level of every framework, whether money reaches it or not: a question about one finds it in a step."""
    for element, kind in facts.pairs(filo("hasKind")):
        for framework in facts.objects(element, IN_FRAMEWORK):
            for basis in BASES:
                node = _level((framework, kind), basis)
                yield node, filo("levelFramework"), framework
                yield node, filo("levelKind"), kind
                yield node, filo("levelBasis"), basis


def _change_triples(change: Change) -> Iterator[Triple]:
    node = change.identifier
    yield node, TYPE, filo("Change")
    yield node, filo("earlierVersion"), change.earlier
    yield node, filo("laterVersion"), change.later
    yield node, filo("hasChangeKind"), iri(f"{VOC}change-kind/{change.kind}")
    for name, value in (
        ("changedFrom", change.before),
        ("changedTo", change.after),
        ("was", change.was),
        ("becomes", change.becomes),
        ("isExplainedBy", change.statement),
    ):
        if value:
            yield node, filo(name), value


def _within(facts: Facts) -> Iterator[Triple]:
    """Of each element itself and all above it; of a continuant, what its elements are within. One step where a query would walk."""
    for element in facts.subjects(TYPE, filo("Element")):
        above = [element]
        for here in above:
            above += [parent for parent in facts.objects(here, IS_PART_OF) if parent not in above]
        lower = [element, *(c for c in facts.objects(element, iri(DCT + "isVersionOf")) if filo("Continuant") in facts.objects(c, TYPE))]
        for node in lower:
            yield from ((node, filo("isWithin"), place) for place in above)


def _framework_of(facts: Facts, node: str) -> list[str]:
    return [node] if filo("Framework") in facts.objects(node, TYPE) else facts.objects(node, IN_FRAMEWORK)


def _read_whole(facts: Facts) -> Iterator[Triple]:
    """The relations for which every source of a framework that a completeness statement names was read whole."""
    extents: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for statement, framework in facts.pairs(filo("aboutFramework")):
        for relation in facts.objects(statement, filo("aboutRelation")):
            extents[framework, relation].add(facts.value(statement, filo("hasExtent")))
    for (framework, relation), found in extents.items():
        if found == {iri(VOC + "extent/whole")}:
            yield framework, filo("isReadWholeFor"), relation


def _attested(facts: Facts) -> Iterator[Triple]:
    """Of whatever has evidence, the documents that it is in and the sets that these belong to."""
    for node, evidence in facts.pairs(HAS_EVIDENCE):
        documents = list(facts.objects(evidence, filo("inDocument")))
        for document in documents:
            documents += [whole for whole in facts.objects(document, iri(DCT + "isPartOf")) if whole not in documents]
        yield from ((node, filo("isAttestedIn"), document) for document in documents)


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
