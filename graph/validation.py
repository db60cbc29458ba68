"""Validation with SHACL.

The verdict is pySHACL's on in-memory rdflib graphs, the pairing that scores best on W3C's suite. It runs in a process of its own
(this module as a program), because pySHACL patches rdflib for the whole process it is in.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .errors import ValidationError
from .facts import Facts
from .namespaces import FILO, ID, RDF, RDFS, SH
from .scope import Focus, Rules, affected, needed, targets
from .terms import Triple, iri, is_iri, language_of, text, value_of

if TYPE_CHECKING:
    import rdflib

SEVERITIES = ("Violation", "Warning", "Info")
PROCESSES = 2
_VALIDATOR = "filorosso.graph.validation"
_TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")


class Validator(Protocol):
    """Finds the problems of triples, waivers put aside."""

    def __call__(self, data: Sequence[Triple], foci: Iterable[Focus] | None = None) -> list[Problem]:
        """The problems of the nodes at which the shapes aim, or of these nodes with these shapes instead."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One result of validation: nodes, paths and values are N-Triples terms, messages are by language."""

    rule: str
    severity: str
    node: str
    path: str | None
    value: str | None
    component: str
    messages: tuple[tuple[str, str], ...]
    waived_by: str | None = None

    def message(self, lang: str) -> str:
        """What is wrong and how to mend it, in a language or else in the one there is."""
        by_language = dict(self.messages)
        return by_language.get(lang) or by_language.get("en") or next(iter(by_language.values()), "")


@dataclass(frozen=True, slots=True)
class Report:
    """All problems of a validation, sorted; those that a waiver silences among them, marked."""

    problems: tuple[Problem, ...]

    @property
    def conforms(self) -> bool:
        """Whether there is no violation that is not waived."""
        return not any(p.severity == "Violation" and p.waived_by is None for p in self.problems)

    def without(self, known: Report) -> Report:
        """The problems that another report does not have."""
        old = {(p.rule, p.node, p.path, p.value) for p in known.problems}
        return Report(tuple(p for p in self.problems if (p.rule, p.node, p.path, p.value) not in old))


def validate(data: Sequence[Triple], shapes: Sequence[Path], as_of: date) -> Report:
    """Validate triples against the shapes of Turtle files; waivers in the data hold until their last day, seen from `as_of`.

    The shapes that have a target are shared out among `PROCESSES` processes.

    :raises ValidationError: the validator failed or a shape file cannot be read.
    """
    return _report(in_processes(shapes)(data), Facts(data), as_of)


def revalidate(
    rules: Rules, before: Facts, after: Facts, changed: Iterable[Triple], known: Report, *, as_of: date, validator: Validator
) -> Report:
    """The report of `after`, which `validate` would give, from that of `before` and the triples that changed: all added and removed.

    Only what may have other results is validated, on what that reads (`rules` are of the same shapes as the validator); if there is
    nothing of the kind, the validator is not called. Waivers are judged anew for all problems.

    :raises ValidationError: the validator failed.
    """
    foci = affected(rules, before, after, changed)
    anew = targets(rules, after, foci)
    found = validator(sorted(needed(rules, after, anew)), anew) if anew else []
    again = {(shape, _as_reported(node)) for shape, node in foci}
    problems = [p for p in known.problems if (p.rule, p.node) not in again] + [p for p in found if (p.rule, p.node) in again]
    return _report(problems, after, as_of)


def in_processes(shapes: Sequence[Path]) -> Validator:
    """A validator that shares the shapes out among `PROCESSES` new processes: it can be called from anywhere, and starts cold."""

    def problems(data: Sequence[Triple], foci: Iterable[Focus] | None = None) -> list[Problem]:
        with tempfile.TemporaryDirectory(prefix="filorosso-") as folder:
            files = [Path(folder, "data.nt"), Path(folder, "foci.nt")]
            files[0].write_text(_ntriples(data), encoding="utf-8")
            if foci is not None:
                files[1].write_text(_ntriples(_as_targets(foci)), encoding="utf-8")
            with ThreadPoolExecutor(PROCESSES) as pool:
                return [problem for found in pool.map(lambda part: _run(part, files, shapes), range(PROCESSES)) for problem in found]

    return problems


