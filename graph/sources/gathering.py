"""What the registers say, gathered by CUP before anything is written: rows, figures, titles, bodies and places of each project."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .bodies import Body, has_title, kept_title, municipal_body, public_body, registered_body
from .names import Name
from .nodes import When
from .places import Gazetteer, Municipality, fold
from .registers import Entry, Figure, Key, Refusal, Source, Target, place_of
from .tables import Row


@dataclass(slots=True)
class Funding:
    """A funding while registers are read: the rows that know it, its best figures by whose and kind with the row of each,
    and the row that says it was renounced."""

    key: Key
    proofs: list[str] = field(default_factory=list)
    figures: dict[tuple[bool, str], tuple[Figure, str]] = field(default_factory=dict)
    call: str = ""
    renounced: str = ""

    def add(self, figures: Iterable[Figure], proof: str) -> None:
        """Take figures that are newer than those we have."""
        for figure in figures:
            have = self.figures.get((figure.own, figure.kind))
            if have is None or have[0].when.first < figure.when.first:
                self.figures[figure.own, figure.kind] = figure, proof


@dataclass(slots=True)
class Project:
    """A project while registers are read; `located` holds its rows by locations file, titles the day each was printed."""

    cup: str
    proofs: list[str] = field(default_factory=list)
    located: dict[str, list[Entry]] = field(default_factory=dict)
    titles: list[tuple[str, str]] = field(default_factory=list)
    bodies: dict[str, tuple[Body, str]] = field(default_factory=dict)
    period: When | None = None
    targets: list[tuple[Key, Target, str]] = field(default_factory=list)
    fundings: dict[tuple[Key, str], Funding] = field(default_factory=dict)
    wholly_in: Municipality | None = None
    partly_in: list[Municipality] = field(default_factory=list)
    shares: dict[str, Decimal] = field(default_factory=dict)
    place_proofs: dict[str, str] = field(default_factory=dict)


class Gathering:
    """What the registers say, gathered by CUP."""

    def __init__(self, wanted: frozenset[str], gazetteer: Gazetteer, names: Mapping[str, Name]) -> None:
        """`wanted` are ISTAT codes, none for all; `names` are those of the sub-measures that are known, by code."""
        self.wanted, self.gazetteer, self.names = wanted, gazetteer, names
        self.projects: dict[str, Project] = {}
        self.applications: dict[tuple[str, str, str], tuple[Entry, Source]] = {}
        self.refused: dict[Refusal, None] = {}
        self.counts: Counter[str] = Counter()
        self.sources: list[Source] = []
        self.chosen: set[str] = set()
        self.rows: dict[str, tuple[Source, int]] = {}
        self.printed_titles: set[str] = set()

    def choose(self, sources: Iterable[Source]) -> None:
        """Find the CUPs that a locations file places in the municipalities that are wanted."""
        for source in sources:
            if self.wanted and source.format.name == "pnrr-localizzazioni":
                refused: list[Refusal] = []
                here = [entry.key.cup for entry in source.entries(None, refused, self._is_here)]
                self.chosen.update(here)
                self.counts["rows that place a project here"] += len(here)
                self.refused.update(dict.fromkeys(refused))

    def read(self, source: Source) -> None:
        """Take what one file says of the projects that are wanted."""
        self.sources.append(source)
        take = {"pnrr-localizzazioni": self._locate, "padigitale": self._apply}.get(source.format.name, self._detail)
        seen: set[Entry] = set()
        for entry in self._entries(source):
            bare = replace(entry, line=0)
            if bare in seen:
                self.counts["exact duplicates"] += 1
            elif entry.key.code not in self.names:
                self._refuse(source, entry, entry.key.code, "the sub-measure is in none of the plan's versions")
            else:
                seen.add(bare)
                self.counts["rows of " + source.path.name] += 1
                take(entry, source)

    def settle(self) -> None:
        """When all is read: applications beside the registers' own fundings, and where each project is."""
        granted = [(entry, source) for entry, source in self.applications.values() if entry.state != "R"]
        self._settle_renounced({entry.key for entry, _ in granted})
        alike = Counter(entry.key for entry, _ in granted)
        for entry, source in granted:
            self._settle_application(entry, source, alone=alike[entry.key] == 1)
        for project in self.projects.values():
            self._settle_place(project)

    def proof(self, source: Source, line: int) -> str:
        """The evidence of a row, remembered so that it is written once."""
        place = f"{source.document.node[1:-1].rsplit('/', 1)[-1]}-row-{line}"
        self.rows[place] = source, line
        return place

    def _entries(self, source: Source) -> Iterator[Entry]:
        refused: list[Refusal] = []
        if not self.wanted:
            yield from source.entries(None, refused)
        elif source.format.name == "padigitale":
            yield from source.entries(None, refused, self._wants_application)
        else:
            yield from source.entries(self.chosen, refused)
        self.refused.update(dict.fromkeys(refused))

    def _is_here(self, row: Row) -> bool:
        return place_of(row) in self.wanted

    def _wants_application(self, row: Row) -> bool:
        return row.cells["cod comune"].strip() in self.wanted or row.cells["codice cup"].strip() in self.chosen

    def _refuse(self, source: Source, entry: Entry, value: str, why: str) -> None:
        self.refused[Refusal(source.path.name, entry.line, value, why)] = None

    def _project(self, entry: Entry, proof: str) -> Project:
        project = self.projects.setdefault(entry.key.cup, Project(entry.key.cup))
        project.proofs.append(proof)
        return project

    def _locate(self, entry: Entry, source: Source) -> None:
        proof = self.proof(source, entry.line)
        project = self._project(entry, proof)
        project.located.setdefault(source.document.node, []).append(entry)
        self._funding(project, entry.key).proofs.append(proof)

    def _detail(self, entry: Entry, source: Source) -> None:
        proof = self.proof(source, entry.line)
        project = self._project(entry, proof)
        funding = self._funding(project, entry.key)
        funding.proofs.append(proof)
        funding.add(entry.figures, proof)
        project.period = entry.period or project.period
        if entry.target:
            project.targets.append((entry.key, entry.target, proof))
        if entry.implementer.strip():
            self._carried_out(project, public_body(entry.implementer, entry.tax_code, self.gazetteer), proof)
        if has_title(entry.title):
            self.printed_titles.add(project.cup)
            title = kept_title(entry.title, entry.nature, entry.key.code, entry.implementer, entry.tax_code)
            project.titles += [(entry.day or "", title)] if title else []

    def _carried_out(self, project: Project, body: Body | None, proof: str) -> None:
        if body is None:
            self.counts["implementers not modelled"] += 1
        else:
            project.bodies.setdefault(body.node, (body, proof))

    def _funding(self, project: Project, key: Key, call: str = "") -> Funding:
        return project.fundings.setdefault((key, call), Funding(key, call=call))

    def _apply(self, entry: Entry, source: Source) -> None:
        """An application may stand in several files: its newest state counts."""
        place = entry.key.cup, entry.call, entry.ipa
        other = self.applications.get(place)
        if other:
            self.counts["applications told twice"] += 1
        if other is None or (other[0].day or "") < (entry.day or ""):
            self.applications[place] = entry, source

    def _settle_renounced(self, granted: Collection[Key]) -> None:
        """A renounced application is no funding; if ReGiS has an amount for it, that amount may not be added up."""
        for entry, source in self.applications.values():
            if entry.state == "R":
                self.counts["applications renounced"] += 1
                project = self.projects.get(entry.key.cup)
                for funding in project.fundings.values() if project and entry.key not in granted else ():
                    if funding.key.code == entry.key.code:
                        funding.renounced = self.proof(source, entry.line)

    def _settle_application(self, entry: Entry, source: Source, *, alone: bool) -> None:
        proof = self.proof(source, entry.line)
        project = self._project(entry, proof)
        self._carried_out(project, self._applicant(entry), proof)
        same = [funding for funding in project.fundings.values() if funding.key.code == entry.key.code and not funding.call]
        if any(funding.figures for funding in same):
            self.counts["applications whose amount ReGiS tells"] += 1
            return
        funding = same[0] if len(same) == 1 and alone else self._funding(project, entry.key, entry.call)
        funding.proofs.append(proof)
        funding.add(entry.figures, proof)

    def _applicant(self, entry: Entry) -> Body:
        """A municipality by its name, and by its seat where two share the name; else a body of the public index."""
        name, seat = entry.implementer.strip(), self.gazetteer.at(entry.seat, entry.day)
        if name.casefold().startswith("comune di "):
            alike = seat if seat and fold(seat.label) == fold(name[len("comune di ") :]) else None
            municipality = alike or self.gazetteer.named(name[len("comune di ") :])
            if municipality:
                return municipal_body(municipality, self.gazetteer)
        return registered_body(name, entry.ipa)

    def _settle_place(self, project: Project) -> None:
        """The newest locations file that knows the project says where it is."""
        self._drop_keyless(project)
        if not project.located:
            return
        newest = max(project.located, key=lambda file: (max(entry.day or "" for entry in project.located[file]), file))
        source = next(source for source in self.sources if source.document.node == newest)
        rows, found, elsewhere = project.located[newest], dict[str, Municipality](), False
        for entry in rows:
            municipality = self.gazetteer.at(entry.place, entry.day) if entry.place else None
            if municipality:
                found[municipality.node] = municipality
                project.place_proofs.setdefault(municipality.code, self.proof(source, entry.line))
            elif entry.place:
                self._refuse(source, entry, entry.place, f"no municipality has this ISTAT code on {entry.day or 'the day of today'}")
            elsewhere = elsewhere or municipality is None
        if len(found) == 1 and not elsewhere:
            project.wholly_in = next(iter(found.values()))
        else:
            project.partly_in = sorted(found.values(), key=lambda one: one.code)
            project.shares = {} if elsewhere else self._shares(rows)

    def _shares(self, rows: Sequence[Entry]) -> dict[str, Decimal]:
        """The published split by municipality, if every funding of the project has the same."""
        splits: defaultdict[Key, dict[str, Decimal]] = defaultdict(dict)
        for entry in rows:
            if entry.percent is None or entry.place is None:
                return {}
            split = splits[entry.key]
            split[entry.place] = split.get(entry.place, Decimal(0)) + entry.percent
        distinct = list(splits.values())
        if any(split != distinct[0] for split in distinct):
            self.counts["splits that differ by funding"] += 1
            return {}
        return distinct[0]

    def _drop_keyless(self, project: Project) -> None:
        """A row without a local code (the locations of 2022) tells no funding of its own where another register tells the local code."""
        keyed = {funding.key.code for funding in project.fundings.values() if funding.key.local}
        for place, funding in list(project.fundings.items()):
            if not funding.key.local and not funding.call and not funding.figures and funding.key.code in keyed:
                del project.fundings[place]
