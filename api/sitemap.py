"""The sitemap (https://www.sitemaps.org/protocol.html): the pages, and every IRI of ours that has one, in parts of a bounded length."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from xml.sax.saxutils import escape

from filorosso.graph import BASE, Head, Output, Readable, value_of

from .errors import problem
from .explorer.pages import PAGES
from .explorer.view import local
from .held import Held

# What one part may hold by the protocol.
MOST: Final = 50_000
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_TYPED: Final = "SELECT DISTINCT ?node WHERE { ?node a ?class FILTER (isIRI(?node)) }"
# What stands for a node without a name has no page.
_NAMELESS: Final = BASE + ".well-known/"
# Pages that are empty until something is asked.
_EMPTY: Final = {"/search", "/matrix/cell"}
# Pages that others than the explorer answer at their addresses.
_OTHERS: Final = ("/sparql", "/download")


def sitemap(held: Held, call: Head, body: bytes, out: Output) -> None:
    """Part `part` of the sitemap of the service at `base`; 0 is the index of the parts."""
    base, part = call["base"], call["part"]
    found = addresses(held.store, base)
    parts = -(-len(found) // MOST)
    if part > parts:
        reply = problem(call["accept"], HTTPStatus.NOT_FOUND, f"the sitemap has {parts} parts")
    else:
        kind, item = ("urlset", "url") if part else ("sitemapindex", "sitemap")
        said = found[(part - 1) * MOST : part * MOST] if part else [f"{base}/sitemap-{number}.xml" for number in range(1, parts + 1)]
        lines = "".join(f"<{item}><loc>{escape(address)}</loc></{item}>\n" for address in said)
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{_NAMESPACE}">\n{lines}</{kind}>\n'
        out.start({"status": HTTPStatus.OK, "headers": {"content-type": "application/xml"}, "lasting": True})
        out.write(text.encode())
        return
    out.start({"status": reply.status, "headers": dict(reply.headers), "lasting": False})
    out.write(reply.body)


def addresses(store: Readable, base: str) -> list[str]:
    """The addresses of the pages, and then of what is minted by us or under the service's own address, sorted."""
    nodes = sorted(value_of(row["node"]) for row in store.rows(_TYPED))
    minted = (iri for iri in nodes if iri.startswith((BASE, f"{base}/")) and not iri.startswith(_NAMELESS))
    pages = (path for path in (*PAGES, *_OTHERS) if path not in _EMPTY)
    return list(dict.fromkeys([*(base + path for path in pages), *(base + local(iri, base) for iri in minted)]))
