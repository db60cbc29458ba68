"""The thread: from anything to anything, or all that passes through one thing; hop by hop, with the evidence and where it breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from filorosso.graph import BASE, Answer, NotFoundError, Row, Way, ask, find, trace, value_of, ways

from ...texts import EXPLORER, TRACE
from ..home import script_json
from ..missing import nearest
from ..resources import breaks, shown_step
from ..view import TYPE, Name, Page, View, filo, sorted_by
from .flow import Path, flow
from .ways import path, paths, shown_tree, shown_way, standing, tree

_LONGEST: Final = 500
_NARROWED: Final = ("asOf", "certainty")
_CAUSE: Final = f"<{BASE}voc/absence-cause/"
_NOT_WHOLE: Final = f"{_CAUSE}source-not-whole>"
_MARKED: Final = {_NOT_WHOLE: "unknown", f"{_CAUSE}not-accepted>": "proposed"}
# Ways of a whole plan that one page tells.
_MOST: Final = 100
_QUESTION: Final = BASE + "queries/thread"
_FORMATS: Final = {"xlsx": "XLSX", "labelled-csv": "CSV", "json": "JSON"}
_GRAPHS: Final = {"ttl": "Turtle", "jsonld": "JSON-LD", "rdf": "RDF/XML"}
EXAMPLES: Final = (
    ("http://metadata.un.org/sdg/11", ""),
    ("seregno-agenda-2022/axis/innovazione", ""),
    ("B29J21031260002", "http://metadata.un.org/sdg/4"),
)
_MARKS: Final = ("declared", "official", "assessed", "proposed", "inferred")
_WORDS: Final = {
    "it": {
        "title": "Il filo",
        "lead": "Da un obiettivo a un progetto, o tutto ciò che passa da un solo punto: ogni passo con chi lo afferma, lo stato, la "
        "certezza e la prova. Dove il filo si interrompe, si dice perché.",
        "through": "Tutto ciò che passa da un punto",
        "between": "Da un punto a un altro",
        "node": "Un obiettivo, un elemento di un piano, un progetto",
        "from": "Da (il filo sale da qui)",
        "to": "A (il filo arriva qui)",
        "help": "Un nome, un codice (M4C1I1.01.00), un CUP o un IRI.",
        "asOf": "In vigore il giorno",
        "certaintyLeast": "Certezza minima",
        "follow": "Segui il filo",
        "examples": "Per esempio",
        "choices": "“{}” può voler dire",
        "swapped": "Da {} a {} non sale alcun filo: i due capi erano in ordine inverso. Ecco i fili che salgono nell'altro verso.",
        "ofPlans": "Un piano intero non è un punto da cui si sale o a cui si arriva: questi sono i fili dei suoi elementi. In tutto {}.",
        "ofPlansCut": "Se ne vedono {}: per gli altri si scelga un elemento.",
        "ways": "Fili: {}",
        "way": "Filo {} di {}",
        "flow": "Il disegno dei fili, dagli obiettivi ai progetti. Le stesse cose, passo per passo, stanno nell'elenco.",
        "more": "Passi che seguono: {}",
        "rest": "… altri {}",
        "bands": "Legami riuniti: {}",
        "broken": "interrotto",
        "brokenAt": "interrotto",
        "statement": "l'affermazione",
        "whose": "detto per",
        "valid": "vale dal {} al {}",
        "validFrom": "vale dal {}",
        "validUntil": "vale fino al {}",
        "notCounted": "questo filo non conta come dichiarato: un passo è soltanto proposto, dedotto o in bozza",
        "direction": {"up": "verso l'alto", "down": "verso il basso"},
        "lacks": "manca",
        "noWay": "Nessun filo sale da {} a {}",
        "leftOut": "Fili fuori da ciò che hai chiesto, perché di un altro giorno o meno certi: {}.",
        "absentSaid": "Le fonti di quel piano sono state lette per intero e non ne parlano.",
        "unknownSaid": "Non tutte le fonti sono state lette per intero: il filo potrebbe esserci.",
        "why": "Perché non c'è, o non si sa",
        "near": "Che cosa c'è di più vicino",
        "nearFrom": "Nello stesso quadro, da {} si arriva a",
        "nearTo": "Dallo stesso quadro, a {} si arriva da",
        "unknownParts": "Che cosa non si sa",
        "unknownSources": "Fonti non lette, o lette in parte, da cui potrebbero venire altri fili: {}",
        "wholeSaid": "Nessuna fonte nota è rimasta da leggere.",
        "beside": "Accanto: relazioni che non sono passi di un filo",
        "take": "I dati di questa pagina",
        "table": "Tabella",
        "graph": "RDF",
        "question": "La domanda, con la sua interrogazione SPARQL",
        "permalink": "Indirizzo permanente",
        "nothingHere": "Nessun filo.",
        "moreWays": "Mostra anche questi",
        "moreBreaks": "Tutte le interruzioni: {}",
    },
    "en": {
        "title": "The thread",
        "lead": "From a goal to a project, or all that passes through a single point: each hop with who states it, its status, certainty "
        "and evidence. Where the thread breaks, it says why.",
        "through": "All that passes through a point",
        "between": "From one point to another",
        "node": "A goal, an element of a plan, a project",
        "from": "From (the thread climbs from here)",
        "to": "To (the thread arrives here)",
        "help": "A name, a code (M4C1I1.01.00), a CUP or an IRI.",
        "asOf": "In force on the day",
        "certaintyLeast": "Least certainty",
        "follow": "Follow the thread",
        "examples": "For example",
        "choices": "“{}” may mean",
        "swapped": "No thread climbs from {} to {}: the two ends were the wrong way round. Here are the threads that climb the other way.",
        "ofPlans": "A whole plan is no point to climb from or to arrive at: these are the threads of its elements. {} in all.",
        "ofPlansCut": "{} of them are shown: choose an element for the others.",
        "ways": "Threads: {}",
        "way": "Thread {} of {}",
        "flow": "The threads drawn, from goals to projects. The list says the same, hop by hop.",
        "more": "Hops that follow: {}",
        "rest": "… {} more",
        "bands": "Links joined: {}",
        "broken": "broken",
        "brokenAt": "broken",
        "statement": "the statement",
        "whose": "said of",
        "valid": "holds from {} to {}",
        "validFrom": "holds from {}",
        "validUntil": "holds until {}",
        "notCounted": "this thread does not count as declared: a hop is only proposed, inferred or in a draft",
        "direction": {"up": "upwards", "down": "downwards"},
        "lacks": "missing",
        "noWay": "No thread climbs from {} to {}",
        "leftOut": "Threads outside of what you asked for, as they are of another day or less certain: {}.",
        "absentSaid": "The sources of that plan were read whole and say nothing of it.",
        "unknownSaid": "Not all sources were read whole: there may be a thread.",
        "why": "Why there is none, or none is known",
        "near": "What is nearest",
        "nearFrom": "In the same framework, {} leads to",
        "nearTo": "From the same framework, what leads to {}",
        "unknownParts": "What is not known",
        "unknownSources": "Sources not read, or read in part, that other threads might come from: {}",
        "wholeSaid": "No known source was left unread.",
        "beside": "Beside: relations that are no hops of a thread",
        "take": "The data of this page",
        "table": "Table",
        "graph": "RDF",
        "question": "The question, with its SPARQL query",
        "permalink": "Permanent address",
        "nothingHere": "No thread.",
        "moreWays": "Show these too",
        "moreBreaks": "All breaks: {}",
    },
}
WORDS: Final = {
    lang: {**said, "verbs": TRACE[lang], "marks": {name: EXPLORER[lang][name] for name in _MARKS}} for lang, said in _WORDS.items()
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: one node, or two ends (terms, `""` where not given), a day and the least certainty (terms, or None)."""

    node: str
    start: str
    end: str
    as_of: str | None
    certainty: str | None
    narrowed: Mapping[str, str]


