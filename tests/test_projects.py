"""Projects from the registers: published counts, amounts, places, what is refused and what is not said."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from filorosso.graph import Facts, SourceError
from filorosso.graph.namespaces import CITIES, DCT, FILO, ID, RDF, RDFS, VOC
from filorosso.graph.resources import folder
from filorosso.graph.sources.bodies import kept_title, municipal_body, public_body, registered_body
from filorosso.graph.sources.nodes import Known
from filorosso.graph.sources.places import Gazetteer, in_title_case, read_gazetteer
from filorosso.graph.sources.projects import Refusal, Register, read_register
from filorosso.graph.sources.registers import open_register
from filorosso.graph.terms import Triple, text, value_of

TYPE = f"<{RDF}type>"
LABEL = f"<{RDFS}label>"
SEREGNO = f"<{CITIES}108039-(2009-06-30)>"
SASSUOLO = f"<{CITIES}036040-(1948-01-01)>"
CUP, OTHER_CUP = "B29J21031260002", "B24H22000220001"

# The header of today's PNRR_Progetti.csv, 63 columns, and of its PNRR_Localizzazione.csv.
PROJECTS_TODAY = [
    "Programma",
    "Missione",
    "Descrizione Missione",
    "Componente",
    "Descrizione Componente",
    "ID Misura",
    "Codice Univoco Misura",
    "Descrizione Misura",
    "ID Submisura",
    "Codice CID",
    "Codice Univoco Submisura",
    "Descrizione Submisura",
    "Amministrazione Titolare",
    "Codice Identificativo Procedura di Attivazione",
    "Titolo Procedura",
    "Tipologia Procedura di Attivazione",
    "CUP",
    "Codice Locale Progetto",
    "Stato CUP",
    "Stato Avanzamento Progetto",
    "CUP Codice Natura",
    "CUP Descrizione Natura",
    "CUP Codice Tipologia",
    "CUP Descrizione Tipologia",
    "CUP Codice Settore",
    "CUP Descrizione Settore",
    "CUP Codice Sottosettore",
    "CUP Descrizione Sottosettore",
    "CUP Codice Categoria",
    "CUP Descrizione Categoria",
    "Titolo Progetto",
    "Sintesi Progetto",
    "Descrizione Tipo Aiuto",
    "Finanziamento - Stato",
    "Finanziamento Stato - Bilancio",
    "Finanziamento Stato - FOI",
    "Finanziamento Prosecuzione Opere Pubbliche - FPOP",
    "Finanziamento UE (Diverso da PNRR)",
    "Finanziamento Regione",
    "Finanziamento Provincia",
    "Finanziamento Comune",
    "Finanziamento Altro Pubblico",
    "Finanziamento Privato",
    "Finanziamento da Reperire",
    "Finanziamento PNRR",
    "Finanziamento PNC",
    "Altri Fondi",
    "Finanziamento Totale",
    "Finanziamento Totale Pubblico",
    "Finanziamento Totale Pubblico Netto",
    "Soggetto Attuatore",
    "Codice Fiscale Soggetto Attuatore",
    "Flag Progetti in Essere",
    "Data Inizio Progetto Prevista",
    "Data Inizio Progetto Effettiva",
    "Data Fine Progetto Prevista",
    "Data Fine Progetto Effettiva",
    "Data di Estrazione",
    "Data Ultima Validazione",
    "Esito Ultima Validazione",
    "Codice Fase Iter di Progetto",
    "Descrizione Fase Iter di Progetto",
    "Stato Fase Iter di Progetto",
]
PLACES_TODAY = [
    "Codice Univoco Submisura",
    "Descrizione Submisura",
    "CUP",
    "Codice Locale Progetto",
    "Regione",
    "Descrizione Regione",
    "Provincia",
    "Descrizione Provincia",
    "Comune",
    "Descrizione Comune",
    "Indirizzo",
    "CAP",
    "Percentuale di Localizzazione",
    "Data di Estrazione",
]
APPLICATIONS = [
    "codice_ipa",
    "ente",
    "tipologia_ente",
    "comune",
    "cod_comune",
    "importo_finanziamento",
    "avviso",
    "data_finanziamento",
    "codice_cup",
    "stato_candidatura",
    "data_stato_candidatura",
    "misura",
]
PAYMENTS = [
    "codice_univoco_submisura",
    "cup",
    "codice_locale_progetto",
    "finanziamento_totale",
    "finanziamento_pnrr",
    "pagamenti_totali",
    "pagamenti_totali_pnrr",
    "data_di_estrazione",
]


def read(paths: Sequence[Path], municipalities: Sequence[str] = (), *, known: Known | None = None, **more: Any) -> Register:
    """The register as if the graph described nothing yet."""
    return read_register(paths, municipalities, known=known or Known(), **more)


def filo(name: str) -> str:
    return f"<{FILO}{name}>"


def project(cup: str) -> str:
    return f"<{ID}project/cup/{cup.lower()}>"


def table(path: Path, header: Sequence[str], *rows: dict[str, str], delimiter: str = ";") -> Path:
    """A register of invented rows; cells that a row does not give are empty."""
    lines = [delimiter.join(header), *(delimiter.join(row.get(column, "") for column in header) for row in rows)]
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    return path


def here(cup: str = CUP, code: str = "M4C1I1.01.00", **more: str) -> dict[str, str]:
    """A row of today's locations: in Seregno, unless it says otherwise."""
    cells = {"Codice Univoco Submisura": code, "CUP": cup, "Codice Locale Progetto": "L1", "Provincia": "108", "Comune": "039"}
    return {**cells, "Regione": "003", "Data di Estrazione": "13/06/2026", **more}


