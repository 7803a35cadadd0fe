// Elements, made one by one: what the service says is text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

/** An HTML element; attributes that are functions and begin with "on" are listeners. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Say something to those who do not see the page. */
export function announce(text) {
  document.getElementById("announce").textContent = text;
}

/**
 * Replace what is in a section only when what it is made of has changed. What a person has
 * opened or closed stays so, and what has the focus keeps it.
 */
export function section(make) {
  const element = h("div");
  let before;
  const toggled = new Map();
  element.addEventListener("click", (event) => {
    const details = event.target.closest("summary") && event.target.closest("details[data-key]");
    if (details) toggled.set(details.dataset.key, !details.open);
  });
  return {
    element,
    show(...data) {
      const now = JSON.stringify(data);
      if (now === before) return;
      before = now;
      const active = element.contains(document.activeElement) ? document.activeElement : null;
      const focused = active && ((active.closest("details[data-key]") || {}).dataset || {}).key;
      element.replaceChildren(...[make(...data)].flat().filter(Boolean));
      for (const details of element.querySelectorAll("details[data-key]")) {
        if (toggled.has(details.dataset.key)) details.open = toggled.get(details.dataset.key);
        if (focused && details.dataset.key === focused) details.firstElementChild.focus();
      }
    },
  };
}

/** A table that scrolls by itself where the screen is narrow. */
export function table(caption, head, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, place) =>
        place === 0 ? h("th", { scope: "row" }, cell) : h("td", {}, cell)))))));
}

/** A block of text to take away, with the button for it. */
export function copyable(label, text) {
  const code = h("pre", { tabindex: "0", "aria-label": label }, text);
  const button = h("button", { type: "button", class: "quiet", onclick: copy }, `Copy ${label}`);
  async function copy() {
    try {
      await navigator.clipboard.writeText(code.textContent);
      announce(`${label} copied`);
    } catch {
      getSelection().selectAllChildren(code); // without https there is no clipboard
      announce(`${label} selected`);
    }
  }
  return { element: h("div", { class: "copyable" }, code, button), set: (more) => { code.textContent = more; } };
}

/** Call again after so many milliseconds, while the view is there and the page is seen. */
export function later(signal, milliseconds, call) {
  const timer = setTimeout(() => {
    if (signal.aborted) return;
    if (!document.hidden) call();
    else document.addEventListener("visibilitychange", () => later(signal, 0, call), { once: true, signal });
  }, milliseconds);
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
