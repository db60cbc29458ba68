"""Projects from the registers: who carries them out, where they are, what pays for them, and what the registers do not say.

A project is a CUP. A funding is known by CUP, local project code and sub-measure, because a CUP alone is no key. Amounts of the same
funding are taken from the newest register that prints them, so the exact figures of 2025 stand before the single-precision ones of 2023.
Places are taken from the newest register that locates the CUP. An application that was renounced is no funding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import formats, resources
from ..errors import SourceError
from ..namespaces import ID, code_slug, slug
from ..terms import Triple, decimal, text
from . import registers
from .bodies import Body
from .gathering import Funding, Gathering, Project
from .names import read_names
from .nodes import (
    ALT_LABEL,
    EVIDENCE,
    LABEL,
    TYPE,
    Known,
    Pair,
    Standing,
    amount,
    claim,
    completeness,
    describe,
    evidence,
    filo,
    known_from,
    labels,
    node,
    reason,
    unless_known,
    voc,
)
from .places import Gazetteer, Municipality, places, read_gazetteer
from .registers import Figure, Key, Refusal, Source, Target, open_register

__all__ = ["Refusal", "Register", "read_register"]

_PNRR = node("pnrr")


@dataclass(frozen=True, slots=True)
class Register:
    """What was read: triples, the rows or values that were not taken, and counts by what they count."""

    triples: list[Triple] = field(repr=False)
    refused: tuple[Refusal, ...]
    counts: Mapping[str, int]


def read_register(
    paths: Sequence[Path],
    municipalities: Sequence[str] = (),
    *,
    base: str = ID,
    known: Known | None = None,
    labelled: bool = False,
) -> Register:
    """The projects of register files, of all municipalities or of some (ISTAT codes of six digits).

    A project is of a municipality if a row of a locations file places it there, in whole or in part; an application of PA digitale also if
    the body that made it has its seat there. Nodes are minted under `base`; measures and bodies keep Filorosso's. What `known` describes is
    not described again; if it is not given, it is what the shipped graph describes. With
    `labelled`, fundings, amounts, values, shares and evidence have labels too: half as many triples again.

    :raises SourceError: a file cannot be read or has no header that is known, a code is of no municipality, or municipalities are asked
        for and no file says where projects are.
    """
    known = _shipped() if known is None else known
    folder = resources.folder("graph", "data", "names")
    gazetteer, names = read_gazetteer(folder / "municipalities.csv"), read_names(folder / "sub-measures.csv")
    sources = _opened(paths, known)
    _check_municipalities(municipalities, gazetteer, sources)
    gathering = Gathering(frozenset(municipalities), gazetteer, names)
    gathering.choose(sources)
    for source in sources:
        gathering.read(source)
    gathering.settle()
    return _Writing(gathering, base, known, labelled).register()


def _shipped() -> Known:
    """What the shipped graph describes, its own projects put aside: a register describes those anew."""
    paths = (path for path in resources.turtle_files("graph", "data") if not path.stem.endswith("-projects"))
    return known_from(triple for path in paths for triple in formats.read_triples(path))


def _opened(paths: Sequence[Path], known: Known) -> list[Source]:
    """The files, locations first and in an order that does not depend on how they were given."""
    order = [form.name for form in registers.FORMATS]
    order.insert(0, order.pop(order.index("pnrr-localizzazioni")))
    sources = [open_register(path, known) for path in dict.fromkeys(paths)]
    return sorted(sources, key=lambda source: (order.index(source.format.name), source.path.name, str(source.document.sha256)))


def _check_municipalities(codes: Sequence[str], gazetteer: Gazetteer, sources: Sequence[Source]) -> None:
    for code in codes:
        if code not in gazetteer.by_code:
            raise SourceError("--municipality", f"no municipality has the ISTAT code {code!r}; it has six digits, such as 108039")
    if codes and not any(source.format.name in {"pnrr-localizzazioni", "padigitale"} for source in sources):
        names = ", ".join(source.path.name for source in sources)
        raise SourceError("--register", f"none of {names} says where projects are; give a file of locations too")


class _Writing:
    """The triples of what was read."""

    def __init__(self, gathered: Gathering, base: str, known: Known, labelled: bool) -> None:
        self.gathered, self.base, self.known, self.labelled = gathered, base, known, labelled
        self.triples: list[Triple] = []
        self.used: set[str] = set()

    def register(self) -> Register:
        """Everything, in the order of the CUPs."""
        fundings = 0
        for cup in sorted(self.gathered.projects):
            project = self.gathered.projects[cup]
            fundings += len(project.fundings)
            self._project(project)
            for funding in project.fundings.values():
                self._funding(project, funding)
        self._indicators()
        self._evidence()
        self.triples += unless_known(self.known, self._shared())
        self._completeness()
        refused = tuple(sorted(self.gathered.refused, key=lambda one: (one.file, one.line, one.value, one.reason)))
        counts = {"projects": len(self.gathered.projects), "fundings": fundings, **self._title_counts(), **self.gathered.counts}
        return Register(self.triples, refused, counts)

    def _node(self, path: str) -> str:
        return f"<{self.base}{path}>"

    def _proof(self, place: str) -> str:
        self.used.add(place)
        return self._node("project/evidence/" + place)

    def _names(self, it: str, en: str) -> tuple[str, str] | None:
        return (it, en) if self.labelled else None

    def _project(self, project: Project) -> None:
        subject = self._node("project/cup/" + project.cup.lower())
        pairs = [(TYPE, filo("Project")), *self._title(project), (filo("cup"), text(project.cup))]
        pairs += [(filo("isCarriedOutBy"), body) for body in sorted(project.bodies)]
        if project.wholly_in:
            pairs.append((filo("isLocatedIn"), project.wholly_in.node))
        pairs += [(filo("isLocatedAlsoIn"), municipality.node) for municipality in project.partly_in]
        pairs += project.period.pairs("covers") if project.period else []
        pairs += [(EVIDENCE, self._proof(place)) for place in dict.fromkeys(project.proofs)]
        self.triples += describe(subject, pairs)
        for municipality in project.partly_in:
            self._share(project, subject, municipality)
        for key, target, place in project.targets:
            self._target(subject, key, target, self._proof(place))

    def _title(self, project: Project) -> list[Pair]:
        titles = [title for _, title in sorted(project.titles, reverse=True)]
        if titles:
            others = [title for title in dict.fromkeys(titles) if title != titles[0]]
            return [(LABEL, text(titles[0], "it")), *((ALT_LABEL, text(title, "it")) for title in others)]
        name = self.gathered.names[min(funding.key.code for funding in project.fundings.values())]
        it = f"Progetto finanziato da «{name.it}» (CUP {project.cup})"
        return labels(it, f"Project funded by “{name.en}” (CUP {project.cup})", ours="it en")

    def _share(self, project: Project, subject: str, municipality: Municipality) -> None:
        percent = project.shares.get(municipality.code)
        if percent is None:
            return
        names = self._names(f"Quota di {municipality.label}, {project.cup}", f"Share of {municipality.english}, {project.cup}")
        pairs = [
            (TYPE, filo("TerritoryShare")),
            *(labels(*names, ours="it en") if names else ()),
            (filo("ofProject"), subject),
            (filo("hasTerritory"), municipality.node),
            (filo("percent"), decimal(percent)),
            (EVIDENCE, self._proof(project.place_proofs[municipality.code])),
        ]
        self.triples += describe(self._node(f"project/share/{project.cup.lower()}-{municipality.code}"), pairs)

    def _funding(self, project: Project, funding: Funding) -> None:
        key = funding.key
        name = "-".join([key.cup.lower(), code_slug(key.code), *(slug(part) for part in (key.local, funding.call) if part)])
        subject = self._node("project/funding/" + name)
        names = self._names(f"Finanziamento di {key.cup} da {key.code}", f"Funding of {key.cup} from {key.code}")
        pairs = [
            (TYPE, filo("Funding")),
            *(labels(*names, ours="it en") if names else ()),
            (filo("hasFundingSource"), node("pnrr/sub-measure/" + code_slug(key.code))),
            (filo("hasRecipient"), self._node("project/cup/" + project.cup.lower())),
        ]
        pairs += [(filo("localProjectCode"), text(key.local))] if key.local else []
        for (own, kind), (figure, place) in sorted(funding.figures.items(), reverse=True):
            if funding.renounced:
                self._renounced(name, funding, own, kind, figure, self._proof(place))
            else:
                pairs.append(self._amount(name, key, own, kind, figure, self._proof(place)))
        pairs += [(EVIDENCE, self._proof(place)) for place in dict.fromkeys(funding.proofs)]
        self.triples += describe(subject, pairs)

    def _amount(self, name: str, key: Key, own: bool, kind: str, figure: Figure, proof: str) -> Pair:
        subject = self._node(f"project/amount/{name}-{'' if own else 'total-'}{kind}-{figure.when.first}")
        what = {"allocated": ("stanziato", "allocated"), "paid": ("pagato", "paid")}[kind]
        whose = ("della misura", "of the measure") if own else ("totale", "in total")
        names = self._names(f"Importo {what[0]} {whose[0]}, {key.cup}", f"Amount {what[1]} {whose[1]}, {key.cup}")
        self.triples += amount(subject, kind, figure.euro, figure.label, figure.when, [proof], names)
        return filo("hasAmount" if own else "hasTotalAmount"), subject

    def _renounced(self, name: str, funding: Funding, own: bool, kind: str, figure: Figure, proof: str) -> None:
        """An amount that a register prints for a funding that another says was renounced: a claim, in no sum."""
        names = f"Importo di un finanziamento rinunciato, {funding.key.cup}", f"Amount of a renounced funding, {funding.key.cup}"
        more = [(EVIDENCE, proof), (EVIDENCE, self._proof(funding.renounced))]
        more += reason("L'ente ha rinunciato al finanziamento (PA digitale).", "The body renounced the funding (PA digitale).")
        on, standing = filo("hasAmount" if own else "hasTotalAmount"), Standing(life_cycle="superseded")
        subject = self._node(f"project/claim/{name}-{'' if own else 'total-'}{kind}-{figure.when.first}")
        self.triples += claim(subject, self._node("project/funding/" + name), on, decimal(figure.euro), standing, names, more)

    def _target(self, project: str, key: Key, target: Target, proof: str) -> None:
        values = (("target", target.target, target.when), ("observed", target.observed, target.observed_when))
        it = {"target": "valore atteso", "observed": "valore osservato"}
        for kind, value, when in values:
            if value is None:
                continue
            name = "-".join([key.cup.lower(), code_slug(key.code), slug(key.local), code_slug(target.indicator), kind, when.first])
            names = self._names(f"{target.indicator}, {it[kind]}, {key.cup}", f"{target.indicator}, {kind} value, {key.cup}")
            pairs = [
                (TYPE, filo("IndicatorValue")),
                *(labels(*names, ours="it en") if names else ()),
                (filo("ofIndicator"), self._indicator(target)),
                (filo("ofSubject"), project),
                (filo("hasValueKind"), voc("value-kind/" + kind)),
                (filo("numericValue"), decimal(value)),
                *([(filo("unit"), text(target.unit, "it"))] if target.unit else []),
                *when.pairs(),
                (EVIDENCE, proof),
            ]
            self.triples += describe(self._node("project/indicator-value/" + name), pairs)

    def _indicator(self, target: Target) -> str:
        return self._node("project/indicator/" + code_slug(target.indicator))

    def _indicators(self) -> None:
        """Each indicator once, with the projects that it measures."""
        told: dict[str, Target] = {}
        for cup in sorted(self.gathered.projects):
            project = self.gathered.projects[cup]
            measured = self._node("project/cup/" + cup.lower())
            for _, target, place in project.targets:
                subject = self._indicator(target)
                if subject not in told:
                    told[subject] = target
                    pairs = [(TYPE, filo("Indicator")), *labels(target.name, f"PNRR indicator {target.indicator}", ours="en")]
                    pairs += [(filo("code"), text(target.indicator)), (EVIDENCE, self._proof(place))]
                    pairs += [(filo("unit"), text(target.unit, "it"))] if target.unit else []
                    self.triples += describe(subject, pairs)
                self.triples.append((subject, filo("measures"), measured))

    def _evidence(self) -> None:
        for place in sorted(self.used, key=lambda one: (self.gathered.rows[one][0].path.name, self.gathered.rows[one][1])):
            source, line = self.gathered.rows[place]
            names = self._names(f"{source.document.it}, riga {line}", f"{source.document.en}, row {line}")
            self.triples += evidence(self._proof(place), source.document.node, f"row {line}", names)

    def _shared(self) -> list[Triple]:
        """Documents, bodies and places, which other parts of the graph may describe already."""
        triples: list[Triple] = []
        for source in self.gathered.sources:
            triples += source.document.triples()
        bodies: dict[str, tuple[Body, str]] = {}
        found: list[Municipality] = []
        for cup in sorted(self.gathered.projects):
            project = self.gathered.projects[cup]
            for body, place in project.bodies.values():
                bodies.setdefault(body.node, (body, place))
            found += [*([project.wholly_in] if project.wholly_in else []), *project.partly_in]
        for subject in sorted(bodies):
            body, place = bodies[subject]
            said = body.triples()
            triples += [*said, (subject, EVIDENCE, self._proof(place))] if said else []
        return triples + places(found, self.known)

    def _title_counts(self) -> dict[str, int]:
        kept = {cup for cup, project in self.gathered.projects.items() if project.titles}
        return {"titles kept": len(kept), "titles replaced by ours": len(self.gathered.printed_titles - kept)}

    def _completeness(self) -> None:
        """For each register and municipality, how far it tells places, titles, amounts, bodies and dates."""
        for source in self.gathered.sources:
            for relation, extent, it, en in _READ.get(source.format.name, ()):
                if relation == "coversFrom" and any(column.startswith("data inizio progetto") for column in source.headers):
                    continue
                for code in sorted(self.gathered.wanted) or [""]:
                    self._statement(source, relation, extent, it, en, code)

    def _statement(self, source: Source, relation: str, extent: str, it: str, en: str, code: str) -> None:
        municipality = self.gathered.gazetteer.at(code, None) if code else None
        place = source.document.node[1:-1].rsplit("/", 1)[-1]
        subject = self._node(f"project/completeness/{code or 'italia'}-{place}-{code_slug(relation)}")
        where = (municipality.label, municipality.english) if municipality else ("Italia", "Italy")
        what = _RELATIONS[relation]
        names = f"{source.document.it}, {where[0]}: {what[0]}", f"{source.document.en}, {where[1]}: {what[1]}"
        territory = [(filo("hasTerritory"), municipality.node if municipality else node("place/italia"))]
        about = LABEL if relation == "label" else filo(relation)
        self.triples += completeness(subject, names, _PNRR, about, source.document.node, extent, territory + reason(it, en))


_RELATIONS = {
    "isLocatedIn": ("luoghi", "places"),
    "coversFrom": ("date", "dates"),
    "label": ("titoli", "titles"),
    "isCarriedOutBy": ("enti attuatori", "implementers"),
    "hasAmount": ("importi", "amounts"),
    "ofSubject": ("valori degli indicatori", "indicator values"),
}
# Per format: the relation, how far the file tells it, and why. A municipality that is wanted, or the whole country, is the territory.
_READ = {
    "pnrr-localizzazioni": (
        (
            "isLocatedIn",
            "whole",
            "Il registro è stato letto per intero: ogni riga che colloca un progetto qui è riportata, salvo le rifiutate.",
            "The register was read whole: every row that places a project here is given, but for those refused.",
        ),
        (
            "coversFrom",
            "none",
            "Il file non porta le date dei progetti.",
            "The file does not carry the dates of the projects.",
        ),
    ),
    "pnrr-progetti": (
        (
            "label",
            "part",
            "Il file porta il titolo dei soli progetti che elenca; quelli che possono nominare un privato non sono riportati.",
            "The file carries the title only of the projects that it lists; those that may name a private party are not given.",
        ),
        (
            "isCarriedOutBy",
            "part",
            "Sono riportati i soli soggetti attuatori che sono con certezza enti pubblici.",
            "Only implementers that are surely public bodies are given.",
        ),
        (
            "hasAmount",
            "part",
            "Il file porta gli importi dei soli progetti che elenca; le quote di altre fonti non sono riportate una per una.",
            "The file carries the amounts only of the projects that it lists; the parts from other sources are not given one by one.",
        ),
        (
            "coversFrom",
            "none",
            "Il file non porta le date dei progetti.",
            "The file does not carry the dates of the projects.",
        ),
    ),
    "pnrr-pagamenti": (
        (
            "hasAmount",
            "part",
            "Il file porta importi e pagamenti dei soli progetti che elenca; dove manca un progetto, l'importo è ignoto.",
            "The file carries amounts and payments only of the projects that it lists; of those missing, the amount is unknown.",
        ),
    ),
    "pnrr-indicatori": (
        (
            "ofSubject",
            "part",
            "Il file porta gli indicatori dei soli progetti che elenca.",
            "The file carries the indicators only of the projects that it lists.",
        ),
    ),
    "padigitale": (
        (
            "isLocatedIn",
            "none",
            "Il comune del file è la sede dell'ente che ha fatto domanda, non il luogo del progetto.",
            "The municipality in the file is the seat of the body that applied, not the place of the project.",
        ),
        (
            "hasAmount",
            "part",
            "Le domande rinunciate non sono riportate; gli importi che ReGiS porta per la stessa submisura non sono ripetuti.",
            "Applications that were renounced are not given; amounts that ReGiS carries for the same sub-measure are not repeated.",
        ),
    ),
}
