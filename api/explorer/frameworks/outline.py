"""The elements of a framework as a tree, in the order in which it prints them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from filorosso.graph import value_of

from ..view import Name, View, sorted_by

_ELEMENTS: Final = """
SELECT ?element ?above ?kind ?code ?position WHERE {{
    ?element filo:inFramework {framework} ; a filo:{kind} .
    OPTIONAL {{ ?element filo:isPartOf ?above }}
    OPTIONAL {{ ?element filo:hasKind ?kind }}
    OPTIONAL {{ ?element filo:code ?code }}
    OPTIONAL {{ ?element filo:position ?position }}
}}
"""


@dataclass(frozen=True, slots=True)
class Branch:
    """An element with what is part of it; `number` counts all that is below it."""

    name: Name
    kind: Name | None
    code: str
    parts: tuple[Branch, ...]

    @property
    def number(self) -> int:
        """How many elements are below it."""
        return sum(1 + part.number for part in self.parts)


@dataclass(frozen=True, slots=True)
class Outline:
    """The tree of a framework: its topmost elements, and how many there are of each kind."""

    branches: tuple[Branch, ...]
    kinds: tuple[tuple[Name, int], ...]

    @property
    def number(self) -> int:
        """How many elements there are."""
        return sum(1 + branch.number for branch in self.branches)


def outline(view: View, framework: str, kind: str = "Element") -> Outline:
    """The elements of a framework, or what else of a class (a local name) stands in it."""
    rows = {row["element"]: row for row in view.store.rows(_ELEMENTS.format(framework=framework, kind=kind))}
    below: dict[str, list[str]] = defaultdict(list)
    for element, row in rows.items():
        below[row.get("above", "")].append(element)
    roots = [element for element, row in rows.items() if row.get("above", "") not in rows]
    seen: set[str] = set()
    branches = [*_branches(view, roots, rows, below, seen)]
    # What a circle of parts holds hangs from no root: it is shown all the same.
    branches += [branch for element in rows if element not in seen for branch in _branches(view, [element], rows, below, seen)]
    counted = Counter(row["kind"] for row in rows.values() if "kind" in row)
    return Outline(tuple(branches), tuple((view.name(kind), number) for kind, number in counted.most_common()))


def _branches(
    view: View, elements: list[str], rows: Mapping[str, Any], below: Mapping[str, list[str]], seen: set[str]
) -> tuple[Branch, ...]:
    found = []
    for element in elements:
        if element in seen:
            continue
        seen.add(element)
        row = rows[element]
        kind, parts = row.get("kind"), _branches(view, below.get(element, []), rows, below, seen)
        code = value_of(row["code"]) if "code" in row else ""
        order = (int(value_of(row["position"])) if "position" in row else 10**6, sorted_by(code), sorted_by(view.name(element).text))
        found.append((order, Branch(view.name(element), view.name(kind) if kind else None, code, parts)))
    return tuple(branch for _, branch in sorted(found, key=lambda pair: pair[0]))