def detail(cup: str = CUP, **more: str) -> dict[str, str]:
    """A row of today's projects."""
    cells = {"Codice Univoco Submisura": "M4C1I1.01.00", "CUP": cup, "Codice Locale Progetto": "L1", "CUP Codice Natura": "03"}
    money = {"Finanziamento PNRR": "600000,00", "Finanziamento Totale": "750000,50"}
    body = {"Soggetto Attuatore": "COMUNE DI SEREGNO", "Codice Fiscale Soggetto Attuatore": "870790151"}
    return {**cells, **money, **body, "Titolo Progetto": "NIDO DI VIA MARZABOTTO", "Data di Estrazione": "13/06/2026", **more}


def application(state: str, cup: str = CUP, **more: str) -> dict[str, str]:
    """A row of PA digitale."""
    cells = {
        "codice_ipa": "C_I625",
        "ente": "Comune di Seregno",
        "cod_comune": "108039",
        "importo_finanziamento": "30515.0",
        "codice_cup": cup,
    }
    call = {
        "avviso": "1.3.1 Piattaforma Digitale Nazionale Dati - Comuni Ottobre 2022",
        "misura": "1.3.1 Piattaforma Digitale Nazionale Dati",
    }
    days = {"data_finanziamento": "2022-12-22", "data_stato_candidatura": "2024-05-06"}
    return {**cells, **call, **days, "stato_candidatura": state, **more}


def figures(said: Facts, cup: str, property_: str = "hasAmount") -> dict[str, Decimal]:
    """The amounts of a project's fundings in EUR, by kind."""
    found = {}
    for funding in said.subjects(filo("hasRecipient"), project(cup)):
        for amount in said.objects(funding, filo(property_)):
            kind = value_of(said.value(amount, filo("hasAmountKind")) or "").rsplit("/", 1)[-1]
            found[kind] = Decimal(value_of(said.value(amount, filo("amountInEuro")) or ""))
    return found


@pytest.fixture(scope="module")
def registers(shared_data: Path) -> list[Path]:
    names = ("regis_localizzazioni_universo.parquet", "regis_progetti_validati.parquet")
    return [shared_data / "projects" / name for name in names] + sorted((shared_data / "projects").glob("extract_2025_*.csv"))


@pytest.fixture(scope="module")
def seregno(registers: list[Path]) -> Register:
    return read(registers, ["108039"])


@pytest.fixture(scope="module")
def said(seregno: Register) -> Facts:
    return Facts(seregno.triples)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return read_gazetteer(folder("graph", "data", "names") / "municipalities.csv")


# The published counts


@pytest.mark.parametrize(
    ("code", "rows", "cups", "validated", "payments"),
    [("108039", 56, 50, 16, 26), ("036040", 78, 68, 22, 29), ("010025", 791, 673, 410, 343), ("015146", 1741, 1608, 1003, None)],
)
def test_counts_per_municipality_are_the_published_ones(
    registers: list[Path], code: str, rows: int, cups: int, validated: int, payments: int | None
) -> None:
    counts = read(registers, [code]).counts
    assert (counts["rows that place a project here"], counts["projects"]) == (rows, cups)
    assert counts["rows of regis_progetti_validati.parquet"] == validated
    if payments is not None:
        assert counts[f"rows of {next(path.name for path in registers if 'Pagamenti' in path.name)}"] == payments


