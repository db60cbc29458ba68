"""When frameworks were drafted, were in force, and what they cover: three times kept apart, on one axis and, in words, in a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ..view import Name, View

KINDS: Final = ("drafted", "inForce", "covers")
VERSION_OF: Final = "<http://purl.org/dc/terms/isVersionOf>"
WORDS: Final = {
    "it": {
        "times": "I tempi",
        "timesExplain": "Tre tempi tenuti distinti: quando è stato redatto, quando è (stato) in vigore, quale periodo copre.",
        "drafted": "redatto",
        "inForce": "in vigore",
        "covers": "copre",
        "printed": "stampato",
        "goesOn": "in corso: nessuna sostituzione nota",
        "endUnknown": "fine non detta",
        "day": "il",
        "since": "dal",
        "until": "al",
        "version": "Versione",
        "framework": "Quadro",
        "noTimes": "Nessuna fonte letta ne dice i tempi.",
        "drawing": "Linea del tempo: gli stessi dati stanno nella tabella che segue.",
    },
    "en": {
        "times": "The times",
        "timesExplain": "Three times kept apart: when it was drafted, when it is (or was) in force, which period it covers.",
        "drafted": "drafted",
        "inForce": "in force",
        "covers": "covers",
        "printed": "printed",
        "goesOn": "in force: no replacement is known",
        "endUnknown": "no end is stated",
        "day": "on",
        "since": "from",
        "until": "to",
        "version": "Version",
        "framework": "Framework",
        "noTimes": "No source that was read states its times.",
        "drawing": "Timeline: the table below says the same.",
    },
}
_WIDTH: Final = 960
_LEFT: Final = 12
_TOP: Final = 34
_ROW: Final = 74
_LANE: Final = 14
# A span without an end, or of a single day, is drawn as long as this at least.
_LEAST: Final = 8.0
_YEAR: Final = 365.2425


@dataclass(frozen=True, slots=True)
class Span:
    """A time of a framework: its first and last day in ISO 8601 (each may be unknown, `""`) and what its source prints.

    :param kind: of `KINDS`.
    """

    kind: str
    first: str
    last: str
    printed: str

    @property
    def is_open(self) -> bool:
        """Whether it goes on: only what is in force does until something replaces it."""
        return self.kind == "inForce" and not self.last


@dataclass(frozen=True, slots=True)
class Row:
    """A framework with what is known of its times."""

    name: Name
    spans: tuple[Span, ...]

    def span(self, kind: str) -> Span | None:
        """The time of a kind, if it is known."""
        return next((span for span in self.spans if span.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Bar:
    """A span as it is drawn, in units of the drawing."""

    span: Span
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Rows drawn on one axis: where the years stand, where each row's name, and the bars."""

    width: int
    height: int
    years: tuple[tuple[float, int], ...]
    names: tuple[tuple[float, Name], ...]
    bars: tuple[Bar, ...]


def times(view: View, frameworks: Iterable[str]) -> list[Row]:
    """The times of frameworks, the earliest first; those of which none is known come last."""
    rows = [Row(view.name(framework), _spans(view, framework)) for framework in frameworks]
    return sorted(rows, key=lambda row: (not row.spans, min((span.first or span.last for span in row.spans), default=""), row.name.text))


def drawn(rows: Sequence[Row]) -> Drawing | None:
    """Rows on one axis; None where no day is known."""
    known = [row for row in rows if row.spans]
    days = sorted(date.fromisoformat(day) for row in known for span in row.spans for day in (span.first, span.last) if day)
    if not days:
        return None
    first = days[0].year
    # One year more, so that what goes on is seen to go on.
    last = max(days[-1].year + 1, first + 2) + any(span.is_open for row in known for span in row.spans)
    scale = _Scale(first, last)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, last - first + 1) if (last - first) / step <= 16)
    bars = [scale.bar(span, _TOP + number * _ROW) for number, row in enumerate(known) for span in row.spans]
    return Drawing(
        _WIDTH,
        _TOP + len(known) * _ROW,
        tuple((scale.at(date(year, 1, 1)), year) for year in range(first, last, step)),
        tuple((_TOP + number * _ROW + 16.0, row.name) for number, row in enumerate(known)),
        tuple(bars),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Days as places on the axis, from the beginning of a year to that of another."""

    first: int
    last: int

    def at(self, day: date) -> float:
        years = (day - date(self.first, 1, 1)).days / _YEAR
        return round(_LEFT + years / (self.last - self.first) * (_WIDTH - 2 * _LEFT), 1)

    def bar(self, span: Span, top: float) -> Bar:
        end = date(self.last, 1, 1)
        start = date.fromisoformat(span.first or span.last)
        last = date.fromisoformat(span.last) if span.last else end if span.is_open else start
        x = self.at(start)
        return Bar(span, x, top + 24 + KINDS.index(span.kind) * _LANE, max(round(self.at(last) - x, 1), _LEAST))


def _spans(view: View, framework: str) -> tuple[Span, ...]:
    found = (Span(kind, *(view.value(framework, kind + end) for end in ("From", "Until", "Printed"))) for kind in KINDS)
    return tuple(span for span in found if _is_day(span.first) or (not span.first and _is_day(span.last)))


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
