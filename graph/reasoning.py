"""Classifying the ontology with HermiT, through owlready2.

HermiT decides consistency and subsumption in OWL 2 DL. It knows neither `xsd:date` nor a few other datatypes and is told to ignore
them: dates are SHACL's business. It is a Java program; owlready2 brings it along, Java it does not.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from . import formats, resources
from .errors import ReasoningError


@dataclass(frozen=True, slots=True)
class Classification:
    """What the reasoner found: whether the ontology is consistent, and the IRIs of classes that can have no member."""

    consistent: bool
    unsatisfiable: tuple[str, ...]
    classes: int


def reason(extra: Sequence[Path] = ()) -> Classification:
    """Classify the ontology, together with further RDF files if any are given.

    :raises ReasoningError: there is no Java, or the reasoner failed.
    :raises SourceError: a file cannot be read.
    """
    if shutil.which("java") is None:
        raise ReasoningError("HermiT needs Java and there is none on this machine; install a Java runtime (Debian: default-jre-headless)")
    paths = [resources.folder("ontology") / "filorosso.ttl", *extra]
    triples = [triple for path in paths for triple in formats.read_triples(path)]
    return _classify("".join(f"{s} {p} {o} .\n" for s, p, o in triples))


def _classify(ntriples: str) -> Classification:
    import owlready2

    world = owlready2.World()
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            ontology = world.get_ontology("https://w3id.org/filorosso/onto/").load(fileobj=io.BytesIO(ntriples.encode()))
            owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
    except owlready2.OwlReadyInconsistentOntologyError:
        return Classification(False, (), len(list(world.classes())))
    except (owlready2.OwlReadyError, OSError, ValueError) as error:
        raise ReasoningError(f"the reasoner failed: {(str(error) or type(error).__name__).splitlines()[0]}") from None
    unsatisfiable = sorted(c.iri for c in world.inconsistent_classes() if c is not owlready2.Nothing)
    return Classification(True, tuple(unsatisfiable), len(list(ontology.classes())))
