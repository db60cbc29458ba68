"""The state of a service: a release, and what accepted writes made of it.

What clients may write is what is asserted. Threads, breaks, attributions, statistics and the record of writes follow from it and are made
anew with every write, so that no reader sees them apart. A write is judged before it counts: carried out on a copy of the graph (in a
process forked for it), held to the shapes where it changed something, and only then kept in the journal and applied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from . import derivation, journal, proposals, resources, scope, statistics, validation
from .catalogue import Edition
from .delta import Delta
from .errors import ForbiddenError, JournalError
from .facts import Facts
from .following import FOLLOWING, VOID_GRAPH, Known, Revalidate, as_asserted, carry_out, difference, dumps, follow, is_asserted
from .journal import Journal, Record
from .namespaces import GRAPH
from .proposals import SUFFIX
from .release import Release
from .syntax import Dataset
from .terms import Triple, iri, value_of
from .validation import Problem, Report

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
        if not graph:
            return "default" in self.graphs
        return any(graph.startswith(own[:-1]) if own.endswith("*") else graph == own for own in self.graphs)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comes of a write: the problems it would add, the violations that were there before, and how to commit it, if it may count."""

    change: Delta
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
        self.is_bare = bool(release.manifest.get("bare"))
        self.journal = Journal(home)
        self.changed_at: dict[str, str] = {}
        self._release = release.name
        self._edition_built = release.edition
        self._rules: scope.Rules | None = None
        self._validator: validation.Validator | None = None
        self._known: Known | None = None
        self._report, self._counts = release.report(), release.manifest["counts"]
        self._built = built = int(release.manifest.get("revision", 0))
        if self.journal.revision < built:
            raise JournalError(f"{home}: the journal ends before revision {built}, which the release holds; put it back from a copy")
        self._replay([record for record in self.journal.records if record.revision > built])

    @property
    def revision(self) -> int:
        """The number of writes that the state holds."""
        return self.journal.revision

    @property
    def release(self) -> str:
        """The name of the release."""
        return self._release

    @property
    def waiting(self) -> int:
        """The number of writes that the release does not hold."""
        return self.revision - self._built

    @property
    def report(self) -> Report:
        """The SHACL report on the state."""
        return self._known.report if self._known is not None else self._report

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

    @property
    def known(self) -> Known:
        """What is known of the state, so that a write need not find it out."""
        if self._known is None:
            graphs = {iri(graph): statistics.counted(self.store.triples(graph)) for graph in self.store.graphs() if graph}
            graphs.pop(VOID_GRAPH, None)
            facts = Facts(t for graph in self.store.graphs() if is_asserted(iri(graph)) for t in self.store.triples(graph))
            derivation.derive(facts)
            self._known = Known(self._report, graphs, self._counts, frozenset(facts.asked))
        return self._known

    @property
    def counts(self) -> Mapping[str, Any]:
        """How much of what there is, for people."""
        return self._known.counts if self._known is not None else self._counts

    def warm(self) -> Iterator[object]:
        """Load what most services are asked for sooner or later: the declared view, the shapes, what a write must know."""
        if not self.is_bare:
            yield self.store.declared
            yield self.rules
            yield self.validator
            yield self.known

    def told(self) -> dict[str, Any]:
        """What the front process must know: the name of the state, its revision, and at which revision each graph was changed."""
        return {
            "name": self.store.name,
            "release": self._release,
            "revision": self.revision,
            "at": self._at(self.revision),
            "changed": self.changed_at,
            "following": [] if self.is_bare else sorted(value_of(graph) for graph in FOLLOWING),
        }

    def tag(self, graph: str) -> str:
        """What changes when a graph (IRI) does; see `tag`."""
        told = self.told()
        return tag(self._release, self.changed_at, told["following"], told["at"], graph)

    def judge(self, write: Write, author: Author, today: date) -> Verdict:
        """Carry out a write here, in a copy that is thrown away, and say what comes of it.

        :raises QueryError: the update is not SPARQL 1.1 Update, or refused; `ForbiddenError`: it would change what the author may not.
        :raises SourceError: the document cannot be read.
        """
        before = dumps(self.store)
        self._carry_out(write)
        after = dumps(self.store)
        change = difference(before, after)
        self._refuse(change, author)
        asserted = change if self.is_bare else as_asserted(change)
        if not asserted:
            return Verdict(asserted, Report(()), Report(()), {})
        record = Record(self.revision + 1, _now(), author.name, author.why, write.operation, asserted)
        if self.is_bare:
            return Verdict(asserted, Report(()), Report(()), {"record": asdict(record), "delta": asdict(change)})
        old = self.known.report
        told, edition = journal.provenance(record), self._edition(record)
        known, delta = follow(self.store, before, after, change, told, self.known, self._revalidate(today), edition)
        debts = {_key(problem) for problem in old.problems if _is_violation(problem)}
        violations = [problem for problem in known.report.problems if _is_violation(problem)]
        added, left = (Report(tuple(p for p in violations if (_key(p) in debts) is is_old)) for is_old in (False, True))
        if added.problems:
            return Verdict(asserted, added, left, None)
        return Verdict(asserted, known.report.without(old), left, {"record": asdict(record), "delta": asdict(delta), "known": _said(known)})

    def commit(self, commit: dict[str, Any]) -> None:
        """Make a write count: keep it in the journal, then apply it with all that follows from it.

        :raises JournalError: it cannot be kept, or another write came before; nothing was changed.
        """
        record = Record(**(commit["record"] | {"change": _delta(commit["record"]["change"])}))
        if record.revision != self.revision + 1:
            raise JournalError("another write came before; send this one again")
        self.journal.append(record)
        self.store.apply(_delta(commit["delta"]))
        if "known" in commit:
            self._known = _known(commit["known"])
        self._mark(record)
        self._name()

    def _carry_out(self, write: Write) -> None:
        if write.operation == "update":
            self.store.update(write.text, using=write.using, base=write.base)
        elif write.operation == "delete":
            self.store.drop(write.graph)
        else:
            self.store.put(write.graph, write.documents, base=write.base, merge=write.operation == "post")

    def _refuse(self, change: Delta, author: Author) -> None:
        for graph in sorted(change.graphs):
            term = iri(graph) if graph else ""
            kept = term in FOLLOWING or term.removesuffix(SUFFIX + ">") + ">" in FOLLOWING
            if not self.is_bare and (kept or term in _PACKAGE or term in _VIEWS):
                raise ForbiddenError(f"{graph} is not written by clients: it follows from the other graphs, or comes with the software")
            if not graph and self.store.union:
                raise ForbiddenError(
                    "name a graph: the default graph of this service is the union of its named graphs, and holds nothing itself"
                )
            if not author.may_write(graph.removesuffix(SUFFIX)):
                raise ForbiddenError(f"the token {author.name} may not write {graph or 'the default graph'}")

    def _revalidate(self, today: date) -> Revalidate:
        report = self.known.report

        def revalidate(old: Facts, new: Facts, changed: list[Triple]) -> Report:
            return validation.revalidate(self.rules, old, new, changed, report, as_of=today, validator=self.validator)

        return revalidate

    def _edition(self, *new: Record) -> Edition:
        """What the catalogue says besides what the graph knows, with writes that the journal does not hold yet."""
        return replace(self._edition_built, changed=journal.changed_on([*self.journal.records, *new]))

    def _replay(self, records: list[Record]) -> None:
        """Carry out writes that the release does not hold, and what follows from all of them together."""
        if records and self.is_bare:
            for record in records:
                self.store.apply(record.change)
        elif records:
            before, known = dumps(self.store), self.known
            for record in records:
                carry_out(self.store, record.change)
            after = dumps(self.store)
            told = [quad for record in records for quad in journal.provenance(record)]
            today = datetime.now(UTC).date()
            change = difference(before, after)
            self._known, _ = follow(self.store, before, after, change, told, known, self._revalidate(today), self._edition())
        for record in records:
            self._mark(record)
        self._name()

    def _mark(self, record: Record) -> None:
        self.changed_at |= {graph.removesuffix(SUFFIX): self._at(record.revision) for graph in record.change.graphs}

    def _at(self, revision: int) -> str:
        # The number alone would come again, with something else in it, after a backup was put back.
        return f"{revision}.{self.journal.digests[revision - 1][:12]}" if revision else "0"

    def _name(self) -> None:
        # The same release with the same writes has the same name, everywhere and after every start.
        said = f"{self._release} {self.journal.digest}"
        self.store.rename(sha256(said.encode()).hexdigest()[:16] if self.revision else self._release)


