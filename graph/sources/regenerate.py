"""Writes again what comes from the open data: `python -m filorosso.graph.sources.regenerate --from DIR [--to graph/data]`.

DIR holds the publishers' files as `sdg/`, `pnrr/`, `projects/` and `territory/`. The same files give the same bytes.

    names/municipalities.csv    municipalities since 2021, from OntoPiA
    names/sub-measures.csv      sub-measures of both plans, with our English names
    agenda-2030.ttl             from the UN's taxonomy
    pnrr.ttl                    from the two tables of measures
    pnrr-sdg.ttl                from the official mapping
    seregno-projects.ttl        from the registers, for Seregno

The names written by us (`names/agenda-2030.csv`, `names/pnrr.csv`, `names/successions.csv`) are read from the package, and so is what the
other files of the graph describe already.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.plugins.serializers.turtle import TurtleSerializer
from rdflib.term import Node

from .. import resources
from ..errors import FilorossoError, SourceError
from ..formats import read_triples
from ..namespaces import DCT, FILO, FOAF, ID, ORG, RDFS, SDG_ONTOLOGY, SKOS, VOC, XSD
from ..terms import Triple, datatype_of, is_iri, language_of, value_of
from .agenda import agenda
from .mapping import mapping
from .names import read_names
from .nodes import Known, known_from
from .places import COLUMNS, Municipality, municipalities
from .plan import EARLY, LATER, read_english, read_plan
from .pnrr import pnrr
from .projects import read_register
from .successions import read_fates
from .tables import file_sha256

SEREGNO = "108039"
MUNICIPALITIES_SINCE = "2021-01-01"
OUTPUTS = ("agenda-2030", "pnrr", "pnrr-sdg", "seregno-projects")

_PREFIXES = {
    "dct": DCT,
    "filo": FILO,
    "foaf": FOAF,
    "org": ORG,
    "rdfs": RDFS,
    "sdgo": SDG_ONTOLOGY,
    "skos": SKOS,
    "xsd": XSD,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 if all was written, 2 if not."""
    parser = argparse.ArgumentParser(prog="python -m filorosso.graph.sources.regenerate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--from", dest="source", type=Path, required=True, help="folder of the publishers' files")
    parser.add_argument("--to", dest="target", type=Path, default=Path("graph/data"), help="folder to write to (default: graph/data)")
    options = parser.parse_args(arguments)
    try:
        regenerate(options.source, options.target)
    except (FilorossoError, OSError) as error:
        print(f"regenerate: {error}", file=sys.stderr)  # noqa: T201 - a command line's own voice
        return 2
    return 0


def regenerate(source: Path, target: Path) -> None:
    """Write all files from the publishers' folder `source` to the data folder `target`.

    :raises SourceError: a publisher's file cannot be read.
    """
    (target / "names").mkdir(parents=True, exist_ok=True)
    write_tables(source, target / "names")
    known, names = _known(), resources.folder("graph", "data", "names")
    tables = source / "pnrr"
    early, later = tables / EARLY.source.title, tables / LATER.source.title
    taxonomy_path = source / "sdg" / "sdg-ontology-with-taxonomy.ttl"
    taxonomy = read_triples(taxonomy_path)
    said = agenda(taxonomy, read_names(names / "agenda-2030.csv"), sha256=file_sha256(taxonomy_path), known=known)
    _write(target, "agenda-2030", "the UN's SDG taxonomy (reuse with citation)", said)
    said = pnrr(early, later, read_english(names / "pnrr.csv"), read_fates(names / "successions.csv"), known=known)
    _write(target, "pnrr", "the PNRR's tables of measures, Italia Domani (CC BY 4.0)", said)
    said = mapping(tables / "Mappatura_PNRR_SNSvS_Agenda2030_v2.csv", read_plan(early), taxonomy, known=known)
    _write(target, "pnrr-sdg", "the mapping of MEF-RGS and Istat, Italia Domani (CC BY 4.0)", said)
    said = read_register(_registers(source / "projects"), [SEREGNO], known=known, labelled=True).triples
    _write(target, "seregno-projects", "ReGiS registers, Italia Domani (CC BY 4.0)", said)


