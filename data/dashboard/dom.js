// Elements of the page. Content from the service is text, never markup.

/** What links may lead to; script in an address would run as the page's own. */
const LINK = /^(#|\.\.\/|https?:\/\/|blob:)/;
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
    else if (name === "href" && !LINK.test(value)) continue;
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

/** Announce a text to screen readers. */
export function announce(text) {
  document.getElementById("announce").textContent = text;
}

/**
 * Replace a section only when its data has changed. Details that the user opened or closed
 * stay so, and the focus stays.
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
      const focused = element.contains(document.activeElement) ? keyOf(document.activeElement) : null;
      element.replaceChildren(...[make(...data)].flat().filter(Boolean));
      for (const details of element.querySelectorAll("details[data-key]")) {
        if (toggled.has(details.dataset.key)) details.open = toggled.get(details.dataset.key);
      }
      const same = focused && [...element.querySelectorAll("a, button, input, select, summary, [tabindex]")].find((e) => keyOf(e) === focused);
      if (same) same.focus();
    },
  };
}

/** What an element is, for finding it again after it was drawn anew. */
function keyOf(element) {
  const key = (element.closest("summary") && (element.closest("details[data-key]") || { dataset: {} }).dataset.key) || element.id || element.getAttribute("href");
  return `${element.tagName} ${key || element.getAttribute("aria-label") || element.textContent}`;
}

/**
 * A table; on a phone each row is a block of lines, with the head of its column before each cell.
 * The roles are said because a browser forgets them when a table is no table for the style.
 */
export function table(caption, head, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { role: "table" },
      h("caption", {}, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head.map((text) => h("th", { scope: "col", role: "columnheader" }, text)))),
      h("tbody", { role: "rowgroup" }, rows.map((cells) => h("tr", { role: "row" }, cells.map((cell, place) =>
        h(place === 0 ? "th" : "td", { scope: place === 0 && "row", role: place === 0 ? "rowheader" : "cell", "data-label": head[place] }, h("div", { class: isLong(cell) ? "cell long" : "cell" }, cell))))))));
}

/** Whether a text has a word so long that it may break anywhere; others stay whole. */
const isLong = (cell) => typeof cell === "string" && /\S{26}/.test(cell);

/** A block of text with a button that copies it. */
export function copyable(label, text) {
  const code = h("pre", { tabindex: "0", "aria-label": label }, text);
  const button = h("button", { type: "button", class: "quiet", onclick: copy }, `Copy ${label}`);
  async function copy() {
    try {
      await navigator.clipboard.writeText(code.textContent);
      announce(`${label} copied`);
    } catch {
      getSelection().selectAllChildren(code); // the clipboard needs https
      announce(`${label} selected`);
    }
  }
  return { element: h("div", { class: "copyable" }, code, button), set: (more) => { code.textContent = more; } };
}

/** Call after so many milliseconds, as long as the view exists and the page is visible. */
export function later(signal, milliseconds, call) {
  const timer = setTimeout(() => {
    if (signal.aborted) return;
    if (!document.hidden) call();
    else document.addEventListener("visibilitychange", () => later(signal, 0, call), { once: true, signal });
  }, milliseconds);
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
