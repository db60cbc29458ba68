"""Searching: a page of matches, and suggestions while one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from filorosso.graph import Match, value_of

from .view import FILO, Page, View, filo

LIMIT: Final = 50
SUGGESTED: Final = 8
_WORDS: Final = {
    "it": {
        "searchLabel": "Nome, codice o CUP",
        "found": "Risultati: {}.",
        "nothing": "Nessun risultato: prova con una parola sola, in italiano o in inglese, o con un codice.",
        "cut": "Si vedono i primi {}: aggiungi una parola per restringere.",
        "foundBy": "trovato per",
    },
    "en": {
        "searchLabel": "Name, code or CUP",
        "found": "Results: {}.",
        "nothing": "Nothing found: try a single word, in Italian or English, or a code.",
        "cut": "The first {} are shown: add a word to narrow it down.",
        "foundBy": "found by",
    },
}


def search(view: View, given: Mapping[str, str]) -> Page:
    """The page of what was found."""
    asked = given.get("q", "").strip()[:200]
    found = view.index.search(asked, limit=LIMIT, lang=view.data)
    context = {"asked": asked, "matches": [_shown(view, match) for match in found], "limit": LIMIT}
    title = {"it": "Cerca", "en": "Search"}[view.lang]
    return Page("search", f"{title}: {asked}" if asked else title, context, _WORDS, crumbs=((title, ""),))


def suggestions(view: View, given: Mapping[str, str]) -> list[dict[str, str]]:
    """What a text that is being typed may mean, as JSON has it; `kind` keeps to a class of ours by its local name."""
    kinds = [filo(name) for name in given.get("kind", "").split(",") if name.isalpha()]
    found = view.index.search(given.get("q", "")[:200], limit=SUGGESTED, classes=kinds, lang=view.data)
    return [_suggested(view, match) for match in found]


def _suggested(view: View, match: Match) -> dict[str, str]:
    shown = _shown(view, match)
    return {
        "iri": value_of(match.node),
        "address": shown["name"].address,
        "label": shown["name"].text,
        "kind": ", ".join(kind.text for kind in shown["kinds"]),
        "code": shown["code"],
        "framework": shown["framework"].text if shown["framework"] else "",
    }


def _shown(view: View, match: Match) -> dict[str, Any]:
    """A match as a page shows it."""
    name = view.name(match.node)
    framework = view.store.value(match.node, filo("inFramework"))
    by = value_of(match.by)
    code = view.code(match.node)
    return {
        "name": name,
        "kinds": kinds(view, match.node, match.classes),
        "code": code,
        "framework": view.name(framework) if framework else None,
        "by": by if by not in (name.text, code) else "",
    }


def kinds(view: View, node: str, classes: Sequence[str]) -> list[Any]:
    """What a node is, in one or two words: its kind in its plan, else its classes."""
    kind = view.store.value(node, filo("hasKind"))
    if kind is not None:
        return [view.name(kind)]
    telling = [c for c in classes if c != filo("Link") or len(classes) == 1]
    ours = [c for c in telling if value_of(c).startswith(FILO)]
    return [view.name(c) for c in ours or telling][:2]
