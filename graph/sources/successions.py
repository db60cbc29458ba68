"""What became of each sub-measure from the plan of early 2023 to that of 2025.

A code that both tables print is kept: that is the publisher's word. Of a code that is gone only codes, names and amounts speak: what they
show is our inference, reviewed row by row in `graph/data/names/successions.csv`. Not to be in the table of 2025 is not to be withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import SourceError
from ..namespaces import code_slug
from ..terms import Triple
from .nodes import EVIDENCE, OURS, TYPE, Standing, describe, evidence, filo, labels, node, reason, voc
from .plan import EARLY, LATER, SubMeasure, element, proof
from .tables import collapse, read_table


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a sub-measure whose code is gone: a row of the reviewed table; `successor` is empty where nobody knows."""

    predecessor: str
    successor: str
    kind: str
    certainty: str
    it: str
    en: str


def read_fates(path: Path) -> tuple[Fate, ...]:
    """The reviewed table of what became of the codes that are gone: predecessor, successor, kind, certainty, reason_it, reason_en.

    :raises SourceError: a column is missing.
    """
    columns = ("predecessor", "successor", "kind", "certainty", "reason it", "reason en")
    return tuple(Fate(*(collapse(row.cells[column]) for column in columns)) for row in read_table(path, columns).rows)


def successions(early: Sequence[SubMeasure], later: Sequence[SubMeasure], fates: Sequence[Fate]) -> list[Triple]:
    """A succession for each sub-measure of the earlier plan, and one more for each further successor.

    :raises SourceError: a code that is gone has no fate, or a fate names a code that is not gone, or a successor that is not new.
    """
    before, after = {row.code: row for row in early}, {row.code: row for row in later}
    _check_fates(before, after, fates)
    triples: list[Triple] = []
    for code in before.keys() & after.keys():
        triples += _kept(before[code], after[code])
    for fate in fates:
        triples += _fate(fate, before[fate.predecessor], after.get(fate.successor))
    return sorted(triples)


def _check_fates(before: Mapping[str, SubMeasure], after: Mapping[str, SubMeasure], fates: Sequence[Fate]) -> None:
    gone = before.keys() - after.keys()
    told = {fate.predecessor for fate in fates}
    if gone != told:
        raise SourceError("successions", f"codes gone and codes told of differ: {', '.join(sorted(gone ^ told))}")
    new = after.keys() - before.keys()
    strange = [fate.successor for fate in fates if fate.successor and fate.successor not in new]
    if strange:
        raise SourceError("successions", f"not among the new codes: {', '.join(strange)}")


def _kept(before: SubMeasure, after: SubMeasure) -> list[Triple]:
    pairs = [
        (TYPE, filo("Succession")),
        *labels(f"{before.code} dal 2023 al 2025", f"{before.code} from 2023 to 2025", ours="it en"),
        (filo("hasPredecessor"), element(EARLY, "sub-measure", before.code)),
        (filo("hasSuccessor"), element(LATER, "sub-measure", after.code)),
        (filo("hasSuccessionKind"), voc("succession-kind/kept")),
        *Standing().pairs(),
        (EVIDENCE, proof(EARLY, before.line)),
        (EVIDENCE, proof(LATER, after.line)),
    ]
    if before.name != after.name:
        pairs += reason("Il codice è lo stesso, il nome è cambiato.", "The code is the same, the name has changed.")
    return describe(node("pnrr/succession/" + code_slug(before.code)), pairs)


def _fate(fate: Fate, before: SubMeasure, after: SubMeasure | None) -> list[Triple]:
    slug = code_slug(fate.predecessor) + ("-" + code_slug(fate.successor) if fate.successor else "")
    it, en = (f"Esito di {fate.predecessor}", f"Fate of {fate.predecessor}")
    inferred = node("pnrr/evidence/succession-" + slug)
    pairs = [
        (TYPE, filo("Succession")),
        *labels(f"{it}: {fate.successor}" if after else it, f"{en}: {fate.successor}" if after else en, ours="it en"),
        (filo("hasPredecessor"), element(EARLY, "sub-measure", fate.predecessor)),
        *([(filo("hasSuccessor"), element(LATER, "sub-measure", fate.successor))] if after else []),
        (filo("hasSuccessionKind"), voc("succession-kind/" + fate.kind)),
        *replace(OURS, certainty=fate.certainty).pairs(),
        (filo("hasAuthor"), node("organization/filorosso")),
        *reason(fate.it, fate.en),
        (EVIDENCE, inferred),
        (EVIDENCE, proof(EARLY, before.line)),
        *([(EVIDENCE, proof(LATER, after.line))] if after else []),
    ]
    names = f"Confronto delle due tabelle per {fate.predecessor}", f"Comparison of the two tables for {fate.predecessor}"
    where = f"rows of {fate.predecessor} (2023) and of {fate.successor or 'no code'} (2025)"
    place = evidence(inferred, LATER.source.node, where, names, method="inference", certainty=fate.certainty)
    return describe(node("pnrr/succession/" + slug), pairs) + place