def tag(release: str, changed: Mapping[str, str], following: Sequence[str], now: str, graph: str) -> str:
    """What changes when a graph does: the release, and the write that last changed the graph; `now` is the last write of all.

    The default graph, and graphs that follow from others, go by the revision of the whole.
    """
    name = graph.removesuffix(SUFFIX)
    is_whole = not graph or name in following or name == value_of(proposals.DECLARED)
    return f"{release}.{now if is_whole else changed.get(name, '0')}"


def _delta(said: dict[str, Any]) -> Delta:
    added, removed = (tuple((s, p, o, g) for s, p, o, g in said[name]) for name in ("added", "removed"))
    return Delta(added, removed, tuple(said["created"]), tuple(said["dropped"]))


def _said(known: Known) -> dict[str, Any]:
    return {
        "report": [asdict(problem) for problem in known.report.problems],
        "graphs": {graph: [held.triples, held.subjects, held.classes, held.properties] for graph, held in known.graphs.items()},
        "counts": known.counts,
        "asked": sorted(known.asked or ()),
    }


def _known(said: dict[str, Any]) -> Known:
    graphs = {g: statistics.Counts(n, subjects, Counter(c), Counter(p)) for g, (n, subjects, c, p) in said["graphs"].items()}
    return Known(Report(tuple(_problem(row) for row in said["report"])), graphs, said["counts"], frozenset(said["asked"]))


def _problem(said: dict[str, Any]) -> Problem:
    return Problem(**(said | {"messages": tuple((lang, message) for lang, message in said["messages"])}))


def _is_violation(problem: Problem) -> bool:
    return problem.severity == "Violation" and problem.waived_by is None


def _key(problem: Problem) -> tuple[str | None, ...]:
    return problem.rule, problem.node, problem.path, problem.value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
