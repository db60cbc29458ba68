"""What a query reads: the triple patterns in it, each with what else must hold where it matters.

For engines that answer basic graph patterns rightly but not all of SPARQL (`graph/remote.py` says which): the triples that a query reads
are fetched from them, and the query is answered over these alone by the embedded engine. Its answer is that over the whole graph:

- each pattern is answered from triples that match it, so a part of the graph in which all of its matches are is as good as the whole;
- a match that cannot be joined with what the pattern stands beside changes nothing: so it is enough to read those that can.

What a pattern stands beside is a list of alternatives (a UNION, a path `a|b` and the rows of VALUES have several). It may narrow what is
read inside OPTIONAL, MINUS and EXISTS only by variables that are certainly bound outside, and never inside a sub-select, whose
solutions are found before they are joined. Patterns behind `*` and `+` are read whole, and a filter narrows nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from .errors import QueryError
from .namespaces import PREFIXES, XSD
from .terms import Triple, datatype_of, iri, text, typed

# Each alternative is a request; where there are more, they narrow nothing.
MAX_ALTERNATIVES = 32

_THROUGH = ("SelectQuery", "ConstructQuery", "AskQuery", "DescribeQuery", "Project", "Distinct", "Reduced", "OrderBy", "Slice", "Group")
_SAME_ON_EVERY_ENGINE = {XSD + name for name in ("boolean", "integer", "string")}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern: terms, and variables as `?name`; `graph` is one of them, or `""` for the default graph."""

    triple: Triple
    graph: str = ""

    @property
    def variables(self) -> frozenset[str]:
        """The variables in it."""
        return frozenset(term for term in (*self.triple, self.graph) if _is_variable(term))


