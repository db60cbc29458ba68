"""What the workers do: each job reads the graph and writes one reply. A job runs in a process that may be ended at any moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from filorosso.graph import (
    DECLARED,
    GRAPH_TYPES,
    Author,
    Dataset,
    EvaluationError,
    FilorossoError,
    ForbiddenError,
    Head,
    Job,
    NotFoundError,
    Output,
    ParameterError,
    QueryError,
    Readable,
    RemoteError,
    Store,
    Verdict,
    Write,
    dataset_of,
    description,
    has_dataset,
    is_volatile,
    report_triples,
    value_of,
    write_triples,
)

from . import answering, dereferencing
from .errors import Reply, problem, refusal
from .explorer.asking.answer import answer_page
from .explorer.asking.form import question_page
from .explorer.asking.questions import questions, unknown_question
from .explorer.matrices.sheet import sheet
from .explorer.missing import missing, nearest
from .explorer.pages import PAGES
from .explorer.publication.downloads import downloads as taken_away
from .explorer.search import suggestions
from .explorer.sparql import completion, sparql
from .held import Held
from .negotiation import choose, choose_language
from .rendering import report_json, report_lines
from .settings import Service
from .sitemap import sitemap

_JSON: Final = "application/json"
_TEXT: Final = "text/plain"
_HTML: Final = "text/html"
# The forms of the SHACL report, by the names that an address may give them.
REPORTS: Final = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
    "json": _JSON,
    "txt": _TEXT,
}


def query(held: Held, call: Head, body: bytes, out: Output) -> None:
    """Answer a SPARQL query: `query`, `default`, `named`, `accept`, `base`, and in `federated` the servers that it may ask through us."""
    accept = call["accept"]
    asked: tuple[str, ...] = ()
    try:
        view, dataset = _dataset(held.store, call)
        if call["federated"] and isinstance(view, Store):
            results, asked = view.federated(call["query"], call["federated"], dataset, base=call["base"])
        else:
            results = view.query(call["query"], dataset, base=call["base"])
        media_type = choose(accept, results.media_types)
        if media_type is None:
            _send(out, problem(accept, HTTPStatus.NOT_ACCEPTABLE, f"this answer comes as one of {', '.join(results.media_types)}"))
            return
        headers = {"content-type": media_type, "vary": "Accept"}
        if asked:
            headers["filorosso-federated"] = ", ".join(asked)
        out.start({"status": HTTPStatus.OK, "headers": headers, "lasting": not asked and not is_volatile(call["query"])})
        results.write_to(out, media_type)  # type: ignore[arg-type]  # all that the engine wants of a file is write and flush
    except EvaluationError as error:
        # What the engine says of another server names our proxy, which is nobody's business.
        detail = f"it could not be carried out together with {', '.join(asked)}: a server may be away, too slow, or answer too much"
        _fail(out, problem(accept, HTTPStatus.BAD_GATEWAY, detail) if asked else refusal(accept, error))
    except FilorossoError as error:
        _fail(out, refusal(accept, error))


def graph(held: Held, call: Head, body: bytes, out: Output) -> None:
    """Give the triples of the graph `graph` (`""` is the default graph) in a form of `accept`."""
    accept = call["accept"]
    try:
        is_there = held.store.has_graph(call["graph"])
    except QueryError as error:
        _send(out, refusal(accept, error))
        return
    if not is_there:
        _send(out, problem(accept, HTTPStatus.NOT_FOUND, f"there is no graph {call['graph']} here"))
        return
    media_type = choose(accept, tuple(GRAPH_TYPES))
    if media_type is None:
        _send(out, problem(accept, HTTPStatus.NOT_ACCEPTABLE, f"a graph comes as one of {', '.join(GRAPH_TYPES)}"))
        return
    is_union = held.store.union and not call["graph"]
    results = held.store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }") if is_union else held.store.graph(call["graph"])
    headers = {"content-type": media_type, "vary": "Accept"} | ({"link": call["link"]} if "link" in call else {})
    out.start({"status": HTTPStatus.OK, "headers": headers, "lasting": True, "tag": f'"{held.state.tag(call["graph"])}-{media_type}"'})
    results.write_to(out, media_type)  # type: ignore[arg-type]


def answer(held: Held, call: Head, body: bytes, out: Output) -> None:
    """Answer a question of the library; see `answering.Asked`."""
    question = held.library.question(call["name"])
    asked = answering.Asked(tuple((k, v) for k, v in call["given"]), call["accept"], call["language"], call["seconds"])
    if not answering.wants_page(question, asked):
        _send(out, answering.answered(held.store, question, asked), is_lasting=True)
        return
    view = held.view(call)
    try:
        reply = held.pages.written(view, answer_page(view, question, dict(asked.given), asked.seconds))
    except QueryError as error:
        reply = refusal(asked.accept, error)
    _send(out, reply, is_lasting=True)


def library(held: Held, call: Head, body: bytes, out: Output) -> None:
    """The page of the library, or that of the question `name`."""
    view, given = held.view(call), dict(map(tuple, call["given"]))
    name = call["name"]
    if not name:
        made = questions(view, given)
    elif name in held.library.questions:
        made = question_page(view, held.library.question(name), given)
    else:
        made = unknown_question(view, name)
    _send(out, held.pages.written(view, made), is_lasting=True)


def page(held: Held, call: Head, body: bytes, out: Output) -> None:
    """A page of the explorer: that of the path `page` in `PAGES`; see `Held.view` for the rest of the call."""
    view = held.view(call)
    given = dict(map(tuple, call["given"]))
    try:
        made = PAGES[call["page"]](view, given)
    except ParameterError as error:
        made = missing(view, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    except NotFoundError as error:
        made = missing(view, HTTPStatus.NOT_FOUND, str(error), nearest(view.index, next(iter(given.values()), ""), view.data))
    _send(out, held.pages.written(view, made), is_lasting=made.is_lasting)


def downloads(held: Held, call: Head, body: bytes, out: Output) -> None:
    """The page of what may be taken away: the front says in `offers` what there is."""
    view, given = held.view(call), dict(map(tuple, call["given"]))
    try:
        made = taken_away(view, call["offers"], given)
    except NotFoundError as error:
        made = missing(view, HTTPStatus.NOT_FOUND, str(error))
    _send(out, held.pages.written(view, made), is_lasting=made.is_lasting)


def report(held: Held, call: Head, body: bytes, out: Output) -> None:
    """The SHACL report in a form of `accept`, or in the one that `given` names."""
    accept, given = call["accept"], dict(map(tuple, call["given"]))
    media_type = REPORTS.get(given["format"]) if "format" in given else choose(accept, tuple(REPORTS.values()), {})
    if media_type is None:
        detail = f"the report comes as one of {', '.join(REPORTS.values())}, by Accept or as format={'|'.join(REPORTS)}"
        _send(out, problem(accept, HTTPStatus.NOT_ACCEPTABLE, detail))
        return
    lang = given.get("lang", "") if given.get("lang") in ("it", "en") else choose_language(call["language"], ("en", "it"))
    found = held.state.report
    headers = {"content-type": media_type, "vary": "Accept, Accept-Language"}
    if media_type == _JSON:
        content = json.dumps(report_json(held.store, found, lang), ensure_ascii=False).encode()
    elif media_type == _TEXT:
        content = ("\n".join(report_lines(held.store, found, lang)) + "\n").encode()
        headers["content-type"] = "text/plain; charset=utf-8"
    else:
        content = write_triples(report_triples(found), media_type)
    _send(out, Reply(HTTPStatus.OK, headers, content), is_lasting=True)


def matrix(held: Held, call: Head, body: bytes, out: Output) -> None:
    """A matrix as a table to take away."""
    try:
        reply = sheet(held.view(call), dict(map(tuple, call["given"])))
    except ParameterError as error:
        reply = problem(call["accept"], HTTPStatus.UNPROCESSABLE_ENTITY, str(error), parameter=error.name)
    except NotFoundError as error:
        reply = problem(call["accept"], HTTPStatus.NOT_FOUND, str(error))
    _send(out, reply, is_lasting=True)


def suggest(held: Held, call: Head, body: bytes, out: Output) -> None:
    """What a text that is being typed may mean."""
    _say(out, suggestions(held.view(call), dict(map(tuple, call["given"]))))


def complete(held: Held, call: Head, body: bytes, out: Output) -> None:
    """What the SPARQL editor completes with."""
    _say(out, completion(held.view(call)))


def resource(held: Held, call: Head, body: bytes, out: Output) -> None:
    """Describe the first of `iris` that the graph knows, in a form of `accept` or the one that `given` names; a named graph is streamed."""
    reply = dereferencing.described(held, call)
    if isinstance(reply, Reply):
        _send(out, reply, is_lasting=True)
    else:
        graph(held, call | {"graph": reply.graph, "accept": reply.media_type, "link": reply.link}, body, out)


def describe(held: Held, call: Head, body: bytes, out: Output) -> None:
    """What the service is: RDF, or for a browser the page to ask from."""
    accept = call["accept"]
    media_type = choose(accept, (*GRAPH_TYPES, _HTML), {})
    if media_type is None:
        _send(out, problem(accept, HTTPStatus.NOT_ACCEPTABLE, f"the description comes as one of {', '.join(GRAPH_TYPES)}"))
    elif media_type == _HTML:
        view = held.view(call)
        _send(out, held.pages.written(view, sparql(view, dict(map(tuple, call["given"])))), is_lasting=True)
    else:
        content = write_triples(
            description(call["base"], held.store, _limits(held.service), is_federated=bool(held.service.services)), media_type
        )
        _send(out, Reply(HTTPStatus.OK, {"content-type": media_type, "vary": "Accept"}, content), is_lasting=True)


def write(held: Held, call: Head, body: bytes, out: Output) -> None:
    """Judge a write: the reply's body is what to commit, if anything; its head tells the client what comes of it."""
    accept = call["accept"]
    try:
        said = call["write"]
        asked = Write(**{**said, "using": Dataset(*map(tuple, said["using"])), "documents": _documents(said.get("documents", ()), body)})
        author = Author(call["by"], call["why"], tuple(call["graphs"]))
        existed = held.store.has_graph(asked.graph)
        if call["exists"] is not None and call["exists"] != existed:
            detail = "the graph is there already" if existed else "there is no such graph"
            _send(out, problem(accept, HTTPStatus.PRECONDITION_FAILED, f"{detail}, and the write was not to be then"))
            return
        if asked.operation == "delete" and not existed:
            _send(out, problem(accept, HTTPStatus.NOT_FOUND, f"there is no graph {asked.graph} here"))
            return
        verdict = held.state.judge(asked, author, datetime.now(UTC).date())
    except QueryError as error:
        _send(out, refusal(accept, error))
        return
    except FilorossoError as error:
        _send(out, problem(accept, HTTPStatus.BAD_REQUEST, str(error)))
        return
    reply = _verdict(held, verdict, call)
    head = {"status": reply.status, "headers": dict(reply.headers), "reply": reply.body.decode(), "existed": existed}
    out.start(head | {"accepted": verdict.is_accepted, "changes": bool(verdict.change)})
    if verdict.commit:
        out.write(json.dumps(verdict.commit).encode())


