"""Writes a graph of about a million quads, shaped like the shipped one, as N-Quads that `open_store` loads.

    python tests/bench/synthetic.py FILE [--projects N] [--seed N]

Like the real graph: it holds the whole shipped graph. Each fictional project is a shipped one under other names, drawn at random: so
sub-measures, fundings a project, amounts a funding, evidence a statement, indicator values, and the share of projects in several places
keep the shipped proportions. Amounts are scaled, one factor a project; places are other municipalities of the graph. Every 50 projects
have the plan of a municipality, as Seregno's have: six axes with parts on two levels, four of them with frames to goals and missions of
the PNRR, contributions from below, a proposal of ours for 28 projects in 50. What follows is derived and set apart by the same code
as a release's, and the shapes, the questions and VoID stand beside it.

Unlike the real graph: a project in five contributes to its plan by the plan's own word, and each plan has assessments of coherence (no
shipped source has either). Fundings come from the 14 sub-measures that pay in Seregno, where the country has some hundreds; evidence is
in the real registers, at rows that say nothing of the sort. Plans have one version, no table cells, and a document and bodies of their
own; all of a size, where real ones differ. Texts are short and repeat. Nothing is validated: that is not what is measured.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

from filorosso.graph import Facts, Quad, Triple, derivation, proposals, read_library, shape_quads, shipped_quads, statistics, value_of
from filorosso.graph.facts import LABEL
from filorosso.graph.formats import write_nquads
from filorosso.graph.listing import question_triples
from filorosso.graph.namespaces import GRAPH, ID, VOC
from filorosso.graph.terms import date, decimal, integer, iri, language_of, text
from filorosso.graph.threads import HAS_EVIDENCE, HAS_SUBJECT, IN_FRAMEWORK, TYPE, VERSION_OF, filo

SEED = 2030
PROJECTS = 910  # with their plans, what takes the shipped graph to a million quads
PROJECTS_A_PLAN = 50

# Of a plan: as Seregno's agenda and its DUP together.
AXES, OBJECTIVES_AN_AXIS, ACTIONS_AN_OBJECTIVE = 6, 3, 2
FRAMED_AXES, GOALS_AN_AXIS, MISSIONS_AN_AXIS = 4, 3, 2
CONTRIBUTIONS_FROM_BELOW, ASSESSMENTS = 12, 12
PROPOSED, DECLARED = 28 / 50, 10 / 50  # of the projects of a plan

EXAMPLE = "https://example.org/id/"
SHIPPED_PROJECTS = iri(GRAPH + "seregno-projects")
AGENDA_2030, PNRR = iri(ID + "agenda-2030"), iri(ID + "pnrr")


@dataclass(frozen=True, slots=True)
class Ground:
    """What of the shipped graph fictional projects and plans are made from, all in a steady order; `models` as `models` gives them."""

    models: tuple[tuple[Triple, ...], ...]
    municipalities: tuple[str, ...]
    goals: tuple[str, ...]
    missions: tuple[str, ...]


def synthetic_quads(projects: int = PROJECTS, seed: int = SEED) -> list[Quad]:
    """The quads of the synthetic graph, sorted: as many projects, a plan for every `PROJECTS_A_PLAN` of them, and what follows."""
    asserted = shipped_quads()
    facts = Facts(quad[:3] for quad in asserted)
    ground, random = read_ground(asserted, facts), Random(seed)
    for number in range(-(-projects // PROJECTS_A_PLAN)):
        asserted += fictional(ground, random, number, min(PROJECTS_A_PLAN, projects - number * PROJECTS_A_PLAN))
    return released(asserted)


def released(asserted: Sequence[Quad]) -> list[Quad]:
    """Asserted quads with all that a release adds to them, sorted; but for validation what `release.build` does."""
    facts = Facts(quad[:3] for quad in asserted)
    questions = in_graph(question_triples(read_library(), facts), "questions")
    quads = {*proposals.apart([*asserted, *derivation.derive(facts)]), *shape_quads(), *questions}
    return sorted({*quads, *in_graph(statistics.void_triples(*statistics.of_quads(quads)), "void")})


def in_graph(triples: Iterable[Triple], name: str) -> list[Quad]:
    """Triples as quads of one of our named graphs."""
    graph = iri(GRAPH + name)
    return [(*triple, graph) for triple in triples]


def read_ground(quads: Iterable[Quad], facts: Facts) -> Ground:
    """What is used of the shipped graph."""
    municipal = voc("governance-level", "municipal")
    cities = [place for place, level in facts.pairs(filo("hasGovernanceLevel")) if level == municipal and "/cities/" in place]
    goals = [
        goal for goal in facts.subjects(filo("hasKind"), voc("element-kind", "goal")) if AGENDA_2030 in facts.objects(goal, IN_FRAMEWORK)
    ]
    missions = {
        continuant
        for mission in facts.subjects(filo("hasKind"), voc("element-kind", "mission"))
        for continuant in facts.objects(mission, VERSION_OF)
        if PNRR in facts.objects(continuant, IN_FRAMEWORK)
    }
    return Ground(models(quads, facts), tuple(sorted(set(cities))), tuple(sorted(goals)), tuple(sorted(missions)))


def models(quads: Iterable[Quad], facts: Facts) -> tuple[tuple[Triple, ...], ...]:
    """Of each shipped project the triples of the project, its fundings, amounts, indicator values and their evidence."""
    said: dict[str, list[Triple]] = defaultdict(list)
    for *triple, graph in quads:
        if graph == SHIPPED_PROJECTS:
            said[triple[0]].append((triple[0], triple[1], triple[2]))
    found = []
    for project in sorted(node for node in said if filo("Project") in facts.objects(node, TYPE)):
        fundings = facts.subjects(filo("hasRecipient"), project)
        amounts = [a for funding in fundings for name in ("hasAmount", "hasTotalAmount") for a in facts.objects(funding, filo(name))]
        own = [project, *fundings, *amounts, *facts.subjects(filo("ofSubject"), project)]
        own += [evidence for node in own for evidence in facts.objects(node, HAS_EVIDENCE)]
        measured = [(indicator, filo("measures"), project) for indicator in facts.subjects(filo("measures"), project)]
        found.append((*(triple for node in dict.fromkeys(own) for triple in said[node]), *measured))
    return tuple(found)


def fictional(ground: Ground, random: Random, number: int, projects: int) -> Iterator[Quad]:
    """The plan of a municipality and its projects, each in a graph of its own kind."""
    plan = Plan(ground, random, number, ground.municipalities[number % len(ground.municipalities)])
    yield from in_graph(plan.triples(), f"fictional-plan-{number}")
    for place in range(projects):
        own = number * PROJECTS_A_PLAN + place
        yield from in_graph(copied(random.choice(ground.models), ground, random, own, plan.municipality), "fictional-projects")
        yield from in_graph(plan.contributions(project(own)), f"fictional-plan-{number}")


# Projects


def project(number: int) -> str:
    """The IRI of a fictional project."""
    return iri(f"{EXAMPLE}project/cup/{cup(number).lower()}")


def cup(number: int) -> str:
    """A code of the official form that no real project has: its year is to come."""
    return f"J99J{number:011}"


def copied(model: Sequence[Triple], ground: Ground, random: Random, number: int, municipality: str) -> Iterator[Triple]:
    """A shipped project under other names, in a municipality (or, where the model is in several, in it and as many others)."""
    original = next(s for s, p, o in model if p == TYPE and o == filo("Project"))
    own = dict.fromkeys(s for s, p, _ in model if p != filo("measures"))
    names = {node: iri(f"{EXAMPLE}project/{value_of(node).split('/')[-2]}/{number}-{place}") for place, node in enumerate(own)}
    names[original] = project(number)
    code = next(value_of(o) for s, p, o in model if p == filo("cup"))
    factor = Decimal(random.randrange(20, 500)) / 100
    others = [place for place in ground.municipalities if place != municipality]
    places = iter([municipality, *random.sample(others, len(others))])
    for s, p, o in model:
        if p in (filo("isLocatedIn"), filo("isLocatedAlsoIn")):
            value = next(places)
        elif p == filo("amountInEuro"):
            value = decimal((Decimal(value_of(o)) * factor).quantize(Decimal("0.01")))
        elif s == original and p == LABEL:
            value = text(f"Progetto inventato {number}", language_of(o))
        elif p == filo("localProjectCode"):
            value = text(f"{value_of(o)}-{number}")
        else:
            value = names.get(o, o.replace(code, cup(number)))
        yield names.get(s, s), p, value


# Plans


@dataclass(frozen=True, slots=True)
class Plan:
    """A fictional plan of a municipality."""

    ground: Ground
    random: Random
    number: int
    municipality: str

    def node(self, kind: str, *place: int | str) -> str:
        """The IRI of something of this plan."""
        return iri("/".join((f"{EXAMPLE}plan-{self.number}", kind, "-".join(map(str, place)))))

    @property
    def framework(self) -> str:
        """The IRI of the plan."""
        return iri(f"{EXAMPLE}plan-{self.number}")

    @property
    def axes(self) -> list[str]:
        """Its axes."""
        return [self.node("axis", axis) for axis in range(AXES)]

    @property
    def objectives(self) -> list[str]:
        """Its objectives, each a part of an axis."""
        return [self.node("objective", axis, place) for axis in range(AXES) for place in range(OBJECTIVES_AN_AXIS)]

    def triples(self) -> Iterator[Triple]:
        """The plan: what it is, its elements, what it says of others, what others judge, what of it was not read."""
        yield from self._framework()
        yield from self._elements()
        yield from self._frames()
        yield from self._contributions_from_below()
        yield from self._assessments()
        yield from self._completeness()

    def contributions(self, project: str) -> Iterator[Triple]:
        """What a project of the municipality contributes to, if anything: by the plan's own word, or as a proposal of ours."""
        name = value_of(project).rsplit("/", 1)[-1]
        if self.random.random() < PROPOSED:
            yield from self._proposal(self.node("contribution", name, "proposed"), project, self.random.choice(self.axes))
        if self.random.random() < DECLARED:
            yield from self._declared("Contribution", self.node("contribution", name), project, self.random.choice(self.objectives))

    def _framework(self) -> Iterator[Triple]:
        document, body = self.node("document", "text"), self.node("organization", "assessor")
        yield from described(
            self.framework,
            "Framework",
            f"Piano inventato {self.number}",
            hasGovernanceLevel=[voc("governance-level", "municipal")],
            hasTerritory=[self.municipality],
            inForceFrom=[date("2022-06-01")],
            inForcePrinted=[text("Giugno 2022")],
            hasDocument=[document],
            hasEvidence=[self._page(0)],
        )
        yield document, TYPE, iri("http://xmlns.com/foaf/0.1/Document")
        yield document, LABEL, text(f"Testo del piano inventato {self.number}", "it")
        yield body, TYPE, iri("http://www.w3.org/ns/org#Organization")
        yield body, LABEL, text(f"Valutatore inventato {self.number}", "it")
        for page in range(AXES + 1):
            yield from described(
                self._page(page),
                "Evidence",
                f"Piano inventato {self.number}, p. {page}",
                inDocument=[document],
                locator=[text(f"p. {page}")],
                hasExtractionMethod=[voc("extraction-method", "page-reading")],
                hasCertainty=[voc("certainty", "high")],
            )

    def _page(self, number: int) -> str:
        return self.node("evidence", f"page-{number}")

    def _elements(self) -> Iterator[Triple]:
        for axis, node in enumerate(self.axes):
            yield from self._element(node, "axis", axis, axis, None)
            for place, objective in enumerate(self.objectives[axis * OBJECTIVES_AN_AXIS : (axis + 1) * OBJECTIVES_AN_AXIS]):
                yield from self._element(objective, "objective", axis, place, node)
                for action in range(ACTIONS_AN_OBJECTIVE):
                    yield from self._element(self.node("action", axis, place, action), "action", axis, action, objective)

    def _element(self, node: str, kind: str, axis: int, position: int, parent: str | None) -> Iterator[Triple]:
        yield from described(
            node,
            "Element",
            f"{kind} {value_of(node).rsplit('/', 1)[-1]} del piano inventato {self.number}",
            inFramework=[self.framework],
            isPartOf=[parent] if parent else [],
            hasKind=[voc("element-kind", kind)],
            printedKind=[text(kind, "it")],
            position=[integer(position + 1)],
            hasEvidence=[self._page(axis + 1)],
        )

    def _frames(self) -> Iterator[Triple]:
        declared = partial(self._declared, "Frame")
        yield from declared(self.node("frame", "agenda-2030"), self.framework, AGENDA_2030)
        yield from declared(self.node("frame", "pnrr"), self.framework, PNRR)
        for place, axis in enumerate(self.axes[:FRAMED_AXES]):
            ends = [*self.random.sample(self.ground.goals, GOALS_AN_AXIS), *self.random.sample(self.ground.missions, MISSIONS_AN_AXIS)]
            for end in ends:
                yield from declared(self.node("frame", place, value_of(end).rsplit("/", 1)[-1]), axis, end)

    def _contributions_from_below(self) -> Iterator[Triple]:
        for place in range(CONTRIBUTIONS_FROM_BELOW):
            axis, other = self.random.sample(range(AXES), 2)
            action = self.node("action", axis, self.random.randrange(OBJECTIVES_AN_AXIS), self.random.randrange(ACTIONS_AN_OBJECTIVE))
            if place % 4:
                yield from self._declared("Contribution", self.node("contribution", place), action, self.axes[other])
            else:
                yield from self._proposal(self.node("contribution", place), action, self.axes[other])

    def _assessments(self) -> Iterator[Triple]:
        for place in range(ASSESSMENTS):
            one, other = self.random.sample(self.objectives, 2)
            scale, value = self.random.choice(
                (("nilsson", "minus-2"), ("nilsson", "plus-1"), ("vas-generic", "direct"), ("vas-generic", "conflict"))
            )
            # Half of them are judged again, on the other scale.
            twice = [(scale, value), ("vas-generic", "indirect") if scale == "nilsson" else ("nilsson", "plus-2")]
            for again, (on, said) in enumerate(twice[: 1 + place % 2]):
                node = self.node("assessment", place, again)
                yield from self._link(
                    "CoherenceAssessment", node, one, other, origin="official", life_cycle="accepted", certainty="certain"
                )
                yield node, filo("onScale"), iri(f"{VOC}scale-{on}")
                yield node, filo("hasScaleValue"), voc(f"scale-{on}", said)
                yield node, filo("isDirected"), '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'
                yield node, filo("isAssessedBy"), self.node("organization", "assessor")
                yield node, filo("justification"), text("Giudizio inventato.", "it")
                yield node, filo("justification"), text("Invented judgement.", "en")

    def _completeness(self) -> Iterator[Triple]:
        for relation, extent in (("Frame", "part"), ("Contribution", "whole"), ("measures", "none")):
            yield from described(
                self.node("completeness", relation.lower()),
                "CompletenessStatement",
                f"Completezza del piano inventato {self.number}",
                aboutFramework=[self.framework],
                aboutRelation=[filo(relation)],
                aboutSource=[self.node("document", "text")],
                hasExtent=[voc("extent", extent)],
                reason=[text("Inventata.", "it"), text("Invented.", "en")],
            )

    def _declared(self, kind: str, node: str, start: str, end: str) -> Iterator[Triple]:
        yield from self._link(kind, node, start, end, origin="plan", life_cycle="accepted", certainty="certain")

    def _proposal(self, node: str, start: str, end: str) -> Iterator[Triple]:
        certainty = self.random.choice(("medium", "low"))
        yield from self._link("Contribution", node, start, end, origin="analyst", life_cycle="open", certainty=certainty)
        yield node, filo("hasAuthor"), iri(ID + "organization/filorosso")
        yield node, filo("reason"), text("Proposta inventata.", "it")
        yield node, filo("reason"), text("Invented proposal.", "en")

    def _link(self, kind: str, node: str, start: str, end: str, *, origin: str, life_cycle: str, certainty: str) -> Iterator[Triple]:
        yield node, TYPE, filo(kind)
        yield node, HAS_SUBJECT, start
        yield node, filo("hasObject"), end
        yield node, filo("hasOrigin"), voc("origin", origin)
        yield node, filo("hasLifeCycle"), voc("life-cycle", life_cycle)
        yield node, filo("hasCertainty"), voc("certainty", certainty)
        yield node, filo("dateFrom"), date("2022-06-01")
        yield node, filo("dateUntil"), date("2022-06-30")
        yield node, filo("datePrinted"), text("Giugno 2022")
        yield node, HAS_EVIDENCE, self._page(0)