def thread(view: View, given: Mapping[str, str]) -> Page:
    """The page: of one node, of two ends, or the form alone; a name that fits several nodes asks which was meant."""
    said = {name: given.get(name, "").strip()[:_LONGEST] for name in ("node", "from", "to", *_NARROWED)}
    nodes: dict[str, str] = {}
    for name in ("node", "from", "to"):
        if said[name]:
            try:
                nodes[name] = find(view.store, said[name])
            except NotFoundError as error:
                return _choices(view, said, name, error)
    asked = _asked(view, said, nodes)
    if asked.start and asked.end:
        return _page(view, said, "between", asked, _between(view, asked))
    if asked.node:
        return _page(view, said, "node", asked, _through(view, asked))
    return _page(view, said, "start", asked, {"examples": [_example(view, *ends) for ends in EXAMPLES]})


def _asked(view: View, said: Mapping[str, str], nodes: Mapping[str, str]) -> Asked:
    """What was asked, as terms; of one end alone, all that passes through it.

    :raises ParameterError: the day or the certainty is not what is expected.
    """
    parameters = {parameter.name: parameter for parameter in view.library.question("thread").parameters}
    terms = {name: parameters[name].term(said[name]) if said[name] else None for name in _NARROWED}
    start, end = nodes.get("from", ""), nodes.get("to", "")
    one = nodes.get("node") or ("" if start and end else start or end)
    narrowed = {name: said[name] for name in _NARROWED if said[name]}
    return Asked(one, "" if one else start, "" if one else end, terms["asOf"], terms["certainty"], narrowed)


