"""Registers of funded projects, each publisher's format recognised by its header and read into the same few kinds of record.

| format | file | what it adds |
| --- | --- | --- |
| locations | ReGiS localisations (Parquet, 2023), `PNRR_Localizzazione.csv` of 2022 and today | places; today percentages |
| projects | ReGiS validated projects (Parquet, 2023), `PNRR_Progetti.csv` of 2022 and today | titles, bodies, amounts; today dates |
| payments | payments per project, 2025 | exact amounts, allocated and paid |
| targets | target indicators per project, 2025 | indicator values |
| applications | PA digitale 2026, funded applications | bodies, amounts, state |

A row that cannot be used is refused with its reason and the reading goes on; a file that cannot be used is an error.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from ..errors import SourceError
from .nodes import CC_BY_4, Document, Known, When, node
from .tables import Dots, Only, Row, amount, collapse, date, file_sha256, is_cup, municipality_code, read_header, stream_rows
from .tables import sub_measure_code as read_code

T = TypeVar("T")

# The files of 2022 carry no date: their codes and amounts are those of that year.
FIRST_FORM_DAY = "2022-01-01"

_CATALOGUE = "https://www.italiadomani.gov.it/content/sogei-ng/it/it/catalogo-open-data.html"
_RGS = (node("organization/mef-rgs"),)
_MONTHS = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
    *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
_SHARE = re.compile(r"\(quota (\d\.\d)\)")
_MEASURE = re.compile(r"(\d\.\d(?:\.\d)?)\b")
_CALL_CODES = {
    "1.1": "M1C1I1.01.00",
    "1.2": "M1C1I1.02.00",
    "1.3.1": "M1C1I1.03.01",
    "1.4.1": "M1C1I1.04.01",
    "1.4.3": "M1C1I1.04.03",
    "1.4.4": "M1C1I1.04.04",
    "1.4.5": "M1C1I1.04.05",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row, or a value of it, that was not taken: file name, line, the value as printed and why."""

    file: str
    line: int
    value: str
    reason: str


class RefusedError(ValueError):
    """A row cannot be used; says the value and why."""

    def __init__(self, value: str, why: str) -> None:
        """`value` is what was printed."""
        super().__init__(why)
        self.value = value


@dataclass(frozen=True, slots=True)
class Key:
    """What a funding is known by: CUP, local project code (empty where the register has none), unique sub-measure code."""

    cup: str
    local: str
    code: str


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount in EUR: `own` if from the measure itself, else of the whole project; `kind` is allocated or paid."""

    own: bool
    kind: str
    euro: Decimal
    label: str
    when: When


@dataclass(frozen=True, slots=True)
class Target:
    """An indicator of a project with its target and observed value, where printed."""

    indicator: str
    name: str
    unit: str
    target: Decimal | None
    observed: Decimal | None
    observed_when: When
    when: When


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says of a key. `place` is an ISTAT code, None with `placed` if the row speaks of no single municipality; `percent` is
    its published share; `period` the project's first and last day; `seat` and `ipa` tell the body of an application."""

    line: int
    key: Key
    day: str | None
    placed: bool = False
    place: str | None = None
    percent: Decimal | None = None
    title: str = ""
    nature: str = ""
    implementer: str = ""
    tax_code: str = ""
    period: When | None = None
    figures: tuple[Figure, ...] = ()
    target: Target | None = None
    seat: str = ""
    ipa: str = ""
    call: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A register file: its format, the node that its evidence points to, and how it is described if nobody has yet."""

    path: Path
    format: Format
    headers: Mapping[str, str]
    document: Document

    def entries(self, cups: Collection[str] | None, refused: list[Refusal], keep: Callable[[Row], bool] | None = None) -> Iterator[Entry]:
        """The entries of the file, of some CUPs only if given; what is refused goes to the list.

        :raises SourceError: the file cannot be read.
        """
        columns = [column for column in (*self.format.required, *self.format.optional) if column in self.headers]
        only = None if cups is None else Only(self.format.cup, frozenset(cups))
        for row in stream_rows(self.path, columns, only):
            if keep is None or keep(row):
                try:
                    yield self.format.read(row, self)
                except RefusedError as error:
                    refused.append(Refusal(self.path.name, row.line, error.value, str(error)))


@dataclass(frozen=True, slots=True)
class Format:
    """A register's format: what its header must have and may have (normal names), the column of the CUP, and how a row is read."""

    name: str
    it: str
    en: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    read: Callable[[Row, Source], Entry]
    cup: str = "cup"


