"""Filorosso's graph: its sources, its rules, what follows from it, and its releases.

This is the façade: what stands in `__all__` may be used from outside; the modules behind it may change.
"""

from __future__ import annotations

from .answers import Answer, Citation, Completeness, Sensitivity, Unknown, ask, labels, native, sensitivity
from .catalogue import UNNAMED, Publisher
from .comparison import Summary, patch, release_iri
from .context import context, write_jsonld
from .delta import Delta
from .description import description
from .dumps import dump_names, media_type, whole_names
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
from .history import InForce, changes_file, differences, read_history, read_summary
from .journal import read_journal
from .listing import markdown
from .namespaces import BASE, GRAPH, PREFIXES
from .proposals import DECLARED
from .questions import Column, Library, Parameter, Question, read_library
from .reasoning import Classification, reason
from .release import (
    Inputs,
    Release,
    build,
    current,
    is_up_to_date,
    plan_quads,
    read_release,
    refuse_rewriting,
    shape_quads,
    shipped_quads,
    validate_data,
)
from .remote import Addresses, publish, withdraw
from .rights import Rights, rights, rights_of
from .search import Index, Match, read_index
from .state import Author, State, Verdict, Write, tag
from .statements import Statements, document_graph, names_of, standing, statements, successors, turns, view_triples
from .store import GRAPH_TYPES, RESULT_TYPES, Readable, Results, Row, Store, open_store, write_rows, write_triples
from .syntax import Dataset, dataset_of, has_dataset, is_volatile, may_ask_servers
from .terms import Quad, Triple, datatype_of, is_iri, language_of, value_of
from .tokens import Token, check_token, create_token, read_tokens, revoke_token
from .trace import Break, Money, Source, Step, Trace, Way, links, steps, trace, ways
from .validation import SEVERITIES, Problem, Report, report_triples
from .workers import CALL, CONTROL, DONE, FAILED, WHOLE, Head, Job, Output, Reader, WorkerLimits, pack, run_engine

__all__ = [
    "BASE",
    "CALL",
    "CONTROL",
    "DECLARED",
    "DONE",
    "FAILED",
    "GRAPH",
    "GRAPH_TYPES",
    "PREFIXES",
    "RESULT_TYPES",
    "SEVERITIES",
    "UNNAMED",
    "WHOLE",
    "Addresses",
    "Answer",
    "Author",
    "Break",
    "BuildError",
    "Citation",
    "CitationError",
    "Classification",
    "Column",
    "Completeness",
    "Dataset",
    "Delta",
    "Elsewhere",
    "EvaluationError",
    "Facts",
    "FilorossoError",
    "ForbiddenError",
    "Head",
    "InForce",
    "Index",
    "Inputs",
    "Job",
    "JournalError",
    "Library",
    "Lookup",
    "Match",
    "Money",
    "NotFoundError",
    "Output",
    "Parameter",
    "ParameterError",
    "Problem",
    "Publisher",
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
    "Rights",
    "Row",
    "Sensitivity",
    "Source",
    "SourceError",
    "State",
    "Statements",
    "Step",
    "Store",
    "Summary",
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
    "changes_file",
    "check_token",
    "context",
    "create_token",
    "current",
    "dataset_of",
    "datatype_of",
    "description",
    "differences",
    "document_graph",
    "dump_names",
    "find",
    "has_dataset",
    "is_iri",
    "is_up_to_date",
    "is_volatile",
    "label",
    "labels",
    "language_of",
    "links",
    "markdown",
    "may_ask_servers",
    "media_type",
    "names_of",
    "native",
    "open_store",
    "pack",
    "patch",
    "plan_quads",
    "publish",
    "read_history",
    "read_index",
    "read_journal",
    "read_library",
    "read_release",
    "read_summary",
    "read_tokens",
    "reason",
    "refuse_rewriting",
    "release_iri",
    "report_triples",
    "revoke_token",
    "rights",
    "rights_of",
    "run_engine",
    "sensitivity",
    "shape_quads",
    "shipped_quads",
    "standing",
    "statements",
    "steps",
    "successors",
    "tag",
    "trace",
    "turns",
    "validate_data",
    "value_of",
    "view_triples",
    "ways",
    "whole_names",
    "withdraw",
    "write_jsonld",
    "write_rows",
    "write_triples",
    "write_turtle",
]