def prepare(shapes: Sequence[Path]) -> Validator:
    """A validator that works here and now, with all that it needs loaded and parsed.

    Prepare it and call it only in processes that do nothing else with rdflib; a process forked from one that prepared it starts warm.

    :raises ValidationError: a shape file cannot be read, or the shapes cannot be used.
    """
    parsed = _parsed(shapes)
    aimless = _aimless(parsed)

    def problems(data: Sequence[Triple], foci: Iterable[Focus] | None = None) -> list[Problem]:
        if foci is None:
            return found(data, parsed)
        aims = list(_graph(_ntriples(_as_targets(foci))))
        for aim in aims:
            aimless.add(aim)
        try:
            return found(data, aimless)
        finally:
            for aim in aims:
                aimless.remove(aim)

    def found(data: Sequence[Triple], graph: rdflib.Graph) -> list[Problem]:
        _, report = shacl_report(_graph(_ntriples(data)), graph)
        return [_problem(row) for row in _results(report)]

    problems([])  # the first call loads and parses what the next ones find ready
    return problems


def report_triples(report: Report) -> list[Triple]:
    """The report in SHACL's own vocabulary, sorted; waived results carry `filo:isWaivedBy` and do not decide `sh:conforms`."""
    node = iri(ID + "validation-report")
    conforms = text(str(report.conforms).lower()) + "^^<http://www.w3.org/2001/XMLSchema#boolean>"
    triples = [(node, iri(RDF + "type"), iri(SH + "ValidationReport")), (node, iri(SH + "conforms"), conforms)]
    for problem in report.problems:
        key = "\n".join(str(part) for part in (problem.rule, problem.node, problem.path, problem.value, problem.component))
        result = iri(f"{ID}validation-result/{sha256(key.encode()).hexdigest()[:20]}")
        triples.append((node, iri(SH + "result"), result))
        triples += ((result, predicate, value) for predicate, value in _result_values(problem))
    return sorted(set(triples))


def read_report(triples: Iterable[Triple]) -> Report:
    """The report that `report_triples` wrote."""
    facts = Facts(triples)
    return Report(tuple(sorted((_read_result(facts, result) for _, result in facts.pairs(iri(SH + "result"))), key=_order)))


def shacl_report(data: rdflib.Graph, shapes: rdflib.Graph) -> tuple[bool, rdflib.Graph]:
    """Run pySHACL here and now: whether the data conforms, and SHACL's report graph.

    Call it only in a process that does nothing else.

    :raises ValidationError: the shapes are not valid SHACL, or use what SHACL leaves undefined.
    """
    import pyshacl
    import rdflib

    _remember_parsed_queries()
    options: dict[str, Any] = {"inference": "none", "meta_shacl": False, "advanced": False, "js": False, "do_owl_imports": False}
    try:
        conforms, report, said = pyshacl.validate(data, shacl_graph=shapes, inplace=True, **options)
    except NotImplementedError as error:
        raise ValidationError(f"the shapes use what the validator does not know: {error}") from None
    # What pySHACL cannot validate it hands back in place of a report.
    if not isinstance(report, rdflib.Graph):
        raise ValidationError(f"the shapes cannot be used: {said.strip().splitlines()[-1] if said.strip() else report}")
    return bool(conforms), report


