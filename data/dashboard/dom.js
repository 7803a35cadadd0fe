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

/** A table that scrolls on a narrow screen. */
export function table(caption, head, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, place) =>
        place === 0 ? h("th", { scope: "row" }, cell) : h("td", {}, cell)))))));
}

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