def described(node: str, class_: str, label: str, **said: Sequence[str]) -> Iterator[Triple]:
    """A node of one of our classes, with the same label in both languages and the values of our properties."""
    yield node, TYPE, filo(class_)
    for lang in ("it", "en"):
        yield node, LABEL, text(label, lang)
        yield node, filo("editorialLabel"), text(lang)
    for name, values in said.items():
        yield from ((node, filo(name), value) for value in values)


def voc(scheme: str, concept: str) -> str:
    """The term of a controlled value."""
    return iri(f"{VOC}{scheme}/{concept}")


def main() -> None:
    """Write the graph and say what it holds."""
    parser = argparse.ArgumentParser(description="Write a synthetic graph as N-Quads.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--projects", type=int, default=PROJECTS, help=f"fictional projects (default {PROJECTS})")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    quads = synthetic_quads(given.projects, given.seed)
    given.file.parent.mkdir(parents=True, exist_ok=True)
    with given.file.open("w", encoding="utf-8") as file:
        file.writelines(write_nquads(quads))
    held = Counter(o for _, p, o, _ in quads if p == TYPE)
    counts = ", ".join(f"{held[filo(name)]:,} {name.lower()}s" for name in ("Project", "Thread", "Attribution", "Break"))
    sys.stdout.write(f"synthetic graph: {len(quads):,} quads, {counts} (seed {given.seed})\n")


if __name__ == "__main__":
    main()
