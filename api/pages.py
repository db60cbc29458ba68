"""The pages: what the graph holds and questions to begin with; and a page to ask in SPARQL from."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from jinja2 import Environment, PackageLoader, select_autoescape

from filorosso.graph import Library, Readable, value_of

from .errors import Reply
from .settings import MIB, Limits
from .texts import PAGE, SPARQL

LANGUAGES: Final = ("it", "en")
TO_BEGIN_WITH: Final = ("thread", "coverage", "broken-threads", "money-by-element", "rests-on")
_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "vary": "Accept, Accept-Language",
    "content-security-policy": "default-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}
_EXAMPLE: Final = """SELECT ?framework ?label WHERE {
  ?framework a filo:Framework ; rdfs:label ?label
  FILTER (lang(?label) = "LANG")
} ORDER BY ?label
"""

_FRAMEWORKS = """
SELECT ?framework ?label (SAMPLE(?level) AS ?levelName) (MAX(?rank) AS ?order) (COUNT(DISTINCT ?element) AS ?elements) WHERE {
    ?framework a filo:Framework ; rdfs:label ?label .
    FILTER (lang(?label) = "LANG")
    OPTIONAL {
        ?framework filo:hasGovernanceLevel ?concept .
        ?concept filo:rank ?rank ; skos:prefLabel ?level .
        FILTER (lang(?level) = "LANG")
    }
    OPTIONAL { ?element a filo:Element ; filo:inFramework ?framework }
} GROUP BY ?framework ?label ORDER BY (!BOUND(?order)) ?order ?label
"""


class Pages:
    """The templates, read once: a worker cannot open files."""

    def __init__(self) -> None:
        """Read them."""
        environment = Environment(loader=PackageLoader("filorosso.api", "templates"), autoescape=select_autoescape())
        self._templates = {name: environment.get_template(f"{name}.html") for name in ("front", "sparql")}

    def front(self, store: Readable, library: Library, counts: Mapping[str, Any], lang: str) -> Reply:
        """The front page."""
        return self._page(
            "front",
            lang,
            texts=PAGE[lang],
            frameworks=_frameworks(store, lang),
            counts=counts,
            questions=[library.question(name) for name in TO_BEGIN_WITH],
            release=store.name,
        )

    def sparql(self, limits: Limits, lang: str) -> Reply:
        """The page to ask in SPARQL from."""
        told = {
            "seconds": f"{limits.seconds:g}",
            "memory": limits.memory // MIB,
            "answer": limits.answer // MIB,
            "query": limits.query // MIB,
        }
        return self._page("sparql", lang, texts=SPARQL[lang], limits=told, example=_EXAMPLE.replace("LANG", lang))

    def _page(self, name: str, lang: str, **context: Any) -> Reply:
        return Reply(HTTPStatus.OK, _HEADERS, self._templates[name].render(lang=lang, **context).encode())


def _frameworks(store: Readable, lang: str) -> list[dict[str, str]]:
    rows = store.rows(_FRAMEWORKS.replace("LANG", lang))
    return [{name: value_of(term) for name, term in row.items()} for row in rows]
