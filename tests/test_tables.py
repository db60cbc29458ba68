"""Publishers' tables: what a cell says, and what is refused with its place."""

from __future__ import annotations

import struct
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filorosso.graph import SourceError
from filorosso.graph.sources import tables
from filorosso.graph.sources.tables import Dots

CENTS = st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2)


def written(folder: Path, text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        ("900000000,00", "900000000.00"),
        (" 80.000.000,00 ", "80000000.00"),
        ("655307959,2", "655307959.2"),
        ("0.0", "0.0"),
        ("13475808.55", "13475808.55"),
        ("114.000.000", "114000000"),
        ("1.303,85", "1303.85"),
        ("600000", "600000"),
        ("-5,00", "-5.00"),
        ("13475808.549", "13475808.549"),
        ("0.549", "0.549"),
    ],
)
def test_an_amount_is_read_cell_by_cell(printed: str, says: str) -> None:
    assert tables.amount(printed) == Decimal(says)


@pytest.mark.parametrize("printed", ["", "  ", "N/D", "n/a", "n.c.", "N/A "])
def test_a_cell_that_says_there_is_nothing_is_none(printed: str) -> None:
    assert tables.amount(printed) is None


@pytest.mark.parametrize("printed", ["1,234.56", "12.34.567", "1.2345,00", "1E+06", "€ 5", "12 000", "1..2", ",5", "5,", "abc", "0x10"])
def test_an_amount_that_cannot_be_read_is_refused(printed: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        tables.amount(printed)


def test_one_dot_and_three_digits_is_decided_by_the_column_alone() -> None:
    assert tables.amount("114.000", dots="thousands") == 114000
    assert tables.amount("114.000", dots="decimal") == 114
    with pytest.raises(ValueError, match="can be read in two ways"):
        tables.amount("114.000")


@given(CENTS)
def test_any_amount_in_italian_form_comes_back(euro: Decimal) -> None:
    grouped = f"{euro:,.2f}".translate(str.maketrans(",.", ".,"))
    assert tables.amount(grouped) == euro
    assert tables.amount(str(euro).replace(".", ",")) == euro


@given(CENTS, st.sampled_from(["thousands", "decimal", None]))
def test_any_amount_with_a_decimal_point_and_cents_comes_back_whatever_the_column(euro: Decimal, dots: Dots | None) -> None:
    assert tables.amount(f"{euro:.2f}", dots=dots) == euro


@given(st.integers(min_value=1000, max_value=10**12))
def test_dots_that_part_thousands_come_back_or_are_refused(euro: int) -> None:
    grouped = f"{euro:,}".replace(",", ".")
    assert tables.amount(grouped, dots="thousands") == euro
    if grouped.count(".") == 1:
        with pytest.raises(ValueError, match="two ways"):
            tables.amount(grouped)
    else:
        assert tables.amount(grouped) == euro


@given(st.text(max_size=12))
def test_no_text_is_read_as_an_amount_by_chance(printed: str) -> None:
    try:
        euro = tables.amount(printed)
    except ValueError:
        return
    assert euro is None or set(printed.strip()) <= set("-0123456789.,") or printed.strip().isdigit()


@given(CENTS.filter(lambda euro: euro < 10**5))
def test_an_amount_below_a_hundred_thousand_survives_single_precision(euro: Decimal) -> None:
    assert tables.euro_of_float32(struct.unpack("<f", struct.pack("<f", float(euro)))[0]) == euro


def test_a_single_precision_amount_is_its_shortest_decimal_in_cents() -> None:
    assert tables.euro_of_float32(240951.203125) == Decimal("240951.20")
    assert tables.euro_of_float32(49997784.0) == 49997784
    with pytest.raises(ValueError, match="not an amount"):
        tables.euro_of_float32(float("nan"))


@pytest.mark.parametrize(
    ("printed", "iso"),
    [
        ("31/03/2025", "2025-03-31"),
        ("2025-03-31", "2025-03-31"),
        ("2022-05-17T17:00:00.000+0000", "2022-05-17"),
        ("00/01/1900", None),
        ("N/D", None),
        ("", None),
        ("##########", None),
    ],
)
def test_a_date_is_read_in_both_forms_and_none_is_none(printed: str, iso: str | None) -> None:
    assert tables.date(printed) == iso


@pytest.mark.parametrize("printed", ["31/02/2025", "2025-13-01", "3/3/2025", "yesterday"])
def test_a_date_that_is_none_of_the_calendar_is_refused(printed: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        tables.date(printed)


@pytest.mark.parametrize("printed", ["B29J21031260002", "B24H22000220001"])
def test_a_well_formed_cup_is_told(printed: str) -> None:
    assert tables.is_cup(printed)


@pytest.mark.parametrize(
    "printed",
    [
        *("I71C22OO1520006", "161F22002140006", "H28122001400005", "F21F2200449OOO6", "G81CC2200174000"),
        *("DC1C22002790006", "G17h03000130001", "N/A2", "", "B53d1600352007", "B29J21031260002 "),
    ],
)
def test_a_malformed_cup_is_told(printed: str) -> None:
    assert not tables.is_cup(printed)


@pytest.mark.parametrize("printed", ["M1C1I1.04.03", "M2C4I2.01.A1", "M7C1I01.1.00", "M1C1R1.91.00", "M7C1I15.1.02", " M4C1I1.01.00 "])
def test_sub_measure_codes_of_all_shapes_are_read(printed: str) -> None:
    assert tables.sub_measure_code(printed) == printed.strip()


@pytest.mark.parametrize("printed", ["M1C1I1.04", "M4C1II4.1", "", "M1C1I1.04.3", "1.4.3"])
def test_other_codes_are_no_sub_measures(printed: str) -> None:
    with pytest.raises(ValueError, match="is not a unique sub-measure code"):
        tables.sub_measure_code(printed)


@pytest.mark.parametrize(
    ("province", "municipality", "code"),
    [
        ("108", "39", "108039"),
        ("15", "146", "015146"),
        ("010", "025", "010025"),
        ("058", "058091", "058091"),
        ("000", "000", None),
        ("0", "0", None),
    ],
)
def test_an_istat_code_gets_its_lost_zeros_back(province: str, municipality: str, code: str | None) -> None:
    assert tables.municipality_code(province, municipality) == code


def test_an_istat_code_of_letters_is_refused() -> None:
    with pytest.raises(ValueError, match="not the ISTAT codes"):
        tables.municipality_code("MB", "39")


@pytest.mark.parametrize("text", ["\ufeffA_b;C \r\n1;2\r\n", "a B,c\n1,2\n", '"A  b";"c"\n"1";"2"\n;\n'])
def test_header_names_are_normal_whatever_their_spelling(tmp_path: Path, text: str) -> None:
    table = tables.read_table(written(tmp_path, text), ("a b", "c"))
    assert [dict(row.cells) for row in table.rows] == [{"a b": "1", "c": "2"}]


def test_a_row_says_the_line_it_starts_on_though_a_cell_has_line_ends(tmp_path: Path) -> None:
    table = tables.read_table(written(tmp_path, 'a;b\n1;"x\ny"\n\n2;z\n'))
    assert [(row.line, row.cells["b"]) for row in table.rows] == [(2, "x\ny"), (5, "z")]


def test_quotes_inside_a_quoted_cell_do_not_break_the_row(tmp_path: Path) -> None:
    table = tables.read_table(written(tmp_path, 'a,b\n"ISTITUTO "GAETANO BRAGA"",2\n'))
    assert "GAETANO BRAGA" in table.rows[0].cells["a"]
    assert table.rows[0].cells["b"] == "2"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a;b\n1;2\n1;2;3\n", r"table.csv:3: has 3 cells where the header has 2"),
        ("a;b;c\n1;2\n", r"table.csv:2: has 2 cells .* the first missing is 'c'"),
        ("a;A_\n1;2\n", r"table.csv:1: has two columns named 'a'"),
        ("", r"table.csv:1: is empty"),
    ],
)
def test_a_broken_table_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        tables.read_table(written(tmp_path, text))


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"lacks the columns 'cup'; it has Codice, Titolo"):
        tables.read_table(written(tmp_path, "Codice;Titolo\n1;2\n"), ("codice", "cup"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none.csv: cannot be read"):
        tables.read_table(tmp_path / "none.csv")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_refused_with_its_line(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "a;b\n" + "1;2\n" * 3000 + "1;città\n", encoding=encoding)
    line = 3002 if encoding == "latin-1" else 1
    with pytest.raises(SourceError, match=rf"table.csv:{line}: not UTF-8"):
        tables.read_table(path)


def test_a_cell_as_long_as_a_book_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"table.csv:2: not readable as CSV"):
        tables.read_table(written(tmp_path, 'a;b\n"' + "x" * 200_000 + '";2\n'))


def test_a_cell_that_cannot_be_read_says_file_line_and_column(tmp_path: Path) -> None:
    table = tables.read_table(written(tmp_path, "Importo Totale;b\nmolto;2\n"))
    with pytest.raises(SourceError, match=r"table.csv:2: column 'importo totale': 'molto' is not a number"):
        tables.read_cell(table.rows[0], "importo totale", tables.amount)


def test_parquet_is_read_as_text_and_its_rows_are_counted_from_one(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'B29J21031260002' AS \"CUP \", CAST(240951.2 AS FLOAT) AS Importo, 39 AS Comune, DATE '2023-03-01' AS Giorno "
            f"UNION ALL SELECT 'altro', NULL, NULL, NULL) TO '{path}' (FORMAT PARQUET)"
        )
    table = tables.read_table(path, ("cup", "importo"))
    assert [row.line for row in table.rows] == [1, 2]
    assert table.rows[0].cells == {"cup": "B29J21031260002", "importo": "240951.20", "comune": "39", "giorno": "2023-03-01"}
    assert table.rows[1].cells["importo"] == ""
    only = tables.Only("cup", frozenset({"altro"}))
    assert [row.line for row in tables.stream_rows(path, ["cup"], only)] == [2]


def test_a_file_that_only_begins_like_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(SourceError, match=r"broken.parquet: not readable as Parquet"):
        tables.read_table(path)


def test_every_published_table_beside_the_checkout_can_be_read(shared_data: Path) -> None:
    paths = [path for path in shared_data.rglob("*") if path.suffix in {".csv", ".parquet"}]
    assert len(paths) > 20
    for path in paths:
        assert tables.read_header(path)
        if path.stat().st_size < 3_600_000:
            assert tables.read_table(path).rows
