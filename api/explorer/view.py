"""What every page is made of: the graph, the two languages, names of things in them, and addresses that keep the languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from filorosso.graph import BASE, PREFIXES, Index, Library, Lookup, Readable, Report, is_iri, language_of, value_of

from ..assets import Assets
from ..settings import Language, Limits
from ..texts import FOREIGN

RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
FILO: Final = BASE + "onto/"
LANGUAGES: Final[tuple[Language, ...]] = ("it", "en")
TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABELS: Final = (f"<{RDFS}label>", f"<{SKOS}prefLabel>", "<http://www.w3.org/ns/shacl#name>")
# What bears no label is called by what it joins.
_ENDS: Final = (("threadFrom", "threadTo"), ("hopFrom", "hopTo"), ("hasSubject", "hasObject"), ("ofFunding", "attributesTo"))
_ABOUT: Final = ("interrupts", "changedTo", "changedFrom")


def filo(name: str) -> str:
    """The term of a class or property of the ontology."""
    return f"<{FILO}{name}>"


@dataclass(frozen=True, slots=True)
class Name:
    """What a term is called on a page: `lang` is said only where the text is in another language than the page's data."""

    term: str
    text: str
    lang: str
    address: str

    @property
    def is_other(self) -> bool:
        """Whether the text is in a language that was not asked for."""
        return bool(self.lang)


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is written: its template, title, what the template is given, and the words of its own in both languages.

    :param crumbs: the way here from the home page, as (text, address).
    :param headers: of HTTP, in lower case; `policy` are directives that relax the content security policy.
    :param is_lasting: whether it stays the same as long as the graph does: not if it speaks of today.
    """

    template: str
    title: str
    context: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"it": {}, "en": {}})
    status: int = 200
    crumbs: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    policy: Mapping[str, str] = field(default_factory=dict)
    is_lasting: bool = True


@dataclass(frozen=True)
class View:
    """A view of the graph for one request.

    :param lang: the language of the interface; `data` that of labels.
    :param said: the languages that the address itself says, which links repeat.
    :param base: the address of the service, without a slash at the end.
    :param path: the path and query of this page, without the languages.
    :param waiting: writes that the release does not hold yet.
    """

    store: Readable
    library: Library
    read_index: Callable[[], Index]
    report: Report
    counts: Mapping[str, Any]
    limits: Limits
    assets: Assets
    lang: Language
    data: Language
    said: Mapping[str, str]
    base: str
    path: str
    release: str
    waiting: int = 0
    _names: dict[str, Name] = field(default_factory=dict, repr=False)

    @property
    def index(self) -> Index:
        """The names of the graph; most pages search none, and it takes time to read them where that was not done yet."""
        return self.read_index()

    def name(self, term: str) -> Name:
        """The name of a term: a label in the language of the data or else in another, which it then says; or its value."""
        if term not in self._names:
            text, lang = self._label(term) if is_iri(term) else (value_of(term), language_of(term) or "")
            other = lang if lang and lang != self.data else ""
            self._names[term] = Name(term, text, other, self.address(term) if is_iri(term) else "")
        return self._names[term]

    def names(self, terms: Iterable[str]) -> list[Name]:
        """The names of terms, sorted as a person would sort them."""
        return sorted((self.name(term) for term in dict.fromkeys(terms)), key=lambda name: sorted_by(name.text))

    def said_in(self, terms: Iterable[str]) -> list[Name]:
        """Texts in the language of the data; where there is none in it, all of them."""
        found = list(terms)
        return [self.name(term) for term in found if language_of(term) in (self.data, None)] or [self.name(term) for term in found]

    def address(self, term: str) -> str:
        """Where the page of an IRI (a term) is, with the languages that were chosen."""
        return self.link(local(value_of(term), self.base))

    def link(self, path: str, **given: str) -> str:
        """An address of this service with parameters and the languages that were chosen."""
        chosen = {**{name: value for name, value in given.items() if value}, **self.said}
        glue = "&" if "?" in path else "?"
        return path + (glue + urlencode(chosen) if chosen else "")

    def turned(self, **languages: str) -> str:
        """The address of this page in other languages."""
        chosen = {**self.said, **languages}
        return self.path + ("&" if "?" in self.path else "?") + urlencode(chosen)

    def kinds(self, node: str) -> list[Name]:
        """What a node is: its classes, the most telling first."""
        classes = self.store.objects(node, TYPE)
        telling = [c for c in classes if c != filo("Link") or len(classes) == 1]
        return [self.name(c) for c in sorted(telling, key=lambda c: not value_of(c).startswith(FILO))]

    def value(self, node: str, *names: str) -> str:
        """The value of the first of some properties of ours that a node has, or `""`."""
        return next((value_of(found) for name in names if (found := self.store.value(node, filo(name)))), "")

    def code(self, node: str) -> str:
        """The code by which a node is known, or `""`."""
        return self.value(node, "cup", "subMeasureCode", "code", "localId")

    def _label(self, node: str) -> tuple[str, str]:
        found = labelled(self.store, node, self.data)
        return found or (_called(self, node), "")


def labelled(lookup: Lookup, node: str, lang: str) -> tuple[str, str] | None:
    """The label of a node and its language, in a language if there is one; None if it has no label."""
    for predicate in _LABELS:
        names = {language_of(name) or "": value_of(name) for name in lookup.objects(node, predicate)}
        if names:
            chosen = next((code for code in (lang, "", "it", "en") if code in names), next(iter(names)))
            return names[chosen], chosen
    return None


def local(iri: str, base: str) -> str:
    """The path of an IRI at the service of this address: its own, if it is one of ours or begins so, else that of the page for any."""
    for own in (BASE, base + "/"):
        if iri.startswith(own):
            return "/" + quote(iri[len(own) :], safe="/-_.~()!*',:@")
    return "/resource?" + urlencode({"iri": iri})


def sorted_by(text: str) -> list[tuple[bool, int, str]]:
    """What texts are sorted by so that numbers in them count as numbers: 7 before 11."""
    pieces = re.split(r"([0-9]+)", text.casefold())
    return [(not piece.isdecimal(), int(piece[:18]) if piece.isdecimal() else 0, piece) for piece in pieces if piece]


def _called(view: View, node: str) -> str:
    lookup = view.store
    for start, end in _ENDS:
        ends = [lookup.value(node, filo(name)) for name in (start, end)]
        if ends[0] and ends[1]:
            return " → ".join(view.name(term).text for term in ends if term)
    about = next((found for name in _ABOUT if (found := lookup.value(node, filo(name)))), None)
    if about is not None and about != node:
        return f"{view.name(about).text}: {' · '.join(kind.text for kind in view.kinds(node))}"
    short = _shortened(value_of(node))
    return FOREIGN[view.data].get(short, short)


def _shortened(iri: str) -> str:
    """An IRI without our base, or with the prefix that it is commonly written with."""
    name = next((f"{prefix}:{rest}" for prefix, space in PREFIXES.items() if (rest := iri.removeprefix(space)).isalnum()), iri)
    return iri.removeprefix(BASE) if iri.startswith(BASE) else name
