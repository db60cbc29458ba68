"""The 2030 Agenda from the taxonomy that the United Nations publish as RDF: goals, targets, and the indicators of the 2019 list.

Goals and targets are elements under the UN's own IRIs; indicators are given by code and link, not by text. Of the taxonomy's labels only
the goals' short English names are used: the others are long, and one target has junk among them (12.3: `By 2030,d`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..errors import SourceError
from ..namespaces import SDG_ONTOLOGY, SKOS, code_slug
from ..terms import Triple, datatype_of, date, iri, text, value_of
from .names import Name
from .nodes import (
    ALT_LABEL,
    EVIDENCE,
    TYPE,
    Document,
    Known,
    Page,
    Pair,
    When,
    completeness,
    describe,
    document,
    evidence,
    filo,
    labels,
    node,
    reason,
    voc,
)

AGENDA = node("agenda-2030")

_NOTATION = iri(SKOS + "notation")
_BROADER = iri(SKOS + "broader")
_COMPACT = SDG_ONTOLOGY + "SDGCodeCompact"
_ADOPTION = node("act/a-res-70-1")

_TAXONOMY = Document(
    node("document/un-sdg-taxonomy"),
    "A Knowledge Organization System for the United Nations Sustainable Development Goals",
    "Tassonomia degli obiettivi di sviluppo sostenibile delle Nazioni Unite in RDF",
    "The United Nations' taxonomy of the Sustainable Development Goals in RDF",
    (node("organization/united-nations-statistics"),),
    "https://github.com/UNStats/LOD4Stats/blob/master/sdg-data/sdg-ontology-with-taxonomy.ttl",
    when=When("2019-12-19", "2019-12-19", "2019-12-19"),
)


_ADOPTED = Page(
    AGENDA,
    "biodiv-adoption-of-2030-agenda",
    "UN adopts new Global Goals, charting sustainable development for people and planet by 2030",
    "Notizia sull'adozione dell'Agenda 2030 il 25 settembre 2015, copia di biodiv.be",
    "News item on the adoption of the 2030 Agenda on 25 September 2015, copy of biodiv.be",
    "http://www.archives.biodiv.be/cebios2/news/un-adopts-new-global-goals-charting-sustainable-development-for-people-and",
)
_NUMBERED = Page(
    AGENDA,
    "transforming-our-world",
    "TRANSFORMING OUR WORLD: THE 2030 AGENDA FOR SUSTAINABLE DEVELOPMENT",
    "Testo della risoluzione A/RES/70/1, copia di askpandi.com",
    "Text of resolution A/RES/70/1, copy of askpandi.com",
    "https://askpandi.com/sources/agenda-2030pdf-152479",
)
_ITERVIA = Page(
    AGENDA,
    "itervia-agenda-2030",
    "Un futuro più sostenibile con Agenda 2030",
    "I nomi brevi degli obiettivi in italiano, itervia.it",
    "The goals' short names in Italian, itervia.it",
    "https://www.itervia.it/articolo/11",
)
_LIFEGATE = Page(
    AGENDA,
    "lifegate-sdg",
    "Gli Obiettivi di sviluppo sostenibile delle Nazioni Unite per il post-2015",
    "I nomi brevi degli obiettivi in italiano, lifegate.it",
    "The goals' short names in Italian, lifegate.it",
    "https://www.lifegate.it/persone/news/obiettivi-di-sviluppo-sostenibile",
)
_AGRIBISELE = Page(
    AGENDA,
    "agribisele-sdg",
    "Gli obiettivi ONU di sviluppo sostenibile",
    "I nomi brevi degli obiettivi in italiano, agribisele.it",
    "The goals' short names in Italian, agribisele.it",
    "https://agribisele.it/gli-obiettivi-onu-di-sviluppo-sostenibile/",
)
_PAGES = (_ADOPTED, _NUMBERED, _ITERVIA, _LIFEGATE, _AGRIBISELE)

# Italian short names vary from page to page: which page prints the name that we use for a goal.
_ITALIAN_NAME = {"12": _LIFEGATE, "14": _AGRIBISELE, "15": _AGRIBISELE, "17": _AGRIBISELE}


@dataclass(frozen=True, slots=True)
class _Taxonomy:
    """The UN's triples, indexed: objects by subject and predicate, and the nodes of a class."""

    document: str
    objects: Mapping[tuple[str, str], list[str]]
    members: Mapping[str, list[str]]

    def codes(self, subject: str) -> list[str]:
        """The compact codes of a node in order; an indicator that serves several targets has one for each."""
        notations = self.objects.get((subject, _NOTATION), ())
        codes = sorted((value_of(term) for term in notations if datatype_of(term) == _COMPACT), key=_order)
        if not codes:
            raise SourceError("UN SDG taxonomy", f"{subject} has no code of type SDGCodeCompact")
        return codes

    def coded(self, cls: str) -> Iterator[tuple[str, list[str]]]:
        """The nodes of a class with their codes, in the order of the codes."""
        found = [(subject, self.codes(subject)) for subject in self.members.get(iri(SDG_ONTOLOGY + cls), ())]
        return iter(sorted(found, key=lambda one: _order(one[1][0])))


