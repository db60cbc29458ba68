"""The PNRR's two tables: totals, codes, versions, and what became of each code."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from filorosso.graph import Facts, SourceError
from filorosso.graph.namespaces import DCT, FILO, ID, RDF, RDFS, VOC
from filorosso.graph.resources import folder
from filorosso.graph.sources.plan import EARLY, LATER, SubMeasure, Version, continuant, element, read_english, read_plan
from filorosso.graph.sources.pnrr import pnrr
from filorosso.graph.sources.successions import Fate, read_fates
from filorosso.graph.terms import text, value_of

NAMES = folder("graph", "data", "names")
TYPE = f"<{RDF}type>"
HEADER = (
    "Missione;Descrizione Missione;Componente;Descrizione Componente;ID Misura;Codice Univoco Misura;Descrizione Misura;ID Submisura;"
    "Codice CID;Codice Univoco Submisura;Descrizione Submisura;Investimento o Riforma;Prestito o Sovvenzione;Amministrazione Titolare;"
    "Importo Totale\n"
)


def filo(name: str) -> str:
    return f"<{FILO}{name}>"


def table(folder: Path, *rows: tuple[str, str], administration: str = "MINISTERO DELLA CULTURA") -> Path:
    """A table of invented rows: code and amount."""
    path = folder / "plan.csv"
    lines = [
        f"M9;Nuova missione;M9C1;Nuova componente;M9C1I1.1;{code[:-3]};Misura nuova;M9C1I1.1;M9C1I1.1;{code};Submisura nuova;"
        f"Investimento;Prestito;{administration};{euro}\n"
        for code, euro in rows
    ]
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tables(shared_data: Path) -> tuple[Path, Path]:
    return shared_data / "pnrr" / EARLY.source.title, shared_data / "pnrr" / LATER.source.title


@pytest.fixture(scope="module")
def plans(tables: tuple[Path, Path]) -> tuple[tuple[SubMeasure, ...], tuple[SubMeasure, ...]]:
    return read_plan(tables[0]), read_plan(tables[1])


@pytest.fixture(scope="module")
def fates() -> tuple[Fate, ...]:
    return read_fates(NAMES / "successions.csv")


@pytest.fixture(scope="module")
def said(tables: tuple[Path, Path], fates: tuple[Fate, ...]) -> Facts:
    return Facts(pnrr(*tables, read_english(NAMES / "pnrr.csv"), fates))


def test_amounts_sum_to_the_published_totals(plans: tuple[tuple[SubMeasure, ...], ...]) -> None:
    early, later = plans
    assert (len(early), sum(row.euro for row in early)) == (285, Decimal("191499177890.20"))
    assert (len(later), sum(row.euro for row in later)) == (306, Decimal("194415951465.97"))


@pytest.mark.parametrize(("version", "total"), [(EARLY, "191499177890.2"), (LATER, "194415951465.97")])
def test_amounts_in_the_graph_sum_to_the_published_totals(said: Facts, version: Version, total: str) -> None:
    elements = [subject for subject in said.subjects(filo("inFramework"), version.node) if said.value(subject, filo("subMeasureCode"))]
    figures = [said.value(amount, filo("amountInEuro")) for subject in elements for amount in said.objects(subject, filo("hasAmount"))]
    assert len(figures) == len(elements)
    assert sum(Decimal(value_of(figure or "")) for figure in figures) == Decimal(total)


def test_39_codes_are_new_and_18_are_gone(plans: tuple[tuple[SubMeasure, ...], ...]) -> None:
    early, later = ({row.code for row in plan} for plan in plans)
    assert (len(later - early), len(early - later)) == (39, 18)


def test_a_sub_measure_has_its_five_codes(said: Facts) -> None:
    subject = element(EARLY, "sub-measure", "M1C1I1.04.03")
    codes = ("measureIdentifier", "measureCode", "subMeasureIdentifier", "cidCode", "subMeasureCode")
    assert [value_of(said.value(subject, filo(name)) or "") for name in codes] == [
        *("M1C1I1.4", "M1C1I1.04", "M1C1I1.4.3", "M1C1I1.4.3", "M1C1I1.04.03"),
    ]


def test_a_code_that_is_misprinted_is_a_claim_beside_our_reading(said: Facts) -> None:
    for version in (EARLY, LATER):
        subject = element(version, "sub-measure", "M4C1I4.01.00")
        claims = [claim for claim in said.subjects(filo("hasSubject"), subject) if said.value(claim, filo("onProperty")) == filo("cidCode")]
        assert said.objects(subject, filo("cidCode")) == []
        assert {said.value(claim, filo("claimedValue")) for claim in claims} == {text("M4C1II4.1"), text("M4C1I4.1")}


def test_a_measure_without_sub_measures_stands_as_measure_and_as_sub_measure(said: Facts) -> None:
    lower, upper = element(EARLY, "sub-measure", "M1C1I1.01.00"), element(EARLY, "measure", "M1C1I1.01")
    assert said.objects(lower, filo("isPartOf")) == [upper]
    assert said.objects(upper, filo("isPartOf")) == [element(EARLY, "component", "M1C1")]
    assert said.objects(element(EARLY, "component", "M1C1"), filo("isPartOf")) == [element(EARLY, "mission", "M1")]


def test_each_version_keeps_its_own_name_for_the_same_code(said: Facts) -> None:
    labels = [said.objects(element(version, "sub-measure", "M2C3I2.01.00"), f"<{RDFS}label>")[0] for version in (EARLY, LATER)]
    assert "Sismabonus" in labels[0]
    assert "Sismabonus" not in labels[1]
    both = {continuant("sub-measure", "M2C3I2.01.00")}
    assert {said.value(element(version, "sub-measure", "M2C3I2.01.00"), f"<{DCT}isVersionOf>") for version in (EARLY, LATER)} == both


def test_every_version_has_its_missions(said: Facts) -> None:
    for version, missions in ((EARLY, 6), (LATER, 7)):
        kinds = Counter(said.value(subject, filo("hasKind")) for subject in said.subjects(filo("inFramework"), version.node))
        assert kinds[f"<{VOC}element-kind/mission>"] == missions
    assert said.subjects(f"<{DCT}replaces>", EARLY.node) == [LATER.node]


def test_every_code_has_a_succession_and_kept_ones_are_official(said: Facts, plans: tuple[tuple[SubMeasure, ...], ...]) -> None:
    told = {predecessor for _, predecessor in said.pairs(filo("hasPredecessor"))}
    assert told == {element(EARLY, "sub-measure", row.code) for row in plans[0]}
    kinds = Counter((value_of(o).rsplit("/", 1)[-1]) for _, o in said.pairs(filo("hasSuccessionKind")))
    assert kinds == {"kept": 267, "merged": 7, "split": 4, "recoded": 2, "unresolved": 7}
    for succession, kind in said.pairs(filo("hasSuccessionKind")):
        origin = "official" if kind.endswith("/kept>") else "analyst"
        assert said.objects(succession, filo("hasOrigin")) == [f"<{VOC}origin/{origin}>"]
        successors = said.objects(succession, filo("hasSuccessor"))
        assert bool(successors) != kind.endswith("/unresolved>")
        assert all(said.value(successor, filo("inFramework")) == LATER.node for successor in successors)


def test_what_the_fates_say_of_amounts_is_true(plans: tuple[tuple[SubMeasure, ...], ...]) -> None:
    early, later = ({row.code: row.euro for row in plan} for plan in plans)
    assert sum(early[f"M1C2I1.01.0{place}"] for place in range(1, 6)) == later["M1C2I1.01.00"] == 13_381_000_000
    assert early["M2C2I5.01.01"] + early["M2C2I5.01.02"] == later["M2C2I5.01.04"] == 500_000_000
    assert early["M2C2I3.05.00"] == later["M2C2I3.05.01"] == 160_000_000
    assert early["M2C4I2.01.01"] == 1_287_100_000
    assert later["M2C4I2.01.A1"] + later["M2C4I2.01.A2"] == 1_200_000_000
    assert sum(later[f"M3C1I1.02.0{place}"] - early[f"M3C1I1.02.0{place}"] for place in (1, 2)) == 1_089_860_000
    assert early["M2C2I5.03.00"] - later["M7C1I12.1.00"] == 300_000_000 - 100_000_000
    assert early["M4C2I2.02.00"] - later["M4C2I2.04.00"] == 200_000_000 - 164_000_000
    assert [early[code] for code in ("M1C3I4.02.02", "M2C2I1.03.00", "M2C4I2.02.00", "M3C1I1.03.01", "M5C3I1.01.01", "M5C3I1.02.00")] == [
        *(0, 675_000_000, 6_000_000_000, 620_170_000, 725_000_000, 300_000_000),
    ]


def test_the_administration_in_charge_is_an_organisation(said: Facts) -> None:
    body = said.value(element(LATER, "sub-measure", "M7C1I01.1.00"), filo("isResponsibilityOf"))
    assert body == f"<{ID}organization/ministero-ambiente>"
    assert said.objects(body, f"<{RDFS}label>")


def test_everything_has_one_label_per_language_and_evidence(said: Facts) -> None:
    for name in ("Element", "Continuant", "Succession", "Amount", "Framework", "Claim", "Evidence"):
        for subject in said.subjects(TYPE, filo(name)):
            assert sorted(label[-3:] for label in said.objects(subject, f"<{RDFS}label>")) == ["@en", "@it"], subject
            assert name == "Evidence" or said.objects(subject, filo("hasEvidence")), subject


def test_evidence_points_at_the_line_of_the_published_file(said: Facts, tables: tuple[Path, Path]) -> None:
    lines = tables[0].read_text(encoding="utf-8-sig").splitlines()
    (proof,) = said.objects(element(EARLY, "sub-measure", "M1C1I1.04.03"), filo("hasEvidence"))
    number = int(value_of(said.value(proof, filo("locator")) or "").removeprefix("row "))
    assert "M1C1I1.04.03" in lines[number - 1]


def test_a_name_without_english_is_an_error_that_names_it(tables: tuple[Path, Path], fates: tuple[Fate, ...]) -> None:
    english = {it: en for it, en in read_english(NAMES / "pnrr.csv").items() if it != "Infrastrutture digitali"}
    with pytest.raises(SourceError, match=r"there is no English name for 'Infrastrutture digitali'"):
        pnrr(*tables, english, fates)


def test_a_code_that_is_gone_without_a_fate_is_an_error(tables: tuple[Path, Path], fates: tuple[Fate, ...]) -> None:
    with pytest.raises(SourceError, match=r"codes gone and codes told of differ: M5C3I1\.02\.00"):
        pnrr(*tables, read_english(NAMES / "pnrr.csv"), [fate for fate in fates if fate.predecessor != "M5C3I1.02.00"])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("M9C1I1.01.00", "1"), ("M9C1I1.01.00", "1")], r"plan.csv:3: M9C1I1.01.00 stands already on line 2"),
        ([("M9C1I1.01.00", "N/D")], r"plan.csv:2: column 'importo totale': there is no amount"),
        ([("M9C1I1.01.00", "114.000")], r"plan.csv:2: column 'importo totale': '114.000' can be read in two ways"),
        ([("M9C1I1.1", "1")], r"plan.csv:2: column 'codice univoco submisura'"),
    ],
)
def test_a_table_that_cannot_be_trusted_is_refused_with_its_line(tmp_path: Path, rows: list[tuple[str, str]], says: str) -> None:
    with pytest.raises(SourceError, match=says):
        read_plan(table(tmp_path, *rows))


def test_a_new_administration_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"column 'amministrazione titolare': 'MINISTERO DEL MARE' is not known"):
        read_plan(table(tmp_path, ("M9C1I1.01.00", "1"), administration="MINISTERO DEL MARE"))