def test_of_seregnos_50_projects_16_have_a_title_and_31_an_amount(seregno: Register, said: Facts) -> None:
    assert seregno.counts["titles kept"] + seregno.counts["titles replaced by ours"] == 16
    cups = [value_of(cup) for _, cup in said.pairs(filo("cup"))]
    assert len(cups) == 50
    assert sum(bool(figures(said, cup)) for cup in cups) == 31
    assert seregno.refused == ()


def test_the_nursery_is_funded_by_its_measure_with_600000_euro(said: Facts) -> None:
    (funding,) = said.subjects(filo("hasRecipient"), project("B29J21031260002"))
    assert said.objects(funding, filo("hasFundingSource")) == [f"<{ID}pnrr/sub-measure/m4c1i1-01-00>"]
    assert said.objects(funding, filo("localProjectCode")) == [text("NGNIDOINF-ASILI-NG-34098")]
    assert figures(said, "B29J21031260002") == {"allocated": 600_000, "paid": Decimal("487981.25")}


def test_the_cloud_of_seregno_has_252118_euro_and_the_municipality_carries_it_out(said: Facts) -> None:
    assert figures(said, "B21C22000660006") == {"allocated": 252_118}
    assert said.objects(project("B21C22000660006"), filo("isCarriedOutBy")) == [f"<{ID}organization/comune-di-seregno>"]


def test_of_715000_euro_61700_are_paid(said: Facts) -> None:
    assert figures(said, "B24H22000220001") == {"allocated": 715_000, "paid": 61_700}


def test_exact_amounts_of_2025_stand_before_the_single_precision_ones(said: Facts) -> None:
    assert figures(said, "G98B22000280002")["allocated"] == Decimal("49997782")
    assert figures(said, "G98B22000280002", "hasTotalAmount")["allocated"] == Decimal("59696359.36")


def test_seven_projects_point_at_a_measure_that_is_gone_in_2025(said: Facts) -> None:
    assert len(said.subjects(filo("hasFundingSource"), f"<{ID}pnrr/sub-measure/m2c4i2-02-00>")) == 7


def test_a_project_in_many_municipalities_is_located_also_in_each(said: Facts) -> None:
    spread = [value_of(cup) for subject, cup in said.pairs(filo("cup")) if said.objects(subject, filo("isLocatedAlsoIn"))]
    assert len(spread) == 5
    for cup in spread:
        assert 10 <= len(said.objects(project(cup), filo("isLocatedAlsoIn"))) <= 24
        assert said.objects(project(cup), filo("isLocatedIn")) == []
    assert said.objects(project("B29J21031260002"), filo("isLocatedIn")) == [SEREGNO]


def test_no_private_beneficiary_is_named(seregno: Register) -> None:
    literals = " ".join(o for _, _, o in seregno.triples).upper()
    for name in ("BLOSSOM", "SAIMEX", "IDRO GROUP", "ONEBUS", "RATTIINOX", "BRIANZACQUE", "S.R.L"):
        assert name not in literals


def test_a_project_without_a_title_has_a_label_marked_ours_in_both_languages(said: Facts) -> None:
    labels = said.objects(project("B29J21031260002"), LABEL)
    assert [label[-3:] for label in labels] == ["@it", "@en"]
    assert set(said.objects(project("B29J21031260002"), filo("editorialLabel"))) == {text("it"), text("en")}
    assert said.objects(project("B21C22000660006"), LABEL) == [text("1.2c_i625Comune di Seregno", "it")]


def test_target_values_have_unit_kind_and_date(said: Facts) -> None:
    values = {
        value_of(said.value(value, filo("hasValueKind")) or "").rsplit("/", 1)[-1]: value
        for value in said.subjects(filo("ofIndicator"), f"<{ID}project/indicator/t0288>")
    }
    assert {kind: value_of(said.value(value, filo("numericValue")) or "") for kind, value in values.items()} == {
        "target": "1303.85",
        "observed": "935",
    }
    assert said.value(values["observed"], filo("datePrinted")) == text("Marzo 2025")
    assert said.value(values["observed"], filo("unit")) == text("Chilometri", "it")


def test_what_the_registers_do_not_say_is_said(said: Facts) -> None:
    told = {
        (said.value(one, filo("aboutRelation")), said.value(one, filo("hasExtent")))
        for one in said.subjects(TYPE, filo("CompletenessStatement"))
    }
    assert (filo("coversFrom"), f"<{VOC}extent/none>") in told
    assert (LABEL, f"<{VOC}extent/part>") in told
    assert (filo("hasAmount"), f"<{VOC}extent/part>") in told
    assert all(said.objects(one, filo("hasTerritory")) == [SEREGNO] for one in said.subjects(TYPE, filo("CompletenessStatement")))


