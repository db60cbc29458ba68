"""Filorosso's graph: its sources, its rules, what follows from it, and its releases.

This is the façade: what stands in `__all__` may be used from outside; the modules behind it may change.
"""

from __future__ import annotations

from .answers import Answer, Citation, Completeness, Sensitivity, Unknown, ask, labels, native, sensitivity
from .errors import (
    BuildError,
    CitationError,
    FilorossoError,
    NotFoundError,
    ParameterError,
    QueryError,
    QuestionError,
    ReasoningError,
    ReleaseError,
    SourceError,
    ValidationError,
)
from .facts import Facts, Lookup, label
from .finding import find
from .formats import write_turtle
from .listing import markdown
from .proposals import DECLARED
from .questions import Library, Parameter, Question, read_library
from .reasoning import Verdict, reason
from .release import Inputs, Release, build, current, is_up_to_date, plan_quads, refuse_rewriting, shape_quads, shipped_quads, validate_data
from .store import GRAPH_TYPES, RESULT_TYPES, Results, Row, Store, open_store, write_rows, write_triples
from .terms import Quad, Triple, datatype_of, is_iri, language_of, value_of
from .trace import Break, Money, Source, Step, Trace, Way, trace
from .validation import Problem, Report, report_triples

__all__ = [
    "DECLARED",
    "GRAPH_TYPES",
    "RESULT_TYPES",
    "Answer",
    "Break",
    "BuildError",
    "Citation",
    "CitationError",
    "Completeness",
    "Facts",
    "FilorossoError",
    "Inputs",
    "Library",
    "Lookup",
    "Money",
    "NotFoundError",
    "Parameter",
    "ParameterError",
    "Problem",
    "Quad",
    "QueryError",
    "Question",
    "QuestionError",
    "ReasoningError",
    "Release",
    "ReleaseError",
    "Report",
    "Results",
    "Row",
    "Sensitivity",
    "Source",
    "SourceError",
    "Step",
    "Store",
    "Trace",
    "Triple",
    "Unknown",
    "ValidationError",
    "Verdict",
    "Way",
    "ask",
    "build",
    "current",
    "datatype_of",
    "find",
    "is_iri",
    "is_up_to_date",
    "label",
    "labels",
    "language_of",
    "markdown",
    "native",
    "open_store",
    "plan_quads",
    "read_library",
    "reason",
    "refuse_rewriting",
    "report_triples",
    "sensitivity",
    "shape_quads",
    "shipped_quads",
    "trace",
    "validate_data",
    "value_of",
    "write_rows",
    "write_triples",
    "write_turtle",
]
