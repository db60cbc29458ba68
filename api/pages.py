"""Pages as HTML: the templates, the words that all pages share, and what a browser may load for them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, pass_context, select_autoescape
from jinja2.runtime import Context

from .errors import Reply
from .explorer.view import Page, View
from .texts import EXPLORER

_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
_HEADERS: Final = {"content-type": "text/html; charset=utf-8", "vary": "Accept, Accept-Language"}


class Pages:
    """The templates, read once: a worker cannot open files."""

    def __init__(self) -> None:
        """Read them."""
        environment = Environment(
            loader=PackageLoader("filorosso.api", "templates"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"number": _number, "euro": _euro, "figure": _figure, "day": _day}
        names = [file.name for file in files("filorosso.api").joinpath("templates").iterdir() if file.name.endswith(".html")]
        self._templates: dict[str, Template] = {name.removesuffix(".html"): environment.get_template(name) for name in names}

    def written(self, view: View, page: Page) -> Reply:
        """A page as a reply."""
        context: dict[str, Any] = {"texts": {**EXPLORER[view.lang], **page.words[view.lang]}, "view": view, "page": page, **page.context}
        body = self._templates[page.template].render(context).encode()
        return Reply(page.status or HTTPStatus.OK, {**_HEADERS, "content-security-policy": policy(page.policy), **page.headers}, body)


def policy(relaxed: Mapping[str, str]) -> str:
    """The content security policy of a page, with what it relaxes."""
    return "; ".join(f"{name} {value}" for name, value in (_POLICY | dict(relaxed)).items())


@pass_context
def _number(context: Context, value: int | str) -> str:
    """A whole number as the language of the interface writes it."""
    written = f"{int(value):,}"
    return written.replace(",", ".") if context["view"].lang == "it" else written


@pass_context
def _figure(context: Context, value: str) -> str:
    """Any number as the language of the interface writes it, with the decimals that it has."""
    written = f"{Decimal(value):,f}"
    return written.translate(str.maketrans(",.", ".,")) if context["view"].lang == "it" else written


@pass_context
def _euro(context: Context, value: str) -> str:
    """An amount as the language of the interface writes it."""
    written = f"{Decimal(value):,.2f}"
    return written.translate(str.maketrans(",.", ".,")) if context["view"].lang == "it" else written


@pass_context
def _day(context: Context, value: str) -> str:
    """A date in ISO 8601 as the language of the interface writes it."""
    year, _, rest = value.partition("-")
    month, _, day = rest.partition("-")
    return f"{day}/{month}/{year}" if context["view"].lang == "it" and len(day) == 2 else value