@cache
def _remember_parsed_queries() -> None:
    """Let rdflib parse a constraint's query once, not once for every node it looks at: the parsing is most of the time."""
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.processor import SPARQLProcessor

    answer = SPARQLProcessor.query

    @cache
    def parsed(query: str, namespaces: tuple[tuple[str, Any], ...], base: str | None) -> Any:
        return prepareQuery(query, dict(namespaces), base)

    def query(self: Any, text: Any, bindings: Any = None, namespaces: Any = None, base: Any = None, DEBUG: bool = False) -> Any:  # noqa: N803
        if isinstance(text, str):
            text = parsed(text, tuple(sorted((namespaces or {}).items())), base)
        return answer(self, text, bindings, namespaces, base, DEBUG)

    SPARQLProcessor.query = query  # type: ignore[assignment, method-assign]


def _report(problems: Iterable[Problem], facts: Facts, as_of: date) -> Report:
    # A node to which two ways lead has its problems twice.
    return Report(tuple(sorted(set(_waived(problems, facts, as_of)), key=_order)))


def _as_reported(node: str) -> str:
    """A focus node as it stands in problems: the validator writes some literals in another way, `"01"` as `"1"`."""
    return node if is_iri(node) else _n3(next(_graph(_ntriples([("<urn:s>", "<urn:p>", node)])).objects()))


def _as_targets(foci: Iterable[Focus]) -> list[Triple]:
    return [(shape, iri(SH + "targetNode"), node) for shape, node in foci]


def _aimless(shapes: rdflib.Graph) -> rdflib.Graph:
    """The shapes without their targets: each still serves those that name it."""
    import rdflib

    targets = {SH + target for target in _TARGETS}
    aimless = rdflib.Graph()
    for triple in shapes:
        if str(triple[1]) not in targets:
            aimless.add(triple)
    return aimless


def _ntriples(triples: Iterable[Triple]) -> str:
    return "".join(f"{s} {p} {o} .\n" for s, p, o in triples)


def _graph(ntriples: str) -> rdflib.Graph:
    import rdflib

    return rdflib.Graph().parse(data=ntriples, format="nt")


def _parsed(shapes: Iterable[str | Path]) -> rdflib.Graph:
    import rdflib

    graph = rdflib.Graph()
    for path in shapes:
        graph.parse(path, format="turtle")
    return graph


def _run(part: int, files: Sequence[Path], shapes: Sequence[Path]) -> list[Problem]:
    command = [sys.executable, "-m", _VALIDATOR, str(part), *map(str, (*files, *shapes))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own module, our own files)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ValidationError(f"the validator failed: {last}")
    return [_problem(json.loads(line)) for line in done.stdout.splitlines()]


def _problem(row: dict[str, Any]) -> Problem:
    messages = tuple(sorted((lang, message) for lang, message in row["messages"]))
    return Problem(**{**row, "messages": messages})


def _read_result(facts: Facts, result: str) -> Problem:
    messages = facts.objects(result, iri(SH + "resultMessage"))
    return Problem(
        rule=facts.value(result, iri(SH + "sourceShape")) or "",
        severity=value_of(facts.value(result, iri(SH + "resultSeverity")) or "<>").rsplit("#", 1)[-1],
        node=facts.value(result, iri(SH + "focusNode")) or "",
        path=facts.value(result, iri(SH + "resultPath")),
        value=facts.value(result, iri(SH + "value")),
        component=facts.value(result, iri(SH + "sourceConstraintComponent")) or "",
        messages=tuple(sorted((language_of(message) or "", value_of(message)) for message in messages)),
        waived_by=facts.value(result, f"<{FILO}isWaivedBy>"),
    )


def _waived(problems: Iterable[Problem], facts: Facts, as_of: date) -> Iterable[Problem]:
    for problem in problems:
        waivers = facts.subjects(f"<{FILO}waivesRule>", problem.rule)
        holding = (w for w in sorted(waivers) if _covers(facts, w, problem.node) and _holds(facts, w, as_of))
        yield replace(problem, waived_by=next(holding, None))


def _covers(facts: Facts, waiver: str, node: str) -> bool:
    classes = facts.objects(waiver, f"<{FILO}waivesClass>")
    return node in facts.objects(waiver, f"<{FILO}waivesNode>") or bool(classes and _classes_of(facts, node).intersection(classes))


