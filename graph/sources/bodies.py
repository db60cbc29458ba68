"""Who carries a project out, and what its title may say: only public bodies, and no name of a private beneficiary.

Registers name firms, sole traders, pharmacists and researchers, and a sole trader's firm is a person's name. What is public cannot be told
from the data with certainty, so the rule is an allow-list and errs towards silence:

- a body is modelled only if its name begins as those of public bodies do (municipality, region, ministry, school, university, health
  authority...), holds no company form, and its tax code, if printed, is one of a body (digits, not the 16 characters of a person's);
- a title is kept only if the project is no grant to others (CUP nature 06 or 07) nor a research grant (component M4C2, doctorates), its
  implementer is public where one is printed, and it holds no company form, title of courtesy or personal tax code. Else we write a
  descriptive label and mark it ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from ..namespaces import ORG, code_slug
from ..terms import Triple, iri
from .administrations import ADMINISTRATIONS
from .nodes import TYPE, describe, labels, node
from .places import Gazetteer, Municipality, in_title_case
from .tables import collapse

_PUBLIC = re.compile(
    "|".join(
        (
            r"COMUNE (?:DI|DELLA|DEL|DELL')|ROMA CAPITALE|PROVINCIA (?:DI|DEL|DELLA|DELL'|AUTONOMA)|REGIONE|CITTA'? METROPOLITANA",
            r"UNIONE (?:DEI |DI |DEGLI )?COMUN|UNIONE MONTANA|COMUNITA'? (?:MONTANA|COLLINARE|DI VALLE)",
            r"MINISTERO|PRESIDENZA DEL CONSIGLIO DEI MINISTRI|DIPARTIMENTO (?:PER|DELLA|DELLE|DEI|DI)|CONSIGLIO DI STATO|PREFETTURA",
            r"I\.?C\.?S?\.? |I\.?I\.?S\.?S?\.? |ISTITUTO (?:COMPRENSIVO|OMNICOMPRENSIVO|SUPERIORE|STATALE|TECNICO|PROFESSIONALE)",
            r"ISTITUTO (?:MAGISTRALE|D'ISTRUZIONE|DI ISTRUZIONE)|LICEO|DIREZIONE DIDATTICA|CIRCOLO DIDATTICO|CONVITTO NAZIONALE",
            r"SCUOLA (?:PRIMARIA|SECONDARIA|STATALE|MEDIA)|UNIVERSITA'? |POLITECNICO DI|ACCADEMIA DI BELLE ARTI|CONSERVATORIO DI MUSICA",
            r"AZIENDA (?:SANITARIA|OSPEDALIERA|OSPEDALIERO|USL|U\.S\.L\.|ULSS|UNITA'? SANITARIA|SOCIO SANITARIA)",
            r"A\.?S\.?L\.? |A\.?S\.?S\.?T\.? |A\.?T\.?S\.? |A\.?U\.?S\.?L\.? ",
            r"CONSIGLIO NAZIONALE DELLE RICERCHE|ISTITUTO (?:NAZIONALE|ZOOPROFILATTICO|AUTONOMO CASE POPOLARI)",
            r"AGENZIA (?:PER|DELLE|DEL|DELLA|NAZIONALE|REGIONALE|ITALIANA)|AUTORITA'? (?:DI|PORTUALE)|CAMERA DI COMMERCIO",
            r"CONSORZIO DI BONIFICA|COMMISSARIO STRAORDINARIO|ENTE PARCO|PARCO NAZIONALE",
        )
    )
)
_COMPANY = re.compile(
    r"\b(?:S\.?R\.?L\.?S?|S\.?P\.?A|S\.?N\.?C|S\.?A\.?S|S\.?C\.?A\.?R\.?L|S\.?S|SOC|SOCIETA|COOP|COOPERATIVA|CONSORTILE|ONLUS|SCRL|SCPA|LTD|GMBH|INC)\b"
    r"|\b(?:DITTA|FARMACIA|PARAFARMACIA|AZIENDA AGRICOLA|F\.?LLI|FRATELLI)\b|\bSOCIETA'"
)
_ASSOCIATION = re.compile(r"\b(?:FONDAZIONE|ASSOCIAZIONE|STUDIO|IMPRESA|PARITARI[AO])\b|&")
_PERSON = re.compile(
    r"\b(?:SIG|SIG\.?RA|SIGNOR|SIGNORA|DOTT|DR|DOTT\.?SSA|DR\.?SSA|PROF|PROF\.?SSA|ING|ARCH|AVV|GEOM|RAG|EREDI)\b\.?|\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b"
)
_ACCENTED: dict[str, str | int | None] = {"À": "A'", "È": "E'", "É": "E'", "Ì": "I'", "Ò": "O'", "Ù": "U'", "’": "'", '"': None}
_UNACCENT = str.maketrans(_ACCENTED)
_NO_TITLE = {"", "N/D", "N/A", "ND", "#NOME?", "DA DEFINIRE", "XXX", "ALTRO", "-", "."}
_GRANTS = {"6", "06", "7", "07"}
_RESEARCH = re.compile(r"M4C2|M4C1I3\.04|M4C1I4\.01")
_BODY_TAX_CODE = re.compile(r"\d{1,11}")
# Calls that only public administrations could answer.
_PUBLIC_CALLS = {"M1C1I1.01.00", "M1C1I1.02.00", "M1C1I1.03.01", "M1C1I1.04.01", "M1C1I1.04.03", "M1C1I1.04.04", "M1C1I1.04.05"}
_ACRONYMS = {"ic", "iis", "iiss", "ics", "asl", "asst", "ats", "ausl", "usl", "ulss", "cnr", "inps", "inail", "enea", "zes", "mimit"}
_NAMED_PLAINLY = re.compile(r"REGIONE|PROVINCIA|CITTA'? METROPOLITANA|MINISTERO|PRESIDENZA|ROMA CAPITALE|CONSIGLIO|DIPARTIMENTO")


@dataclass(frozen=True, slots=True)
class Body:
    """A public body: its node and its names; one that is in charge of measures is described with the plan (`with_plan`)."""

    node: str
    it: str
    en: str
    with_plan: bool = False

    def triples(self) -> list[Triple]:
        """The body described; its English name is ours."""
        if self.with_plan:
            return []
        return describe(self.node, [(TYPE, iri(ORG + "Organization")), *labels(self.it, self.en, ours="en")])


def public_body(printed: str, tax_code: str, gazetteer: Gazetteer) -> Body | None:
    """The public body that a register names as implementer, or None where it is none or might be none."""
    name = _plain(printed)
    if not _looks_public(name, tax_code):
        return None
    if name.startswith("COMUNE DI "):
        municipality = gazetteer.named(name.removeprefix("COMUNE DI "))
        if municipality:
            return municipal_body(municipality, gazetteer)
    return _administration(name) or _other(printed, tax_code.zfill(11) if tax_code else "")


def municipal_body(municipality: Municipality, gazetteer: Gazetteer) -> Body:
    """The municipality as a body; where two share a name, the ISTAT code tells them apart."""
    slug = "comune-di-" + _slug(municipality.label)
    if gazetteer.named(municipality.label) != municipality:
        slug += "-" + municipality.code
    return Body(node("organization/" + slug), f"Comune di {municipality.label}", f"Municipality of {municipality.english}")


def registered_body(printed: str, ipa: str) -> Body:
    """A body of the index of public administrations, by its code there; for registers that only such bodies enter."""
    name = _readable(printed)
    return Body(node(f"organization/{_slug(name)}-{code_slug(ipa)}"), name, name)


def kept_title(printed: str, nature: str, code: str, implementer: str, tax_code: str) -> str | None:
    """The title of a project as printed, or None if there is none or it may name a private beneficiary."""
    title, capitals = collapse(printed), _plain(printed)
    if capitals in _NO_TITLE or nature.strip() in _GRANTS or _RESEARCH.match(code):
        return None
    if _COMPANY.search(capitals) or _PERSON.search(capitals):
        return None
    public = code in _PUBLIC_CALLS or not implementer.strip() or _looks_public(_plain(implementer), tax_code)
    return title if public else None


def has_title(printed: str) -> bool:
    """Whether a register prints a title at all."""
    return _plain(printed) not in _NO_TITLE


def _looks_public(name: str, tax_code: str) -> bool:
    private = _COMPANY.search(name) or _ASSOCIATION.search(name) or (tax_code and not _BODY_TAX_CODE.fullmatch(tax_code))
    return bool(_PUBLIC.match(name)) and not private


@lru_cache(maxsize=65536)
def _plain(printed: str) -> str:
    return collapse(printed.upper().translate(_UNACCENT))


def _administration(name: str) -> Body | None:
    """One of the administrations in charge of measures; registers cut names at 40 characters."""
    for body in ADMINISTRATIONS.values():
        full = _plain(body.it)
        if name == full or (len(name) >= 39 and full.startswith(name)):
            return Body(body.node, body.it, body.en, with_plan=True)
    return None


def _other(printed: str, tax_code: str) -> Body:
    name = _readable(printed)
    slug = _slug(name)
    if not _NAMED_PLAINLY.match(_plain(printed)):
        slug += "-" + (tax_code or sha256(_plain(printed).encode()).hexdigest()[:8])
    return Body(node("organization/" + slug), name, name)


def _readable(printed: str) -> str:
    name = collapse(printed.replace('"', " "))
    if name != name.upper():
        return name
    return " ".join(word.upper() if word.lower() in _ACRONYMS else word for word in in_title_case(name).split(" "))


def _slug(name: str) -> str:
    return code_slug(name.casefold().translate(str.maketrans("àáâèéêìíòóôùúüç", "aaaeeeiiooouuuc")))
