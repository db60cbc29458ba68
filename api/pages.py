"""The front page: which frameworks the graph holds, how much of what, and questions to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, PackageLoader, select_autoescape

from filorosso.graph import Library, Store, value_of

from .negotiation import choose_language
from .texts import PAGE

LANGUAGES = ("it", "en")
TO_BEGIN_WITH = ("thread", "coverage", "broken-threads", "money-by-element", "rests-on")

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


def get_router(store: Store, library: Library, manifest: Mapping[str, Any]) -> APIRouter:
    """The routes of the pages over an open store; the manifest gives the counts."""
    router = APIRouter()
    loader = PackageLoader("filorosso.api", "templates")
    templates = Jinja2Templates(env=Environment(loader=loader, autoescape=select_autoescape()))
    frameworks = {lang: _frameworks(store, lang) for lang in LANGUAGES}

    @router.get("/", response_class=HTMLResponse, summary="Front page")
    def front(request: Request, lang: str = "") -> HTMLResponse:
        chosen = lang if lang in LANGUAGES else choose_language(request.headers.get("accept-language"), LANGUAGES)
        context = {
            "lang": chosen,
            "texts": PAGE[chosen],
            "frameworks": frameworks[chosen],
            "counts": manifest["counts"],
            "questions": [library.question(name) for name in TO_BEGIN_WITH],
            "release": store.name,
        }
        headers = {"Vary": "Accept-Language", "Content-Security-Policy": "default-src 'self'; style-src 'self'"}
        return templates.TemplateResponse(request, "front.html", context, headers=headers)

    return router


def _frameworks(store: Store, lang: str) -> list[dict[str, str]]:
    rows = store.rows(_FRAMEWORKS.replace("LANG", lang))
    return [{name: value_of(term) for name, term in row.items()} for row in rows]
