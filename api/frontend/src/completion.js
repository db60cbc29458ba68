// Completion in the editor: prefixes, classes, properties and graphs of the service, found by name and by what they are called.

const MOST = 60;
const WORD = /^(<[^>\s]*|[A-Za-z][\w-]*:[\w./#-]*|[A-Za-z]{3,})$/;
const BEFORE_GRAPHS = ["GRAPH", "FROM", "NAMED"];
const NOT_NAMES = ["comment", "string", "keyword", "atom", "number"];

/** A term as a query writes it: with a prefix of ours if there is one. */
function written(iri, prefixes) {
  for (const [prefix, space] of Object.entries(prefixes)) {
    const local = iri.startsWith(space) ? iri.slice(space.length) : "";
    if (/^[A-Za-z_][\w-]*$/.test(local)) return `${prefix}:${local}`;
  }
  return `<${iri}>`;
}

/** The places of the query that can take a name, and whether a graph is meant there. */
function placeOf(yasqe) {
  const token = yasqe.getCompleteToken();
  const before = yasqe.getPreviousNonWsToken(yasqe.getDoc().getCursor().line, token);
  const wantsGraph = BEFORE_GRAPHS.includes(before?.string?.toUpperCase());
  const isName = WORD.test(token.string) && !NOT_NAMES.includes(token.type) && before?.string?.toUpperCase() !== "PREFIX";
  const wantsClass = ["a", "rdf:type", "rdfs:domain", "rdfs:range", "rdfs:subClassOf"].includes(before?.state?.lastProperty);
  return { token, wantsGraph, isName: isName || (wantsGraph && /^[<\s]/.test(token.string)), wantsClass };
}

function entriesOf(completion, words) {
  const { prefixes } = completion;
  const terms = completion.terms.map(({ term, kind, label = "", comment = "" }) => ({ text: written(term, prefixes), iri: term, kind, label, comment }));
  const graphs = completion.graphs.map(({ graph, triples }) => ({ text: `<${graph}>`, iri: graph, kind: "graph", label: triples, comment: "" }));
  return [...terms, ...graphs].map((entry) => ({ ...entry, said: words[entry.kind], searched: `${entry.text} ${entry.iri} ${entry.label}`.toLowerCase() }));
}

/** What fits a word, that which begins with it first, and what is meant to stand there before the rest. */
function fitting(entries, { token, wantsGraph, wantsClass }) {
  const word = token.string.trim().toLowerCase();
  const asked = word.replace(/^</, "");
  const kind = wantsClass ? "class" : "property";
  return entries
    .filter((entry) => (entry.kind === "graph") === wantsGraph && entry.searched.includes(asked))
    .map((entry) => ({ entry, rank: 2 * !entry.text.toLowerCase().startsWith(word) + (entry.kind !== kind) }))
    .sort((one, other) => one.rank - other.rank)
    .slice(0, MOST)
    .map(({ entry }) => entry);
}

function drawHint(element, hint) {
  const part = (name, text) => {
    const made = document.createElement("span");
    made.className = `hint-${name}`;
    made.textContent = text;
    element.append(made, " ");
  };
  part("name", hint.text);
  part("kind", hint.entry.said);
  if (hint.entry.label) part("label", hint.entry.label);
  if (hint.entry.comment) part("comment", hint.entry.comment);
}

/** Registers our completers in the place of those that ask others; gives their names. */
export function registerCompletion(Yasqe, completion, words) {
  const entries = entriesOf(completion, words);
  const byText = new Map(entries.map((entry) => [entry.text, entry]));
  Yasqe.forkAutocompleter("prefixes", {
    name: "prefixes",
    persistenceId: null,
    get: () => Object.entries(completion.prefixes).map(([prefix, space]) => `${prefix}: <${space}>`).sort(),
  });
  Yasqe.registerAutocompleter({
    name: "terms",
    bulk: false,
    autoShow: true,
    isValidCompletionPosition: (yasqe) => placeOf(yasqe).isName,
    get: (yasqe) => fitting(entries, placeOf(yasqe)).map(({ text }) => text),
    preProcessToken: (yasqe, token) => {
      const { ch } = yasqe.getDoc().getCursor();
      return token.string.trim() ? { ...token, from: { ch: token.start } } : { ...token, string: "", from: { ch }, to: { ch } };
    },
    postprocessHints: (yasqe, hints) => hints.map((hint) => ({ ...hint, entry: byText.get(hint.text), render: drawHint })).map(withRender),
  });
  for (const name of ["property", "class"]) delete Yasqe.Autocompleters[name];
  return ["prefixes", "variables", "terms"];
}

/** CodeMirror hands the element first, then all the hints, then the one to draw. */
function withRender(hint) {
  return { ...hint, render: (element, _, self) => drawHint(element, self) };
}
