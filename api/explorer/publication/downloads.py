"""What may be taken away: the releases, their files with checksums, and what each changed.

Which there are the front says: a worker opens no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from filorosso.graph import GRAPH, NotFoundError

from ..view import Page, View, sorted_by

_KILO: Final = 1000
_WORDS: Final = {
    "it": {
        "lead": "Tutto il grafo e ogni grafo nominato, edizione per edizione, come file. Un'edizione non cambia, e il suo indirizzo resta.",
        "release": "Edizione",
        "serving": "in vigore",
        "since": "dal {}",
        "writes": "Il servizio risponde anche con {} modifiche accettate dopo, che non stanno in nessun file.",
        "whole": "Tutto il grafo",
        "graphs": "Grafo per grafo",
        "others": "Che cosa la accompagna",
        "file": "File",
        "kind": "Tipo",
        "size": "Dimensione",
        "sum": "SHA-256",
        "aboutGraph": "che cosa contiene",
        "howResume": "Riprendere e verificare",
        "resume": "Un file interrotto si riprende da dove si era fermato:",
        "verify": "Le somme di controllo si verificano tutte insieme, accanto ai file scaricati:",
        "changed": "Che cosa cambia dalla precedente",
        "patch": "differenze (RDF Patch)",
        "summary": "in numeri e nomi (JSON)",
        "first": "È la prima.",
        "all": "Tutte le edizioni",
        "notKept": "i suoi file non sono più conservati",
        "filesOf": "i file",
        "quads": "Quadruple",
        "follow": "Le novità",
        "followSaid": "Un feed Atom dice a parole che cosa cambia con ogni edizione; lo stesso elenco per i programmi:",
        "nothing": "Non c'è ancora alcuna edizione: si fa con «filorosso build».",
        "noRelease": "non c'è alcuna edizione con questo nome: sono elencate in /download",
    },
    "en": {
        "lead": "The whole graph and each named graph, release by release, as files. A release never changes: its address stays.",
        "release": "Release",
        "serving": "in force",
        "since": "since {}",
        "writes": "The service answers with {} writes accepted since, which are in no file.",
        "whole": "The whole graph",
        "graphs": "Graph by graph",
        "others": "What comes with it",
        "file": "File",
        "kind": "Type",
        "size": "Size",
        "sum": "SHA-256",
        "aboutGraph": "what it holds",
        "howResume": "Resume and verify",
        "resume": "A download that was broken off goes on from where it stopped:",
        "verify": "The checksums are verified all at once, beside the files that were downloaded:",
        "changed": "What changed from the one before",
        "patch": "differences (RDF Patch)",
        "summary": "in numbers and names (JSON)",
        "first": "It is the first.",
        "all": "All releases",
        "notKept": "its files are no longer kept",
        "filesOf": "the files",
        "quads": "Quads",
        "follow": "News",
        "followSaid": "An Atom feed says in words what each release changes; the same list for programs:",
        "nothing": "There is no release yet: “filorosso build” makes one.",
        "noRelease": "there is no release of this name: they are listed at /download",
    },
}


def downloads(view: View, offers: Mapping[str, Any], given: Mapping[str, str]) -> Page:
    """The page; `release` in the address is one whose files it lists instead of that in force.

    :param offers: as `offers_json` says them.
    :raises NotFoundError: there is no such release.
    """
    words, found = _WORDS[view.lang], offers["releases"]
    asked = given.get("release", "")
    name = offers["serving"] if asked in ("", "current") else asked
    shown = next((offer for offer in found if offer["release"] == name), None if asked else next(iter(found), None))
    if asked and shown is None:
        raise NotFoundError(f"{asked!r}: {words['noRelease']}")
    files = shown["files"] if shown else []
    title = {"it": "Dati da scaricare", "en": "Downloads"}[view.lang]
    context = {
        "offers": found,
        "serving": offers["serving"],
        "writes": offers["writesSince"],
        "shown": shown,
        "groups": _groups(files),
        "size": lambda number: _size(number, view.lang),
        "graph": lambda file: view.address(f"<{GRAPH}{file.removeprefix('graphs/').split('.')[0].replace('--', '/')}>"),
        "changes": _changes(shown) if shown else {},
    }
    return Page("downloads", title, context, _WORDS, crumbs=((title, ""),), is_lasting=False)


def _groups(files: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The files of a release: those of the whole, of one graph each, and what comes with them."""
    whole = [file for file in files if file["name"].startswith("data.")]
    graphs = sorted((file for file in files if file["name"].startswith("graphs/")), key=lambda file: sorted_by(file["name"]))
    others = [file for file in files if file not in whole and file not in graphs]
    return [(key, held) for key, held in (("whole", whole), ("others", others), ("graphs", graphs)) if held]


def _changes(offer: Mapping[str, Any]) -> dict[str, str]:
    """Where what a release changed can be had: as a patch, and in numbers and names."""
    if not offer["previous"]:
        return {}
    address = f"/changes/{offer['previous']}..{offer['release']}"
    return {"patch": address + ".rdfp.gz", "summary": address + ".json"}


def _size(number: int, lang: str) -> str:
    """A length in bytes as people say it."""
    size, unit = float(number), "B"
    for larger in ("kB", "MB", "GB"):
        if size < _KILO:
            break
        size, unit = size / _KILO, larger
    said = f"{size:.1f}" if unit != "B" else f"{int(size)}"
    return f"{said.replace('.', ',') if lang == 'it' else said} {unit}"
