"""Answers as tables for people: text for a terminal, CSV and XLSX that a spreadsheet opens rightly. Labels stand beside IRIs.

What the SPARQL protocol has (its JSON, XML, CSV, TSV) is written by the engine and stays exact; this is for reading. A cell that a
spreadsheet would take for a formula is made a text.
"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence

import xlsxwriter

from filorosso.graph import Answer, Lookup, Row, Sensitivity, is_iri, label, labels, language_of, native, value_of

from .texts import ANSWER

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BASE = "https://w3id.org/filorosso/"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 100

Cell = str | int | float | bool | None


def cells(answer: Answer, lookup: Lookup, lang: str) -> tuple[list[str], list[list[Cell]]]:
    """The header and the rows of an answer; each column that holds IRIs with labels is followed by one of these, `<name>Label`.

    A text in several languages stands once, in the language asked for where there is one.
    """
    names = labels(lookup, answer.rows, lang)
    labelled = {column for column in answer.columns for row in answer.rows if row.get(column) in names}
    header = [name for column in answer.columns for name in ((column, f"{column}Label") if column in labelled else (column,))]
    rows = []
    for row in answer.rows:
        line: list[Cell] = []
        for column in answer.columns:
            term = row.get(column)
            line.append(None if term is None else native(term))
            if column in labelled:
                line.append(names.get(term or ""))
        rows.append(line)
    return header, rows


def labelled_csv(answer: Answer, lookup: Lookup, lang: str, *, bom: bool, delimiter: str = ",") -> bytes:
    """CSV for a spreadsheet, UTF-8, with labels, and with a byte order mark if asked for (Excel needs it to see UTF-8)."""
    return written_csv(*cells(answer, lookup, lang), bom=bom, delimiter=delimiter)


def xlsx(answer: Answer, lookup: Lookup, lang: str) -> bytes:
    """A workbook of two sheets: the answer, and what was asked, of which release, how complete the answer is and how to cite it."""
    return written_xlsx(*cells(answer, lookup, lang), about(answer, lookup, lang), lang)


def written_csv(header: Sequence[Cell], rows: Iterable[Sequence[Cell]], *, bom: bool, delimiter: str = ",") -> bytes:
    """A table as CSV for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([_plain(cell) for cell in row] for row in (header, *rows))
    return (BOM_UTF8 if bom else b"") + out.getvalue().encode()


def written_xlsx(header: Sequence[Cell], rows: Iterable[Sequence[Cell]], known: Iterable[tuple[str, str]], lang: str) -> bytes:
    """A table as a workbook of two sheets: the table, and what is to know of it as names and what is said."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    texts = ANSWER[lang]
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(texts["answer"])
        sheet.write_row(0, 0, header, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write(number, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofit(max_width=400)
        second = book.add_worksheet(texts["about"])
        for number, (name, said) in enumerate(known):
            second.write_string(number, 0, name, bold)
            second.write_string(number, 1, said)
        second.autofit(max_width=600)
    return out.getvalue()


def text_lines(answer: Answer, lookup: Lookup, lang: str) -> Iterator[str]:
    """The answer for a terminal: columns in line, an IRI as its label with what is left of it behind, then what is to know of it."""
    yield from _aligned(answer, answer.rows, lookup, lang)
    yield ""
    yield from about_lines(answer, lookup, lang)


def changed_lines(answer: Answer, changed: Sensitivity, lookup: Lookup, lang: str) -> Iterator[str]:
    """What changes in an answer without what is less certain, for a terminal."""
    texts = ANSWER[lang]
    for rows, told in ((changed.lost, "lost"), (changed.gained, "gained")):
        yield ""
        yield texts[told].format(number=len(rows), certainty=label(lookup, changed.certainty, lang))
        if rows:
            yield from _aligned(answer, rows, lookup, lang)


def _aligned(answer: Answer, rows: Sequence[Row], lookup: Lookup, lang: str) -> Iterator[str]:
    names = labels(lookup, rows, lang)
    table = [[_shown(row.get(column), names) for column in answer.columns] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(answer.columns, *table, strict=True)]
    for line in ([*answer.columns], *table):
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def about_lines(answer: Answer, lookup: Lookup, lang: str) -> Iterator[str]:
    """What is to know of an answer: rows, completeness with the reasons, citation."""
    yield from (f"{name}: {said}" for name, said in about(answer, lookup, lang)[2:])


def about(answer: Answer, lookup: Lookup, lang: str) -> list[tuple[str, str]]:
    """What is to know of an answer, as names and what is said: what was asked, size, completeness, release, citation."""
    texts, completeness = ANSWER[lang], answer.completeness
    size = f"{len(answer.rows)} {texts['rows']}" if answer.question.form == "select" else f"{len(answer.triples)} {texts['triples']}"
    states = [texts[state].format(limit=completeness.cut_at, seconds=completeness.stopped_after) for state in completeness.states]
    lines = [
        (texts["question"], f"{answer.question.name}: {answer.question.summary[lang]}"),
        (texts["parameters"], "; ".join(f"{name} = {value_of(value)}" for name, value in answer.values.items()) or "-"),
        (texts["size"], size),
        (texts["completeness"], "; ".join(states)),
        *((texts["unknown"], reason) for reason in _reasons(answer, lang)),
        (texts["release"], answer.release),
        (texts["citation"], str(answer.citation)),
    ]
    return lines


def _reasons(answer: Answer, lang: str) -> list[str]:
    said = (reason for unknown in answer.completeness.unknown for reason in unknown.reasons)
    return list(dict.fromkeys(value_of(reason) for reason in said if language_of(reason) in (lang, None)))


def _shown(term: str | None, names: Mapping[str, str]) -> str:
    if term is None:
        return ""
    short = value_of(term).removeprefix(_BASE)
    if not is_iri(term):
        return short if len(short) <= _WIDEST else short[: _WIDEST - 1] + "…"
    name = names.get(term)
    return f"{name} <{short}>" if name else f"<{short}>"


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return str(cell).lower()
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
