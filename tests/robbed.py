"""The catalogue robbed, for each rule, of what the rule asks for: a program, since pySHACL wants a process of its own.

`python tests/robbed.py catalogue.nt` validates the catalogue as it is (`"none"`) and then robbed, and writes a line of JSON each time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import rdflib

from filorosso.graph import Facts, Triple, value_of
from filorosso.graph.formats import read_triples
from filorosso.graph.namespaces import RDF
from filorosso.graph.resources import folder
from filorosso.graph.terms import iri
from filorosso.graph.validation import Validator, prepare

SHAPES_FILE = folder("shapes") / "catalogue.ttl"


def rules() -> list[tuple[str, str, str, str]]:
    """What a rule that something be there asks: its name, the class, the property, and the value or nothing."""
    shapes, sh = rdflib.Graph().parse(SHAPES_FILE), rdflib.SH
    found = []
    for shape in sorted(shapes.subjects(rdflib.RDF.type, sh.PropertyShape), key=str):
        value = shapes.value(shape, sh.hasValue)
        if value is not None or (shape, sh.minCount, None) in shapes:
            class_, path = shapes.value(shape, sh.targetClass), shapes.value(shape, sh.path)
            found.append((str(shape).rsplit("/", 1)[-1], str(class_), str(path), str(value or "")))
    return found


def main(path: Path) -> None:
    """Tell what is found in the catalogue of a file."""
    triples, validate = read_triples(path), prepare([SHAPES_FILE])
    held, type_ = Facts(triples), iri(RDF + "type")
    tell("none", triples, validate)
    for rule, class_, path_, value in rules():
        node = min(held.subjects(type_, iri(class_)))
        gone = {(node, iri(path_), iri(value))} if value else {(node, iri(path_), each) for each in held.objects(node, iri(path_))}
        if not gone <= set(triples):
            raise SystemExit(f"{rule}: {node} has nothing that it asks for")
        tell(rule, [triple for triple in triples if triple not in gone], validate)


def tell(rule: str, triples: list[Triple], validate: Validator) -> None:
    """Write which rules break at which nodes."""
    found: Any = sorted({(value_of(problem.rule).rsplit("/", 1)[-1], problem.node) for problem in validate(triples)})
    sys.stdout.write(json.dumps({"rule": rule, "found": found}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
