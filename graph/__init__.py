"""Filorosso's graph: its sources, its rules, what follows from it, and its releases.

This is the façade: what stands in `__all__` may be used from outside; the modules behind it may change.
"""

from __future__ import annotations

from .errors import (
    BuildError,
    FilorossoError,
    NotFoundError,
    QueryError,
    ReasoningError,
    ReleaseError,
    SourceError,
    ValidationError,
)
from .facts import Facts, Lookup, label
from .formats import write_turtle
from .reasoning import Verdict, reason
from .release import Inputs, Release, build, current, is_up_to_date, plan_quads, refuse_rewriting, shape_quads, shipped_quads, validate_data
from .store import Answer, Store, open_store
from .terms import Quad, Triple, language_of, value_of
from .trace import Break, Money, Source, Step, Trace, Way, find, trace
from .validation import Problem, Report, report_triples

__all__ = [
    "Answer",
    "Break",
    "BuildError",
    "Facts",
    "FilorossoError",
    "Inputs",
    "Lookup",
    "Money",
    "NotFoundError",
    "Problem",
    "Quad",
    "QueryError",
    "ReasoningError",
    "Release",
    "ReleaseError",
    "Report",
    "Source",
    "SourceError",
    "Step",
    "Store",
    "Trace",
    "Triple",
    "ValidationError",
    "Verdict",
    "Way",
    "build",
    "current",
    "find",
    "is_up_to_date",
    "label",
    "language_of",
    "open_store",
    "plan_quads",
    "reason",
    "refuse_rewriting",
    "report_triples",
    "shape_quads",
    "shipped_quads",
    "trace",
    "validate_data",
    "value_of",
    "write_turtle",
]
