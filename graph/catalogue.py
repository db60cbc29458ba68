"""The catalogue of a release, for those who harvest: DCAT-AP_IT 1.0, each node with the plain type of DCAT 3 too, as DCAT-AP 3.0 reads it.

There is one dataset for the whole graph and one for each framework; a plan with versions is one dataset, and each version is a
`dcat:Dataset` that is `dcat:isVersionOf` it (DCAT 3, section 11), without files of its own. The files of a dataset are the dumps of the
named graphs in which data of the framework stand; what is only proposed is in the whole alone.

Who publishes is said to the build. A named graph may say `dct:publisher` of itself, so that a service holds the plan of another body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from . import terms
from .dumps import DOWNLOAD, dump_names, whole_names
from .errors import SourceError
from .facts import Facts, label
from .holdings import VERSION_OF, Holding, documents, holdings, places
from .listing import ENDPOINT
from .namespaces import BASE, DCAT, DCATAPIT, DCT, FILO, FOAF, GRAPH, ID, RDF, RDFS, SKOS, VCARD, graph_slug, stem
from .rights import LANGUAGES, LICENSE, RIGHTS, SCHEMA_ABOUT, SOURCE, line, rights_of
from .terms import Quad, Triple, iri, is_iri, text, value_of

CATALOGUE: Final = BASE + "catalogue"
CATALOGUE_GRAPH: Final = iri(GRAPH + "catalogue")
DATASET: Final = BASE + "dataset/"
DISTRIBUTION: Final = BASE + "distribution/"
WHOLE: Final = DATASET + "all"
ATTRIBUTION: Final = iri("http://schema.theodi.org/odrs#attributionText")

_TYPE, _LABEL, _COMMENT = iri(RDF + "type"), iri(RDFS + "label"), iri(RDFS + "comment")
_PUBLISHER, _HOLDER, _IDENTIFIER = iri(DCT + "publisher"), iri(DCT + "rightsHolder"), iri(DCT + "identifier")
_THEME, _KEYWORD, _CONTACT = iri(DCAT + "theme"), iri(DCAT + "keyword"), iri(DCAT + "contactPoint")
_LANGUAGE, _FREQUENCY, _MODIFIED = iri(DCT + "language"), iri(DCT + "accrualPeriodicity"), iri(DCT + "modified")
_DISTRIBUTION, _VERSION_OF, _HAS_VERSION = iri(DCAT + "distribution"), iri(DCAT + "isVersionOf"), iri(DCAT + "hasVersion")
_NAME: Final = iri(FOAF + "name")
_CODE: Final = re.compile(r"[A-Za-z0-9._-]+")

_AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"
_LICENCE: Final = iri("https://w3id.org/italia/controlled-vocabulary/licences/A21_CCBY40")
_GOVERNMENT: Final = iri(_AUTHORITY + "data-theme/GOVE")
_THEMES: Final = iri(_AUTHORITY + "data-theme")
_IRREGULAR: Final = iri(_AUTHORITY + "frequency/IRREG")
_TONGUES: Final = (iri(_AUTHORITY + "language/ITA"), iri(_AUTHORITY + "language/ENG"))
_EDITORS: Final = iri(ID + "organization/filorosso")
_OPERATOR: Final = iri(CATALOGUE + "/publisher")
_CONTACT_NODE: Final = iri(CATALOGUE + "/contact")
_SERVICE: Final = iri(CATALOGUE + "/sparql")

# By the suffix of a file: the EU's file type, IANA's media type, and what it is called.
_FORMATS: Final = {
    "nq": ("RDF_N_QUADS", "application/n-quads", "N-Quads"),
    "trig": ("RDF_TRIG", "application/trig", "TriG"),
    "ttl": ("RDF_TURTLE", "text/turtle", "Turtle"),
}
_PACKED: Final = {"gz": ("application/gzip", "gzip"), "zst": ("application/zstd", "zstd")}
_ANSWERS: Final = iri(_AUTHORITY + "file-type/SPARQLQ")

# What others define and harvesters want to find described: class, name in Italian, name in English.
_OTHERS: Final = {
    _LICENCE: (
        (DCATAPIT + "LicenseDocument", DCT + "LicenseDocument"),
        "Creative Commons Attribuzione 4.0 Internazionale (CC BY 4.0)",
        "Creative Commons Attribution 4.0 International (CC BY 4.0)",
    ),
    _GOVERNMENT: ((SKOS + "Concept",), "Governo e settore pubblico", "Government and public sector"),
    _THEMES: ((SKOS + "ConceptScheme",), "Temi dei dati", "Data themes"),
    _IRREGULAR: ((DCT + "Frequency",), "irregolare", "irregular"),
    _TONGUES[0]: ((DCT + "LinguisticSystem",), "italiano", "Italian"),
    _TONGUES[1]: ((DCT + "LinguisticSystem",), "inglese", "English"),
    _ANSWERS: ((DCT + "MediaTypeOrExtent",), "interrogazione SPARQL", "SPARQL query"),
    **{iri(f"{_AUTHORITY}file-type/{code}"): ((DCT + "MediaTypeOrExtent",), name, name) for code, _, name in _FORMATS.values()},
    **{iri(_MEDIA + media): ((DCT + "MediaType",), name, name) for _, media, name in _FORMATS.values()},
    **{iri(_MEDIA + media): ((DCT + "MediaType",), name, name) for media, name in _PACKED.values()},
}
_KEYWORDS: Final = {
    "it": ("pianificazione strategica", "Agenda 2030", "dati collegati"),
    "en": ("strategic planning", "2030 Agenda", "linked data"),
}


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes what a service serves: names, identifier (an IPA code, say), e-mail address, home page or empty.

    :raises SourceError: a part is missing or malformed.
    """

    it: str = "Chi gestisce questo servizio non ha detto chi è"
    en: str = "Whoever runs this service did not say who they are"
    identifier: str = "unknown"
    email: str = "nobody@publisher.invalid"
    homepage: str = ""

    def __post_init__(self) -> None:
        """Refuse what would make a catalogue that nobody can harvest."""
        if not self.it.strip() or not self.en.strip():
            raise SourceError("publisher", "has no name; say who publishes")
        if not _CODE.fullmatch(self.identifier):
            raise SourceError("publisher", f"{self.identifier!r} is no identifier; write the IPA code, such as c_i625, without blanks")
        if not re.fullmatch(r"[A-Za-z0-9.!#$&'*+/=?_~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", self.email):
            raise SourceError("publisher", f"{self.email!r} is no e-mail address; write one such as opendata@comune.example")
        if self.homepage and not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", self.homepage):
            raise SourceError("publisher", f"{self.homepage!r} is no web address; write it whole, with https://")


