"""Comparing: two versions of a plan, change by change, or a day over the whole graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlencode

from filorosso.graph import BASE, NotFoundError, ParameterError, Row, ask, is_iri, language_of, value_of

from ..asking.form import WORDS as FORM
from ..matrices.cells import cell
from ..view import TYPE, Page, View, filo, sorted_by
from .days import day_of, frameworks_on, threads_on, years

# The kinds of change in the order of the page: what a succession says of what came and went goes before.
_SUCCESSIONS: Final = ("merged", "split", "recoded")
_KINDS: Final = (*_SUCCESSIONS, "renamed", "moved", "added", "removed", "link-added", "link-removed")
_SIGNS: Final = {
    "merged": "⇶",
    "split": "⇉",
    "recoded": "⇄",
    "renamed": "✎",
    "moved": "↷",
    "added": "+",
    "removed": "−",
    "link-added": "+",
    "link-removed": "−",
}
_VERSIONS: Final = """
SELECT ?plan ?version ?day WHERE {
    ?version dct:isVersionOf ?plan . ?plan a filo:Framework
    OPTIONAL { ?version filo:inForceFrom ?inForce } OPTIONAL { ?version filo:coversFrom ?covers }
    BIND (COALESCE(?inForce, ?covers) AS ?day)
} ORDER BY ?plan ?day ?version
"""
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "it": {
        "compareTitle": "Confronto",
        "lead": "Due versioni di uno stesso piano, cambiamento per cambiamento; oppure un giorno: quali quadri erano in vigore "
        "e quali fili valevano.",
        "versions": "Due versioni di un piano",
        "from": "Dalla versione",
        "to": "Alla versione",
        "choose": "Scegli…",
        "do": "Confronta le versioni",
        "pairs": "Confronti pronti",
        "then": "poi",
        "onDay": "Un giorno su tutto il grafo",
        "day": "Giorno",
        "year": "Anno",
        "yearHelp": "Sposta il cursore per cambiare l'anno; giorno e mese restano.",
        "beside": "A confronto con",
        "besideHelp": "Se manca, oggi.",
        "show": "Mostra il giorno",
        "changes": "Cambiamenti",
        "number": "Quanti",
        "kind": "Tipo di cambiamento",
        "before": "Prima",
        "after": "Dopo",
        "because": "Secondo",
        "what": "Elemento",
        "nothing": "Nessun cambiamento noto tra queste due versioni.",
        "nothingUnknown": "Nessun cambiamento noto: ma le fonti non sono state lette per intero, "
        "perciò non vuol dire che nulla sia cambiato.",
        "swap": "La versione di partenza è la più recente: confronta nell'altro verso.",
        "wrongPlan": "«{}» e «{}» non sono versioni dello stesso piano: scegline due dello stesso gruppo.",
        "needsTwo": "Servono due versioni: quella di partenza e quella d'arrivo.",
        "sameTwice": "È due volte la stessa versione: scegline un'altra.",
        "noVersion": "{}: non c'è questa versione.",
        "noDay": "«{}» non è una data: anno, mese e giorno, come 2024-01-31.",
        "download": "La domanda con cui è fatto, con i dati da scaricare",
        "unknownParts": "Che cosa resta ignoto",
        "inForceTitle": "I quadri il {}",
        "framework": "Quadro",
        "inForce": "In vigore",
        "covered": "Periodo coperto",
        "since": "dal {}",
        "until": "fino al {}",
        "inForceNote": "In vigore va dall'approvazione alla sostituzione; il periodo coperto è quello che il quadro dichiara. "
        "Sono cose diverse.",
        "threadsTitle": "I fili che valgono",
        "counted": "Contano",
        "onlyProposed": "Soltanto proposti",
        "projects": "Che partono da un progetto",
        "total": "In tutto",
        "withDay": "Continua con questo giorno",
        "matrixOn": "La matrice in questo giorno",
        "threadOn": "Segui un filo in questo giorno",
        "inText": "Nel testo, {} segna ciò che è tolto e {} ciò che è aggiunto.",
        "merged": "Uniti",
        "split": "Divisi",
        "recoded": "Con un altro codice",
        "renamed": "Rinominati",
        "moved": "Spostati",
        "added": "Aggiunti",
        "removed": "Tolti",
        "link-added": "Legami aggiunti",
        "link-removed": "Legami tolti",
    },
    "en": {
        "compareTitle": "Compare",
        "lead": "Two versions of a plan, change by change; or a day: which frameworks were in force and which threads held.",
        "versions": "Two versions of a plan",
        "from": "From version",
        "to": "To version",
        "choose": "Choose…",
        "do": "Compare the versions",
        "pairs": "Comparisons that are ready",
        "then": "then",
        "onDay": "A day over the whole graph",
        "day": "Day",
        "year": "Year",
        "yearHelp": "Move the slider to change the year; day and month stay.",
        "beside": "Beside",
        "besideHelp": "If left out, today.",
        "show": "Show the day",
        "changes": "Changes",
        "number": "How many",
        "kind": "Kind of change",
        "before": "Before",
        "after": "After",
        "because": "According to",
        "what": "Element",
        "nothing": "No change is known between these two versions.",
        "nothingUnknown": "No change is known: but the sources were not read whole, so that does not mean that nothing changed.",
        "swap": "The version to start from is the later one: compare the other way round.",
        "wrongPlan": "“{}” and “{}” are not versions of the same plan: choose two of one group.",
        "needsTwo": "Two versions are needed: one to start from and one to arrive at.",
        "sameTwice": "It is the same version twice: choose another.",
        "noVersion": "{}: there is no such version.",
        "noDay": "“{}” is not a date: year, month and day, such as 2024-01-31.",
        "download": "The question that it is made with, with the data to download",
        "unknownParts": "What stays unknown",
        "inForceTitle": "The frameworks on {}",
        "framework": "Framework",
        "inForce": "In force",
        "covered": "Period covered",
        "since": "from {}",
        "until": "until {}",
        "inForceNote": "In force goes from approval to replacement; the period covered is what the framework says of itself. They differ.",
        "threadsTitle": "The threads that hold",
        "counted": "Count",
        "onlyProposed": "Only proposed",
        "projects": "That start at a project",
        "total": "In all",
        "withDay": "Go on with this day",
        "matrixOn": "The matrix on this day",
        "threadOn": "Follow a thread on this day",
        "inText": "In the text, {} marks what is taken out and {} what is put in.",
        "merged": "Merged",
        "split": "Split",
        "recoded": "With another code",
        "renamed": "Renamed",
        "moved": "Moved",
        "added": "Added",
        "removed": "Removed",
        "link-added": "Links added",
        "link-removed": "Links removed",
    },
}


def compare(view: View, given: Mapping[str, str]) -> Page:
    """The page of a comparison: of `from` and `to`, two versions; of the day `on`, beside `with`; or what can be compared.

    :raises NotFoundError: there is no such version.
    """
    words = _WORDS[view.lang]
    plans = _plans(view)
    context: dict[str, Any] = {
        "plans": plans,
        "years": years(view),
        "chosen": {"from": "", "to": ""},
        "on": "",
        "with_day": "",
        "wrong": "",
        "two": None,
        "one": None,
    }
    title = words["compareTitle"]
    try:
        if given.get("from") or given.get("to"):
            context |= _two(view, given, plans)
            title = f"{title}: {context['two']['from'].text} → {context['two']['to'].text}"
        elif given.get("on"):
            context |= _one(view, given)
    except ParameterError as error:
        chosen = {name: given.get(name, "") for name in ("from", "to")}
        context |= {"wrong": error.why, "chosen": chosen, "on": given.get("on", ""), "with_day": given.get("with", "")}
    status = 422 if context["wrong"] else 200
    speaks_of_today = context["one"] is not None and not given.get("with")
    words_of_page = {lang: {**FORM[lang], **_WORDS[lang]} for lang in _WORDS}
    return Page("compare", title, context, words_of_page, status, ((title, ""),), is_lasting=not speaks_of_today)


def _plans(view: View) -> list[dict[str, Any]]:
    """The plans that have versions, each with its versions in the order of time, and the pairs that follow one another."""
    found: dict[str, list[str]] = {}
    for row in view.store.rows(_VERSIONS):
        found.setdefault(row["plan"], []).append(row["version"])
    plans = []
    for plan, versions in found.items():
        names = [view.name(version) for version in dict.fromkeys(versions)]
        pairs = [
            (earlier, later, view.link("/compare", **{"from": value_of(earlier.term), "to": value_of(later.term)}))
            for earlier, later in pairwise(names)
        ]
        plans.append({"plan": view.name(plan), "versions": names, "pairs": pairs})
    return sorted(plans, key=lambda each: sorted_by(each["plan"].text))


# Two versions


def _two(view: View, given: Mapping[str, str], plans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    words = _WORDS[view.lang]
    if not given.get("from") or not given.get("to"):
        raise ParameterError("from" if given.get("to") else "to", words["needsTwo"])
    start, end = (_version(view, given[name], plans) for name in ("from", "to"))
    if start == end:
        raise ParameterError("to", words["sameTwice"])
    if not any({start, end} <= {name.term for name in plan["versions"]} for plan in plans):
        raise ParameterError("to", words["wrongPlan"].format(view.name(start).text, view.name(end).text))
    asked = {"from": value_of(start), "to": value_of(end)}
    answer = ask(view.store, view.library.question("difference"), asked)
    back = ask(view.store, view.library.question("difference"), {"from": asked["to"], "to": asked["from"]}) if answer.is_empty else None
    groups = _groups(view, answer.rows)
    said = {
        "from": view.name(start),
        "to": view.name(end),
        "groups": groups,
        "number": sum(len(group["rows"]) for group in groups),
        "swap": view.link("/compare", **{"from": asked["to"], "to": asked["from"]}) if back and not back.is_empty else "",
        "question": view.link("/questions/difference/answer", **asked),
        "formats": [
            (name, f"/questions/difference/answer?{urlencode({**asked, 'format': form, 'lang': view.data})}")
            for name, form in (("CSV", "labelled-csv"), ("Excel (XLSX)", "xlsx"), ("JSON", "json"))
        ],
        "unknown": [(view.name(one.statement), view.said_in(one.reasons)) for one in answer.completeness.unknown],
    }
    return {"two": said, "chosen": asked}


def _version(view: View, given: str, plans: Sequence[Mapping[str, Any]]) -> str:
    """The version that an address means by its IRI or what follows `id/` in it."""
    term = f"<{given}>" if ":" in given else f"<{BASE}id/{given}>"
    if not any(term == name.term for plan in plans for name in plan["versions"]):
        raise NotFoundError(_WORDS[view.lang]["noVersion"].format(given))
    return term


def _groups(view: View, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Changes by kind, in the order of the page."""
    groups: dict[str, list[dict[str, Any]]] = {}
    told: set[tuple[str, str]] = set()
    for row in rows:
        kind = _kind(view, row)
        # What a succession tells stands twice in the answer: as what went and as what came.
        once = kind, row.get("statement", "")
        if kind in _SUCCESSIONS and once in told:
            continue
        told.add(once)
        groups.setdefault(kind, []).append(_change(view, row))
    for changes in groups.values():
        changes.sort(key=lambda change: sorted_by(change["name"].text))
    return [{"kind": kind, "sign": _SIGNS[kind], "rows": groups[kind]} for kind in _KINDS if kind in groups]


