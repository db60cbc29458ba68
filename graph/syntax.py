"""What the text of a query or an update says, as far as a service must know it before the engine sees it.

The engine parses; it has no way to say what a request would reach. So this module reads the tokens of SPARQL 1.1 (its grammar, section
19.8) and answers a few questions of them: does it ask another server, load a file, name a dataset, depend on the hour or on chance. Where
it cannot be sure it says yes: a refusal too many is a nuisance, one too few is a hole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from .errors import ForbiddenError, QueryError
from .namespaces import PREFIXES

# What a keyword cannot stand in: an IRI, a string in one of four quotings, an escaped character of a name, a comment.
_QUIET = (
    r"(?P<iri><(?:[^<>\"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)"
    r'|(?P<string>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
    r'|"(?:[^"\\\n\r]|\\.)*"|\'(?:[^\'\\\n\r]|\\.)*\')'
    r"|(?P<escape>\\.)"  # a number sign after a backslash begins no comment
    r"|(?P<comment>#[^\n\r]*)"
)
# What may hold the letters of a keyword and is none: variables, local names, language tags. Rather too little than too much: the
# engine reads a keyword even where it touches a number or a colon.
_NAMES = r"(?P<name>[?$]\w+|:[\w:-]*|@[A-Za-z]+(?:-[A-Za-z0-9]+)*)"
_TOKEN = re.compile(rf"{_QUIET}|{_NAMES}|(?P<word>[^\W\d][\w.-]*)|(?P<other>\S)", re.DOTALL)
_SILENT = re.compile(_QUIET, re.DOTALL)
_SILENT_NAMES = re.compile(_NAMES, re.ASCII)
# Not between word boundaries: `1SERVICE` is the keyword too.
_SERVICE, _LOAD = (re.compile(word, re.IGNORECASE) for word in ("SERVICE", "LOAD"))
_FROM = re.compile(r"\bFROM\b", re.IGNORECASE)
_VOLATILE = re.compile(r"RAND|NOW|UUID|BNODE", re.IGNORECASE)

# The engine's parser recurses: on a stack of 8 MiB longer or deeper ones would overflow it and end the process.
MAX_CHARACTERS = 6_000
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that a request names for itself, by IRI: those that make up its default graph, and its named ones."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any is named."""
        return bool(self.default or self.named)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    def says(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words


def keywords(text: str) -> str:
    """What of a request can be keywords: IRIs, strings, comments, variables and names are blanked out.

    :raises QueryError: it is not Unicode text.
    """
    return _SILENT_NAMES.sub(" ", _loud(text))


def may_ask_servers(text: str) -> bool:
    """Whether the letters of SERVICE are anywhere in a text; if not, it surely asks no other server."""
    return _SERVICE.search(text) is not None


def may_load(text: str) -> bool:
    """Whether the letters of LOAD are anywhere in an update; if not, it surely fetches no document."""
    return _LOAD.search(text) is not None


def has_service(text: str) -> bool:
    """Whether tokens show a SERVICE clause."""
    return _SERVICE.search(keywords(text)) is not None


def without_services(text: str) -> str:
    """The text with other letters in place of SERVICE wherever they stand, for a parser to tell whether they are a keyword.

    As a part of an IRI, a string, a comment or a name other letters parse as well; the keyword does not. So what still parses has no
    SERVICE clause, whatever a reader of tokens may take an ambiguous sign for.
    """
    return _SERVICE.sub("xervice", text)


def without_load(text: str) -> str:
    """The same for LOAD."""
    return _LOAD.sub("xoad", text)


def with_graphs(text: str) -> str:
    """A query whose SERVICE clauses, as tokens show them, are GRAPH clauses, for a parser to tell whether these are all there are."""
    tokens = list(_tokens(text))
    for place in reversed([place for place, token in enumerate(tokens) if token.says("SERVICE")]):
        silent = place + 1 < len(tokens) and tokens[place + 1].says("SILENT")
        text = f"{text[: tokens[place].start]}GRAPH {text[tokens[place + 1 if silent else place].end :]}"
    return text


def after_prologue(text: str) -> int:
    """Where the first operation of an update begins, behind its BASE and PREFIX declarations; the end where there is none."""
    is_declared = True
    for token in _tokens(text):
        if is_declared and not token.says("BASE", "PREFIX"):
            return token.start
        is_declared = token.kind == "iri"
    return len(text)


def without_silent_loads(text: str) -> str:
    """An update whose LOAD SILENT operations, as tokens show them, do nothing: as if the documents could not be reached."""
    tokens = list(_tokens(text))
    for place in reversed([place for place, token in enumerate(tokens) if token.says("LOAD")]):
        end = place + 2
        if end < len(tokens) and tokens[place + 1].says("SILENT"):
            end += 3 if end + 1 < len(tokens) and tokens[end + 1].says("INTO") else 0
            text = f"{text[: tokens[place].start]}INSERT DATA {{}}{text[tokens[min(end, len(tokens) - 1)].end :]}"
    return text


def refuse_long(text: str) -> None:
    """Refuse what the engine's parser cannot bear on an ordinary stack.

    :raises QueryError: the request is too long or nested too deep.
    """
    loud = _loud(text)
    if len(loud) > MAX_CHARACTERS:
        raise QueryError(f"longer than {MAX_CHARACTERS} characters, strings and IRIs not counted; ask in parts")
    depth = deepest = 0
    for character in loud:
        depth += (character in "{([") - (character in "})]")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise QueryError(f"nested deeper than {MAX_DEPTH} brackets; ask in parts")


def is_volatile(text: str) -> bool:
    """Whether the answer may differ from one time to the next over the same data."""
    return _VOLATILE.search(text) is not None and _VOLATILE.search(keywords(text)) is not None


def has_dataset(text: str) -> bool:
    """Whether a query names its own dataset."""
    # The letters first: to read a text by its tokens takes long, if it is long.
    return _FROM.search(text) is not None and _FROM.search(keywords(text)) is not None


def dataset_of(text: str, base: str | None = None) -> Dataset:
    """The graphs that a query names with FROM and FROM NAMED.

    :raises QueryError: one is named with a prefix that is not declared.
    """
    tokens = list(_tokens(text))
    base, prefixes = _prologue(tokens, base)
    default: list[str] = []
    named: list[str] = []
    for place, token in enumerate(tokens):
        if token.says("FROM"):
            is_named = place + 1 < len(tokens) and tokens[place + 1].says("NAMED")
            (named if is_named else default).append(_iri_at(tokens, place + 1 + is_named, base, prefixes))
    return Dataset(tuple(default), tuple(named))


def with_services(text: str, addresses: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """A query whose SERVICE clauses ask other addresses, and which servers it wanted to ask.

    :param addresses: what to ask in place of each server that may be asked, by IRI.
    :raises ForbiddenError: a server that may not be asked, or one that only the data would name, or a clause that touches a name.
    """
    tokens = list(_tokens(text))
    asked: list[str] = []
    for place in reversed([place for place, token in enumerate(tokens) if token.says("SERVICE")]):
        if place and text[tokens[place].start - 1] not in " \t\r\n{}.;)":
            raise ForbiddenError("SERVICE is not allowed here in this spelling; put a space before it")
        named = place + 2 if place + 1 < len(tokens) and tokens[place + 1].says("SILENT") else place + 1
        token = tokens[named] if named < len(tokens) else None
        wanted = token.text[1:-1] if token and token.kind == "iri" else None
        if token is None or wanted is None or wanted not in addresses:
            said = token.text if token else ""
            raise ForbiddenError(f"SERVICE {said} is not allowed here: name a server that is registered, by its whole IRI")
        asked.append(wanted)
        text = f"{text[: token.start]}<{addresses[wanted]}>{text[token.end :]}"
    return text, tuple(asked)


def with_using(text: str, dataset: Dataset, *, named_by_request: bool) -> str:
    """An update whose DELETE and INSERT operations read a dataset: the USING clauses of SPARQL 1.1 Update, written in.

    :param named_by_request: whether the client named it; then the update may name none itself (SPARQL 1.1 Protocol, 2.2.3). Else the
        operations that name one themselves keep it.
    :raises QueryError: both name one.
    """
    tokens = list(_tokens(text))
    own = any(token.says("USING", "WITH") for token in tokens)
    if own and named_by_request:
        raise QueryError("the update names a dataset with USING or WITH, and so does the request; only one may")
    clauses = "".join(f"USING <{graph}> " for graph in dataset.default) + "".join(f"USING NAMED <{graph}> " for graph in dataset.named)
    written, place, depth, operation = "", 0, 0, 0
    for number, token in enumerate(tokens):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and token.text == ";":
            operation = number + 1
        if depth == 0 and token.says("WHERE") and not any(t.says("USING", "WITH") for t in tokens[operation:number]):
            pattern = _pattern(tokens, number, text) + " " if tokens[number - 1].says("DELETE") else ""
            written += f"{text[place : token.start]}{pattern}{clauses}"
            place = token.start
    return written + text[place:]


def _pattern(tokens: Sequence[_Token], where: int, text: str) -> str:
    """The braces after WHERE: `DELETE WHERE {…}` stands for `DELETE {…} WHERE {…}`, and only this form may have USING."""
    depth = 0
    for token in tokens[where + 1 :]:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return text[tokens[where + 1].start : token.end]
    return ""


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "comment":
            yield _Token(kind, match.group(), match.start(), match.end())


def _loud(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise QueryError("not SPARQL 1.1: the text is not Unicode") from None
    return _SILENT.sub(" ", text)


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        raise QueryError(f"<{address}> is not an IRI") from None


def _prologue(tokens: Sequence[_Token], base: str | None) -> tuple[str | None, dict[str, str]]:
    prefixes = {f"{name}:": address for name, address in PREFIXES.items()}
    for place, token in enumerate(tokens):
        if token.says("BASE") and place + 1 < len(tokens):
            base = _joined(base or "", tokens[place + 1].text[1:-1])
        elif token.says("PREFIX"):
            rest = tokens[place + 1 : place + 4]
            address = next((t for t in rest if t.kind == "iri"), None)
            if address is not None:
                name = "".join(t.text for t in rest[: rest.index(address)])
                prefixes[name] = _joined(base or "", address.text[1:-1])
        elif token.says("SELECT", "CONSTRUCT", "DESCRIBE", "ASK"):
            break
    return base, prefixes


def _iri_at(tokens: Sequence[_Token], place: int, base: str | None, prefixes: dict[str, str]) -> str:
    if place < len(tokens) and tokens[place].kind == "iri":
        written = tokens[place].text[1:-1]
        return _joined(base, written) if base else written
    said = ""
    end = tokens[place].start if place < len(tokens) else 0
    for token in tokens[place:]:
        if token.start != end or token.kind not in ("word", "name", "escape"):
            break
        said, end = said + token.text, token.end
    prefix, _, local = said.partition(":")
    if prefix + ":" not in prefixes:
        raise QueryError(f"FROM {said}: the prefix is not declared")
    return prefixes[prefix + ":"] + local.replace("\\", "")
