"""The official mapping of the PNRR to the 2030 Agenda."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from filorosso.graph import Facts, SourceError
from filorosso.graph.formats import read_triples
from filorosso.graph.namespaces import FILO, ID, RDF, SDG, VOC
from filorosso.graph.sources.mapping import Mapped, mapping, read_mapping
from filorosso.graph.sources.plan import EARLY, LATER, element, read_plan
from filorosso.graph.terms import text, value_of

TYPE = f"<{RDF}type>"


def filo(name: str) -> str:
    return f"<{FILO}{name}>"


@pytest.fixture(scope="module")
def path(shared_data: Path) -> Path:
    return shared_data / "pnrr" / "Mappatura_PNRR_SNSvS_Agenda2030_v2.csv"


@pytest.fixture(scope="module")
def rows(path: Path) -> tuple[Mapped, ...]:
    return read_mapping(path)


@pytest.fixture(scope="module")
def said(path: Path, shared_data: Path) -> Facts:
    taxonomy = read_triples(shared_data / "sdg" / "sdg-ontology-with-taxonomy.ttl")
    return Facts(mapping(path, read_plan(shared_data / "pnrr" / EARLY.source.title), taxonomy))


def test_467_rows_give_285_principal_and_182_secondary_contributions(said: Facts) -> None:
    assert len(said.subjects(TYPE, filo("Contribution"))) == 467
    tiers = Counter(value_of(o).rsplit("/", 1)[-1] for _, o in said.pairs(filo("hasTier")))
    assert tiers == {"principal": 285, "secondary": 182}


def test_every_sub_measure_has_exactly_one_principal_contribution(rows: tuple[Mapped, ...]) -> None:
    principal = Counter(row.code for row in rows if row.tier == "si")
    assert len(principal) == 285
    assert set(principal.values()) == {1}


def test_135_rows_stop_at_the_goal_99_of_them_principal(rows: tuple[Mapped, ...], said: Facts) -> None:
    stopping = [row for row in rows if not row.target]
    assert (len(stopping), sum(row.tier == "si" for row in stopping)) == (135, 99)
    ends = [value_of(end).removeprefix(SDG) for _, end in said.pairs(filo("hasObject"))]
    assert sum("." not in end for end in ends) == 135


def test_32_targets_and_14_goals_occur_but_not_2_15_and_17(rows: tuple[Mapped, ...]) -> None:
    assert len({row.target for row in rows if row.target}) == 32
    goals = {row.goal for row in rows}
    assert len(goals) == 14
    assert not goals & {"2", "15", "17"}


def test_a_contribution_is_official_accepted_and_of_the_2023_plan(said: Facts) -> None:
    for link in said.subjects(TYPE, filo("Contribution")):
        assert said.objects(link, filo("hasOrigin")) == [f"<{VOC}origin/official>"]
        assert said.objects(link, filo("hasLifeCycle")) == [f"<{VOC}life-cycle/accepted>"]
        assert (said.value(link, filo("hasSubject")) or "").startswith(f"<{ID}pnrr-2023/sub-measure/")


def test_the_indicators_are_in_the_evidence(said: Facts) -> None:
    links = said.subjects(filo("hasObject"), f"<{SDG}11.2>")
    proofs = [proof for link in links for proof in said.objects(link, filo("hasEvidence"))]
    assert proofs
    for proof in proofs:
        assert f"<{SDG}C110201>" in said.objects(proof, filo("usesIndicator"))
    assert len(said.subjects(TYPE, filo("Indicator"))) == 64


def test_an_indicator_that_the_2019_list_does_not_have_is_kept_as_printed(said: Facts) -> None:
    printed = [proof for proof, value in said.pairs(filo("asPrinted")) if value == text("13.2.2")]
    assert len(printed) == 34
    assert all(not any("metadata.un.org" in used for used in said.objects(proof, filo("usesIndicator"))) for proof in printed)


def test_11_amounts_that_differ_are_claims_of_both_sources(said: Facts) -> None:
    claims = Counter(said.value(claim, filo("hasSubject")) for claim in said.subjects(filo("onProperty"), filo("hasAmount")))
    assert len(claims) == 11
    assert set(claims.values()) == {2}
    assert claims[element(EARLY, "sub-measure", "M1C1I1.04.01")] == 2


def test_the_same_end_may_be_principal_and_secondary(rows: tuple[Mapped, ...]) -> None:
    principal, secondary = ({(row.code, row.end) for row in rows if row.tier == tier} for tier in ("si", "no"))
    both = {code for code, _ in principal & secondary}
    assert "M5C2I1.02.00" in both
    assert len(both) == 63


def test_it_says_that_the_2025_plan_has_no_mapping(said: Facts) -> None:
    about = {
        said.value(one, filo("aboutFramework")): said.value(one, filo("hasExtent"))
        for one in said.subjects(TYPE, filo("CompletenessStatement"))
    }
    assert about == {EARLY.node: f"<{VOC}extent/whole>", LATER.node: f"<{VOC}extent/none>"}


def test_a_row_without_a_goal_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "mapping.csv"
    header = "Codice Univoco submisura;PREVALENTE;COD_INDICATORE;DES_INDICATORE;UNITA;INDICATOR;TARGET;GOAL;Importo Totale\n"
    wrong.write_text(header + "M1C1I1.01.00;si;n.c.;Da costruire;N/A;n.c.;n.c.;n.c.;1\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"mapping.csv:2: the row has no PREVALENTE"):
        read_mapping(wrong)
