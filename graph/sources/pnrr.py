"""The PNRR in its two versions: missions, components, measures and sub-measures with names, amounts and administrations as each prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import SourceError
from ..namespaces import code_slug
from ..terms import Triple, text
from .administrations import ADMINISTRATIONS, administration_triples
from .nodes import (
    ALT_LABEL,
    COMMENT,
    EVIDENCE,
    OURS,
    REPLACES,
    TYPE,
    VERSION_OF,
    Known,
    Page,
    Pair,
    Standing,
    When,
    amount,
    claim,
    completeness,
    describe,
    document,
    evidence,
    filo,
    labels,
    node,
    reason,
    unless_known,
    voc,
)
from .plan import (
    DECISION_2021,
    DECISION_2023,
    EARLY,
    FINANCING,
    LATER,
    PLAN,
    TYPES,
    SubMeasure,
    Version,
    continuant,
    element,
    proof,
    read_plan,
)
from .successions import Fate, successions
from .tables import file_sha256

_GAZZETTA = Page(
    PLAN,
    "gazzetta-ufficiale-dm-mef-2021-pnrr",
    "DECRETO DEL MINISTRO DELL'ECONOMIA E DELLE FINANZE",
    "Gazzetta Ufficiale del 24 settembre 2021, decreto che richiama la decisione del Consiglio sul PNRR",
    "Official Gazette of 24 September 2021, decree that recalls the Council's decision on the PNRR",
    "https://www.gazzettaufficiale.it/atto/serie_generale/caricaArticoloDefault/originario"
    "?atto.dataPubblicazioneGazzetta=2021-09-24&atto.codiceRedazionale=21A05556&atto.tipoProvvedimento=DECRETO",
)
_PROPOSAL_2025 = Page(
    PLAN,
    "com-2025-285",
    "COM(2025) 285 final, Proposal for a COUNCIL IMPLEMENTING DECISION",
    "Proposta della Commissione COM(2025) 285, con la storia delle decisioni del Consiglio sul PNRR",
    "Commission proposal COM(2025) 285, with the history of the Council's decisions on the PNRR",
    "https://www.eu.dk/samling/20251/kommissionsforslag/KOM(2025)0285/forslag/2144087/3030403/index.htm",
)
_ANCI = Page(
    PLAN,
    "ancidigitale-cruscotto-istat-rgs",
    "Istat, PNRR: aggiornato e ampliato il cruscotto Istat-RGS",
    "Notizia di ANCI Digitale sulla rimodulazione del PNRR e la Missione 7",
    "News item of ANCI Digitale on the revision of the PNRR and Mission 7",
    "https://gdc.ancidigitale.it/istat-pnrr-aggiornato-e-ampliato-il-cruscotto-istat-rgs/",
)
_RECALLED = node("pnrr/evidence/period")


def pnrr(early: Path, later: Path, english: Mapping[str, str], fates: Sequence[Fate], *, known: Known | None = None) -> list[Triple]:
    """The framework `pnrr` with its versions `pnrr-2023` and `pnrr-2025`: elements, continuants, amounts, successions, evidence.

    :raises SourceError: as `read_plan`; an Italian name has no English one; a code that is gone has no fate, or a fate names no code.
    """
    known = known or Known()
    plans = {EARLY: read_plan(early), LATER: read_plan(later)}
    triples = [*_framework(), *_pages(), *_decisions()]
    for (version, plan), path in zip(plans.items(), (early, later), strict=True):
        triples += _version(version, plan, path, english, known)
    triples += _continuants(plans, english)
    triples += successions(plans[EARLY], plans[LATER], fates)
    return list(dict.fromkeys(triples + unless_known(known, _administrations(plans))))


def _framework() -> list[Triple]:
    pairs = [
        (TYPE, filo("Framework")),
        *labels("Piano nazionale di ripresa e resilienza", "National Recovery and Resilience Plan", ours="en"),
        (ALT_LABEL, text("PNRR", "it")),
        (ALT_LABEL, text("Italia Domani", "it")),
        (filo("hasGovernanceLevel"), voc("governance-level/national")),
        (filo("hasTerritory"), node("place/italia")),
        (filo("isPromotedBy"), node("organization/presidenza-del-consiglio-dei-ministri")),
        *_period(),
    ]
    return describe(PLAN, [*pairs, (EVIDENCE, _GAZZETTA.proof)])


def _period() -> list[Pair]:
    return [*When("2021-01-01", "2026-12-31", "2021-2026").pairs("covers"), (EVIDENCE, _RECALLED)]


def _pages() -> list[Triple]:
    names = "Periodo coperto dal PNRR, ricordato", "Period that the PNRR covers, recalled"
    recalled = evidence(_RECALLED, node("document/dossier"), "recalled", names, method="recall", certainty="recalled")
    return [*recalled, *(triple for page in (_GAZZETTA, _PROPOSAL_2025, _ANCI) for triple in page.triples())]


def _decisions() -> list[Triple]:
    names = {
        DECISION_2021: ("Decisione di esecuzione del Consiglio del 13 luglio 2021", "Council implementing decision of 13 July 2021"),
        DECISION_2023: ("Decisione di esecuzione del Consiglio dell'8 dicembre 2023", "Council implementing decision of 8 December 2023"),
    }
    days = {
        DECISION_2021: When("2021-07-13", "2021-07-13", "13 July 2021"),
        DECISION_2023: When("2023-12-08", "2023-12-08", "8 December 2023"),
    }
    proofs = {DECISION_2021: (_GAZZETTA, _PROPOSAL_2025), DECISION_2023: (_PROPOSAL_2025, _ANCI)}
    triples = [(DECISION_2021, filo("number"), text("10160/21"))]
    for act, (it, en) in names.items():
        pairs = [(TYPE, filo("Act")), *labels(it, en, ours="it en"), (filo("actType"), text("decisione di esecuzione"))]
        pairs += [(filo("isIssuedBy"), node("organization/council-of-the-european-union")), *days[act].pairs()]
        triples += describe(act, pairs + [(EVIDENCE, page.proof) for page in proofs[act]])
    return triples


def _version(version: Version, plan: Sequence[SubMeasure], path: Path, english: Mapping[str, str], known: Known) -> list[Triple]:
    place, triples = document(replace(version.source, sha256=file_sha256(path)), known)
    triples += _version_framework(version, place)
    for sub_measure in plan:
        names = f"{version.it}, riga {sub_measure.line}", f"{version.en}, row {sub_measure.line}"
        triples += evidence(proof(version, sub_measure.line), place, f"row {sub_measure.line}", names)
        triples += _sub_measure_element(version, sub_measure, english, path)
    for kind in ("mission", "component", "measure"):
        triples += _upper_elements(version, kind, plan, english, path)
    return triples + _completeness(version, plan, place)


def _version_framework(version: Version, place: str) -> list[Triple]:
    pages = {EARLY.slug: (_GAZZETTA, _PROPOSAL_2025), LATER.slug: (_PROPOSAL_2025, _ANCI)}[version.slug]
    pairs = [
        (TYPE, filo("Framework")),
        *labels(version.it, version.en, ours="it en"),
        (COMMENT, text(version.comment_it, "it")),
        (COMMENT, text(version.comment_en, "en")),
        (VERSION_OF, PLAN),
        (filo("hasGovernanceLevel"), voc("governance-level/national")),
        (filo("hasTerritory"), node("place/italia")),
        (filo("isPromotedBy"), node("organization/presidenza-del-consiglio-dei-ministri")),
        (filo("isApprovedBy"), version.approval),
        (filo("hasDocument"), place),
        *_period(),
        *version.in_force,
        *((EVIDENCE, page.proof) for page in pages),
    ]
    replaced = [(REPLACES, EARLY.node)] if version is LATER else []
    return describe(version.node, pairs + replaced)


def _sub_measure_element(version: Version, row: SubMeasure, english: Mapping[str, str], path: Path) -> list[Triple]:
    subject, figure = element(version, "sub-measure", row.code), node(f"{version.slug}/amount/{code_slug(row.code)}")
    pairs = [
        *_element_pairs(version, "sub-measure", row.code, row.name, _english(row.name, english, path, row.line)),
        (filo("isPartOf"), element(version, "measure", row.measure)),
        (filo("subMeasureCode"), text(row.code)),
        (filo("subMeasureIdentifier"), text(row.identifier)),
        (filo("measureCode"), text(row.measure)),
        (filo("measureIdentifier"), text(row.measure_id)),
        (filo("hasMeasureType"), voc("measure-type/" + TYPES[row.type])),
        (filo("hasFinancingType"), voc("financing-type/" + FINANCING[row.financing])),
        (filo("isResponsibilityOf"), ADMINISTRATIONS[row.administration].node),
        (filo("hasAmount"), figure),
        (EVIDENCE, proof(version, row.line)),
    ]
    names = f"Importo di {row.code}, {version.it}", f"Amount of {row.code}, {version.en}"
    money = amount(figure, "allocated", row.euro, "Importo Totale", version.when, [proof(version, row.line)], names)
    return describe(subject, pairs) + _cid(version, row, subject) + money


def _cid(version: Version, row: SubMeasure, subject: str) -> list[Triple]:
    """The CID code; one is printed with a letter too many in both tables, and then both readings are claims."""
    if "II" not in row.cid:
        return [(subject, filo("cidCode"), text(row.cid))]
    base, on, seen = node(f"{version.slug}/claim/cid-{code_slug(row.code)}"), filo("cidCode"), [(EVIDENCE, proof(version, row.line))]
    why = reason("La tabella stampa una I di troppo.", "The table prints one I too many.")
    printed, mended = base[:-1] + "-printed>", base[:-1] + "-mended>"
    names = f"Codice CID di {row.code} come stampato", f"CID code of {row.code} as printed"
    triples = claim(printed, subject, on, text(row.cid), Standing(), names, seen + why)
    names = f"Codice CID di {row.code}, lettura proposta", f"CID code of {row.code}, proposed reading"
    by = [(filo("hasAuthor"), node("organization/filorosso"))]
    return triples + claim(mended, subject, on, text(row.cid.replace("II", "I")), replace(OURS, certainty="high"), names, seen + why + by)


def _upper_elements(version: Version, kind: str, plan: Sequence[SubMeasure], english: Mapping[str, str], path: Path) -> list[Triple]:
    triples: list[Triple] = []
    for code, rows in _grouped(plan, kind).items():
        name = _upper_name(rows[0], kind)
        pairs = _element_pairs(version, kind, code, name, _english(name, english, path, rows[0].line))
        if kind == "component":
            pairs.append((filo("isPartOf"), element(version, "mission", rows[0].mission)))
        if kind == "measure":
            pairs += [(filo("isPartOf"), element(version, "component", rows[0].component)), *_measure_pairs(rows)]
        proofs = rows if kind == "measure" else rows[:1]
        pairs += [(EVIDENCE, proof(version, row.line)) for row in proofs]
        triples += describe(element(version, kind, code), pairs)
    return triples


def _measure_pairs(rows: Sequence[SubMeasure]) -> list[Pair]:
    pairs = [(filo("measureCode"), text(rows[0].measure))]
    pairs += [(filo("measureIdentifier"), text(name)) for name in sorted({row.measure_id for row in rows})]
    pairs += [(filo("hasMeasureType"), voc("measure-type/" + TYPES[name])) for name in sorted({row.type for row in rows})]
    pairs += [(filo("hasFinancingType"), voc("financing-type/" + FINANCING[name])) for name in sorted({row.financing for row in rows})]
    bodies = sorted({ADMINISTRATIONS[row.administration].node for row in rows})
    return pairs + [(filo("isResponsibilityOf"), body) for body in bodies]


def _element_pairs(version: Version, kind: str, code: str, it: str, en: str) -> list[Pair]:
    return [
        (TYPE, filo("Element")),
        *labels(it, en, ours="en"),
        (filo("inFramework"), version.node),
        (filo("hasKind"), voc("element-kind/" + kind)),
        (filo("code"), text(code)),
        (VERSION_OF, continuant(kind, code)),
    ]


def _grouped(plan: Iterable[SubMeasure], kind: str) -> dict[str, list[SubMeasure]]:
    groups: dict[str, list[SubMeasure]] = {}
    for row in plan:
        groups.setdefault(
            {"mission": row.mission, "component": row.component, "measure": row.measure, "sub-measure": row.code}[kind], []
        ).append(row)
    return groups


def _upper_name(row: SubMeasure, kind: str) -> str:
    return {"mission": row.mission_name, "component": row.component_name, "measure": row.measure_name, "sub-measure": row.name}[kind]


def _english(it: str, english: Mapping[str, str], path: Path, line: int) -> str:
    if not english.get(it):
        raise SourceError(path, f"there is no English name for {it!r}; add it to graph/data/names/pnrr.csv", line=line)
    return english[it]


def _completeness(version: Version, plan: Sequence[SubMeasure], place: str) -> list[Triple]:
    base = version.slug + "/completeness/"
    names = f"Struttura del {version.it}", f"Structure of the {version.en}"
    whole = reason(f"La tabella è stata letta per intero: {len(plan)} submisure.", f"The table was read whole: {len(plan)} sub-measures.")
    triples = completeness(node(base + "structure"), names, version.node, filo("isPartOf"), place, "whole", whole)
    names = f"Importi del {version.it}", f"Amounts of the {version.en}"
    part = reason(
        "L'importo totale di ogni submisura è riportato; le colonne che lo ripartiscono tra progetti in essere e nuovi non lo sono.",
        "The total amount of each sub-measure is given; the columns that divide it between existing and new projects are not.",
    )
    return triples + completeness(node(base + "amounts"), names, version.node, filo("hasAmount"), place, "part", part)


def _continuants(plans: Mapping[Version, Sequence[SubMeasure]], english: Mapping[str, str]) -> list[Triple]:
    triples: list[Triple] = []
    for kind in ("mission", "component", "measure", "sub-measure"):
        groups = {version: _grouped(plan, kind) for version, plan in plans.items()}
        for code in sorted({code for found in groups.values() for code in found}):
            seen = [(version, found[code][0]) for version, found in groups.items() if code in found]
            name = _upper_name(seen[-1][1], kind)
            pairs = [
                (TYPE, filo("Continuant")),
                *labels(name, english[name], ours="en"),
                (filo("inFramework"), PLAN),
                (filo("code"), text(code)),
            ]
            if kind == "sub-measure":
                pairs.append((filo("subMeasureCode"), text(code)))
            pairs += [(EVIDENCE, proof(version, row.line)) for version, row in seen]
            triples += describe(continuant(kind, code), pairs)
    return triples


def _administrations(plans: Mapping[Version, Sequence[SubMeasure]]) -> list[Triple]:
    proofs: dict[str, list[str]] = {}
    for version, plan in plans.items():
        first = {row.administration: row.line for row in reversed(plan)}
        for printed, line in sorted(first.items()):
            proofs.setdefault(printed, []).append(proof(version, line))
    return [triple for printed, found in sorted(proofs.items()) for triple in administration_triples(printed, found)]
