"""The pages of the explorer that are looked at in a browser: each by a name, with its address on the shipped graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import httpx

BASE: Final = "https://w3id.org/filorosso/"
GOAL: Final = "http://metadata.un.org/sdg/11"
_SEREGNO: Final = BASE + "id/seregno-agenda-2022"
_AGENDA: Final = BASE + "id/agenda-2030"
_CITY: Final = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/cities/108039-(2009-06-30)"
_MATRIX: Final = {"rows": _SEREGNO, "columns": _AGENDA}
_CELL: Final = {"rowKind": "axis", "columnKind": "goal", "row": f"{_SEREGNO}/axis/innovazione", "column": GOAL}


def _path(place: str, **given: str) -> str:
    return f"{place}?{urlencode(given)}"


# What the build names by a digest is asked of the graph: the first of its class.
FOUND: Final = {"thread-node": "Thread", "hop": "Hop", "break": "Break", "change": "Change", "attribution": "Attribution"}
VISITS: Final[Mapping[str, str]] = {
    "home": "/",
    "search": _path("/search", q="cultura"),
    "search-slip": _path("/search", q="inovazione"),
    "search-nothing": _path("/search", q="qwxzqwxz"),
    "frameworks": "/frameworks",
    "framework-city": "/id/seregno-agenda-2022",
    "framework-versions": "/id/seregno-agenda",
    "framework-pnrr": "/id/pnrr-2025",
    "framework-un": "/id/agenda-2030",
    "element": "/id/seregno-agenda-2022/axis/innovazione",
    "goal": _path("/resource", iri=GOAL),
    "project": "/id/project/cup/b29j21031260002",
    "link": "/id/seregno-agenda-2022/frame/welfare-di-comunita-sdg-3",
    "organization": "/id/organization/comune-di-seregno",
    "act": "/id/act/seregno-agenda-approval-2022-07-27",
    "indicator": "/id/project/indicator/t0288",
    "place": _path("/resource", iri=_CITY),
    "evidence": "/id/seregno-dup/evidence/cell-9-8",
    "document": "/id/document/wiki-tuel-151-170",
    "claim": "/id/seregno-piao/claim/task-9-presidenza",
    "funding": "/id/project/funding/j91j22001600007-m5c1i2-01-00-pmxsu0002021010131nxtx",
    "succession": "/id/seregno-agenda/succession/qualita-di-vita-e-abitabilita",
    "statements": _path("/id/seregno-agenda-2022/axis/innovazione", page="1"),
    "thread": "/thread",
    "thread-through": _path("/thread", node=f"{_SEREGNO}/axis/innovazione"),
    "thread-goal": _path("/thread", node=GOAL),
    "thread-between": _path("/thread", **{"from": "B29J21031260002", "to": "http://metadata.un.org/sdg/4"}),
    "thread-none": _path("/thread", **{"from": f"{_SEREGNO}/axis/innovazione", "to": "http://metadata.un.org/sdg/14"}),
    "matrix-start": "/matrix",
    "matrix": _path("/matrix", **_MATRIX),
    "matrix-dup": _path("/matrix", rows=BASE + "id/seregno-dup", columns=_SEREGNO),
    "matrix-wide": _path("/matrix", rows=BASE + "id/pnrr-2023", columns=_AGENDA),
    "cell": _path("/matrix/cell", **_MATRIX, **_CELL),
    "questions": "/questions",
    "question": "/questions/coverage",
    "answer": _path("/questions/coverage/answer", framework="agenda-2030", kind="goal", by="seregno-agenda-2022"),
    "answer-long": _path("/questions/broken-threads/answer", node="seregno-agenda-2022"),
    "answer-money": _path("/questions/money-by-element/answer", framework="agenda-2030", kind="goal"),
    "answer-graph": _path("/questions/thread-graph/answer", **{"from": "B29J21031260002", "to": "http://metadata.un.org/sdg/4"}),
    "answer-wrong": _path("/questions/coverage/answer", framework="nothing", kind="goal"),
    "quality": "/quality",
    "checks": "/quality/checks",
    "compare": "/compare",
    "compare-versions": _path("/compare", **{"from": BASE + "id/seregno-agenda-2021", "to": _SEREGNO}),
    "compare-day": _path("/compare", on="2021-06-01"),
    "ontology": "/onto/",
    "class": "/onto/Framework",
    "property": "/onto/hasEvidence",
    "scheme": "/voc/certainty",
    "concept": "/voc/certainty/high",
    "shapes": "/shapes/",
    "shape": "/shapes/LinkShape-evidence",
    "graph": "/graph/seregno-agenda",
    "question-node": "/queries/coverage",
    "sources": "/sources",
    "download": "/download",
    "catalogue": "/catalogue",
    "dataset": "/dataset/seregno-agenda",
    "distribution": "/distribution/all/data.nq.gz",
    "missing": "/id/seregno-agenda-2022/axis/innovazzione",
    "sparql": "/sparql",
    **dict.fromkeys(FOUND, ""),
}


def path_of(address: str, name: str, lang: str) -> str:
    """The path of a page at a service, in a language of the interface."""
    path = VISITS[name] or _first(address, FOUND[name])
    return path + ("&" if "?" in path else "?") + f"lang={lang}"


def _first(address: str, kind: str) -> str:
    query = f"SELECT ?node {{ ?node a <{BASE}onto/{kind}> }} ORDER BY ?node LIMIT 1"
    found = httpx.get(f"{address}/sparql", params={"query": query, "format": "json"}, headers={"accept": "application/sparql-results+json"})
    return "/" + str(found.json()["results"]["bindings"][0]["node"]["value"]).removeprefix(BASE)