@dataclass(frozen=True, slots=True)
class Reading:
    """Triples to read: those that match the `wanted` patterns, all in one graph, where all of `given` match too; `limit` solutions do."""

    wanted: tuple[Pattern, ...]
    given: tuple[Pattern, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Bound:
    """A variable that has one value, or that of another."""

    variable: str
    term: str

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(term for term in (self.variable, self.term) if _is_variable(term))


_Item: TypeAlias = Pattern | _Bound
_Alternatives: TypeAlias = tuple[tuple[_Item, ...], ...]
_ANYTHING: _Alternatives = ((),)


@dataclass(frozen=True, slots=True)
class _Path:
    """What a property path reads: one of the alternatives, and `loose` wherever it is; it may match a node with itself."""

    alternatives: _Alternatives
    loose: tuple[Pattern, ...] = ()
    reflexive: bool = False


def readings(sparql: str, base: str | None = None) -> tuple[Reading, ...]:
    """What a query reads; its FROM clauses are not looked at.

    :raises QueryError: its patterns cannot be told.
    """
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        algebra = translateQuery(parseQuery(sparql), base, PREFIXES).algebra
        return _Reader().read(algebra)
    except QueryError:
        raise
    except (Exception, RecursionError):  # the parser of rdflib raises whatever happens to it
        raise QueryError("it cannot be told what the query reads, so the engine behind this service cannot be asked") from None


class _Reader:
    """Walks the algebra of a query and notes what each pattern reads."""

    def __init__(self) -> None:
        self._found: dict[Reading, None] = {}
        self._paths: dict[tuple[int, str, str, str], _Path] = {}
        self._fresh = 0

    def read(self, algebra: Any) -> tuple[Reading, ...]:
        if algebra.name == "DescribeQuery":
            self._described(algebra)
        if not self._few(algebra):
            self._walk(algebra, _ANYTHING, "")
        return tuple(self._found)

    # The algebra

    def _walk(self, part: Any, context: _Alternatives, graph: str) -> None:
        if part is None:
            return
        if part.name == "BGP":
            self._block(part.triples, context, graph)
        elif part.name == "Join":
            self._walk(part.p1, _both(context, self._required(part.p2, graph)), graph)
            self._walk(part.p2, _both(context, self._required(part.p1, graph)), graph)
        elif part.name in ("LeftJoin", "Minus"):
            self._walk(part.p1, context, graph)
            inside = _both(self._admitted(context, part.p2, part.p1, graph), self._required(part.p1, graph))
            self._walk(part.p2, inside, graph)
            if part.name == "LeftJoin":
                self._existing(part.expr, part, _both(inside, self._required(part.p2, graph)), graph)
        elif part.name == "Union":
            self._walk(part.p1, context, graph)
            self._walk(part.p2, context, graph)
        elif part.name == "Graph":
            self._walk(part.p, context, _graph(part.term))
        elif part.name in ("Filter", "Extend"):
            self._walk(part.p, context, graph)
            self._existing(part.expr, part.p, _both(context, self._required(part.p, graph)), graph)
        else:
            self._select(part, graph)

    def _select(self, part: Any, graph: str) -> None:
        """What stands around the pattern of a query or of a sub-select: it is answered before it is joined."""
        if part.name == "Project" and _is_variable(graph):
            # Inside, the variable of a GRAPH around it is another one.
            graph = self._variable()
        if part.name == "ToMultiSet":
            if not _is_values(part):
                self._walk(part.p, _ANYTHING, graph)
        elif part.name == "AggregateJoin":
            self._walk(part.p, _ANYTHING, graph)
            self._existing(part.A, part.p, self._required(part.p, graph), graph)
        elif part.name in _THROUGH:
            self._walk(part.p, _ANYTHING, graph)
            self._existing([part.expr, part.having], part.p, self._required(part.p, graph), graph)
        else:
            raise QueryError(f"the engine behind this service cannot be asked a query with {part.name}")

    def _existing(self, expression: Any, beside: Any, context: _Alternatives, graph: str) -> None:
        """EXISTS and NOT EXISTS in an expression; `context` is what it stands beside, of which `beside` binds the variables."""
        for group in _groups(expression):
            self._walk(group, self._admitted(context, group, beside, graph), graph)

    def _few(self, algebra: Any) -> bool:
        """Read no more than a LIMIT asks for, where any solutions will do."""
        part = algebra.p
        if algebra.name != "SelectQuery" or part.name != "Slice" or part.p.name != "Project" or part.p.p.name != "BGP" or not part.length:
            return False
        triples = part.p.p.triples
        if not triples or any(_is_path(predicate) for _, predicate, _ in triples):
            return False
        wanted = tuple(Pattern(_triple(triple)) for triple in triples)
        if not all(is_comparable(pattern.triple[2]) for pattern in wanted):
            return False
        self._found[Reading(wanted, (), int(part.start) + int(part.length))] = None
        return True

    def _described(self, algebra: Any) -> None:
        context = self._required(algebra.p, "") if algebra.p is not None else _ANYTHING
        for term in map(_term, algebra.PV):
            self._note((Pattern((term, self._variable(), self._variable())),), context)

    # What must hold

    def _required(self, part: Any, graph: str) -> _Alternatives:
        """What holds of every solution of a part."""
        if part is None:
            return _ANYTHING
        if part.name == "BGP":
            return _all(self._path(triple, graph).alternatives for triple in part.triples)
        if part.name == "Join":
            return _both(self._required(part.p1, graph), self._required(part.p2, graph))
        if part.name in ("LeftJoin", "Minus"):
            return self._required(part.p1, graph)
        if part.name == "Union":
            return _limited((*self._required(part.p1, graph), *self._required(part.p2, graph)))
        if part.name == "Graph":
            return self._required(part.p, _graph(part.term))
        if part.name in ("Filter", "Extend"):
            return self._required(part.p, graph)
        return _limited(tuple(_row(row) for row in part.p.res)) if _is_values(part) else _ANYTHING

    def _certain(self, part: Any, graph: str) -> frozenset[str]:
        """Variables that every solution of a part binds."""
        alternatives = [frozenset(v for item in items for v in item.variables) for items in self._required(part, graph)]
        return frozenset.intersection(*alternatives) if alternatives else frozenset()

    def _admitted(self, context: _Alternatives, part: Any, beside: Any, graph: str) -> _Alternatives:
        """Of a context what may narrow a part that need not match: what shares only variables that are certainly bound beside it."""
        used = _variables(part)
        free = (used | {_of_graph(variable) for variable in used}) - self._certain(beside, graph)
        return tuple(tuple(item for item in items if not item.variables & free) for items in context)

    # Patterns

    def _block(self, triples: Sequence[Any], context: _Alternatives, graph: str) -> None:
        paths = [self._path(triple, graph) for triple in triples]
        together = _all(path.alternatives for path in paths)
        for number, path in enumerate(paths):
            for pattern in path.loose:
                self._note((pattern,), _ANYTHING)
            rest = _all(other.alternatives for place, other in enumerate(paths) if place != number)
            if path.reflexive:
                self._nodes(_triple_ends(triples[number]), _both(context, rest), graph)
            if together == _ANYTHING:
                # Too many alternatives to narrow each other: each pattern by itself.
                for items in path.alternatives:
                    self._note(_patterns(items), _both(context, (items,)))
        for items in together:
            self._note(_patterns(items), _both(context, (items,)))

    def _nodes(self, ends: tuple[str, str], context: _Alternatives, graph: str) -> None:
        """A path that matches nodes with themselves does so with nodes of the graph: read what makes them so."""
        for items in context:
            values = _values(items) or {}
            met = {v for item in items if isinstance(item, Pattern) and item.graph == graph for v in item.variables}
            known = [values.get(end, end) for end in ends]
            fixed = [end for end in known if not _is_variable(end)]
            if not fixed and not met & {*ends, *known}:
                self._note((Pattern((self._variable(), self._variable(), self._variable()), graph),), _ANYTHING)
            for node in fixed:
                for triple in ((node, "?p", "?o"), ("?s", "?p", node)):
                    if not triple[0].startswith('"'):
                        self._found[Reading((Pattern(triple, graph),), (), 1)] = None

    def _path(self, triple: Any, graph: str) -> _Path:
        """What a triple pattern reads, be its predicate a path; the same one has the same fresh variables whenever it is asked for."""
        subject, predicate, object_ = triple
        key = id(predicate), _term(subject), _term(object_), graph
        if key not in self._paths:
            self._paths[key] = self._steps(_term(subject), predicate, _term(object_), graph)
        return self._paths[key]

    def _steps(self, start: str, path: Any, end: str, graph: str) -> _Path:
        from rdflib import paths

        if isinstance(path, paths.InvPath):
            return self._steps(end, path.arg, start, graph)
        if isinstance(path, paths.SequencePath):
            places = [start, *(self._variable() for _ in path.args[1:]), end]
            parts = [self._steps(a, step, b, graph) for a, step, b in zip(places, path.args, places[1:], strict=False)]
            together, loose = _all(p.alternatives for p in parts), _joined(p.loose for p in parts)
            if together == _ANYTHING:  # too many alternatives
                loose = (*loose, *(pattern for p in parts for items in p.alternatives for pattern in _patterns(items)))
            return _Path(together, loose, any(p.reflexive for p in parts))
        if isinstance(path, paths.AlternativePath):
            parts = [self._steps(start, step, end, graph) for step in path.args]
            return _Path(_joined(p.alternatives for p in parts), _joined(p.loose for p in parts), any(p.reflexive for p in parts))
        if isinstance(path, paths.MulPath):
            return self._repeated(start, path, end, graph)
        if isinstance(path, paths.NegatedPath):
            predicate = self._variable()
            return _Path(tuple((Pattern((one, predicate, other), graph),) for one, other in ((start, end), (end, start))))
        return _Path(((Pattern((start, _term(path), end), graph),),))

    def _repeated(self, start: str, path: Any, end: str, graph: str) -> _Path:
        if path.mod == "?":
            once = self._steps(start, path.path, end, graph)
            same = () if start == end else (_Bound(*((start, end) if _is_variable(start) else (end, start))),)
            possible = _is_variable(start) or _is_variable(end) or start == end
            return _Path((*((same,) if possible else ()), *once.alternatives), once.loose, True)
        inside = self._steps(self._variable(), path.path, self._variable(), graph)
        loose = tuple(dict.fromkeys((*inside.loose, *(p for items in inside.alternatives for p in _patterns(items)))))
        return _Path(_ANYTHING, loose, True)

    def _variable(self) -> str:
        self._fresh += 1
        return f"?fresh{self._fresh}"

    # Readings

    def _note(self, wanted: tuple[Pattern, ...], context: _Alternatives) -> None:
        """Note patterns whose matches are read, with what they stand beside."""
        for items in context if wanted else ():
            values = _values(items)
            if values is None:
                continue
            asked, given = (self._replaced(patterns, values) for patterns in (wanted, _patterns(items)))
            for group in _connected(asked, given):
                self._found[group] = None

    def _replaced(self, patterns: Iterable[Pattern], values: Mapping[str, str]) -> list[Pattern]:
        """Patterns with the values of variables written in, but a literal that engines compare in several ways: it is left open."""
        found = []
        for pattern in dict.fromkeys(patterns):
            s, p, o = (values.get(term, term) for term in pattern.triple)
            found.append(Pattern((s, p, o if is_comparable(o) else self._variable()), values.get(pattern.graph, pattern.graph)))
        return found


def _values(items: Iterable[_Item]) -> Mapping[str, str] | None:
    """The value of each variable that is bound; None if one would need two values."""
    values: dict[str, str] = {}

    def resolved(term: str) -> str:
        while term in values:
            term = values[term]
        return term

    for item in items:
        if isinstance(item, _Bound):
            one, other = resolved(item.variable), resolved(item.term)
            if one == other:
                continue
            if not _is_variable(one):
                one, other = other, one
            if not _is_variable(one):
                return None
            values[one] = other
    return {variable: resolved(variable) for variable in values}


def _connected(wanted: Sequence[Pattern], given: Sequence[Pattern]) -> Iterator[Reading]:
    """Patterns that share variables, together; none where a literal would be what only an object is."""
    patterns = list(dict.fromkeys((*wanted, *given)))
    if any(term.startswith('"') for pattern in patterns for term in (*pattern.triple[:2], pattern.graph)):
        return
    while patterns:
        group, variables = [patterns.pop(0)], set[str]()
        variables |= group[0].variables
        while near := [pattern for pattern in patterns if pattern.variables & variables]:
            group += near
            variables |= {variable for pattern in near for variable in pattern.variables}
            patterns = [pattern for pattern in patterns if pattern not in near]
        asked = [pattern for pattern in group if pattern in wanted]
        for graph in dict.fromkeys(pattern.graph for pattern in asked):
            mine = tuple(sorted((p for p in asked if p.graph == graph), key=repr))
            yield Reading(mine, tuple(sorted(_telling(mine, [p for p in group if p not in mine]), key=repr)))


def _telling(wanted: Sequence[Pattern], given: Sequence[Pattern]) -> list[Pattern]:
    """Patterns without those that lead nowhere and name nothing: engines take longer to plan them than they narrow."""
    kept = list(given)
    while True:
        used = Counter(variable for pattern in (*wanted, *kept) for variable in pattern.variables)
        idle = [p for p in kept if all(map(_is_variable, p.triple[::2])) and any(used[variable] == 1 for variable in p.triple[::2])]
        if not idle:
            return kept
        kept = [pattern for pattern in kept if pattern not in idle]


def _patterns(items: Iterable[_Item]) -> tuple[Pattern, ...]:
    return tuple(item for item in items if isinstance(item, Pattern))


def _both(one: _Alternatives, other: _Alternatives) -> _Alternatives:
    """What holds if both hold; where that has too many alternatives, the one that has fewer."""
    if len(one) * len(other) > MAX_ALTERNATIVES:
        return min((one, other), key=len)
    return tuple(tuple(dict.fromkeys((*a, *b))) for a, b in product(one, other))


def _all(several: Iterable[_Alternatives]) -> _Alternatives:
    """What holds if all hold; nothing is said where that has too many alternatives."""
    lists = list(several)
    number = 1
    for alternatives in lists:
        number *= len(alternatives)
    if number > MAX_ALTERNATIVES:
        return _ANYTHING
    return tuple(tuple(dict.fromkeys(item for items in chosen for item in items)) for chosen in product(*lists))


def _limited(alternatives: _Alternatives) -> _Alternatives:
    return alternatives if 0 < len(alternatives) <= MAX_ALTERNATIVES else _ANYTHING


def _joined(parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(one for part in parts for one in part)


def _groups(expression: Any) -> Iterator[Any]:
    """The groups of the EXISTS and NOT EXISTS in an expression."""
    if getattr(expression, "name", None) in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        yield expression.graph
    elif isinstance(expression, Mapping):
        for key, value in expression.items():
            if key != "_vars":
                yield from _groups(value)
    elif isinstance(expression, list | tuple):
        for value in expression:
            yield from _groups(value)


def _variables(part: Any) -> frozenset[str]:
    """Every variable in a part, in its expressions and sub-selects too."""
    from rdflib import BNode, Variable, paths

    if isinstance(part, Variable | BNode):
        return frozenset({_term(part)})
    if isinstance(part, paths.Path):
        return frozenset()
    if getattr(part, "name", None) in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        return _variables(part.graph)
    if isinstance(part, Mapping):
        return frozenset(v for key, value in part.items() if key != "_vars" for name in (key, value) for v in _variables(name))
    if isinstance(part, list | tuple | set):
        return frozenset(v for value in part for v in _variables(value))
    return frozenset()


def _is_values(part: Any) -> bool:
    return bool(part.name == "ToMultiSet" and part.p.name == "values")


def _row(row: Mapping[Any, Any]) -> tuple[_Item, ...]:
    known = {_term(name): _term(value) for name, value in row.items() if value != "UNDEF"}
    return tuple(_Bound(variable, value) for name, value in known.items() for variable in (name, _of_graph(name)))


def _is_path(predicate: Any) -> bool:
    from rdflib import paths

    return isinstance(predicate, paths.Path)


def _triple(triple: Any) -> Triple:
    s, p, o = map(_term, triple)
    return s, p, o


def _triple_ends(triple: Any) -> tuple[str, str]:
    return _term(triple[0]), _term(triple[2])


def is_comparable(term: str) -> bool:
    """Whether every engine takes a term for equal to itself only: they compare numbers and dates by their value, or by their spelling."""
    datatype = datatype_of(term) if term.startswith('"') else None
    return datatype is None or datatype in _SAME_ON_EVERY_ENGINE


def _is_variable(term: str) -> bool:
    return term.startswith("?")


def _graph(node: Any) -> str:
    """The graph of a GRAPH clause. Its variable is none of the nodes': the engine may have the graph under another name."""
    term = _term(node)
    return _of_graph(term) if _is_variable(term) else term


def _of_graph(variable: str) -> str:
    return f"?graphOf_{variable[1:]}"


def _term(node: Any) -> str:
    """A term of rdflib's as text; a blank node of a query is a variable."""
    from rdflib import BNode, Literal, Variable

    if isinstance(node, Variable):
        return f"?{node}"
    if isinstance(node, BNode):
        return f"?blank{str(node).encode().hex()}"
    if isinstance(node, Literal):
        return typed(str(node), str(node.datatype)) if node.datatype else text(str(node), node.language)
    return iri(str(node))
