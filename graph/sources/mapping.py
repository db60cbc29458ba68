"""The official mapping of the PNRR to the 2030 Agenda (MEF-RGS and Istat): one contribution per row, to a target or else to a goal.

Each row goes from a sub-measure of the plan of early 2023 through a statistical indicator of Istat and an indicator of the UN to a
target and its goal; rows without an indicator stop at the goal. The indicators are in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from ..errors import SourceError
from ..namespaces import SDG, SDG_ONTOLOGY, SKOS, code_slug
from ..terms import Triple, datatype_of, decimal, iri, text, value_of
from .nodes import (
    CC_BY_4,
    EVIDENCE,
    TYPE,
    Document,
    Known,
    Pair,
    Standing,
    claim,
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
from .plan import EARLY, LATER, SubMeasure, element, proof
from .tables import NOTHING, Row, amount, collapse, file_sha256, read_cell, read_table, sub_measure_code

_COLUMNS = {
    "code": "codice univoco submisura",
    "tier": "prevalente",
    "indicator": "cod indicatore",
    "indicator_name": "des indicatore",
    "unit": "unita",
    "un_indicator": "indicator",
    "target": "target",
    "goal": "goal",
}
_AMOUNT = "importo totale"
_TIERS = {"si": "principal", "no": "secondary"}
_SOURCE = Document(
    node("document/pnrr-sdg-mapping"),
    "Mappatura_PNRR_SNSvS_Agenda2030_v2.csv",
    "Raccordo tra submisure del PNRR, SNSvS e Agenda 2030",
    "Mapping of the PNRR's sub-measures to the SNSvS and the 2030 Agenda",
    (node("organization/mef-rgs"), node("organization/istat")),
    "https://www.italiadomani.gov.it/content/sogei-ng/it/it/catalogo-open-data.html",
    license=CC_BY_4,
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """One row: `target`, `un_indicator`, `indicator` and `unit` are empty where the file says `n.c.` or `N/A`; `euro` in EUR."""

    line: int
    code: str
    tier: str
    indicator: str
    indicator_name: str
    unit: str
    un_indicator: str
    target: str
    goal: str
    euro: Decimal

    @property
    def end(self) -> str:
        """The node that the row arrives at: the target, else the goal."""
        return iri(SDG + (self.target or self.goal))

    @property
    def proof(self) -> str:
        """The evidence of the row."""
        return node(f"pnrr-sdg/evidence/row-{self.line}")


def read_mapping(path: Path) -> tuple[Mapped, ...]:
    """The rows of the published mapping, in its order.

    :raises SourceError: a column is missing, a code is malformed, `PREVALENTE` is neither `si` nor `no`, a row has no goal or amount.
    """
    return tuple(_mapped(row) for row in read_table(path, (*_COLUMNS.values(), _AMOUNT)).rows)


def mapping(path: Path, plan: Sequence[SubMeasure], taxonomy: Iterable[Triple], *, known: Known | None = None) -> list[Triple]:
    """The contributions of the sub-measures of `pnrr-2023` (`plan`, its rows), the indicators in their evidence, and the amounts in which
    the mapping and the plan differ, as claims. `taxonomy` holds the UN's indicators.

    :raises SourceError: as `read_mapping`; a row names a sub-measure that the plan does not have.
    """
    place, triples = document(replace(_SOURCE, sha256=file_sha256(path)), known or Known())
    rows, plan_rows, un_indicators = read_mapping(path), {row.code: row for row in plan}, _un_indicators(taxonomy)
    for row in rows:
        if row.code not in plan_rows:
            raise SourceError(path, f"{row.code} is not in the plan of early 2023", line=row.line)
        triples += _contribution(row) + _row_evidence(row, place, un_indicators)
    triples += _indicators(rows) + _amounts(rows, plan_rows)
    return triples + _completeness(rows, place)


def _mapped(row: Row) -> Mapped:
    cells = {field: read_cell(row, column, collapse) for field, column in _COLUMNS.items()}
    read_cell(row, _COLUMNS["code"], sub_measure_code)
    for field in ("indicator", "unit", "un_indicator", "target"):
        cells[field] = "" if cells[field].casefold() in NOTHING else cells[field]
    euro = read_cell(row, _AMOUNT, amount)
    if cells["tier"] not in _TIERS or not cells["goal"].isdigit() or euro is None:
        raise SourceError(row.path, "the row has no PREVALENTE of si or no, no goal or no amount", line=row.line)
    return Mapped(line=row.line, euro=euro, **cells)


def _un_indicators(taxonomy: Iterable[Triple]) -> dict[str, str]:
    compact, notation = SDG_ONTOLOGY + "SDGCodeCompact", iri(SKOS + "notation")
    return {value_of(o): s for s, p, o in taxonomy if p == notation and datatype_of(o) == compact}


def _contribution(row: Mapped) -> list[Triple]:
    pairs = [
        (TYPE, filo("Contribution")),
        (filo("hasSubject"), element(EARLY, "sub-measure", row.code)),
        (filo("hasObject"), row.end),
        (filo("hasTier"), voc("contribution-tier/" + _TIERS[row.tier])),
        *Standing().pairs(),
        (EVIDENCE, row.proof),
    ]
    return describe(node(f"pnrr-sdg/contribution/{row.line}"), pairs)


def _row_evidence(row: Mapped, place: str, un_indicators: Mapping[str, str]) -> list[Triple]:
    """The row, with the indicators through which it makes the link; what has no node is kept as printed."""
    pairs: list[Pair] = []
    if row.indicator:
        pairs.append((filo("usesIndicator"), _indicator(row.indicator)))
    else:
        pairs.append((filo("asPrinted"), text(row.indicator_name)))
    if row.un_indicator in un_indicators:
        pairs.append((filo("usesIndicator"), un_indicators[row.un_indicator]))
    elif row.un_indicator:
        pairs.append((filo("asPrinted"), text(row.un_indicator)))
    names = f"Raccordo del PNRR con l'Agenda 2030, riga {row.line}", f"Mapping of the PNRR to the 2030 Agenda, row {row.line}"
    return evidence(row.proof, place, f"row {row.line}", names) + describe(row.proof, pairs)


def _indicator(code: str) -> str:
    return node("pnrr-sdg/indicator/" + code_slug(code))


def _indicators(rows: Sequence[Mapped]) -> list[Triple]:
    triples: list[Triple] = []
    for code in sorted({row.indicator for row in rows if row.indicator}):
        uses = [row for row in rows if row.indicator == code]
        pairs = [
            (TYPE, filo("Indicator")),
            *labels(uses[0].indicator_name, f"Istat indicator {code}", ours="en"),
            (filo("code"), text(code)),
            *((filo("measures"), end) for end in sorted({row.end for row in uses})),
            *((filo("unit"), text(unit, "it")) for unit in sorted({row.unit for row in uses if row.unit})),
            (EVIDENCE, uses[0].proof),
        ]
        triples += describe(_indicator(code), pairs)
    return triples


def _amounts(rows: Sequence[Mapped], plan: Mapping[str, SubMeasure]) -> list[Triple]:
    """Both amounts of each sub-measure in which mapping and plan differ; the plan's is the one that counts."""
    triples: list[Triple] = []
    different = {row.code: row for row in reversed(rows) if row.euro != plan[row.code].euro}
    for code, row in sorted(different.items()):
        subject, base = element(EARLY, "sub-measure", code), f"pnrr-sdg/claim/amount-{code_slug(code)}-"
        names = f"Importo di {code} secondo il raccordo con l'Agenda 2030", f"Amount of {code} according to the mapping to the 2030 Agenda"
        proofs = [(EVIDENCE, other.proof) for other in rows if other.code == code]
        open_ = Standing(life_cycle="open")
        triples += claim(node(base + "mapping"), subject, filo("hasAmount"), decimal(row.euro), open_, names, proofs + _why())
        names = f"Importo di {code} secondo la tabella del piano", f"Amount of {code} according to the plan's table"
        proofs = [(EVIDENCE, proof(EARLY, plan[code].line))]
        triples += claim(node(base + "plan"), subject, filo("hasAmount"), decimal(plan[code].euro), Standing(), names, proofs + _why())
    return triples