def test_every_statement_points_at_a_row_of_a_document_with_its_checksum(said: Facts) -> None:
    for name in ("Project", "Funding", "Amount", "IndicatorValue", "Indicator"):
        for subject in said.subjects(TYPE, filo(name)):
            for proof in said.objects(subject, filo("hasEvidence")):
                document = said.value(proof, filo("inDocument"))
                assert document is not None
                assert said.objects(document, filo("sha256"))
            assert said.objects(subject, filo("hasEvidence"))


def test_the_order_in_which_files_are_given_does_not_matter(registers: list[Path], seregno: Register) -> None:
    assert read(registers[::-1], ["108039"]).triples == seregno.triples


def test_the_first_form_of_2022_is_read_with_dots_that_part_thousands(shared_data: Path) -> None:
    paths = [shared_data / "projects" / f"italiadomani_PNRR_{name}.csv" for name in ("Progetti", "Localizzazione")]
    register = read(paths, ["108039"])
    facts = Facts(register.triples)
    assert register.counts["projects"] == 10
    assert figures(facts, "E21B21007640006") == {"allocated": 64_500}
    assert register.counts["titles kept"] == 0


def test_pa_digitale_renounced_applications_are_never_summed(shared_data: Path) -> None:
    paths = sorted((shared_data / "projects" / "padigitale").glob("candidature_*.csv"))
    facts = Facts(read(paths, ["108039"]).triples)
    assert figures(facts, "B21F22003880006") == {"allocated": 280_932}
    assert figures(facts, "B51F22005120006") == {"allocated": 30_515, "paid": 30_515}
    assert facts.objects(project("H21C22000830006"), filo("cup")) == []
    assert facts.objects(project("B21F22003880006"), filo("isLocatedIn")) == []
    assert facts.objects(project("B21F22003880006"), filo("isCarriedOutBy")) == [f"<{ID}organization/comune-di-seregno>"]


def test_malformed_cups_of_pa_digitale_are_refused_with_their_rows(shared_data: Path) -> None:
    paths = sorted((shared_data / "projects" / "padigitale").glob("candidature_finanziate_1*.csv"))
    refused: list[Refusal] = []
    rows = sum(1 for path in paths for _ in open_register(path, Known()).entries(None, refused))
    assert rows + len(refused) == 54_423
    assert {one.value for one in refused} == {
        *("I71C22OO1520006", "161F22002140006", "H28122001400005", "F21F2200449OOO6", "G81CC2200174000", "DC1C22002790006"),
        *("IC1C22001150006", "E41C22OO1540006", "281C22000980006", "B31C22OO1910006", "H28122001410005", ""),
    }
    for one in refused:
        path = next(path for path in paths if path.name == one.file)
        assert one.value in path.read_text(encoding="utf-8").splitlines()[one.line - 1]


# Today's form, and what no published file beside the checkout shows


def test_todays_form_of_63_columns_is_read(tmp_path: Path) -> None:
    assert len(PROJECTS_TODAY) == 63
    row = detail(
        **{
            "Data Inizio Progetto Prevista": "01/02/2023",
            "Data Fine Progetto Prevista": "30/06/2026",
            "Data Fine Progetto Effettiva": "00/01/1900",
        }
    )
    paths = [table(tmp_path / "p.csv", PROJECTS_TODAY, row), table(tmp_path / "l.csv", PLACES_TODAY, here())]
    said = Facts(read(paths, ["108039"]).triples)
    assert figures(said, CUP) == {"allocated": 600_000}
    assert figures(said, CUP, "hasTotalAmount") == {"allocated": Decimal("750000.5")}
    assert said.objects(project(CUP), LABEL) == [text("NIDO DI VIA MARZABOTTO", "it")]
    assert value_of(said.value(project(CUP), filo("coversFrom")) or "") == "2023-02-01"
    assert value_of(said.value(project(CUP), filo("coversUntil")) or "") == "2026-06-30"
    assert filo("coversFrom") not in {o for _, o in said.pairs(filo("aboutRelation")) if "pnrr-progetti" in str(o)}


