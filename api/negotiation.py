"""Choosing a representation by what the client accepts (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# What clients ask for and mean one of ours.
ALIASES: Mapping[str, str] = {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
    "application/x-turtle": "text/turtle",
    "text/plain": "application/n-triples",
}


def choose(accept: str | None, offered: Sequence[str], aliases: Mapping[str, str] = ALIASES) -> str | None:
    """The offered media type that suits an Accept header best, the first of equals; None where none suits."""
    if not accept or not accept.strip():
        return offered[0]
    ranges = [_parsed(part) for part in accept.split(",") if part.strip()]
    best: tuple[float, int] | None = None
    chosen = None
    for place, media_type in enumerate(offered):
        quality = _quality(media_type, ranges, aliases)
        if quality > 0 and (best is None or (quality, -place) > best):
            best, chosen = (quality, -place), media_type
    return chosen


def choose_language(accept_language: str | None, offered: Sequence[str]) -> str:
    """The offered language that suits an Accept-Language header best, else the first."""
    ranges = [_parsed(part) for part in (accept_language or "").split(",") if part.strip()]
    wanted = sorted(ranges, key=lambda r: -r[1])
    for name, quality in wanted:
        if quality > 0 and (base := name.split("-")[0]) in offered:
            return base
    return offered[0]


def takes_gzip(accept: str) -> bool:
    """Whether an Accept-Encoding header allows gzip (RFC 9110, section 12.5.3)."""
    qualities = dict(_parsed(part) for part in accept.split(",") if part.strip())
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def _parsed(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = min(max(float(value), 0.0), 1.0)
            except ValueError:
                quality = 0.0
    return name, quality


def _quality(media_type: str, ranges: Sequence[tuple[str, float]], aliases: Mapping[str, str]) -> float:
    """The quality of the most specific range that matches; an exact name beats an alias, that a type, that everything."""
    family = media_type.split("/")[0] + "/*"
    found: tuple[int, float] = (0, 0.0)
    for name, quality in ranges:
        rank = 4 if name == media_type else 3 if aliases.get(name) == media_type else 2 if name == family else int(name == "*/*")
        if rank > found[0]:
            found = (rank, quality)
    return found[1]