def write_tables(source: Path, target: Path) -> None:
    """The two tables that the importers need when the publishers' files are not there.

    :raises SourceError: a publisher's file cannot be read.
    """
    provinces = _provinces(source / "territory" / "provinces_provinces.ttl")
    found = municipalities(source / "territory" / "cities_cities.csv", provinces, MUNICIPALITIES_SINCE)
    _write_table(target / "municipalities.csv", COLUMNS, map(_cells, found))
    english = read_english(resources.folder("graph", "data", "names") / "pnrr.csv")
    plans = [read_plan(source / "pnrr" / version.source.title) for version in (EARLY, LATER)]
    names = {row.code: row.name for plan in plans for row in plan}
    rows = ((code, name, english.get(name, name)) for code, name in sorted(names.items()))
    _write_table(target / "sub-measures.csv", ("code", "it", "en"), rows)


def turtle(triples: Iterable[Triple], comment: str) -> str:
    """Turtle: a comment line, sorted prefixes, subjects sorted, `a` first, four spaces; literals keep their form."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in _PREFIXES.items():
        graph.bind(prefix, namespace)
    for prefix, namespace in _own_prefixes(triples).items():
        graph.bind(prefix, namespace)
    for triple in triples:
        graph.add(tuple(map(_node, triple)))  # type: ignore[arg-type]
    written = io.BytesIO()
    _Serializer(graph).serialize(written)
    return f"# {comment}\n" + written.getvalue().decode().strip() + "\n"


class _Serializer(TurtleSerializer):
    """rdflib's, but decimals keep their form: `600000` would be written `600000.0`."""

    def label(self, node: Node, position: int) -> str:
        if isinstance(node, Literal) and str(node.datatype) == XSD + "decimal":
            return f'"{node}"^^xsd:decimal'
        return str(super().label(node, position))


def _node(term: str) -> Node:
    if is_iri(term):
        return URIRef(value_of(term))
    datatype = datatype_of(term)
    return Literal(value_of(term), lang=language_of(term), datatype=URIRef(datatype) if datatype else None, normalize=False)


def _own_prefixes(triples: Iterable[Triple]) -> dict[str, str]:
    """A prefix for each folder of our IRIs: `certainty` for those under `voc/certainty/`, `pnrr-2023-sub-measure` likewise."""
    found = {}
    for term in sorted({term for triple in triples for term in triple}):
        for base in (VOC, ID):
            folder, _, last = term[1 + len(base) : -1].rpartition("/") if term.startswith("<" + base) else ("", "", "")
            if folder and last[:1].isalpha():
                found[folder.replace("/", "-")] = f"{base}{folder}/"
    return dict(sorted(found.items()))


def _write(target: Path, stem: str, source: str, triples: Sequence[Triple]) -> None:
    comment = f"Filorosso data, written by filorosso.graph.sources.regenerate from {source}. CC BY 4.0."
    (target / f"{stem}.ttl").write_text(turtle(triples, comment), encoding="utf-8", newline="\n")


def _write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _cells(one: Municipality) -> tuple[str, ...]:
    return one.code, one.start, one.end or "", one.label, one.province, one.province_label, one.region, str(one.line)


def _known() -> Known:
    """What the files of the graph that nobody writes from open data say."""
    paths = (path for path in resources.turtle_files("graph", "data") if path.stem not in OUTPUTS)
    return known_from(triple for path in paths for triple in read_triples(path))


def _registers(folder: Path) -> list[Path]:
    names = ("regis_localizzazioni_universo.parquet", "regis_progetti_validati.parquet")
    return [folder / name for name in names] + list(_extracts(folder))


def _extracts(folder: Path) -> Iterator[Path]:
    for pattern in ("extract_2025_PNRR_Pagamenti_di_Progetto_*.csv", "extract_2025_PNRR_Indicatori_Target_*.csv"):
        found = sorted(folder.glob(pattern))
        if not found:
            raise SourceError(folder, f"there is no {pattern}")
        yield from found


def _provinces(path: Path) -> dict[str, str]:
    """The names of provinces by code."""
    label = f"<{RDFS}label>"
    found = ((s, value_of(o)) for s, p, o in read_triples(path) if p == label)
    return {value_of(s).rsplit("/", 1)[-1]: name for s, name in found if "/provinces/" in s}


if __name__ == "__main__":
    sys.exit(main())
