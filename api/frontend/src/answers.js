// Answers in Yasgui's tables, in the page's language; nodes lead to their pages here.

/** Yasgui's plugins with our words; an IRI leads to the page of what it names. */
function plugins(Yasr, words) {
  const { table: Table, response: Response, boolean: Truth, error: Failure } = Yasr.plugins;
  const replaced = {
    "Simple view": words.compact,
    Ellipse: words.ellipse,
    "Page size: ": `${words.pageSize}: `,
    All: words.all,
    "Show all": words.showAll,
    "Download result": words.download,
  };
  const translate = (root) => {
    for (const node of root.querySelectorAll("span, option, button")) {
      if (node.childElementCount === 0 && node.textContent in replaced) node.textContent = replaced[node.textContent];
      if (node.title in replaced) node.title = replaced[node.title];
    }
  };
  return {
    table: class extends Table {
      constructor(yasr) {
        super(yasr);
        this.label = words.table;
        this.helpReference = undefined;
        this.config = {
          ...this.config,
          openIriInNewWindow: false,
          tableConfig: { ...this.config.tableConfig, language: { ...this.config.tableConfig.language, ...dataTables(words) } },
        };
      }

      getColumns() {
        // To sort and filter, Yasr would have markup in values parsed, which the page's policy stops with a complaint.
        const plain = (type) => !type || type === "filter" || type === "sort";
        return super.getColumns().map((column) => ({
          ...column,
          title: column.title ?? "#",
          render: (data, type, ...rest) => (data?.value !== undefined && plain(type) ? escaped(data.value) : column.render(data, type, ...rest)),
        }));
      }

      getUriLinkFromBinding({ value }, prefixes) {
        const known = Object.entries(prefixes ?? {}).find(([, space]) => value.startsWith(space) && value !== space);
        const text = known ? `${known[0]}:${value.slice(known[1].length)}` : `<${value}>`;
        return `<a class='iri' href='/resource?iri=${encodeURIComponent(value).replaceAll("'", "%27")}'>${escaped(text)}</a>`;
      }

      drawControls() {
        super.drawControls();
        this.tableFilterField.placeholder = words.filter;
        this.tableFilterField.setAttribute("aria-label", words.filter);
        this.tableSizeField.setAttribute("aria-label", words.pageSize);
        translate(this.tableControls);
      }
    },
    response: class extends Response {
      constructor(yasr) {
        super(yasr);
        this.label = words.response;
        this.helpReference = undefined;
      }

      showLess(...given) {
        super.showLess(...given);
        this.overLay?.querySelectorAll("button:last-child").forEach((button) => button.remove());
        if (this.overLay) translate(this.overLay);
      }

      draw(...given) {
        super.draw(...given);
        const input = this.cm?.getInputField();
        input?.setAttribute("aria-label", words.response);
      }
    },
    boolean: Truth,
    error: Failure,
  };
}

function escaped(text) {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML;
}

function dataTables(words) {
  return { info: words.shown, infoEmpty: words.none, infoFiltered: words.filtered, emptyTable: words.none, zeroRecords: words.none };
}

/** A place for answers; `fill` and `number` write numbers into words. */
export function makeAnswers(Yasgui, place, prefixes, words, fill, number) {
  const { Yasr } = Yasgui;
  for (const [name, plugin] of Object.entries(plugins(Yasr, words))) Yasr.registerPlugin(name, plugin);
  place.hidden = true;
  const yasr = new Yasr(place, { persistenceId: null, prefixes, pluginOrder: ["table", "response"] });
  // The page itself says how much there is and offers downloads; Yasgui's help is elsewhere on the web.
  for (const name of ["external_ref_btn", "downloadIcon", "response_chip"]) yasr.headerEl.querySelector(`.yasr_${name}`)?.remove();
  for (const button of yasr.headerEl.querySelectorAll("button.yasr_btn")) button.setAttribute("aria-label", button.title);
  return { yasr, words, fill, number };
}

/** Draws an answer; gives how much there is, in words. */
export function drawAnswer({ yasr, words, fill, number }, { text, contentType, status }) {
  yasr.setResponse({ data: text, contentType, status });
  const { results } = yasr;
  if (results.getBoolean?.() !== undefined) return results.getBoolean() ? words.true : words.false;
  const count = results.getBindings()?.length ?? 0;
  return fill(contentType.endsWith("json") ? words.rows : words.triples, number(count));
}
