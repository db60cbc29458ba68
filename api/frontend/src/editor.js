// The editor of the page `/sparql`: Yasgui's editor and its tables over our own endpoint. The page's form stays what it is without us:
// its textarea holds the text, its button asks. Nothing is stored in the browser and nobody else is asked anything.
import Yasgui from "@zazuko/yasgui";
import { registerCompletion } from "./completion.js";
import { drawAnswer, makeAnswers } from "./answers.js";

const { Yasqe } = Yasgui;
// What a page shows of an answer; longer ones are for downloading.
const SHOWN = 16;
const LONGEST_LINK = 8000;
const ACCEPTED = "application/sparql-results+json, text/turtle;q=0.9, application/problem+json;q=0.8";
const FORMATS = {
  table: { JSON: "application/sparql-results+json", XML: "application/sparql-results+xml", CSV: "text/csv", TSV: "text/tab-separated-values" },
  graph: { Turtle: "text/turtle", "N-Triples": "application/n-triples", "JSON-LD": "application/ld+json", "RDF/XML": "application/rdf+xml" },
};
const ENDINGS = { JSON: "srj", XML: "srx", CSV: "csv", TSV: "tsv", Turtle: "ttl", "N-Triples": "nt", "JSON-LD": "jsonld", "RDF/XML": "rdf" };

const form = document.querySelector("form.sparql");
const find = (name) => document.querySelector(`.sparql-${name}`);
const words = JSON.parse(find("words").textContent);
const said = find("said");
const language = document.documentElement.lang;

function fill(text, values) {
  return text.replace(/\{(\w*)\}/g, (_, name) => (name ? values[name] : values));
}

function number(value) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
}

/** Yasqe explains errors of syntax in English as one hovers over them; here it is the page's language, and for everyone. */
function translateErrors() {
  const checked = Yasqe.prototype.checkSyntax;
  Yasqe.prototype.checkSyntax = function () {
    checked.call(this);
    this.eachLine(({ gutterMarkers }) => {
      const marker = gutterMarkers?.gutterErrorBar;
      if (!marker) return;
      marker.onmouseover = marker.onmouseout = null;
      marker.title = words.invalid;
      marker.setAttribute("role", "img");
      marker.setAttribute("aria-label", words.invalid);
    });
  };
}

function makeEditor(textarea, completion) {
  Yasqe.defaults.autocompleters = registerCompletion(Yasqe, completion, words);
  const place = document.createElement("div");
  textarea.after(place);
  const editor = new Yasqe(place, {
    value: textarea.value,
    persistenceId: null,
    consumeShareLink: null,
    createShareableLink: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "auto",
    viewportMargin: Infinity,
    screenReaderLabel: words.query,
    // Tab goes on to the button: who types must be able to leave.
    extraKeys: { "Ctrl-Enter": () => form.requestSubmit(), "Cmd-Enter": () => form.requestSubmit(), Tab: false, "Shift-Tab": false },
  });
  textarea.hidden = true;
  textarea.required = false;
  form.querySelector('label[for="query"]').addEventListener("click", () => editor.focus());
  editor.on("change", () => (textarea.value = editor.getValue()));
  return editor;
}

/** Marks the place of an error that the service found, and says it below the line. */
function mark(editor, { line, column, detail }) {
  const row = Math.min(Math.max(line - 1, 0), editor.lineCount() - 1);
  const message = document.createElement("div");
  message.className = "sparql-error";
  message.setAttribute("role", "alert");
  message.textContent = fill(words.place, { line, column, detail });
  const widget = editor.addLineWidget(row, message);
  editor.addLineClass(row, "wrap", "sparql-error-line");
  editor.setCursor({ line: row, ch: Math.max(column - 1, 0) });
  const clear = () => {
    widget.clear();
    editor.removeLineClass(row, "wrap", "sparql-error-line");
    editor.off("change", clear);
    editor.unmark = null;
  };
  editor.on("change", clear);
  editor.unmark = clear;
}

/** The body of an answer as far as it comes and is shown: its text, and whether it was cut or is longer. */
async function read(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      return { text, length, isCut: true };
    }
    if (piece.done) return { text: text + decoder.decode(), length };
    length += piece.value.length;
    text += decoder.decode(piece.value, { stream: true });
    if (length > SHOWN * 2 ** 20) {
      reader.cancel();
      return { text, length, isLonger: true };
    }
  }
}

/** The rows of a table that broke off, as far as they are whole. */
function mended(text) {
  const whole = text.lastIndexOf("}},{");
  const close = (part) => `${part}]}}`;
  for (const candidate of [close(text.slice(0, whole + 2)), close(text)]) {
    try {
      JSON.parse(candidate);
      return candidate;
    } catch {
      // Not at a place where it can be closed.
    }
  }
  return null;
}

