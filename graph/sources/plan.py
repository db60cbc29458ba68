"""The PNRR's published tables of measures: their rows, the versions of the plan that they print, and the nodes of both.

One measure has five codes, all kept: ID and unique code of the measure, ID, CID code and unique code of the sub-measure. What lives
through both tables is a continuant; each table has an element for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ..errors import SourceError
from ..namespaces import code_slug
from ..terms import date, text
from .administrations import ADMINISTRATIONS
from .nodes import CC_BY_4, Document, Pair, When, filo, node
from .tables import Row, amount, collapse, measure_code, read_cell, read_table, sub_measure_code

PLAN = node("pnrr")
DECISION_2021 = node("act/council-implementing-decision-2021-07-13")
DECISION_2023 = node("act/council-implementing-decision-2023-12-08")

_COLUMNS = {
    "mission": "missione",
    "mission_name": "descrizione missione",
    "component": "componente",
    "component_name": "descrizione componente",
    "measure_id": "id misura",
    "measure": "codice univoco misura",
    "measure_name": "descrizione misura",
    "identifier": "id submisura",
    "cid": "codice cid",
    "code": "codice univoco submisura",
    "name": "descrizione submisura",
    "type": "investimento o riforma",
    "financing": "prestito o sovvenzione",
    "administration": "amministrazione titolare",
}
_AMOUNT = "importo totale"
TYPES = {"Investimento": "investment", "Riforma": "reform"}
FINANCING = {"Prestito": "loan", "Sovvenzione": "grant"}

_TABLE_PAGE = "https://www.italiadomani.gov.it/content/sogei-ng/it/it/catalogo-open-data/quadro-finanziario-pnrr.html"
_RGS = node("organization/mef-rgs")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the plan and the table that prints it; `source` lacks the SHA-256 of the copy that is read."""

    slug: str
    it: str
    en: str
    comment_it: str
    comment_en: str
    source: Document
    when: When
    in_force: tuple[Pair, ...]
    approval: str

    @property
    def node(self) -> str:
        """The framework's node."""
        return node(self.slug)


@dataclass(frozen=True, slots=True)
class SubMeasure:
    """One row of a table: a sub-measure with what stands above it; names with single blanks, `euro` the total amount in EUR."""

    line: int
    mission: str
    mission_name: str
    component: str
    component_name: str
    measure_id: str
    measure: str
    measure_name: str
    identifier: str
    cid: str
    code: str
    name: str
    type: str
    financing: str
    administration: str
    euro: Decimal


EARLY = Version(
    "pnrr-2023",
    "PNRR, piano di inizio 2023",
    "PNRR, plan of early 2023",
    "Il piano approvato nel 2021, com'è nella tabella di inizio 2023: sei missioni. Una decisione del 19 settembre 2023 lo ha toccato.",
    "The plan approved in 2021, as the table of early 2023 has it: six missions. A decision of 19 September 2023 changed it in part.",
    Document(
        node("document/pnrr-v04"),
        "OpenData_PNRR_QuadroFin_Programmazione_v04.csv",
        "Misure e importi del PNRR, inizio 2023",
        "Measures and amounts of the PNRR, early 2023",
        (_RGS,),
        _TABLE_PAGE,
        license=CC_BY_4,
        when=When("2023-01-01", "2023-12-31", "early 2023"),
    ),
    When("2023-01-01", "2023-12-31", "early 2023"),
    (
        (filo("inForceFrom"), date("2021-07-13")),
        (filo("inForceUntil"), date("2023-12-07")),
        (filo("inForcePrinted"), text("13 July 2021")),
    ),
    DECISION_2021,
)
LATER = Version(
    "pnrr-2025",
    "PNRR, piano del 2025 con la Missione 7",
    "PNRR, plan of 2025 with Mission 7",
    "Il piano riscritto a fine 2023 con la Missione 7, com'è nella tabella del 2025; due decisioni del 2024 lo hanno ritoccato.",
    "The plan rewritten at the end of 2023 with Mission 7, as the table of 2025 has it; two decisions of 2024 touched it up.",
    Document(
        node("document/pnrr-2025-m7"),
        "OpenData_PNRR_QuadroFinProgrammazione_2025_M7.csv",
        "Misure e importi del PNRR con la Missione 7, 2025",
        "Measures and amounts of the PNRR with Mission 7, 2025",
        (_RGS,),
        _TABLE_PAGE,
        license=CC_BY_4,
        when=When("2025-01-01", "2025-12-31", "2025"),
    ),
    When("2025-01-01", "2025-12-31", "2025"),
    ((filo("inForceFrom"), date("2023-12-08")), (filo("inForcePrinted"), text("8 December 2023"))),
    DECISION_2023,
)


def read_plan(path: Path) -> tuple[SubMeasure, ...]:
    """The rows of a published table of measures, in its order; the all-empty last row of one edition is no row.

    :raises SourceError: a column is missing, a code is malformed or comes twice, an amount cannot be read, an administration is new.
    """
    table = read_table(path, (*_COLUMNS.values(), _AMOUNT))
    plan = tuple(_sub_measure(row) for row in table.rows)
    seen: dict[str, int] = {}
    for sub_measure in plan:
        if sub_measure.code in seen:
            raise SourceError(path, f"{sub_measure.code} stands already on line {seen[sub_measure.code]}", line=sub_measure.line)
        seen[sub_measure.code] = sub_measure.line
    return plan


def read_english(path: Path) -> dict[str, str]:
    """Our English names by Italian name (single blanks), from a table with the columns `it`, `en`.

    :raises SourceError: a column is missing.
    """
    return {collapse(row.cells["it"]): collapse(row.cells["en"]) for row in read_table(path, ("it", "en")).rows}


def proof(version: Version, line: int) -> str:
    """The evidence of a row of a version's table."""
    return node(f"{version.slug}/evidence/row-{line}")


def element(version: Version, kind: str, code: str) -> str:
    """The element of a version: `kind` is mission, component, measure or sub-measure."""
    return node(f"{version.slug}/{kind}/{code_slug(code)}")


def continuant(kind: str, code: str) -> str:
    """What lives through the versions: `continuant("sub-measure", "M1C1I1.04.03")`."""
    return node(f"pnrr/{kind}/{code_slug(code)}")


def _sub_measure(row: Row) -> SubMeasure:
    cells = {field: read_cell(row, column, collapse) for field, column in _COLUMNS.items()}
    read_cell(row, _COLUMNS["code"], sub_measure_code)
    read_cell(row, _COLUMNS["measure"], measure_code)
    for field, allowed in (("type", TYPES), ("financing", FINANCING), ("administration", ADMINISTRATIONS)):
        if cells[field] not in allowed:
            raise SourceError(row.path, f"column {_COLUMNS[field]!r}: {cells[field]!r} is not known", line=row.line)
    euro = read_cell(row, _AMOUNT, amount)
    if euro is None:
        raise SourceError(row.path, f"column {_AMOUNT!r}: there is no amount", line=row.line)
    return SubMeasure(line=row.line, euro=euro, **cells)
