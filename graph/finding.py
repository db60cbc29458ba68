"""Finding the node that a person means, and where it stands: its class, its continuant, whether it is a goal that all share."""

from __future__ import annotations

import re

from .errors import NotFoundError
from .facts import Lookup
from .namespaces import ID, SDG, VOC
from .terms import iri, text, value_of
from .threads import IN_FRAMEWORK, TYPE, VERSION_OF, filo


def find(lookup: Lookup, name: str) -> str:
    """The node that a person means by an IRI, a CUP, a code, or what follows `id/` in an IRI of ours (`seregno-agenda-2022/axis/cultura`).

    :raises NotFoundError: there is none, or a code belongs to several.
    """
    if not name.isprintable():
        raise NotFoundError("the name holds characters that cannot be printed; give an IRI, a CUP or a code")
    if re.match(r"https?://", name):
        node = _found_iri(name)
        if lookup.objects(node, TYPE):
            return node
        raise NotFoundError(f"{name}: no such node in the graph; is the IRI complete?")
    for candidates in (
        lookup.subjects(filo("cup"), text(name.upper())),
        [n for n in lookup.subjects(filo("subMeasureCode"), text(name.upper())) if is_a(lookup, n, "Continuant")],
        lookup.subjects(filo("localId"), text(name)),
        lookup.subjects(filo("code"), text(name)),
    ):
        if len(candidates) > 1:
            listed = ", ".join(value_of(node) for node in candidates[:5])
            raise NotFoundError(f"{name}: {len(candidates)} nodes bear this code ({listed} …); give an IRI")
        if candidates:
            return candidates[0]
    if re.fullmatch(r"[\w./-]+", name) and lookup.objects(iri(ID + name), TYPE):
        return iri(ID + name)
    raise NotFoundError(f"{name}: neither a CUP, a code nor an IRI of this graph; an IRI starts with http")


def same_place(lookup: Lookup, node: str) -> list[str]:
    """A continuant with its elements; for any other node, itself and its continuant if it has one."""
    if is_a(lookup, node, "Continuant"):
        return [node, *lookup.subjects(VERSION_OF, node)]
    return [node, *continuants(lookup, node)]


def continuants(lookup: Lookup, node: str) -> list[str]:
    """The continuant of an element, or a continuant itself; none for other nodes."""
    if is_a(lookup, node, "Continuant"):
        return [node]
    return [c for c in lookup.objects(node, VERSION_OF) if is_a(lookup, c, "Continuant")]


def is_a(lookup: Lookup, node: str, class_: str) -> bool:
    """Whether a node is of one of our classes."""
    return filo(class_) in lookup.objects(node, TYPE)


def is_shared_goal(lookup: Lookup, node: str) -> bool:
    """Whether a node is a goal that everybody shares: one of the UN's, or of a framework of the global level, or such a framework."""
    if node.startswith(f"<{SDG}") or node == iri(ID + "agenda-2030"):
        return True
    level = iri(VOC + "governance-level/global")
    return any(level in lookup.objects(f, filo("hasGovernanceLevel")) for f in (node, *lookup.objects(node, IN_FRAMEWORK)))


def _found_iri(name: str) -> str:
    try:
        return iri(name)
    except ValueError:
        raise NotFoundError(f"{name}: not an IRI (it holds a blank or another character that no IRI may hold)") from None
