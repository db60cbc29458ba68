"""Municipalities under OntoPiA's IRIs: an ISTAT code means a municipality only at a date, because codes are used again and end."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..namespaces import CITIES, PROVINCES
from ..terms import Triple, iri, text
from .nodes import ALT_LABEL, EVIDENCE, PART_OF, TYPE, Known, Pair, describe, evidence, filo, labels, node, voc
from .tables import Row, date, read_cell, read_table

LOCATION = iri("http://purl.org/dc/terms/Location")
REGIONS = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/regions/"
COLUMNS = ("code", "start", "end", "label", "province", "province_label", "region", "line")

_CITIES_DOCUMENT = node("document/ontopia-cities")
_STILL = "31-12-9999"
_VOCABULARY = (
    "codice regione",
    "codice provincia",
    "id comune",
    "codice comune",
    "label comune it",
    "data inizio validita",
    "data fine validita",
)

_REGIONS = {
    "01": ("Piemonte", "Piedmont"),
    "02": ("Valle d'Aosta", "Aosta Valley"),
    "03": ("Lombardia", "Lombardy"),
    "04": ("Trentino-Alto Adige", "Trentino-Alto Adige"),
    "05": ("Veneto", "Veneto"),
    "06": ("Friuli-Venezia Giulia", "Friuli-Venezia Giulia"),
    "07": ("Liguria", "Liguria"),
    "08": ("Emilia-Romagna", "Emilia-Romagna"),
    "09": ("Toscana", "Tuscany"),
    "10": ("Umbria", "Umbria"),
    "11": ("Marche", "Marche"),
    "12": ("Lazio", "Lazio"),
    "13": ("Abruzzo", "Abruzzo"),
    "14": ("Molise", "Molise"),
    "15": ("Campania", "Campania"),
    "16": ("Puglia", "Apulia"),
    "17": ("Basilicata", "Basilicata"),
    "18": ("Calabria", "Calabria"),
    "19": ("Sicilia", "Sicily"),
    "20": ("Sardegna", "Sardinia"),
}
# The 14 metropolitan cities that the vocabulary knows; those of 2026 are told in territory.ttl.
_METROPOLITAN = {"001", "010", "015", "027", "037", "048", "058", "063", "072", "080", "082", "083", "087", "092"}
_ENGLISH = {
    "Roma": "Rome",
    "Milano": "Milan",
    "Torino": "Turin",
    "Genova": "Genoa",
    "Firenze": "Florence",
    "Venezia": "Venice",
    "Napoli": "Naples",
}
_SMALL = frozenset(
    (
        *("a", "ad", "al", "alla", "alle", "allo", "ai", "agli", "con", "da", "dal", "dalla", "de", "degli"),
        *("dei", "del", "della", "delle", "dello", "des", "di", "du", "e", "ed", "en", "et", "i", "il"),
        *("in", "la", "le", "li", "lo", "ne", "nel", "nella", "nelle", "nello", "nei", "negli", "per", "su"),
        *("sul", "sulla", "sulle", "sui", "sur", "tra", "und"),
    )
)
_ELIDED = {"d", "dell", "all", "nell", "sull", "dall", "l", "un"}


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality while its code, name and province last: `start` its first day, `end` the day after its last, or None (ISO 8601);
    `line` is its line in the vocabulary."""

    code: str
    start: str
    end: str | None
    label: str
    province: str
    province_label: str
    region: str
    line: int

    @property
    def node(self) -> str:
        """The OntoPiA IRI: code and first day."""
        return f"<{CITIES}{self.code}-({self.start})>"

    @property
    def english(self) -> str:
        """The name in English, where it has one."""
        return _ENGLISH.get(self.label, self.label)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Municipalities by code and by name."""

    by_code: Mapping[str, tuple[Municipality, ...]]
    by_name: Mapping[str, tuple[Municipality, ...]]

    def at(self, code: str, day: str | None) -> Municipality | None:
        """The municipality that a code meant on a day (ISO 8601), or means today if no day is given."""
        for municipality in self.by_code.get(code, ()):
            if municipality.end is None if day is None else _lasts(municipality, day):
                return municipality
        return None

    def named(self, name: str) -> Municipality | None:
        """The only municipality of today that has a name, however it is written; None where there is none, or more than one."""
        found = [one for one in self.by_name.get(fold(name), ()) if one.end is None]
        return found[0] if len(found) == 1 else None


def read_gazetteer(path: Path) -> Gazetteer:
    """The table that `write_gazetteer` makes.

    :raises SourceError: a column is missing.
    """
    by_code: defaultdict[str, list[Municipality]] = defaultdict(list)
    by_name: defaultdict[str, list[Municipality]] = defaultdict(list)
    for row in read_table(path, [column.replace("_", " ") for column in COLUMNS]).rows:
        cells = [row.cells[column.replace("_", " ")] for column in COLUMNS]
        code, start, end, label, province, province_label, region, line = cells
        municipality = Municipality(code, start, end or None, label, province, province_label, region, int(line))
        by_code[code].append(municipality)
        by_name[fold(label)].append(municipality)
    return Gazetteer({code: tuple(found) for code, found in by_code.items()}, {name: tuple(found) for name, found in by_name.items()})


def municipalities(path: Path, provinces: Mapping[str, str], since: str) -> Iterator[Municipality]:
    """The municipalities of OntoPiA's vocabulary that lasted until after a day, by code and first day; `provinces` are names by code.

    :raises SourceError: a column is missing, or a date cannot be read.
    """
    found: dict[tuple[str, str], Municipality] = {}
    for row in read_table(path, _VOCABULARY).rows:
        one = _municipality(row, provinces)
        other = found.get((one.code, one.start))
        if (one.end is None or max(since, one.start) < one.end) and (other is None or _end(other) < _end(one)):
            found[one.code, one.start] = one
    return iter(found[key] for key in sorted(found))


def places(found: Iterable[Municipality], known: Known) -> list[Triple]:
    """Municipalities with their provinces and regions, each described once; what is known is left out."""
    triples: list[Triple] = []
    told = set(known.labelled)
    for municipality in sorted(set(found), key=lambda one: (one.code, one.start)):
        proof = node(f"place/evidence/municipality-{municipality.code}-{municipality.start}")
        said = [_place(municipality, proof), _province(municipality, proof), _region(municipality.region, proof)]
        new = [part for part in said if part and part[0][0] not in told]
        told |= {part[0][0] for part in new}
        triples += [triple for part in new for triple in part]
        if new:
            names = f"Vocabolario dei comuni, riga {municipality.line}", f"Vocabulary of municipalities, row {municipality.line}"
            triples += evidence(proof, _CITIES_DOCUMENT, f"row {municipality.line}", names)
    return triples


def fold(name: str) -> str:
    """A name without what its spellings differ in: case, accents written as apostrophes, blanks."""
    plain = name.casefold().translate(str.maketrans("àáâèéêìíòóôùúüç", "aaaeeeiiooouuuc"))
    return re.sub(r"[^a-z0-9]+", "", plain)


def in_title_case(printed: str) -> str:
    """A name printed in capitals as Italian writes it: `REGGIO NELL'EMILIA` is `Reggio nell'Emilia`."""
    words = re.split(r"([ \-/(]+)", printed.strip().lower())
    return "".join(_word(word, first=place == 0) for place, word in enumerate(words))


def _word(word: str, *, first: bool) -> str:
    head, apostrophe, tail = word.partition("'")
    if word == "de'" and not first:
        return word
    if apostrophe and tail:
        head = head if head in _ELIDED and not first else head.capitalize()
        return head + apostrophe + tail.capitalize()
    return word if word in _SMALL and not first else word.capitalize()


def _place(municipality: Municipality, proof: str) -> list[Triple]:
    pairs = [
        (TYPE, LOCATION),
        *_named(municipality.label),
        (filo("istatCode"), text(municipality.code)),
        (filo("hasGovernanceLevel"), voc("governance-level/municipal")),
        (PART_OF, iri(PROVINCES + municipality.province)),
        (EVIDENCE, proof),
    ]
    return describe(municipality.node, pairs)


def _end(municipality: Municipality) -> str:
    return municipality.end or "9999-12-31"


def _lasts(municipality: Municipality, day: str) -> bool:
    return municipality.start <= day and (municipality.end is None or day < municipality.end)


def _municipality(row: Row, provinces: Mapping[str, str]) -> Municipality:
    end, province = row.cells["data fine validita"], row.cells["codice provincia"]
    return Municipality(
        row.cells["codice comune"],
        read_cell(row, "data inizio validita", _day),
        None if end == _STILL else read_cell(row, "data fine validita", _day),
        in_title_case(row.cells["label comune it"]),
        province,
        provinces.get(province, province),
        row.cells["codice regione"],
        row.line,
    )


def _day(printed: str) -> str:
    day = date(printed.replace("-", "/"))
    if day is None:
        raise ValueError("there is no date")
    return day


def _named(it: str) -> list[Pair]:
    return labels(it, _ENGLISH.get(it, it), ours="en" if it in _ENGLISH else "")


def _province(municipality: Municipality, proof: str) -> list[Triple]:
    metropolitan = municipality.province in _METROPOLITAN
    it, en = ("Città metropolitana di", "Metropolitan City of") if metropolitan else ("Provincia di", "Province of")
    name = municipality.province_label
    pairs = [
        (TYPE, LOCATION),
        *labels(f"{it} {name}", f"{en} {_ENGLISH.get(name, name)}", ours="it en"),
        (ALT_LABEL, text(name, "it")),
        (filo("istatCode"), text(municipality.province)),
        (filo("hasGovernanceLevel"), voc("governance-level/" + ("metropolitan" if metropolitan else "provincial"))),
        (PART_OF, iri(REGIONS + municipality.region)),
        (EVIDENCE, proof),
    ]
    return describe(iri(PROVINCES + municipality.province), pairs)


def _region(code: str, proof: str) -> list[Triple]:
    if code not in _REGIONS:
        return []
    pairs = [
        (TYPE, LOCATION),
        *labels(*_REGIONS[code], ours="en"),
        (filo("istatCode"), text(code)),
        (filo("hasGovernanceLevel"), voc("governance-level/regional")),
        (PART_OF, node("place/italia")),
        (EVIDENCE, proof),
    ]
    return describe(iri(REGIONS + code), pairs)