def _page(view: View, said: Mapping[str, str], mode: str, asked: Asked, found: Mapping[str, Any], *, status: int = 200) -> Page:
    words = WORDS[view.lang]
    ends = [view.name(term) for term in (asked.node, asked.start, asked.end) if term]
    title = ": ".join(filter(None, (str(words["title"]), " → ".join(name.text for name in ends))))
    certainties = [(name, view.name(f"<{BASE}voc/certainty/{name}>").text) for name in _degrees(view)]
    context = {"said": said, "mode": mode, "ends": ends, "certainties": certainties, "choices": (), "examples": (), **found}
    return Page("thread", title, context, WORDS, status=status, crumbs=((EXPLORER[view.lang]["thread"], ""),))


def _degrees(view: View) -> tuple[str, ...]:
    return next(parameter.choices for parameter in view.library.question("thread").parameters if parameter.name == "certainty")


def _choices(view: View, said: Mapping[str, str], name: str, error: NotFoundError) -> Page:
    """The page that asks which node a text means.

    :raises NotFoundError: there is nothing like it.
    """
    near = nearest(view.index, said[name], view.data)
    if not near:
        raise error
    kept = {key: value for key, value in said.items() if value}
    found = [(view.name(term), view.link("/thread", **(kept | {name: value_of(term)}))) for term in near]
    return _page(view, said, "choices", Asked("", "", "", None, None, {}), {"choices": found, "unclear": said[name]}, status=404)


def _example(view: View, *names: str) -> dict[str, Any]:
    """An example that this graph answers, or one without an address."""
    ends = [name for name in names if name]
    try:
        nodes = [find(view.store, name) for name in ends]
    except NotFoundError:
        return {"text": "", "address": ""}
    keys = ("node",) if len(nodes) == 1 else ("from", "to")
    address = view.link("/thread", **{key: value_of(node) for key, node in zip(keys, nodes, strict=True)})
    return {"text": " → ".join(view.name(node).text for node in nodes), "address": address}


# One node


def _through(view: View, asked: Asked) -> dict[str, Any]:
    """All that passes through a node, up and down."""
    found = trace(view.store, asked.node)
    kept = {"up": _kept(view, found.up, asked), "down": _kept(view, found.down, asked)}
    trees = {way: tree(some, is_up=way == "up") for way, some in kept.items()}
    broken = breaks(view, asked.node)
    drawn = [band for way, root in trees.items() for band in paths(root, asked.node, is_up=way == "up")]
    iri = value_of(asked.node)
    why = ask(view.store, view.library.question("why-not"), {"node": iri, "question": _QUESTION})
    return {
        "trees": {way: (len(kept[way]), shown_tree(view, root)) for way, root in trees.items()},
        "breaks": _grouped(broken),
        "beside": [shown_step(view, step) for step in found.beside],
        "chart": _chart(view, drawn, broken, asked.node),
        "unknown": [_reason(view, row) for row in why.rows if row["cause"] == _NOT_WHOLE],
        "take": _taken(view, "way-up", {"node": iri} | _without(asked.narrowed, "certainty"), None),
        "permalink": view.link("/thread", node=iri, **asked.narrowed),
    }


