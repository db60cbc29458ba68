"""The list of frameworks: by level, with the versions of each and their times; a text narrows it down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from filorosso.graph import value_of

from ..home import levels
from ..view import Page, View
from .timeline import VERSION_OF, Row, times
from .timeline import WORDS as TIME_WORDS

_WORDS: Final = {
    "it": TIME_WORDS["it"]
    | {
        "title": "Quadri strategici",
        "explain": "Agende, piani e programmi, dal più ampio al più vicino. Di ciascuno: quando è stato redatto, quando è (stato) in "
        "vigore, quale periodo copre; «ignoto» dove nessuna fonte letta lo dice.",
        "narrow": "Cerca tra i quadri",
        "narrowHelp": "Una parola del nome, in italiano o in inglese.",
        "elementsShort": "Elementi",
        "nothing": "Nessun quadro ha questo nome.",
        "levels": "Livello",
    },
    "en": TIME_WORDS["en"]
    | {
        "title": "Strategic frameworks",
        "explain": "Agendas, plans and programmes, from the widest to the nearest. Of each: when it was drafted, when it is (or was) in "
        "force, which period it covers; “unknown” where no source that was read says so.",
        "narrow": "Search the frameworks",
        "narrowHelp": "A word of the name, in Italian or English.",
        "elementsShort": "Elements",
        "nothing": "No framework has this name.",
        "levels": "Level",
    },
}
_LABEL: Final = "<http://www.w3.org/2000/01/rdf-schema#label>"
_WITHOUT: Final = {"it": "Senza un livello dichiarato", "en": "Without a stated level"}


def frameworks(view: View, given: Mapping[str, str]) -> Page:
    """The page; `q` keeps the frameworks with a text in their name, or in that of a version."""
    asked = given.get("q", "").strip()[:200]
    found = [
        (level, [row for row in rows if _is_named(view, row["name"].term, asked)]) for level, rows in levels(view, _WITHOUT[view.lang])
    ]
    shown = [(level, [_with_times(view, row) for row in rows]) for level, rows in found if rows]
    words = _WORDS[view.lang]
    context = {"asked": asked, "shown": shown, "versions": True}
    return Page("frameworks", words["title"], context, _WORDS, crumbs=((words["title"], ""),))


def _with_times(view: View, row: Mapping[str, Any]) -> dict[str, Any]:
    node = row["name"].term
    versions: list[Row] = times(view, view.store.subjects(VERSION_OF, node))
    return {**row, "own": times(view, [node])[0], "later": versions}


def _is_named(view: View, node: str, asked: str) -> bool:
    named = [name for each in (node, *view.store.subjects(VERSION_OF, node)) for name in view.store.objects(each, _LABEL)]
    return not asked or any(asked.casefold() in value_of(name).casefold() for name in named)
