"""The quality of the graph: the SHACL report by rule and by plan in words, what is waived and why, what was checked, what was not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from filorosso.graph import BASE, SEVERITIES, NotFoundError, Problem, is_iri, value_of

from ...texts import REPORT
from ..view import TYPE, Name, Page, View, filo, sorted_by
from .checks import aims, checked

SIZE: Final = 100
_FORMATS: Final = {"ttl": "Turtle", "jsonld": "JSON-LD", "rdf": "RDF/XML", "nt": "N-Triples", "json": "JSON", "txt": "TXT"}
# By which way a node that is in no framework itself is of one.
_OWNERS: Final = ("inFramework", "aboutFramework", "hasSubject", "hasRecipient", "hasPredecessor", "ofSubject", "ofIndicator", "measures")
_WAIVERS: Final = """
SELECT ?waiver ?rule ?author ?day WHERE {
    ?waiver a filo:Waiver ; filo:waivesRule ?rule ; filo:hasAuthor ?author ; filo:expiresOn ?day
} ORDER BY ?day ?waiver
"""
_UNREAD: Final = """
SELECT ?statement ?framework ?element ?relation ?source ?extent WHERE {
    ?statement a filo:CompletenessStatement ; filo:aboutFramework ?framework ; filo:aboutRelation ?relation ; filo:hasExtent ?extent
    OPTIONAL { ?statement filo:aboutElement ?element }
    OPTIONAL { ?statement filo:aboutSource ?source }
}
"""
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "it": {
        "qualityTitle": "Qualità dei dati",
        "lead": "Ogni edizione è controllata con regole scritte (SHACL). Un errore ferma la pubblicazione; avvisi e note restano "
        "visibili finché qualcuno non li risolve, o li mette in deroga con un motivo e una scadenza.",
        "conforms": "Conforme: nessun errore",
        "broken": "Non conforme: {} errori",
        "Violation": "errori",
        "Warning": "avvisi",
        "Info": "note",
        "waivedMany": "in deroga",
        "rulesMany": "regole",
        "byRule": "Problemi per regola",
        "byPlan": "Problemi per piano",
        "rule": "Regola",
        "plan": "Piano",
        "severity": "Gravità",
        "open": "aperti",
        "problems": "Problemi",
        "allRules": "tutte le regole",
        "allPlans": "tutti i piani",
        "filter": "Filtra",
        "node": "Dove",
        "value": "Valore",
        "how": "Che cosa non va, e come rimediare",
        "waived": "in deroga",
        "noProblem": "Nessun problema.",
        "noneKept": "Nessun problema tra quelli scelti.",
        "found": "Problemi: {}.",
        "elsewhere": "Cose condivise da più piani",
        "waivers": "Deroghe",
        "waiversLead": "Una deroga mette a tacere una regola per alcuni nodi: dice perché, chi lo ha deciso e fino a quando vale. "
        "Dopo quel giorno il problema torna aperto.",
        "waiver": "Deroga",
        "until": "Vale fino al",
        "author": "Decisa da",
        "covers": "Copre",
        "rules": "Che cosa è stato controllato",
        "aims": "Vale per",
        "number": "Nodi controllati",
        "everyRule": "Tutte le {} regole, e per quanti nodi valgono",
        "rulesLead": "Zero problemi dopo un controllo non è un controllo mancato: per ogni regola si dice quanti nodi ha controllato.",
        "unread": "Che cosa si sa di non aver letto",
        "unreadLead": "Dove una fonte non è stata letta per intero, l'assenza di un legame non dice che il legame manchi: è ignoto.",
        "about": "Di che cosa",
        "relation": "Relazione",
        "source": "Fonte",
        "extent": "Letta",
        "report": "Il rapporto come dati",
        "noRule": "{}: non c'è questa regola.",
        "noPlan": "{}: non c'è questo piano.",
        "wholes": "{} affermazioni di lettura per intero",
    },
    "en": {
        "qualityTitle": "Quality of the data",
        "lead": "Every release is checked against written rules (SHACL). An error stops its publication; warnings and notes stay visible "
        "until somebody mends them, or waives them with a reason and a last day.",
        "conforms": "Conforms: no errors",
        "broken": "Does not conform: {} errors",
        "Violation": "errors",
        "Warning": "warnings",
        "Info": "notes",
        "waivedMany": "waived",
        "rulesMany": "rules",
        "byRule": "Problems by rule",
        "byPlan": "Problems by plan",
        "rule": "Rule",
        "plan": "Plan",
        "severity": "Severity",
        "open": "open",
        "problems": "Problems",
        "allRules": "all rules",
        "allPlans": "all plans",
        "filter": "Filter",
        "node": "Where",
        "value": "Value",
        "how": "What is wrong, and how to mend it",
        "waived": "waived",
        "noProblem": "No problem.",
        "noneKept": "No problem among those chosen.",
        "found": "Problems: {}.",
        "elsewhere": "What several plans share",
        "waivers": "Waivers",
        "waiversLead": "A waiver silences a rule for some nodes: it says why, who decided it and until when it holds. "
        "After that day the problem is open again.",
        "waiver": "Waiver",
        "until": "Holds until",
        "author": "Decided by",
        "covers": "Covers",
        "rules": "What was checked",
        "aims": "Holds for",
        "number": "Nodes checked",
        "everyRule": "All {} rules, and for how many nodes they hold",
        "rulesLead": "No problems after a check is not a check left out: each rule says how many nodes it checked.",
        "unread": "What is known to be unread",
        "unreadLead": "Where a source was not read whole, that a link is not there does not say that it is missing: it is unknown.",
        "about": "Of what",
        "relation": "Relation",
        "source": "Source",
        "extent": "Read",
        "report": "The report as data",
        "noRule": "{}: there is no such rule.",
        "noPlan": "{}: there is no such plan.",
        "wholes": "{} statements of reading whole",
    },
}


@dataclass(frozen=True, slots=True)
class Found:
    """A problem with the plan that it belongs to; `plan` is `""` for what several plans share."""

    problem: Problem
    plan: str


def quality(view: View, given: Mapping[str, str]) -> Page:
    """The page of the report; `rule` and `plan` (IRIs, or the end of one) keep to some of its problems.

    :raises NotFoundError: there is no such rule or plan.
    """
    words = _WORDS[view.lang]
    found = [Found(problem, _plan(view, problem.node)) for problem in view.report.problems]
    found_rules = aims(view)
    rule = _meant(given.get("rule", ""), BASE + "shapes/", found_rules, words["noRule"])
    plan = _meant(given.get("plan", ""), BASE + "id/", view.store.subjects(TYPE, filo("Framework")), words["noPlan"])
    # What is waived comes last: it asks for nothing now.
    found.sort(key=lambda each: each.problem.waived_by is not None)
    kept = [each for each in found if (not rule or each.problem.rule == rule) and (not plan or each.plan == plan)]
    asked = given.get("page", "")
    pages = max(1, -(-len(kept) // SIZE))
    page = min(max(1, int(asked[:6])) if asked.isascii() and asked.isdigit() else 1, pages)
    chosen = {"rule": value_of(rule) if rule else "", "plan": value_of(plan) if plan else ""}
    context = {
        "rule": rule,
        "plan": plan,
        "summary": _summary(view),
        "by_rule": _counted(view, found, lambda each: each.problem.rule, "rule"),
        "by_plan": _counted(view, found, lambda each: each.plan, "plan"),
        "kept": len(kept),
        "groups": _groups(view, kept[(page - 1) * SIZE : page * SIZE]),
        "shown": page,
        "pages": pages,
        "turn": lambda to: view.link("/quality", **chosen, page=str(to)),
        "waivers": _waivers(view, rule),
        "rules": len(found_rules),
        "rows": checked(view, {rule: found_rules[rule]}) if rule else [],
        "unread": _unread(view, plan),
        "formats": [(said, f"/quality/report?format={name}&lang={view.lang}") for name, said in _FORMATS.items()],
        "severities": REPORT[view.lang],
    }
    return Page("quality", words["qualityTitle"], context, _WORDS, crumbs=((words["qualityTitle"], ""),))


def _meant(given: str, start: str, known: Iterable[str], unknown: str) -> str:
    """The term that an address means by an IRI or by its end."""
    if not given:
        return ""
    term = f"<{given}>" if ":" in given else f"<{start}{given}>"
    if term not in set(known):
        raise NotFoundError(unknown.format(given))
    return term


def _plan(view: View, node: str) -> str:
    """The framework that a node is, or is of, or `""`."""
    if filo("Framework") in view.store.objects(node, TYPE):
        return node
    for name in _OWNERS:
        for other in view.store.objects(node, filo(name))[:1]:
            if other != node and is_iri(other):
                found = other if name in ("inFramework", "aboutFramework") else _plan(view, other)
                if found:
                    return found
    return ""


def _summary(view: View) -> list[tuple[str, int]]:
    problems = view.report.problems
    standing = Counter(problem.severity for problem in problems if problem.waived_by is None)
    waived = sum(problem.waived_by is not None for problem in problems)
    return [*((severity, standing[severity]) for severity in SEVERITIES), ("waivedMany", waived)]


def _counted(view: View, found: Iterable[Found], key: Any, parameter: str) -> list[dict[str, Any]]:
    """How many problems stand and how many are waived, by rule or by plan, those with most that stand first."""
    counts: dict[str, Counter[str]] = {}
    for each in found:
        counts.setdefault(key(each), Counter())["waived" if each.problem.waived_by else each.problem.severity] += 1
    rows = [
        {
            "name": view.name(term) if term else Name("", _WORDS[view.lang]["elsewhere"], "", ""),
            "address": view.link("/quality", **{parameter: value_of(term)}) if term else "",
            "term": term,
            "counts": {severity: count[severity] for severity in (*SEVERITIES, "waived")},
        }
        for term, count in counts.items()
    ]
    return sorted(rows, key=lambda row: (*(-row["counts"][severity] for severity in SEVERITIES), sorted_by(row["name"].text)))


def _groups(view: View, found: Iterable[Found]) -> list[dict[str, Any]]:
    """Problems by rule, each rule with what it says."""
    groups: dict[tuple[str, str, bool, str], list[dict[str, Any]]] = {}
    for each in found:
        problem = each.problem
        row = {
            "node": view.name(problem.node),
            "plan": view.name(each.plan) if each.plan else None,
            "value": view.name(problem.value) if problem.value else None,
            "path": view.name(problem.path) if problem.path else None,
            "waived": view.name(problem.waived_by) if problem.waived_by else None,
        }
        groups.setdefault((problem.severity, problem.rule, problem.waived_by is not None, problem.message(view.lang)), []).append(row)
    return [
        {"severity": severity, "rule": view.name(rule), "is_waived": is_waived, "message": message, "rows": rows}
        for (severity, rule, is_waived, message), rows in groups.items()
    ]


def _waivers(view: View, rule: str) -> list[dict[str, Any]]:
    covered = Counter(problem.waived_by for problem in view.report.problems)
    return [
        {
            "waiver": view.name(row["waiver"]),
            "rule": view.name(row["rule"]),
            "reasons": view.said_in(view.store.objects(row["waiver"], filo("reason"))),
            "author": view.name(row["author"]),
            "until": value_of(row["day"]),
            "covers": covered[row["waiver"]],
        }
        for row in view.store.rows(_WAIVERS)
        if not rule or row["rule"] == rule
    ]


def _unread(view: View, plan: str) -> list[dict[str, Any]]:
    """What was not read whole, framework by framework."""
    found: dict[str, dict[str, Any]] = {}
    for row in view.store.rows(_UNREAD):
        if plan and row["framework"] != plan:
            continue
        framework = found.setdefault(row["framework"], {"framework": view.name(row["framework"]), "rows": [], "wholes": 0})
        if row["extent"].endswith("/extent/whole>"):
            framework["wholes"] += 1
        else:
            framework["rows"].append(_unread_row(view, row))
    for framework in found.values():
        framework["rows"].sort(key=lambda row: (row["about"].text if row["about"] else "", row["relation"].text))
    return sorted(found.values(), key=lambda framework: sorted_by(framework["framework"].text))


def _unread_row(view: View, row: Mapping[str, str]) -> dict[str, Any]:
    named = {name: view.name(row[key]) if key in row else None for name, key in (("about", "element"), ("source", "source"))}
    return {
        **named,
        "relation": view.name(row["relation"]),
        "extent": view.name(row["extent"]),
        "statement": view.name(row["statement"]),
        "reasons": view.said_in(view.store.objects(row["statement"], filo("reason"))),
    }