def agenda(triples: Iterable[Triple], names: Mapping[str, Name], *, sha256: str | None = None, known: Known | None = None) -> list[Triple]:
    """The framework `agenda-2030`: 17 goals, 169 targets and 232 indicators, with their evidence.

    `triples` are those of the UN's file, `sha256` is that of the copy read, `names` are the short names of goals and targets by code.

    :raises SourceError: a goal or target has no name, or a node no code.
    """
    place, said = document(replace(_TAXONOMY, sha256=sha256), known or Known())
    taxonomy = _taxonomy(place, triples)
    said += [*_framework(place), *_adoption(), *(triple for page in _PAGES for triple in page.triples())]
    for cls in ("Goal", "Target"):
        for subject, codes in taxonomy.coded(cls):
            said += _element(subject, codes[0], cls, taxonomy, names)
    for subject, codes in taxonomy.coded("Indicator"):
        said += _indicator(subject, codes, taxonomy)
    return said


def _taxonomy(place: str, triples: Iterable[Triple]) -> _Taxonomy:
    objects: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    members: defaultdict[str, list[str]] = defaultdict(list)
    for s, p, o in triples:
        if p == TYPE:
            members[o].append(s)
        else:
            objects[s, p].append(o)
    return _Taxonomy(place, objects, members)


def _order(code: str) -> list[tuple[bool, int, str]]:
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in code.split(".")]


def _framework(taxonomy: str) -> list[Triple]:
    pairs = [
        (TYPE, filo("Framework")),
        *labels("Agenda 2030 per lo sviluppo sostenibile", "2030 Agenda for Sustainable Development", ours="it"),
        (ALT_LABEL, text("Agenda 2030", "it")),
        (ALT_LABEL, text("Transforming our world: the 2030 Agenda for Sustainable Development", "en")),
        (filo("hasGovernanceLevel"), voc("governance-level/global")),
        (filo("hasTerritory"), node("place/world")),
        (filo("isPromotedBy"), node("organization/un-general-assembly")),
        (filo("isAdoptedBy"), _ADOPTION),
        (filo("hasDocument"), taxonomy),
        *When("2016-01-01", "2030-12-31", "2016, entro il 2030").pairs("covers"),
        (filo("inForceFrom"), date("2015-09-25")),
        (filo("inForcePrinted"), text("25 September 2015")),
        *((EVIDENCE, page.proof) for page in (_ADOPTED, _NUMBERED, _ITERVIA)),
    ]
    return describe(AGENDA, pairs) + _completeness(taxonomy)


