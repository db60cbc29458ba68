"""The ontology as a publication: every term named and explained in both languages, spelled right, aligned, and free of contradiction."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from spellchecker import SpellChecker

from filorosso.graph import Facts, ReasoningError, formats, language_of, reason, resources
from filorosso.graph.namespaces import FILO, OWL, RDF, RDFS, SKOS, VOC
from filorosso.graph.terms import iri, value_of

TYPE, LABEL, COMMENT = iri(RDF + "type"), iri(RDFS + "label"), iri(RDFS + "comment")
CORE = ["Framework", "Element", "Project", "Funding", "Indicator", "Link", "Evidence", "Claim", "Waiver", "tracesTo", "cup"]
TERMS = ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
ABBREVIATIONS = {"cup", "istat", "cid", "id", "sha256"}


@pytest.fixture(scope="module")
def ontology() -> Facts:
    return Facts(formats.read_triples(resources.folder("ontology") / "filorosso.ttl"))


@pytest.fixture(scope="module")
def own_terms(ontology: Facts) -> list[str]:
    found = [s for kind in TERMS for s in ontology.subjects(TYPE, iri(OWL + kind)) if value_of(s).startswith(FILO)]
    assert len(found) > 100
    return found


def languages(facts: Facts, node: str, predicate: str) -> list[str]:
    return sorted(language_of(o) or "" for o in facts.objects(node, predicate))


def test_the_core_terms_bear_their_names(own_terms: list[str]) -> None:
    assert {iri(FILO + name) for name in CORE} <= set(own_terms)


def test_every_term_is_named_and_explained_in_both_languages(ontology: Facts, own_terms: list[str]) -> None:
    for term in own_terms:
        assert languages(ontology, term, LABEL) == ["en", "it"], term
        assert languages(ontology, term, COMMENT) == ["en", "it"], term
        assert ontology.objects(term, iri(RDFS + "isDefinedBy")) == [iri(FILO)], term


def test_the_ontology_has_a_version_of_its_own(ontology: Facts) -> None:
    assert ontology.value(iri(FILO), iri(OWL + "versionIRI")) == iri(FILO + "0.1.0")


def test_names_follow_the_convention(ontology: Facts, own_terms: list[str]) -> None:
    for term in own_terms:
        name = value_of(term).removeprefix(FILO)
        pattern = r"[A-Z][A-Za-z]+" if iri(OWL + "Class") in ontology.objects(term, TYPE) else r"[a-z][A-Za-z0-9]+"
        assert re.fullmatch(pattern, name), name


def test_every_word_of_every_name_is_spelled_right(own_terms: list[str]) -> None:
    spelling = SpellChecker(language="en")
    words = {w.lower() for term in own_terms for w in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", value_of(term).removeprefix(FILO))}
    assert spelling.unknown({"misspeltt"}), "the spell checker finds nothing"
    assert spelling.unknown(words - ABBREVIATIONS) == set()


def test_no_blank_node_is_in_the_ontology_or_its_vocabularies() -> None:
    for path in vocabulary_files():
        assert not [t for t in formats.read_triples(path) if "genid" in "".join(t)], path


def vocabulary_files() -> list[Path]:
    files = [*resources.turtle_files("ontology"), *resources.turtle_files("ontology", "vocabularies")]
    assert len(files) > 15
    return files


@pytest.mark.parametrize("path", resources.turtle_files("ontology", "vocabularies"), ids=lambda path: path.stem)
def test_a_vocabulary_is_named_after_its_scheme_and_complete(path: Path) -> None:
    facts = Facts(formats.read_triples(path))
    scheme = iri(VOC + path.stem)
    concepts = facts.subjects(iri(SKOS + "inScheme"), scheme)
    assert iri(SKOS + "ConceptScheme") in facts.objects(scheme, TYPE)
    assert languages(facts, scheme, LABEL) == languages(facts, scheme, COMMENT) == ["en", "it"]
    assert len(concepts) >= 2
    for concept in concepts:
        assert value_of(concept).startswith(value_of(scheme) + "/")
        assert languages(facts, concept, iri(SKOS + "prefLabel")) == ["en", "it"], concept


def test_the_alignments_speak_of_terms_that_exist(own_terms: list[str], shared_data: Path) -> None:
    aligned = formats.read_triples(resources.folder("ontology") / "alignments.ttl")
    ours = {term for triple in aligned for term in triple if term.startswith(f"<{FILO}") and "alignments" not in term and term != iri(FILO)}
    assert ours <= set(own_terms)
    for prefix, file in (
        ("https://w3id.org/italia/onto/CLV/", "CLV-AP_IT.ttl"),
        ("https://w3id.org/italia/onto/COV/", "COV-AP_IT.ttl"),
        ("https://w3id.org/italia/onto/Project/", "Project-AP_IT.ttl"),
        ("https://w3id.org/italia/onto/Indicator/", "Indicator-AP_IT.ttl"),
        ("https://w3id.org/italia/PublicInvestment/onto/PublicInvestment/", "public-investment.ttl"),
        ("http://metadata.un.org/sdg/ontology#", "../sdg/sdg-ontology-with-taxonomy.ttl"),
    ):
        theirs = {o for s, p, o in aligned for o in (s, o) if value_of(o).startswith(prefix)}
        published = {term for triple in formats.read_triples(shared_data / "ontologies" / file) for term in triple}
        assert theirs, f"nothing is aligned with {prefix}"
        assert theirs <= published, f"{theirs - published} is not in {file}"


# Reasoning


@pytest.mark.usefixtures("java")
def test_the_ontology_is_consistent_and_every_class_can_have_members() -> None:
    verdict = reason()
    assert verdict.consistent
    assert verdict.unsatisfiable == ()
    assert verdict.classes > 25


@pytest.mark.usefixtures("java")
def test_the_ontology_is_consistent_with_its_alignments() -> None:
    verdict = reason([resources.folder("ontology") / "alignments.ttl"])
    assert verdict.consistent
    assert verdict.unsatisfiable == ()


@pytest.mark.usefixtures("java")
def test_each_disjointness_is_found_when_it_is_contradicted(ontology: Facts, tmp_path: Path) -> None:
    """A class under both ends of each disjointness: the reasoner must find every one of them empty, and no other."""
    pairs = list(ontology.pairs(iri(OWL + "disjointWith")))
    assert len(pairs) > 200
    probes = tmp_path / "probes.nt"
    probes.write_text("".join(line for number, pair in enumerate(pairs) for line in _probe(number, pair)))
    found = set(reason([probes]).unsatisfiable)
    assert found == {f"http://example.org/probe/{number}" for number in range(len(pairs))}


@pytest.mark.usefixtures("java")
def test_a_fact_that_contradicts_the_ontology_is_found(tmp_path: Path) -> None:
    facts = tmp_path / "facts.ttl"
    facts.write_text(f"<http://example.org/x> a <{FILO}Project>, <{FILO}Framework> .")
    assert not reason([facts]).consistent


def _probe(number: int, pair: tuple[str, str]) -> Iterable[str]:
    probe = iri(f"http://example.org/probe/{number}")
    yield f"{probe} {TYPE} {iri(OWL + 'Class')} .\n"
    for end in pair:
        yield f"{probe} {iri(RDFS + 'subClassOf')} {end} .\n"


def test_without_java_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ReasoningError, match="install a Java runtime"):
        reason()
