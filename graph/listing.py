"""The library as others see it: RDF in the graph itself, so that editors list the questions, and a page for people.

In RDF a question is a `sh:SPARQLExecutable` with its example filled in, as the SIB's SPARQL examples have it (`spex`), with its parameters
as `sh:Parameter` and the relations that it rests on as `filo:aboutRelation`.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import terms
from .errors import ParameterError
from .facts import Lookup
from .namespaces import BASE, FILO, RDF, RDFS, SH, XSD
from .questions import LANGUAGES, Library, Parameter, Question
from .terms import Triple, iri, text

QUERIES = BASE + "queries/"
ENDPOINT = BASE + "sparql"
SCHEMA = "https://schema.org/"

_TYPE, _LABEL, _COMMENT = iri(RDF + "type"), iri(RDFS + "label"), iri(RDFS + "comment")
_DATATYPES = {"date": "date", "integer": "integer", "boolean": "boolean", "text": "string", "choice": "string"}


def question_triples(library: Library, lookup: Lookup) -> list[Triple]:
    """The library in RDF, sorted; `lookup` finds the nodes that examples name by a code."""
    return sorted({triple for question in library for triple in _question(question, lookup)})


def _question(question: Question, lookup: Lookup) -> Iterator[Triple]:
    node = iri(QUERIES + question.name)
    kind, predicate = ("SPARQLSelectExecutable", "select") if question.form == "select" else ("SPARQLConstructExecutable", "construct")
    yield node, _TYPE, iri(SH + "SPARQLExecutable")
    yield node, _TYPE, iri(SH + kind)
    for lang in LANGUAGES:
        yield node, _LABEL, text(question.summary[lang], lang)
        yield node, _COMMENT, text(question.summary[lang], lang)
    yield node, iri(SH + predicate), text(_runnable(question, lookup))
    yield node, iri(SCHEMA + "target"), iri(ENDPOINT)
    for tag in question.tags:
        yield node, iri(SCHEMA + "keywords"), text(tag)
    for relation in (*question.about, *question.everywhere):
        yield node, iri(FILO + "aboutRelation"), relation
    for parameter in question.parameters:
        yield from _parameter(node, question, parameter)


def _parameter(node: str, question: Question, parameter: Parameter) -> Iterator[Triple]:
    own = iri(f"{QUERIES}{question.name}/{parameter.name}")
    yield node, iri(SH + "parameter"), own
    yield own, _TYPE, iri(SH + "Parameter")
    yield own, iri(SH + "name"), text(parameter.name)
    for lang in LANGUAGES:
        yield own, iri(SH + "description"), text(parameter.summary[lang], lang)
    yield own, iri(SH + "optional"), terms.typed(str(not parameter.required).lower(), "boolean")
    if parameter.type in _DATATYPES:
        yield own, iri(SH + "datatype"), iri(XSD + _DATATYPES[parameter.type])
    else:
        yield own, iri(SH + "nodeKind"), iri(SH + "IRI")


def _runnable(question: Question, lookup: Lookup) -> str:
    """The text without its header, with the example written in where the graph has it."""
    try:
        values = question.values(question.example, lookup)
    except ParameterError:
        values = {}
    return "\n".join(line for line in question.bound(values).splitlines() if not line.startswith("#+")).strip() + "\n"


def markdown(library: Library) -> str:
    """The page of the library, by tag; written by `make docs`."""
    lines = [
        "# The questions",
        "",
        "Written by `make docs` from the headers of `queries/*.rq`; change those. Ask with `filorosso query NAME --param name=value`,",
        "at `/questions/NAME/answer?name=value`, or with `filorosso.graph.ask`. A node may be given as an IRI, a CUP, a code, or what",
        "follows `id/` in an IRI of ours; a value from a list by its name.",
        "",
    ]
    for question in library:
        lines += [f"## {question.name}", "", question.summary["en"], "", f"*{question.summary['it']}*", ""]
        lines += [f"Tags: {', '.join(question.tags)}.", ""]
        if question.parameters:
            lines += ["| parameter | value | example | default | what it is |", "| --- | --- | --- | --- | --- |"]
            lines += [_row(parameter) for parameter in question.parameters]
            lines.append("")
        answer = ", ".join(f"`{name}`" for name in question.returns) if question.returns else "a graph"
        lines += [f"Answers with: {answer}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(parameter: Parameter) -> str:
    needed = "" if parameter.required else ", may be left out"
    example, default = (f"`{value}`" if value else "" for value in (parameter.example, parameter.default))
    return f"| `{parameter.name}` | {parameter.expected}{needed} | {example} | {default} | {parameter.summary['en']} |"
