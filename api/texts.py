"""What Filorosso says to people in its own words, in Italian and English; what the graph says comes from its labels."""

from __future__ import annotations

from typing import Final

TRACE: Final = {
    "it": {
        "up": "Verso l'alto: a che cosa conduce",
        "down": "Verso il basso: che cosa vi conduce",
        "beside": "Accanto: relazioni che non sono passi di un filo",
        "since": "dal {day}",
        "breaks": "Dove il filo si interrompe",
        "nothing": "nessun filo",
        "funding": "è finanziato da",
        "part-of": "è parte di",
        "contribution": "contribuisce a",
        "frame": "ha come cornice",
        "Correspondence": "corrisponde a",
        "Reference": "rinvia a",
        "FundingAccess": "offre accesso a finanziamenti a",
        "CoherenceAssessment": "è stato valutato rispetto a",
        "proposed": "SOLO PROPOSTO",
        "inferred": "SOLO DEDOTTO",
        "measure": "della misura, non del progetto",
        "carried": "detto per: {version}; vale per le versioni successive solo perché il codice continua",
        "certainty": "certezza",
        "origin": "secondo",
        "evidence": "prova",
        "reason": "motivo",
        "amount-unknown": "importo ignoto: il registro letto non lo pubblica",
    },
    "en": {
        "up": "Upwards: what it leads to",
        "down": "Downwards: what leads to it",
        "beside": "Beside: relations that are no hop of a thread",
        "since": "since {day}",
        "breaks": "Where the thread breaks",
        "nothing": "no thread",
        "funding": "is funded under",
        "part-of": "is part of",
        "contribution": "contributes to",
        "frame": "has as its frame",
        "Correspondence": "corresponds to",
        "Reference": "refers to",
        "FundingAccess": "offers funding access to",
        "CoherenceAssessment": "was assessed against",
        "proposed": "ONLY PROPOSED",
        "inferred": "ONLY INFERRED",
        "measure": "the measure's, not the project's own",
        "carried": "said of: {version}; holds for later versions only because the code continues",
        "certainty": "certainty",
        "origin": "according to",
        "evidence": "evidence",
        "reason": "reason",
        "amount-unknown": "amount unknown: the register read does not publish it",
    },
}

REPORT: Final = {
    "it": {
        "Violation": "Errore",
        "Warning": "Avviso",
        "Info": "Nota",
        "rule": "regola",
        "node": "nodo",
        "value": "valore",
        "waived": "in deroga",
        "conforms": "Conforme",
        "broken": "Non conforme",
        "summary": "{verdict}. Errori: {errors}; avvisi: {warnings}; note: {notes}; in deroga: {waived}",
    },
    "en": {
        "Violation": "Error",
        "Warning": "Warning",
        "Info": "Note",
        "rule": "rule",
        "node": "node",
        "value": "value",
        "waived": "waived",
        "conforms": "Conforms",
        "broken": "Does not conform",
        "summary": "{verdict}. Errors: {errors}; warnings: {warnings}; notes: {notes}; waived: {waived}",
    },
}

PAGE: Final = {
    "it": {
        "title": "Filorosso",
        "lead": "Un grafo di conoscenza dei quadri strategici: dagli obiettivi dell'ONU a un progetto, passo per passo, con le prove.",
        "frameworks": "I quadri strategici",
        "framework": "Quadro",
        "level": "Livello",
        "elements": "Elementi nel grafo",
        "holds": "Che cosa contiene il grafo",
        "ask": "Domande con cui cominciare",
        "askLead": "Il grafo risponde in SPARQL 1.1 all'indirizzo",
        "run": "Vedi la risposta",
        "release": "Edizione",
        "other": "English",
        "counts": {
            "Framework": "quadri e loro versioni",
            "Element": "elementi",
            "Project": "progetti",
            "Funding": "finanziamenti",
            "Indicator": "indicatori",
            "Claim": "asserzioni",
            "Evidence": "prove",
            "Thread": "fili",
            "quads": "quadruple",
        },
    },
    "en": {
        "title": "Filorosso",
        "lead": "A knowledge graph of strategic frameworks: from a UN goal to a project on a street, each hop with its evidence.",
        "frameworks": "The frameworks",
        "framework": "Framework",
        "level": "Level",
        "elements": "Elements in the graph",
        "holds": "What the graph holds",
        "ask": "Questions to begin with",
        "askLead": "The graph answers SPARQL 1.1 at",
        "run": "See the answer",
        "release": "Release",
        "other": "Italiano",
        "counts": {
            "Framework": "frameworks and their versions",
            "Element": "elements",
            "Project": "projects",
            "Funding": "fundings",
            "Indicator": "indicators",
            "Claim": "claims",
            "Evidence": "pieces of evidence",
            "Thread": "threads",
            "quads": "quads",
        },
    },
}

