"""The command line as its user meets it: answers on standard output, one line of error on standard error, and the exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from filorosso.graph import Release

GOOD_PLAN = Path(__file__).parent / "data" / "shapes" / "clean.ttl"


def run(*arguments: str, home: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FILOROSSO_HOME": str(home or "none"), "FILOROSSO_LANG": "en", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "filorosso.api.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, input=stdin, check=False)


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n") and "Traceback" not in text


@pytest.mark.parametrize("command", ["build", "serve", "validate", "trace", "questions", "query", "reason", "changes"])
def test_every_command_has_help(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert "usage: filorosso" in done.stdout
    assert done.stderr == ""


BAD = [
    ((), "required"),
    (("nonsense",), "invalid choice"),
    (("build", "--as-of", "tomorrow"), "is not a date"),
    (("build", "--municipality", "Seregno", "--register", "x.csv"), "six digits"),
    (("build", "--municipality", "108039"), "go together"),
    (("build", "--register", "missing.csv", "--municipality", "108039"), "missing.csv"),
    (("build", "--plan", "missing.ttl"), "missing.ttl: cannot be read"),
    (("validate", "missing.ttl"), "missing.ttl: cannot be read"),
    (("query", "missing.rq"), "missing.rq: cannot be read"),
    (("query", "SELECT oops"), "not SPARQL 1.1"),
    (("query", "ASK {}", "--format", "ttl"), "this answer comes as one of"),
    (("query", "coverage"), "parameter framework: coverage needs it: an IRI, a CUP or a code of the graph"),
    (("query", "coverage", "--param", "framework"), "write NAME=VALUE"),
    (("query", "coverage", "--param", "kind=goal", "--param", "kind=target"), "given twice"),
    (("query", "coverage", "--param", "colour=red"), "coverage does not take it; its parameters: framework, kind, by"),
    (("query", "in-force", "--param", "day=soon"), "a date, YYYY-MM-DD expected"),
    (("query", "money-by-fund", "--as-of", "soon"), "a date, YYYY-MM-DD expected"),
    (("query", "difference", "--as-of", "2024-01-01"), "difference is not about a day"),
    (("query", "money-by-fund", "--format", "ttl"), "this answer comes as one of table, csv"),
    (("query", "money-by-fund", "--limit", "0"), "at least 1"),
    (("query", "money-by-fund", "--cited", "x"), "is not a citation"),
    (("query", "ASK {}", "--param", "a=b"), "go with a question of the library"),
    (("serve", "--port", "99999"), "cannot listen"),
    (("serve", "--port", "1", "--host", "192.0.2.1"), "cannot listen"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD, ids=[" ".join(a) or "nothing" for a, _ in BAD])
def test_what_cannot_be_done_is_said_in_one_line_and_exits_with_2(
    arguments: tuple[str, ...], said: str, home: Path, release: Release
) -> None:
    assert release
    done = run(*arguments, home=home)
    assert done.returncode == 2
    assert said in done.stderr
    assert one_line(done.stderr)


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    plan = tmp_path / "plan.ttl"
    plan.write_text("<http://a> <http://b> <http://c> .\n<http://a> oops .\n")
    done = run("validate", str(plan))
    assert done.returncode == 2
    assert "plan.ttl:2: not readable as RDF" in done.stderr
    assert one_line(done.stderr)


def test_trace_answers_for_a_goal_and_for_a_cup(home: Path, release: Release) -> None:
    assert release
    for node in ("http://metadata.un.org/sdg/11", "B29J21031260002", "b29j21031260002"):
        done = run("trace", node, home=home)
        assert done.returncode == 0, done.stderr
        assert "evidence:" in done.stdout


def test_trace_of_nothing_exits_with_1(home: Path, release: Release) -> None:
    assert release
    for node in ("http://metadata.un.org/sdg/99", "Z99Z99999999999", "http://metadata.un.org/sdg/1 1"):
        done = run("trace", node, home=home)
        assert done.returncode == 1
        assert one_line(done.stderr)
        assert done.stdout == ""


def test_trace_speaks_italian_and_json(home: Path, release: Release) -> None:
    assert release
    assert "Verso l'alto" in run("trace", "B29J21031260002", "--lang", "it", home=home).stdout
    found = json.loads(run("trace", "B29J21031260002", "--format", "json", home=home).stdout)
    assert found["up"][0]["steps"][0]["kind"]


def test_query_answers_and_says_whether_it_found_anything(home: Path, release: Release) -> None:
    assert release
    found = run("query", "SELECT ?g { ?g filo:cup 'B29J21031260002' }", home=home)
    assert found.returncode == 0
    assert "project/cup/b29j21031260002" in found.stdout
    for query in ("SELECT ?g { ?g filo:cup 'none' }", "ASK { ?s filo:cup 'none' }", "CONSTRUCT WHERE { ?s filo:cup 'none' }"):
        for form in ("json", "xml", "csv", "tsv") if "CONSTRUCT" not in query else ("ttl", "nt", "jsonld", "rdf"):
            assert run("query", query, "--format", form, home=home).returncode == 1, (query, form)


def test_query_reads_standard_input(home: Path, release: Release) -> None:
    assert release
    done = run("query", "-", "--format", "csv", home=home, stdin="SELECT (1 AS ?x) {}")
    assert (done.returncode, done.stdout) == (0, "x\r\n1\r\n".replace("\r\n", "\n"))


def test_validate_accepts_a_plan_that_keeps_the_rules() -> None:
    done = run("validate", str(GOOD_PLAN), "--as-of", "2026-11-22")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("Conforms")


def test_validate_explains_a_fault_in_the_language_asked_for(tmp_path: Path) -> None:
    plan = tmp_path / "plan.ttl"
    plan.write_text(
        "@prefix filo: <https://w3id.org/filorosso/onto/> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<http://example.org/p> a filo:Project ; rdfs:label "Palestra"@it ; filo:cup "I71C22OO1520006" .\n'
    )
    italian = run("validate", str(plan), "--lang", "it", "--as-of", "2026-11-22")
    assert italian.returncode == 1
    assert "Palestra" in italian.stdout
    assert "I71C22OO1520006" in italian.stdout
    assert "Non conforme" in italian.stdout
    assert re.search(r"regola: .*CUP", italian.stdout), italian.stdout
    as_json = json.loads(run("validate", str(plan), "--format", "json", "--as-of", "2026-11-22").stdout)
    assert not as_json["conforms"]
    assert {p["label"] for p in as_json["problems"]} == {"Palestra"}
    turtle = run("validate", str(plan), "--format", "ttl", "--as-of", "2026-11-22").stdout
    assert "sh:ValidationReport" in turtle


def test_a_closed_pipe_is_no_error(home: Path, release: Release) -> None:
    assert release
    command = f"{sys.executable} -m filorosso.api.cli query 'SELECT * {{ ?s ?p ?o }}' --home {home} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.usefixtures("java")
def test_reason_says_that_the_ontology_is_consistent(tmp_path: Path) -> None:
    done = run("reason")
    assert done.returncode == 0
    assert done.stdout.startswith("consistent:")
    contradiction = tmp_path / "facts.ttl"
    contradiction.write_text("@prefix filo: <https://w3id.org/filorosso/onto/> . <http://example.org/x> a filo:Project, filo:Framework .")
    assert run("reason", str(contradiction)).returncode == 1


# The library


def test_the_questions_are_listed_in_the_language_and_by_tag() -> None:
    listed = run("questions", "--lang", "it", "--tag", "money")
    assert listed.returncode == 0
    assert any(line.startswith("money-by-fund") and "Denaro per fonte" in line for line in listed.stdout.splitlines())
    assert not any(line.startswith("coverage ") for line in listed.stdout.splitlines())
    assert run("questions", "--tag", "nothing").returncode == 1


def test_a_question_is_told_whole_and_one_that_is_not_there_is_not_guessed() -> None:
    told = run("questions", "thread")
    assert "  from: Node that the thread climbs from" in told.stdout
    assert "# parameters" in told.stdout
    unknown = run("query", "thred")
    assert unknown.returncode == 1
    assert one_line(unknown.stderr)
    assert "did you mean thread" in unknown.stderr


THREAD = ("query", "thread", "--param", "from=B29J21031260002", "--param", "to=http://metadata.un.org/sdg/4")


def test_a_table_shows_labels_beside_iris_and_what_is_to_know(home: Path, release: Release) -> None:
    done = run(*THREAD, "--lang", "it", home=home)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "Istruzione di qualità <http://metadata.un.org/sdg/4>" in done.stdout
    assert "Risultato: 10 righe" in done.stdout
    assert "Completezza: con parti ignote" in done.stdout
    assert f"Edizione: {release.name}" in done.stdout
    assert re.search(r"^Citazione: [a-z2-7]{8}-[0-9a-f]{8}-[a-z2-7]{12}$", done.stdout, re.MULTILINE)


def test_a_day_chooses_the_version_in_force(home: Path, release: Release) -> None:
    assert release
    on_day = {day: json.loads(run(*THREAD, "--as-of", day, "--format", "json", home=home).stdout) for day in ("2022-01-01", "2025-01-01")}
    carried = {day: {"carriedOverFrom" in row for row in told["rows"]} for day, told in on_day.items()}
    assert carried == {"2022-01-01": {False}, "2025-01-01": {True, False}}
    assert run(*THREAD, "--as-of", "2020-01-01", home=home).returncode == 1, "before the plan was in force there was no thread"


def test_forms_for_programs_go_to_standard_output_and_the_rest_to_standard_error(home: Path, release: Release) -> None:
    assert release
    written = run("query", "money-by-fund", "--format", "csv", "--bom", "--limit", "3", home=home)
    assert written.stdout.startswith("\ufeffsource,sourceLabel,amountKind,amountKindLabel,amount,fundings")
    assert len(written.stdout.splitlines()) == 4
    assert "Completeness: cut at the limit of 3; with unknown parts" in written.stderr
    assert run("query", "money-by-fund", "--format", "tsv", home=home).stdout.split("\t")[:2] == ["source", "sourceLabel"]
    graph = run("query", "thread-graph", *THREAD[2:], home=home)
    assert "filo:hopKind" in graph.stdout
    assert "Result: " in graph.stderr


def test_a_cited_answer_is_the_same_or_changed(home: Path, release: Release) -> None:
    assert release
    citation = json.loads(run(*THREAD, "--format", "json", home=home).stdout)["citation"]
    same = run(*THREAD, "--cited", citation, home=home)
    assert same.returncode == 0
    assert "the same as the one cited" in same.stderr
    changed = run(*THREAD, "--cited", citation[:-12] + "a" * 12, home=home)
    assert changed.returncode == 1
    assert "changed from the one cited" in changed.stderr


def test_proposals_can_be_left_out(home: Path, release: Release) -> None:
    assert release
    query = "ASK { ?link filo:hasLifeCycle <https://w3id.org/filorosso/voc/life-cycle/open> }"
    assert run("query", query, home=home).returncode == 0
    assert run("query", query, "--declared", home=home).returncode == 1