def _kind(view: View, row: Row) -> str:
    """The kind of a change: what the succession that tells it says, where that says more."""
    told = view.store.value(row["statement"], filo("hasSuccessionKind")) if "statement" in row else None
    succession = value_of(told).rsplit("/", 1)[-1] if told else ""
    return succession if succession in _KINDS else value_of(row["change"]).rsplit("/", 1)[-1]


def _change(view: View, row: Row) -> dict[str, Any]:
    node = row.get("after") or row.get("before") or ""
    said = {
        "name": view.name(node),
        "kind": view.name(row["kind"]) if "kind" in row else None,
        "before": _side(view, row, "before", "was"),
        "after": _side(view, row, "after", "becomes"),
        "statement": view.name(row["statement"]) if "statement" in row else None,
        "is_statement_link": "statement" in row and filo("Succession") not in view.store.objects(row["statement"], TYPE),
        "pieces": None,
        "lang": "",
    }
    was, becomes = row.get("was"), row.get("becomes")
    if was and becomes and not is_iri(was) and not is_iri(becomes):
        said["pieces"] = words_changed(value_of(was), value_of(becomes))
        said["lang"] = language_of(was) or ""
    return said


def _side(view: View, row: Row, element: str, value: str) -> Any:
    """What stands on one side: for what came or went the element, or what it came from or went into; else the value."""
    term = row.get(value) or (row.get(element) if value_of(row["change"]).rsplit("/", 1)[-1] in ("added", "removed") else None)
    return cell(view, term)


