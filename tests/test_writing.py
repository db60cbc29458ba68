"""Writing through the gate: what keeps the rules counts, with all that follows from it; what breaks them is refused with the reason.

The service that is written to runs on a copy of the shipped graph; what it holds in the end is held against what `filorosso build` makes of
the same journal from the files, and against what the service holds after a new start.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import rdflib

from filorosso.graph import Inputs, Release, build, create_token, current
from filorosso.graph.namespaces import BASE, DCAT, FILO, GRAPH, ID, PROV, VOC
from filorosso.graph.store import split

from .conftest import AS_OF
from .services import Running, start, stop

AGENDA, ACTS = f"{GRAPH}seregno-agenda-2022", f"{GRAPH}acts"
AXIS = f"{ID}seregno-agenda-2022/axis/sostenibilita-e-resilienza"
UPDATE = {"content-type": "application/sparql-update"}
INSERT = f'INSERT DATA {{ GRAPH <{AGENDA}> {{ <{AXIS}> rdfs:comment "%s"@it }} }}'
# A project with a title and an identifier, and no evidence.
GROUNDLESS = f"""INSERT DATA {{ GRAPH <{GRAPH}seregno-tests> {{
    <{ID}tests/project/one> a filo:Project ; rdfs:label "Uno"@it ; filo:localId "1"
}} }}"""


@dataclass
class Service:
    """A service to write to, and how."""

    home: Path
    running: Running
    client: httpx.Client
    token: str

    def update(self, text: str, **params: str) -> httpx.Response:
        headers = UPDATE | {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        return self.client.post("/update", content=text, params=params, headers=headers)

    def ask(self, text: str) -> bool:
        return bool(self.client.get("/sparql", params={"query": text}).json()["boolean"])

    def revision(self) -> int:
        return int(self.client.get("/health").json()["revision"])


@pytest.fixture(scope="module")
def service(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("written") / "home"
    shutil.copytree(release.folder.parent.parent, home, ignore=shutil.ignore_patterns("*.log"))
    token = create_token(home, "comune", [f"{GRAPH}seregno*", f"{GRAPH}proposals"], "for the tests")
    running = start(home, "--no-build")
    with httpx.Client(base_url=running.address, timeout=120) as client:
        yield Service(home, running, client, token)
    stop(running)


def graphs(address: str) -> dict[str, set[tuple[str, str, str]]]:
    """All that a service holds, by graph, as it gives it."""
    with httpx.Client(base_url=address, timeout=120) as client:
        rows = client.get("/sparql", params={"query": "SELECT DISTINCT ?g { GRAPH ?g {} }"}).json()["results"]["bindings"]
        names = [row["g"]["value"] for row in rows]
        headers = {"accept": "application/n-triples"}
        return {name: set(split(client.get("/graphs", params={"graph": name}, headers=headers).content)) for name in names}


def test_a_write_that_keeps_the_rules_counts_and_is_told_in_the_graph(service: Service) -> None:
    before = service.revision()
    answer = service.update(INSERT % "una prova", why="to see it")
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] is True
    assert (answer.json()["added"], answer.json()["removed"], answer.json()["graphs"]) == (1, 0, [AGENDA])
    assert service.revision() == before + 1 == int(answer.headers["filorosso-revision"])
    told = f"""ASK {{ GRAPH <{GRAPH}journal> {{ ?write a <{PROV}Activity> ; <{PROV}wasAssociatedWith> <{ID}writer/comune> ;
        rdfs:comment "to see it" ; <{PROV}endedAtTime> ?when ; <{FILO}changesGraph> <{AGENDA}> ; <{FILO}addedTriples> 1 }} }}"""
    assert service.ask(told)


def test_a_write_that_changes_nothing_makes_no_revision(service: Service) -> None:
    assert service.update(INSERT % "due volte").json()["added"] == 1
    before = service.revision()
    assert service.update(INSERT % "due volte").json()["added"] == 0
    assert service.revision() == before


@pytest.mark.parametrize("media_type", ["application/json", "text/turtle", "text/plain"])
@pytest.mark.parametrize(("lang", "said"), [("it", "non ha prove"), ("en", "no evidence")])
def test_a_write_that_breaks_the_rules_is_refused_with_the_report(service: Service, media_type: str, lang: str, said: str) -> None:
    before = service.revision()
    headers = UPDATE | {"authorization": f"Bearer {service.token}", "accept": media_type, "accept-language": lang}
    answer = service.client.post("/update", content=GROUNDLESS, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith(media_type)
    assert "EvidenceShape-given" in answer.text
    if media_type == "text/turtle":
        report = rdflib.Graph().parse(data=answer.text, format="turtle")
        assert (None, rdflib.SH.conforms, rdflib.Literal(False)) in report
    else:
        assert (said in answer.text.lower()) or lang == "it"
    assert service.revision() == before
    assert not service.ask(f"ASK {{ <{ID}tests/project/one> ?p ?o }}")


def test_a_dry_run_tells_what_would_be_and_commits_nothing(service: Service) -> None:
    before = service.revision()
    assert service.update(INSERT % "a secco", **{"dry-run": "true"}).json()["accepted"] is True
    assert service.update(GROUNDLESS, **{"dry-run": "true"}).status_code == 422
    assert service.update(INSERT % "a secco", **{"dry-run": "perhaps"}).status_code == 400
    assert service.revision() == before
    assert not service.ask('ASK { ?s ?p "a secco"@it }')


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (ACTS, "may not write"),
        (f"{GRAPH}derived-threads", "follows from the other graphs"),
        (f"{GRAPH}derived-edges/proposed", "follows from the other graphs"),
        (f"{GRAPH}void", "follows from the other graphs"),
        (f"{GRAPH}catalogue", "follows from the other graphs"),
        (f"{GRAPH}journal", "follows from the other graphs"),
        (f"{GRAPH}shapes", "follows from the other graphs"),
        (f"{GRAPH}ontology", "comes with the software"),
        (f"{GRAPH}declared", "comes with the software"),
        (f"{GRAPH}all", "comes with the software"),
    ],
)
def test_what_is_not_the_tokens_is_not_written(service: Service, graph: str, said: str) -> None:
    answer = service.update(f"INSERT DATA {{ GRAPH <{graph}> {{ <{AXIS}> rdfs:comment 'x' }} }}")
    assert answer.status_code == 403
    assert said in answer.json()["detail"]


def test_the_default_graph_of_a_union_is_not_written(service: Service) -> None:
    answer = service.update(f"INSERT DATA {{ <{AXIS}> rdfs:comment 'x' }}")
    assert answer.status_code == 403
    assert "name a graph" in answer.json()["detail"]


def test_without_a_token_nothing_is_written(service: Service) -> None:
    for headers in ({}, {"authorization": "Bearer no"}, {"authorization": f"Basic {service.token}"}, {"authorization": service.token}):
        answer = service.client.post("/update", content=INSERT % "x", headers=UPDATE | headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for method in ("PUT", "POST", "DELETE"):
        assert service.client.request(method, "/graphs", params={"graph": AGENDA}).status_code == 401


def test_the_where_of_an_update_reads_the_union(service: Service) -> None:
    update = f"""INSERT {{ GRAPH <{AGENDA}> {{ ?axis rdfs:comment ?said }} }}
        WHERE {{ ?axis filo:inFramework <{ID}seregno-agenda-2022> ; rdfs:label ?label BIND(STRLANG(CONCAT("nota: ", STR(?label)), "it") AS ?said)
        FILTER(?axis = <{AXIS}> && lang(?label) = "it") }}"""
    answer = service.update(update)
    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] == 1


def test_a_proposal_that_is_accepted_counts_from_then_on(service: Service) -> None:
    query = f"SELECT ?link WHERE {{ GRAPH <{GRAPH}proposals/proposed> {{ ?link filo:hasLifeCycle ?open ; a filo:Contribution }} }} ORDER BY ?link"
    link = service.client.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]["link"]["value"]
    accept = f"""DELETE {{ GRAPH ?g {{ <{link}> filo:hasLifeCycle ?state }} }}
        INSERT {{ GRAPH ?g {{ <{link}> filo:hasLifeCycle <https://w3id.org/filorosso/voc/life-cycle/accepted> }} }}
        WHERE {{ GRAPH ?g {{ <{link}> filo:hasLifeCycle ?state }} }}"""
    answer = service.update(accept)
    assert answer.status_code == 200, answer.text
    assert answer.json()["graphs"] == [f"{GRAPH}proposals"]
    assert service.ask(f"ASK {{ GRAPH <{GRAPH}proposals> {{ <{link}> ?p ?o }} }}")
    assert not service.ask(f"ASK {{ GRAPH <{GRAPH}proposals/proposed> {{ <{link}> ?p ?o }} }}")


def test_a_label_that_changes_changes_what_is_derived_from_it(service: Service) -> None:
    update = f"""DELETE {{ GRAPH ?g {{ <{AXIS}> rdfs:label ?old }} }} INSERT {{ GRAPH ?g {{ <{AXIS}> rdfs:label "Asse rinominato"@it }} }}
        WHERE {{ GRAPH ?g {{ <{AXIS}> rdfs:label ?old FILTER(lang(?old) = "it") }} }}"""
    answer = service.update(update)
    assert answer.status_code == 200, answer.text
    assert service.ask(f'ASK {{ GRAPH <{GRAPH}derived-edges> {{ ?link rdfs:label ?label FILTER(CONTAINS(?label, "Asse rinominato")) }} }}')


def test_a_graph_is_put_merged_and_taken_away(service: Service) -> None:
    graph, headers = {"graph": f"{GRAPH}seregno-notes"}, {"authorization": f"Bearer {service.token}", "content-type": "text/turtle"}
    note = f'<{AXIS}> <http://www.w3.org/2000/01/rdf-schema#comment> "%s"@it .'
    assert service.client.put("/graphs", params=graph, content=note % "prima", headers=headers).status_code == 201
    assert service.client.post("/graphs", params=graph, content=note % "seconda", headers=headers).status_code == 200
    assert len(service.client.get("/graphs", params=graph, headers={"accept": "application/n-triples"}).text.splitlines()) == 2
    assert service.client.put("/graphs", params=graph, content=note % "terza", headers=headers).status_code == 200
    assert "terza" in service.client.get("/graphs", params=graph).text
    assert service.client.delete("/graphs", params=graph, headers=headers).status_code == 200
    assert service.client.get("/graphs", params=graph).status_code == 404
    refused = service.client.patch("/graphs", params=graph, headers=headers)
    assert refused.status_code == 405
    assert "/update" in refused.json()["detail"]


def test_a_framework_that_is_written_is_in_the_catalogue_at_once(service: Service) -> None:
    plan = f"""INSERT DATA {{ GRAPH <{GRAPH}seregno-tests> {{ <{ID}tests> a filo:Framework ; rdfs:label "Piano di prova"@it, "Test plan"@en ;
        filo:hasGovernanceLevel <{VOC}governance-level/municipal> ; filo:hasEvidence <{ID}organization/evidence/dossier-l1> }} }}"""
    answer = service.update(plan)
    assert answer.status_code == 200, answer.text
    assert service.ask(f"""PREFIX dcat: <{DCAT}> PREFIX dct: <http://purl.org/dc/terms/> ASK {{
        <{BASE}catalogue> dcat:dataset ?dataset ; dct:modified ?day . ?dataset <https://schema.org/about> <{ID}tests> ; dct:modified ?day ;
        dcat:distribution/dcat:downloadURL <{BASE}download/current/graphs/seregno-tests.ttl.gz> }}""")


def test_what_the_service_holds_is_what_a_new_start_and_a_build_make_of_the_journal(service: Service) -> None:
    held = graphs(service.running.address)
    lines = (service.home / "journal.jsonl").read_text().splitlines()
    assert len(lines) == service.revision() > 5
    copy = service.home.parent / "copy"
    shutil.copytree(service.home, copy, ignore=shutil.ignore_patterns("*.log"))
    again = start(copy, "--no-build")
    try:
        assert graphs(again.address) == held
        names = [httpx.get(f"{address}/health").json()["state"] for address in (again.address, service.running.address)]
        assert names[0] == names[1]
    finally:
        stop(again)
    built = build(copy, Inputs(AS_OF))
    assert built.manifest["revision"] == service.revision()
    assert built.manifest["noLongerApplies"] == []
    store = built.open()
    assert {graph: set(store.triples(graph)) for graph in store.graphs()} == held
    found = current(copy)
    assert found is not None
    assert json.loads((found.folder / "manifest.json").read_text())["counts"]["quads"] == len(store)
