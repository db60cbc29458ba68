"""Every IRI of ours under its own address: one URL, several forms that say the same, and clear words where there is nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from lxml import html as lxml_html
from pyld import jsonld

from filorosso.api.dereferencing import Whole, described
from filorosso.api.errors import Reply
from filorosso.api.held import Held
from filorosso.api.settings import Service
from filorosso.graph import GRAPH_TYPES, Head, Library, Release, State, Store, create_token, statements

from .services import home_of, serving

# The machine may be busy with other tests.
get, head = partial(httpx.get, timeout=60), partial(httpx.head, timeout=60)

BASE = "https://w3id.org/filorosso/"
GOAL = "http://metadata.un.org/sdg/13"
AXIS = "id/seregno-agenda-2022/axis/cultura"
RDF_TYPES = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}


@pytest.fixture(scope="module")
def held(release: Release, tmp_path_factory: pytest.TempPathFactory, library: Library) -> Held:
    """What the engine process of a service over the shipped graph holds."""
    home = home_of(release, tmp_path_factory.mktemp("held") / "home")
    return Held(Service(home), State(release, home), library)


@pytest.fixture(scope="module")
def minted(store: Store) -> list[str]:
    """Every IRI of ours that the graph names anywhere, as terms."""
    terms = {term for graph in store.graphs() for triple in store.triples(graph) for term in triple}
    found = sorted(term for term in terms if term.startswith(f"<{BASE}"))
    assert len(found) > 20_000
    return found


@pytest.fixture(scope="module")
def official(store: Store) -> list[str]:
    """Every IRI of others that the graph describes, as terms."""
    return sorted(
        {t[0] for graph in store.graphs() for t in store.triples(graph) if t[0].startswith("<") and not t[0].startswith(f"<{BASE}")}
    )


def call(iri: str, accept: str, **given: str) -> Head:
    return {
        "iri": iri,
        "accept": accept,
        "language": "it",
        "given": list(given.items()),
        "path": "/resource",
        "raw": "",
        "base": "http://here",
    }


def replied(held: Held, iri: str, accept: str, **given: str) -> Reply:
    reply = described(held, call(iri, accept, **given))
    assert isinstance(reply, Reply)
    return reply


def parsed(held: Held, body: bytes, media_type: str) -> set[tuple[str, str, str]]:
    if media_type == "application/ld+json":
        said = json.loads(body)
        assert said["@context"] == "http://here/context.jsonld"
        body = json.dumps(said | {"@context": held.context["@context"]}).encode()
    return {(str(q.subject), str(q.predicate), str(q.object)) for q in ox.parse(body, format=RDF_TYPES[media_type])}


def without_blanks(triples: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    return {triple for triple in triples if not any(term.startswith("_:") for term in triple)}


# All of them, in process


@pytest.mark.parametrize("part", range(4))
def test_every_iri_says_the_same_in_every_form(held: Held, minted: list[str], official: list[str], part: int) -> None:
    for iri in [*minted, *official][part::4]:
        told = statements(held.store, iri)
        expected = set(told.triples)
        first = described(held, call(iri[1:-1], "text/turtle"))
        if isinstance(first, Whole):
            assert held.store.has_graph(first.graph), iri
            continue
        forms = {media_type: parsed(held, replied(held, iri[1:-1], media_type).body, media_type) for media_type in GRAPH_TYPES}
        for media_type, triples in forms.items():
            view = {triple for triple in triples if "hydra/core#" in triple[1] or "hydra/core#" in triple[2]}
            assert bool(view) == (told.pages > 1), (iri, media_type)
            assert without_blanks(triples - view) == without_blanks(expected), (iri, media_type)
            assert len(triples - view) == len(expected), (iri, media_type)


def test_every_kind_of_thing_has_a_page(held: Held, minted: list[str], official: list[str]) -> None:
    chosen = random.Random(20261129).sample([*minted, *official], 250)
    for iri in [*chosen, f"<{GOAL}>", f"<{BASE}{AXIS}>"]:
        for lang in ("it", "en"):
            reply = replied(held, iri[1:-1], "text/html", lang=lang)
            page = lxml_html.fromstring(reply.body)
            assert reply.status == 200, iri
            assert len(page.xpath("//h1")) == 1, iri
            assert page.get("lang") == lang


def test_long_descriptions_are_paged_and_their_pages_together_are_whole(held: Held) -> None:
    iri = f"<{BASE}voc/certainty/certain>"
    first = statements(held.store, iri)
    assert first.pages > 5
    gathered: list[tuple[str, ...]] = []
    for page in range(1, first.pages + 1):
        found = statements(held.store, iri, page)
        assert found.number == first.number
        gathered += found.quads
    assert len(gathered) == first.number == len(set(gathered))
    pointing = {(row["s"], row["p"]) for row in held.store.rows(f"SELECT ?s ?p WHERE {{ ?s ?p {iri} FILTER isIRI(?s) }}")}
    assert pointing <= {(s, p) for s, p, *_ in gathered}


def test_what_is_beyond_the_last_page_is_not_there(held: Held) -> None:
    assert replied(held, GOAL, "text/turtle", page="9999").status == 404
    assert replied(held, GOAL, "text/turtle", page="0").status == 422
    assert replied(held, GOAL, "text/turtle", page="١").status == 422


# Over HTTP


@pytest.fixture(scope="module")
def sample(minted: list[str]) -> list[str]:
    return [iri[1:-1] for iri in random.Random(5).sample(minted, 40)]


def test_a_sample_dereferences_over_http_in_every_form(server: str, store: Store, sample: list[str]) -> None:
    with httpx.Client(base_url=server, timeout=60) as client:
        for iri in sample:
            path = "/" + quote(iri.removeprefix(BASE), safe="/()")
            if path.startswith("/download/"):  # a file, whatever is accepted
                assert client.head(path).status_code == 200, iri
                continue
            told = set(statements(store, f"<{iri}>").triples)
            sizes = set()
            for media_type in RDF_TYPES:
                answer = client.get(path, headers={"Accept": media_type})
                assert answer.status_code == 200, (iri, media_type)
                assert answer.headers["content-type"].split(";")[0] == media_type
                assert "accept" in answer.headers["vary"].lower()
                # rdflib is nobody's here; it fetches the context from the service itself.
                graph = rdflib.Graph().parse(data=answer.content, format=media_type, publicID=iri)
                sizes.add(len(graph))
            assert len(sizes) == 1, iri
            assert sizes.pop() >= len(told), iri
            page = client.get(path, headers={"Accept": "text/html"})
            assert page.status_code == 200
            assert page.headers["content-type"].startswith("text/html")


def test_the_context_round_trips_through_the_reference_processor(server: str, held: Held) -> None:
    address = f"{server}/{AXIS}"
    written = get(address, headers={"Accept": "application/ld+json"}).json()
    context = get(written["@context"]).json()
    assert written["@context"] == f"{server}/context.jsonld"
    nquads = jsonld.to_rdf(written | {"@context": context["@context"]}, {"format": "application/n-quads"})
    told = {(str(q.subject), str(q.predicate), str(q.object)) for q in ox.parse(nquads.encode(), format=ox.RdfFormat.N_QUADS)}
    assert told == set(statements(held.store, f"<{BASE}{AXIS}>").triples)
    # And it is worth having: names without prefixes for what is ours.
    node = next(node for node in written["@graph"] if node["@id"].endswith("axis/cultura")) if "@graph" in written else written
    assert node["inFramework"] == "id:seregno-agenda-2022"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "text/turtle"),
        ("text/turtle;q=0.5, application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json;q=0.9, text/html;q=0.4", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("text/*;q=0.3, application/rdf+xml;q=0.2", "text/turtle"),
        ("text/turtle;q=0, */*;q=0.1", "application/n-triples"),
    ],
)
def test_the_form_follows_the_quality_of_what_is_accepted(server: str, accept: str, expected: str) -> None:
    assert get(f"{server}/{AXIS}", headers={"Accept": accept}).headers["content-type"].split(";")[0] == expected


def test_what_nobody_can_read_is_not_acceptable(server: str) -> None:
    assert get(f"{server}/{AXIS}", headers={"Accept": "image/png"}).status_code == 406
    assert get(f"{server}/{AXIS}?format=docx").status_code == 406


def links(answer: httpx.Response) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in answer.headers["link"].split(", <"):
        target, _, said = part.lstrip("<").partition(">")
        rel = said.split('rel="')[1].split('"')[0]
        found.setdefault(rel, []).append(target)
    return found


@pytest.mark.parametrize("accept", ["text/html", "text/turtle"])
def test_links_lead_to_the_other_forms_the_description_and_what_to_cite(server: str, accept: str) -> None:
    answer = get(f"{server}/{AXIS}", headers={"Accept": accept})
    found = links(answer)
    assert found["cite-as"] == [BASE + AXIS]
    assert len(found["alternate"]) == 4
    for address in (*found["alternate"], *found["describedby"]):
        assert get(address).status_code == 200
    assert "next" not in found


@pytest.mark.parametrize("path", ["onto/", "shapes/", "catalogue", "graph/waivers"])
def test_a_whole_document_says_what_to_cite_too(server: str, path: str) -> None:
    found = links(get(f"{server}/{path}", headers={"Accept": "text/turtle"}))
    assert found["cite-as"] == [BASE + path]
    assert len(found["alternate"]) == 4


def test_a_slash_too_many_leads_to_the_page_and_to_no_host_that_the_client_named(server: str) -> None:
    for path in ("/matrix/", "/questions/coverage/", "/matrix/?rows=pnrr-2023"):
        answer = get(server + path, headers={"Host": "elsewhere.example"})
        assert answer.status_code == 307
        assert answer.headers["location"] == path.replace("/?", "?").rstrip("/")
    assert get(f"{server}//elsewhere.example/").status_code == 404


def test_the_links_between_pages_lead_through_the_whole(server: str) -> None:
    address: str | None = f"{server}/voc/certainty/certain"
    seen = 0
    while address is not None:
        answer = get(address, headers={"Accept": "application/n-triples"})
        seen += sum(1 for line in answer.text.splitlines() if "hydra" not in line)
        address = next(iter(links(answer).get("next", [])), None)
    # Two graphs may say the same triple, which then is on one page or on two.
    assert seen >= 9000


def test_an_unchanged_description_is_not_sent_again(server: str) -> None:
    for accept in ("text/html", "application/ld+json"):
        first = get(f"{server}/{AXIS}", headers={"Accept": accept})
        again = get(f"{server}/{AXIS}", headers={"Accept": accept, "If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == first.headers["etag"]


def test_a_page_is_compressed_for_who_can_read_it(server: str) -> None:
    with httpx.stream("GET", f"{server}/{AXIS}", headers={"Accept": "text/html", "Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in answer.headers["vary"].lower()
    plain = get(f"{server}/{AXIS}", headers={"Accept": "text/html", "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(packed) < len(plain.content) / 2
    assert answer.headers["etag"] != plain.headers["etag"]
    again = get(f"{server}/{AXIS}", headers={"Accept": "text/html", "Accept-Encoding": "gzip", "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_head_says_what_get_would(server: str) -> None:
    for accept in ("text/html", "text/turtle"):
        short = head(f"{server}/{AXIS}", headers={"Accept": accept})
        whole = get(f"{server}/{AXIS}", headers={"Accept": accept})
        assert short.status_code == 200
        assert short.content == b""
        for name in ("content-type", "etag", "link", "vary"):
            assert short.headers[name] == whole.headers[name]


def test_an_official_iri_has_a_page_here_too(server: str) -> None:
    answer = get(f"{server}/resource", params={"iri": GOAL}, headers={"Accept": "text/html"})
    page = lxml_html.fromstring(answer.content)
    assert page.xpath("string(//h1)").strip() == "Lotta contro il cambiamento climatico" or "clim" in page.xpath("string(//h1)").lower()
    assert page.xpath("//link[@rel='canonical']/@href") == [GOAL]
    turtle = get(f"{server}/resource", params={"iri": GOAL}, headers={"Accept": "text/turtle"})
    assert len(rdflib.Graph().parse(data=turtle.content, format="turtle")) > 100


def test_what_is_not_there_is_404_with_what_is_nearest(server: str) -> None:
    near = get(f"{server}/id/seregno-agenda-2022/axis/cultur").json()["nearest"]
    assert near[0] == BASE + AXIS
    page = get(f"{server}/id/seregno-agenda-2022/axis/cultur", headers={"Accept": "text/html", "Accept-Language": "it"})
    assert page.status_code == 404
    found = lxml_html.fromstring(page.content).xpath("//main//a/@href")
    assert f"/{AXIS}" in found
    for odd in (
        "/id/%00",
        "/id/%ff%fe",
        "/id/..%2f..%2fetc%2fpasswd",
        '/id/"><script>alert(1)</script>',
        "/resource?iri=javascript:alert(1)",
    ):
        answer = get(server + odd, headers={"Accept": "text/html"})
        assert answer.status_code == 404, odd
        assert "<script>alert" not in answer.text


@pytest.fixture
def written(tmp_path: Path, release: Release) -> Iterator[tuple[str, str]]:
    """A service of its own, with a token that may write one graph."""
    target = home_of(release, tmp_path / "home")
    token = create_token(target, "tests", [BASE + "graph/tests"], "tests")
    with serving(target, "--no-build") as service:
        yield service.address, token


def test_a_retired_term_is_gone_and_says_what_replaces_it(written: tuple[str, str]) -> None:
    address, token = written
    old, new = f"<{BASE}id/document/retired>", f"<{BASE}{AXIS}>"
    update = f"INSERT DATA {{ GRAPH <{BASE}graph/tests> {{ {old} owl:deprecated true ; dct:isReplacedBy {new} }} }}"
    done = httpx.post(
        f"{address}/update",
        content=update,
        headers={"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"},
        timeout=120,
    )
    assert done.status_code == 200, done.text
    turtle = get(f"{address}/id/document/retired", headers={"Accept": "text/turtle"})
    assert turtle.status_code == 410
    assert "isReplacedBy" in turtle.text
    page = get(f"{address}/id/document/retired", headers={"Accept": "text/html"}, params={"lang": "it"})
    assert page.status_code == 410
    notice = lxml_html.fromstring(page.content).xpath("//*[@class='notice']")[0]
    assert "ritirato" in notice.text_content()
    assert urlsplit(notice.xpath(".//a/@href")[0]).path == f"/{AXIS}"
    # What was written is found by its name at once, and what it was called before is not.
    update = f'INSERT DATA {{ GRAPH <{BASE}graph/tests> {{ <{BASE}id/document/new> a foaf:Document ; rdfs:label "Quaderno di Zzyzx"@it, "Zzyzx"@en }} }}'
    done = httpx.post(
        f"{address}/update",
        content=update,
        headers={"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"},
        timeout=120,
    )
    assert done.status_code == 200, done.text
    assert get(f"{address}/search.json", params={"q": "Quaderno di Zzyzz"}).json()[0]["iri"] == f"{BASE}id/document/new"
