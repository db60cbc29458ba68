"""Triples indexed both ways, for the parts of the build that walk the graph in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
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
        self.asked: set[str] = set()
        """The predicates that were ever asked for: a triple of any other has told nobody anything."""
        for s, p, o in dict.fromkeys(triples):
            self._forward[s, p].append(o)
            self._backward[p, o].append(s)
            self._by_predicate[p].append((s, o))

    def changed(self, added: Collection[Triple], removed: Collection[Triple]) -> Facts:
        """The facts with triples added that they do not have, and without triples that they do; these stay as they are."""
        facts = Facts(())
        facts._forward, facts._backward, facts._by_predicate = self._forward.copy(), self._backward.copy(), self._by_predicate.copy()
        forward, backward = {(s, p) for s, p, _ in (*added, *removed)}, {(p, o) for _, p, o in (*added, *removed)}
        for predicate in {p for _, p, _ in (*added, *removed)}:
            gone = {(s, o) for s, p, o in removed if p == predicate}
            kept = [pair for pair in self._by_predicate.get(predicate, ()) if pair not in gone]
            facts._by_predicate[predicate] = kept + [(s, o) for s, p, o in added if p == predicate]
        for s, p in forward:
            gone_objects = {o for subject, predicate, o in removed if (subject, predicate) == (s, p)}
            kept_objects = [o for o in self._forward.get((s, p), ()) if o not in gone_objects]
            facts._forward[s, p] = kept_objects + [o for subject, predicate, o in added if (subject, predicate) == (s, p)]
        for p, o in backward:
            gone_subjects = {s for s, predicate, object_ in removed if (predicate, object_) == (p, o)}
            kept_subjects = [s for s in self._backward.get((p, o), ()) if s not in gone_subjects]
            facts._backward[p, o] = kept_subjects + [s for s, predicate, object_ in added if (predicate, object_) == (p, o)]
        return facts

    def objects(self, subject: str, predicate: str) -> list[str]:
        """The objects of a subject and a predicate."""
        self.asked.add(predicate)
        return self._forward.get((subject, predicate), [])

    def value(self, subject: str, predicate: str) -> str | None:
        """The first object of a subject and a predicate, or None."""
        self.asked.add(predicate)
        found = self._forward.get((subject, predicate))
        return found[0] if found else None

    def subjects(self, predicate: str, object_: str) -> list[str]:
        """The subjects of a predicate and an object."""
        self.asked.add(predicate)
        return self._backward.get((predicate, object_), [])

    def pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """All (subject, object) pairs of a predicate."""
        self.asked.add(predicate)
        return iter(self._by_predicate.get(predicate, []))


def label(lookup: Lookup, node: str, lang: str) -> str:
    """The label of a node in a language, or in another, or the last part of its IRI."""
    names = lookup.objects(node, LABEL) or lookup.objects(node, PREFERRED)
    by_language = {language_of(name): value_of(name) for name in names}
    found = by_language.get(lang) or by_language.get("it") or by_language.get("en") or next(iter(by_language.values()), None)
    return found or value_of(node).rstrip("/").rsplit("/", 1)[-1]
