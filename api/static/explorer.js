// What pages gain where there is JavaScript: suggestions while one types. Everything works without.

const WAIT = 150;

for (const input of document.querySelectorAll("input[data-suggest]")) suggest(input);

// A combobox after the ARIA practices: the list is told to screen readers, arrows choose, Enter takes, Escape closes.
function suggest(input) {
  const list = document.createElement("ul");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.role = "listbox";
  list.hidden = true;
  input.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
    input.setAttribute(name, value);
  }
  list.setAttribute("aria-label", input.labels?.[0]?.textContent ?? input.placeholder);
  let timer, asked = 0, chosen = -1;

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      choose((chosen + steps[event.key] + list.children.length) % list.children.length);
      event.preventDefault();
    } else if (event.key === "Enter" && chosen >= 0) {
      take(list.children[chosen]);
      event.preventDefault();
    } else if (event.key === "Escape") {
      close();
      event.preventDefault();
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 200));

  async function ask() {
    const text = input.value.trim();
    const mine = ++asked;
    if (text.length < 2) return close();
    const address = new URL(input.dataset.suggest, location.href);
    for (const [name, value] of new URLSearchParams(location.search)) if (name === "lang" || name === "data") address.searchParams.set(name, value);
    address.searchParams.set("q", text);
    if (input.dataset.kind) address.searchParams.set("kind", input.dataset.kind);
    try {
      const answer = await fetch(address, { headers: { "Accept-Language": document.documentElement.lang } });
      if (answer.ok && mine === asked) show(await answer.json());
    } catch {
      close();
    }
  }

  function show(found) {
    list.replaceChildren(...found.map((each, place) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${place}`;
      item.role = "option";
      const name = document.createElement("bdi");
      name.textContent = each.label;
      const more = document.createElement("small");
      more.textContent = [each.kind, each.code, each.framework].filter(Boolean).join(" · ");
      item.append(name, more);
      item.dataset.address = each.address;
      item.dataset.iri = each.iri;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); });
      return item;
    }));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    choose(-1);
  }

  function choose(place) {
    chosen = place;
    for (const [number, item] of [...list.children].entries()) item.setAttribute("aria-selected", String(number === place));
    if (place >= 0) {
      input.setAttribute("aria-activedescendant", list.children[place].id);
      list.children[place].scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function take(item) {
    if (input.dataset.go) location.assign(item.dataset.address);
    else input.value = item.dataset.iri;
    close();
  }

  function close() {
    asked++;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  }
}
