"""Which page shows a node: a framework has one of its own, and so have named graphs, schemes and the ontology; all else a common one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .framework import framework
from .resources import resource
from .view import TYPE, Page, View, filo

Shown = Callable[[View, str, Mapping[str, str], list[str] | None], Page]

# The first class that a node has decides.
SHOWN: Final[Mapping[str, Shown]] = {
    filo("Framework"): framework,
}


def page_of(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    """The page of a node; `retired` says what replaces it, if it is retired."""
    classes = set(view.store.objects(node, TYPE))
    shown = next((page for term, page in SHOWN.items() if term in classes), resource)
    return (resource if "page" in given else shown)(view, node, given, retired)
