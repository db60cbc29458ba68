"""The pages of the model: ontology, terms, vocabularies, rules and named graphs, each held to the graph."""

from __future__ import annotations

from collections import Counter

import httpx
import pyoxigraph as ox
import pytest

from filorosso.api.explorer.classes import page_of
from filorosso.api.explorer.model import ontology
from filorosso.api.explorer.model.diagram import diagram
from filorosso.api.pages import Pages
from filorosso.graph import Library, Store, value_of

from .pages import BASE, LANGUAGES, page, parsed, rows, text, view

OWN = "FILTER (STRSTARTS(STR(?node), STR(filo:)))"


def nodes(store: Store, pattern: str) -> list[str]:
    """The nodes (terms) of a pattern, of which there are some."""
    found = sorted({row["node"] for row in store.rows(f"SELECT DISTINCT ?node WHERE {{ {pattern} FILTER (isIRI(?node)) }}")})
    assert found
    return found


@pytest.mark.parametrize(
    ("pattern", "template"),
    [
        ("?node a owl:Class " + OWN, "term"),
        ("VALUES ?kind { owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty } ?node a ?kind " + OWN, "term"),
        ("?node a skos:ConceptScheme", "scheme"),
        ("?node a skos:Concept ; skos:inScheme <https://w3id.org/filorosso/voc/certainty>", "concept"),
        ("VALUES ?kind { sh:NodeShape sh:PropertyShape } ?node a ?kind", "shape"),
        ("?node a void:Dataset", "graph"),
        ("?node a owl:Ontology", ""),
    ],
)
def test_everything_of_the_model_has_its_page(store: Store, library: Library, pattern: str, template: str) -> None:
    written, seen = Pages(), view(store, library)
    for node in nodes(store, pattern):
        made = page_of(seen, node, {}, None)
        assert made.template == template or (not template and made.template in ("ontology", "shapes"))
        assert value_of(node) in text(parsed(written.written(seen, made).body, "it"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_ontology_lists_every_term_of_ours(server: str, store: Store, lang: str) -> None:
    found = page(server, "/onto/", lang)
    links = {each.split("?")[0] for each in found.xpath("//section[@aria-labelledby='classes']//a/@href")}
    for node in nodes(store, f"?node rdfs:isDefinedBy <{BASE}onto/>"):
        assert value_of(node).replace(BASE, "/") in links, node
    schemes_ = found.xpath("//section[@aria-labelledby='vocabularies']//li")
    assert len(schemes_) == len(nodes(store, "?node a skos:ConceptScheme"))


def test_the_drawing_says_what_the_list_says_and_no_box_lies_on_another(store: Store, library: Library) -> None:
    drawn = ontology.drawing(view(store, library))
    boxes = [(box["x"], box["y"]) for box in drawn["boxes"]]
    width, height = drawn["box"]
    for number, (x, y) in enumerate(boxes):
        assert 0 <= x <= drawn["width"] - width
        assert 0 <= y <= drawn["height"] - height
        assert all(abs(x - x2) >= width or abs(y - y2) >= height for x2, y2 in boxes[:number])
    ends = {(each["start"].term, each["end"].term) for each in drawn["arrows"]}
    for row in store.rows("SELECT ?s ?e WHERE { ?p a owl:ObjectProperty ; rdfs:domain ?s ; rdfs:range ?e FILTER (?e != skos:Concept) }"):
        assert (row["s"], row["e"]) in ends
    assert {box["name"].term for box in drawn["boxes"]} == {end for pair in ends for end in pair}


def test_a_drawing_opens_circles_and_keeps_long_arrows_off_the_boxes() -> None:
    arrows = {("a", "b"): ["p"], ("b", "c"): ["p"], ("c", "a"): ["q"], ("a", "c"): ["r"], ("c", "c"): ["s"]}
    found = diagram(arrows)
    places = {box.term: box.x for box in found.boxes}
    assert len(places) == 3
    assert len({*places.values()}) == 3
    assert len(found.arrows) == 5
    assert diagram(arrows) == found
    assert diagram({}).boxes == ()


@pytest.mark.parametrize("document", ["onto/", "onto/alignments", "shapes/", "catalogue"])
def test_a_document_in_every_form_is_its_whole_graph(server: str, store: Store, document: str) -> None:
    graph = {"onto/": "ontology", "onto/alignments": "alignments", "shapes/": "shapes", "catalogue": "catalogue"}[document]
    said = set()
    for name in ("ttl", "jsonld", "rdf", "nt"):
        reply = httpx.get(f"{server}/{document}", params={"format": name}, timeout=120)
        assert reply.status_code == 200
        media_type = reply.headers["content-type"].split(";")[0]
        form = ox.RdfFormat.from_media_type(media_type)
        assert form is not None
        said.add(len({quad.triple for quad in ox.parse(reply.content, format=form)}))
    assert said == {len(store.triples(f"{BASE}graph/{graph}"))}


@pytest.mark.parametrize(("name", "size"), [("Project", 52), ("Framework", 29)])
def test_the_instances_of_a_class_are_all_there_once(server: str, store: Store, name: str, size: int) -> None:
    found = page(server, f"/onto/{name}", "en")
    links = found.xpath("//section[@aria-labelledby='instances']//li/a/@href")
    assert len(links) == len(set(links)) == len(nodes(store, f"?node a filo:{name}")) == size


def test_many_instances_are_paged_and_none_is_left_out(server: str, store: Store) -> None:
    first = page(server, "/onto/Fund", "en")
    assert first.xpath("//section[@aria-labelledby='instances']") or not nodes(store, "?node a filo:Fund")
    seen: list[str] = []
    for start in range(0, 600, 100):
        found = page(server, "/onto/Continuant", "en", start=str(start))
        seen += found.xpath("//section[@aria-labelledby='instances']//li/a/@href")
    assert len(seen) == len(set(seen)) == len(nodes(store, "?node a filo:Continuant"))
    assert page(server, "/onto/Continuant", "en").xpath("//nav[@class='turns']/a[@rel='next']")


@pytest.mark.parametrize("start", ["x", "-1", "1" * 30])
def test_a_start_that_is_no_number_is_said(server: str, start: str) -> None:
    assert "start" in text(page(server, "/onto/Element", "it", 422, start=start).xpath("//main")[0])


def test_a_property_says_its_ends_and_its_alignments(server: str) -> None:
    found = text(page(server, "/onto/hasAuthor", "en").xpath("//main")[0])
    assert "skos:closeMatch prov:wasAttributedTo" in found
    assert "What value it has" in text(page(server, "/onto/isPartOf", "en").xpath("//main")[0])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_vocabulary_is_in_order_with_its_uses(server: str, store: Store, lang: str) -> None:
    said = rows(page(server, "/voc/certainty", lang), "concepts")
    assert said[0][0] == {"it": "certa", "en": "certain"}[lang]
    ranked = store.rows(
        "SELECT ?concept WHERE { ?concept skos:inScheme <https://w3id.org/filorosso/voc/certainty> ; filo:rank ?rank } ORDER BY DESC(?rank)"
    )
    uses = [value_of(store.rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s ?p {row['concept']} }}")[0]["n"]) for row in ranked]
    assert [row[-1].replace(",", "").replace(".", "") for row in said] == uses
    assert [row[1] for row in rows(page(server, "/voc/scale-nilsson", lang), "concepts")] == ["3", "2", "1", "0", "-1", "-2", "-3"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_rule_is_listed_with_its_message(server: str, store: Store, lang: str) -> None:
    found = page(server, "/shapes/", lang)
    targets = "VALUES ?how { sh:targetClass sh:targetSubjectsOf sh:targetObjectsOf sh:targetNode } ?node ?how ?target"
    links = Counter(each.split("?")[0] for each in found.xpath("//main//tbody//th/a/@href"))
    assert links == Counter(value_of(node).replace(BASE, "/") for node in nodes(store, targets))
    message = {"it": "Il legame deve partire da un solo nodo", "en": "The link must start from one node"}[lang]
    assert message in text(found.xpath("//main")[0])


def test_a_rule_says_what_it_asks_and_who_uses_it(server: str) -> None:
    said = text(page(server, "/shapes/LinkShape-kind", "en").xpath("//main")[0])
    assert "things of the class link" in said
    assert "At most so many sh:qualifiedMaxCount 1" in said
    part = page(server, "/shapes/LinkKindNode", "en")
    assert "coherence assessment , contribution , correspondence" in text(part.xpath("//section[@aria-labelledby='asks']")[0])
    assert [text(each) for each in part.xpath("//section[@aria-labelledby='users']//li")] == ["kind of link"]


@pytest.mark.parametrize("slug", ["pnrr", "seregno-agenda/proposed", "derived-threads"])
def test_a_named_graph_is_counted_as_it_is(server: str, store: Store, slug: str) -> None:
    found = page(server, f"/graph/{slug}", "en")
    triples = store.triples(f"{BASE}graph/{slug}")
    counts = [int(text(each).replace(",", "")) for each in found.xpath("//section[@aria-labelledby='holds']//dd")]
    assert counts == [len(triples), len({s for s, _, _ in triples})]
    assert f"Properties ({len({p for _, p, _ in triples})})" in text(found.xpath("//main")[0])
    assert bool(found.xpath("//p[@class='notice']")) == slug.endswith("/proposed")
    files = found.xpath("//section[@aria-labelledby='files']//a[contains(@href, '/download/')]/@href")
    assert len(files) == 2
    for each in files:
        assert httpx.head(server + each, timeout=60).status_code == 200