def _kept(view: View, found: Iterable[Way], asked: Asked) -> list[Way]:
    """The ways that are of the day and as certain as was asked for."""
    day = value_of(asked.as_of) if asked.as_of else ""
    least = _rank(view, asked.certainty) if asked.certainty else 0
    kept = [way for way in found if not day or ((way.valid_from or day) <= day <= (way.valid_until or day))]
    return [way for way in kept if not least or _rank(view, view.store.value(way.thread, filo("hasLeastCertainty"))) >= least]


def _rank(view: View, certainty: str | None) -> int:
    return int(view.value(certainty, "rank") or 0) if certainty else 0


def _without(given: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in given.items() if key != name}


# Two ends


def _between(view: View, asked: Asked) -> dict[str, Any]:
    """The ways from one node up to another, or the other way if only there are any."""
    ends = (asked.start, asked.end)
    answer = _answer(view, ends, asked.narrowed)
    turned = _answer(view, ends[::-1], asked.narrowed) if answer.is_empty else answer
    is_swapped = answer.is_empty and not turned.is_empty
    if is_swapped:
        answer, ends = turned, ends[::-1]
    of_plans = _of_plans(view, ends) if answer.is_empty else []
    threads = dict.fromkeys(row["thread"] for row in answer.rows) or of_plans[:_MOST]
    found = standing(_kept(view, ways(view.store, threads), asked))
    broken = [row for row in breaks(view, ends[0]) if row["direction"] == "up"]
    given = {"from": value_of(ends[0]), "to": value_of(ends[1]), **asked.narrowed}
    return {
        "swapped": is_swapped,
        "of_plans": len(of_plans) if found else 0,
        "climb": [view.name(end) for end in ends],
        "ways": [shown_way(view, way) for way in found],
        "chart": _chart(view, [path(way) for way in found], broken, ends[0]),
        "breaks": _grouped(broken),
        "nothing": None if found else _nothing(view, ends, asked),
        "unknown": [_unknown(view, each.statement, each.relation, each.extent, each.reasons) for each in answer.completeness.unknown],
        "take": _taken(view, "thread", given, "thread-graph"),
        "permalink": view.link("/thread", **given),
    }


def _of_plans(view: View, ends: Sequence[str]) -> list[str]:
    """The threads from what a plan holds, or to what a framework holds, those that count first; none where neither end is a plan.

    The question knows threads by their ends, and a plan is the end of few: what it holds starts its threads.
    """
    start, end = (_plans(view, node) for node in ends)
    if not start and not end:
        return []
    near = f"VALUES ?plan {{ {' '.join(start)} }} ?thread filo:isThreadOf ?plan ." if start else f"?thread filo:threadFrom {ends[0]} ."
    far = f"VALUES ?upper {{ {' '.join(end)} }} ?to filo:inFramework ?upper . ?thread filo:threadTo ?to ."
    far = far if end else f"?thread filo:threadTo {ends[1]} ."
    order = "?thread filo:isCounted ?counted } ORDER BY DESC(?counted) ?thread"
    return [row["thread"] for row in view.store.rows(f"SELECT DISTINCT ?thread ?counted WHERE {{ {near} {far} {order}")]


def _plans(view: View, node: str) -> list[str]:
    """A framework with its versions; nothing for any other node."""
    if filo("Framework") not in view.store.objects(node, TYPE):
        return []
    return [node, *view.store.subjects("<http://purl.org/dc/terms/isVersionOf>", node)]


def _answer(view: View, ends: Sequence[str], narrowed: Mapping[str, str]) -> Answer:
    return ask(view.store, view.library.question("thread"), {"from": value_of(ends[0]), "to": value_of(ends[1]), **narrowed})


