"""Which page is where: the paths of the explorer and what makes each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .cell import cell
from .checks import checks
from .compare import compare
from .frameworks import frameworks
from .home import home
from .matrix import matrix
from .quality import quality
from .search import search
from .shapes import shapes_page
from .sources import sources
from .thread import thread
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
