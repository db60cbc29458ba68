"""The state of a service: a release, and what accepted writes made of it.

What clients may write is what is asserted. Threads, breaks, attributions, statistics and the record of writes follow from it and are made
anew with every write, so that no reader sees them apart. A write is judged before it counts: carried out on a copy of the graph (in a
process forked for it), held to the shapes where it changed something, and only then kept in the journal and applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from . import derivation, journal, proposals, resources, scope, statistics, validation
from .changing import Change, between
from .errors import ForbiddenError, JournalError
from .facts import Facts
from .journal import JOURNAL, Journal, Record
from .namespaces import GRAPH
from .proposals import SUFFIX, is_proposed
from .release import Release
from .store import Store
from .syntax import Dataset
from .terms import Quad, iri, value_of
from .validation import Problem, Report

VOID_GRAPH: Final = iri(GRAPH + "void")
# Graphs that follow from the others, or from the package alone.
_FOLLOWING: Final = frozenset({*derivation.DERIVED, JOURNAL, VOID_GRAPH, iri(GRAPH + "shapes"), iri(GRAPH + "questions")})
# Graphs that are asserted, but by the package: a client does not change the words and the rules.
_PACKAGE: Final = frozenset(iri(GRAPH + name) for name in ("ontology", "alignments", "vocabularies"))
# Names that stand for views and are no graphs.
_VIEWS: Final = frozenset({iri(GRAPH + "all"), iri(GRAPH + "declared")})


@dataclass(frozen=True, slots=True)
class Write:
    """What a client asks to write: an update (`text`, `using`), or documents, each with its media type, for one graph (IRI)."""

    operation: str
    base: str
    text: str = ""
    using: Dataset = field(default_factory=Dataset)
    graph: str = ""
    documents: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes and why, and to which graphs it may: IRIs, or beginnings of IRIs that end in `*`; `default` is the unnamed graph."""

    name: str
    why: str
    graphs: tuple[str, ...]

    def may_write(self, graph: str) -> bool:
        """Whether a graph (IRI, `""` the unnamed one) is among those that this author may write."""
        name = graph or "default"
        return any(name.startswith(own[:-1]) if own.endswith("*") else name == own for own in self.graphs)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comes of a write: the problems it would add, the violations that were there before, and how to commit it, if it may count."""

    change: Change
    added: Report
    debts: Report
    commit: dict[str, Any] | None

    @property
    def is_accepted(self) -> bool:
        """Whether the write may count."""
        return self.commit is not None


class State:
    """A release and its journal, in the process that holds them."""

    def __init__(self, release: Release, home: Path, *, union: bool = True) -> None:
        """Load a release, and carry out again what the journal holds that the release does not.

        :raises ReleaseError: the release is damaged.
        :raises JournalError: the journal is damaged, or another service writes it.
        """
        self.store = release.open(union=union, guarded=False)
        self.report = release.report()
        self.counts: dict[str, Any] = release.manifest["counts"]
        self.is_bare = bool(release.manifest.get("bare"))
        self._release = release.name
        self.journal = Journal(home)
        self._rules: scope.Rules | None = None
        self._validator: validation.Validator | None = None
        self.changed_at: dict[str, int] = {}
        built = int(release.manifest.get("revision", 0))
        if self.journal.revision < built:
            raise JournalError(f"{home}: the journal ends before revision {built}, which the release holds; put it back from a copy")
        pending = [record for record in self.journal.records if record.revision > built]
        if pending:
            self._replay(pending)
        self._name()

    @property
    def revision(self) -> int:
        """The number of writes that the state holds."""
        return self.journal.revision

    @property
    def rules(self) -> scope.Rules:
        """The shapes, read."""
        if self._rules is None:
            self._rules = scope.read_rules(resources.turtle_files("shapes"))
        return self._rules

    @property
    def validator(self) -> validation.Validator:
        """What validates here and now: the process must do nothing else, as one does that was forked to judge a write."""
        if self._validator is None:
            self._validator = validation.prepare(resources.turtle_files("shapes"))
        return self._validator

    def warm(self) -> Iterator[object]:
        """Load what most services are asked for sooner or later: the declared view, the shapes."""
        if not self.is_bare:
            yield self.store.declared
            yield self.rules
            yield self.validator

    def told(self) -> dict[str, Any]:
        """What the front process must know: the name of the state, its revision, and at which revision each graph was changed."""
        return {
            "name": self.store.name,
            "release": self._release,
            "revision": self.revision,
            "changed": self.changed_at,
            "following": [] if self.is_bare else sorted(value_of(graph) for graph in _FOLLOWING),
        }

    def tag(self, graph: str) -> str:
        """What changes when a graph (IRI) does; see `tag`."""
        told = self.told()
        return tag(self._release, self.changed_at, told["following"], self.revision, graph)

    def judge(self, write: Write, author: Author, today: date) -> Verdict:
        """Carry out a write here, in a copy that is thrown away, and say what comes of it.

        :raises QueryError: the update is not SPARQL 1.1 Update, or refused; `ForbiddenError`: it would change what the author may not.
        :raises SourceError: the document cannot be read.
        """
        before = _quads(self.store)
        named = set(self.store.graphs())
        self._carry_out(write)
        after, now = _quads(self.store), set(self.store.graphs())
        change = between(before, after)
        change = Change(change.added, change.removed, _names(now - named), _names(named - now))
        self._refuse(change, author)
        if not change:
            return Verdict(change, Report(()), Report(()), {})
        record = Record(self.revision + 1, _now(), author.name, author.why, write.operation, change)
        report, consequences, counts = self._follow(before, after, [record], today)
        old = _violations(self.report)
        added = Report(tuple(p for p in report.problems if _is_violation(p) and _key(p) not in old))
        debts = Report(tuple(p for p in report.problems if _is_violation(p) and _key(p) in old))
        if added.problems:
            return Verdict(change, added, debts, None)
        commit = {"record": asdict(record), "consequences": asdict(consequences), "report": [asdict(p) for p in report.problems]}
        return Verdict(change, report.without(self.report), debts, commit | {"counts": counts})

    def commit(self, commit: dict[str, Any]) -> None:
        """Make a write count: keep it in the journal, then apply it with all that follows from it.

        :raises JournalError: it cannot be kept, or another write came before; nothing was changed.
        """
        record = Record(**(commit["record"] | {"change": _change(commit["record"]["change"])}))
        if record.revision != self.revision + 1:
            raise JournalError("another write came before; send this one again")
        self.journal.append(record)
        self.store.apply(_change(commit["consequences"]))
        self.report = Report(tuple(_problem(row) for row in commit["report"]))
        self.counts = commit["counts"]
        self._mark(record)
        self._name()

    def _carry_out(self, write: Write) -> None:
        if write.operation == "update":
            self.store.update(write.text, using=write.using, base=write.base)
        elif write.operation == "delete":
            self.store.drop(write.graph)
        else:
            self.store.put(write.graph, write.documents, base=write.base, merge=write.operation == "post")

    def _refuse(self, change: Change, author: Author) -> None:
        for graph in sorted(change.graphs):
            term = iri(graph) if graph else ""
            kept = term in _FOLLOWING or term.removesuffix(SUFFIX + ">") + ">" in _FOLLOWING
            if not self.is_bare and (kept or term in _PACKAGE or term in _VIEWS):
                raise ForbiddenError(f"{graph} is not written by clients: it follows from the other graphs, or comes with the software")
            if not graph and self.store.union:
                raise ForbiddenError(
                    "name a graph: the default graph of this service is the union of its named graphs, and holds nothing itself"
                )
            if not author.may_write(graph.removesuffix(SUFFIX)):
                raise ForbiddenError(f"the token {author.name} may not write {graph or 'the default graph'}")

    def _follow(self, before: set[Quad], after: set[Quad], records: list[Record], today: date) -> tuple[Report, Change, dict[str, Any]]:
        """What follows from a change: the report, the change of the whole dataset, and the counts."""
        graphs = set(self.store.graphs())
        if self.is_bare:
            return Report(()), records[-1].change, self.counts
        asserted = _asserted(after)
        facts = Facts(quad[:3] for quad in asserted)
        report = self._report(_asserted(before), asserted, today)
        still = {quad for quad in after if quad[3] in _FOLLOWING and quad[3] not in derivation.DERIVED and quad[3] != VOID_GRAPH}
        told = [quad for record in records for quad in journal.provenance(record)]
        whole = {*proposals.apart([*asserted, *derivation.derive(facts)]), *still, *told}
        counts = statistics.counts(sorted(whole), facts, report)
        whole |= {(*triple, VOID_GRAPH) for triple in statistics.void_triples(sorted(whole))}
        change = between(before, whole)
        created = {value_of(quad[3]) for quad in change.added} - graphs
        filled = {value_of(quad[3]) for quad in whole}
        emptied = {value_of(quad[3]) for quad in change.removed} - filled - graphs
        return report, Change(change.added, change.removed, _names(created), _names(emptied)), counts | {"quads": len(whole)}

    def _report(self, before: set[Quad], after: set[Quad], today: date) -> Report:
        old, new = {quad[:3] for quad in before}, {quad[:3] for quad in after}
        if old == new:
            return self.report
        facts = [Facts(triples) for triples in (old, new)]
        return validation.revalidate(self.rules, facts[0], facts[1], old ^ new, self.report, as_of=today, validator=self.validator)

    def _replay(self, records: list[Record]) -> None:
        before = _quads(self.store)
        for record in records:
            self.store.apply(record.change)
            self._mark(record)
        after = _quads(self.store)
        self.report, change, self.counts = self._follow(before, after, records, datetime.now(UTC).date())
        self.store.apply(change)

    def _mark(self, record: Record) -> None:
        self.changed_at |= {graph.removesuffix(SUFFIX): record.revision for graph in record.change.graphs}

    def _name(self) -> None:
        # The same release with the same writes has the same name, everywhere and after every start.
        said = f"{self._release} {self.journal.digest}"
        self.store.rename(sha256(said.encode()).hexdigest()[:16] if self.revision else self._release)


def _quads(store: Store) -> set[Quad]:
    return {(*triple, iri(graph) if graph else "") for graph in store.graphs() for triple in store.triples(graph)}


def _asserted(quads: Iterable[Quad]) -> set[Quad]:
    """What is asserted, each quad in the graph it was asserted in, be it a proposal or not."""
    stripped = ((s, p, o, iri(value_of(g).removesuffix(SUFFIX)) if is_proposed(g) else g) if g else (s, p, o, g) for s, p, o, g in quads)
    return {quad for quad in stripped if quad[3] not in _FOLLOWING}


def tag(release: str, changed: Mapping[str, int], following: Sequence[str], revision: int, graph: str) -> str:
    """What changes when a graph does: the release, and the revision that last changed the graph.

    The default graph, and graphs that follow from others, go by the revision of the whole.
    """
    name = graph.removesuffix(SUFFIX)
    is_whole = not graph or name in following or name == value_of(proposals.DECLARED)
    return f"{release}.{revision if is_whole else changed.get(name, 0)}"


def _change(said: dict[str, Any]) -> Change:
    added, removed = (tuple((s, p, o, g) for s, p, o, g in said[name]) for name in ("added", "removed"))
    return Change(added, removed, tuple(said["created"]), tuple(said["dropped"]))


def _problem(said: dict[str, Any]) -> Problem:
    return Problem(**(said | {"messages": tuple((lang, message) for lang, message in said["messages"])}))


def _violations(report: Report) -> set[tuple[str | None, ...]]:
    return {_key(problem) for problem in report.problems if _is_violation(problem)}


def _is_violation(problem: Problem) -> bool:
    return problem.severity == "Violation" and problem.waived_by is None


def _key(problem: Problem) -> tuple[str | None, ...]:
    return problem.rule, problem.node, problem.path, problem.value


def _names(graphs: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(graph for graph in graphs if graph))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
