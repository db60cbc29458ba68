"""The library over HTTP: listed, described, answered in the form that the client accepts, and refused in one shape.

An error is a problem (RFC 9457): {"type", "title", "status", "detail"} and, for a parameter, {"parameter", "expected"}; for a question that is
not there, {"nearest"}.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import rdflib

from filorosso.graph import DECLARED, Library, value_of

COVERAGE = "/questions/coverage/answer?framework=agenda-2030&kind=goal&by=seregno-agenda-2022"
THREAD_GRAPH = "/questions/thread-graph/answer?from=B29J21031260002&to=http://metadata.un.org/sdg/4"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=60) as opened:
        yield opened


def test_the_list_is_an_array_of_questions(client: httpx.Client, library: Library) -> None:
    listed = client.get("/questions").json()
    assert [question["name"] for question in listed] == list(library.questions)
    for question in listed:
        assert {"name", "summary", "tags", "params", "returns"} <= set(question)
        assert set(question["summary"]) == {"it", "en"}


def test_the_list_by_tag(client: httpx.Client) -> None:
    assert [question["name"] for question in client.get("/questions?tag=cq-07").json()] == ["above-and-marked"]


def test_a_question_comes_with_its_text(client: httpx.Client, library: Library) -> None:
    told = client.get("/questions/coverage").json()
    assert told["text"] == library.question("coverage").text
    (by,) = [parameter for parameter in told["params"] if parameter["name"] == "by"]
    assert by["type"] == "node"
    assert by["required"]
    assert by["example"] == "seregno-agenda-2022"


@pytest.mark.parametrize("path", ["/questions/coverag", "/questions/coverag/answer"])
def test_an_unknown_question_is_404_with_the_nearest_names(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "coverage" in answer.json()["nearest"]


def test_every_example_in_the_openapi_document_works(client: httpx.Client, library: Library) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for question in library:
        described = paths[f"/questions/{question.name}/answer"]["get"]
        assert described["summary"] == question.summary["en"]
        parameters = {p["name"]: p for p in described["parameters"]}
        assert {p.name for p in question.parameters} <= set(parameters)
        assert all(p["description"] and p["schema"] for p in parameters.values())
        example = {name: p["example"] for name, p in parameters.items() if "example" in p}
        answer = client.get(f"/questions/{question.name}/answer", params=example)
        assert answer.status_code == 200, (question.name, answer.text)
    assert len({path["get"]["operationId"] for path in paths.values() if "get" in path}) == len([p for p in paths.values() if "get" in p])


def test_json_carries_rows_with_labels_completeness_and_citation(client: httpx.Client) -> None:
    answer = client.get(COVERAGE + "&lang=it", headers={"Accept": "application/json"})
    told = answer.json()
    assert told["columns"] == ["element", "status", "declared", "proposed"]
    (quality,) = [row for row in told["rows"] if row["element"]["value"].endswith("/sdg/11")]
    assert quality["element"] == {"type": "uri", "value": "http://metadata.un.org/sdg/11", "label": "Città e comunità sostenibili"}
    assert quality["status"]["label"] == "dichiarato, ufficiale o accolto"
    assert isinstance(quality["declared"]["value"], int)
    assert told["completeness"]["states"] == ["unknown-parts"]
    assert all(unknown["reasons"] for unknown in told["completeness"]["unknown"])
    assert answer.headers["filorosso-completeness"] == "unknown-parts"
    assert int(answer.headers["filorosso-unknown"]) == len(told["completeness"]["unknown"])
    assert answer.headers["filorosso-citation"] == told["citation"]
    assert answer.headers["filorosso-release"] == told["release"]


def test_lists_are_lists_in_json(client: httpx.Client) -> None:
    told = client.get("/questions/matrix/answer?rows=pnrr-2023&rowKind=mission&columns=agenda-2030&columnKind=goal").json()
    for row in told["rows"]:
        assert len(row["counted"]["value"]) == row["number"]["value"]


def test_sparql_forms_are_exact_and_agree(client: httpx.Client) -> None:
    native = client.get(COVERAGE, headers={"Accept": "application/sparql-results+json"})
    assert native.headers["content-type"] == "application/sparql-results+json"
    expected = rdflib.query.Result.parse(io.BytesIO(native.content), format="json")
    assert len(expected.bindings) == 17
    for media_type, form in (("application/sparql-results+xml", "xml"), ("text/tab-separated-values", "tsv")):
        answer = client.get(COVERAGE, headers={"Accept": media_type})
        assert answer.headers["content-type"].startswith(media_type)
        parsed = rdflib.query.Result.parse(io.BytesIO(answer.content), format=form)
        assert [dict(row) for row in parsed.bindings] == [dict(row) for row in expected.bindings]
    plain = list(csv.reader(io.StringIO(client.get(COVERAGE, headers={"Accept": "text/csv"}).text)))
    assert plain[0] == ["element", "status", "declared", "proposed"]
    assert len(plain) == 18


def test_labelled_csv_opens_in_a_spreadsheet(client: httpx.Client) -> None:
    answer = client.get(COVERAGE + "&format=labelled-csv&lang=it&bom=true")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert 'filename="coverage.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "Città e comunità sostenibili" in {row["elementLabel"] for row in rows}
    assert not client.get(COVERAGE + "&format=labelled-csv").content.startswith(b"\xef\xbb\xbf")


def test_a_workbook_holds_the_answer_and_what_is_to_know_of_it(client: httpx.Client) -> None:
    answer = client.get(COVERAGE + "&lang=it", headers={"Accept": XLSX})
    assert answer.headers["content-type"] == XLSX
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Risposta", "Informazioni"]
    rows = list(book["Risposta"].iter_rows(values_only=True))
    assert rows[0] == ("element", "elementLabel", "status", "statusLabel", "declared", "proposed")
    assert len(rows) == 18
    assert all(isinstance(row[4], int) for row in rows[1:])
    about = {row[0] for row in book["Informazioni"].iter_rows(values_only=True)}
    assert {"Domanda", "Completezza", "Ignoto", "Edizione", "Citazione"} <= about


@pytest.mark.parametrize("media_type", ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"])
def test_a_graph_comes_in_each_form_of_rdf(client: httpx.Client, media_type: str) -> None:
    answer = client.get(THREAD_GRAPH, headers={"Accept": media_type})
    assert answer.headers["content-type"].startswith(media_type)
    form = {"application/ld+json": "json-ld", "application/rdf+xml": "xml", "text/turtle": "turtle", "application/n-triples": "nt"}[
        media_type
    ]
    graph = rdflib.Graph().parse(data=answer.content, format=form)
    assert len(graph) == len(rdflib.Graph().parse(data=client.get(THREAD_GRAPH + "&format=nt").content, format="nt"))
    assert len(graph) > 50


def test_what_no_form_suits_is_406(client: httpx.Client) -> None:
    assert client.get(COVERAGE, headers={"Accept": "image/png"}).status_code == 406
    assert client.get(THREAD_GRAPH, headers={"Accept": "text/csv"}).status_code == 406


def test_the_limit_is_said_in_header_and_json(client: httpx.Client) -> None:
    answer = client.get(COVERAGE + "&limit=3")
    assert len(answer.json()["rows"]) == 3
    assert answer.json()["completeness"]["cutAt"] == 3
    assert answer.headers["filorosso-completeness"] == "cut, unknown-parts"


def test_a_citation_is_compared(client: httpx.Client) -> None:
    citation = client.get(COVERAGE).json()["citation"]
    assert client.get(f"{COVERAGE}&cited={citation}").json()["cited"] == "same"
    asked, release, _ = citation.split("-")
    assert client.get(f"{COVERAGE}&cited={asked}-{release}-aaaaaaaaaaaa").headers["filorosso-cited"] == "changed"


def test_sensitivity_is_told_in_json(client: httpx.Client) -> None:
    path = "/questions/elements-without-contribution/answer?framework=seregno-dup&kind=strategic-action&toward=seregno-agenda-2022"
    told = client.get(path + "&sensitivity=certain").json()["sensitivity"]
    assert told["certainty"] == "certain"
    assert (len(told["lost"]), len(told["gained"])) == (0, 8)
    assert all(row["element"]["label"] for row in told["gained"])
    assert client.get(path + "&sensitivity=sure").json()["parameter"] == "certainty"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("kind=goal&by=seregno-agenda-2022", "framework"),
        ("framework=agenda-2030&kind=goal&by=nowhere", "by"),
        ("framework=agenda-2030&kind=goals&by=seregno-agenda-2022", "kind"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&asOf=soon", "asOf"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&certainty=sure", "certainty"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&colour=red", "colour"),
        ("framework=agenda-2030&framework=pnrr&kind=goal&by=seregno-agenda-2022", "framework"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&limit=0", "limit"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&limit=%C2%B2", "limit"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&format=pdf", "format"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&lang=fr", "lang"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&view=mine", "view"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022&cited=x", "cited"),
        ("framework=agenda-2030&kind=goal&by=%3Chttp://x%3E", "by"),
        ("framework=agenda-2030&kind=goal&by=http://example.org/%3E%20.%20DROP", "by"),
        ("framework=agenda-2030&kind=goal&by=seregno-agenda-2022%00", "by"),
    ],
)
def test_a_bad_or_missing_parameter_is_422_and_named(client: httpx.Client, query: str, parameter: str) -> None:
    answer = client.get(f"/questions/coverage/answer?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["parameter"] == parameter
    assert "Traceback" not in answer.text
    assert len(told["detail"].splitlines()) == 1


def test_the_view_without_proposals(client: httpx.Client) -> None:
    path = "/questions/money-by-element/answer?framework=seregno-agenda-2022&kind=axis&proposals=with-proposals"
    everything, declared = (client.get(path + view).json()["rows"] for view in ("", "&view=declared"))
    assert any("/axis/" in row["end"]["value"] for row in everything)
    assert not any("/axis/" in row["end"]["value"] for row in declared)


def test_the_endpoint_takes_the_declared_view_for_a_default_graph(client: httpx.Client) -> None:
    query = "ASK { ?link <https://w3id.org/filorosso/onto/hasLifeCycle> <https://w3id.org/filorosso/voc/life-cycle/open> }"
    declared = {"query": query, "default-graph-uri": value_of(DECLARED)}
    assert client.get("/sparql", params={"query": query}).json()["boolean"] is True
    assert client.get("/sparql", params=declared).json()["boolean"] is False
    assert client.post("/sparql", data=declared).json()["boolean"] is False
    content = {"content-type": "application/sparql-query"}
    posted = client.post("/sparql", params={"default-graph-uri": value_of(DECLARED)}, content=query, headers=content)
    assert posted.json()["boolean"] is False
    assert client.get("/sparql", params={"query": query, "default-graph-uri": "http://example.org/g"}).status_code == 403
    assert client.get("/sparql", params={"query": query, "named-graph-uri": value_of(DECLARED)}).status_code == 403


def test_hostile_cells_are_texts(tmp_path: Path) -> None:
    from filorosso.api.tables import labelled_csv, xlsx
    from filorosso.graph import Answer, Completeness, Facts, read_library

    question = read_library().question("in-force")
    hostile = ["=1+1", "+1", "-1", "@cmd", "\t=1", '=HYPERLINK("http://example.org")']
    rows = tuple({"version": json.dumps(cell)} for cell in hostile)
    answer = Answer(question, {}, "0" * 16, rows, (), Completeness())
    nothing: Any = Facts(())
    read = list(csv.reader(io.StringIO(labelled_csv(answer, nothing, "en", bom=False).decode())))
    assert [row[0] for row in read[1:]] == [f"'{cell}" for cell in hostile]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(answer, nothing, "en")))["Answer"]
    assert [cell.value for cell in sheet["A"][1:]] == hostile
    assert {cell.data_type for cell in sheet["A"][1:]} == {"s"}