def _classes_of(facts: Facts, node: str) -> set[str]:
    """The classes of a node and all that they are subclasses of."""
    found: set[str] = set()
    pending = list(facts.objects(node, iri(RDF + "type")))
    while pending:
        class_ = pending.pop()
        if class_ not in found:
            found.add(class_)
            pending += facts.objects(class_, iri(RDFS + "subClassOf"))
    return found


def _holds(facts: Facts, waiver: str, as_of: date) -> bool:
    last_day = facts.value(waiver, f"<{FILO}expiresOn>")
    return last_day is not None and value_of(last_day) >= as_of.isoformat()


def _order(problem: Problem) -> tuple[object, ...]:
    return (
        SEVERITIES.index(problem.severity),
        problem.rule,
        problem.node,
        problem.path or "",
        problem.value or "",
        problem.component,
        problem.messages,
    )


def _result_values(problem: Problem) -> Iterable[tuple[str, str]]:
    yield iri(RDF + "type"), iri(SH + "ValidationResult")
    yield iri(SH + "focusNode"), problem.node
    yield iri(SH + "resultSeverity"), iri(SH + problem.severity)
    yield iri(SH + "sourceShape"), problem.rule
    yield iri(SH + "sourceConstraintComponent"), problem.component
    if problem.path:
        yield iri(SH + "resultPath"), problem.path
    if problem.value:
        yield iri(SH + "value"), problem.value
    if problem.waived_by:
        yield f"<{FILO}isWaivedBy>", problem.waived_by
    for lang, message in problem.messages:
        yield iri(SH + "resultMessage"), text(message, lang or None)


def _results(report: rdflib.Graph) -> Iterable[dict[str, Any]]:
    import rdflib
    from rdflib.namespace import SH as SHACL

    for result in report.objects(None, SHACL.result):
        path, value = report.value(result, SHACL.resultPath), report.value(result, SHACL.value)
        messages = [m for m in report.objects(result, SHACL.resultMessage) if isinstance(m, rdflib.Literal)]
        yield {
            "rule": _n3(report.value(result, SHACL.sourceShape)),
            "severity": str(report.value(result, SHACL.resultSeverity)).rsplit("#", 1)[-1],
            "node": _n3(report.value(result, SHACL.focusNode)),
            "path": _n3(path) if isinstance(path, rdflib.URIRef) else None,
            "value": _n3(value) if isinstance(value, rdflib.URIRef | rdflib.Literal) else None,
            "component": _n3(report.value(result, SHACL.sourceConstraintComponent)),
            "messages": [[m.language or "", str(m)] for m in messages],
        }


def _n3(term: object) -> str:
    import rdflib

    if isinstance(term, rdflib.Literal):
        suffix = f"^^<{term.datatype}>" if term.datatype and not term.language else ""
        return text(str(term), term.language) + suffix
    return f"<{term}>" if isinstance(term, rdflib.URIRef) else f"_:{term}"


def _main(part: int, data_file: str, foci_file: str, shape_files: Sequence[str]) -> None:
    import rdflib

    shapes = _parsed(shape_files)
    if Path(foci_file).exists():
        shapes = _aimless(shapes)
        shapes.parse(foci_file, format="nt")
    predicates = [rdflib.URIRef(SH + target) for target in _TARGETS]
    targeted = sorted({shape for predicate in predicates for shape in shapes.subjects(predicate)}, key=str)
    # A shape without a target still serves those that name it. (pySHACL's own `use_shapes` loses results: 0.40.1.)
    for shape in set(targeted) - set(targeted[part::PROCESSES]):
        for predicate in predicates:
            shapes.remove((shape, predicate, None))
    _, report = shacl_report(rdflib.Graph().parse(data_file, format="nt"), shapes)
    for row in _results(report):
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
