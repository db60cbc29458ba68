"""What an IRI stands for, in the form that the client wants: a page, or its description in RDF; retired and unknown ones are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode

from filorosso.graph import (
    BASE,
    GRAPH_TYPES,
    Head,
    ParameterError,
    QuerySyntaxError,
    Statements,
    Triple,
    document_graph,
    names_of,
    statements,
    successors,
    turns,
    value_of,
    view_triples,
    write_jsonld,
    write_triples,
)

from .errors import Reply, problem
from .explorer.classes import page_of
from .explorer.missing import missing, nearest
from .explorer.resources import FORMATS
from .explorer.view import Page, View, local
from .held import Held
from .negotiation import choose
from .rendering import UNSPEAKABLE

HTML: Final = "text/html"
JSONLD: Final = "application/ld+json"
RDF_XML: Final = "application/rdf+xml"
CONTEXT: Final = "/context.jsonld"
_NOTHING: Final = {"it": "Qui non c'è nulla con questo nome.", "en": "There is nothing of this name here."}
_SAFE: Final = ":/?#[]@!$&'()*+,;=%~-._"


@dataclass(frozen=True, slots=True)
class Whole:
    """A named graph (IRI) that is to be sent whole."""

    graph: str
    media_type: str
    link: str


def described(held: Held, call: Head) -> Reply | Whole:
    """The answer to who asks for what a path stands for (`path` decoded, `raw` as it was sent), or for the IRI `iri`."""
    accept, given = call["accept"], dict(map(tuple, call["given"]))
    node = next((term for term in _meant(call) if _is_known(held, term)), None)
    wanted = given.get("format", "")
    media_type = FORMATS.get(wanted) if wanted else choose(accept, (*GRAPH_TYPES, HTML), {})
    if node is None:
        return _unknown(held, call)
    if media_type is None:
        offered = ", ".join(FORMATS) if wanted else ", ".join((*GRAPH_TYPES, HTML))
        return problem(accept, HTTPStatus.NOT_ACCEPTABLE, f"this comes as one of {offered}")
    retired = successors(held.store, node)
    if media_type == HTML:
        view = held.view(call)
        reply = held.pages.written(view, _page(view, node, given, retired))
        return Reply(_status(retired, reply), {**reply.headers, "link": _link(call["base"], node, None)}, reply.body)
    graph = document_graph(held.store, node)
    if graph is not None and retired is None:
        return Whole(graph, media_type, _link(call["base"], node, None))
    return _in_rdf(held, call, node, media_type, given, retired)


def _page(view: View, node: str, given: Mapping[str, str], retired: list[str] | None) -> Page:
    try:
        return page_of(view, node, given, retired)
    except ParameterError as error:
        return missing(view, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


def _in_rdf(held: Held, call: Head, node: str, media_type: str, given: Mapping[str, str], retired: list[str] | None) -> Reply:
    asked = given.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and int(asked[:9]) >= 1):
        return problem(call["accept"], HTTPStatus.UNPROCESSABLE_ENTITY, f"page: {asked!r} given, a whole number from 1 expected")
    shown = statements(held.store, node, int(asked[:9]))
    if shown.page > shown.pages:
        return problem(call["accept"], HTTPStatus.NOT_FOUND, f"there are {shown.pages} pages of this description, and no page {shown.page}")
    document = call["base"] + local(value_of(node), call["base"])
    paged = document + ("&" if "?" in document else "?") + "page={}"
    triples = [*shown.triples, *view_triples(document, shown, paged)]
    if media_type == RDF_XML and any(UNSPEAKABLE.search(value_of(value)) for *_, value in triples if value.startswith('"')):
        return problem(
            call["accept"], HTTPStatus.NOT_ACCEPTABLE, "a text of this description has a character that XML cannot hold; take Turtle"
        )
    headers = {"content-type": media_type, "vary": "Accept", "link": _link(call["base"], node, shown)}
    return Reply(HTTPStatus.OK if retired is None else HTTPStatus.GONE, headers, _written(held, call, triples, media_type))


def _written(held: Held, call: Head, triples: list[Triple], media_type: str) -> bytes:
    if media_type == JSONLD:
        return write_jsonld(triples, held.context, call["base"] + CONTEXT)
    return write_triples(triples, media_type)


def _meant(call: Head) -> list[str]:
    """The IRIs (terms) that a call may mean."""
    if "iri" in call:
        return names_of(call["iri"], "")
    return list(
        dict.fromkeys(name for base in (BASE, call["base"] + "/") for path in ("path", "raw") for name in names_of(call[path][1:], base))
    )


def _is_known(held: Held, node: str) -> bool:
    try:
        rows = held.store.rows(f"SELECT * WHERE {{ {{ {node} ?p ?o }} UNION {{ ?s ?p {node} }} UNION {{ ?s {node} ?o }} }} LIMIT 1")
    except QuerySyntaxError:
        return False  # no IRI by the engine's stricter reading
    return bool(rows) or document_graph(held.store, node) is not None


def _unknown(held: Held, call: Head) -> Reply:
    view = held.view(call)
    near = nearest(held.index, call["iri"] if "iri" in call else BASE + call["path"][1:], view.data)
    if choose(call["accept"], (*GRAPH_TYPES, "application/json", HTML), {}) == HTML:
        return held.pages.written(view, missing(view, HTTPStatus.NOT_FOUND, _NOTHING[view.lang], near))
    return problem(call["accept"], HTTPStatus.NOT_FOUND, _NOTHING["en"], nearest=[value_of(node) for node in near])


def _status(retired: list[str] | None, reply: Reply) -> int:
    return reply.status if retired is None else HTTPStatus.GONE


def _link(base: str, node: str, shown: Statements | None) -> str:
    """The header Link (RFC 8288): the other forms, where it is described, what to cite, and the other pages of a long description."""
    address = base + local(value_of(node), base)
    glue = "&" if "?" in address else "?"
    links = [f'<{quote(value_of(node), safe=_SAFE)}>; rel="cite-as"', f'<{address}{glue}format=ttl>; rel="describedby"; type="text/turtle"']
    links += [f'<{address}{glue}format={name}>; rel="alternate"; type="{media_type}"' for name, media_type in FORMATS.items()]
    if shown is not None and shown.pages > 1:
        names = {"first": "first", "last": "last", "previous": "prev", "next": "next"}
        links += [f'<{address}{glue}{urlencode({"page": to})}>; rel="{names[turn]}"' for turn, to in turns(shown.page, shown.pages).items()]
    return ", ".join(links)
