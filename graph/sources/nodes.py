"""The nodes that every importer writes: documents, the evidence found in them, amounts, claims and completeness statements.

A subject is a term; what is said of it is pairs of a predicate and an object, which are terms too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from ..namespaces import DCT, FILO, FOAF, ID, RDF, RDFS, SKOS, VOC
from ..terms import Triple, date, decimal, iri, text, typed, value_of

Pair: TypeAlias = tuple[str, str]

TYPE = iri(RDF + "type")
LABEL = iri(RDFS + "label")
COMMENT = iri(RDFS + "comment")
ALT_LABEL = iri(SKOS + "altLabel")
TITLE = iri(DCT + "title")
PUBLISHER = iri(DCT + "publisher")
LICENSE = iri(DCT + "license")
RIGHTS = iri(DCT + "rights")
PART_OF = iri(DCT + "isPartOf")
VERSION_OF = iri(DCT + "isVersionOf")
REPLACES = iri(DCT + "replaces")
CC_BY_4 = iri("https://creativecommons.org/licenses/by/4.0/")


def filo(name: str) -> str:
    """The term of a class or property of the ontology."""
    return f"<{FILO}{name}>"


def voc(path: str) -> str:
    """The term of a concept: `voc("certainty/high")`."""
    return f"<{VOC}{path}>"


def node(path: str) -> str:
    """The term of one of our own nodes: `node("pnrr-2023")`."""
    return f"<{ID}{path}>"


EVIDENCE = filo("hasEvidence")
EDITORIAL = filo("editorialLabel")
SHA256 = filo("sha256")
# What is known of the use of a public page: `documents.ttl` says it in words.
_NO_LICENCE = node("rights/no-licence-read")


@dataclass(frozen=True, slots=True)
class When:
    """A date as three values: first and last day that it may mean (ISO 8601), and as printed."""

    first: str
    last: str
    printed: str

    def pairs(self, prefix: str = "date") -> list[Pair]:
        """`dateFrom`, `dateUntil` and `datePrinted`, or those of another time: `covers`, `inForce`."""
        return [
            (filo(prefix + "From"), date(self.first)),
            (filo(prefix + "Until"), date(self.last)),
            (filo(prefix + "Printed"), text(self.printed)),
        ]


@dataclass(frozen=True, slots=True)
class Known:
    """What the graph says already, so that no importer says it otherwise: the nodes that have a label, the documents by SHA-256."""

    labelled: frozenset[str] = frozenset()
    documents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its node, title as printed, labels of ours, publishers (organisations' nodes), what helps to find it again, and terms."""

    node: str
    title: str
    it: str
    en: str
    publishers: tuple[str, ...] = ()
    address: str | None = None
    sha256: str | None = None
    license: str | None = None
    when: When | None = None
    rights: str | None = None

    def triples(self) -> list[Triple]:
        """The document described; its labels are marked ours."""
        pairs = [(TYPE, iri(FOAF + "Document")), *labels(self.it, self.en, ours="it en"), (TITLE, text(self.title))]
        pairs += [(PUBLISHER, publisher) for publisher in self.publishers]
        if self.address:
            pairs.append((filo("address"), typed(self.address, "anyURI")))
        if self.sha256:
            pairs.append((filo("sha256"), text(self.sha256)))
        if self.license:
            pairs.append((LICENSE, self.license))
        if self.rights:
            pairs.append((RIGHTS, self.rights))
        return describe(self.node, pairs + (self.when.pairs() if self.when else []))


@dataclass(frozen=True, slots=True)
class Page:
    """A public page read for a fact about a framework (`scope`, its node); no copy of it was kept, so it has no SHA-256."""

    scope: str
    slug: str
    title: str
    it: str
    en: str
    address: str

    @property
    def proof(self) -> str:
        """The node of the evidence found on the page."""
        return f"{self.scope[:-1]}/evidence/{self.slug}>"

    def triples(self) -> list[Triple]:
        """The page as a document, and the evidence found on it."""
        page = node("document/" + self.slug)
        described = Document(page, self.title, self.it, self.en, address=self.address, rights=_NO_LICENCE)
        names = f"{self.it}, pagina", f"{self.en}, page"
        return described.triples() + evidence(self.proof, page, "page", names, method="page-reading", certainty="high")


def known_from(triples: Iterable[Triple]) -> Known:
    """What triples say already."""
    labelled: set[str] = set()
    documents: dict[str, str] = {}
    for subject, predicate, object_ in triples:
        if predicate == LABEL:
            labelled.add(subject)
        elif predicate == SHA256:
            documents[value_of(object_)] = subject
    return Known(frozenset(labelled), documents)