def _completeness(taxonomy: str) -> list[Triple]:
    targets = reason(
        "Il file delle Nazioni Unite è stato letto per intero: 17 obiettivi e 169 traguardi.",
        "The United Nations' file was read whole: 17 goals and 169 targets.",
    )
    indicators = reason(
        "Gli indicatori sono i 232 dell'elenco del 2019; elenchi successivi non sono stati letti. Il loro testo non è riportato.",
        "The indicators are the 232 of the 2019 list; later lists were not read. Their text is not given.",
    )
    base = "agenda-2030/completeness/"
    names = ("Obiettivi e traguardi dell'Agenda 2030", "Goals and targets of the 2030 Agenda")
    said = completeness(node(base + "targets"), names, AGENDA, filo("isPartOf"), taxonomy, "whole", targets)
    names = ("Indicatori dell'Agenda 2030", "Indicators of the 2030 Agenda")
    return said + completeness(node(base + "indicators"), names, AGENDA, filo("measures"), taxonomy, "part", indicators)


def _adoption() -> list[Triple]:
    pairs = [
        (TYPE, filo("Act")),
        *labels("Risoluzione A/RES/70/1 dell'Assemblea generale", "General Assembly resolution A/RES/70/1", ours="it en"),
        (filo("actType"), text("risoluzione")),
        (filo("number"), text("A/RES/70/1")),
        (filo("isIssuedBy"), node("organization/un-general-assembly")),
        *When("2015-09-25", "2015-09-25", "25 September 2015").pairs(),
        (EVIDENCE, _ADOPTED.proof),
        (EVIDENCE, _NUMBERED.proof),
    ]
    return describe(_ADOPTION, pairs)


def _element(subject: str, code: str, cls: str, taxonomy: _Taxonomy, names: Mapping[str, Name]) -> list[Triple]:
    if code not in names:
        raise SourceError("names of goals and targets", f"there is no name for {code}")
    name, proof = names[code], _proof(code)
    pairs = [
        (TYPE, filo("Element")),
        (TYPE, iri(SDG_ONTOLOGY + cls)),
        *labels(name.it, name.en, ours=_ours(subject, cls, name, taxonomy)),
        (filo("inFramework"), AGENDA),
        (filo("hasKind"), voc("element-kind/" + cls.lower())),
        (filo("code"), text(code)),
        *_notations(subject, taxonomy),
        (EVIDENCE, proof),
    ]
    if cls == "Goal":
        pairs.append((EVIDENCE, _ITALIAN_NAME.get(code, _ITERVIA).proof))
    else:
        pairs += [(filo("isPartOf"), goal) for goal in taxonomy.objects[subject, _BROADER]]
    return describe(subject, pairs) + _evidence(proof, subject, code, taxonomy)


def _ours(subject: str, cls: str, name: Name, taxonomy: _Taxonomy) -> str:
    """The languages in which the label is ours: both for a target, English for a goal only if the taxonomy prints another name."""
    if cls == "Target":
        return "it en"
    return "" if text(name.en, "en") in taxonomy.objects.get((subject, ALT_LABEL), ()) else "en"


def _indicator(subject: str, codes: list[str], taxonomy: _Taxonomy) -> list[Triple]:
    printed, proof = ", ".join(codes), _proof(codes[0])
    pairs = [
        (TYPE, filo("Indicator")),
        (TYPE, iri(SDG_ONTOLOGY + "Indicator")),
        *labels(f"Indicatore ONU {printed}", f"UN indicator {printed}", ours="it en"),
        *((filo("code"), text(code)) for code in codes),
        *((filo("measures"), target) for target in sorted(taxonomy.objects[subject, _BROADER])),
        *_notations(subject, taxonomy),
        (EVIDENCE, proof),
    ]
    return describe(subject, pairs) + _evidence(proof, subject, printed, taxonomy)


def _notations(subject: str, taxonomy: _Taxonomy) -> list[Pair]:
    return [(_NOTATION, notation) for notation in sorted(taxonomy.objects[subject, _NOTATION])]


def _proof(code: str) -> str:
    return node("agenda-2030/evidence/" + code_slug(code))


def _evidence(proof: str, subject: str, code: str, taxonomy: _Taxonomy) -> list[Triple]:
    names = f"Tassonomia delle Nazioni Unite, {code}", f"United Nations' taxonomy, {code}"
    return evidence(proof, taxonomy.document, value_of(subject), names)