function say(...paragraphs) {
  said.replaceChildren(
    ...paragraphs.filter(Boolean).map((text) => {
      const paragraph = document.createElement("p");
      paragraph.append(text);
      return paragraph;
    }),
  );
}

function downloads(query, kind) {
  const list = document.createElement("span");
  list.className = "sparql-downloads";
  list.append(`${words.download}: `);
  for (const [name, accept] of Object.entries(FORMATS[kind])) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link btn-xs";
    button.textContent = name;
    button.addEventListener("click", () => download(query, accept, `filorosso.${ENDINGS[name]}`));
    list.append(button, " ");
  }
  return list;
}

async function download(query, accept, name) {
  try {
    const response = await fetch(form.action, request(query, accept));
    if (!response.ok) throw new Error((await response.json()).detail);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    say(error.message || words.failed);
  }
}

function request(query, accept, signal) {
  return { method: "POST", headers: { accept, "content-type": "application/sparql-query" }, body: query, signal };
}

/** What the service says of an answer in headers of its own. */
function told(headers) {
  return [...headers].filter(([name]) => name.startsWith("filorosso-")).map(([name, value]) => `${name}: ${value}`).join("; ");
}

class Conversation {
  constructor(editor, answers) {
    this.editor = editor;
    this.answers = answers;
    this.running = null;
    this.cancel = find("cancel");
    this.cancel.addEventListener("click", () => this.running?.abort());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask(editor.getValue());
    });
  }

  async ask(query) {
    this.running?.abort();
    this.editor.unmark?.();
    const running = (this.running = new AbortController());
    this.cancel.hidden = false;
    say(words.running);
    find("answer").hidden = true;
    try {
      await this.answered(query, running.signal);
    } catch (error) {
      // Hanging up ends the query in the service too.
      if (this.running === running) say(error.name === "AbortError" ? words.cancelled : words.failed);
    } finally {
      if (this.running === running) {
        this.running = null;
        this.cancel.hidden = true;
      }
    }
  }

  async answered(query, signal) {
    const begun = performance.now();
    const response = await fetch(form.action, request(query, ACCEPTED, signal));
    const body = await read(response);
    if (!response.ok) return this.refused(body.text);
    const contentType = response.headers.get("content-type").split(";")[0];
    const isTable = contentType.endsWith("json");
    const isWhole = !body.isCut && !body.isLonger;
    const text = isWhole || !isTable ? body.text : mended(body.text) ?? body.text;
    const size = drawAnswer(this.answers, { text, contentType, status: response.status });
    find("answer").hidden = false;
    const seconds = fill(words.took, number((performance.now() - begun) / 1000));
    const whole = isWhole ? words.whole : body.isCut ? words.cut : fill(words.shortened, SHOWN);
    say(`${size} ${seconds}. ${whole}`, told(response.headers), downloads(query, isTable ? "table" : "graph"));
  }

  refused(text) {
    let problem = { detail: text || words.failed };
    try {
      problem = JSON.parse(text);
    } catch {
      // A proxy before the service may say it in another way.
    }
    if (problem.line) {
      mark(this.editor, problem);
      say(fill(words.place, problem));
    } else {
      say(problem.detail);
    }
  }
}

function offerLink(editor) {
  const link = find("link");
  const refresh = () => {
    const address = new URL(location.pathname, location.origin);
    for (const [name, value] of new URLSearchParams(location.search)) if (name !== "edit") address.searchParams.set(name, value);
    address.searchParams.set("edit", editor.getValue());
    const isShort = address.href.length < LONGEST_LINK;
    link.title = isShort ? "" : words.tooLong;
    isShort ? (link.href = address.href) : link.removeAttribute("href");
  };
  editor.on("change", refresh);
  refresh();
  link.hidden = false;
}

function offerExamples(editor, examples) {
  const select = document.getElementById("example");
  for (const { label, question } of examples) select.add(new Option(label, question));
  select.addEventListener("change", () => {
    const chosen = examples.find(({ question }) => question === select.value);
    if (chosen) editor.setValue(chosen.text);
  });
  find("example").hidden = false;
}

async function start() {
  const completion = await (await fetch(form.dataset.completion, { headers: { accept: "application/json" } })).json();
  translateErrors();
  const editor = makeEditor(document.getElementById("query"), completion);
  const answers = makeAnswers(Yasgui, find("answer"), completion.prefixes, words, fill, number);
  new Conversation(editor, answers);
  offerLink(editor);
  offerExamples(editor, completion.examples);
  find("keys").hidden = false;
  form.classList.add("sparql-ready");
}

start();
