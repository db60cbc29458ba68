"""Runs W3C's SHACL suite through our validator and writes a line a case: `pass NAME` or `fail NAME`.

A program, not a test: the validator wants a process of its own. Reports are compared result by result: focus node, path, value,
severity, component and source shape, blank nodes by their structure (the suite's "full" level of conformance).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rdflib import RDF, BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH
from rdflib.term import Node

from filorosso.graph import ValidationError
from filorosso.graph.validation import shacl_report

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
PARTS = (SH.focusNode, SH.resultPath, SH.value, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape)


def cases(manifest: Path) -> Iterator[tuple[Graph, Node]]:
    """Each case of a manifest and of those it includes: the graph that holds it, and its node."""
    graph = Graph().parse(manifest, format="turtle", publicID=manifest.as_uri())
    for entries in graph.objects(None, MF.entries):
        for case in Collection(graph, entries):
            yield graph, case
    for included in sorted(graph.objects(None, MF.include), key=str):
        yield from cases(Path(str(included).removeprefix("file://")))


def told(graph: Graph, node: Node | None) -> str:
    """A term, blank nodes by what they say."""
    if node is None:
        return "-"
    if not isinstance(node, BNode):
        return node.n3()
    said = sorted(f"{p.n3()} {told(graph, o)}" for p, o in graph.predicate_objects(node) if p != RDF.type)
    return f"[{' ; '.join(said)}]"


def results(graph: Graph, report: Node) -> Counter[tuple[str, ...]]:
    """The results of a report, as a multiset."""
    return Counter(
        tuple(told(graph, graph.value(r, part)) if part != SH.sourceShape else _named(graph.value(r, part)) for part in PARTS)
        for r in graph.objects(report, SH.result)
    )


def _named(shape: Node | None) -> str:
    return shape.n3() if isinstance(shape, URIRef) else "[]"


def passes(graph: Graph, case: Node) -> bool:
    """Whether our report of a case is the one that the suite expects."""
    action, expected = graph.value(case, MF.action), graph.value(case, MF.result)
    data, shapes = (
        Graph().parse(
            Path(str(graph.value(action, part)).removeprefix("file://")), format="turtle", publicID=str(graph.value(action, part))
        )
        for part in (SHT.dataGraph, SHT.shapesGraph)
    )
    try:
        conforms, report = shacl_report(data, shapes)
    except ValidationError:
        return expected == SHT.Failure
    if expected is None or expected == SHT.Failure:
        return False
    node = next(report.subjects(RDF.type, SH.ValidationReport))
    wanted = graph.value(expected, SH.conforms)
    return conforms == (str(wanted) == "true") and results(graph, expected) == results(report, node)


def main() -> None:
    """Run the suite whose main manifest is the first argument."""
    for graph, case in cases(Path(sys.argv[1]).resolve()):
        name = "/".join(str(case).split("/")[-3:])
        sys.stdout.write(f"{'pass' if passes(graph, case) else 'fail'} {name}\n")


if __name__ == "__main__":
    main()
