"""What a home folder remembers: which releases were in force, and what tells any two apart, as a patch that makes one out of the other."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from filorosso.graph import Inputs, Quad, ReleaseError, Summary, build, changes_file, differences, read_history, read_summary
from filorosso.graph.comparison import compare, patch
from filorosso.graph.formats import write_nquads
from filorosso.graph.history import FILE
from filorosso.graph.terms import text

from .conftest import AS_OF, Site

# rdflib 7.6 warns of its own readers.
rdflib_warns = pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
MADE_UP = "https://example.org/id/"


def lines_of(path: Path) -> set[str]:
    return set(gzip.decompress(path.read_bytes()).decode().split("\n")) - {""}


def applied(rows: Iterable[str], lines: set[str]) -> set[str]:
    """A set of N-Quads lines after a patch; a row that removes what is not there, or adds what is, is a fault."""
    left = set(lines)
    for row in rows:
        operation, _, line = row.removesuffix("\n").partition(" ")
        if operation == "A":
            assert line not in left
            left.add(line)
        elif operation == "D":
            left.remove(line)
    return left


def kept_patch(site: Site) -> list[str]:
    packed = changes_file(site.home, site.shipped.name, site.planned.name)
    return gzip.decompress(packed.read_bytes()).decode().splitlines(keepends=True)


# -- which releases were in force ------------------------------------------------------------------------------------------------------


def test_a_release_that_is_put_in_force_is_remembered(site: Site) -> None:
    first, second = read_history(site.home)
    assert (first.release, first.previous) == (site.shipped.name, "")
    assert (second.release, second.previous) == (site.planned.name, site.shipped.name)
    assert first.at < second.at
    assert second.counts == site.planned.manifest["counts"]
    assert len((site.home / FILE).read_text().splitlines()) == 2


def test_the_same_release_again_adds_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        bare = build(tmp_path, Inputs(AS_OF, bare=True))
    assert [was.release for was in read_history(tmp_path)] == [bare.name]


def test_a_release_that_comes_into_force_again_is_remembered_again(tmp_path: Path) -> None:
    days = [AS_OF.replace(day=day) for day in (1, 2, 1)]
    names = [build(tmp_path, Inputs(day, bare=True)).name for day in days]
    assert [was.release for was in read_history(tmp_path)] == names
    assert [was.previous for was in read_history(tmp_path)] == ["", *names[:2]]
    assert names[0] == names[2]


def test_a_home_without_a_history_has_one_of_what_it_holds(tmp_path: Path) -> None:
    names = [build(tmp_path, Inputs(AS_OF.replace(day=day), bare=True)).name for day in (1, 2, 3)]
    (tmp_path / FILE).unlink()
    for kept in (tmp_path / "changes").iterdir():
        kept.unlink()
    assert {was.release for was in read_history(tmp_path)} == set(names)
    assert read_history(tmp_path)[-1].release == names[-1]
    new = build(tmp_path, Inputs(AS_OF.replace(day=4), bare=True)).name
    history = read_history(tmp_path)
    assert [history[-2].release, history[-1].release] == [names[-1], new]
    for old, after in pairwise(history):
        assert changes_file(tmp_path, old.release, after.release).exists()


def test_a_history_that_ends_before_the_pointer_was_moved_is_mended(tmp_path: Path) -> None:
    first, second = (build(tmp_path, Inputs(AS_OF.replace(day=day), bare=True)).name for day in (1, 2))
    lines = (tmp_path / FILE).read_text().splitlines(keepends=True)
    (tmp_path / FILE).write_text(lines[0])  # as a power cut between the two leaves it
    assert [was.release for was in read_history(tmp_path)] == [first, second]
    build(tmp_path, Inputs(AS_OF.replace(day=2), bare=True))
    assert [json.loads(line)["release"] for line in (tmp_path / FILE).read_text().splitlines()] == [first, second]


def test_a_damaged_history_is_named_by_its_line(tmp_path: Path) -> None:
    build(tmp_path, Inputs(AS_OF, bare=True))
    with (tmp_path / FILE).open("a") as file:
        file.write('{"release": ')
    with pytest.raises(ReleaseError, match=r"history\.jsonl:2: the line is damaged"):
        read_history(tmp_path)


def test_a_release_before_that_is_damaged_does_not_stand_in_the_way(tmp_path: Path) -> None:
    first = build(tmp_path, Inputs(AS_OF.replace(day=1), bare=True))
    (first.folder / "data.nq.gz").write_bytes(b"garbage")
    second = build(tmp_path, Inputs(AS_OF.replace(day=2), bare=True))
    assert read_history(tmp_path)[-1].release == second.name
    assert read_summary(tmp_path, first.name, second.name) is None
    with pytest.raises(ReleaseError, match="build the release again"):
        list(differences(tmp_path, first.name, second.name))


# -- what tells two releases apart -----------------------------------------------------------------------------------------------------

NAMES = st.sampled_from([f"<http://example.org/{name}>" for name in ("a", "a/b", "è", "z")] + ["_:shapes-b1", "_:shapes-b10"])
LITERALS = st.builds(text, st.text(st.characters(codec="utf-8"), max_size=12), st.sampled_from([None, "it", "en"]))
PREDICATES = st.sampled_from([f"<http://example.org/{name}>" for name in ("p", "q")] + ["<http://www.w3.org/2000/01/rdf-schema#label>"])
GRAPHS = st.sampled_from(["<http://example.org/g>", "<http://example.org/g/proposed>"])
QUADS = st.sets(st.tuples(NAMES, PREDICATES, NAMES | LITERALS, GRAPHS), max_size=12)


def packed(folder: Path, name: str, quads: set[Quad]) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress("".join(write_nquads(sorted(quads))).encode()))
    return path


@rdflib_warns
@settings(max_examples=200, deadline=None)
@given(old=QUADS, new=QUADS)
def test_the_patch_makes_the_new_out_of_the_old(old: set[Quad], new: set[Quad]) -> None:
    with TemporaryDirectory() as folder:
        before, after = (packed(Path(folder), name, quads) for name, quads in (("old", old), ("new", new)))
        rows = list(patch(compare(before, after), "old", "new"))
        assert applied(rows, lines_of(before)) == lines_of(after)
        assert len(rows) == 2 + len(old ^ new)
        assert read_by_rdflib(rows, old) == of_rdflib(new)


def of_rdflib(quads: Iterable[Quad]) -> set[tuple[rdflib.term.Node, ...]]:
    """Quads as rdflib has them when it reads them as rows that add: its N-Quads reader gives blank nodes new names."""
    return read_by_rdflib(["TX .\n", *(f"A {line}" for line in write_nquads(quads)), "TC .\n"], ())


def read_by_rdflib(rows: Iterable[str], before: Iterable[Quad]) -> set[tuple[rdflib.term.Node, ...]]:
    """What rdflib's reader of RDF Patch makes of some quads."""
    dataset = rdflib.Dataset()
    start = "".join(f"A {line}" for line in write_nquads(before))
    for said in (start, "".join(rows)):
        dataset.parse(io.BytesIO(said.encode()), format="patch")
    return {(s, p, o, rdflib.URIRef(str(g))) for s, p, o, g in dataset.quads() if g is not None}


