"""The news of releases as an Atom feed (RFC 4287): what each added, removed and renamed, in words, with the way to its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from xml.etree import ElementTree

from filorosso.graph import BASE, release_iri, whole_names

from .offers import Offer
from .rendering import UNSPEAKABLE
from .texts import FEED

ATOM: Final = "http://www.w3.org/2005/Atom"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
# Names that an entry says of each kind of change; the patch has them all.
_NAMED: Final = 12
News = tuple[Offer, "Mapping[str, Any] | None"]


def atom(news: Sequence[News], lang: str, base: str) -> bytes:
    """The feed in a language, of releases (the latest first), each with what it changed if that is known; the service is at `base`."""
    ElementTree.register_namespace("", ATOM)
    words = FEED[lang]
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {_XML_LANG: lang})
    _say(feed, "id", f"{BASE}feed.atom?lang={lang}")
    _say(feed, "title", words["title"])
    _say(feed, "subtitle", words["subtitle"])
    _say(feed, "updated", news[0][0].in_force.at if news else "1970-01-01T00:00:00Z")
    _say(_say(feed, "author"), "name", "Filorosso")
    _link(feed, "self", f"{base}/feed.atom?lang={lang}", type="application/atom+xml")
    _link(feed, "alternate", f"{base}/download?lang={lang}", type="text/html", hreflang=lang)
    for offer, changed in news:
        _entry(feed, offer, changed, lang, base)
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: ElementTree.Element, offer: Offer, changed: Mapping[str, Any] | None, lang: str, base: str) -> None:
    words, was = FEED[lang], offer.in_force
    entry = _say(feed, "entry")
    # A release may come into force again: what an entry tells of is that it did, then.
    _say(entry, "id", f"{release_iri(was.release)}#{was.at}")
    _say(entry, "title", words["entry"].format(name=was.release, day=_day(was.at, lang)))
    _say(entry, "updated", was.at)
    _link(entry, "alternate", f"{base}/download/{was.release}", type="application/json")
    if offer.changes:
        _link(entry, "related", base + offer.changes, type="application/gzip", title=words["patch"])
    for file in offer.files:
        if file.name in whole_names():
            _link(entry, "enclosure", base + file.address, type=file.media_type, length=str(file.length), title=file.name)
    content = _say(entry, "content", type="xhtml")
    division = ElementTree.SubElement(content, f"{{{_XHTML}}}div")
    for paragraph in _paragraphs(offer, changed, lang):
        ElementTree.SubElement(division, f"{{{_XHTML}}}p").text = _clean(paragraph)
    names = _names(changed or {}, lang)
    if names:
        listed = ElementTree.SubElement(division, f"{{{_XHTML}}}ul")
        for name in names:
            ElementTree.SubElement(listed, f"{{{_XHTML}}}li").text = _clean(name)


def _paragraphs(offer: Offer, changed: Mapping[str, Any] | None, lang: str) -> list[str]:
    """What an entry says before it names anything."""
    words, was = FEED[lang], offer.in_force
    counts = {name: _number(was.counts.get(name, 0), lang) for name in ("quads", "Framework", "Element", "Project", "Thread")}
    holds = words["holds"].format(**counts)
    if not was.previous:
        return [words["first"], holds]
    if changed is None:
        return [words["untold"], holds]
    if not any(changed["quads"].values()):
        return [words["same"], holds]
    said = [words["quads"].format(**{what: _number(number, lang) for what, number in changed["quads"].items()})]
    said += [_counted(words["kinds"][kind], changed["kinds"][kind], lang) for kind in words["kinds"] if kind in changed["kinds"]]
    for iri, held in changed["frameworks"].items():
        said.append(_counted(words["inside"].format(_named(held["label"], iri, lang)), held, lang))
    return [*said, holds]


def _counted(of: str, counts: Mapping[str, int], lang: str) -> str:
    told = [FEED[lang][what].format(_number(counts[what], lang)) for what in ("added", "removed", "relabelled") if counts.get(what)]
    return f"{of}: {', '.join(told)}."


def _number(value: int, lang: str) -> str:
    return f"{value:,}".replace(",", FEED[lang]["thousands"])


def _names(changed: Mapping[str, Any], lang: str) -> list[str]:
    """The first nodes that came, went, or are called otherwise, by their names; then how many more there are."""
    words = FEED[lang]
    kinds = list(words["kind"])  # what people look for first
    nodes = sorted(changed.get("nodes", ()), key=lambda node: kinds.index(node["kind"]))
    said, more = [], changed.get("nodesLeftOut", 0)
    for what in ("added", "removed", "relabelled"):
        found = [node for node in nodes if node["what"] == what]
        for node in found[:_NAMED]:
            name, was = (_named(node.get(key, {}), node["iri"], lang) for key in ("label", "was"))
            said.append(words["named"][what].format(kind=words["kind"][node["kind"]], name=name, was=was))
        more += max(0, len(found) - _NAMED)
    return said + ([words["more"].format(more)] if more else [])


def _named(labels: Mapping[str, str], iri: str, lang: str) -> str:
    """A node's name in the language, else in any, else its IRI."""
    return labels.get(lang) or next(iter(labels.values()), "") or iri


def _day(at: str, lang: str) -> str:
    day = datetime.fromisoformat(at)
    return f"{day.day} {FEED[lang]['months'][day.month - 1]} {day.year}"


def _say(parent: ElementTree.Element, name: str, said: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    child.text = _clean(said) or None
    return child


def _link(parent: ElementTree.Element, rel: str, href: str, **attributes: str) -> None:
    _say(parent, "link", rel=rel, href=href, **attributes)


def _clean(said: str) -> str:
    return UNSPEAKABLE.sub("�", said)