def _why() -> list[Pair]:
    return reason(
        "Il raccordo stampa un importo diverso da quello della tabella del piano; nelle somme conta quello della tabella.",
        "The mapping prints another amount than the plan's table; in sums that of the table counts.",
    )


def _completeness(rows: Sequence[Mapped], place: str) -> list[Triple]:
    whole = reason(
        f"Il raccordo è stato letto per intero: {len(rows)} righe, tutte le submisure del piano di inizio 2023.",
        f"The mapping was read whole: {len(rows)} rows, all sub-measures of the plan of early 2023.",
    )
    none = reason(
        "Il raccordo parla del piano di inizio 2023: per quello del 2025 vale solo dove il codice continua; i nuovi mancano.",
        "The mapping speaks of the plan of early 2023: for that of 2025 it holds only where the code continues; new ones are missing.",
    )
    base, about = "pnrr-sdg/completeness/", filo("Contribution")
    names = "Contributi del piano di inizio 2023 all'Agenda 2030", "Contributions of the plan of early 2023 to the 2030 Agenda"
    triples = completeness(node(base + "pnrr-2023"), names, EARLY.node, about, place, "whole", whole)
    names = "Contributi del piano del 2025 all'Agenda 2030", "Contributions of the plan of 2025 to the 2030 Agenda"
    return triples + completeness(node(base + "pnrr-2025"), names, LATER.node, about, place, "none", none)
