"""Which page is where: the paths of the explorer and what makes each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .home import home
from .search import search
from .view import Page, View

PAGES: Final[Mapping[str, Callable[[View, Mapping[str, str]], Page]]] = {
    "/": home,
    "/search": search,
}