UNNAMED: Final = Publisher()
"""Nobody said who publishes."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What the catalogue says besides what the graph knows: who publishes, and of which day (ISO 8601) the data are.

    The rights in the graphs `ours` (terms) are the editors'; `changed` is the day of the last accepted write to a graph (a term).
    """

    publisher: Publisher
    day: str
    ours: frozenset[str] = frozenset()
    changed: Mapping[str, str] = field(default_factory=dict)

    def modified(self, graphs: Iterable[str]) -> str:
        """The day (a term) on which graphs were last changed, so far as is known."""
        return terms.date(max([self.day, *(self.changed[graph] for graph in graphs if graph in self.changed)]))


def catalogue_quads(quads: Iterable[Quad], facts: Facts, edition: Edition) -> list[Quad]:
    """The catalogue of what is asserted, sorted, in its named graph.

    :param quads: what is asserted, what is proposed in graphs of its own; types, and what a graph says of itself, are enough.
    :param facts: the triples of what is asserted, all of them.
    """
    quads = list(quads)
    # What is said of a graph elsewhere does not count: nobody makes another the publisher, or takes his place.
    publishers = {
        (graph, body) for subject, predicate, body, graph in quads if subject == graph and predicate == _PUBLISHER and is_iri(body)
    }
    made = _Catalogue(facts, places(quads), sorted(publishers), edition)
    return [(*triple, CATALOGUE_GRAPH) for triple in sorted(set(made.triples()))]


