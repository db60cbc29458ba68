"""Filorosso's graph: its sources, its rules, what follows from it, and its releases.

This is the façade: what stands in `__all__` may be used from outside; the modules behind it may change.
"""

from __future__ import annotations

from .answers import Answer, Citation, Completeness, Sensitivity, Unknown, ask, labels, native, sensitivity
from .delta import Delta
from .description import description
from .elsewhere import Elsewhere
from .errors import (
    BuildError,
    CitationError,
    EvaluationError,
    FilorossoError,
    ForbiddenError,
    JournalError,
    NotFoundError,
    ParameterError,
    QueryError,
    QuerySyntaxError,
    QuestionError,
    ReasoningError,
    ReleaseError,
    RemoteError,
    RemoteTimeoutError,
    SourceError,
    TokenError,
    ValidationError,
)
from .facts import Facts, Lookup, label
from .finding import find
from .formats import write_turtle
from .journal import read_journal
from .listing import markdown
from .proposals import DECLARED
from .questions import Library, Parameter, Question, read_library
from .reasoning import Classification, reason
from .release import Inputs, Release, build, current, is_up_to_date, plan_quads, refuse_rewriting, shape_quads, shipped_quads, validate_data
from .remote import Addresses, publish, withdraw
from .state import Author, State, Verdict, Write, tag
from .store import GRAPH_TYPES, RESULT_TYPES, Readable, Results, Row, Store, open_store, write_rows, write_triples
from .syntax import Dataset, dataset_of, has_dataset, is_volatile, may_ask_servers
from .terms import Quad, Triple, datatype_of, is_iri, language_of, value_of
from .tokens import Token, check_token, create_token, read_tokens, revoke_token
from .trace import Break, Money, Source, Step, Trace, Way, trace
from .validation import Problem, Report, report_triples
from .workers import CALL, CONTROL, DONE, FAILED, WHOLE, Head, Job, Output, Reader, WorkerLimits, pack, run_engine

__all__ = [
    "CALL",
    "CONTROL",
    "DECLARED",
    "DONE",
    "FAILED",
    "GRAPH_TYPES",
    "RESULT_TYPES",
    "WHOLE",
    "Addresses",
    "Answer",
    "Author",
    "Break",
    "BuildError",
    "Citation",
    "CitationError",
    "Classification",
    "Completeness",
    "Dataset",
    "Delta",
    "Elsewhere",
    "EvaluationError",
    "Facts",
    "FilorossoError",
    "ForbiddenError",
    "Head",
    "Inputs",
    "Job",
    "JournalError",
    "Library",
    "Lookup",
    "Money",
    "NotFoundError",
    "Output",
    "Parameter",
    "ParameterError",
    "Problem",
    "Quad",
    "QueryError",
    "QuerySyntaxError",
    "Question",
    "QuestionError",
    "Readable",
    "Reader",
    "ReasoningError",
    "Release",
    "ReleaseError",
    "RemoteError",
    "RemoteTimeoutError",
    "Report",
    "Results",
    "Row",
    "Sensitivity",
    "Source",
    "SourceError",
    "State",
    "Step",
    "Store",
    "Token",
    "TokenError",
    "Trace",
    "Triple",
    "Unknown",
    "ValidationError",
    "Verdict",
    "Way",
    "WorkerLimits",
    "Write",
    "ask",
    "build",
    "check_token",
    "create_token",
    "current",
    "dataset_of",
    "datatype_of",
    "description",
    "find",
    "has_dataset",
    "is_iri",
    "is_up_to_date",
    "is_volatile",
    "label",
    "labels",
    "language_of",
    "markdown",
    "may_ask_servers",
    "native",
    "open_store",
    "pack",
    "plan_quads",
    "publish",
    "read_journal",
    "read_library",
    "read_tokens",
    "reason",
    "refuse_rewriting",
    "report_triples",
    "revoke_token",
    "run_engine",
    "sensitivity",
    "shape_quads",
    "shipped_quads",
    "tag",
    "trace",
    "validate_data",
    "value_of",
    "withdraw",
    "write_rows",
    "write_triples",
    "write_turtle",
]
