"""A release: the same bytes from the same input, in force only when whole, and the one before stays when a build fails."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from filorosso.graph import BuildError, Inputs, Release, ReleaseError, SourceError, build, current, is_up_to_date, plan_quads
from filorosso.graph.dumps import files, whole_names
from filorosso.graph.namespaces import GRAPH

BROKEN_PLAN = """@prefix filo: <https://w3id.org/filorosso/onto/> .
<http://example.org/plan/axis/1> a filo:Element .
"""


def digests(release: Release) -> dict[str, str]:
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files(release.folder).items()}


def test_the_same_input_gives_the_same_bytes(release: Release, tmp_path: Path) -> None:
    again = build(tmp_path, Inputs(release_day(release)))
    assert again.name == release.name
    assert digests(again) == digests(release)


def release_day(release: Release) -> date:
    return date.fromisoformat(release.manifest["asOf"])


def test_the_manifest_vouches_for_every_file(release: Release) -> None:
    listed = release.manifest["files"]
    assert {*whole_names(), "report.ttl", "void.ttl", "SHA256SUMS"} <= set(listed)
    assert set(listed) | {"manifest.json"} == set(files(release.folder))
    for name, said in listed.items():
        content = (release.folder / name).read_bytes()
        assert said == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_the_data_is_sorted_and_has_no_blank_node_outside_the_shapes(release: Release) -> None:
    lines = gzip.decompress((release.folder / "data.nq.gz").read_bytes()).decode().splitlines()
    assert lines == sorted(lines)
    assert len(lines) == len(set(lines)) == release.manifest["counts"]["quads"]
    assert not [line for line in lines if "_:" in line.replace('"', " ").split("<")[0] and f"<{GRAPH}shapes>" not in line]


def test_both_serialisations_say_the_same(release: Release) -> None:
    import pyoxigraph as ox

    nquads = gzip.decompress((release.folder / "data.nq.gz").read_bytes())
    trig = gzip.decompress((release.folder / "data.trig.gz").read_bytes())
    one, other = (ox.Dataset(ox.parse(data, format=kind)) for data, kind in ((nquads, ox.RdfFormat.N_QUADS), (trig, ox.RdfFormat.TRIG)))
    for dataset in (one, other):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    assert one == other


def test_a_build_that_fails_leaves_the_release_before_in_force(home: Path, release: Release, tmp_path: Path) -> None:
    plan = tmp_path / "broken.ttl"
    plan.write_text(BROKEN_PLAN)
    with pytest.raises(BuildError, match="the graph breaks its rules"):
        build(home, Inputs(release_day(release), plans=(plan,)))
    still = current(home)
    assert still is not None
    assert still.name == release.name
    assert (home / "failed-report.ttl").read_text().count("sh:ValidationResult")
    assert not (home / ".building").exists()


def test_a_build_that_is_killed_leaves_the_release_before_in_force(home: Path, release: Release) -> None:
    code = f"from pathlib import Path; from datetime import date; from filorosso.graph import *; build(Path({str(home)!r}), Inputs(date(2030, 1, 1)))"
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not (home / ".building").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    still = current(home)
    assert still is not None
    assert still.name == release.name
    assert build(home, Inputs(release_day(release))).name == release.name
    assert not (home / ".building").exists()


def test_it_knows_whether_the_input_changed(release: Release, tmp_path: Path) -> None:
    assert is_up_to_date(release, Inputs(release_day(release)))
    plan = tmp_path / "plan.ttl"
    plan.write_text("")
    assert not is_up_to_date(release, Inputs(release_day(release), plans=(plan,)))


def test_a_plan_cannot_write_into_our_graphs(tmp_path: Path) -> None:
    for name in ("pnrr.ttl", "derived-threads.ttl", "ontology.ttl"):
        path = tmp_path / name
        path.write_text("<http://a> <http://b> <http://c> .")
        with pytest.raises(SourceError, match="a graph that the build keeps for itself"):
            plan_quads(path)


def test_a_plan_cannot_rewrite_what_we_describe(home: Path, release: Release, tmp_path: Path) -> None:
    for subject in (
        "http://metadata.un.org/sdg/11",
        "https://w3id.org/filorosso/voc/certainty/certain",
        "https://w3id.org/filorosso/shapes/Mine",
    ):
        path = tmp_path / "plan.ttl"
        path.write_text(f"<{subject}> <https://w3id.org/filorosso/onto/rank> 0 .")
        with pytest.raises(SourceError, match="says something new of"):
            build(home, Inputs(release_day(release), plans=(path,)))


def test_a_file_name_with_a_blank_names_a_graph_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "my plan.ttl"
    path.write_text("<http://a> <http://b> <http://c> .")
    ((*_, graph),) = plan_quads(path)
    assert graph.startswith(f"<{GRAPH}my-plan")


def test_a_release_whose_files_were_damaged_is_built_anew(tmp_path: Path, release: Release) -> None:
    broken = build(tmp_path, Inputs(release_day(release)))
    (broken.folder / "data.nq.gz").write_bytes(b"garbage")
    assert digests(build(tmp_path, Inputs(release_day(release)))) == digests(release)


def test_a_damaged_release_says_to_build_again(tmp_path: Path) -> None:
    assert current(tmp_path) is None
    (tmp_path / "current").write_text("0123456789abcdef\n")
    with pytest.raises(ReleaseError, match="build again"):
        current(tmp_path)


def test_void_counts_what_is_there(release: Release) -> None:
    store = release.open()
    (row,) = store.rows(f"SELECT ?n {{ <{GRAPH}seregno-dup> <http://rdfs.org/ns/void#triples> ?n }}")
    (counted,) = store.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH}seregno-dup> {{ ?s ?p ?o }} }}")
    assert row == counted


def test_the_manifest_counts_what_is_there(release: Release) -> None:
    counts = json.loads((release.folder / "manifest.json").read_text())["counts"]
    store = release.open()
    for name in ("Framework", "Element", "Project", "Thread"):
        (row,) = store.rows(f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a filo:{name} }}")
        assert row["n"].startswith(f'"{counts[name]}"'), name