class _Catalogue:
    """One catalogue in the making."""

    def __init__(self, facts: Facts, typed_in: Mapping[str, set[str]], publishers: Sequence[tuple[str, str]], edition: Edition) -> None:
        self.facts = facts
        self.typed_in = typed_in
        self.publishers = publishers
        self.edition = edition
        self.held = holdings(facts, typed_in)
        self.agents = {_OPERATOR}

    def triples(self) -> Iterator[Triple]:
        """All of it."""
        yield from self._catalogue()
        yield from self._whole()
        for framework, holding in self.held.items():
            yield from self._version(framework, holding) if self._plan(framework) else self._dataset(framework, holding)
        yield from self._graphs()
        yield from self._agents()
        for node, (classes, it, en) in _OTHERS.items():
            yield from _named(node, classes, {"it": it, "en": en})
        yield _GOVERNMENT, iri(SKOS + "inScheme"), _THEMES
        for node, property_ in ((_GOVERNMENT, SKOS + "prefLabel"), (_THEMES, DCT + "title")):
            yield from ((node, iri(property_), text(name, lang)) for lang, name in zip(LANGUAGES, _OTHERS[node][1:], strict=True))
        yield _LICENCE, iri(RDFS + "seeAlso"), iri("https://creativecommons.org/licenses/by/4.0/")
        yield _LICENCE, _NAME, text("CC BY 4.0")

    def _catalogue(self) -> Iterator[Triple]:
        node = iri(CATALOGUE)
        names = {"it": "Catalogo dei dati di Filorosso", "en": "Catalogue of Filorosso's data"}
        yield from _described(node, (DCATAPIT + "Catalog", DCAT + "Catalog"), names, _ABOUT_CATALOGUE)
        yield node, _PUBLISHER, _OPERATOR
        yield node, _MODIFIED, self.edition.modified(self.edition.changed)
        yield node, LICENSE, _LICENCE
        yield node, iri(FOAF + "homepage"), iri(BASE)
        yield node, iri(DCAT + "themeTaxonomy"), _THEMES
        yield node, iri(DCAT + "service"), _SERVICE
        yield from ((node, _LANGUAGE, tongue) for tongue in _TONGUES)
        for dataset in (WHOLE, *(_dataset_of(framework) for framework in self.held if not self._plan(framework))):
            yield node, iri(DCAT + "dataset"), iri(dataset)

    def _whole(self) -> Iterator[Triple]:
        node = iri(WHOLE)
        sources = documents(self.facts, self.typed_in)
        yield from self._dated(node, _WHOLE_NAMES, _ABOUT_WHOLE, _OPERATOR)
        yield node, _TYPE, iri(DCATAPIT + "Dataset")
        yield node, _HOLDER, _OPERATOR
        yield node, _MODIFIED, self.edition.modified(self.edition.changed)
        yield from self._credits(WHOLE, _WHOLE_NAMES, sources)
        for name in whole_names():
            yield from self._file(WHOLE, name, _WHOLE_NAMES)
        yield from self._endpoint()

    def _dataset(self, framework: str, holding: Holding) -> Iterator[Triple]:
        place, names = _dataset_of(framework), self._titles(framework)
        node = iri(place)
        publisher, holder = self._responsible(holding)
        yield from self._dated(node, names, self._description(framework, holding), publisher)
        yield node, _TYPE, iri(DCATAPIT + "Dataset")
        yield node, _HOLDER, holder
        yield node, _MODIFIED, self.edition.modified(holding.graphs)
        yield from self._about(place, framework)
        yield from ((node, _HAS_VERSION, iri(_dataset_of(version))) for version in self._versions(framework))
        yield from self._credits(place, names, holding.documents)
        for graph in sorted(holding.graphs):
            yield node, iri(DCT + "hasPart"), graph
            for name in dump_names(value_of(graph)):
                yield from self._file(place, name, names)

    def _version(self, framework: str, holding: Holding) -> Iterator[Triple]:
        place = _dataset_of(framework)
        node = iri(place)
        publisher, holder = self._responsible(holding)
        yield from self._dated(node, self._titles(framework), self._description(framework, holding), publisher)
        yield node, _HOLDER, holder
        yield node, _MODIFIED, self.edition.modified(holding.graphs)
        yield from self._about(place, framework)
        yield node, iri(DCAT + "version"), text(stem(value_of(framework), ID))
        yield from ((node, _VERSION_OF, iri(_dataset_of(plan))) for plan in self._plan(framework))
        for before in self.facts.objects(framework, iri(DCT + "replaces")):
            if before in self.held:
                yield node, iri(DCAT + "previousVersion"), iri(_dataset_of(before))
        yield from ((node, SOURCE, document) for document in holding.documents)

    def _dated(self, node: str, names: Mapping[str, str], said: Mapping[str, str], publisher: str) -> Iterator[Triple]:
        """What every dataset says, the whole, a plan and a version."""
        yield from _described(node, (DCAT + "Dataset",), names, said)
        self.agents.add(publisher)
        yield node, _IDENTIFIER, text(f"{self._identifier(publisher)}:{value_of(node).removeprefix(DATASET)}")
        yield node, _PUBLISHER, publisher
        yield node, _CONTACT, _CONTACT_NODE
        yield node, _THEME, _GOVERNMENT
        yield node, _FREQUENCY, _IRREGULAR
        yield from ((node, _LANGUAGE, tongue) for tongue in _TONGUES)
        yield from ((node, _KEYWORD, text(word, lang)) for lang, words in _KEYWORDS.items() for word in words)

    def _about(self, place: str, framework: str) -> Iterator[Triple]:
        """Of which framework the data are, and which places and times it covers."""
        node, period = iri(place), iri(place + "/period")
        yield node, SCHEMA_ABOUT, framework
        # No more is said of the place here: what stands in two graphs would stand twice in their union.
        yield from ((node, iri(DCT + "spatial"), where) for where in self.facts.objects(framework, iri(FILO + "hasTerritory")))
        days = {
            end: self.facts.value(framework, iri(FILO + name)) for end, name in (("startDate", "coversFrom"), ("endDate", "coversUntil"))
        }
        if any(days.values()):
            printed = value_of(
                self.facts.value(framework, iri(FILO + "coversPrinted")) or text("–".join(value_of(d) for d in days.values() if d))
            )
            yield node, iri(DCT + "temporal"), period
            yield from _named(period, (DCT + "PeriodOfTime",), dict.fromkeys(LANGUAGES, printed))
            # The Italian profile names the ends of a period as schema.org does, which was http: then.
            yield from ((period, iri(space + end), day) for end, day in days.items() if day for space in (DCAT, "http://schema.org/"))

    def _credits(self, place: str, names: Mapping[str, str], sources: Iterable[str]) -> Iterator[Triple]:
        """The documents that a dataset rests on, and the lines that their licences ask for."""
        node, statement = iri(place), iri(place + "/rights")
        found = sorted(sources)
        owed = [
            each for each in found if rights_of(self.facts, each).licences or self.facts.value(each, iri(DCT + "bibliographicCitation"))
        ]
        yield from ((node, SOURCE, each) for each in found)
        yield node, iri(DCT + "provenance"), statement
        titles = {lang: _RIGHTS[lang].format(name=names[lang]) for lang in LANGUAGES}
        yield from _named(statement, (DCT + "RightsStatement", DCT + "ProvenanceStatement"), titles)
        for lang in LANGUAGES:
            lines = [line(self.facts, each, lang) for each in owed]
            said = "\n".join([_CREDITS[lang].format(owed=len(owed), cited=len(found) - len(owed)), *lines])
            yield statement, ATTRIBUTION, text(said, lang)

    def _file(self, place: str, name: str, names: Mapping[str, str]) -> Iterator[Triple]:
        """A dump as a distribution of a dataset."""
        _, form, pack = name.rsplit(".", 2)
        (code, media, called), (packed, packer) = _FORMATS[form], _PACKED[pack]
        node = iri(f"{DISTRIBUTION}{place.removeprefix(DATASET)}/{name.removeprefix('graphs/')}")
        titles = {lang: f"{names[lang]}, {name.removeprefix('graphs/').split('.')[0]} ({called}, {packer})" for lang in LANGUAGES}
        yield from self._distribution(place, node, titles, iri(f"{_AUTHORITY}file-type/{code}"))
        yield node, iri(DCAT + "downloadURL"), iri(DOWNLOAD + name)
        yield node, iri(DCAT + "mediaType"), iri(_MEDIA + media)
        yield node, iri(DCAT + "compressFormat"), iri(_MEDIA + packed)
        yield node, iri(DCAT + "accessURL"), iri(place)

    def _endpoint(self) -> Iterator[Triple]:
        """The SPARQL endpoint: a service, and a distribution of the whole."""
        names = {"it": "Interrogazione SPARQL di Filorosso", "en": "Filorosso's SPARQL endpoint"}
        yield from _described(_SERVICE, (DCAT + "DataService",), names, _ABOUT_SERVICE)
        yield from ((_SERVICE, iri(DCAT + name), iri(ENDPOINT)) for name in ("endpointURL", "endpointDescription"))
        yield _SERVICE, iri(DCAT + "servesDataset"), iri(WHOLE)
        yield from ((_SERVICE, predicate, value) for predicate, value in ((_PUBLISHER, _OPERATOR), (_CONTACT, _CONTACT_NODE)))
        yield _SERVICE, _THEME, _GOVERNMENT
        yield _SERVICE, LICENSE, _LICENCE
        node = iri(DISTRIBUTION + "all/sparql")
        yield from self._distribution(WHOLE, node, names, _ANSWERS)
        yield node, iri(DCAT + "accessURL"), iri(ENDPOINT)
        yield node, iri(DCAT + "accessService"), _SERVICE

    def _distribution(self, place: str, node: str, names: Mapping[str, str], form: str) -> Iterator[Triple]:
        yield iri(place), _DISTRIBUTION, node
        yield from _described(node, (DCATAPIT + "Distribution", DCAT + "Distribution"), names, names)
        yield node, iri(DCT + "format"), form
        yield node, LICENSE, _LICENCE
        yield node, RIGHTS, iri(place + "/rights")

    def _graphs(self) -> Iterator[Triple]:
        """What each named graph is called, and on which documents it rests."""
        nodes: dict[str, list[str]] = {}
        for node, graphs in self.typed_in.items():
            for graph in graphs:
                nodes.setdefault(graph, []).append(node)
        for graph, held in nodes.items():
            name = graph_slug(value_of(graph))
            yield from _named(graph, (), {"it": f"Grafo {name}", "en": f"Graph {name}"})
            yield from ((graph, SOURCE, document) for document in documents(self.facts, held))

    def _agents(self) -> Iterator[Triple]:
        said = self.edition.publisher
        contact = ((DCATAPIT + "Organization", VCARD + "Organization", VCARD + "Kind"), {"it": said.it, "en": said.en})
        yield from _named(_CONTACT_NODE, *contact)
        yield _CONTACT_NODE, iri(VCARD + "fn"), text(said.it)
        yield _CONTACT_NODE, iri(VCARD + "hasEmail"), iri("mailto:" + said.email)
        yield from _named(iri("mailto:" + said.email), (VCARD + "Email",), dict.fromkeys(LANGUAGES, said.email))
        yield from _named(_OPERATOR, (), {"it": said.it, "en": said.en})
        if said.homepage:
            yield _CONTACT_NODE, iri(VCARD + "hasURL"), iri(said.homepage)
            yield _OPERATOR, iri(FOAF + "homepage"), iri(said.homepage)
        for agent in sorted(self.agents):
            yield from ((agent, _TYPE, iri(class_)) for class_ in (DCATAPIT + "Agent", FOAF + "Agent"))
            yield agent, _IDENTIFIER, text(self._identifier(agent))
            yield agent, _NAME, text(said.it if agent == _OPERATOR else label(self.facts, agent, "it"))

    def _responsible(self, holding: Holding) -> tuple[str, str]:
        """Who publishes data, and whose they are: who the graph names, else the operator; what comes with the software is the editors'."""
        named = [body for graph, body in self.publishers if graph in holding.described_in]
        holder = _EDITORS if holding.described_in & self.edition.ours else _OPERATOR
        publisher, holder = (named[0], named[0]) if named else (_OPERATOR, holder)
        self.agents.add(holder)
        return publisher, holder

    def _identifier(self, agent: str) -> str:
        if agent == _OPERATOR:
            return self.edition.publisher.identifier
        known = [value for term in self.facts.objects(agent, _IDENTIFIER) if _CODE.fullmatch(value := value_of(term))]
        return min(known) if known else stem(value_of(agent), ID).removeprefix("organization--")

    def _plan(self, framework: str) -> list[str]:
        return [plan for plan in self.facts.objects(framework, VERSION_OF) if plan in self.held]

    def _versions(self, framework: str) -> list[str]:
        return [version for version in self.facts.subjects(VERSION_OF, framework) if version in self.held]

    def _titles(self, framework: str) -> dict[str, str]:
        return {lang: _TITLE[lang].format(name=label(self.facts, framework, lang)) for lang in LANGUAGES}

    def _description(self, framework: str, holding: Holding) -> dict[str, str]:
        elements = sum(1 for node in holding.nodes if iri(FILO + "Element") in self.facts.objects(node, _TYPE))
        said = {terms.language_of(words): value_of(words) for words in sorted(self.facts.objects(framework, _COMMENT))}
        counts = {"elements": elements, "statements": len(holding.nodes), "documents": len(holding.documents)}
        return {
            lang: f"{said.get(lang, '')} {_DESCRIPTION[lang].format(name=label(self.facts, framework, lang), **counts)}".strip()
            for lang in LANGUAGES
        }