def _limits(service: Service) -> dict[str, float]:
    """The limits of a request, by the names that the ontology gives them."""
    limits = service.limits
    return {
        "timeLimit": limits.seconds,
        "memoryLimit": limits.memory,
        "answerLimit": limits.answer,
        "queryLimit": limits.query,
        "documentLimit": limits.document,
    }


def _documents(lengths: Iterable[tuple[str, int]], body: bytes) -> tuple[tuple[str, bytes], ...]:
    found, place = [], 0
    for media_type, length in lengths:
        found.append((media_type, body[place : place + length]))
        place += length
    return tuple(found)


def _verdict(held: Held, verdict: Verdict, call: Head) -> Reply:
    """The report on a write, as the client wants it."""
    status = HTTPStatus.OK if verdict.is_accepted else HTTPStatus.UNPROCESSABLE_ENTITY
    media_type = choose(call["accept"], (_JSON, *GRAPH_TYPES, _TEXT), {}) or _JSON
    lang = choose_language(call["language"], ("en", "it"))
    headers = {"content-type": media_type, "vary": "Accept, Accept-Language"}
    if media_type == _JSON:
        change = verdict.change
        said = {
            "accepted": verdict.is_accepted,
            "added": len(change.added),
            "removed": len(change.removed),
            "graphs": sorted(change.graphs),
            "report": report_json(held.store, verdict.added, lang),
            "violationsBefore": report_json(held.store, verdict.debts, lang),
        }
        return Reply(status, headers, json.dumps(said, ensure_ascii=False).encode())
    if media_type == _TEXT:
        lines = [*report_lines(held.store, verdict.added, lang)]
        if verdict.debts.problems:
            lines += ["", _DEBTS[lang], *report_lines(held.store, verdict.debts, lang)]
        return Reply(status, headers | {"content-type": "text/plain; charset=utf-8"}, ("\n".join(lines) + "\n").encode())
    return Reply(status, headers, write_triples(report_triples(verdict.added), media_type))


