"""What the graph says of the dossier's facts. The answers are those that the five source documents and the named pages state."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from filorosso.graph import Facts, Release, Store, value_of
from filorosso.graph.namespaces import CITIES, DCT, FOAF, ID, PROVINCES, RDFS, SDG, VOC
from filorosso.graph.terms import iri, language_of
from filorosso.graph.threads import HAS_EVIDENCE, HAS_OBJECT, HAS_SUBJECT, IN_FRAMEWORK, TYPE, filo

CHECKOUT = Path(__file__).resolve().parent.parent
AXIS = ID + "seregno-agenda-2022/axis/"
SIX = ["servizi avanzati", "benessere", "innovazione", "cultura", "welfare", "sostenibilità"]


def one(rows: list[dict[str, str]], name: str) -> list[str]:
    return [value_of(row[name]) for row in rows]


def kind(name: str) -> str:
    return f"<{VOC}element-kind/{name}>"


def test_the_six_crocevia_stand_in_the_order_of_the_agenda(store: Store) -> None:
    rows = store.rows(
        f"SELECT ?label {{ ?axis filo:inFramework <{ID}seregno-agenda-2022> ; filo:hasKind {kind('axis')} ; filo:position ?n ;"
        " rdfs:label ?label FILTER(lang(?label) = 'it') } ORDER BY ?n"
    )
    assert len(rows) == 6
    for label, word in zip(one(rows, "label"), SIX, strict=True):
        assert word in label.lower()


@pytest.mark.parametrize(
    ("axis", "goals", "missions"),
    [
        ("servizi-avanzati", {8, 9, 11}, {2, 3, 5}),
        ("cultura", {5, 11}, {1, 5}),
        ("welfare", {3, 11, 16}, {1, 5, 6}),
        ("sostenibilita", {7, 11, 12, 13, 15}, {2, 3}),
        ("innovazione", set(), set()),
        ("benessere", set(), set()),
    ],
)
def test_the_frames_that_each_axis_declares_are_those_of_its_page(store: Store, axis: str, goals: set[int], missions: set[int]) -> None:
    rows = store.rows(f"SELECT ?axis ?to {{ ?axis filo:hasStrategicFrame ?to FILTER(STRSTARTS(STR(?axis), '{AXIS}{axis}')) }}")
    found = one(rows, "to")
    assert {int(to.removeprefix(SDG)) for to in found if to.startswith(SDG)} == goals
    assert {int(to[-1]) for to in found if "/pnrr/mission/m" in to} == missions


def test_an_axis_whose_page_was_not_read_is_said_to_be_unread(store: Store) -> None:
    rows = store.rows(
        f"SELECT DISTINCT ?axis {{ ?s filo:aboutElement ?axis ; filo:hasExtent <{VOC}extent/none> ; filo:aboutRelation ?r"
        " FILTER(?r IN (filo:Frame, filo:hasStrategicFrame)) }"
    )
    unread = {axis.removeprefix(AXIS).split("-")[0] for axis in one(rows, "axis") if axis.startswith(AXIS)}
    assert unread == {"innovazione", "benessere"}


MARKS = {2: ["cultura"], 4: ["cultura"], 5: ["benessere"], 6: ["benessere", "servizi"], 7: ["cultura"], 8: ["cultura"], 9: ["servizi"]}
MARKS[10] = ["cultura"]
CERTAINTIES = {2: "medium-low", 4: "medium", 5: "high", 6: "high", 7: "medium-low", 8: "high", 9: "high", 10: "medium"}


def test_the_matrix_is_held_cell_by_cell(store: Store) -> None:
    cells = store.rows(
        "SELECT ?row ?column ?status ?mark { ?c a filo:TableCell ; filo:row ?row ; filo:column ?column ; filo:hasCellStatus ?status OPTIONAL { ?c filo:markPrinted ?mark } }"
    )
    assert len(cells) == 11 * 7
    attested = [c for c in cells if c["status"].endswith("/attested>")]
    assert len(attested) == 9
    by_column: dict[int, set[int]] = {}
    for cell in attested:
        by_column.setdefault(int(value_of(cell["column"])), set()).add(int(value_of(cell["row"])))
    assert by_column == {2: {6, 9}, 5: {5, 6}, 6: {2, 4, 7, 8, 10}}
    assert {value_of(c["mark"]) for c in attested} == {"\\$", "(8)", "▣", "(B)", "#"}


def test_the_printed_marks_are_read_as_the_dossier_reads_them(store: Store) -> None:
    rows = store.rows(
        f"""SELECT DISTINCT ?row ?axis ?certainty {{
            ?link a filo:Contribution ; filo:hasOrigin <{VOC}origin/plan> ; filo:hasObject ?axis ; filo:hasCertainty ?certainty ; filo:hasEvidence ?cell .
            ?cell a filo:TableCell ; filo:row ?row
        }} ORDER BY ?row ?axis"""
    )
    assert len(rows) == 9
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(int(value_of(row["row"])), []).append(value_of(row["axis"]).removeprefix(AXIS).split("-")[0])
        assert row["certainty"].endswith(f"/{CERTAINTIES[int(value_of(row['row']))]}>")
    assert found == MARKS


def test_other_readings_of_a_mark_are_kept_and_do_not_count(store: Store) -> None:
    rows = store.rows(
        f"""SELECT ?row ?axis {{ ?link a filo:Contribution ; filo:hasLifeCycle <{VOC}life-cycle/open> ; filo:hasObject ?axis ; filo:hasEvidence ?c .
            ?c a filo:TableCell ; filo:row ?row }}"""
    )
    assert {int(value_of(row["row"])) for row in rows} == {2, 4, 7}
    assert all("welfare" in row["axis"] for row in rows)


def test_the_dup_has_four_lines_and_eleven_actions(store: Store) -> None:
    rows = store.rows(
        f"""SELECT ?n (COUNT(?action) AS ?actions) {{ ?line filo:inFramework <{ID}seregno-dup> ; filo:hasKind {kind("strategic-line")} ; filo:position ?n .
            ?action filo:isPartOf ?line }} GROUP BY ?n ORDER BY ?n"""
    )
    assert [int(value_of(row["actions"])) for row in rows] == [4, 4, 2, 1]


def test_the_piao_has_six_objectives_fourteen_sub_objectives_and_eleven_tasks(store: Store) -> None:
    counted = {
        name: len(store.rows(f"SELECT ?e {{ ?e filo:inFramework <{ID}seregno-piao> ; filo:hasKind {kind(name)} }}"))
        for name in ("objective", "sub-objective", "task")
    }
    assert counted == {"objective": 6, "sub-objective": 14, "task": 11}


def test_the_third_objective_implements_the_national_plan(store: Store) -> None:
    rows = store.rows(
        f"""SELECT ?code {{ ?link a filo:Reference ; filo:hasReferenceKind <{VOC}reference-kind/implements> ;
            filo:hasSubject ?o ; filo:hasObject <{ID}piano-triennale-ict> . ?o filo:code ?code }}"""
    )
    assert "3" in one(rows, "code")


def test_nobody_has_assessed_coherence_in_the_shipped_sources(store: Store) -> None:
    assert store.rows("SELECT ?a { ?a a filo:CoherenceAssessment }") == []


def test_the_plan_declares_a_frame_and_access_to_funds_apart(store: Store) -> None:
    for class_ in ("Frame", "FundingAccess"):
        ends = ("hasObject", "hasSubject") if class_ == "Frame" else ("hasSubject", "hasObject")
        rows = store.rows(
            f"SELECT ?upper {{ ?link a filo:{class_} ; filo:{ends[0]} ?upper ; filo:{ends[1]} ?plan FILTER(STRSTARTS(STR(?plan), '{ID}seregno-agenda') && STRLEN(STR(?plan)) < {len(ID) + 21}) }}"
        )
        assert {f"{ID}agenda-2030", f"{ID}pnrr"} <= set(one(rows, "upper")), class_


def test_money_for_the_city_district_was_allocated_by_the_act_to_the_phase_as_a_whole(store: Store) -> None:
    rows = store.rows(
        """SELECT ?amount ?number ?kind (COUNT(?action) AS ?actions) {
            ?funding filo:isGrantedBy ?act ; filo:hasRecipient ?phase ; filo:hasAmount ?a . ?act filo:number ?number .
            ?a filo:amountInEuro ?amount ; filo:hasAmountKind ?kind . ?action filo:isPartOf ?phase
        } GROUP BY ?amount ?number ?kind"""
    )
    assert len(rows) == 1
    row = {name: value_of(term) for name, term in rows[0].items()}
    assert (float(row["amount"]), row["number"], row["actions"]) == (18000, "154", "4")
    assert row["kind"].endswith("/allocated")


def test_the_year_of_that_act_is_inferred_and_said_to_be(store: Store) -> None:
    rows = store.rows("SELECT ?printed ?from { ?act a filo:Act ; filo:number '154' ; filo:datePrinted ?printed ; filo:dateFrom ?from }")
    assert one(rows, "from") == ["2014-11-04"]
    assert "2014" not in one(rows, "printed")[0]
    assert "2024" not in str(rows)


def test_the_milan_plan_was_approved_by_the_council(store: Store) -> None:
    rows = store.rows(
        f"SELECT ?number ?from ?body {{ <{ID}milan-plan-2019-2021> filo:isApprovedBy ?act . ?act filo:number ?number ; filo:dateFrom ?from ; filo:isIssuedBy ?body }}"
    )
    assert [(value_of(r["number"]), value_of(r["from"])) for r in rows] == [("43/2019", "2019-10-23")]
    assert rows[0]["body"] == f"<{ID}organization/consiglio-metropolitano-di-milano>"


def test_the_milan_plan_has_its_three_versions_and_a_draft(store: Store) -> None:
    rows = store.rows(f"SELECT ?version {{ ?version dct:isVersionOf <{ID}milan-plan> ; a filo:Framework }}")
    assert {v.removeprefix(ID) for v in one(rows, "version")} == {
        "milan-plan-2016-2018",
        "milan-plan-2019-2021",
        "milan-plan-2022-2024",
        "milan-plan-2025-2027",
    }
    areas = store.rows(f"SELECT ?e {{ ?e filo:inFramework <{ID}milan-plan-2019-2021> ; filo:hasKind {kind('policy-area')} }}")
    assert len(areas) == 6


def test_seregno_is_in_its_province_and_not_in_the_metropolitan_city(facts: Facts) -> None:
    seregno = iri(f"{CITIES}108039-(2009-06-30)")
    assert facts.objects(seregno, iri(DCT + "isPartOf")) == [iri(PROVINCES + "108")]


def test_the_legal_edge_from_the_metropolitan_plan_is_to_a_city_within(store: Store) -> None:
    rows = store.rows(
        f"""SELECT ?to ?inside {{ ?link a filo:Reference ; filo:hasReferenceKind <{VOC}reference-kind/guides> ; filo:hasSubject <{ID}milan-plan-2019-2021> ;
            filo:hasObject ?to ; filo:hasOrigin <{VOC}origin/official> . ?to filo:hasTerritory ?place . ?place dct:isPartOf+ ?inside
            FILTER(?inside = <{PROVINCES}015>) }}"""
    )
    assert one(rows, "to") == [f"{ID}organization/comune-di-milano"]


def test_what_was_printed_wrongly_is_kept_as_printed_and_is_no_cup(store: Store) -> None:
    rows = store.rows("SELECT ?value { ?claim a filo:Claim ; filo:onProperty filo:cup ; filo:claimedValue ?value }")
    assert "B53d1600352007" in one(rows, "value")
    assert not [row for row in store.rows("SELECT ?cup { ?p filo:cup ?cup }") if len(value_of(row["cup"])) != 15]


def test_conflicting_sources_are_both_kept(store: Store) -> None:
    rows = store.rows(
        "SELECT ?value { ?claim a filo:Claim ; filo:hasSubject ?p ; filo:claimedValue ?value FILTER(STRENDS(STR(?p), 'project/polo-dell-innovazione')) }"
    )
    said = " ".join(one(rows, "value"))
    assert re.search(r"3\.?825", said)
    assert re.search(r"3\.?835", said)


def test_there_are_fifteen_metropolitan_cities_and_twenty_three_budget_missions(store: Store) -> None:
    cities = store.rows(
        f"SELECT ?p {{ ?p a dct:Location ; filo:hasGovernanceLevel <{VOC}governance-level/metropolitan> }}".replace(
            "dct:", "<" + DCT
        ).replace("Location ;", "Location> ;")
    )
    assert len(cities) == 15
    missions = store.rows(
        f"SELECT ?code {{ ?m filo:inFramework <{ID}budget-missions> ; filo:hasKind {kind('budget-mission')} ; filo:code ?code }}"
    )
    assert len(missions) == 23
    assert {"01", "20", "50", "60", "99"} <= set(one(missions, "code"))


def test_the_seed_documents_are_the_ones_that_were_read(store: Store, seeds: Path) -> None:
    rows = store.rows(f"SELECT ?doc ?sha {{ ?doc dct:isPartOf <{ID}document/seed-corpus> ; filo:sha256 ?sha }}")
    assert set(one(rows, "sha")) == {hashlib.sha256(path.read_bytes()).hexdigest() for path in seeds.glob("*.txt")}


def test_every_printed_mark_stands_where_its_cell_says(store: Store, seeds: Path) -> None:
    lines = next(seeds.glob("003*")).read_text(encoding="utf-8").split("\n")
    rows = store.rows(
        "SELECT ?locator ?column ?mark { ?c a filo:TableCell ; filo:locator ?locator ; filo:column ?column ; filo:markPrinted ?mark }"
    )
    assert len(rows) == 9
    for row in rows:
        line = re.search(r"L(\d+)", value_of(row["locator"]))
        assert line
        fields = lines[int(line[1]) - 1].split("\t")
        assert fields[int(value_of(row["column"]))] == value_of(row["mark"])


def test_no_private_person_is_in_the_graph(facts: Facts, seeds: Path) -> None:
    """The names that stand on the documents' mastheads are in no literal; and nothing is typed as a person."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in seeds.glob("00[01]*.txt"))
    staff = re.findall(r"(?:Direttore|Gruppo di lavoro)\n\n(.+)", text)
    surnames = {word for line in staff for word in re.findall(r"\b[A-Z][a-zà]+ (?:de )?([A-Z][a-z]{3,})\b", line)}
    assert len(surnames) > 5
    literals = " ".join(name for _, name in facts.pairs(iri(RDFS + "label"))) + " ".join(c for _, c in facts.pairs(iri(RDFS + "comment")))
    assert not {name for name in surnames if re.search(rf"\b{name}\b", literals)}
    assert not list(facts.subjects(TYPE, iri(FOAF + "Person")))


