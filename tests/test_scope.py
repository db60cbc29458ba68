"""The gate's scope: validating only what a change reaches gives the verdict of validating everything.

The module is a program too: pySHACL wants a process of its own. `faults` goes from file to file of `tests/data/shapes`, `random`
through graphs that nobody would write.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from filorosso.graph import Release, ValidationError, formats, resources, shipped_quads, terms
from filorosso.graph.facts import Facts
from filorosso.graph.namespaces import ID, RDFS, SHAPES, VOC
from filorosso.graph.scope import SUBCLASS, TYPE, Focus, Rules, affected, needed, read_rules, targets
from filorosso.graph.terms import Triple, iri
from filorosso.graph.validation import Problem, Report, Validator, in_processes, prepare, revalidate, validate

Edit: TypeAlias = tuple[str, int, int]
Graph: TypeAlias = frozenset[Triple]

DATA = Path(__file__).with_name("data")
CLEAN = DATA / "shapes" / "clean.ttl"
FAULTS = sorted((DATA / "shapes").glob("*Shape-*.ttl"))
PLANS = sorted((DATA / "plans").glob("*.ttl"))
PROCESSES = 2
AS_OF = date(2026, 11, 22)  # the day of the release in conftest.py
FILO = "https://w3id.org/filorosso/onto/"
WAIVER = iri(ID + "waiver/test")


def filo(name: str) -> str:
    return iri(FILO + name)


def read(paths: Iterable[Path]) -> Graph:
    return frozenset(triple for path in paths for triple in formats.read_triples(path))


def rule_of(path: Path) -> str:
    return iri(SHAPES + "-".join(path.stem.split("-")[:2]))


def shape_files() -> list[Path]:
    return resources.turtle_files("shapes")


def terms_of_ours() -> Graph:
    return read([*resources.turtle_files("ontology"), *resources.turtle_files("ontology", "vocabularies")])


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(shape_files())


@pytest.fixture(scope="module")
def shipped() -> Graph:
    return frozenset(quad[:3] for quad in shipped_quads())


def run_in_processes(what: str) -> None:
    commands = [[sys.executable, __file__, what, str(part)] for part in range(PROCESSES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        runs = list(pool.map(lambda command: subprocess.run(command, capture_output=True, text=True, check=False), commands))
    for run in runs:
        assert run.returncode == 0, run.stdout + run.stderr
        assert run.stdout.strip() == "equal"


def test_going_to_a_fault_and_back_gives_the_verdict_of_validating_everything() -> None:
    assert len(FAULTS) > 250
    run_in_processes("faults")


def test_any_change_gives_the_verdict_of_validating_everything() -> None:
    run_in_processes("random")


def test_typical_edits_reach_little_and_give_the_verdict_of_validating_everything(rules: Rules, shipped: Graph, release: Release) -> None:
    before, known = Facts(shipped), release.report()
    link = next(s for s in before.subjects(TYPE, filo("Contribution")) if "pnrr-sdg" in s)
    (evidence,) = before.objects(link, filo("hasEvidence"))
    element, framework = "<http://metadata.un.org/sdg/1.1>", iri(ID + "agenda-2030")
    edits: list[tuple[set[Triple], set[Triple], int, int]] = [
        (set(), project(before, link), 100, 400),
        ({(link, filo("hasEvidence"), evidence)}, set(), 5, 100),
        ({(element, filo("inFramework"), framework)}, {(element, filo("inFramework"), iri(ID + "seregno-piao"))}, 30, 600),
        (set(), waiver(link), 20, 50),
    ]
    graph, reports = shipped, [known]
    for removed, added, most_foci, most_triples in edits:
        assert removed <= graph
        changed, previous, graph = removed | added, Facts(graph), graph - removed | added
        after = Facts(graph)
        foci = affected(rules, previous, after, changed)
        assert 0 < len(foci) < most_foci
        assert len(needed(rules, after, targets(rules, after, foci))) < most_triples
        validator = in_processes(shape_files())
        reports.append(revalidate(rules, previous, after, changed, reports[-1], as_of=AS_OF, validator=validator))
    whole = validate(sorted(graph), shape_files(), AS_OF)
    assert reports[-1] == whole
    assert {p.waived_by for p in whole.problems if p.node == link and p.rule.endswith("LinkShape-evidence>")} == {WAIVER}
    assert len(whole.without(known).problems) > 2
    without = Facts(graph - waiver(link))
    assert revalidate(rules, after, without, waiver(link), whole, as_of=AS_OF, validator=in_processes(shape_files())) == reports[-2]


def project(facts: Facts, link: str) -> set[Triple]:
    """A project like one that is there, with a funding and a link of its own, and their evidence."""
    model = facts.subjects(TYPE, filo("Project"))[0]
    copy, funding, amount, evidence, own = (iri(f"{ID}project/{name}") for name in ("new", "funding", "amount", "evidence", "link"))
    (target,) = facts.objects(link, filo("hasSubject"))
    (document,) = facts.objects(facts.objects(model, filo("hasEvidence"))[0], filo("inDocument"))
    said = {(copy, p, o) for p in (TYPE, iri(RDFS + "label"), filo("isLocatedIn")) for o in facts.objects(model, p)}
    said |= {(evidence, filo("inDocument"), document), (evidence, filo("locator"), terms.text("p. 1"))}
    said |= {(node, filo("hasEvidence"), evidence) for node in (copy, funding, amount, own)}
    said |= {(copy, filo("hasFunding"), funding), (funding, filo("hasAmount"), amount), (funding, TYPE, filo("Funding"))}
    said |= {(amount, TYPE, filo("Amount")), (amount, filo("amountInEuro"), terms.typed("1000", "decimal"))}
    said |= {(own, TYPE, filo("Contribution")), (own, filo("hasSubject"), copy), (own, filo("hasObject"), target)}
    return said | {(own, filo("hasLifeCycle"), iri(VOC + "life-cycle/accepted")), (evidence, TYPE, filo("Evidence"))}


def waiver(node: str) -> set[Triple]:
    return {
        (WAIVER, TYPE, filo("Waiver")),
        (WAIVER, filo("waivesRule"), iri(SHAPES + "LinkShape-evidence")),
        (WAIVER, filo("waivesNode"), node),
        (WAIVER, filo("expiresOn"), terms.date("2099-12-31")),
    }


def nothing_to_do(data: Sequence[Triple], foci: Iterable[Focus] | None = None) -> list[Problem]:
    raise AssertionError(f"validated {data} {foci}")


def test_where_nothing_is_reached_nothing_is_validated(rules: Rules) -> None:
    graph = read([CLEAN])
    more = ("<https://example.org/id/page>", "<https://example.org/says>", '"more"@en')
    before, after, known = Facts(graph), Facts(graph | {more}), Report(())
    assert revalidate(rules, before, after, [more], known, as_of=AS_OF, validator=nothing_to_do) == known
    assert affected(rules, after, after, graph) == frozenset()


def test_a_link_does_not_reach_others_through_the_concept_that_all_bear(rules: Rules, shipped: Graph) -> None:
    facts = Facts(shipped)
    accepted = iri(VOC + "life-cycle/accepted")
    bearing = facts.subjects(filo("hasLifeCycle"), accepted)
    assert len(bearing) > 500
    link = next(node for node in bearing if filo("Reference") in facts.objects(node, TYPE))
    change = (link, filo("hasLifeCycle"), accepted)
    assert {node for _, node in affected(rules, facts, Facts(shipped - {change}), [change])} == {link}


def test_a_class_of_the_ontology_reaches_what_is_of_it(rules: Rules) -> None:
    graph = terms_of_ours() | read([CLEAN])
    change = (filo("Contribution"), SUBCLASS, filo("Link"))
    nodes = {node for _, node in affected(rules, Facts(graph), Facts(graph - {change}), [change])}
    assert set(Facts(graph).subjects(TYPE, filo("Contribution"))) <= nodes


def test_literals_that_the_validator_takes_for_the_same_are_one_node(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(shape("sh:path [ sh:inversePath ex:p ] ; sh:maxCount 1 ; sh:message 'once'", "sh:targetObjectsOf ex:p"))
    one, other = ((f"<http://example.org/{n}>", "<http://example.org/p>", terms.typed(n, "integer")) for n in ("1", "01"))
    known = validate([one], [path], AS_OF)
    report = revalidate(read_rules([path]), Facts([one]), Facts([one, other]), [other], known, as_of=AS_OF, validator=in_processes([path]))
    assert known.problems == ()
    assert len(report.problems) == 1
    assert report == validate([one, other], [path], AS_OF)


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        ("sh:path ex:p ; sh:minCount 1", ["a p b"]),
        ("sh:path [ sh:inversePath ex:p ] ; sh:minCount 1", ["b p a"]),
        ("sh:path (ex:p [ sh:inversePath ex:q ]) ; sh:minCount 1", ["a p b", "c q b"]),
        ("sh:path [ sh:inversePath (ex:p ex:q) ] ; sh:minCount 1", ["b q a", "c p b"]),
        ("sh:path [ sh:alternativePath (ex:p ex:q) ] ; sh:minCount 1", ["a q b"]),
        ("sh:path [ sh:oneOrMorePath ex:p ] ; sh:minCount 1", ["a p b", "b p c", "c p d"]),
        ("sh:path ([ sh:zeroOrMorePath ex:p ] ex:q) ; sh:minCount 1", ["a p b", "b p c", "c q d"]),
        ("sh:path ([ sh:zeroOrOnePath ex:p ] ex:q) ; sh:minCount 1", ["a q b"]),
        ("sh:path ex:p ; sh:lessThan ex:q", ["a q b"]),
        ("sh:path ex:p ; sh:class ex:D", ["a p b", "b a E"]),
        ("sh:path ex:p ; sh:class ex:D", ["a p b", "b a E", "E sub D"]),
        ("sh:not ex:T . ex:T sh:path ex:p ; sh:minCount 1", ["a p b"]),
        ("sh:or (ex:T) . ex:T sh:path ex:p ; sh:node ex:U . ex:U sh:property ex:V . ex:V sh:path ex:q ; sh:minCount 1", ["a p b", "b q c"]),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT $this { $this ex:p/ex:q+ ?x }'", ["a p b", "b q c", "c q d"]),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT $this { ?y ex:p ?x . ?x ex:q $this }'", ["b q a", "c p b"]),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT $this { $this ex:p ?x OPTIONAL { ?x ex:q ?y } }'", ["a p b", "b q c"]),
        (
            "sh:sparql ex:Q . ex:Q sh:select 'SELECT $this { $this ex:p ?x FILTER NOT EXISTS { ?x ex:q/^ex:r ?y } }'",
            ["a p b", "b q c", "d r c"],
        ),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT $this { $this ex:p ?x { ?x ex:q ?y } UNION { ?x ex:r ?y } }'", ["a p b", "b r c"]),
        (
            "sh:sparql ex:Q . ex:Q sh:select 'SELECT $this (COUNT(?x) AS ?value) { $this ex:p ?x } GROUP BY $this HAVING (COUNT(?x) > 1)'",
            ["a p b"],
        ),
    ],
)
def test_a_rule_reads_all_the_way_to_the_last_triple(constraint: str, said: list[str], tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(shape(constraint.replace("sh:select", "sh:prefixes ex:prefixes ; sh:select"), "sh:targetNode ex:a"))
    rules = read_rules([path])
    names = {"a": TYPE, "sub": SUBCLASS}
    spoken = [line.split() for line in said]
    way = [(f"<http://example.org/{s}>", names.get(p, f"<http://example.org/{p}>"), f"<http://example.org/{o}>") for s, p, o in spoken]
    focus = ("<http://example.org/S>", "<http://example.org/a>")
    assert needed(rules, Facts(way), [focus]) == set(way)
    for graphs in ((Facts(way[:-1]), Facts(way)), (Facts(way), Facts(way[:-1]))):
        assert affected(rules, *graphs, way[-1:]) == {focus}
    elsewhere = ("<http://example.org/z>", *way[-1][1:])
    assert affected(rules, Facts(way), Facts([*way, elsewhere]), [elsewhere]) <= {focus}


def test_a_node_that_becomes_a_target_is_validated(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(shape("sh:path [ sh:inversePath ex:p ] ; sh:property ex:T . ex:T sh:path ex:q ; sh:minCount 1", "sh:targetClass ex:C"))
    way: list[Triple] = [
        ("<http://example.org/a>", "<http://example.org/p>", "<http://example.org/c>"),
        ("<http://example.org/c>", TYPE, "<http://example.org/C>"),
    ]
    rules, graph = read_rules([path]), Facts(way)
    for change in way:
        without = Facts(triple for triple in way if triple != change)
        for before, after in ((without, graph), (graph, without)):
            assert affected(rules, before, after, [change]) == {("<http://example.org/T>", "<http://example.org/a>")}


@pytest.mark.parametrize(
    ("constraint", "named"),
    [
        ("sh:closed true", "closed"),
        ("ex:custom 1", "custom"),
        ("sh:qualifiedValueShapesDisjoint true", "qualifiedValueShapesDisjoint"),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT $this WHERE { $this ex:p ?x . ?y ex:q ?z }'", "connected"),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT $this WHERE { $this ?p ?x }'", "path"),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT $this WHERE { $this ex:p ?x MINUS { ?x ex:q 1 } }'", "Minus"),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT $this WHERE { $this ex:p ?x { SELECT ?x { ?x ex:q ?y } LIMIT 1 } }'", "ToMultiSet"),
        (
            "sh:sparql ex:Q . ex:Q sh:select 'SELECT $this WHERE { $this ex:p ?x OPTIONAL { ?x ex:q ?y } OPTIONAL { ?y ex:r ?z } }'",
            "connected",
        ),
        ("sh:sparql ex:Q . ex:Q sh:select 'SELECT WHERE'", "not a query"),
        ("sh:sparql ex:Q . ex:Q sh:ask 'ASK { $this ex:p ?x }'", "ask"),
    ],
)
def test_what_is_not_understood_is_refused(constraint: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(shape(constraint).replace("sh:select", "sh:prefixes ex:prefixes ; sh:select"))
    with pytest.raises(ValidationError, match=named):
        read_rules([path])


def test_shapes_that_are_not_turtle_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text("this is not Turtle")
    with pytest.raises(ValidationError, match="not a file of shapes"):
        read_rules([path])


def test_every_rule_of_ours_is_read(rules: Rules) -> None:
    assert {rule.shape for rule in rules.rules} == {rule_of(path) for path in FAULTS}


def shape(constraint: str, target: str = "sh:targetClass ex:C") -> str:
    prefixes = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix ex: <http://example.org/> .\n"
    declared = "ex:prefixes sh:declare ex:declared . ex:declared sh:prefix 'ex' ; sh:namespace 'http://example.org/' .\n"
    return f"{prefixes}{declared}ex:S {target} ; {constraint} ."


# The program


def found(problems: Iterable[Problem]) -> set[Problem]:
    return {replace(problem, waived_by=None) for problem in problems}


class Gate:
    """A graph whose report is kept by what changes, to be compared with that of validating everything."""

    def __init__(self, rules: Rules, validator: Validator, graph: Graph) -> None:
        self.rules, self.validator = rules, validator
        self.graph, self.report = graph, Report(tuple(validator(sorted(graph))))

    def move(self, graph: Graph) -> None:
        before, after = Facts(self.graph), Facts(graph)
        changed = self.graph ^ graph
        self.report = revalidate(self.rules, before, after, changed, self.report, as_of=AS_OF, validator=self.validator)
        self.graph = graph

    def compare(self, whole: Iterable[Problem], where: object) -> None:
        kept, all_ = found(self.report.problems), found(whole)
        assert kept == all_, (where, "lost", all_ - kept, "kept", kept - all_)


def check_faults(part: int, rules: Rules, validator: Validator) -> None:
    ours = frozenset(what_rules_read(terms_of_ours()))
    along, to_and_fro = Gate(rules, validator, ours), Gate(rules, validator, ours)
    clean = to_and_fro.report.problems
    for path in [CLEAN, *FAULTS][part::PROCESSES]:
        graph = ours | read([path])
        whole = validator(sorted(graph))
        # (Our reader gives blank nodes an address.)
        assert path == CLEAN or "blank-node" in path.stem or rule_of(path) in {problem.rule for problem in whole}
        for gate in (along, to_and_fro):
            gate.move(graph)
            gate.compare(whole, path.name)
        to_and_fro.move(ours)
        to_and_fro.compare(clean, f"back from {path.name}")


def what_rules_read(graph: Graph) -> list[Triple]:
    """Of our terms only what rules read: their names and comments would take most of the time."""
    kept = tuple(f"{end}>" for end in ("type", "subClassOf", "inScheme", "rank", "hasPolarity", "notation"))
    return sorted(t for t in graph if t[1].endswith(kept) and "owl#" not in t[2] and not t[2].endswith("core#Concept>"))


EDITS = ("add", *["remove"] * 4, "object", "object", "link", "predicate", "subject", "node", *["restore"] * 4, "term", "swap")
NUMBERS = st.sampled_from(range(100_003))  # all alike: st.integers likes small ones
STEPS = st.lists(st.tuples(st.sampled_from(EDITS), NUMBERS, NUMBERS), min_size=4, max_size=20)


@cache
def what_may_be_said() -> tuple[list[Triple], list[Triple], list[list[Triple]]]:
    """Our terms, triples of all kinds, and those of each fault."""
    return what_rules_read(terms_of_ours()), sorted(read([CLEAN, *FAULTS, *PLANS])), [sorted(read([path])) for path in FAULTS]


class Editor:
    """A graph of some faults side by side, and edits given as numbers, so that hypothesis can make them smaller."""

    def __init__(self, faults: Iterable[int]) -> None:
        self.terms, self.pool, files = what_may_be_said()
        space = "<https://example.org/id/"
        self.start = sorted(
            (s.replace(space, f"{space}{number}/"), p, o.replace(space, f"{space}{number}/"))
            for number in set(faults)
            for s, p, o in files[number]
        )
        self.values: dict[str, list[str]] = {}
        for _, p, o in [*self.start, *self.pool]:
            self.values.setdefault(p, []).append(o)

    def edited(self, graph: Graph, edits: Iterable[Edit]) -> Graph:
        for kind, one, two in edits:
            own = sorted(graph.difference(self.terms)) or self.pool
            s, p, o = own[one % len(own)]
            new = self.pool[two % len(self.pool)]
            other = own[two % len(own)]
            lost = sorted(set(self.start) - graph) or self.start
            term = self.terms[one % len(self.terms)]
            values = self.values.get(p, [o])
            removed, added = {
                "add": ([], [new]),
                "remove": ([(s, p, o)], []),
                "object": ([(s, p, o)], [(s, p, values[two % len(values)])]),
                "link": ([(s, p, o)], [(s, p, other[0])]),
                "predicate": ([(s, p, o)], [(s, new[1], o)]),
                "subject": ([(s, p, o)], [(other[0], p, o)]),
                "node": ([t for t in own if t[0] == s], []),
                "restore": ([], [lost[two % len(lost)]]),
                "term": ([term], [(term[0], term[1], self.terms[two % len(self.terms)][2])]),
                "swap": ([(s, p, o), other], [(s, p, other[2]), (other[0], other[1], o)]),
            }[kind]
            graph = graph.difference(removed).union(triple for triple in added if terms.is_iri(triple[0]))
        return graph


def reach(rules: Rules, shape: str) -> int:
    """How many steps a rule can take."""
    pending = [rule.reads for rule in rules.rules if rule.shape == shape]
    seen = set(pending)
    while pending:
        for step in rules.steps[pending.pop()]:
            if step.to not in seen:
                seen.add(step.to)
                pending.append(step.to)
    return len(seen)


def check_random(part: int, rules: Rules, validator: Validator) -> None:
    # What reads far has the most ways to go wrong.
    far = [number for number, path in enumerate(FAULTS) if reach(rules, rule_of(path)) > 4]
    assert len(far) > 50
    faults_of = st.lists(st.sampled_from(far), min_size=4, max_size=10)

    @seed(part)
    @settings(max_examples=40, deadline=None, database=None)
    @given(faults_of, st.lists(st.sampled_from(range(len(FAULTS))), max_size=4), st.lists(STEPS, min_size=2, max_size=5))
    def equal(these: list[int], those: list[int], steps: list[list[Edit]]) -> None:
        editor = Editor([*these, *those])
        gate = Gate(rules, validator, frozenset([*editor.terms, *editor.start]))
        for edits in steps:
            gate.move(editor.edited(gate.graph, edits))
            gate.compare(validator(sorted(gate.graph)), edits)

    equal()


if __name__ == "__main__":
    checks = {"faults": check_faults, "random": check_random}
    checks[sys.argv[1]](int(sys.argv[2]), read_rules(shape_files()), prepare(shape_files()))
    sys.stdout.write("equal\n")