_DEBTS: Final = {
    "it": "Violazioni che c'erano già, e che non impediscono la scrittura:",
    "en": "Violations that were there before, and do not stand in the way of the write:",
}


def _over(job: Job) -> Job:
    """A job of pages over an engine elsewhere: that it is away is no fault of ours, and is told so."""

    def told(held: Held, call: Head, body: bytes, out: Output) -> None:
        try:
            job(held, call, body, out)
        except RemoteError as error:
            _fail(out, refusal(call["accept"], error))

    return told


JOBS: Final[Mapping[str, Job]] = {
    "query": query,
    "graph": graph,
    "answer": answer,
    "library": _over(library),
    "report": report,
    "page": _over(page),
    "downloads": _over(downloads),
    "matrix": _over(matrix),
    "suggest": _over(suggest),
    "complete": _over(complete),
    "resource": _over(resource),
    "describe": _over(describe),
    "sitemap": _over(sitemap),
    "write": write,
}


def _dataset(store: Readable, call: Head) -> tuple[Readable, Dataset]:
    """The view to ask, and the graphs of it.

    :raises ForbiddenError: a graph is named that is not here: nothing is fetched.
    """
    dataset = Dataset(tuple(call["default"]), tuple(call["named"]))
    if not dataset and has_dataset(call["query"]):
        dataset = dataset_of(call["query"], call["base"])
    declared = value_of(DECLARED)
    if dataset == Dataset((declared,)):
        return store.declared, Dataset()
    named = (*(graph for graph in dataset.default if graph != declared), *dataset.named)
    missing = next((graph for graph in named if not store.has_graph(graph)), None)
    if missing is not None:
        raise ForbiddenError(f"there is no graph {missing} here, and this endpoint fetches no documents")
    if declared in dataset.default:
        others = tuple(graph for graph in store.declared.graphs() if graph)
        dataset = Dataset((*others, *(graph for graph in dataset.default if graph != declared)), dataset.named)
    return store, dataset


def _say(out: Output, said: object) -> None:
    """Send JSON in the language of the request."""
    content = json.dumps(said, ensure_ascii=False).encode()
    _send(out, Reply(HTTPStatus.OK, {"content-type": _JSON, "vary": "Accept-Language"}, content), is_lasting=True)


def _send(out: Output, reply: Reply, *, is_lasting: bool = False) -> None:
    out.start({"status": reply.status, "headers": dict(reply.headers), "lasting": is_lasting and reply.status == HTTPStatus.OK})
    out.write(reply.body)


def _fail(out: Output, reply: Reply) -> None:
    """Say an error: as the reply while nothing of it has gone out, else by leaving it unfinished."""
    if out.is_begun:
        out.fail({"why": "error"})
    else:
        out.forget()
        _send(out, reply)
