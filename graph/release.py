"""The build: from sources to a release.

Sources are read, validated, derived from and checked; only what passed becomes a release: a folder under the home folder that is
never changed again, named after what went into it. The file `current` names the release in force and is replaced in one step, so
that a build that fails or is killed leaves the one before in force.

    <home>/current                      the name of the release in force
    <home>/history.jsonl changes/       which were in force, and what each changed (`history`)
    <home>/releases/<name>/data.nq.gz   N-Quads, sorted
                           data.*       the same in other syntaxes and compressions, and graphs/ a named graph a file (`dumps`)
                           report.ttl   the SHACL report
                           void.ttl     statistics
                           refused.csv  rows that the register reader refused, if a register was given
                           SHA256SUMS   for those who take files away
                           manifest.json counts, inputs and their SHA-256, files and their SHA-256
"""

from __future__ import annotations

import csv
import fcntl
import io
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from . import derivation, dumps, formats, history, journal, listing, proposals, resources, statistics, validation
from .catalogue import UNNAMED, Edition, Publisher, catalogue_quads
from .errors import BuildError, ReleaseError, SourceError
from .facts import Facts
from .namespaces import FILO, GRAPH, SHAPES, VOC, slug
from .questions import read_library
from .sources import projects
from .store import Store, canonical_quads, open_store
from .terms import Quad, Triple, iri

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a release is made from besides the shipped files and the journal.

    `as_of` is the day on which waivers are judged, and of which the catalogue says that the data are; a `bare` release holds neither data
    nor rules; writes of the revisions in `skipped` are left out.
    """

    as_of: date
    plans: tuple[Path, ...] = ()
    register: tuple[Path, ...] = ()
    municipalities: tuple[str, ...] = ()
    bare: bool = False
    skipped: tuple[int, ...] = ()
    publisher: Publisher = UNNAMED


@dataclass(frozen=True, slots=True)
class Release:
    """A release on disk."""

    folder: Path
    manifest: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The release's name: 16 hexadecimal digits that follow from what went into it."""
        return self.folder.name

    @property
    def edition(self) -> Edition:
        """What its catalogue says besides what the graph knows."""
        return Edition(Publisher(**self.manifest.get("publisher", {})), self.manifest["asOf"], own_graphs())

    def open(self, *, union: bool = True, guarded: bool = True) -> Store:
        """The release, loaded for queries; see `Store` for the options."""
        return open_store(self.folder / "data.nq.gz", self.name, union=union, guarded=guarded)

    def report(self) -> validation.Report:
        """The SHACL report."""
        return validation.read_report(formats.read_triples(self.folder / "report.ttl"))


