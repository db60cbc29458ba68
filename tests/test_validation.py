"""Validation through our own code: W3C's suite scores as high as the engine itself; waivers silence visibly and expire."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from filorosso.graph import Report, ValidationError, report_triples, terms, validation
from filorosso.graph.namespaces import RDFS, SH
from filorosso.graph.terms import Triple, iri
from filorosso.graph.threads import TYPE, filo

# The engine's own failures: a boolean written as "1", and $shapesGraph, which it does not know.
KNOWN_TO_FAIL = {"core/property/uniqueLang-002", "sparql/pre-binding/shapesGraph-001"}
LABEL = iri(RDFS + "label")

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix filo: <https://w3id.org/filorosso/onto/> .
<http://example.org/S> a sh:NodeShape ; sh:targetClass filo:Project ; sh:property <http://example.org/S-label> .
<http://example.org/S-label> a sh:PropertyShape ; sh:path rdfs:label ; sh:minCount 1 ;
    sh:message "Manca il nome."@it, "The name is missing."@en .
"""
NAMELESS: list[Triple] = [("<http://example.org/p>", TYPE, filo("Project"))]


@pytest.fixture
def shapes(tmp_path: Path) -> list[Path]:
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPES)
    return [path]


def waiver(expires: str, **values: str) -> list[Triple]:
    node = "<http://example.org/w>"
    return [
        (node, TYPE, filo("Waiver")),
        (node, filo("waivesRule"), "<http://example.org/S-label>"),
        (node, filo("expiresOn"), terms.date(expires)),
        *((node, filo(name), value) for name, value in values.items()),
    ]


def test_w3c_suite_scores_as_high_as_the_engine(pyshacl_sources: Path) -> None:
    manifest = pyshacl_sources / "test" / "resources" / "sht_tests" / "manifest.ttl"
    runner = Path(__file__).with_name("w3c_shacl.py")
    done = subprocess.run([sys.executable, str(runner), str(manifest)], capture_output=True, text=True, check=True)
    verdicts = {name: verdict for verdict, _, name in (line.partition(" ") for line in done.stdout.splitlines())}
    assert len(verdicts) == 121
    assert {name for name, verdict in verdicts.items() if verdict == "fail"} == KNOWN_TO_FAIL


def test_a_problem_names_rule_node_and_message_in_both_languages(shapes: list[Path]) -> None:
    (problem,) = validation.validate(NAMELESS, shapes, date(2026, 1, 1)).problems
    assert (problem.rule, problem.node, problem.severity) == ("<http://example.org/S-label>", "<http://example.org/p>", "Violation")
    assert problem.path == LABEL
    assert problem.message("it") == "Manca il nome."
    assert problem.message("en") == "The name is missing."


def test_a_graph_without_faults_conforms(shapes: list[Path]) -> None:
    report = validation.validate([*NAMELESS, ("<http://example.org/p>", LABEL, '"Asilo"@it')], shapes, date(2026, 1, 1))
    assert report == Report(())
    assert report.conforms


@pytest.mark.parametrize("covers", [{"waivesNode": "<http://example.org/p>"}, {"waivesClass": filo("Project")}])
def test_a_waiver_silences_visibly_until_its_last_day(shapes: list[Path], covers: dict[str, str]) -> None:
    data = [*NAMELESS, *waiver("2026-06-30", **covers)]
    on_its_last_day = validation.validate(data, shapes, date(2026, 6, 30))
    assert on_its_last_day.conforms
    assert on_its_last_day.problems[0].waived_by == "<http://example.org/w>"
    the_day_after = validation.validate(data, shapes, date(2026, 7, 1))
    assert not the_day_after.conforms
    assert the_day_after.problems[0].waived_by is None


def test_a_waiver_for_a_class_holds_for_its_subclasses(shapes: list[Path]) -> None:
    kinds = [
        ("<http://example.org/p>", TYPE, "<http://example.org/Work>"),
        ("<http://example.org/Work>", iri(RDFS + "subClassOf"), "<http://example.org/Thing>"),
    ]
    data = [*NAMELESS, *kinds, *waiver("2026-06-30", waivesClass="<http://example.org/Thing>")]
    assert validation.validate(data, shapes, date(2026, 1, 1)).conforms


def test_a_waiver_for_another_node_silences_nothing(shapes: list[Path]) -> None:
    data = [*NAMELESS, *waiver("2026-06-30", waivesNode="<http://example.org/q>")]
    assert not validation.validate(data, shapes, date(2026, 1, 1)).conforms


def test_the_report_is_shacl_and_the_same_every_time(shapes: list[Path]) -> None:
    data = [*NAMELESS, *waiver("2026-06-30", waivesNode="<http://example.org/p>")]
    report = validation.validate(data, shapes, date(2026, 1, 1))
    triples = report_triples(report)
    assert triples == report_triples(validation.validate(data[::-1], shapes, date(2026, 1, 1)))
    (result,) = (s for s, p, o in triples if o == iri(SH + "ValidationResult"))
    assert (result, filo("isWaivedBy"), "<http://example.org/w>") in triples
    assert (result, iri(SH + "focusNode"), "<http://example.org/p>") in triples
    assert validation.read_report(triples) == report


def test_what_was_known_before_is_taken_away(shapes: list[Path]) -> None:
    report = validation.validate(NAMELESS, shapes, date(2026, 1, 1))
    assert report.without(report).problems == ()
    assert report.without(Report(())) == report


def test_shapes_that_cannot_be_used_are_an_error_not_a_verdict(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPES.replace("sh:minCount 1", 'sh:minCount "many"'))
    with pytest.raises(ValidationError, match="the validator failed"):
        validation.validate(NAMELESS, [path], date(2026, 1, 1))
