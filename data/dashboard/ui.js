// What all pages are made of: Preact's components, signals, and htm's templates, which the browser
// reads without eval. Content from the service is text, never markup.

const { h } = globalThis.preact;
const { useEffect, useState } = globalThis.preactHooks;
export const { render } = globalThis.preact;
export const { useLayoutEffect, useMemo, useRef } = globalThis.preactHooks;
export const { computed, signal, useSignal } = globalThis.preactSignals;

/** What links may lead to; script in an address would run as the page's own. */
const LINK = /^(#|\.\.\/|https?:\/\/|blob:)/;
const SLOWEST = 60000;

/** Elements of a template. */
export const html = globalThis.htm.bind((tag, attributes, ...children) => {
  const leads = !attributes || attributes.href === undefined || LINK.test(attributes.href);
  return h(tag, leads ? attributes : { ...attributes, href: undefined }, ...children);
});

/** Announce a text to screen readers. */
export function announce(text) {
  document.getElementById("announce").textContent = text;
}

/** What a control that a signal keeps is given; "change" is what clearing a field may say alone. */
export function typed(kept) {
  const keep = (event) => { kept.value = event.target.value; };
  return { value: kept.value, oninput: keep, onchange: keep };
}

/** For a form whose request costs or changes something: Enter in a field does not send it, its button does. */
export const byButtonOnly = { onkeydown: (event) => event.key === "Enter" && event.target.tagName === "INPUT" && event.preventDefault() };

/** Begin something that ends with the component, or when "on" changes: it is given a signal for that. */
export function useLife(begin, on = []) {
  useEffect(() => {
    const life = new AbortController();
    begin(life.signal);
    return () => life.abort();
  }, on);
}

/** After so many milliseconds, and when the page is visible. */
function later(signal, milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      if (document.hidden) document.addEventListener("visibilitychange", () => resolve(later(signal, 0)), { once: true, signal });
      else resolve();
    }, milliseconds);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });
}

/**
 * Ask again and again until the signal is aborted, more rarely while nobody answers. "ask" and, of a
 * refusal, "failed" may give the milliseconds until the next turn; null is for good.
 */
export async function again(signal, pause, ask, failed) {
  for (let failures = 0; !signal.aborted;) {
    let wanted;
    try {
      wanted = await ask(signal);
      failures = 0;
    } catch (refusal) {
      if (signal.aborted) return;
      if (refusal.status === undefined) throw refusal;
      wanted = failed(refusal);
      failures += 1;
    }
    if (wanted === null) return;
    await later(signal, wanted ?? Math.min(SLOWEST, pause * 2 ** failures));
  }
}

/** The heading of a page, which is its title, too. */
export function Heading({ children }) {
  const heading = useRef();
  useLayoutEffect(() => { document.title = `${heading.current.textContent} - DISCO`; });
  return html`<h1 tabindex="-1" ref=${heading}>${children}</h1>`;
}

/**
 * A table; on a phone each row is a block of lines, with the head of its column before each cell.
 * The roles are said because a browser forgets them when a table is no table for the style. A row
 * is its key and its cells: by the key it stays the same row, with the focus, in another place.
 */
export function Table({ caption, head, rows }) {
  const cell = (content) => html`<div class=${isLong(content) ? "cell long" : isWord(content) ? "cell word" : "cell"}>${content}</div>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table role="table">
      <caption>${caption}</caption>
      <thead role="rowgroup"><tr role="row">${head.map((text) => html`<th scope="col" role="columnheader">${text}</th>`)}</tr></thead>
      <tbody role="rowgroup">${rows.map(([key, first, ...others]) => html`<tr role="row" key=${key}>
        <th scope="row" role="rowheader" data-label=${head[0]}>${cell(first)}</th>
        ${others.map((content, place) => html`<td role="cell" data-label=${head[place + 1]}>${cell(content)}</td>`)}
      </tr>`)}</tbody>
    </table>
  </div>`;
}

/** Whether a text has a word so long that it may break anywhere; others stay whole. */
const isLong = (content) => typeof content === "string" && /\S{26}/.test(content);

/** Whether a text is one word, such as the name of a node, which is not to be broken at its hyphen. */
const isWord = (content) => typeof content === "string" && /^\S{1,25}$/.test(content);

/** Details that stay as the user opened or closed them, whatever "open" becomes. */
export function Details({ open = false, summary, children, ...more }) {
  const [chosen, choose] = useState(null);
  const isOpen = chosen ?? open;
  // what was not drawn so is the user's choice
  const toggled = (event) => event.currentTarget.open !== isOpen && choose(!isOpen);
  return html`<details open=${isOpen} ontoggle=${toggled} ...${more}><summary>${summary}</summary>${children}</details>`;
}

/** A block of text with a button that copies it. */
export function Copyable({ label, text }) {
  const block = useRef();
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      announce(`${label} copied`);
    } catch {
      getSelection().selectAllChildren(block.current); // the clipboard needs https
      announce(`${label} selected`);
    }
  }
  return html`<div class="copyable"><pre tabindex="0" aria-label=${label} ref=${block}>${text}</pre>
    <button type="button" class="quiet" onclick=${copy}>${`Copy ${label}`}</button></div>`;
}
