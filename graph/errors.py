"""Every error that Filorosso raises on purpose.

FilorossoError              what the command line prints in one line and answers with exit code 2
├── SourceError             an input file that cannot be read: says file, line where known, and how to mend it
├── BuildError              a build that must not be published: says which step and why
├── ValidationError         the validator itself failed (not: the data does not conform)
├── QueryError              a query that is not SPARQL, or that this engine refuses
│   ├── QuerySyntaxError    not SPARQL: says line and column
│   ├── EvaluationError     well formed, but the engine cannot carry it out: an unknown function, a graph that is not there
│   └── ForbiddenError      well formed, but it would reach another server, a document, or what is not the client's
├── QuestionError           a file of the library that is not a question
├── ParameterError          a parameter of a question that is unknown, missing, or not what is expected
├── CitationError           a citation that is none, or of another question
├── ReleaseError            there is no release, or it is damaged
├── RemoteError             the engine that holds the release failed, or gave no whole answer
│   └── RemoteTimeoutError  it did not answer in time
├── JournalError            the journal of writes is damaged, in use, or cannot be written
├── TokenError              a token that cannot be made, found or read
├── NotFoundError           the thing asked for is not in the graph
└── ReasoningError          the reasoner could not run (no Java, say)
"""

from __future__ import annotations


class FilorossoError(Exception):
    """The root of Filorosso's own errors; its text is one line for a person."""


class SourceError(FilorossoError):
    """An input that cannot be read or trusted."""

    def __init__(self, where: object, why: str, *, line: int | None = None) -> None:
        """Say where (a path, a line if known) and why, with how to mend it."""
        place = f"{where}:{line}" if line is not None else str(where)
        super().__init__(f"{place}: {why}")


class BuildError(FilorossoError):
    """A build that must not be published."""


class ValidationError(FilorossoError):
    """The validator could not give a verdict."""


class QueryError(FilorossoError):
    """A query that cannot be run."""


class QuerySyntaxError(QueryError):
    """A query or an update that is not SPARQL 1.1; `line` and `column` count from 1."""

    def __init__(self, why: str, line: int | None = None, column: int | None = None) -> None:
        """Say what is wrong and where."""
        super().__init__(why)
        self.line = line
        self.column = column


class EvaluationError(QueryError):
    """A request that is well formed and cannot be carried out."""


class ForbiddenError(QueryError):
    """A request that is well formed and is refused all the same."""


class QuestionError(FilorossoError):
    """A file of the library that is not a question."""

    def __init__(self, name: str, why: str) -> None:
        """Say which file and what is wrong with it."""
        super().__init__(f"{name}: {why}")


class ParameterError(FilorossoError):
    """A parameter of a question that cannot be used; `name` is the parameter's, `why` says what was expected."""

    def __init__(self, name: str, why: str) -> None:
        """Say which parameter and what was expected."""
        super().__init__(f"parameter {name}: {why}")
        self.name, self.why = name, why


class CitationError(FilorossoError):
    """A citation that cannot be compared with an answer."""


class ReleaseError(FilorossoError):
    """No release, or a damaged one."""


class JournalError(FilorossoError):
    """A journal that cannot be read or written."""


class TokenError(FilorossoError):
    """A token that cannot be made, found or read."""


class RemoteError(FilorossoError):
    """Another engine, which holds the release, cannot be reached, failed, or gave an answer that is not whole."""


class RemoteTimeoutError(RemoteError):
    """Another engine did not answer in time."""


class NotFoundError(FilorossoError):
    """The thing asked for is not in the graph."""


class ReasoningError(FilorossoError):
    """The reasoner could not run."""
