"""Traces and validation reports as text for a terminal and as JSON for a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from filorosso.graph import (
    Answer,
    Break,
    Lookup,
    Parameter,
    Question,
    Report,
    Row,
    Sensitivity,
    Step,
    Trace,
    Way,
    datatype_of,
    is_iri,
    label,
    labels,
    language_of,
    native,
    value_of,
)

from .texts import REPORT, TRACE

_FILO = "https://w3id.org/filorosso/onto/"
# What XML 1.0 cannot hold, not even escaped; a label may.
UNSPEAKABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TraceText:
    """Writes a trace as an indented tree: ways that share their first hops share a stem."""

    def __init__(self, lookup: Lookup, lang: str) -> None:
        """Write in a language, taking names from the graph."""
        self._lookup = lookup
        self._lang = lang
        self._texts = TRACE[lang]

    def lines(self, found: Trace) -> Iterator[str]:
        """The whole trace, a line at a time."""
        texts = self._texts
        yield self._name(found.node)
        for title, ways, upward in ((texts["up"], found.up, True), (texts["down"], found.down, False)):
            yield f"\n{title}"
            yield from self._tree(ways, upward) if ways else [f"  {texts['nothing']}"]
        if found.beside:
            yield f"\n{texts['beside']}"
            for step in found.beside:
                yield from self._beside(step)
        if found.breaks:
            yield f"\n{texts['breaks']}"
            yield from (line for broken in found.breaks for line in self._break(broken))

    def _tree(self, ways: Sequence[Way], upward: bool) -> Iterator[str]:
        paths = [tuple((step, way) for step in (way.steps if upward else reversed(way.steps))) for way in ways]
        yield from self._branch(paths, 0, "", upward)

    def _branch(self, paths: Sequence[Sequence[tuple[Step, Way]]], depth: int, indent: str, upward: bool) -> Iterator[str]:
        stems: dict[tuple[str, str], list[Sequence[tuple[Step, Way]]]] = {}
        for path in paths:
            if len(path) > depth:
                step = path[depth][0]
                stems.setdefault((step.rests_on, step.end if upward else step.start), []).append(path)
        keys = sorted(stems, key=lambda key: self._order(stems[key][0][depth][0], key[1]))
        for place, key in enumerate(keys):
            last = place == len(keys) - 1
            step = stems[key][0][depth][0]
            yield f"{indent}{'└─' if last else '├─'} {self._hop(step, key[1], upward)}"
            below = indent + ("   " if last else "│  ")
            whole = [path[depth][1] for path in stems[key] if len(path) == depth + 1]
            yield from (f"{below}  {line}" for line in self._details(step, whole))
            yield from self._branch(stems[key], depth + 1, below, upward)

    def _order(self, step: Step, node: str) -> tuple[object, ...]:
        # Numbers by their value: goal 7 stands before goal 11.
        pieces = [int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", self._name(node))]
        return step.proposed, step.kind, [(isinstance(piece, str), piece) for piece in pieces if piece != ""]

    def _hop(self, step: Step, node: str, upward: bool) -> str:
        mark = ""
        if step.proposed:
            mark = f" [{self._texts['inferred' if step.kind == 'part-of' else 'proposed']}]"
        tier = f" ({self._concept(step.tier)})" if step.tier else ""
        verb = self._texts[step.kind]
        return f"{verb}{tier} → {self._name(node)}{mark}" if upward else f"{self._name(node)} → {verb}{tier}{mark}"

    def _details(self, step: Step, ways: Sequence[Way]) -> Iterator[str]:
        texts = self._texts
        said = [f"{texts['origin']}: {self._concept(step.origin)}", self._concept(step.life_cycle)]
        if step.certainty:
            said.append(f"{texts['certainty']}: {self._concept(step.certainty)}")
        if any(way.steps[0].kind == "funding" and way.whose for way in ways):
            said.append(texts["measure"])
        yield " · ".join(said)
        if step.kind == "funding" and not step.money:
            yield texts["amount-unknown"]
        for money in step.money:
            yield f"{self._concept(money.kind)}: {self._euro(money.euro)} EUR ({money.source_label}, {money.date})"
        for source in step.sources:
            yield f"{texts['evidence']}: {self._name(source.document)}, {source.locator}"
        for version in dict.fromkeys(way.carried_from for way in ways if way.carried_from):
            yield texts["carried"].format(version=self._name(version))
        for reason in self._in_language(step.reasons):
            yield f"{texts['reason']}: {reason}"

    def _beside(self, step: Step) -> Iterator[str]:
        verb = self._concept(step.reference_kind) if step.reference_kind else self._texts[step.kind]
        mark = f" [{self._texts['proposed']}]" if step.proposed else ""
        yield f"  {self._name(step.start)} → {verb} → {self._name(step.end)}{mark}"
        yield from (f"    {line}" for line in self._details(step, ()))

    def _break(self, broken: Break) -> Iterator[str]:
        arrow = "↑" if broken.direction == "up" else "↓"
        since = f" ({self._texts['since'].format(day=broken.since)})" if broken.since else ""
        yield f"  {arrow} {self._name(broken.node)}: {self._concept(broken.why)}{since}"
        yield from (f"    {reason}" for reason in self._in_language(broken.reasons))

    def _in_language(self, reasons: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(value_of(r) for r in reasons if language_of(r) in (self._lang, None)))

    def _euro(self, amount: str) -> str:
        written = f"{Decimal(amount):,.2f}"
        return written.translate(str.maketrans(",.", ".,")) if self._lang == "it" else written

    def _concept(self, concept: str) -> str:
        return label(self._lookup, concept, self._lang)

    def _name(self, node: str) -> str:
        """A node by its code, its label and the framework it is in."""
        lookup = self._lookup
        values = [lookup.value(node, f"<{_FILO}{name}>") for name in ("cup", "subMeasureCode", "code")]
        code = next((value_of(value) for value in values if value), None)
        name = label(lookup, node, self._lang)
        framework = lookup.value(node, f"<{_FILO}inFramework>")
        said = f"{code} {name}" if code and not name.startswith(code) else name
        return f"{said} [{label(lookup, framework, self._lang)}]" if framework else said


def trace_json(lookup: Lookup, found: Trace, lang: str) -> dict[str, Any]:
    """A trace as JSON: IRIs with labels; per way its steps, per step its sources."""

    def named(node: str) -> dict[str, str]:
        return {"iri": value_of(node), "label": label(lookup, node, lang)}

    def step(s: Step) -> dict[str, Any]:
        sources = [{"document": named(x.document), "locator": x.locator} for x in s.sources]
        values = {
            "origin": s.origin,
            "lifeCycle": s.life_cycle,
            "certainty": s.certainty,
            "tier": s.tier,
            "referenceKind": s.reference_kind,
        }
        return {
            "kind": s.kind,
            "from": named(s.start),
            "to": named(s.end),
            "restsOn": value_of(s.rests_on),
            **{key: value_of(value).rsplit("/", 1)[-1] for key, value in values.items() if value},
            "proposed": s.proposed,
            "evidence": sources,
            "amounts": [
                {"kind": value_of(m.kind).rsplit("/", 1)[-1], "euro": m.euro, "sourceLabel": m.source_label, "asOf": m.date}
                for m in s.money
            ],
            "reasons": [value_of(r) for r in s.reasons if language_of(r) in (lang, None)],
        }

    def way(w: Way) -> dict[str, Any]:
        return {
            "from": named(w.start),
            "steps": [step(s) for s in w.steps],
            "declared": w.counts,
            "inheritedFrom": named(w.whose) if w.whose else None,
            "carriedOverFrom": named(w.carried_from) if w.carried_from else None,
            "validFrom": w.valid_from,
            "validUntil": w.valid_until,
        }

    def broken(b: Break) -> dict[str, Any]:
        reasons = [value_of(r) for r in b.reasons if language_of(r) in (lang, None)]
        return {"node": named(b.node), "direction": b.direction, "why": _short(b.why), "since": b.since, "reasons": reasons}

    return {
        "node": named(found.node),
        "up": [way(w) for w in found.up],
        "down": [way(w) for w in found.down],
        "beside": [step(s) for s in found.beside],
        "breaks": [broken(b) for b in found.breaks],
    }


def question_json(question: Question) -> dict[str, Any]:
    """A question as JSON, without its text."""
    return {
        "name": question.name,
        "summary": dict(question.summary),
        "tags": list(question.tags),
        "params": [_parameter_json(parameter) for parameter in question.parameters],
        "returns": list(question.returns),
        "form": question.form,
        "about": [value_of(relation) for relation in (*question.about, *question.everywhere)],
    }


def _parameter_json(parameter: Parameter) -> dict[str, Any]:
    said = {
        "name": parameter.name,
        "type": parameter.type,
        "summary": dict(parameter.summary),
        "required": parameter.required,
        "expected": parameter.expected,
        "example": parameter.example,
        "default": parameter.default,
        "choices": list(parameter.choices) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def answer_json(lookup: Lookup, answer: Answer, lang: str, cited: str | None = None, changed: Sensitivity | None = None) -> dict[str, Any]:
    """An answer as JSON: what was asked, rows with labels beside IRIs (or triples), how complete it is, how to cite it."""
    names = labels(lookup, (*answer.rows, *(changed.gained if changed else ())), lang)
    completeness = answer.completeness
    unknown = [
        {
            "statement": value_of(u.statement),
            "framework": value_of(u.framework),
            "element": value_of(u.element) if u.element else None,
            "relation": value_of(u.relation),
            "extent": _short(u.extent),
            "reasons": [value_of(r) for r in u.reasons if language_of(r) in (lang, None)],
        }
        for u in completeness.unknown
    ]
    said = {
        "question": answer.question.name,
        "summary": answer.question.summary[lang],
        "params": {name: value_of(value) for name, value in answer.values.items()},
        "release": answer.release,
        "citation": str(answer.citation),
        "completeness": {
            "states": list(completeness.states),
            "cutAt": completeness.cut_at,
            "stoppedAfter": completeness.stopped_after,
            "unknown": unknown,
        },
    }
    if cited is not None:
        said["cited"] = cited
    if answer.question.form == "select":
        lists = set(answer.question.lists)

        def written(rows: Iterable[Row]) -> list[dict[str, Any]]:
            return [{name: _cell(term, names, name in lists) for name, term in row.items()} for row in rows]

        if changed is not None:
            said["sensitivity"] = {"certainty": _short(changed.certainty), "lost": written(changed.lost), "gained": written(changed.gained)}
        return said | {"columns": list(answer.columns), "rows": written(answer.rows)}
    return said | {"triples": [list(triple) for triple in answer.triples]}


def _cell(term: str, names: Mapping[str, str], is_list: bool) -> dict[str, Any]:
    if is_list:
        return {"type": "list", "value": value_of(term).split()}
    if is_iri(term):
        return {"type": "uri", "value": value_of(term)} | ({"label": names[term]} if term in names else {})
    said = {"lang": language_of(term), "datatype": datatype_of(term)}
    return {"type": "literal", "value": native(term)} | {name: value for name, value in said.items() if value}


def report_lines(lookup: Lookup, report: Report, lang: str) -> Iterator[str]:
    """A validation report for a person: per problem the rule by its name, the node by its label, the value, why and how to mend."""
    texts = REPORT[lang]
    for problem in report.problems:
        waived = f" ({texts['waived']}: {_short(problem.waived_by)})" if problem.waived_by else ""
        yield f"{texts[problem.severity]}{waived}: {problem.message(lang)}"
        yield f"    {texts['node']}: {label(lookup, problem.node, lang)} {problem.node}"
        if problem.value:
            yield f"    {texts['value']}: {value_of(problem.value)}"
        yield f"    {texts['rule']}: {_rule_name(lookup, problem.rule, lang)} {problem.rule}"
    yield _summary(report, lang)


def report_json(lookup: Lookup, report: Report, lang: str) -> dict[str, Any]:
    """A validation report as JSON."""
    problems = [
        {
            "severity": p.severity,
            "rule": value_of(p.rule),
            "ruleName": _rule_name(lookup, p.rule, lang),
            "node": p.node.strip("<>"),
            "label": label(lookup, p.node, lang),
            "path": value_of(p.path) if p.path else None,
            "value": value_of(p.value) if p.value else None,
            "message": p.message(lang),
            "waivedBy": value_of(p.waived_by) if p.waived_by else None,
        }
        for p in report.problems
    ]
    return {"conforms": report.conforms, "problems": problems}


def _summary(report: Report, lang: str) -> str:
    texts = REPORT[lang]
    standing = [p for p in report.problems if p.waived_by is None]
    number = {severity: sum(p.severity == severity for p in standing) for severity in ("Violation", "Warning", "Info")}
    return texts["summary"].format(
        verdict=texts["conforms" if report.conforms else "broken"],
        errors=number["Violation"],
        warnings=number["Warning"],
        notes=number["Info"],
        waived=len(report.problems) - len(standing),
    )


def _rule_name(lookup: Lookup, rule: str, lang: str) -> str:
    names = {language_of(n): value_of(n) for n in lookup.objects(rule, "<http://www.w3.org/ns/shacl#name>")}
    return names.get(lang) or names.get("en") or _short(rule)


def _short(node: str) -> str:
    return value_of(node).rsplit("/", 1)[-1]
