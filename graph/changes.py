"""What changed from one version of a plan to a later one, in the plan's own terms.

Elements of two versions are the same where they share a continuant. What can change: an element is added, removed, renamed (a label
differs) or moved (its parent is another), and a link that the plan itself declares is added or removed; what others say of one version
is no change of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .facts import LABEL, Facts
from .namespaces import minted
from .terms import iri, language_of
from .threads import (
    ACCEPTED,
    HAS_LIFE_CYCLE,
    HAS_OBJECT,
    HAS_ORIGIN,
    HAS_SUBJECT,
    IN_FRAMEWORK,
    IS_PART_OF,
    PLAN,
    REPLACES,
    TYPE,
    VERSION_OF,
    filo,
)


@dataclass(frozen=True, slots=True)
class Change:
    """A change between two versions: the element before and after, what was and what it becomes, the statement that tells it; terms."""

    earlier: str
    later: str
    kind: str
    before: str | None = None
    after: str | None = None
    was: str | None = None
    becomes: str | None = None
    statement: str | None = None

    @property
    def identifier(self) -> str:
        """The IRI of the change: the same change has the same one in every build."""
        key = (self.earlier, self.later, self.kind, self.before, self.after, self.was, self.becomes, self.statement)
        return iri(minted("change", key))


def changes(facts: Facts) -> Iterator[Change]:
    """Every change from each version of a plan to each that replaces it, directly or through others."""
    for later in sorted({later for later, _ in facts.pairs(REPLACES)}):
        for earlier in _replaced(facts, later):
            yield from _between(facts, earlier, later)


def _replaced(facts: Facts, later: str) -> list[str]:
    found = list(facts.objects(later, REPLACES))
    for version in found:
        found += [earlier for earlier in facts.objects(version, REPLACES) if earlier not in found and earlier != later]
    return found


def _between(facts: Facts, earlier: str, later: str) -> Iterator[Change]:
    old, new = _elements(facts, earlier), _elements(facts, later)
    for key in sorted(old.keys() - new.keys()):
        for succession in (*facts.subjects(filo("hasPredecessor"), old[key]),) or (None,):
            successor = succession and facts.value(succession, filo("hasSuccessor"))
            yield Change(earlier, later, "removed", before=old[key], becomes=successor, statement=succession)
    for key in sorted(new.keys() - old.keys()):
        for succession in (*facts.subjects(filo("hasSuccessor"), new[key]),) or (None,):
            predecessor = succession and facts.value(succession, filo("hasPredecessor"))
            yield Change(earlier, later, "added", after=new[key], was=predecessor, statement=succession)
    for key in sorted(old.keys() & new.keys()):
        yield from _of_one(facts, Change(earlier, later, "", old[key], new[key]))


def _of_one(facts: Facts, pair: Change) -> Iterator[Change]:
    before, after = pair.before or "", pair.after or ""

    def change(kind: str, was: str | None = None, becomes: str | None = None, statement: str | None = None) -> Change:
        return Change(pair.earlier, pair.later, kind, before, after, was, becomes, statement)

    names = {language_of(name): name for name in facts.objects(after, LABEL)}
    for name in facts.objects(before, LABEL):
        other = names.get(language_of(name))
        if other is not None and other != name:
            yield change("renamed", name, other)
    parents = facts.value(before, IS_PART_OF), facts.value(after, IS_PART_OF)
    if _key(facts, parents[0]) != _key(facts, parents[1]):
        yield change("moved", *parents)
    said, says = _links(facts, before), _links(facts, after)
    for end in sorted(said.keys() - says.keys()):
        yield change("link-removed", was=facts.value(said[end], HAS_OBJECT), statement=said[end])
    for end in sorted(says.keys() - said.keys()):
        yield change("link-added", becomes=facts.value(says[end], HAS_OBJECT), statement=says[end])


def _elements(facts: Facts, version: str) -> dict[str, str]:
    """The elements of a version, by what they share with those of others."""
    elements = [node for node in facts.subjects(IN_FRAMEWORK, version) if facts.value(node, filo("hasKind"))]
    return {_key(facts, element) or element: element for element in elements}


def _key(facts: Facts, node: str | None) -> str | None:
    return None if node is None else facts.value(node, VERSION_OF) or node


def _links(facts: Facts, element: str) -> dict[tuple[str, str], str]:
    """The links that the plan declares from an element, by kind and by what their end shares with those of other versions."""
    own: Iterable[str] = (
        link
        for link in facts.subjects(HAS_SUBJECT, element)
        if facts.value(link, HAS_ORIGIN) == PLAN and facts.value(link, HAS_LIFE_CYCLE) == ACCEPTED
    )
    found = {}
    for link in own:
        end = _key(facts, facts.value(link, HAS_OBJECT))
        if end is not None:
            found[facts.value(link, TYPE) or "", end] = link
    return found
