from __future__ import annotations

from decimal import Decimal

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filorosso.graph import terms
from filorosso.graph.namespaces import code_slug, slug

printable = st.text(st.characters(exclude_categories=["Cs"]))


@given(printable)
def test_a_string_comes_back_from_its_term(value: str) -> None:
    assert terms.value_of(terms.text(value)) == value


@given(printable, st.sampled_from(["it", "en", "de-at"]))
def test_a_string_is_written_as_the_engine_writes_it(value: str, lang: str) -> None:
    assert terms.text(value, lang) == str(ox.Literal(value, language=lang))
    assert terms.text(value) == str(ox.Literal(value))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_a_decimal_keeps_its_value_without_useless_zeros(value: Decimal) -> None:
    written = terms.value_of(terms.decimal(value))
    assert Decimal(written) == value
    assert not written.endswith(".")
    assert "." not in written or not written.endswith("0")


@pytest.mark.parametrize("value", ["no scheme", "http://a b", "http://a<b", "", "http://x\n"])
def test_what_no_iri_may_hold_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not an absolute IRI"):
        terms.iri(value)


def test_language_and_datatype_are_read() -> None:
    assert terms.language_of('"asse"@IT') == "it"
    assert terms.language_of('"asse"') is None
    assert terms.datatype_of('"1"^^<http://www.w3.org/2001/XMLSchema#integer>') == "http://www.w3.org/2001/XMLSchema#integer"


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_share_a_slug_only_if_case_alone_tells_them_apart(one: str, other: str) -> None:
    if slug(one) == slug(other):
        assert one.lower() == other.lower()


def test_a_code_becomes_kebab_case() -> None:
    assert code_slug("M1C1I1.04.03") == "m1c1i1-04-03"