def test_the_patch_of_two_releases_makes_one_out_of_the_other(site: Site) -> None:
    rows = kept_patch(site)
    old, new = (lines_of(release.folder / "data.nq.gz") for release in (site.shipped, site.planned))
    assert rows[0] == f"H id <https://w3id.org/filorosso/download/{site.planned.name}> .\n"
    assert rows[1] == f"H prev <https://w3id.org/filorosso/download/{site.shipped.name}> .\n"
    assert (rows[2], rows[-1]) == ("TX .\n", "TC .\n")
    assert applied(rows, old) == new
    back = patch(differences(site.home, site.planned.name, site.shipped.name), site.planned.name, site.shipped.name)
    assert applied(back, new) == old


@rdflib_warns
def test_another_reader_takes_the_patch_of_two_releases(site: Site) -> None:
    """Only what the patch touches is loaded: rdflib takes minutes for the whole graph."""
    rows = kept_patch(site)
    removed, added = ([row[2:] for row in rows if row.startswith(f"{operation} ")] for operation in "DA")
    assert len(removed) > 100
    assert len(added) > 1000
    dataset, expected = rdflib.Dataset(), rdflib.Dataset()
    dataset.parse(io.BytesIO("".join(f"A {line}" for line in removed).encode()), format="patch")
    dataset.parse(io.BytesIO("".join(rows).encode()), format="patch")
    expected.parse(io.BytesIO("".join(added).encode()), format="nquads")
    assert set(dataset.quads()) == set(expected.quads())