def test_a_published_split_gives_shares_of_the_territory(tmp_path: Path) -> None:
    rows = [
        here(**{"Percentuale di Localizzazione": "62,50"}),
        here(**{"Provincia": "036", "Comune": "040", "Percentuale di Localizzazione": "37,50"}),
    ]
    said = Facts(read([table(tmp_path / "l.csv", PLACES_TODAY, *rows)], ["108039"]).triples)
    shares = {
        said.value(share, filo("hasTerritory")): value_of(said.value(share, filo("percent")) or "")
        for share, _ in said.pairs(filo("percent"))
    }
    assert shares == {SEREGNO: "62.5", SASSUOLO: "37.5"}
    assert said.objects(project(CUP), filo("isLocatedAlsoIn")) == [SASSUOLO, SEREGNO]


def test_splits_that_differ_by_funding_are_no_split_of_the_project(tmp_path: Path) -> None:
    rows = [
        here(**{"Codice Locale Progetto": local, "Comune": town, "Percentuale di Localizzazione": "100"})
        for local, town in (("L1", "039"), ("L2", "033"))
    ]
    register = read([table(tmp_path / "l.csv", PLACES_TODAY, *rows)], ["108039"])
    assert register.counts["splits that differ by funding"] == 1
    assert list(Facts(register.triples).pairs(filo("percent"))) == []


def test_a_national_project_is_in_no_municipality_wholly(tmp_path: Path) -> None:
    rows = [here(), here(**{"Provincia": "000", "Comune": "000"})]
    said = Facts(read([table(tmp_path / "l.csv", PLACES_TODAY, *rows)]).triples)
    assert said.objects(project(CUP), filo("isLocatedIn")) == []
    assert said.objects(project(CUP), filo("isLocatedAlsoIn")) == [SEREGNO]


def test_exact_duplicates_collapse(tmp_path: Path) -> None:
    register = read([table(tmp_path / "l.csv", PLACES_TODAY, here(), here())])
    assert register.counts["exact duplicates"] == 1
    assert len(Facts(register.triples).subjects(TYPE, filo("Evidence"))) == 2


def test_rows_that_cannot_be_used_are_refused_with_their_reason_and_the_reading_goes_on(tmp_path: Path) -> None:
    path = table(
        tmp_path / "l.csv",
        PLACES_TODAY,
        here("I71C22OO1520006"),
        here(""),
        here(code="M9C9I9.99.00"),
        here(code="senza codice"),
        here(OTHER_CUP, **{"Provincia": "018", "Comune": "132"}),
        here(OTHER_CUP, **{"Provincia": "MB"}),
        here(**{"Percentuale di Localizzazione": "tutto"}),
        here(**{"Codice Locale Progetto": "L2"}),
    )
    register = read([path])
    assert [(one.line, one.value) for one in register.refused] == [
        *((2, "I71C22OO1520006"), (3, ""), (4, "M9C9I9.99.00"), (5, "senza codice"), (6, "018132"), (7, "039"), (8, "tutto")),
    ]
    assert [one.reason.split(":")[0] for one in register.refused][:3] == [
        "the CUP is malformed",
        "there is no CUP",
        "the sub-measure is in none of the plan's versions",
    ]
    assert register.counts["projects"] == 2
    assert isinstance(register.refused[0], Refusal)


def test_a_code_is_resolved_at_the_day_of_the_register(tmp_path: Path) -> None:
    merged = {"Provincia": "005", "Comune": "122"}
    before = table(tmp_path / "before.csv", PLACES_TODAY, here(**merged, **{"Data di Estrazione": "31/12/2022"}))
    after = table(tmp_path / "after.csv", PLACES_TODAY, here(**merged, **{"Data di Estrazione": "01/01/2023"}))
    assert [one.value for one in read([before]).refused] == ["005122"]
    assert read([after]).refused == ()


def test_a_seat_renumbered_in_2026_does_not_change_who_applied(tmp_path: Path) -> None:
    row = application("A", ente="Comune di Cagliari", codice_ipa="C_B354", cod_comune="118009")
    said = Facts(read([table(tmp_path / "a.csv", APPLICATIONS, row, delimiter=",")]).triples)
    assert said.objects(project(CUP), filo("isCarriedOutBy")) == [f"<{ID}organization/comune-di-cagliari>"]
    short = application("A", ente="Agenzia Regionale", codice_ipa="AR_x", cod_comune="091")
    said = Facts(read([table(tmp_path / "b.csv", APPLICATIONS, short, delimiter=",")]).triples)
    assert said.objects(project(CUP), filo("isCarriedOutBy")) == [f"<{ID}organization/agenzia-regionale-ar-x>"]


