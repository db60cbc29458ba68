"""What comes from the open data can be written again, to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from filorosso.graph.formats import read_triples
from filorosso.graph.resources import folder
from filorosso.graph.sources.regenerate import OUTPUTS, main, turtle
from filorosso.graph.terms import Triple

DATA = folder("graph", "data")
WRITTEN = (*(f"{stem}.ttl" for stem in OUTPUTS), "names/municipalities.csv", "names/sub-measures.csv")


@pytest.fixture(scope="module")
def again(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("again")
    assert main(["--from", str(shared_data), "--to", str(target)]) == 0
    return target


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_committed_is_what_the_open_data_give(again: Path, name: str) -> None:
    assert (again / name).read_bytes() == (DATA / name).read_bytes(), f"{name}: run python -m filorosso.graph.sources.regenerate"


def test_the_same_files_give_the_same_bytes_in_another_process(again: Path, shared_data: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "filorosso.graph.sources.regenerate", "--from", str(shared_data), "--to", str(tmp_path)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "4711"}, cwd=tmp_path)
    assert all((again / name).read_bytes() == (tmp_path / name).read_bytes() for name in WRITTEN)


@pytest.mark.parametrize("stem", OUTPUTS)
def test_the_turtle_has_no_blank_nodes_and_a_header_and_sorted_prefixes(again: Path, stem: str) -> None:
    path = again / f"{stem}.ttl"
    lines = path.read_text(encoding="utf-8").splitlines()
    prefixes = [line.split(":")[0] for line in lines if line.startswith("@prefix")]
    assert lines[0].startswith("# Filorosso data, written by")
    assert "CC BY 4.0" in lines[0]
    assert prefixes == sorted(prefixes)
    assert not any("genid" in term for triple in read_triples(path) for term in triple)


def test_turtle_says_exactly_the_triples_it_was_given(tmp_path: Path) -> None:
    subject, predicate = "<https://example.org/s>", "<http://www.w3.org/2004/02/skos/core#note>"
    xsd = "http://www.w3.org/2001/XMLSchema#"
    triples: list[Triple] = [
        (subject, "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", "<https://example.org/C-(2009-06-30)>"),
        (subject, predicate, f'"600000"^^<{xsd}decimal>'),
        (subject, predicate, f'"0.5"^^<{xsd}decimal>'),
        (subject, predicate, f'"2025-03-31"^^<{xsd}date>'),
        (subject, predicate, '"11.2"^^<http://metadata.un.org/sdg/ontology#SDGCodeCompact>'),
        (subject, predicate, '"l\'\\"hub\\" \\\\ digitale\\nnuovo"@it'),
    ]
    path = tmp_path / "written.ttl"
    path.write_text(turtle(triples, "test"), encoding="utf-8")
    assert "a <https://example.org/C-(2009-06-30)> ;" in path.read_text(encoding="utf-8")
    assert sorted(read_triples(path)) == sorted(triples)


def test_a_missing_file_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", str(tmp_path), "--to", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "provinces_provinces.ttl: cannot be read" in error


def test_it_can_be_run_as_a_module_and_tells_its_options() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "filorosso.graph.sources.regenerate", "--help"], capture_output=True, text=True, check=True
    )
    assert "--from" in told.stdout