def test_every_statement_that_is_no_part_of_the_machinery_has_evidence(facts: Facts) -> None:
    for class_ in (
        "Framework",
        "Element",
        "Project",
        "Funding",
        "Amount",
        "Claim",
        "Act",
        "Frame",
        "Contribution",
        "Reference",
        "Correspondence",
    ):
        nodes = facts.subjects(TYPE, filo(class_))
        assert nodes, class_
        assert not [node for node in nodes if not facts.objects(node, HAS_EVIDENCE)], class_


def test_direct_triples_are_never_typed(facts: Facts) -> None:
    derived = (
        "contributesTo",
        "hasStrategicFrame",
        "isFundedUnder",
        "refersTo",
        "offersFundingTo",
        "tracesTo",
        "mayContributeTo",
        "mayBePartOf",
    )
    assert not [pair for name in derived for pair in facts.pairs(filo(name))]


def test_every_end_of_a_link_is_a_node_of_the_graph(facts: Facts) -> None:
    for end in (
        HAS_SUBJECT,
        HAS_OBJECT,
        IN_FRAMEWORK,
        filo("inDocument"),
        filo("hasFundingSource"),
        filo("hasRecipient"),
        filo("hasTerritory"),
    ):
        dangling = {o for _, o in facts.pairs(end) if not facts.objects(o, TYPE)}
        assert not dangling, end


def test_labels_are_in_both_languages(facts: Facts) -> None:
    for class_ in ("Framework", "Element", "Continuant", "Act"):
        for node in facts.subjects(TYPE, filo(class_)):
            assert sorted(language_of(o) or "" for o in facts.objects(node, iri(RDFS + "label"))) == ["en", "it"], node


def test_the_warnings_that_stand_are_the_ones_that_are_explained(release: Release) -> None:
    report = release.report()
    assert report.conforms
    standing: dict[tuple[str, str], int] = {}
    for problem in report.problems:
        if problem.waived_by is None:
            key = (value_of(problem.rule).rsplit("/", 1)[-1], value_of(problem.node).removeprefix(ID).split("/")[0])
            standing[key] = standing.get(key, 0) + 1
    text = (CHECKOUT / "docs" / "warnings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+-\w+) \| ([\w-]+) \| (\d+) \|", text, re.MULTILINE)
    assert {(rule, framework): int(number) for rule, framework, number in rows} == standing
