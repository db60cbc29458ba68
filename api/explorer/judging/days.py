"""A day over the whole graph: which frameworks are in force then, which cover it, and how many threads hold, beside another day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from filorosso.graph import Parameter, ParameterError, ask, value_of

from ..matrices.cells import standing
from ..view import Name, View, sorted_by

_YEARS: Final = """
SELECT (MIN(?day) AS ?first) (MAX(?day) AS ?last) WHERE {
    ?framework a filo:Framework ; ?of ?day
    VALUES ?of { filo:inForceFrom filo:inForceUntil filo:coversFrom filo:coversUntil }
}
"""
_THREADS: Final = """
SELECT ?framework ?counted ?from ?until (COUNT(?thread) AS ?number) WHERE {
    ?thread a filo:Thread ; filo:isCounted ?counted
    OPTIONAL { ?thread filo:isThreadOf ?framework }
    OPTIONAL { ?thread filo:validFrom ?from }
    OPTIONAL { ?thread filo:validUntil ?until }
} GROUP BY ?framework ?counted ?from ?until
"""
_DAY: Final = Parameter("on", "date", {"it": "", "en": ""}, None, None, True)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a framework stands on a day: whether it is in force and whether it covers the day (names of verdicts, with their marks)."""

    name: Name
    in_force: Name
    in_force_mark: str
    covered: Name
    covered_mark: str
    row: Mapping[str, str]


def day_of(given: str, words: str) -> date:
    """The day that an address names.

    :raises ParameterError: it names none; `words` say what is expected.
    """
    try:
        return date.fromisoformat(value_of(_DAY.term(given)))
    except ParameterError:
        raise ParameterError("on", words.format(given)) from None


def years(view: View) -> tuple[int, int]:
    """The first and the last year that frameworks speak of."""
    row = next(iter(view.store.rows(_YEARS)), {})
    return tuple(int(value_of(row[name])[:4]) if name in row else date.today().year for name in ("first", "last"))  # type: ignore[return-value]


def frameworks_on(view: View, day: date) -> list[Standing]:
    """How every framework stands on a day: those in force first, then those of which it is unknown."""
    answer = ask(view.store, view.library.question("in-force"), {"day": day.isoformat()})
    order = {verdict: place for place, verdict in enumerate(("yes", "unknown", "no"))}
    found = [_standing(view, row) for row in answer.rows]
    return sorted(found, key=lambda one: (order[_short(one.in_force.term)], sorted_by(one.name.text)))


def threads_on(view: View, day: date, beside: date, projects: str) -> list[dict[str, Any]]:
    """How many threads hold on a day and on another, by the framework where they start: those that count, and those only proposed.

    :param projects: what to call those that start in none, but at a project.
    """
    counts: dict[str, Counter[str]] = {}
    for row in view.store.rows(_THREADS):
        kind = "counted" if value_of(row["counted"]) == "true" else "proposed"
        for when, one in (("then", day), ("beside", beside)):
            if _holds(row, one.isoformat()):
                counts.setdefault(row.get("framework", ""), Counter())[f"{when}_{kind}"] += int(value_of(row["number"]))
    keys = ("then_counted", "beside_counted", "then_proposed", "beside_proposed")
    rows = [
        {"name": view.name(framework) if framework else Name("", projects, "", ""), **{key: each[key] for key in keys}}
        for framework, each in counts.items()
    ]
    return sorted(rows, key=lambda row: sorted_by(row["name"].text))


def _holds(row: Mapping[str, str], day: str) -> bool:
    """Whether what has a first and a last day, or neither, holds on a day."""
    return ("from" not in row or value_of(row["from"]) <= day) and ("until" not in row or value_of(row["until"]) >= day)


def _standing(view: View, row: Mapping[str, str]) -> Standing:
    in_force, covered = row["inForce"], row["covered"]
    dates = {name: value_of(row[name]) if name in row else "" for name in ("inForceFrom", "inForceUntil", "coversFrom", "coversUntil")}
    return Standing(view.name(row["version"]), view.name(in_force), _mark(in_force), view.name(covered), _mark(covered), dates)


def _mark(verdict: str) -> str:
    return standing(verdict) or {"yes": "declared", "no": "absent"}[_short(verdict)]


def _short(verdict: str) -> str:
    return value_of(verdict).rsplit("/", 1)[-1]