_TITLE: Final = {"it": "{name}: dati collegati", "en": "{name}: linked data"}
_DESCRIPTION: Final = {
    "it": "«{name}» come dati collegati: elementi {elements}, nodi in tutto {statements}, documenti di fonte {documents}.",
    "en": "“{name}” as linked data: elements {elements}, nodes in all {statements}, source documents {documents}.",
}
_RIGHTS: Final = {"it": "Attribuzioni: {name}", "en": "Attributions: {name}"}
_CREDITS: Final = {
    "it": "Fonti da citare: {owed}. Altri documenti citati come prova, senza licenza nota: {cited}.",
    "en": "Sources to be credited: {owed}. Other documents cited as evidence, of no known licence: {cited}.",
}
_WHOLE_NAMES: Final = {"it": "Filorosso, tutto il grafo: dati collegati", "en": "Filorosso, the whole graph: linked data"}
_ABOUT_WHOLE: Final = {
    "it": "Piani, agende e programmi strategici, i loro elementi, i progetti e i fondi, e ciò che li lega, con le fonti di ogni "
    "affermazione; l'ontologia, i vocabolari, le regole e ciò che ne è derivato.",
    "en": "Strategic plans, agendas and programmes, their elements, projects and funds, and what links them, with the sources of each "
    "statement; the ontology, the vocabularies, the rules and what is derived from them.",
}
_ABOUT_CATALOGUE: Final = {
    "it": "Gli insiemi di dati che questo servizio pubblica: uno per quadro strategico e uno per tutto il grafo.",
    "en": "The datasets that this service publishes: one for each strategic framework and one for the whole graph.",
}
_ABOUT_SERVICE: Final = {
    "it": "Interrogazione dei dati con SPARQL 1.1; all'indirizzo senza interrogazione sta la descrizione del servizio, con i suoi limiti.",
    "en": "Queries of the data with SPARQL 1.1; at the address without a query is the description of the service, with its limits.",
}


def _dataset_of(framework: str) -> str:
    place = DATASET + stem(value_of(framework), ID)
    return place if place != WHOLE else f"{place}-framework"


def _named(node: str, classes: Iterable[str], names: Mapping[str, str]) -> Iterator[Triple]:
    yield from ((node, _TYPE, iri(class_)) for class_ in classes)
    yield from ((node, _LABEL, text(name, lang)) for lang, name in names.items())


def _described(node: str, classes: Iterable[str], names: Mapping[str, str], said: Mapping[str, str]) -> Iterator[Triple]:
    yield from _named(node, classes, names)
    yield from ((node, iri(DCT + "title"), text(name, lang)) for lang, name in names.items())
    yield from ((node, iri(DCT + "description"), text(words, lang)) for lang, words in said.items())