def _nothing(view: View, ends: Sequence[str], asked: Asked) -> dict[str, Any]:
    """Why no way leads from one node to another, whether that is known, and what is nearest."""
    start, end = ends
    others = {row["thread"] for row in _answer(view, ends, {}).rows} if asked.narrowed else set()
    why = ask(view.store, view.library.question("why-not"), {"node": value_of(start), "question": _QUESTION})
    return {
        "left_out": len(others),
        "is_known": not others and _is_read_whole(view, start),
        "why": [_reason(view, row) for row in why.rows],
        "from": _near(view, start, end, "threadFrom", "threadTo"),
        "to": _near(view, end, start, "threadTo", "threadFrom"),
    }


def _is_read_whole(view: View, node: str) -> bool:
    """Whether all that could say a thread of a node was read whole; the question `coverage` tells absent from unknown by the same."""
    needed = {filo("Frame"), filo("Contribution")}
    frameworks = view.store.objects(node, filo("inFramework"))
    return bool(frameworks) and all(needed <= set(view.store.objects(each, filo("isReadWholeFor"))) for each in frameworks)


def _near(view: View, node: str, other: str, near: str, far: str) -> list[dict[str, Any]]:
    """Where the threads of a node lead that is akin to another node: in its framework, or like it a project."""
    kin = _kin(view, other)
    ends = dict.fromkeys(end for found in view.store.subjects(filo(near), node) for end in view.store.objects(found, filo(far)))
    akin = sorted((view.name(end) for end in ends if kin & _kin(view, end)), key=lambda name: sorted_by(name.text))
    return [{"name": name, "address": _link(view, *((node, name.term) if near == "threadFrom" else (name.term, node)))} for name in akin]


def _kin(view: View, node: str) -> set[str]:
    found = set(view.store.objects(node, filo("inFramework")))
    return found or {term for term in view.store.objects(node, TYPE) if term == filo("Project")}


def _link(view: View, start: str, end: str) -> str:
    return view.link("/thread", **{"from": value_of(start), "to": value_of(end)})


# What both say


def _reason(view: View, row: Row) -> dict[str, Any]:
    """A row of the question why-not, with the reasons that its statement gives."""
    statement = row["statement"]
    explained = [statement, *view.store.objects(statement, filo("isExplainedBy"))]
    reasons = [reason for node in explained for reason in view.store.objects(node, filo("reason"))]
    named = {name: view.name(row[name]) if name in row else None for name in ("cause", "relation", "detail", "other")}
    told = {"statement": view.name(statement), "reasons": view.said_in(dict.fromkeys(reasons)), "mark": _MARKED.get(row["cause"], "")}
    return named | told


def _unknown(view: View, statement: str, relation: str, extent: str, reasons: Sequence[str]) -> dict[str, Any]:
    named: dict[str, Name | None] = {"statement": view.name(statement), "relation": view.name(relation), "detail": view.name(extent)}
    source = view.store.value(statement, filo("aboutSource"))
    return named | {"other": view.name(source) if source else None, "reasons": view.said_in(reasons), "mark": "unknown"}


def _grouped(broken: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Breaks by direction and reason."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in broken:
        groups.setdefault((row["direction"], row["hasBreakReason"].text if row["hasBreakReason"] else ""), []).append(row)
    return [{"direction": way, "reason": reason, "rows": rows} for (way, reason), rows in groups.items()]


def _chart(view: View, drawn: Sequence[Path], broken: Iterable[Mapping[str, Any]], node: str) -> str:
    found = flow(view, drawn, broken, node, EXPLORER[view.lang] | WORDS[view.lang])
    return script_json(found) if found else ""


def _taken(view: View, name: str, values: Mapping[str, str], graph: str | None) -> dict[str, Any]:
    """Where the answers of the questions behind the page are, in the forms to take away."""

    def address(question: str, form: str) -> str:
        return f"/questions/{question}/answer?" + urlencode({**values, "format": form, "lang": view.data})

    return {
        "question": view.link(f"/questions/{name}/answer?{urlencode(values)}"),
        "tables": [(said, address(name, form)) for form, said in _FORMATS.items()],
        "graphs": [(said, address(graph, form)) for form, said in _GRAPHS.items()] if graph else [],
    }
