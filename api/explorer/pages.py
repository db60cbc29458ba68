"""Which page is where: the paths of the explorer and what makes each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .frameworks.listing import frameworks
from .home import home
from .judging.checks import checks
from .judging.compare import compare
from .judging.quality import quality
from .matrices.cell import cell
from .matrices.matrix import matrix
from .model.shapes import shapes_page
from .publication.sources import sources
from .search import search
from .threads.thread import thread
from .view import Page, View

PAGES: Final[Mapping[str, Callable[[View, Mapping[str, str]], Page]]] = {
    "/": home,
    "/compare": compare,
    "/frameworks": frameworks,
    "/quality": quality,
    "/quality/checks": checks,
    "/search": search,
    "/shapes": shapes_page,
    "/sources": sources,
    "/matrix": matrix,
    "/matrix/cell": cell,
    "/thread": thread,
}
