"""The shapes: each fires on its own fault and on no other, and says in both languages what is wrong and how to mend it.

A fault file is `tests/data/shapes/<Shape>-<property>-<fault>.ttl`: a small, otherwise correct fragment of a plan with one fault, which
its first line tells. The shape that must fire, and no other, is `https://w3id.org/filorosso/shapes/<Shape>-<property>`: the names of
shapes hold exactly one hyphen, so what follows the second one tells the fault. Three kinds of shapes are told apart by their names:

- a rule, `…Shape-…`, has a target or is reached from one of the next kind; its IRI is what a report and a waiver name;
- a way, `…Target-…`, only leads from a controlled value to the nodes that bear it, and on to the rules for them;
- a condition, `…Node` or `…Node-…`, serves inside rules and never fires on its own.

The module is a program too: pySHACL wants a process of its own.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import pytest
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, SH
from rdflib.term import IdentifiedNode, Node

from filorosso.graph import resources
from filorosso.graph.namespaces import FILO, SHAPES, VOC

Finding: TypeAlias = tuple[str, str, str]

FOLDER = Path(__file__).with_name("data") / "shapes"
FAULTS = sorted(FOLDER.glob("*Shape-*.ttl"))
CLEAN = FOLDER / "clean.ttl"
PROCESSES = 2

RULE = re.compile(r"([A-Z][A-Za-z]*Shape-[a-z][A-Za-z0-9]*)")
WAY = re.compile(r"[A-Z][A-Za-z]*Target-[a-z]+")
CONDITION = re.compile(r"[A-Z][A-Za-z]*Node(-[a-z][A-Za-z]*)?")
TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
SHAPE_VALUES = (SH.node, SH.property, SH.qualifiedValueShape, SH["not"])
SHAPE_LISTS = (SH["and"], SH["or"], SH.xone)
# What a shape may say besides its constraints.
DESCRIPTIONS = {RDF.type, RDFS.comment, SH.message, SH.name, SH.path, SH.property, SH.severity, *TARGETS}


def local(shape: Node | None) -> str:
    """The name of a shape: `LinkShape-evidence`."""
    return str(shape).removeprefix(SHAPES)


def rule_of(path: Path) -> str:
    """The shape that a fault file is to make fire."""
    return "-".join(path.stem.split("-")[:2])


def parsed(paths: Iterable[Path]) -> Graph:
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


def terms_files() -> list[Path]:
    return [*resources.turtle_files("ontology"), *resources.turtle_files("ontology", "vocabularies")]


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return parsed(resources.turtle_files("shapes"))


@pytest.fixture(scope="module")
def terms() -> Graph:
    return parsed(terms_files())


@pytest.fixture(scope="module")
def findings() -> dict[str, set[Finding]]:
    """What validation finds in each file beyond what it finds in the ontology and the vocabularies alone."""
    commands = [[sys.executable, __file__, str(part)] for part in range(PROCESSES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        runs = list(pool.map(lambda command: subprocess.run(command, capture_output=True, text=True, check=False), commands))
    for run in runs:
        assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for run in runs for line in run.stdout.splitlines()]
    return {row["file"]: {(rule, node, value) for rule, node, value in row["findings"]} for row in rows}


def all_shapes(shapes: Graph) -> set[Node]:
    """What SHACL takes for a shape: by its type, its target, or as the value of a parameter that expects one."""
    found: set[Node] = {s for kind in (SH.NodeShape, SH.PropertyShape) for s in shapes.subjects(RDF.type, kind)}
    found |= {s for target in TARGETS for s in shapes.subjects(target)}
    found |= {shape for values in SHAPE_VALUES for shape in shapes.objects(None, values)}
    for lists in SHAPE_LISTS:
        for head in shapes.objects(None, lists):
            assert isinstance(head, IdentifiedNode)
            found |= set(Collection(shapes, head))
    return found


def rules(shapes: Graph) -> set[str]:
    return {local(shape) for shape in all_shapes(shapes) if RULE.fullmatch(local(shape))}


def constraints(shapes: Graph, shape: Node) -> set[Node]:
    return set(shapes.predicates(shape)) - DESCRIPTIONS


def languages(shapes: Graph, shape: Node, predicate: URIRef) -> list[str]:
    return sorted(str(o.language) for o in shapes.objects(shape, predicate) if isinstance(o, Literal))


def test_the_shapes_are_valid_by_the_shapes_of_shacl_itself() -> None:
    done = subprocess.run([sys.executable, __file__, "themselves"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_fault_files() -> None:
    assert len(FAULTS) > 250
    assert {path.name for path in FOLDER.iterdir()} == {CLEAN.name, *(path.name for path in FAULTS)}


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_fault_makes_its_own_shape_fire_and_no_other(path: Path, findings: dict[str, set[Finding]]) -> None:
    assert {rule for rule, _, _ in findings[path.name]} == {rule_of(path)}, findings[path.name]


def test_a_clean_plan_has_no_finding(findings: dict[str, set[Finding]]) -> None:
    assert findings[CLEAN.name] == set()


def test_the_clean_plan_uses_every_class_that_can_be_typed(terms: Graph) -> None:
    own = {c for c in terms.subjects(RDF.type, OWL.Class) if str(c).startswith(FILO)}
    assert len(own) > 20
    never_typed = {URIRef(FILO + name) for name in ("Attribution", "Break", "Change", "Hop", "Link", "Thread")}
    assert own - never_typed <= set(parsed([CLEAN]).objects(None, RDF.type))


def test_every_rule_has_a_fault_file(shapes: Graph) -> None:
    assert len(rules(shapes)) > 100
    assert {rule_of(path) for path in FAULTS} == rules(shapes)


def test_every_fault_file_tells_its_fault_in_one_line() -> None:
    for path in FAULTS:
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert re.fullmatch(r"# Fault: [^.]+\.", first), path.name


def test_every_shape_has_an_address_that_reads(shapes: Graph) -> None:
    for shape in all_shapes(shapes):
        assert isinstance(shape, URIRef), shape
        assert str(shape).startswith(SHAPES), shape
        assert any(kind.fullmatch(local(shape)) for kind in (RULE, WAY, CONDITION)), shape


def test_every_shape_has_a_name_and_what_constrains_a_message_in_both_languages(shapes: Graph) -> None:
    for shape in all_shapes(shapes):
        assert languages(shapes, shape, SH.name) == ["en", "it"], shape
        wanted = ["en", "it"] if constraints(shapes, shape) else []
        assert languages(shapes, shape, SH.message) == wanted, shape


def test_rules_are_reached_and_nothing_else_fires(shapes: Graph) -> None:
    for shape in all_shapes(shapes):
        targeted = any((shape, target, None) in shapes for target in TARGETS)
        ways = [way for way in shapes.subjects(SH.property, shape) if WAY.fullmatch(local(way))]
        if RULE.fullmatch(local(shape)):
            assert targeted or ways, shape
            assert constraints(shapes, shape), shape
        elif WAY.fullmatch(local(shape)):
            assert targeted, shape
            assert not constraints(shapes, shape), shape
        else:
            assert not targeted, shape
            assert not ways, shape


def test_every_condition_is_used(shapes: Graph) -> None:
    used = {local(shape) for values in SHAPE_VALUES for shape in shapes.objects(None, values)}
    for lists in SHAPE_LISTS:
        for head in shapes.objects(None, lists):
            assert isinstance(head, IdentifiedNode)
            used |= {local(shape) for shape in Collection(shapes, head)}
    assert {local(shape) for shape in all_shapes(shapes) if CONDITION.fullmatch(local(shape))} <= used


def test_severities_are_those_of_shacl_and_violations_are_silent_about_it(shapes: Graph) -> None:
    assert set(shapes.objects(None, SH.severity)) == {SH.Warning, SH.Info}


def test_a_query_says_why_the_core_cannot(shapes: Graph) -> None:
    assert len(list(shapes.subject_objects(SH.sparql))) < 12
    for shape, query in shapes.subject_objects(SH.sparql):
        assert RULE.fullmatch(local(shape)), shape
        assert languages(shapes, shape, RDFS.comment) == ["en", "it"], shape
        assert local(query) == f"{local(shape)}Query"


def test_every_term_and_concept_that_the_shapes_name_exists(shapes: Graph, terms: Graph) -> None:
    queries = " ".join(str(query) for query in shapes.objects(None, SH.select))
    named = {str(term) for triple in shapes for term in triple if isinstance(term, URIRef)}
    named |= {FILO + name for name in re.findall(r"filo:(\w+)", queries)} | set(re.findall(r"<([^>]+)>", queries))
    ours = {URIRef(name) for name in named if name.startswith((FILO, VOC))}
    assert len(ours) > 150
    assert {term for term in ours if (term, RDF.type, None) not in terms} == set()


def test_every_term_that_a_message_names_exists(shapes: Graph, terms: Graph) -> None:
    messages = " ".join(str(message) for predicate in (SH.message, SH.name) for message in shapes.objects(None, predicate))
    names = set(re.findall(r"filo:(\w+)", messages))
    assert len(names) > 80
    assert {name for name in names if (URIRef(FILO + name), RDF.type, None) not in terms} == set()


def test_a_waiver_can_name_every_rule(shapes: Graph) -> None:
    pattern = shapes.value(URIRef(SHAPES + "WaiverShape-rule"), SH.pattern)
    for rule in rules(shapes):
        assert re.search(str(pattern), SHAPES + rule), rule


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("CodeShape-measure", "M1C1I1.04"),
        ("CodeShape-measure", "M7C1I01.1"),
        ("CodeShape-subMeasure", "M1C1I1.04.03"),
        ("CodeShape-subMeasure", "M1C1R1.10.00"),
        ("CodeShape-subMeasure", "M2C4I2.01.A1"),
        ("CodeShape-subMeasure", "M7C1I01.1.00"),
        ("CodeShape-subMeasure", "M7C1R01.1.00"),
        ("LocationShape-istatMunicipality", "108039"),
        ("LocationShape-istatProvince", "015"),
        ("LocationShape-istatRegion", "03"),
        ("ProjectShape-cup", "B29J21031260002"),
        ("SdgCodeNode", "11.0b"),
        ("SdgCodeNode", "01.01.01"),
        ("SdgCompactCodeNode", "11.b"),
        ("SdgCompactCodeNode", "17"),
        ("SdgPermanentCodeNode", "C010101"),
    ],
)
def test_official_codes_of_every_form_pass(rule: str, code: str, shapes: Graph) -> None:
    pattern = shapes.value(URIRef(SHAPES + rule), SH.pattern)
    assert re.search(str(pattern), code), pattern


def _found(data: Graph, shapes: Graph) -> set[Finding]:
    from filorosso.graph.validation import shacl_report

    _, report = shacl_report(data, shapes)
    return {
        (local(report.value(result, SH.sourceShape)), str(report.value(result, SH.focusNode)), str(report.value(result, SH.value)))
        for result in report.objects(None, SH.result)
    }


def _findings(paths: Iterable[Path]) -> Iterator[dict[str, object]]:
    shapes, data = parsed(resources.turtle_files("shapes")), parsed(terms_files())
    known = _found(data, shapes)
    for path in paths:
        added = [triple for triple in parsed([path]) if triple not in data]
        for triple in added:
            data.add(triple)
        yield {"file": path.name, "findings": sorted(_found(data, shapes) - known)}
        for triple in added:
            data.remove(triple)


def _themselves() -> int:
    import pyshacl

    # SHACL's own shapes nest deeper than pySHACL goes by default; it carries them under their address.
    conforms, _, said = pyshacl.validate(
        parsed(resources.turtle_files("shapes")), shacl_graph=str(SH).rstrip("#") + "-shacl", inplace=True, max_validation_depth=60
    )
    sys.stdout.write(said)
    return 0 if conforms else 1


if __name__ == "__main__":
    if sys.argv[1] == "themselves":
        sys.exit(_themselves())
    for row in _findings([CLEAN, *FAULTS][int(sys.argv[1]) :: PROCESSES]):
        sys.stdout.write(json.dumps(row) + "\n")