def test_what_changed_is_said_in_numbers_and_names(site: Site) -> None:
    said = read_summary(site.home, site.shipped.name, site.planned.name)
    assert said is not None
    rows = kept_patch(site)
    counted = {"added": sum(row.startswith("A ") for row in rows), "removed": sum(row.startswith("D ") for row in rows)}
    assert said["quads"] == counted
    assert {what: sum(held[what] for held in said["graphs"].values()) for what in counted} == counted
    before, after = (release.manifest["counts"] for release in (site.shipped, site.planned))
    for kind in ("Framework", "Element", "Project"):
        assert said["kinds"][kind]["added"] - said["kinds"][kind]["removed"] == after[kind] - before[kind]
        assert said["classes"][f"https://w3id.org/filorosso/onto/{kind}"] == {
            what: said["kinds"][kind][what] for what in ("added", "removed")
        }
    framework = said["frameworks"][MADE_UP + "valdinulla-2023"]
    assert framework["label"]["it"] == "Piano strategico di Valdinulla 2023-2027 (inventato)"
    named = [node for node in said["nodes"] if node.get("framework") == MADE_UP + "valdinulla-2023" and node["kind"] == "Element"]
    assert len(named) == framework["added"]
    assert all(node["what"] == "added" and node["label"]["en"] for node in named)


def test_a_node_that_is_called_otherwise_is_said_with_both_names(tmp_path: Path) -> None:
    label, element = "<http://www.w3.org/2000/01/rdf-schema#label>", "<https://w3id.org/filorosso/onto/Element>"
    node, graph = "<http://example.org/axis/1>", "<http://example.org/g>"
    typed: Quad = (node, "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", element, graph)
    before, after = (
        packed(tmp_path, name, {typed, (node, label, text(name, "it"), graph), (node, label, text("Axis", "en"), graph)})
        for name in ("Asse uno", 'Asse "primo"')
    )
    summary = Summary()
    assert len(list(summary.told(compare(before, after)))) == 1
    said = summary.to_json()
    assert said["kinds"] == {"Element": {"added": 0, "removed": 0, "relabelled": 1}}
    assert said["nodes"] == [
        {
            "iri": "http://example.org/axis/1",
            "kind": "Element",
            "what": "relabelled",
            "label": {"it": 'Asse "primo"', "en": "Axis"},
            "was": {"it": "Asse uno", "en": "Axis"},
        }
    ]


def test_lines_that_are_not_sorted_are_refused(tmp_path: Path) -> None:
    good = packed(tmp_path, "good", set())
    bad = tmp_path / "bad"
    bad.write_bytes(gzip.compress(b"<http://b> <http://p> <http://o> <http://g> .\n<http://a> <http://p> <http://o> <http://g> .\n"))
    with pytest.raises(ReleaseError, match="not sorted"):
        list(compare(good, bad))


def test_the_command_says_what_differs(site: Site) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "filorosso.api.cli", "changes", *arguments, "--home", str(site.home)]
        return subprocess.run(command, capture_output=True, check=False)

    packed_rows = changes_file(site.home, site.shipped.name, site.planned.name).read_bytes()
    assert run(site.shipped.name).stdout == gzip.decompress(packed_rows)
    assert run(site.shipped.name, site.planned.name, "--gzip").stdout == packed_rows
    assert json.loads(run(site.shipped.name, "--summary").stdout) == json.loads(
        changes_file(site.home, site.shipped.name, site.planned.name, ".json").read_bytes()
    )
    refused = run("../../etc", site.planned.name)
    assert refused.returncode == 2
    assert b"there is no release '../../etc'" in refused.stderr
    assert refused.stderr.count(b"\n") == 1
