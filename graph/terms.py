"""RDF terms as N-Triples text: the currency of the build.

A term is a `str` in N-Triples syntax (`<http://…>`, `"testo"@it`), a triple is three of them, a quad four. Such values are cheap
to compare, sort, index and write, and they keep a literal exactly as it was written: the engines rewrite some (`1.10` to `1.1`).
Terms of data are always IRIs or literals; only the shapes of a release keep blank nodes, under steady names.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TypeAlias

Triple: TypeAlias = tuple[str, str, str]
Quad: TypeAlias = tuple[str, str, str, str]

XSD = "http://www.w3.org/2001/XMLSchema#"

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_UNESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f]')
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_BAD_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')
_LITERAL = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<lang>[A-Za-z0-9-]+)|\^\^<(?P<datatype>[^>]*)>)?', re.DOTALL)


def iri(value: str) -> str:
    """The term of an absolute IRI.

    :raises ValueError: it holds a character that no IRI may hold, or has no scheme.
    """
    if ":" not in value or _BAD_IRI.search(value):
        raise ValueError(f"not an absolute IRI: {value!r}")
    return f"<{value}>"


def text(value: str, lang: str | None = None) -> str:
    """The term of a string, in a language if one is given."""
    quoted = '"' + _ESCAPED.sub(_escape, value) + '"'
    return f"{quoted}@{lang.lower()}" if lang else quoted


def typed(value: str, datatype: str) -> str:
    """The term of a literal of a datatype; `datatype` is an IRI, or the local name of one of XML Schema."""
    return f"{text(value)}^^<{datatype if ':' in datatype else XSD + datatype}>"


def integer(value: int) -> str:
    """The term of an xsd:integer."""
    return typed(str(value), "integer")


def decimal(value: Decimal) -> str:
    """The term of an xsd:decimal in its canonical form, which the engines keep: `600000.0` is `600000`."""
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return typed(plain or "0", "decimal")


def date(value: str) -> str:
    """The term of an xsd:date; `value` is ISO 8601."""
    return typed(value, "date")


def is_iri(term: str) -> bool:
    """Whether a term is an IRI."""
    return term.startswith("<")


def value_of(term: str) -> str:
    """What a term says: the IRI, or the text of the literal."""
    if term.startswith("<"):
        return term[1:-1]
    match = _LITERAL.fullmatch(term)
    if match is None:
        raise ValueError(f"not a term: {term!r}")
    return _ESCAPE.sub(_unescape, match["text"])


def language_of(term: str) -> str | None:
    """The language of a literal, or None."""
    match = _LITERAL.fullmatch(term)
    return match["lang"].lower() if match and match["lang"] else None


def datatype_of(term: str) -> str | None:
    """The datatype IRI of a literal that has one written, or None."""
    match = _LITERAL.fullmatch(term)
    return match["datatype"] if match else None


def _escape(match: re.Match[str]) -> str:
    # The canonical form of N-Triples, which the engine writes too: a difference here would be a difference of terms.
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def _unescape(match: re.Match[str]) -> str:
    short, long, letter = match.groups()
    return chr(int(short or long, 16)) if letter is None else _UNESCAPES.get(letter, letter)