def test_an_application_that_was_paid_is_allocated_and_paid(tmp_path: Path) -> None:
    said = Facts(read([table(tmp_path / "a.csv", APPLICATIONS, application("E"), delimiter=",")], ["108039"]).triples)
    assert figures(said, CUP) == {"allocated": 30_515, "paid": 30_515}


def test_the_newest_state_of_an_application_counts(tmp_path: Path) -> None:
    again = {"data_stato_candidatura": "2023-06-07", "importo_finanziamento": "2401.0"}
    rows = [application("A", **again), application("R", **{"data_stato_candidatura": "2023-01-27"})]
    register = read([table(tmp_path / "a.csv", APPLICATIONS, *rows, delimiter=",")], ["108039"])
    assert figures(Facts(register.triples), CUP) == {"allocated": 2401}
    last = [application("A", **again), application("R")]
    register = read([table(tmp_path / "b.csv", APPLICATIONS, *last, delimiter=",")], ["108039"])
    assert register.counts["projects"] == 0
    assert register.counts["applications renounced"] == 1


def test_the_call_names_the_measure_where_the_column_is_absent(tmp_path: Path) -> None:
    header = [column for column in APPLICATIONS if column != "misura"]
    rows = [
        application("A", avviso="1.1 e 1.2 'Infrastrutture digitali e abilitazione al cloud' - ASL/AO -marzo 2023 (quota 1.2)"),
        application("A", OTHER_CUP, avviso="1.4.4 Adozione SPID CIE - Maggio 2022"),
        application("A", "B53D16003520007", avviso="Un avviso senza numero"),
    ]
    register = read([table(tmp_path / "a.csv", header, *rows, delimiter=",")])
    sources = {source for _, source in Facts(register.triples).pairs(filo("hasFundingSource"))}
    assert sources == {f"<{ID}pnrr/sub-measure/{code}>" for code in ("m1c1i1-02-00", "m1c1i1-04-04")}
    assert [one.value for one in register.refused] == ["Un avviso senza numero"]


def test_an_amount_of_a_renounced_funding_is_a_claim_and_in_no_sum(tmp_path: Path) -> None:
    code = "M1C1I1.03.01"
    paths = [
        table(tmp_path / "l.csv", PLACES_TODAY, here(code=code)),
        table(tmp_path / "p.csv", PROJECTS_TODAY, detail(**{"Codice Univoco Submisura": code})),
        table(tmp_path / "a.csv", APPLICATIONS, application("R"), delimiter=","),
    ]
    said = Facts(read(paths, ["108039"]).triples)
    assert figures(said, CUP) == {}
    assert len(said.subjects(TYPE, filo("Claim"))) == 2


def test_an_amount_that_regis_tells_is_not_told_again_by_pa_digitale(tmp_path: Path) -> None:
    code = "M1C1I1.03.01"
    paths = [
        table(tmp_path / "l.csv", PLACES_TODAY, here(code=code)),
        table(tmp_path / "p.csv", PROJECTS_TODAY, detail(**{"Codice Univoco Submisura": code})),
        table(tmp_path / "a.csv", APPLICATIONS, application("A"), delimiter=","),
    ]
    said = Facts(read(paths, ["108039"]).triples)
    assert figures(said, CUP) == {"allocated": 600_000}
    assert len(said.subjects(TYPE, filo("Funding"))) == 1


def test_payments_without_thousands_dots_are_read_as_they_are(tmp_path: Path) -> None:
    cells = {"finanziamento_totale": "114.000", "finanziamento_pnrr": "114.000", "pagamenti_totali": "0.0", "pagamenti_totali_pnrr": "0.0"}
    row = {
        "codice_univoco_submisura": "M4C1I1.01.00",
        "cup": CUP,
        "codice_locale_progetto": "L1",
        "data_di_estrazione": "2025-03-31",
        **cells,
    }
    assert figures(Facts(read([table(tmp_path / "pay.csv", PAYMENTS, row)]).triples), CUP) == {"allocated": 114, "paid": 0}


def test_one_cup_with_several_local_codes_has_a_funding_for_each(tmp_path: Path) -> None:
    rows = [here(**{"Codice Locale Progetto": f"L{place}"}) for place in range(199)]
    said = Facts(read([table(tmp_path / "l.csv", PLACES_TODAY, *rows)]).triples)
    assert len(said.subjects(filo("hasRecipient"), project(CUP))) == 199


