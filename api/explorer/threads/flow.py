"""The flow of threads as a drawing: a band a hop, from what is highest to projects, and a stub where a thread breaks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from filorosso.graph import Step

from ..view import View, filo

# A column of more nodes than this is drawn with the rest of them as one node: it could not be read.
MOST: Final = 14
_DRAWN: Final = {"proposed": "proposed", "inferred": "proposed"}


@dataclass(frozen=True, slots=True)
class Band:
    """A hop as it is drawn, from the higher node (a term) to the lower one."""

    upper: str
    lower: str
    step: Step


Path = Sequence[Band]


def flow(
    view: View, paths: Sequence[Path], breaks: Iterable[Mapping[str, Any]], asked: str, words: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What the chart of paths is drawn from, with the breaks at a node that was asked for (a term); None where there is nothing to draw."""
    depths = _depths(paths) or {asked: 0}
    shown = _folded(paths, depths)
    nodes, links = _nodes(view, depths, shown, words), _links(view, paths, shown, words)
    for stub, link in _broken(breaks, asked, {node for node in depths if shown[node] == node}, depths, words):
        nodes.append(stub)
        links.append(link)
    if not links:
        return None
    # A thread may break above what is highest.
    least = min(node["depth"] for node in nodes)
    nodes = [node | {"depth": node["depth"] - least} for node in nodes]
    return {"nodes": nodes, "links": links, "words": {name: words[name] for name in ("declared", "proposed", "broken")}}


def _depths(paths: Sequence[Path]) -> dict[str, int]:
    """The column of each node: a hop leads from a column to one further right."""
    pairs = dict.fromkeys((band.upper, band.lower) for path in paths for band in path)
    depths = dict.fromkeys((node for pair in pairs for node in pair), 0)
    for _ in depths:
        moved = False
        for upper, lower in pairs:
            if depths[lower] <= depths[upper]:
                depths[lower], moved = depths[upper] + 1, True
        if not moved:
            break
    return depths


def _folded(paths: Sequence[Path], depths: Mapping[str, int]) -> dict[str, str]:
    """The node that each node is drawn as: itself, or what stands for the rest of a full column."""
    weights = Counter(node for path in paths for node in {end for band in path for end in (band.upper, band.lower)})
    columns: dict[int, list[str]] = defaultdict(list)
    for node, depth in depths.items():
        columns[depth].append(node)
    shown = {node: node for node in depths}
    for depth, column in columns.items():
        if len(column) > MOST:
            rest = sorted(column, key=lambda node: -weights[node])[MOST - 1 :]
            shown |= dict.fromkeys(rest, f"rest:{depth}")
    return shown


def _nodes(view: View, depths: Mapping[str, int], shown: Mapping[str, str], words: Mapping[str, Any]) -> list[dict[str, Any]]:
    own = [node for node in depths if shown[node] == node]
    rest = Counter(depths[node] for node in depths if shown[node] != node)
    often = Counter(view.name(node).text for node in own)
    drawn = [{"id": node, "name": _called(view, node, often), "address": view.name(node).address, "depth": depths[node]} for node in own]
    return drawn + [{"id": f"rest:{depth}", "name": words["rest"].format(number), "depth": depth} for depth, number in rest.items()]


def _called(view: View, node: str, often: Mapping[str, int]) -> str:
    """A node's name, with its framework where another node is called the same: versions of a plan repeat their names."""
    name, framework = view.name(node).text, view.store.value(node, filo("inFramework"))
    return f"{name} ({view.name(framework).text})" if framework and often[name] > 1 else name


def _links(view: View, paths: Sequence[Path], shown: Mapping[str, str], words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bands, each as wide as there are paths through it; those of a rest are one a status."""
    drawn: dict[tuple[str, ...], list[Band]] = defaultdict(list)
    for band in (band for path in paths for band in path):
        ends, status = (shown[band.upper], shown[band.lower]), _DRAWN.get(band.step.status, "declared")
        is_whole = ends == (band.upper, band.lower)
        drawn[(*ends, status, band.step.rests_on if is_whole else "")].append(band)
    return [_link(view, key, bands, words) for key, bands in drawn.items()]


def _link(view: View, key: tuple[str, ...], bands: Sequence[Band], words: Mapping[str, Any]) -> dict[str, Any]:
    source, target, status, statement = key
    link: dict[str, Any] = {"source": source, "target": target, "status": status, "value": len(bands)}
    if not statement:
        return link | {"note": words["bands"].format(len({band.step.rests_on for band in bands}))}
    return link | {"address": view.name(statement).address, "note": _note(view, bands[0].step, words)}


def _note(view: View, step: Step, words: Mapping[str, Any]) -> str:
    """A band's kind, status, certainty and evidence, in words."""
    said = [words["verbs"][step.kind], words["marks"][step.status]]
    if step.certainty:
        said.append(f"{words['verbs']['certainty']}: {view.name(step.certainty).text}")
    places = dict.fromkeys(", ".join(filter(None, (view.name(s.document).text, s.locator))) for s in step.sources if s.document)
    return "\n".join([" · ".join(said), *places])


def _broken(
    breaks: Iterable[Mapping[str, Any]], asked: str, drawn: set[str], depths: Mapping[str, int], words: Mapping[str, Any]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A stub for each place, direction and reason of breaks: its node and its link."""
    found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in breaks:
        place = row["breaksAt"].term if row["breaksAt"] else asked
        reason = row["hasBreakReason"].text if row["hasBreakReason"] else ""
        found[place if place in drawn else asked, row["direction"], reason].append(row)
    return [_stub(key, rows, depths, words) for key, rows in found.items() if key[0] in drawn]


def _stub(
    key: tuple[str, str, str], rows: Sequence[Mapping[str, Any]], depths: Mapping[str, int], words: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    place, direction, reason = key
    is_up = direction == "up"
    name = f"{words['brokenAt']}: {reason}" + (f" ({len(rows)})" if len(rows) > 1 else "")
    node = {
        "id": f"broken:{' '.join(key)}",
        "name": name,
        "depth": depths[place] + (-1 if is_up else 1),
        "address": rows[0]["term"].address,
    }
    ends = (node["id"], place) if is_up else (place, node["id"])
    return node, {"source": ends[0], "target": ends[1], "value": 1, "status": "broken", "note": reason, "address": rows[0]["term"].address}
