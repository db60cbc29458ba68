"""The pages that say what went wrong: no such thing, with what is nearest to it; a value that is not what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from .view import Page, View

NEAR: Final = 8
_TITLES: Final[Mapping[str, Mapping[int, str]]] = {
    "it": {404: "Non trovato", 406: "Formato non disponibile", 422: "Richiesta da correggere", 503: "Non è stato possibile rispondere"},
    "en": {404: "Not found", 406: "Form not available", 422: "The request needs mending", 503: "It could not be answered"},
}
_NEAREST: Final = {"it": "Forse cercavi", "en": "Perhaps you meant"}


def missing(view: View, status: HTTPStatus, detail: str, near: str = "") -> Page:
    """A page that says what was wrong; `near` is a text whose nearest names it lists."""
    found = [view.name(match.node) for match in view.index.search(near, limit=NEAR, lang=view.data)] if near else []
    title = _TITLES[view.lang].get(status, status.phrase)
    context = {"detail": detail, "near": found, "near_title": _NEAREST[view.lang]}
    return Page("missing", title, context, status=status)


def last_words(path: str) -> str:
    """What the last part of a path says, as words to search for."""
    return path.rstrip("/").rsplit("/", 1)[-1].replace("-", " ").replace("_", " ")