def test_local_codes_that_look_alike_are_different_fundings(tmp_path: Path) -> None:
    rows = [here(**{"Codice Locale Progetto": local}) for local in ("A/1", "A-1", "A_1")]
    said = Facts(read([table(tmp_path / "l.csv", PLACES_TODAY, *rows)]).triples)
    assert len(said.subjects(filo("hasRecipient"), project(CUP))) == 3


def test_a_city_can_publish_under_its_own_domain(tmp_path: Path) -> None:
    said = Facts(read([table(tmp_path / "l.csv", PLACES_TODAY, here())], base="https://dati.example.org/").triples)
    (funding,) = said.subjects(TYPE, filo("Funding"))
    assert funding.startswith("<https://dati.example.org/project/funding/")
    assert said.objects(funding, filo("hasFundingSource")) == [f"<{ID}pnrr/sub-measure/m4c1i1-01-00>"]


def test_what_the_graph_describes_already_is_not_described_again(tmp_path: Path) -> None:
    path = table(tmp_path / "l.csv", PLACES_TODAY, here())
    told: list[Triple] = read([path]).triples
    assert (SEREGNO, TYPE, f"<{DCT}Location>") in told
    again = read([path], known=Known(labelled=frozenset({SEREGNO}))).triples
    assert not [triple for triple in again if triple[0] == SEREGNO]


def test_what_is_shipped_is_known_unless_told_otherwise(registers: list[Path], facts: Facts) -> None:
    said = Facts(read_register(registers, ["036040", "108039"]).triples)
    for subject, label in said.pairs(LABEL):
        assert label in facts.objects(subject, LABEL) or not facts.objects(subject, LABEL), subject
    documents = {document for _, document in said.pairs(filo("inDocument"))}
    assert documents <= {document for document, _ in facts.pairs(filo("sha256"))}


def test_labels_can_be_had_for_everything_and_amounts_stay_the_same(registers: list[Path], seregno: Register) -> None:
    register = read(registers, ["108039"], labelled=True)
    labelled = Facts(register.triples)
    assert len(register.triples) > len(seregno.triples)
    assert figures(labelled, "B24H22000220001") == {"allocated": 715_000, "paid": 61_700}
    for name in ("Funding", "Amount", "IndicatorValue", "Evidence"):
        for subject in labelled.subjects(TYPE, filo(name)):
            assert sorted(label[-3:] for label in labelled.objects(subject, LABEL)) == ["@en", "@it"]


# What stops the reading


def test_an_unknown_header_is_an_error_that_names_what_was_expected(tmp_path: Path) -> None:
    path = table(tmp_path / "x.csv", ["titolo", "misura"], {})
    with pytest.raises(SourceError, match=r"x.csv:1: no register has this header. Expected one of pnrr-progetti: .*padigitale: codice ipa"):
        read([path])


def test_a_municipality_that_is_none_is_an_error(tmp_path: Path) -> None:
    path = table(tmp_path / "l.csv", PLACES_TODAY, here())
    with pytest.raises(SourceError, match=r"no municipality has the ISTAT code '999999'"):
        read([path], ["999999"])


def test_municipalities_cannot_be_chosen_without_a_file_of_places(tmp_path: Path) -> None:
    path = table(tmp_path / "p.csv", PROJECTS_TODAY, detail())
    with pytest.raises(SourceError, match=r"none of p.csv says where projects are"):
        read([path], ["108039"])


# Names


@pytest.mark.parametrize(
    ("title", "nature", "code", "implementer", "tax_code"),
    [
        ("BLOSSOM SRL*FINANZIAMENTI", "7", "M1C2I5.01.01", "SIMEST", ""),
        ("Transizione Digitale ed Ecologica", "7", "M1C2I5.01.01", "COMUNE DI SEREGNO", ""),
        ("ROSSI MARIO", "6", "M5C3I1.01.02", "AGENZIA PER LA COESIONE TERRITORIALE", "97828370581"),
        ("FARMACIA ROSSI", "3", "M5C3I1.01.02", "AGENZIA PER LA COESIONE TERRITORIALE", "97828370581"),
        ("PROGETTO PRIN 2020 COORD. PROF. ROSSI", "2", "M1C1I1.01.00", "UNIVERSITA' DEGLI STUDI DI MILANO", ""),
        ("UNA RICERCA", "2", "M4C2I1.01.00", "UNIVERSITA' DEGLI STUDI DI MILANO", ""),
        ("LAVORI RSSMRA80A01F205X", "3", "M4C1I1.01.00", "COMUNE DI SEREGNO", ""),
        ("LAVORI", "3", "M4C1I1.01.00", "ROSSI MARIO", "RSSMRA80A01F205X"),
        ("M2C4-I4.2_082 Brianzacque S.r.l.", "3", "M2C4I4.02.00", "BRIANZACQUE S.R.L.", "3988240960"),
        ("#NOME?", "3", "M4C1I1.01.00", "COMUNE DI SEREGNO", ""),
        ("Da definire", "3", "M4C1I1.01.00", "COMUNE DI SEREGNO", ""),
    ],
)
def test_a_title_that_may_name_somebody_is_not_kept(title: str, nature: str, code: str, implementer: str, tax_code: str) -> None:
    assert kept_title(title, nature, code, implementer, tax_code) is None


