"""What a change of the graph can change in its validation: which nodes to validate again, against which shapes, and what that reads.

The shapes are turned into one automaton, whose steps are what validating a node reads: starting at the node, each step goes
from a node to its objects (or its subjects) by one predicate. Walked forwards from a node, it gives all that the node's results
depend on; walked backwards from a triple that changed, the nodes whose results may differ. No other results can: as long as
none of the triples that a walk meets was added or removed, the walk is the same before and after.

What the shapes may use is all of SHACL Core but `sh:closed` and `sh:qualifiedValueShapesDisjoint`, and queries whose every triple
pattern is connected to `$this`; anything else is refused, because what is not understood here would be validated too seldom.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from .errors import ValidationError
from .facts import Facts
from .namespaces import OWL, RDF, RDFS, SH
from .terms import Triple, datatype_of, iri, is_iri, language_of

if TYPE_CHECKING:
    import rdflib

Focus: TypeAlias = tuple[str, str]
"""A shape, and a node that is validated against it."""

TYPE, SUBCLASS = iri(RDF + "type"), iri(RDFS + "subClassOf")
NOWHERE = 0
"""The state from which nothing more is read."""

_TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
_KINDS = {SH + "NodeShape", SH + "PropertyShape", SH + "SPARQLConstraint", SH + "PrefixDeclaration", OWL + "Ontology"}
_DESCRIPTIONS = {
    *(RDFS + name for name in ("comment", "label", "isDefinedBy", "seeAlso")),
    *(SH + name for name in ("deactivated", "description", "group", "message", "name", "order", "path", "severity", *_TARGETS)),
    RDF + "type",
}
# Constraints that look at the terms of the value nodes and read nothing more.
_ON_TERMS = {
    *(SH + name for name in ("datatype", "flags", "hasValue", "in", "languageIn", "nodeKind", "pattern", "uniqueLang")),
    *(SH + name for name in ("maxExclusive", "maxInclusive", "maxLength", "minExclusive", "minInclusive", "minLength")),
    *(SH + name for name in ("maxCount", "minCount", "qualifiedMaxCount", "qualifiedMinCount")),
}
_ON_PAIRS = {SH + name for name in ("disjoint", "equals", "lessThan", "lessThanOrEquals")}
_ON_SHAPES = {SH + name for name in ("node", "not", "qualifiedValueShape")}
_ON_LISTS = {SH + name for name in ("and", "or", "xone")}
_OF_QUERIES = {SH + "select", SH + "prefixes", SH + "message", SH + "deactivated", RDF + "type", RDFS + "comment"}


@dataclass(frozen=True, slots=True)
class Step:
    """From a node to its objects by a predicate, or `inverse`, to its subjects; `to` is the state there."""

    predicate: str
    inverse: bool
    to: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A shape that can have results of its own: the state in which its targets are told, and the one in which it is validated."""

    shape: str
    target: int
    reads: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The shapes as an automaton, for `affected` and `needed`.

    `steps` are by state; `ends` says at which nodes a state makes the node where the walk began a target (None: at any);
    `back` gives for a state the steps that lead to it, as (state, predicate, inverse); `sources` the states that read a
    predicate, by (predicate, inverse).
    """

    rules: tuple[Rule, ...]
    steps: tuple[tuple[Step, ...], ...] = field(repr=False)
    ends: Mapping[int, frozenset[str] | None] = field(repr=False)
    back: Mapping[int, Sequence[tuple[int, str, bool]]] = field(repr=False)
    sources: Mapping[tuple[str, bool], Sequence[int]] = field(repr=False)


def read_rules(shape_files: Sequence[Path]) -> Rules:
    """Read what each rule of the shapes reads.

    :raises ValidationError: a file cannot be read, or the shapes use something of which it is not known here what it reads.
    """
    import rdflib

    shapes = rdflib.Graph()
    for path in shape_files:
        try:
            shapes.parse(path, format="turtle")
        except Exception as error:  # the parser of rdflib raises whatever happens to it
            raise ValidationError(f"{path}: not a file of shapes: {error}") from None
    return _Reading(shapes).rules()


def affected(rules: Rules, before: Facts, after: Facts, changed: Iterable[Triple]) -> frozenset[Focus]:
    """What may have other results than before; `changed` are all triples added and removed, those given for nothing do no harm."""
    changes = list(changed)
    removed = [triple for triple in changes if _holds(before, triple) and not _holds(after, triple)]
    added = [triple for triple in changes if _holds(after, triple) and not _holds(before, triple)]
    origins = _origins(rules, before, removed) | _origins(rules, after, added)
    first = {state: rule.shape for rule in rules.rules for state in (rule.target, rule.reads)}
    candidates = {(first[state], node) for node, state in origins if state in first}
    return targets(rules, before, candidates) | targets(rules, after, candidates)


def targets(rules: Rules, facts: Facts, foci: Iterable[Focus]) -> frozenset[Focus]:
    """Those that are validated at all: the shape, or one that hands it its value nodes, has the node for a target."""
    states = {rule.shape: rule.target for rule in rules.rules}
    return frozenset((shape, node) for shape, node in foci if _is_target(rules, facts, node, states[shape]))


def needed(rules: Rules, facts: Facts, foci: Iterable[Focus]) -> set[Triple]:
    """All that validating these nodes against these shapes reads: on these triples alone it has the results that it has on the whole."""
    states = {rule.shape: rule.reads for rule in rules.rules}
    return {triple for triple, _, _ in _walk(rules, facts, [(node, states[shape]) for shape, node in foci])}


def _holds(facts: Facts, triple: Triple) -> bool:
    return triple[2] in facts.objects(triple[0], triple[1])


def _walk(rules: Rules, facts: Facts, starts: Iterable[tuple[str, int]]) -> Iterator[tuple[Triple, str, int]]:
    """Every step that is taken from these nodes in these states: the triple that it reads, the node where it leads, the state there."""
    pending = list(starts)
    seen = set(pending)
    while pending:
        node, state = pending.pop()
        for step in rules.steps[state]:
            if step.inverse:
                found = [(triple, triple[0]) for triple in _incoming(facts, step.predicate, node)]
            else:
                found = [((node, step.predicate, value), value) for value in facts.objects(node, step.predicate)]
            for triple, other in found:
                yield triple, other, step.to
                if (other, step.to) not in seen:
                    seen.add((other, step.to))
                    pending.append((other, step.to))


def _is_target(rules: Rules, facts: Facts, node: str, target: int) -> bool:
    return _ends(rules, node, target) or any(_ends(rules, other, state) for _, other, state in _walk(rules, facts, [(node, target)]))


def _ends(rules: Rules, node: str, state: int) -> bool:
    at = rules.ends.get(state, frozenset())
    return at is None or node in at


def _origins(rules: Rules, facts: Facts, triples: Iterable[Triple]) -> set[tuple[str, int]]:
    """The nodes and states from which a walk meets one of the triples."""
    pending = [(node, state) for s, p, o in triples for node, way in ((s, False), (o, True)) for state in rules.sources.get((p, way), ())]
    seen = set(pending)
    while pending:
        node, state = pending.pop()
        for previous, predicate, inverse in rules.back.get(state, ()):
            others = facts.objects(node, predicate) if inverse else [s for s, _, _ in _incoming(facts, predicate, node)]
            for other in others:
                if (other, previous) not in seen:
                    seen.add((other, previous))
                    pending.append((other, previous))
    return seen


def _incoming(facts: Facts, predicate: str, node: str) -> list[Triple]:
    """The triples of a predicate whose object is the node, or a literal that the validator might take for the same.

    It knows `"01"^^xsd:integer` for `"1"^^xsd:integer`; here that is true of any two literals of a datatype, to be on the safe side.
    """
    datatype = None if is_iri(node) else datatype_of(node)
    if is_iri(node) or not (datatype or language_of(node)):
        return [(subject, predicate, node) for subject in facts.subjects(predicate, node)]
    pairs = ((s, o) for s, o in facts.pairs(predicate) if not is_iri(o))
    if datatype:
        return [(s, predicate, o) for s, o in pairs if datatype_of(o) == datatype]
    return [(s, predicate, o) for s, o in pairs if o.lower() == node.lower()]


class _Automaton:
    """States and steps under construction; a skip costs no step, and is gone in the end."""

    def __init__(self) -> None:
        self._steps: list[list[Step]] = [[]]
        self._skips: list[list[int]] = [[]]
        self._ends: dict[int, set[str] | None] = {}

    def state(self) -> int:
        self._steps.append([])
        self._skips.append([])
        return len(self._steps) - 1

    def step(self, start: int, predicate: str, end: int, *, inverse: bool = False) -> None:
        self._steps[start].append(Step(predicate, inverse, end))

    def skip(self, start: int, end: int) -> None:
        self._skips[start].append(end)

    def end(self, nodes: Iterable[str] | None) -> int:
        state = self.state()
        self._ends[state] = None if nodes is None else set(nodes)
        return state

    def path(self, path: Any, start: int, end: int, *, inverse: bool = False) -> None:
        """Join two states by a property path as rdflib has it."""
        from rdflib import URIRef
        from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath

        match path:
            case URIRef():
                self.step(start, iri(path), end, inverse=inverse)
            case InvPath():
                self.path(path.arg, start, end, inverse=not inverse)
            case AlternativePath():
                for part in path.args:
                    self.path(part, start, end, inverse=inverse)
            case SequencePath():
                *parts, last = reversed(path.args) if inverse else path.args
                for part in parts:
                    between = self.state()
                    self.path(part, start, between, inverse=inverse)
                    start = between
                self.path(last, start, end, inverse=inverse)
            case MulPath():
                self._repeated(path, start, end, inverse)
            case _:
                _refuse(f"the path {path}")

    def _repeated(self, path: Any, start: int, end: int, inverse: bool) -> None:
        there = self.state()
        self.path(path.path, start, there, inverse=inverse)
        if path.more:
            self.path(path.path, there, there, inverse=inverse)
        if path.zero:
            self.skip(start, end)
        self.skip(there, end)

    def rules(self, rules: Iterable[Rule]) -> Rules:
        reached = [self._reached(state) for state in range(len(self._steps))]
        steps = [tuple(dict.fromkeys(step for r in states for step in self._steps[r])) for states in reached]
        back: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
        sources: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for state, found in enumerate(steps):
            for step in found:
                back[step.to].append((state, step.predicate, step.inverse))
            for key in dict.fromkeys((step.predicate, step.inverse) for step in found):
                sources[key].append(state)
        return Rules(tuple(rules), tuple(steps), self._all_ends(reached), dict(back), dict(sources))

    def _reached(self, state: int) -> set[int]:
        """The states that are one with this one: what can be reached by skips."""
        found: set[int] = set()
        pending = [state]
        while pending:
            here = pending.pop()
            if here not in found:
                found.add(here)
                pending += self._skips[here]
        return found

    def _all_ends(self, reached: Sequence[set[int]]) -> dict[int, frozenset[str] | None]:
        ends: dict[int, frozenset[str] | None] = {}
        for state, states in enumerate(reached):
            found = [self._ends[r] for r in states if r in self._ends]
            if found:
                ends[state] = None if None in found else frozenset(node for nodes in found for node in nodes or ())
        return ends


class _Reading:
    """A graph of shapes being read into an automaton."""

    def __init__(self, shapes: rdflib.Graph) -> None:
        self._shapes = shapes
        self._automaton = _Automaton()
        self._known: dict[tuple[str, rdflib.term.Node], int] = {}

    def rules(self) -> Rules:
        import rdflib

        for _, _, kind in self._shapes.triples((None, _term(RDF + "type"), None)):
            if str(kind) not in _KINDS:
                _refuse(f"a node of type {kind}")
        pending = [shape for target in _TARGETS for shape in self._shapes.subjects(_term(SH + target))]
        shapes: dict[rdflib.term.Node, None] = {}
        while pending:
            shape = pending.pop()
            if shape not in shapes:
                shapes[shape] = None
                pending += self._shapes.objects(shape, _term(SH + "property"))
        # A shape that only leads to others has no results of its own.
        bound = [shape for shape in shapes if {str(p) for p in self._shapes.predicates(shape)} - _DESCRIPTIONS - {SH + "property"}]
        for shape in bound:
            if not isinstance(shape, rdflib.URIRef):
                _refuse("a shape without an address")
        rules = [Rule(iri(str(shape)), self._target(shape), self._constraints(shape, alone=True)) for shape in bound]
        return self._automaton.rules(rules)

    def _once(self, kind: str, shape: rdflib.term.Node) -> tuple[int, bool]:
        """The state for something of a shape, and whether it is new: shapes are shared, and each is read once."""
        is_new = (kind, shape) not in self._known
        if is_new:
            self._known[kind, shape] = self._automaton.state()
        return self._known[kind, shape], is_new

    def _target(self, shape: rdflib.term.Node) -> int:
        """The state in which a walk begins that ends somewhere if and only if its node is validated against the shape."""
        state, is_new = self._once("target", shape)
        if not is_new:
            return state
        automaton = self._automaton
        for class_ in self._values(shape, "targetClass"):
            kind = automaton.end([class_])
            automaton.step(state, TYPE, kind)
            automaton.step(kind, SUBCLASS, kind)
        automaton.skip(state, automaton.end(self._values(shape, "targetNode")))
        for predicate in self._values(shape, "targetSubjectsOf"):
            automaton.step(state, predicate, automaton.end(None))
        for predicate in self._values(shape, "targetObjectsOf"):
            automaton.step(state, predicate, automaton.end(None), inverse=True)
        for way in self._shapes.subjects(_term(SH + "property"), shape):
            # What has the shape for its property hands it its own value nodes.
            self._path(way, state, self._target(way), inverse=True)
        return state

    def _values(self, shape: rdflib.term.Node, name: str) -> list[str]:
        from rdflib import URIRef

        values = list(self._shapes.objects(shape, _term(SH + name)))
        for value in values:
            if not isinstance(value, URIRef):
                _refuse(f"the {name} {value} of {shape}")
        return [iri(str(value)) for value in values]

    def _path(self, shape: rdflib.term.Node, start: int, end: int, *, inverse: bool = False) -> None:
        from rdflib.extras.shacl import SHACLPathError, parse_shacl_path

        path = self._shapes.value(shape, _term(SH + "path"))
        if path is None:
            self._automaton.skip(start, end)
            return
        try:
            parsed = parse_shacl_path(self._shapes, path)
        except (SHACLPathError, TypeError) as error:
            raise ValidationError(f"the path of {shape} cannot be read: {error}") from None
        self._automaton.path(parsed, start, end, inverse=inverse)

    def _constraints(self, shape: rdflib.term.Node, *, alone: bool = False) -> int:
        """The state in which a node is validated against the shape; `alone` puts aside its properties, whose results are their own."""
        state, is_new = self._once("alone" if alone else "whole", shape)
        if is_new:
            values = self._automaton.state()
            self._path(shape, state, values)
            for predicate, value in self._shapes.predicate_objects(shape):
                if not (alone and str(predicate) == SH + "property"):
                    self._constraint(shape, str(predicate), value, state, values)
        return state

    def _constraint(self, shape: rdflib.term.Node, name: str, value: rdflib.term.Node, focus: int, values: int) -> None:
        if name in _DESCRIPTIONS or name in _ON_TERMS:
            return
        if name == SH + "class":
            kind = self._automaton.state()
            self._automaton.step(values, TYPE, kind)
            self._automaton.step(kind, SUBCLASS, kind)
        elif name in _ON_PAIRS:
            self._automaton.step(focus, iri(str(value)), NOWHERE)
        elif name in _ON_SHAPES or name == SH + "property":
            self._automaton.skip(values, self._constraints(value))
        elif name in _ON_LISTS:
            for part in self._shapes.items(value):
                self._automaton.skip(values, self._constraints(part))
        elif name == SH + "sparql":
            _Query(self._automaton, f"the query of {shape}").read(self._query(value), focus)
        else:
            _refuse(f"{name} of {shape}")

    def _query(self, constraint: rdflib.term.Node) -> Any:
        """The algebra of a query."""
        from rdflib.plugins.sparql import prepareQuery

        for predicate in self._shapes.predicates(constraint):
            if str(predicate) not in _OF_QUERIES:
                _refuse(f"{predicate} of {constraint}")
        prefixes = {
            str(self._shapes.value(declaration, _term(SH + "prefix"))): str(self._shapes.value(declaration, _term(SH + "namespace")))
            for holder in self._shapes.objects(constraint, _term(SH + "prefixes"))
            for declaration in self._shapes.objects(holder, _term(SH + "declare"))
        }
        try:
            return prepareQuery(str(self._shapes.value(constraint, _term(SH + "select"))), prefixes).algebra
        except Exception as error:  # the parser of rdflib raises whatever happens to it
            raise ValidationError(f"{constraint} is not a query: {error}") from None


class _Query:
    """A query being read: where a variable can stand is a state, to which a walk leads from `$this` by a triple pattern.

    A pattern inside OPTIONAL, UNION or EXISTS is followed only from variables that the patterns beside it must bind: from one
    that may be unbound it would read more than what the walk meets.
    """

    def __init__(self, automaton: _Automaton, name: str) -> None:
        self._automaton = automaton
        self._name = name

    def read(self, algebra: Any, focus: int) -> None:
        from rdflib import Variable

        self._this = Variable("this")
        self._group(algebra, {self._this: focus})

    def _group(self, part: Any, known: Mapping[Any, int]) -> None:
        inner: list[tuple[Any, set[Any] | None]] = []
        patterns = self._patterns(part, inner)
        states = self._connected(patterns, known)
        for group, bound in inner:
            usable = _terms(patterns) if bound is None else bound
            self._group(group, {term: state for term, state in states.items() if term in usable or term == self._this})

    def _patterns(self, part: Any, inner: list[tuple[Any, set[Any] | None]]) -> list[Any]:
        """The triple patterns that must hold in a group; the groups inside it go to `inner`, with what is bound for them (None: all)."""
        if part.name == "BGP":
            return list(part.triples)
        if part.name == "Join":
            return self._patterns(part.p1, inner) + self._patterns(part.p2, inner)
        if part.name == "Union":
            inner += ((part.p1, None), (part.p2, None))
            return []
        if part.name == "LeftJoin":
            patterns = self._patterns(part.p1, inner)
            inner.append((part.p2, _terms(patterns)))
        elif part.name in ("SelectQuery", "Project", "Distinct", "Reduced", "OrderBy", "Filter", "Extend", "Group", "AggregateJoin"):
            patterns = self._patterns(part.p, inner)
        else:
            _refuse(f"{part.name} in {self._name}")
        inner += ((graph, _terms(patterns)) for graph in _existing(value for key, value in part.items() if key not in ("p", "p1", "p2")))
        return patterns

    def _connected(self, patterns: Sequence[Any], known: Mapping[Any, int]) -> dict[Any, int]:
        states, pending = dict(known), list(patterns)
        while pending:
            # From the subject first: what points to a node may be much, what the node says is little.
            pattern = next((p for p in pending if p[0] in states), None) or next((p for p in pending if p[2] in states), None)
            if pattern is None:
                _refuse(f"a triple pattern that is not connected to $this ({' '.join(term.n3() for term in pending[0])}) in {self._name}")
            pending.remove(pattern)
            inverse = pattern[0] not in states
            start, end = (pattern[2], pattern[0]) if inverse else (pattern[0], pattern[2])
            there = NOWHERE
            if end not in states and end in _terms([pattern]):
                there = states[end] = self._automaton.state()
            self._automaton.path(pattern[1], states[start], there, inverse=inverse)
        return states


def _terms(patterns: Iterable[Any]) -> set[Any]:
    """The variables of triple patterns; a blank node is one."""
    from rdflib import BNode, Variable

    return {term for s, _, o in patterns for term in (s, o) if isinstance(term, Variable | BNode)}


def _existing(value: Any) -> Iterator[Any]:
    """The groups of the EXISTS and NOT EXISTS in expressions."""
    if getattr(value, "name", None) in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        yield value.graph
    elif isinstance(value, Mapping):
        yield from _existing(value.values())
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for part in value:
            yield from _existing(part)


def _term(name: str) -> rdflib.URIRef:
    import rdflib

    return rdflib.URIRef(name)


def _refuse(what: str) -> NoReturn:
    raise ValidationError(f"the shapes use {what}, of which graph/scope.py does not know what it reads; teach it, or say it otherwise")
