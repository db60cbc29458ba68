"""The administrations in charge of PNRR measures: from the names that the publisher abbreviates to organisations.

The names as printed are kept as alternative labels; a new one is an error, so that nobody is in charge by a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..namespaces import ORG
from ..terms import Triple, iri, text
from .nodes import ALT_LABEL, EVIDENCE, TYPE, describe, labels, node

PRESIDENCY = node("organization/presidenza-del-consiglio-dei-ministri")


@dataclass(frozen=True, slots=True)
class Administration:
    """An administration: the last part of its IRI, its names, and whether it is a department of the Presidency of the Council."""

    slug: str
    it: str
    en: str
    department: bool = False

    @property
    def node(self) -> str:
        """The organisation's node."""
        return node("organization/" + self.slug)


def _ministry(slug: str, it: str, en: str) -> Administration:
    return Administration("ministero-" + slug, "Ministero " + it, en)


def _department(slug: str, it: str, en: str) -> Administration:
    return Administration("pcm-" + slug, it, en, department=True)


_PRESIDENCY = Administration(
    "presidenza-del-consiglio-dei-ministri", "Presidenza del Consiglio dei ministri", "Presidency of the Council of Ministers"
)
_UNIVERSITY = _ministry("universita", "dell'università e della ricerca", "Ministry of University and Research")

ADMINISTRATIONS = {
    "GIUST AMM.VA (CONSIGLIO DI STATO E TAR)": Administration(
        "giustizia-amministrativa",
        "Giustizia amministrativa (Consiglio di Stato e TAR)",
        "Administrative justice (Council of State and regional administrative courts)",
    ),
    "MIN AFFARI ESTERI E COOPERAZ INT": _ministry(
        "affari-esteri",
        "degli affari esteri e della cooperazione internazionale",
        "Ministry of Foreign Affairs and International Cooperation",
    ),
    "MIN AGRIC. SOVRANITA' ALIM. E FORESTE": _ministry(
        "agricoltura",
        "dell'agricoltura, della sovranità alimentare e delle foreste",
        "Ministry of Agriculture, Food Sovereignty and Forests",
    ),
    "MIN AMBIENTE E SICUREZZA ENERGETICA": _ministry(
        "ambiente", "dell'ambiente e della sicurezza energetica", "Ministry of Environment and Energy Security"
    ),
    "MIN DELL'UNIVERSITA' E DELLA RICERCA": _UNIVERSITY,
    "MIN DELL'UNIVERSITÀ E DELLA RICERCA": _UNIVERSITY,
    "MINISTERO DEL LAVORO E POLITICHE SOCIALI": _ministry(
        "lavoro", "del lavoro e delle politiche sociali", "Ministry of Labour and Social Policies"
    ),
    "MINISTERO DEL TURISMO": _ministry("turismo", "del turismo", "Ministry of Tourism"),
    "MINISTERO DELL'ECONOMIA E DELLE FINANZE": _ministry("economia", "dell'economia e delle finanze", "Ministry of Economy and Finance"),
    "MINISTERO DELL'INTERNO": _ministry("interno", "dell'interno", "Ministry of the Interior"),
    "MINISTERO DELL'ISTRUZIONE E MERITO": _ministry("istruzione", "dell'istruzione e del merito", "Ministry of Education and Merit"),
    "MINISTERO DELLA CULTURA": _ministry("cultura", "della cultura", "Ministry of Culture"),
    "MINISTERO DELLA GIUSTIZIA": _ministry("giustizia", "della giustizia", "Ministry of Justice"),
    "MINISTERO DELLA SALUTE": _ministry("salute", "della salute", "Ministry of Health"),
    "MINISTERO IMPRESE E DEL MADE IN ITALY": _ministry(
        "imprese", "delle imprese e del made in Italy", "Ministry of Enterprises and Made in Italy"
    ),
    "MINISTERO INFRASTRUTTURE E TRASPORTI": _ministry(
        "infrastrutture", "delle infrastrutture e dei trasporti", "Ministry of Infrastructure and Transport"
    ),
    "PCM - DIP AFFARI REGIONALI E AUTONOMIE": _department(
        "affari-regionali",
        "Dipartimento per gli affari regionali e le autonomie",
        "Department for Regional Affairs and Autonomies",
    ),
    "PCM - DIP PARI OPPORTUNITA E FAMIGLIA": _department(
        "pari-opportunita", "Dipartimenti per le pari opportunità e la famiglia", "Departments for Equal Opportunities and the Family"
    ),
    "PCM - DIP POL GIOVAN E SERV CIV UNIVERS": _department(
        "politiche-giovanili",
        "Dipartimento per le politiche giovanili e il servizio civile universale",
        "Department for Youth Policies and Universal Civic Service",
    ),
    "PCM - DIP POLITICHE DI COESIONE": _department(
        "coesione", "Dipartimento per le politiche di coesione", "Department for Cohesion Policies"
    ),
    "PCM - DIP PROTEZIONE CIVILE": _department("protezione-civile", "Dipartimento della protezione civile", "Civil Protection Department"),
    "PCM - DIPARTIM. TRASFORMAZIONE DIGITALE": _department(
        "trasformazione-digitale", "Dipartimento per la trasformazione digitale", "Department for Digital Transformation"
    ),
    "PCM - DIPARTIMENTO FUNZIONE PUBBLICA": _department(
        "funzione-pubblica", "Dipartimento della funzione pubblica", "Department of Public Administration"
    ),
    "PCM - DIPARTIMENTO PER LO SPORT": _department("sport", "Dipartimento per lo sport", "Department for Sport"),
    "PCM - PRESIDENZA CONSIGLIO MINISTRI": _PRESIDENCY,
    "PCM PRESIDENZA CONSIGLIO MINISTRI": _PRESIDENCY,
    "PCM - STRUTTURA COMMISS. RICOSTRUZIONE": _department(
        "ricostruzione", "Struttura commissariale per la ricostruzione", "Commissioner's Structure for Reconstruction"
    ),
    "PCM - STRUTTURA DI MISSIONE PNRR": _department("struttura-di-missione-pnrr", "Struttura di missione PNRR", "PNRR Mission Structure"),
    "PCM - UFF POL IN FAV PERS CON DISABILITA": _department(
        "disabilita",
        "Ufficio per le politiche in favore delle persone con disabilità",
        "Office for Policies for Persons with Disabilities",
    ),
}


def administration_triples(printed: str, proofs: list[str]) -> list[Triple]:
    """An administration described; its Italian label is ours where the source only abbreviates it."""
    body = ADMINISTRATIONS[printed]
    ours = "en" if body.it.casefold() == printed.casefold() else "it en"
    pairs = [(TYPE, iri(ORG + "Organization")), *labels(body.it, body.en, ours=ours), (ALT_LABEL, text(printed, "it"))]
    if body.department:
        pairs += [(TYPE, iri(ORG + "OrganizationalUnit")), (iri(ORG + "unitOf"), PRESIDENCY)]
    return describe(body.node, pairs + [(EVIDENCE, proof) for proof in proofs])
