"""The pages that say what went wrong: no such thing, with what is nearest to it; a value that is not what is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

from filorosso.graph import Index

from .view import Page, View

NEAR: Final = 8
_TITLES: Final[Mapping[str, Mapping[int, str]]] = {
    "it": {404: "Non trovato", 406: "Formato non disponibile", 422: "Richiesta da correggere", 503: "Non è stato possibile rispondere"},
    "en": {404: "Not found", 406: "Form not available", 422: "The request needs mending", 503: "It could not be answered"},
}
_NEAREST: Final = {"it": "Forse cercavi", "en": "Perhaps you meant"}


def missing(view: View, status: HTTPStatus, detail: str, near: Iterable[str] = ()) -> Page:
    """A page that says what was wrong; `near` are nodes (terms) that may have been meant."""
    found = [view.name(node) for node in near]
    title = _TITLES[view.lang].get(status, status.phrase)
    context = {"detail": detail, "near": found, "near_title": _NEAREST[view.lang]}
    return Page("missing", title, context, status=status)


def nearest(index: Index, asked: str, lang: str = "it") -> list[str]:
    """The nodes (terms) that are nearest to an IRI, a path or a text that names none: by their IRIs, then by their names."""
    words = asked.rstrip("/").rsplit("/", 1)[-1].replace("-", " ").replace("_", " ")
    by_name = [match.node for match in index.search(words, limit=NEAR, lang=lang)]
    return list(dict.fromkeys([*index.near(asked), *by_name]))[:NEAR]