def document(described: Document, known: Known) -> tuple[str, list[Triple]]:
    """The node of a document and the triples that describe it: those of the graph, if it knows a copy of the same bytes."""
    place = known.documents.get(described.sha256 or "", described.node)
    return place, [] if place in known.labelled else described.triples()


def unless_known(known: Known, triples: Iterable[Triple]) -> list[Triple]:
    """The triples whose subject the graph does not describe already."""
    return [triple for triple in triples if triple[0] not in known.labelled]


def describe(subject: str, pairs: Iterable[Pair]) -> list[Triple]:
    """The triples that say the pairs of the subject."""
    return [(subject, predicate, object_) for predicate, object_ in pairs]


def labels(it: str, en: str, *, ours: str = "") -> list[Pair]:
    """The label in both languages; `ours` names the languages in which no source prints it: `"en"`, `"it en"`."""
    return [
        (LABEL, text(it, "it")),
        (LABEL, text(en, "en")),
        *((EDITORIAL, text(language)) for language in ours.split()),
    ]


def evidence(
    subject: str,
    document: str,
    locator: str,
    names: tuple[str, str] | None = None,
    *,
    method: str = "table-import",
    certainty: str = "certain",
) -> list[Triple]:
    """A place in a document, with labels of ours if given; `method` is of the scheme `extraction-method`, `certainty` of its own."""
    pairs = [
        (TYPE, filo("Evidence")),
        *(labels(*names, ours="it en") if names else ()),
        (filo("inDocument"), document),
        (filo("locator"), text(locator)),
        (filo("hasExtractionMethod"), voc("extraction-method/" + method)),
        (filo("hasCertainty"), voc("certainty/" + certainty)),
    ]
    return describe(subject, pairs)


def amount(
    subject: str,
    kind: str,
    euro: Decimal,
    source_label: str,
    when: When,
    proofs: Iterable[str],
    names: tuple[str, str] | None = None,
) -> list[Triple]:
    """A figure in EUR, with labels of ours if given; `kind` is of the scheme `amount-kind`, `source_label` what the source calls it."""
    pairs = [
        (TYPE, filo("Amount")),
        *(labels(*names, ours="it en") if names else ()),
        (filo("hasAmountKind"), voc("amount-kind/" + kind)),
        (filo("amountInEuro"), decimal(euro)),
        (filo("sourceLabel"), text(source_label)),
        *when.pairs(),
    ]
    return describe(subject, pairs + [(EVIDENCE, proof) for proof in proofs])


@dataclass(frozen=True, slots=True)
class Standing:
    """Who states something, whether it is accepted and how certain it is: concepts of `origin`, `life-cycle` and `certainty`."""

    origin: str = "official"
    life_cycle: str = "accepted"
    certainty: str = "certain"

    def pairs(self) -> list[Pair]:
        """The three statements."""
        return [
            (filo("hasOrigin"), voc("origin/" + self.origin)),
            (filo("hasLifeCycle"), voc("life-cycle/" + self.life_cycle)),
            (filo("hasCertainty"), voc("certainty/" + self.certainty)),
        ]


OURS = Standing("analyst", "open", "medium")


def reason(it: str, en: str) -> list[Pair]:
    """Why, in both languages."""
    return [(filo("reason"), text(it, "it")), (filo("reason"), text(en, "en"))]


def claim(subject: str, about: str, on: str, value: str, standing: Standing, names: tuple[str, str], more: Iterable[Pair]) -> list[Triple]:
    """A value (a literal) that a source gives to the property `on` of the node `about`; `more` holds evidence and reason."""
    pairs = [
        (TYPE, filo("Claim")),
        *labels(*names, ours="it en"),
        (filo("hasSubject"), about),
        (filo("onProperty"), on),
        (filo("claimedValue"), value),
        *standing.pairs(),
    ]
    return describe(subject, [*pairs, *more])


def completeness(
    subject: str,
    names: tuple[str, str],
    framework: str,
    relation: str,
    source: str,
    extent: str,
    more: Iterable[Pair],
) -> list[Triple]:
    """How far a document was read for a relation (a class of links or a property); `extent` is whole, part or none."""
    pairs = [
        (TYPE, filo("CompletenessStatement")),
        *labels(*names, ours="it en"),
        (filo("aboutFramework"), framework),
        (filo("aboutRelation"), relation),
        (filo("aboutSource"), source),
        (filo("hasExtent"), voc("extent/" + extent)),
    ]
    return describe(subject, [*pairs, *more])