def test_a_title_of_a_public_work_is_kept_as_printed() -> None:
    title = kept_title("  Nuovo asilo\tdi via Marzabotto ", "03", "M4C1I1.01.00", "COMUNE DI SEREGNO", "870790151")
    assert title == "Nuovo asilo di via Marzabotto"
    assert kept_title("1.2istsc ISTITUTO MAGISTRALE", "2", "M1C1I1.02.00", "GIUSEPPE PARINI", "") == "1.2istsc ISTITUTO MAGISTRALE"


@pytest.mark.parametrize(
    ("printed", "node"),
    [
        ("COMUNE DI SEREGNO", "comune-di-seregno"),
        ("REGIONE LOMBARDIA", "regione-lombardia"),
        ("DIPARTIMENTO PER LE POLITICHE GIOVANILI", "pcm-politiche-giovanili"),
        ("IC ALDO MORO/SEREGNO", "ic-aldo-moro-seregno-00870790151"),
        ("MINISTERO DELLA GIUSTIZIA", "ministero-giustizia"),
    ],
)
def test_a_public_body_is_told_by_its_name(gazetteer: Gazetteer, printed: str, node: str) -> None:
    body = public_body(printed, "870790151", gazetteer)
    assert body is not None
    assert body.node == f"<{ID}organization/{node}>"


@pytest.mark.parametrize(
    ("printed", "tax_code"),
    [
        ("GIUSEPPE PARINI", "83008560159"),
        ("BRIANZACQUE S.R.L.", "3988240960"),
        ("COMUNE DI ROSSI MARIO", "RSSMRA80A01F205X"),
        ("ISTITUTO SUORE MARCELLINE", ""),
        ("ISTITUTO COMPRENSIVO PARITARIO S.R.L.", ""),
        ("SOCIETA' ITALIANA PER LE IMPRESE ALL'EST", "4102891001"),
        ("ENAV S.P.A.", ""),
        ("COMUNE DI SEREGNO", "****************"),
    ],
)
def test_what_might_be_private_is_not_modelled(gazetteer: Gazetteer, printed: str, tax_code: str) -> None:
    assert public_body(printed, tax_code, gazetteer) is None


def test_two_municipalities_of_one_name_are_two_bodies(gazetteer: Gazetteer) -> None:
    alike = [one for one in gazetteer.by_name["samone"] if one.end is None]
    assert len(alike) == 2
    assert len({municipal_body(one, gazetteer).node for one in alike}) == 2
    assert public_body("COMUNE DI SAMONE", "84003630011", gazetteer) != public_body("COMUNE DI SAMONE", "00270980220", gazetteer)


def test_a_body_of_the_public_index_is_told_by_its_code_whatever_its_case() -> None:
    assert (
        registered_body("ISTITUTO MAGISTRALE - GIUSEPPE PARINI", "ISTSC_MIPM08000V").node
        == registered_body("ISTITUTO MAGISTRALE - GIUSEPPE PARINI", "istsc_mipm08000v").node
    )


@pytest.mark.parametrize(
    ("capitals", "name"),
    [
        ("REGGIO NELL'EMILIA", "Reggio nell'Emilia"),
        ("L'AQUILA", "L'Aquila"),
        ("SANT'AGATA LI BATTIATI", "Sant'Agata li Battiati"),
        ("SAINT-RHÉMY-EN-BOSSES", "Saint-Rhémy-en-Bosses"),
        ("ROCCA DE' BALDI", "Rocca de' Baldi"),
        ("FORTE DEI MARMI", "Forte dei Marmi"),
        ("LA SPEZIA", "La Spezia"),
    ],
)
def test_names_in_capitals_are_written_as_italian_writes_them(capitals: str, name: str) -> None:
    assert in_title_case(capitals) == name