def words_changed(was: str, becomes: str) -> list[tuple[str, str, str]]:
    """Two texts word by word: what both have (`same`), what only the first has (`out`) and what only the second has (`in`)."""
    old, new = was.split(), becomes.split()
    pieces = []
    for how, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            pieces.append(("same", " ".join(old[first:last]), ""))
        else:
            pieces.append(("changed", " ".join(old[first:last]), " ".join(new[start:end])))
    return pieces


# A day


def _one(view: View, given: Mapping[str, str]) -> dict[str, Any]:
    words = _WORDS[view.lang]
    day = day_of(given["on"], words["noDay"])
    beside = day_of(given["with"], words["noDay"]) if given.get("with") else date.today()
    rows = threads_on(view, day, beside, words["projects"])
    keys = ("then_counted", "beside_counted", "then_proposed", "beside_proposed")
    said = {
        "day": day.isoformat(),
        "beside": beside.isoformat(),
        "frameworks": frameworks_on(view, day),
        "threads": rows,
        "total": {key: sum(row[key] for row in rows) for key in keys},
        "question": view.link("/questions/in-force/answer", day=day.isoformat()),
        "matrix": view.link("/matrix", asOf=day.isoformat()),
        "thread": view.link("/thread", asOf=day.isoformat()),
    }
    return {"one": said, "on": day.isoformat(), "with_day": given.get("with", "")}
