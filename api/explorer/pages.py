"""Which page is where: the paths of the explorer and what makes each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .frameworks import frameworks
from .home import home
from .search import search
from .thread import thread
from .view import Page, View

PAGES: Final[Mapping[str, Callable[[View, Mapping[str, str]], Page]]] = {
    "/": home,
    "/frameworks": frameworks,
    "/search": search,
    "/thread": thread,
}
