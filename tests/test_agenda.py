"""The 2030 Agenda as the United Nations' taxonomy gives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from filorosso.graph import Facts, SourceError
from filorosso.graph.formats import read_triples
from filorosso.graph.namespaces import DCT, FILO, RDF, RDFS, SDG, SDG_ONTOLOGY, SKOS
from filorosso.graph.resources import folder
from filorosso.graph.sources.agenda import AGENDA, agenda
from filorosso.graph.sources.names import read_names
from filorosso.graph.terms import Triple, text, typed

NAMES = folder("graph", "data", "names") / "agenda-2030.csv"
TYPE = f"<{RDF}type>"
LABEL = f"<{RDFS}label>"
NOTATION = f"<{SKOS}notation>"


def filo(name: str) -> str:
    return f"<{FILO}{name}>"


def sdg(code: str) -> str:
    return f"<{SDG}{code}>"


@pytest.fixture(scope="module")
def taxonomy(shared_data: Path) -> list[Triple]:
    return read_triples(shared_data / "sdg" / "sdg-ontology-with-taxonomy.ttl")


@pytest.fixture(scope="module")
def said(taxonomy: list[Triple]) -> Facts:
    return Facts(agenda(taxonomy, read_names(NAMES)))


def test_there_are_17_goals_169_targets_and_232_indicators(said: Facts) -> None:
    counts = {name: len(said.subjects(TYPE, f"<{SDG_ONTOLOGY}{name}>")) for name in ("Goal", "Target", "Indicator")}
    assert counts == {"Goal": 17, "Target": 169, "Indicator": 232}
    assert len(said.subjects(TYPE, filo("Element"))) == 17 + 169
    assert len(said.subjects(filo("inFramework"), AGENDA)) == 17 + 169


def test_codes_are_typed_as_the_un_types_them(said: Facts) -> None:
    compact, padded = typed("11.2", SDG_ONTOLOGY + "SDGCodeCompact"), typed("11.02", SDG_ONTOLOGY + "SDGCode")
    assert said.objects(sdg("11.2"), NOTATION) == [padded, compact]
    assert typed("C110201", SDG_ONTOLOGY + "SDGCodePerm") in said.objects(sdg("C110201"), NOTATION)
    assert said.objects(sdg("11.2"), filo("code")) == [text("11.2")]


def test_every_target_is_part_of_its_goal(said: Facts) -> None:
    for target in said.subjects(TYPE, f"<{SDG_ONTOLOGY}Target>"):
        (goal,) = said.objects(target, filo("isPartOf"))
        assert target.removeprefix(goal[:-1]).startswith(".")


def test_every_label_is_one_per_language_and_targets_are_marked_ours(said: Facts) -> None:
    for subject in said.subjects(TYPE, filo("Element")):
        assert sorted(label[-3:] for label in said.objects(subject, LABEL)) == ["@en", "@it"]
    assert set(said.objects(sdg("12.3"), filo("editorialLabel"))) == {text("it"), text("en")}
    assert not any("By 2030,d" in label for label in said.objects(sdg("12.3"), LABEL))


def test_a_goal_has_the_short_names_that_sources_print(said: Facts) -> None:
    assert said.objects(sdg("11"), LABEL) == [text("Città e comunità sostenibili", "it"), text("Sustainable cities and communities", "en")]
    assert all(not said.objects(goal, filo("editorialLabel")) for goal in said.subjects(TYPE, f"<{SDG_ONTOLOGY}Goal>"))


def test_an_indicator_measures_its_targets_and_its_text_is_not_given(said: Facts) -> None:
    assert said.objects(sdg("C110201"), filo("measures")) == [sdg("11.2")]
    assert said.objects(sdg("C110201"), LABEL) == [text("Indicatore ONU 11.2.1", "it"), text("UN indicator 11.2.1", "en")]
    assert set(said.objects(sdg("C200204"), filo("measures"))) == {sdg("10.3"), sdg("16.b")}
    assert len([s for s, o in said.pairs(filo("measures")) if o == sdg("11.2")]) == 1


def test_the_agenda_says_when_and_by_which_act_it_was_adopted(said: Facts) -> None:
    assert said.value(AGENDA, filo("coversUntil")) == typed("2030-12-31", "date")
    act = said.value(AGENDA, filo("isAdoptedBy"))
    assert act is not None
    assert said.value(act, filo("number")) == text("A/RES/70/1")
    assert said.value(AGENDA, f"<{DCT}replaces>") is None


def test_everything_has_evidence(said: Facts) -> None:
    for name in ("Element", "Indicator", "Framework", "Act"):
        for subject in said.subjects(TYPE, filo(name)):
            assert said.objects(subject, filo("hasEvidence"))


def test_a_target_without_a_name_is_an_error_that_names_it(taxonomy: list[Triple]) -> None:
    names = {code: name for code, name in read_names(NAMES).items() if code != "12.3"}
    with pytest.raises(SourceError, match=r"there is no name for 12\.3"):
        agenda(taxonomy, names)


def test_every_goal_and_target_has_a_name_and_no_name_is_idle(taxonomy: list[Triple]) -> None:
    said = Facts(agenda(taxonomy, read_names(NAMES)))
    elements = said.subjects(TYPE, filo("Element"))
    assert {text(code) for code in read_names(NAMES)} == {said.value(element, filo("code")) for element in elements}
