"""The catalogue: DCAT-AP_IT and DCAT-AP, each rule of which fires when the real catalogue is robbed of what it asks for; who publishes; licences."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib

from filorosso.api.cli import main
from filorosso.graph import Facts, Inputs, Publisher, Release, SourceError, Store, build, is_up_to_date, rights
from filorosso.graph.catalogue import CATALOGUE, CATALOGUE_GRAPH, DATASET, WHOLE, Edition, catalogue_quads
from filorosso.graph.dumps import DOWNLOAD, dump_names, whole_names
from filorosso.graph.facts import label
from filorosso.graph.namespaces import DCAT, DCATAPIT, DCT, FILO, FOAF, GRAPH, ID, RDF, RDFS, VCARD
from filorosso.graph.terms import Quad, Triple, iri, text, value_of

from . import robbed as robbed_program
from .conftest import AS_OF, CHECKOUT
from .robbed import rules

TYPE, LABEL = iri(RDF + "type"), iri(RDFS + "label")
CITY = Publisher("Città di Prova", "City of Prova", "c_x000", "dati@comune.example", "https://comune.example/")
UNION = "https://example.org/id/organization/unione-rupenera"
# What the Italian profile makes mandatory; the plain type of each class, with what DCAT-AP asks of it, is mandatory too.
MANDATORY = {
    "Catalog": (DCT + "title", DCT + "description", DCT + "publisher", DCT + "modified", DCAT + "dataset"),
    "Dataset": (
        *(DCT + name for name in ("identifier", "title", "description", "modified", "rightsHolder", "accrualPeriodicity")),
        DCAT + "theme",
        DCAT + "distribution",
    ),
    "Distribution": (DCT + "format", DCAT + "accessURL", DCT + "license"),
    "Agent": (DCT + "identifier", FOAF + "name"),
    "Organization": (VCARD + "fn", VCARD + "hasEmail"),
}


def catalogue_of(store: Store) -> list[Triple]:
    triples = store.triples(value_of(CATALOGUE_GRAPH))
    assert len(triples) > 1000
    return triples


@pytest.fixture(scope="module")
def catalogue(store: Store) -> Facts:
    return Facts(catalogue_of(store))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A service of a city, with a plan of its own and that of a union of municipalities, whose graph says who publishes it."""
    place = tmp_path_factory.mktemp("city")
    said = f"\n<{GRAPH}rupenera> dct:publisher <{UNION}> .\n<{GRAPH}valdinulla> dct:publisher <{UNION}> .\n"
    plans = CHECKOUT / "tests" / "data" / "plans"
    (place / "rupenera.ttl").write_text((plans / "rupenera.ttl").read_text(encoding="utf-8") + said, encoding="utf-8")
    return build(place / "home", Inputs(AS_OF, plans=(place / "rupenera.ttl", plans / "valdinulla.ttl"), publisher=CITY))


