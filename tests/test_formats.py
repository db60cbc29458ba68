"""Files from outside: each is read whole or refused with the place, and none reaches beyond itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from filorosso.graph import SourceError, formats

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>"""

REFUSED = [
    ("broken.ttl", b"<http://a> <http://b> 1 .\n<http://a> nonsense .", r"broken\.ttl:2: not readable as RDF"),
    ("latin.ttl", "<http://a> <http://b> 'città' .".encode("latin-1"), r"latin\.ttl:1: not UTF-8"),
    ("bomb.rdf", BOMB.encode(), r"bomb\.rdf:2: has a document type"),
    ("remote.jsonld", b'{"@context": "http://example.org/c.jsonld", "@id": "http://a"}', r"remote\.jsonld: its @context is at"),
    ("deep.jsonld", b'{"@id":"http://a","http://b":{"@context":["file:///etc/passwd"]}}', r"deep\.jsonld: its @context is at"),
    ("import.jsonld", b'{"@context":{"@import":"http://example.org/c"}}', r"import\.jsonld: its @context is at"),
    ("not.jsonld", b"{", r"not\.jsonld:1: not JSON"),
    ("huge.ttl", b"<http://a> <http://b> '" + b"x" * 1_000_001 + b"' .", r"huge\.ttl: a literal of <http://a> is longer"),
    ("star.ttl", b"<http://a> <http://b> <<( <http://c> <http://d> 1 )>> .", r"star\.ttl: <http://a> has a value that only RDF 1\.2 knows"),
    ("plan.docx", b"", r"plan\.docx: unknown file format"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_a_bad_file_is_refused_with_the_place(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said) as caught:
        formats.read_triples(path)
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "notepad.ttl"
    path.write_bytes(b"\xef\xbb\xbf<http://a> <http://b> 1 .")
    assert len(formats.read_triples(path)) == 1


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        formats.read_triples(tmp_path / "none.ttl")


def test_deeply_nested_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonld"
    path.write_text("[" * 200_000)
    with pytest.raises(SourceError, match="not JSON"):
        formats.read_triples(path)


def test_blank_nodes_become_iris_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.ttl"
    path.write_text("<http://a> <http://b> [ <http://c> 1 ], [ <http://c> 2 ] .")
    subjects = [s for s, p, _ in formats.read_triples(path) if p == "<http://c>"]
    assert subjects == [f"<https://w3id.org/filorosso/.well-known/genid/plan/b{n}>" for n in range(2)]


def test_literals_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.ttl"
    path.write_text("<http://a> <http://b> 1.10, '05'^^<http://www.w3.org/2001/XMLSchema#integer> .")
    assert {o.split("^^")[0] for _, _, o in formats.read_triples(path)} == {'"1.10"', '"05"'}


def test_official_files_that_the_parser_refuses_say_where(shared_data: Path) -> None:
    with pytest.raises(SourceError, match=r"DCAT-AP_IT\.ttl:\d+: not readable as RDF"):
        formats.read_triples(shared_data / "ontologies" / "DCAT-AP_IT.ttl")


def test_official_files_are_read(shared_data: Path) -> None:
    assert len(formats.read_triples(shared_data / "sdg" / "sdg-ontology-with-taxonomy.ttl")) == 14_669
    assert len(formats.read_triples(shared_data / "ontologies" / "public-investment.ttl")) > 1_000
