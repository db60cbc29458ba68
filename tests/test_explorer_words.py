"""What the explorer says in its own words, it says in both languages."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest

from filorosso.api import explorer, texts

# What base.html and parts.html say on every page: a page that changes their meaning would change its own frame.
FRAME = {
    *(
        "site",
        "tagline",
        "skip",
        "menu",
        "home",
        "search",
        "interface",
        "data",
        "it",
        "en",
        "release",
        "software",
        "missing",
        "here",
        "other",
    ),
    *("frameworks", "thread", "matrix", "questions", "compare", "quality", "model", "sparql"),
    *("sources", "catalogue", "downloads", "feed", "api", "pages", "page", "previous", "next"),
    *("declared", "official", "assessed", "proposed", "inferred", "rejected", "superseded", "unknown", "absent", "negative", "positive"),
}


def worded() -> dict[str, Mapping[str, Mapping[str, Any]]]:
    """The words of each module of the explorer that has any."""
    names = [module.name for module in pkgutil.walk_packages(explorer.__path__, explorer.__name__ + ".")]
    found = {name: vars(import_module(name)) for name in names}
    return {name: said.get("_WORDS") or said["WORDS"] for name, said in found.items() if "_WORDS" in said or "WORDS" in said}


def test_pages_have_words() -> None:
    assert len(worded()) > 20


@pytest.mark.parametrize("module", worded())
def test_words_are_the_same_in_both_languages_and_leave_the_frame_alone(module: str) -> None:
    words = worded()[module]
    assert set(words) == {"it", "en"}
    assert same_shape(words["it"], words["en"])
    changed = {key for lang in words for key in FRAME & words[lang].keys() if words[lang][key] != texts.EXPLORER[lang][key]}
    assert not changed


def test_the_words_that_all_share_are_the_same_in_both_languages() -> None:
    shared = [value for value in vars(texts).values() if isinstance(value, dict) and set(value) == {"it", "en"}]
    assert len(shared) > 5
    assert all(same_shape(value["it"], value["en"]) for value in shared)


def same_shape(one: Any, other: Any) -> bool:
    """Whether two words are both texts, or have the same parts, and are said with the same number of gaps."""
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and one.keys() == other.keys() and all(same_shape(one[key], other[key]) for key in one)
    if isinstance(one, str):
        return isinstance(other, str) and one.count("{") == other.count("{")
    return type(one) is type(other)