@pytest.fixture(scope="module")
def robbed(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """By rule: the node that was robbed of what the rule asks for, and the rules and nodes that validation then finds."""
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.nt"
    path.write_text("".join(f"{s} {p} {o} .\n" for s, p, o in catalogue_of(store)), encoding="utf-8")
    done = subprocess.run([sys.executable, robbed_program.__file__, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {row["rule"]: row["found"] for row in map(json.loads, done.stdout.splitlines())}


def test_the_catalogue_as_it_is_breaks_no_rule(robbed: dict[str, list[list[str]]]) -> None:
    assert robbed["none"] == []


@pytest.mark.parametrize(("rule", "class_", "path"), [rule[:3] for rule in rules()])
def test_what_is_mandatory_is_missed(robbed: dict[str, list[list[str]]], rule: str, class_: str, path: str) -> None:
    found = {name for name, _ in robbed[rule]}
    assert rule in found, (class_, path)
    # Without its plain type a node is missed by what points to it too.
    assert found == {rule} or path == RDF + "type"


def test_the_rules_cover_what_the_italian_profile_makes_mandatory() -> None:
    plain = {class_: value for _, class_, path, value in rules() if path == RDF + "type"}
    asked = {(class_, path) for _, class_, path, _ in rules()}
    for name, paths in MANDATORY.items():
        assert DCATAPIT + name in plain
        for path in paths:
            assert {(DCATAPIT + name, path), (plain[DCATAPIT + name], path)} & asked, (name, path)


def test_every_term_of_the_italian_profile_is_one_of_its_ontology(catalogue: Facts, store: Store, shared_data: Path) -> None:
    ontology = rdflib.Graph().parse(shared_data / "ontologies" / "DCAT-AP_IT.ttl")
    # The file declares the class of catalogues under https:, against its own examples and all its other terms.
    declared = {str(term).replace(DCATAPIT.replace("http:", "https:"), DCATAPIT) for term in ontology.subjects(rdflib.RDF.type)}
    used = {value_of(class_) for _, class_ in catalogue.pairs(TYPE) if DCATAPIT in class_}
    assert used == {DCATAPIT + name for name in ("Agent", "Catalog", "Dataset", "Distribution", "LicenseDocument", "Organization")}
    assert used <= declared
    assert not [predicate for _, predicate, _ in catalogue_of(store) if DCATAPIT in predicate]


def test_there_is_a_dataset_for_each_plan_and_one_for_the_whole_and_versions_hang_on_theirs(catalogue: Facts, facts: Facts) -> None:
    frameworks = facts.subjects(TYPE, iri(FILO + "Framework"))
    plans = [framework for framework in frameworks if not facts.objects(framework, iri(DCT + "isVersionOf"))]
    about = dict(catalogue.pairs(iri("https://schema.org/about")))
    listed = catalogue.objects(iri(CATALOGUE), iri(DCAT + "dataset"))
    assert set(catalogue.subjects(TYPE, iri(DCATAPIT + "Dataset"))) == set(listed)
    assert {about.get(node, node) for node in listed} == {*plans, iri(WHOLE)}
    assert len(catalogue.subjects(TYPE, iri(DCAT + "Dataset"))) == len(frameworks) + 1 > len(plans) + 5
    for dataset, version in catalogue.pairs(iri(DCAT + "hasVersion")):
        assert catalogue.objects(version, iri(DCAT + "isVersionOf")) == [dataset]
        assert facts.objects(about[version], iri(DCT + "isVersionOf")) == [about[dataset]]
    assert catalogue.objects(iri(DATASET + "milan-plan-2019-2021"), iri(DCAT + "previousVersion")) == [
        iri(DATASET + "milan-plan-2016-2018")
    ]


def test_every_file_that_it_names_is_one_of_the_release(catalogue: Facts, release: Release) -> None:
    named = {value_of(file).removeprefix(DOWNLOAD) for _, file in catalogue.pairs(iri(DCAT + "downloadURL"))}
    assert named <= set(release.manifest["files"])
    assert {*whole_names(), *dump_names(GRAPH + "pnrr"), *dump_names(GRAPH + "pnrr-sdg")} <= named


def test_the_files_of_a_dataset_are_the_graphs_that_speak_of_its_framework(catalogue: Facts, store: Store) -> None:
    for dataset, graph in catalogue.pairs(iri(DCT + "hasPart")):
        files = {
            value_of(url)
            for each in catalogue.objects(dataset, iri(DCAT + "distribution"))
            for url in catalogue.objects(each, iri(DCAT + "downloadURL"))
        }
        assert {DOWNLOAD + name for name in dump_names(value_of(graph))} <= files
    rows = store.rows("SELECT ?f ?g { GRAPH ?g { ?f a filo:Framework } }")
    assert len(rows) > 20
    for row in rows:
        about = catalogue.subjects(iri("https://schema.org/about"), row["f"])
        plans = [plan for each in about for plan in catalogue.objects(each, iri(DCAT + "isVersionOf")) or [each]]
        assert row["g"] in catalogue.objects(plans[0], iri(DCT + "hasPart")), row


def test_every_node_is_an_iri_and_named_in_both_languages(catalogue: Facts, store: Store) -> None:
    triples = catalogue_of(store)
    assert not [triple for triple in triples for term in triple if term.startswith("_:")]
    for subject in {triple[0] for triple in triples}:
        names = store.objects(subject, LABEL)
        assert {"@it", "@en"} <= {name[-3:] for name in names}, subject


def test_nobody_is_made_the_publisher(catalogue: Facts) -> None:
    publisher = iri(CATALOGUE + "/publisher")
    assert catalogue.objects(iri(CATALOGUE), iri(DCT + "publisher")) == [publisher]
    assert "did not say" in label(catalogue, publisher, "en")
    (email,) = catalogue.objects(iri(CATALOGUE + "/contact"), iri(VCARD + "hasEmail"))
    assert value_of(email).endswith(".invalid")
    holders = {holder for _, holder in catalogue.pairs(iri(DCT + "rightsHolder"))}
    assert holders == {publisher, iri(ID + "organization/filorosso")}


# Who publishes


def test_a_city_publishes_its_own_plan_and_a_graph_may_name_its_publisher(city: Release) -> None:
    said = Facts(catalogue_of(city.open()))
    operator, union, editors = iri(CATALOGUE + "/publisher"), iri(UNION), iri(ID + "organization/filorosso")
    datasets = {value_of(about): node for node, about in said.pairs(iri("https://schema.org/about"))}
    expected = {
        "https://example.org/id/rupenera": (union, union, "unione-rupenera"),
        # What another graph says of this one does not count.
        "https://example.org/id/valdinulla": (operator, operator, "c_x000"),
        ID + "seregno-agenda": (operator, editors, "c_x000"),
    }
    for framework, (publisher, holder, code) in expected.items():
        dataset = datasets[framework]
        assert said.objects(dataset, iri(DCT + "publisher")) == [publisher], framework
        assert said.objects(dataset, iri(DCT + "rightsHolder")) == [holder], framework
        (identifier,) = said.objects(dataset, iri(DCT + "identifier"))
        assert code in value_of(identifier).split(":")[0]
    assert label(said, operator, "en") == "City of Prova"
    assert said.objects(operator, iri(FOAF + "homepage")) == ["<https://comune.example/>"]
    assert said.objects(iri(CATALOGUE + "/contact"), iri(VCARD + "hasEmail")) == ["<mailto:dati@comune.example>"]


def test_another_publisher_is_another_release(city: Release, release: Release) -> None:
    assert city.edition.publisher == CITY
    assert is_up_to_date(release, Inputs(AS_OF))
    assert not is_up_to_date(release, Inputs(AS_OF, publisher=CITY))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"it": " "}, "has no name"),
        ({"identifier": "c x000"}, "is no identifier"),
        ({"email": "comune.example"}, "is no e-mail address"),
        ({"homepage": "javascript:alert(1)"}, "is no web address"),
    ],
)
def test_a_publisher_that_cannot_be_harvested_is_refused(change: dict[str, str], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        Publisher(**({"it": "Città", "en": "City", "identifier": "c_x000", "email": "a@comune.example", "homepage": ""} | change))


def test_a_publisher_is_said_whole_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--home", str(tmp_path), "--publisher", "Comune di Prova"]) == 2
    assert "--publisher-email go together" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# What is listed, by a graph of a few statements


PLAN, GRAPH_OF_PLAN = "<https://example.org/id/plan>", iri(GRAPH + "plan")


def small(*more: Quad, edition: Edition | None = None) -> Facts:
    """The catalogue of one plan with an element."""
    element = "<https://example.org/id/plan/axis/1>"
    quads = [
        (PLAN, TYPE, iri(FILO + "Framework"), GRAPH_OF_PLAN),
        (PLAN, LABEL, text("Piano \"<script>'\u202e", "it"), GRAPH_OF_PLAN),
        (element, TYPE, iri(FILO + "Element"), GRAPH_OF_PLAN),
        (element, iri(FILO + "inFramework"), PLAN, GRAPH_OF_PLAN),
        *more,
    ]
    listed = catalogue_quads(quads, Facts(quad[:3] for quad in quads), edition or Edition(CITY, "2026-11-22"))
    return Facts(quad[:3] for quad in listed)


def parts(said: Facts) -> set[str]:
    return {graph for _, graph in said.pairs(iri(DCT + "hasPart"))}


def test_a_link_in_another_graph_is_data_of_the_framework_unless_it_is_only_proposed() -> None:
    link, subject = "<https://example.org/id/link>", iri(FILO + "hasSubject")
    for graph, listed in (("others", True), ("others/proposed", False)):
        place = iri(GRAPH + graph)
        said = small((link, TYPE, iri(FILO + "Frame"), place), (link, subject, PLAN, place))
        assert parts(said) == {GRAPH_OF_PLAN, *([place] if listed else [])}


def test_a_cycle_ends() -> None:
    one, other, subject = "<https://example.org/id/1>", "<https://example.org/id/2>", iri(FILO + "hasSubject")
    graph = iri(GRAPH + "cycle")
    said = small(
        *((node, TYPE, iri(FILO + "Claim"), graph) for node in (one, other)),
        (one, subject, other, graph),
        (other, subject, one, graph),
        (one, subject, PLAN, graph),
    )
    assert parts(said) == {GRAPH_OF_PLAN, graph}


def test_the_day_of_change_is_that_of_the_last_write_to_a_graph_of_the_dataset() -> None:
    days = {GRAPH_OF_PLAN: "2026-12-01", iri(GRAPH + "other"): "2026-12-31"}
    said = small(edition=Edition(CITY, "2026-11-22", changed=days))
    (dataset,) = said.subjects(iri("https://schema.org/about"), PLAN)
    modified = {node: value_of(day) for node, day in said.pairs(iri(DCT + "modified"))}
    assert modified == {dataset: "2026-12-01", iri(WHOLE): "2026-12-31", iri(CATALOGUE): "2026-12-31"}
    earlier = small(edition=Edition(CITY, "2027-01-01", changed=days))
    assert {value_of(day) for _, day in earlier.pairs(iri(DCT + "modified"))} == {"2027-01-01"}


def test_the_same_statements_in_another_order_give_the_same_catalogue(store: Store) -> None:
    names = [GRAPH + name for name in ("pnrr", "acts", "documents")]
    quads = sorted((*triple, iri(name)) for name in names for triple in store.triples(name))
    made = [catalogue_quads(order, Facts(quad[:3] for quad in order), Edition(CITY, "2026-11-22")) for order in (quads, quads[::-1])]
    assert made[0] == made[1]
    assert made[0] == sorted(made[0])


def test_what_a_graph_says_of_itself_in_odd_words_makes_no_odd_catalogue() -> None:
    body, publisher = "<https://example.org/id/body>", iri(DCT + "publisher")
    said = small(
        (GRAPH_OF_PLAN, publisher, text("Comune"), GRAPH_OF_PLAN),
        (GRAPH_OF_PLAN, publisher, body, GRAPH_OF_PLAN),
        (body, iri(DCT + "identifier"), text("a: b"), GRAPH_OF_PLAN),
    )
    (dataset,) = said.subjects(iri("https://schema.org/about"), PLAN)
    assert said.objects(dataset, publisher) == [body]
    (identifier,) = said.objects(dataset, iri(DCT + "identifier"))
    assert value_of(identifier).count(":") == 1
    assert label(said, dataset, "it").startswith("Piano \"<script>'\u202e")


def test_a_framework_in_no_named_graph_is_not_listed() -> None:
    other = "<https://example.org/id/unnamed>"
    said = small((other, TYPE, iri(FILO + "Framework"), ""))
    assert said.subjects(iri("https://schema.org/about"), other) == []
    assert len(said.subjects(TYPE, iri(DCATAPIT + "Dataset"))) == 2


# Licences


def test_every_source_says_its_licence_or_that_none_was_read(store: Store) -> None:
    found = rights(store)
    assert len(found) > 100
    assert [each.document for each in found if not each.is_known] == []
    assert {licence for each in found for licence in each.licences} == {
        "https://creativecommons.org/licenses/by/4.0/",
        "https://creativecommons.org/licenses/by/3.0/it/",
        "http://publications.europa.eu/resource/authority/licence/COM_REUSE",
    }


def test_what_rests_on_a_source_is_known_and_how_it_is_credited(store: Store) -> None:
    by_document = {each.document: each for each in rights(store)}
    table = by_document[ID + "document/pnrr-v04"]
    assert (ID + "pnrr" in table.frameworks, GRAPH + "pnrr" in table.graphs) == (True, True)
    assert "https://creativecommons.org/licenses/by/4.0/" in table.line["it"]
    assert table.line["it"].startswith("Fonte: ")
    assert "dati rielaborati" in table.line["it"]
    taxonomy = by_document[ID + "document/un-sdg-taxonomy"]
    assert "http://metadata.un.org/sdg" in taxonomy.line["en"]
    assert ID + "agenda-2030" in taxonomy.frameworks
    assert "cited" in taxonomy.terms["en"]
    assert all(each.label["it"] and each.label["en"] and each.line["en"].endswith(".") for each in by_document.values())


def test_a_licence_in_words_is_among_the_terms() -> None:
    document = "<https://example.org/id/document>"
    (found,) = rights(Facts([(document, TYPE, iri(FOAF + "Document")), (document, iri(DCT + "license"), text("uso libero", "it"))]))
    assert (found.licences, found.terms["it"], found.is_known) == ({}, "uso libero", True)
    assert found.line["it"] == "Fonte: senza autore noto, «document»."


def test_the_lines_that_licences_ask_for_are_in_the_catalogue(catalogue: Facts, store: Store) -> None:
    (said,) = [
        value_of(o)
        for o in catalogue.objects(iri(DATASET + "pnrr/rights"), iri("http://schema.theodi.org/odrs#attributionText"))
        if o.endswith("@it")
    ]
    resting = [each for each in rights(store) if ID + "pnrr" in each.frameworks]
    owed = [each for each in resting if each.licences]
    assert len(owed) > 3
    assert all(each.line["it"] in said for each in owed)
    assert f"{len(resting) - len(owed)}" in said.splitlines()[0]