def open_register(path: Path, known: Known) -> Source:
    """A register file, recognised by its header.

    :raises SourceError: missing, unreadable, or of no format that is known.
    """
    headers = read_header(path)
    form = next((form for form in FORMATS if all(column in headers for column in form.required)), None)
    if form is None:
        expected = "; ".join(f"{form.name}: {', '.join(form.required)}" for form in FORMATS)
        raise SourceError(path, f"no register has this header. Expected one of {expected}", line=1)
    digest = file_sha256(path)
    place = known.documents.get(digest, node(f"document/{form.name}-{digest[:12]}"))
    digital = form.name == "padigitale"
    address = None if digital else _CATALOGUE
    described = Document(place, path.name, form.it, form.en, () if digital else _RGS, address, digest, CC_BY_4)
    return Source(path, form, headers, described)


def on_day(iso: str) -> When:
    """A day as a date of three values."""
    return When(iso, iso, iso)


def place_of(row: Row) -> str | None:
    """The ISTAT code of the municipality that a row of locations speaks of, or None if it speaks of none or cannot be read."""
    try:
        return _place(row)
    except RefusedError:
        return None


def _location(row: Row, source: Source) -> Entry:
    cells, place = row.cells, _place(row)
    day = _day(row) if "data di estrazione" in cells else FIRST_FORM_DAY
    percent = _parsed(cells.get("percentuale di localizzazione", ""), amount)
    return Entry(row.line, _key(row), day, placed=True, place=place, percent=percent)


def _place(row: Row) -> str | None:
    code = row.cells.get("cod istat comune", "").strip()
    return code or _parsed(row.cells["comune"], lambda printed: municipality_code(row.cells["provincia"], printed))


def _project(row: Row, source: Source) -> Entry:
    cells, day = row.cells, _day(row)
    first = "finanz totale" in cells
    when = on_day(day) if day else When(FIRST_FORM_DAY, "2022-12-31", "2022")
    dots: Dots | None = "thousands" if first else None
    figures = [
        *_figures(row, source, "finanziamento pnrr", True, "allocated", when, dots),
        *_figures(row, source, "finanz totale" if first else "finanziamento totale", False, "allocated", when, dots),
    ]
    return Entry(
        row.line,
        _key(row),
        day or FIRST_FORM_DAY,
        title=cells["titolo progetto"],
        nature=cells.get("cup codice natura", cells.get("cup cod natura", "")),
        implementer=cells.get("soggetto attuatore", ""),
        tax_code=cells.get("codice fiscale soggetto attuatore", "").strip(),
        period=_period(row),
        figures=tuple(figures),
    )


def _payment(row: Row, source: Source) -> Entry:
    day = _day(row)
    when = on_day(day) if day else When("2025-01-01", "2025-12-31", "2025")
    figures = [
        *_figures(row, source, "finanziamento pnrr", True, "allocated", when, "decimal"),
        *_figures(row, source, "pagamenti totali pnrr", True, "paid", when, "decimal"),
        *_figures(row, source, "finanziamento totale", False, "allocated", when, "decimal"),
        *_figures(row, source, "pagamenti totali", False, "paid", when, "decimal"),
    ]
    return Entry(row.line, _key(row), day, figures=tuple(figures))


def _target(row: Row, source: Source) -> Entry:
    cells, day = row.cells, _day(row)
    when = on_day(day) if day else When("2025-01-01", "2025-12-31", "2025")
    target = Target(
        collapse(cells["codice indicatore"]),
        collapse(cells["descrizione indicatore"]),
        collapse(cells.get("descrizione unita di misura", "")),
        _parsed(cells["valore programmato"], amount),
        _parsed(cells["valore realizzato"], amount),
        _month(cells.get("mese", ""), cells.get("anno", "")) or when,
        when,
    )
    return Entry(row.line, _key(row), day, target=target)


def _application(row: Row, source: Source) -> Entry:
    cells = row.cells
    cup, call, state = cells["codice cup"].strip(), collapse(cells["avviso"]), cells["stato candidatura"].strip()
    if state not in {"A", "E", "R"}:
        raise RefusedError(state, "the state of the application is none of A, E, R")
    granted = _parsed(cells["data finanziamento"], date)
    changed = _parsed(cells.get("data stato candidatura", ""), date) or granted
    euro = _parsed(cells["importo finanziamento"], lambda printed: amount(printed, dots="decimal"))
    figures: list[Figure] = []
    if euro is not None and granted and changed and state != "R":
        label = source.headers["importo finanziamento"]
        figures = [Figure(True, "allocated", euro, label, on_day(granted))]
        figures += [Figure(True, "paid", euro, label, on_day(changed))] if state == "E" else []
    return Entry(
        row.line,
        Key(_cup(cup), "", _call_code(cells.get("misura", ""), call)),
        changed,
        implementer=cells["ente"],
        figures=tuple(figures),
        seat=cells["cod comune"].strip(),
        ipa=cells["codice ipa"].strip().lower(),
        call=call,
        state=state,
    )