_PREFIXES = """PREFIX filo: <https://w3id.org/filorosso/onto/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""

# What is said of an answer to a question of the library.
ANSWER: Final = {
    "it": {
        "answer": "Risposta",
        "about": "Informazioni",
        "question": "Domanda",
        "parameters": "Parametri",
        "size": "Risultato",
        "rows": "righe",
        "triples": "triple",
        "completeness": "Completezza",
        "complete": "completa",
        "cut": "tagliata al limite di {limit}",
        "stopped": "interrotta dopo {seconds} secondi",
        "unknown-parts": "con parti ignote: alcune fonti non sono state lette, o non per intero",
        "unknown": "Ignoto",
        "release": "Edizione",
        "citation": "Citazione",
        "same": "uguale a quella citata",
        "same-in-another-release": "uguale a quella citata, in un'altra edizione",
        "changed": "cambiata rispetto a quella citata",
        "cited": "Confronto",
    },
    "en": {
        "answer": "Answer",
        "about": "About",
        "question": "Question",
        "parameters": "Parameters",
        "size": "Result",
        "rows": "rows",
        "triples": "triples",
        "completeness": "Completeness",
        "complete": "complete",
        "cut": "cut at the limit of {limit}",
        "stopped": "stopped after {seconds} seconds",
        "unknown-parts": "with unknown parts: some sources were not read, or not whole",
        "unknown": "Unknown",
        "release": "Release",
        "citation": "Citation",
        "same": "the same as the one cited",
        "same-in-another-release": "the same as the one cited, in another release",
        "changed": "changed from the one cited",
        "cited": "Comparison",
    },
}

# Queries to begin with: title by language, and the text, which runs as it is in any SPARQL editor.
EXAMPLES: Final = (
    {
        "it": "Quali progetti conducono all'obiettivo 11, e per quale via?",
        "en": "Which projects lead to goal 11, and by which way?",
        "query": _PREFIXES
        + """SELECT ?project ?label ?hops ?certainty WHERE {
    ?thread filo:threadTo <http://metadata.un.org/sdg/11> ;
        filo:threadFrom ?project ;
        filo:hopSequence ?hops ;
        filo:hasLeastCertainty ?certainty .
    ?project a filo:Project ; rdfs:label ?label .
} ORDER BY ?label ?hops""",
    },
    {
        "it": "Quale cornice strategica dichiara ciascun asse, e con quale prova?",
        "en": "Which strategic frame does each axis declare, and on what evidence?",
        "query": _PREFIXES
        + """SELECT ?axis ?frame ?document ?locator WHERE {
    ?link a filo:Frame ; filo:hasSubject ?axis ; filo:hasObject ?frame ; filo:hasEvidence ?evidence .
    ?axis filo:hasKind <https://w3id.org/filorosso/voc/element-kind/axis> .
    ?evidence filo:inDocument ?document ; filo:locator ?locator .
} ORDER BY ?axis ?frame""",
    },
    {
        "it": "Quali legami sono soltanto proposti?",
        "en": "Which links are only proposed?",
        "query": _PREFIXES
        + """SELECT ?link ?from ?to ?reason WHERE {
    ?link a filo:Link ;
        filo:hasLifeCycle <https://w3id.org/filorosso/voc/life-cycle/open> ;
        filo:hasSubject ?from ; filo:hasObject ?to ; filo:reason ?reason .
} ORDER BY ?from ?to""",
    },
    {
        "it": "Che cosa non sappiamo: fonti lette in parte o per nulla",
        "en": "What we do not know: sources read in part or not at all",
        "query": _PREFIXES
        + """SELECT ?framework ?relation ?extent ?reason WHERE {
    ?statement a filo:CompletenessStatement ;
        filo:aboutFramework ?framework ; filo:aboutRelation ?relation ; filo:hasExtent ?extent ; filo:reason ?reason .
    FILTER (?extent != <https://w3id.org/filorosso/voc/extent/whole>)
} ORDER BY ?framework ?relation""",
    },
)
