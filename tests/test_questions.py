"""The library: every file is a question whose header is true, whose parameters reach the query as terms and whose example has an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Variable

from filorosso.graph import Library, ParameterError, Question, QuestionError, Store, ask, markdown, read_library, value_of
from filorosso.graph.namespaces import ID, VOC
from filorosso.graph.questions import read_question, values_block
from filorosso.graph.terms import iri, text

CHECKOUT = Path(__file__).resolve().parent.parent
QUESTIONS = list(read_library())
COMPETENCY = {f"cq-{number:02}" for number in range(1, 26)}
HEADER = """#+ summary: {it: "Prova", en: "Trial"}
#+ tags: [trial]
"""
# Nothing shipped answers these: no source holds an assessment. The invented plans do (test_two_engines, test_competency_*).
EMPTY_ON_THE_SHIPPED_GRAPH = {"conflicts", "conflicting-pairs", "differing-judgements"}


def by_name(question: Question) -> str:
    return question.name


def test_all_the_competency_questions_are_in_the_library() -> None:
    assert {tag for question in QUESTIONS for tag in question.tags if tag.startswith("cq-")} == COMPETENCY


def test_the_general_questions_are_there() -> None:
    general = {question.name for question in QUESTIONS if "general" in question.tags}
    assert general >= {
        "broken-threads",
        "conflicts",
        "coverage",
        "difference",
        "in-force",
        "matrix",
        "matrix-money",
        "money-by-element",
        "money-by-fund",
        "money-by-territory",
        "provenance",
        "rests-on",
        "sensitivity",
        "shared-ground",
        "thread",
        "thread-graph",
        "why-not",
    }


@pytest.mark.parametrize("question", QUESTIONS, ids=by_name)
def test_no_question_names_a_node_of_a_plan(question: Question) -> None:
    body = "\n".join(line for line in question.text.splitlines() if not line.startswith("#"))
    assert ID not in body
    assert "metadata.un.org/sdg/" not in body


@pytest.mark.parametrize("question", QUESTIONS, ids=by_name)
def test_the_example_is_answered_in_the_columns_declared(question: Question, store: Store) -> None:
    answer = ask(store, question, question.example)
    assert answer.is_empty == (question.name in EMPTY_ON_THE_SHIPPED_GRAPH)
    assert {name for row in answer.rows for name in row} <= set(question.returns)


@pytest.mark.parametrize("question", QUESTIONS, ids=by_name)
def test_rows_are_put_in_an_order(question: Question) -> None:
    assert question.form == "graph" or "ORDER BY" in question.text


# A parameter reaches every place that it is used in: held against rdflib's algebra, which is nobody's here


def unreached(node: Any, names: set[str], *, inner: bool = False) -> set[str]:
    """The parameters that are used where no binding of the outermost group can reach them."""
    if isinstance(node, (list, tuple)):
        return set().union(*(unreached(part, names, inner=inner) for part in node)) if node else set()
    if not isinstance(node, CompValue):
        return set()
    found: set[str] = set()
    if node.name == "Extend":
        found |= variables(node.expr) & names
    if node.name == "Filter":
        seen = {str(v) for v in (node.p.get("_vars") or ())} | (names if not inner else set())
        found |= (variables(node.expr, into_exists=False) & names) - seen
    if node.name in ("Project", "ToMultiSet") and inner:
        found |= variables(node) & names if node.name == "Project" else set()
    for key, part in node.items():
        if key == "expr":
            continue
        deeper = inner or (node.name in ("Union", "Minus") and key in ("p1", "p2")) or (node.name == "LeftJoin" and key == "p2")
        found |= unreached(part, names, inner=deeper)
    return found


def variables(node: Any, *, into_exists: bool = True) -> set[str]:
    if isinstance(node, Variable):
        return {str(node)}
    if isinstance(node, CompValue):
        if not into_exists and node.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            return set()
        return set().union(*(variables(part, into_exists=into_exists) for part in node.values())) if len(node) else set()
    if isinstance(node, (list, tuple)):
        return set().union(*(variables(part, into_exists=into_exists) for part in node)) if node else set()
    return set()


@pytest.mark.parametrize("question", QUESTIONS, ids=by_name)
def test_every_parameter_reaches_where_it_is_used(question: Question, store: Store) -> None:
    values = question.values(question.example, store)
    algebra = translateQuery(parseQuery(question.bound(values))).algebra
    assert unreached(algebra, {parameter.name for parameter in question.parameters}) == set()


def test_the_test_above_finds_a_filter_that_cannot_see_its_parameter() -> None:
    hidden = "SELECT ?a WHERE { VALUES (?day) { (1) } { ?a ?b ?c FILTER (?c > ?day) } UNION { ?a ?c ?b } }"
    assert unreached(translateQuery(parseQuery(hidden)).algebra, {"day"}) == {"day"}


# Headers that are not true are refused


def read(folder: Path, body: str, header: str = HEADER) -> Question:
    path = folder / "trial.rq"
    path.write_text(header + body, encoding="utf-8")
    return read_question(path, {})


PARAMETER = HEADER + '#+ params: {node: {type: iri, it: "Nodo", en: "Node", example: "http://example.org/a"}}\n#+ returns: [a]\n'


@pytest.mark.parametrize(
    ("header", "body", "said"),
    [
        ("", "SELECT ?a WHERE { ?a ?b ?c }", "has no header"),
        ("#+ summary: [\n", "SELECT ?a WHERE { ?a ?b ?c }", "its header is not YAML"),
        ("#+ sumary: {it: x, en: y}\n", "SELECT ?a WHERE { ?a ?b ?c }", "must hold only"),
        ("#+ summary: {it: x}\n#+ tags: [a]\n", "SELECT ?a WHERE { ?a ?b ?c }", "must be said in it and en"),
        ("#+ summary: {it: x, en: y}\n", "SELECT ?a WHERE { ?a ?b ?c }", "has no tags"),
        (HEADER + "#+ returns: [b]\n", "SELECT ?a WHERE { ?a ?b ?c }", "but the query projects"),
        (HEADER + "#+ returns: [a, b]\n", "SELECT ?b ?a WHERE { ?a ?b ?c }", "but the query projects"),
        (HEADER + "#+ returns: [a]\n#+ lists: [b]\n", "SELECT ?a WHERE { ?a ?b ?c }", "lists"),
        (HEADER, "SELECT ?a WHERE { ?a ?b", "not SPARQL 1.1"),
        (HEADER, "ASK { ?a ?b ?c }", "yes or no"),
        (PARAMETER, "SELECT ?a WHERE { ?a ?b ?node }", "needs one line that ends in '# parameters'"),
        (PARAMETER, "SELECT ?a WHERE {\n# parameters\n# parameters\n?a ?b ?node }", "needs one line"),
        (HEADER + "#+ returns: [a]\n", "SELECT ?a WHERE {\n# parameters\n?a ?b ?c }", "and none otherwise"),
        (PARAMETER, "SELECT ?a WHERE {\nVALUES (?node) { (<http://example.org/b>) } # parameters\n?a ?b ?node }", "must hold the defaults"),
        (PARAMETER, "SELECT ?a WHERE {\n# parameters\n?a ?b ?c }", "parameter node is not used"),
        (PARAMETER, "SELECT ?a WHERE {\n# parameters\n?a ?b ?c BIND (STR(?node) AS ?d) }", "is used in BIND"),
        (PARAMETER, "SELECT ?a WHERE {\n# parameters\n{ SELECT ?a WHERE { ?a ?b ?node } } }", "is used in a sub-select"),
        (
            HEADER + '#+ params: {node: {type: thing, it: x, en: y, example: "a:b"}}\n',
            "SELECT ?a WHERE { ?a ?b ?c }",
            "type must be one of",
        ),
        (HEADER + "#+ params: {node: {type: iri, it: x, en: y}}\n", "SELECT ?a WHERE { ?a ?b ?c }", "needed and has no example"),
        (
            HEADER + '#+ params: {day: {type: date, it: x, en: y, example: "yesterday"}}\n',
            "SELECT ?a WHERE { ?a ?b ?c }",
            "a date, YYYY-MM-DD",
        ),
        (HEADER + "#+ about: [nope:Frame]\n#+ returns: [a]\n", "SELECT ?a WHERE { ?a ?b ?c }", "unknown prefix"),
    ],
)
def test_a_header_that_is_wrong_is_refused_with_the_file_and_the_fault(tmp_path: Path, header: str, body: str, said: str) -> None:
    with pytest.raises(QuestionError, match=r"trial\.rq") as refused:
        read(tmp_path, body, header)
    assert said in str(refused.value)


def test_a_word_in_a_string_or_a_comment_is_no_use_of_a_parameter(tmp_path: Path) -> None:
    body = 'SELECT ?a WHERE {\n# parameters\n?a ?b ?node . # BIND (?node AS ?x)\nBIND ("?node" AS ?d) }'
    assert read(tmp_path, body, PARAMETER).parameters[0].name == "node"


# Parameters are terms


def question_with(kind: str, tmp_path: Path, extra: str = "") -> Question:
    example = {"date": "2024-01-01", "integer": "1", "boolean": "true", "concept": "high", "choice": "b"}.get(kind, "http://example.org/a")
    header = HEADER + f'#+ params: {{p: {{type: {kind}, it: x, en: y, example: "{example}"{extra}}}}}\n#+ returns: [a]\n'
    return read(tmp_path, "SELECT ?a WHERE {\n    # parameters\n    ?a ?b ?p }", header)


@pytest.mark.parametrize(
    ("kind", "extra", "value", "term"),
    [
        ("iri", "", "http://example.org/x", "<http://example.org/x>"),
        ("date", "", "2024-02-29", '"2024-02-29"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("integer", "", "-7", '"-7"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("boolean", "", "false", '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        ("text", "", 'say "no"\n', '"say \\"no\\""'),
        ("concept", ", scheme: certainty", "low", f"<{VOC}certainty/low>"),
        ("concept", ", scheme: certainty", f"{VOC}certainty/low", f"<{VOC}certainty/low>"),
        ("choice", ", choices: [a, b]", "a", '"a"'),
    ],
)
def test_a_value_becomes_a_term_of_its_type(tmp_path: Path, kind: str, extra: str, value: str, term: str) -> None:
    question = question_with(kind, tmp_path, extra)
    assert question.values({"p": value}) == {"p": term}
    assert f"    VALUES (?p) {{ ({term}) }}\n" in question.bound(question.values({"p": value}))


@pytest.mark.parametrize(
    ("kind", "extra", "value"),
    [
        ("iri", "", "no scheme"),
        ("iri", "", "http://example.org/> . DROP ALL #"),
        ("date", "", "2024-02-30"),
        ("date", "", "2024"),
        ("integer", "", "1.5"),
        ("boolean", "", "yes"),
        ("concept", ", scheme: certainty", "sure"),
        ("choice", ", choices: [a, b]", "c"),
    ],
)
def test_a_value_that_is_not_what_is_expected_names_the_parameter(tmp_path: Path, kind: str, extra: str, value: str) -> None:
    with pytest.raises(ParameterError, match=r"parameter p: .* given, .* expected") as refused:
        question_with(kind, tmp_path, extra).values({"p": value})
    assert refused.value.name == "p"


def test_an_unknown_or_missing_parameter_is_named(library: Library) -> None:
    thread = library.question("thread")
    with pytest.raises(ParameterError, match="parameter form: thread does not take it; its parameters: from, to"):
        thread.values({"form": "x"})
    with pytest.raises(ParameterError, match="parameter from: thread needs it"):
        thread.values({"to": "http://example.org/x"})


def test_a_node_is_found_by_its_code_and_one_that_is_not_there_is_said_so(library: Library, store: Store) -> None:
    thread = library.question("thread")
    values = thread.values({"from": "b29j21031260002", "to": "seregno-agenda-2022/axis/cultura"}, store)
    assert values["from"] == f"<{ID}project/cup/b29j21031260002>"
    assert values["to"] == f"<{ID}seregno-agenda-2022/axis/cultura>"
    with pytest.raises(ParameterError, match="no such node in the graph"):
        thread.values({"from": "http://example.org/none", "to": "http://metadata.un.org/sdg/1"}, store)


@given(st.text(), st.text(alphabet=st.characters(codec="ascii", exclude_characters='<>"{}|\\^`', min_codepoint=0x21), min_size=1))
def test_whatever_a_value_says_it_stays_one_term(said: str, path: str) -> None:
    block = values_block({"a": text(said), "b": iri("http://example.org/" + path)})
    parsed = parseQuery(f"SELECT * WHERE {{ {block} }}")
    (values,) = [part for part in parsed[1].where.part if part.name == "InlineData"]
    assert [str(name) for name in values.var] == ["a", "b"]
    (row,) = values.value if isinstance(values.value[0], (list, tuple)) or len(values.value) == 1 else [values.value]
    assert len(list(row)) == 2


def test_only_the_marked_line_differs_between_the_file_and_what_is_asked(library: Library) -> None:
    question = library.question("coverage")
    bound = question.bound({"framework": "<http://example.org/x>"})
    differing = [(old, new) for old, new in zip(question.text.splitlines(), bound.splitlines(), strict=True) if old != new]
    assert len(differing) == 1
    assert differing[0][0].endswith("# parameters")
    assert differing[0][1] == "    VALUES (?framework) { (<http://example.org/x>) }"


# The library as others see it


def test_editors_find_the_questions_in_the_graph(store: Store, library: Library) -> None:
    """With the query that the SIB's SPARQL editor sends to an endpoint."""
    rows = store.rows(
        """PREFIX sh: <http://www.w3.org/ns/shacl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX spex: <https://purl.expasy.org/sparql-examples/ontology#>
        SELECT DISTINCT ?sq ?comment ?query WHERE {
            ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct|spex:describe ?query .
        } ORDER BY ?sq"""
    )
    assert {value_of(row["sq"]).rsplit("/", 1)[-1] for row in rows} == set(library.questions)
    assert len(rows) == 2 * len(library.questions)
    for row in rows:
        name = value_of(row["sq"]).rsplit("/", 1)[-1]
        query = value_of(row["query"])
        assert "#+" not in query
        found = store.query(query)
        if name not in EMPTY_ON_THE_SHIPPED_GRAPH:
            assert next(iter(found.rows() if found.kind == "select" else found.triples()), None) is not None, name


def test_the_page_of_the_library_is_current(library: Library) -> None:
    page = CHECKOUT / "docs" / "questions.md"
    assert page.read_text(encoding="utf-8") == markdown(library), "run make docs"
