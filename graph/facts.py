"""Triples indexed both ways, for the parts of the build that walk the graph in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol

from .namespaces import RDFS, SKOS
from .terms import Triple, iri, language_of, value_of

LABEL, PREFERRED = iri(RDFS + "label"), iri(SKOS + "prefLabel")


class Lookup(Protocol):
    """What can be asked of a graph term by term; `Facts` answers, and so does an open store. Terms are N-Triples text."""

    def objects(self, subject: str, predicate: str) -> list[str]:
        """The objects of a subject and a predicate."""

    def value(self, subject: str, predicate: str) -> str | None:
        """One object of a subject and a predicate, or None."""

    def subjects(self, predicate: str, object_: str) -> list[str]:
        """The subjects of a predicate and an object."""


class Facts:
    """A read-only index over triples; terms are N-Triples text, answers come in the order the triples were given."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        """Index the triples; one given twice counts once."""
        self._forward: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._backward: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._by_predicate: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for s, p, o in dict.fromkeys(triples):
            self._forward[s, p].append(o)
            self._backward[p, o].append(s)
            self._by_predicate[p].append((s, o))

    def objects(self, subject: str, predicate: str) -> list[str]:
        """The objects of a subject and a predicate."""
        return self._forward.get((subject, predicate), [])

    def value(self, subject: str, predicate: str) -> str | None:
        """The first object of a subject and a predicate, or None."""
        found = self._forward.get((subject, predicate))
        return found[0] if found else None

    def subjects(self, predicate: str, object_: str) -> list[str]:
        """The subjects of a predicate and an object."""
        return self._backward.get((predicate, object_), [])

    def pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """All (subject, object) pairs of a predicate."""
        return iter(self._by_predicate.get(predicate, []))


def label(lookup: Lookup, node: str, lang: str) -> str:
    """The label of a node in a language, or in another, or the last part of its IRI."""
    names = lookup.objects(node, LABEL) or lookup.objects(node, PREFERRED)
    by_language = {language_of(name): value_of(name) for name in names}
    found = by_language.get(lang) or by_language.get("it") or by_language.get("en") or next(iter(by_language.values()), None)
    return found or value_of(node).rstrip("/").rsplit("/", 1)[-1]