def current(home: Path) -> Release | None:
    """The release in force, or None.

    :raises ReleaseError: the pointer or the manifest is damaged.
    """
    pointer = home / "current"
    if not pointer.exists():
        return None
    try:
        return read_release(home, pointer.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{home}: the release in force cannot be read ({error}); build again") from None


def read_release(home: Path, name: str) -> Release:
    """A release that is kept, in force or not.

    :raises ReleaseError: there is none of this name, or its manifest is damaged.
    """
    folder = home / "releases" / name
    if not history.NAME.fullmatch(name):
        raise ReleaseError(f"{home}: {name!r} is not the name of a release (16 hexadecimal digits); build again")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{home}: release {name} cannot be read ({error}); build again") from None
    if not isinstance(manifest, dict) or not {"software", "counts", "inputs", "files", "plans", "municipalities"} <= set(manifest):
        raise ReleaseError(f"{folder}: its manifest is damaged; build again")
    return Release(folder, manifest)


def build(home: Path, inputs: Inputs, progress: Progress = lambda _: None) -> Release:
    """Build a release and put it in force; the same input gives the same bytes.

    :raises SourceError: an input cannot be read.
    :raises BuildError: the graph breaks its rules, or a check on what was derived found something.
    """
    progress("reading sources")
    records = tuple(record for record in journal.read_journal(home) if record.revision not in inputs.skipped)
    asserted, refused = ([], ()) if inputs.bare else _asserted(inputs)
    asserted, lost = _replayed(asserted, records)
    facts = Facts(quad[:3] for quad in asserted)
    edition = Edition(inputs.publisher, inputs.as_of.isoformat(), own_graphs(), journal.changed_on(records))
    catalogue = [] if inputs.bare else catalogue_quads(proposals.apart(asserted), facts, edition)
    progress(f"validating {len(asserted)} quads")
    report = validation.Report(()) if inputs.bare else validate_data([*asserted, *catalogue], inputs.as_of)
    if not report.conforms:
        raise BuildError(_why_not(report, _keep_failed_report(home, report), records))
    progress("deriving edges and threads")
    quads = sorted(set(asserted) if inputs.bare else {*_published(asserted, facts, records), *catalogue})
    with _building(home) as folder:
        progress(f"writing {len(quads)} quads")
        _write(
            folder, quads, facts, report, refused, inputs, Replay(max((r.revision for r in journal.read_journal(home)), default=0), lost)
        )
        progress("checking what was derived")
        _check(open_store(folder / "data.nq.gz"))
        return _put_in_force(home, folder)


@dataclass(frozen=True, slots=True)
class Replay:
    """What a build took over from the journal: up to which revision, and what no longer applied, in words."""

    revision: int
    lost: tuple[str, ...]


def _replayed(asserted: list[Quad], records: Sequence[journal.Record]) -> tuple[list[Quad], tuple[str, ...]]:
    """What is asserted after the writes of the journal, and what of them no longer applies."""
    if not records:
        return asserted, ()
    # The service wrote terms as the engine spells them; the files may spell them otherwise.
    held: dict[Quad, None] = dict.fromkeys(canonical_quads(asserted))
    lost: list[str] = []
    for record in records:
        for quad in record.change.removed:
            if quad not in held:
                lost.append(f"revision {record.revision} no longer applies: it removes what is not there any more, {' '.join(quad)}")
            held.pop(quad, None)
        held |= dict.fromkeys(record.change.added)
    return list(held), tuple(lost)


def _published(asserted: Sequence[Quad], facts: Facts, records: Sequence[journal.Record]) -> set[Quad]:
    """What is asserted with all that follows from it, but for the statistics."""
    derived = derivation.derive(facts)
    questions = _in_graph(listing.question_triples(read_library(), facts), "questions")
    told = (quad for record in records for quad in journal.provenance(record))
    return {*proposals.apart([*asserted, *derived]), *shape_quads(), *questions, *told}


def input_digests(inputs: Inputs) -> dict[str, str]:
    """SHA-256 of each file that a build would read, by name."""
    shipped = [("ontology",), ("ontology", "vocabularies"), ("shapes",), ("graph", "data")]
    files = [("/".join((*place, path.name)), path) for place in shipped for path in resources.turtle_files(*place)]
    files += [("queries/" + path.name, path) for path in sorted(resources.folder("queries").iterdir()) if path.suffix in (".rq", ".yaml")]
    files += [(path.name, path) for path in (*inputs.plans, *inputs.register)]
    return {name: _sha256(path) for name, path in files}


def is_up_to_date(release: Release, inputs: Inputs) -> bool:
    """Whether a build from these inputs would give this release, the day put aside."""
    names = ("inputs", "municipalities", "publisher", "software")
    made_of = tuple(release.manifest.get(name) for name in names)
    return made_of == (input_digests(inputs), list(inputs.municipalities), asdict(inputs.publisher), version("filorosso"))


def shipped_quads() -> list[Quad]:
    """The ontology, its vocabularies and the shipped data, each file a named graph."""
    quads: list[Quad] = []
    for path in resources.turtle_files("ontology"):
        name = "ontology" if path.stem == "filorosso" else path.stem
        quads += _in_graph(formats.read_triples(path), name)
    for path in resources.turtle_files("ontology", "vocabularies"):
        quads += _in_graph(formats.read_triples(path), "vocabularies")
    for path in resources.turtle_files("graph", "data"):
        quads += _in_graph(formats.read_triples(path), path.stem)
    return quads


def validate_data(quads: Iterable[Quad], as_of: date) -> validation.Report:
    """Validate quads against the shipped shapes."""
    return validation.validate([quad[:3] for quad in quads], resources.turtle_files("shapes"), as_of)


def _asserted(inputs: Inputs) -> tuple[list[Quad], tuple[projects.Refusal, ...]]:
    quads = shipped_quads()
    names = [path.name for path in (*inputs.plans, *inputs.register)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SourceError(twice, "is given twice; give each file a name of its own")
    for path in inputs.plans:
        plan = plan_quads(path)
        refuse_rewriting(path, plan, quads)
        quads += plan
    if not inputs.register:
        return quads, ()
    register = projects.read_register(inputs.register, inputs.municipalities)
    # A register that was given stands in for what is shipped of the same projects.
    described = {triple[0] for triple in register.triples}
    quads = [quad for quad in quads if not (quad[3].endswith("-projects>") and quad[0] in described)]
    return quads + _in_graph(register.triples, "register"), register.refused


def plan_quads(path: Path) -> list[Quad]:
    """The quads of a user's plan, in a named graph after its file unless it names its own.

    :raises SourceError: unreadable, or it writes into a graph of ours.
    """
    quads = formats.read_quads(path, iri(GRAPH + slug(path.stem)))
    ours = {*derivation.DERIVED, proposals.DECLARED, *(iri(GRAPH + name) for name in _shipped_graphs())}
    taken = next((g for *_, g in quads if g in ours or proposals.is_proposed(g)), None)
    if taken is not None:
        raise SourceError(path, f"would write into {taken}, a graph that the build keeps for itself; rename the file or the graph")
    return quads


def refuse_rewriting(path: Path, plan: Sequence[Quad], shipped: Sequence[Quad]) -> None:
    """Refuse a plan that says something new of what the shipped graph describes: a plan links to it, it does not rewrite it.

    :raises SourceError: it does; the message names the node.
    """
    described = {quad[0] for quad in shipped}
    said = {quad[:3] for quad in shipped}
    ours = tuple(f"<{space}" for space in (FILO, VOC, SHAPES))
    for quad in plan:
        if quad[:3] not in said and (quad[0] in described or quad[0].startswith(ours)):
            raise SourceError(
                path, f"says something new of {quad[0]}, which Filorosso describes; link to it from a node of your own instead"
            )


def _shipped_graphs() -> set[str]:
    names = {path.stem for path in resources.turtle_files("graph", "data")}
    return names | {"ontology", "alignments", "vocabularies", "shapes", "register", "questions", "void", "journal", "catalogue", "all"}


def own_graphs() -> frozenset[str]:
    """The graphs (terms) of the data that come with the software."""
    return frozenset(iri(GRAPH + path.stem) for path in resources.turtle_files("graph", "data"))


def shape_quads() -> list[Quad]:
    """The shapes, in their named graph; they alone have blank nodes."""
    return [
        (*triple, iri(GRAPH + "shapes"))
        for path in resources.turtle_files("shapes")
        for triple in formats.read_triples(path, keep_blank=True)
    ]


def _in_graph(triples: Iterable[Triple], name: str) -> list[Quad]:
    graph = iri(GRAPH + name)
    return [(*triple, graph) for triple in triples]


def _why_not(report: validation.Report, kept: Path, records: Sequence[journal.Record]) -> str:
    violations = [p for p in report.problems if p.severity == "Violation" and p.waived_by is None]
    first = violations[0]
    nodes = {problem.node for problem in violations}
    written = [r.revision for r in records if any(quad[0] in nodes for quad in (*r.change.added, *r.change.removed))]
    if written:
        numbers = " ".join(map(str, written))
        return (
            f"writes of the journal no longer keep the rules: leave them out with --skip {numbers}, or mend what they need (report: {kept})"
        )
    said = f"first {first.node} breaks {first.rule}: {first.message('en')}"
    return f"the graph breaks its rules {len(violations)} times; {said} (report: {kept})"


def _keep_failed_report(home: Path, report: validation.Report) -> Path:
    path = _made(home) / "failed-report.ttl"
    path.write_text(formats.write_turtle(validation.report_triples(report)), encoding="utf-8")
    return path


def _check(store: Store) -> None:
    checks = sorted(resources.folder("queries").glob("check-*.rq"))
    if not checks:
        raise BuildError("no check-*.rq is installed; the derived graph cannot be vouched for")
    for path in checks:
        rows = store.rows(path.read_text(encoding="utf-8"))
        if rows:
            raise BuildError(f"{path.name} finds {len(rows)} faults in the derived graph; first: {rows[0]}")


def _write(
    folder: Path,
    quads: Sequence[Quad],
    facts: Facts,
    report: validation.Report,
    refused: Sequence[projects.Refusal],
    inputs: Inputs,
    replay: Replay,
) -> None:
    held, whole = statistics.of_quads(quads)
    counts = statistics.counts(whole, facts, report)
    statistic_quads = [] if inputs.bare else _in_graph(statistics.void_triples(held, whole), "void")
    everything = sorted({*quads, *statistic_quads})
    dumps.write_dumps(folder, everything)
    report_text = formats.write_turtle(validation.report_triples(report))
    (folder / "report.ttl").write_text(report_text, encoding="utf-8")
    (folder / "void.ttl").write_text(formats.write_turtle(q[:3] for q in statistic_quads), encoding="utf-8")
    if inputs.register:
        (folder / "refused.csv").write_text(_refused_csv(refused), encoding="utf-8")
    dumps.write_sums(folder)
    manifest = {
        "software": version("filorosso"),
        "asOf": inputs.as_of.isoformat(),
        "bare": inputs.bare,
        "revision": replay.revision,
        "noLongerApplies": replay.lost,
        "plans": [path.name for path in inputs.plans],
        "municipalities": list(inputs.municipalities),
        "publisher": asdict(inputs.publisher),
        "counts": counts | {"quads": len(everything), "refusedRows": len(refused)},
        "inputs": input_digests(inputs),
        "files": {name: {"bytes": p.stat().st_size, "sha256": _sha256(p)} for name, p in dumps.files(folder).items()},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def _building(home: Path) -> Iterator[Path]:
    """A folder to build in, one build at a time; what a killed build left behind goes."""
    with (_made(home) / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = home / ".building"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _put_in_force(home: Path, built: Path) -> Release:
    name, before = _sha256(built / "manifest.json")[:16], history.read_history(home)
    folder = home / "releases" / name
    folder.parent.mkdir(exist_ok=True)
    if not _is_whole(folder, built):
        shutil.rmtree(folder, ignore_errors=True)
        _sync(*built.rglob("*"), built)
        built.rename(folder)
    pointer = home / ".current"
    pointer.write_text(name + "\n", encoding="utf-8")
    pointer.replace(home / "current")
    _sync(home / "current", folder.parent, home)
    history.record(home, before)
    release = current(home)
    if release is None:
        raise BuildError(f"{home}: the release was written but is not in force")
    return release


def _is_whole(folder: Path, built: Path) -> bool:
    """Whether the release is there already, every file as it was built."""
    return all((folder / name).is_file() and _sha256(folder / name) == _sha256(path) for name, path in dumps.files(built).items())


def _sync(*paths: Path) -> None:
    # Without it a power cut could leave a pointer to a release whose files never reached the disk.
    for path in paths:
        journal.sync(path)


def _made(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildError(f"{home}: cannot be created: {error.strerror}") from None
    return home


def _sha256(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None


def _refused_csv(refused: Sequence[projects.Refusal]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", "line", "value", "reason"))
    writer.writerows((row.file, row.line, row.value, row.reason) for row in refused)
    return out.getvalue()