def _key(row: Row) -> Key:
    local = collapse(row.cells.get("codice locale progetto", ""))
    return Key(_cup(row.cells["cup"].strip()), local, _parsed(row.cells["codice univoco submisura"], read_code))


def _cup(printed: str) -> str:
    if not printed:
        raise RefusedError(printed, "there is no CUP")
    if not is_cup(printed):
        raise RefusedError(printed, "the CUP is malformed: it must be a letter A-J, two digits, a letter A-J and eleven digits")
    return printed


def _parsed(printed: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(printed)
    except ValueError as error:
        raise RefusedError(printed, str(error)) from None


def _day(row: Row) -> str | None:
    printed = row.cells.get("data di estrazione", row.cells.get("data aggiornamento", ""))
    return _parsed(printed, date)


def _figures(row: Row, source: Source, column: str, own: bool, kind: str, when: When, dots: Dots | None) -> Iterator[Figure]:
    euro = _parsed(row.cells.get(column, ""), lambda printed: amount(printed, dots=dots))
    if euro is not None:
        yield Figure(own, kind, euro, source.headers[column], when)


def _period(row: Row) -> When | None:
    """The first and last day of a project, the actual one where printed, else the planned one."""
    ends = []
    for end in ("inizio", "fine"):
        actual = _parsed(row.cells.get(f"data {end} progetto effettiva", ""), date)
        planned = _parsed(row.cells.get(f"data {end} progetto prevista", ""), date)
        ends.append((actual or planned, "effettiva" if actual else "prevista"))
    (first, how_first), (last, how_last) = ends
    if first is None or last is None or last < first:
        return None
    return When(first, last, f"{first} ({how_first}), {last} ({how_last})")


def _month(month: str, year: str) -> When | None:
    name, number = month.strip(), year.strip()
    if name.casefold() not in _MONTHS or not number.isdigit():
        return None
    place = _MONTHS.index(name.casefold()) + 1
    last = calendar.monthrange(int(number), place)[1]
    return When(f"{number}-{place:02}-01", f"{number}-{place:02}-{last:02}", f"{name} {number}")


def _call_code(measure: str, call: str) -> str:
    """The sub-measure of an application: by the share that the call names, else by the measure's label, else by the call's."""
    for match in (_SHARE.search(call), _MEASURE.match(collapse(measure)), _MEASURE.match(call)):
        if match and match[1] in _CALL_CODES:
            return _CALL_CODES[match[1]]
    raise RefusedError(measure or call, "the label names no sub-measure that is known")


_REGIS_KEY = ("codice univoco submisura", "cup", "codice locale progetto")
FORMATS = (
    Format(
        "pnrr-progetti",
        "Progetti del PNRR",
        "Projects of the PNRR",
        (*_REGIS_KEY, "titolo progetto", "finanziamento pnrr"),
        (
            *("finanziamento totale", "finanz totale", "cup codice natura", "cup cod natura", "soggetto attuatore"),
            *("codice fiscale soggetto attuatore", "data aggiornamento", "data di estrazione"),
            *(f"data {end} progetto {how}" for end in ("inizio", "fine") for how in ("prevista", "effettiva")),
        ),
        _project,
    ),
    Format(
        "pnrr-pagamenti",
        "Pagamenti dei progetti del PNRR",
        "Payments of the PNRR's projects",
        (*_REGIS_KEY, "finanziamento pnrr", "pagamenti totali pnrr", "finanziamento totale", "pagamenti totali"),
        ("data di estrazione",),
        _payment,
    ),
    Format(
        "pnrr-indicatori",
        "Indicatori target dei progetti del PNRR",
        "Target indicators of the PNRR's projects",
        (*_REGIS_KEY, "codice indicatore", "descrizione indicatore", "valore realizzato", "valore programmato"),
        ("descrizione unita di misura", "mese", "anno", "data di estrazione"),
        _target,
    ),
    Format(
        "pnrr-localizzazioni",
        "Localizzazioni dei progetti del PNRR",
        "Locations of the PNRR's projects",
        ("codice univoco submisura", "cup", "regione", "provincia", "comune", "descrizione comune"),
        ("codice locale progetto", "cod istat comune", "percentuale di localizzazione", "data di estrazione"),
        _location,
    ),
    Format(
        "padigitale",
        "PA digitale 2026: candidature finanziate",
        "PA digitale 2026: funded applications",
        ("codice ipa", "ente", "cod comune", "importo finanziamento", "avviso", "data finanziamento", "codice cup", "stato candidatura"),
        ("misura", "data stato candidatura"),
        _application,
        "codice cup",
    ),
)
