// Logs: searched, and followed. Those of the nodes, and what jobs say.

import { part } from "./api.js";
import { h, later } from "./dom.js";

const EVERY = 2500;
/** Lines that are shown, and characters that are kept. */
const MOST = 2000;
const KEPT = 2000000;
/** Steps that are waited for, and write no log. */
const NO_LOG = /^(heat|master|workers|node):/;

/** The viewer of the nodes' logs, closed at first; "update" tells it the nodes and their steps. */
export function logViewer(id, signal) {
  const node = h("select", { id: "log-node", onchange: () => { offer(); viewer.restart(); } });
  const log = h("select", { id: "log-name", onchange: () => viewer.restart() });
  const viewer = reader({
    id, signal, name: "log", summary: "Read the logs", search: "Lines with", region: "Log",
    fields: [["Node", node], ["Log", log]], query: () => ({ node: node.value, log: log.value }),
  });
  let nodes = [];

  function update(told) {
    const now = told.map(({ name, steps }) => ({ name, logs: ["deployment", "events", ...steps.map((step) => step.name).filter((step) => step.includes(":") && !NO_LOG.test(step))] }));
    if (JSON.stringify(now) === JSON.stringify(nodes)) return;
    nodes = now;
    fill(node, nodes.map(({ name }) => name));
    offer();
  }

  function offer() {
    const known = nodes.find(({ name }) => name === node.value);
    fill(log, known ? known.logs : ["deployment"]);
  }

  return { element: viewer.element, update };
}

/**
 * A viewer of one log of several, closed at first. "fields" are the label and control of what
 * chooses one, "query" says which is chosen; "restart" begins with it, "open" shows it.
 */
export function reader({ id, signal, name, summary, search, region, fields, query }) {
  const words = h("input", { id: `${name}-search`, type: "search", autocomplete: "off", oninput: () => draw() });
  const follow = h("input", { id: `${name}-follow`, type: "checkbox", checked: true, onchange: () => restart(false) });
  const count = h("p", { class: "help", role: "status" });
  const error = h("div", { role: "alert" });
  const text = h("pre", { tabindex: "0", role: "region", "aria-label": region, class: "log" });
  const details = h("details", { "data-key": name, ontoggle: () => restart(false) }, h("summary", {}, summary),
    h("div", { class: "tools" },
      h("div", {}, h("label", { for: `${name}-search` }, search), words),
      fields.map(([label, control]) => h("div", {}, h("label", { for: control.id }, label), control))),
    h("p", { class: "check" }, follow, " ", h("label", { for: `${name}-follow` }, "Follow what is added")),
    error, count, text);
  let content = "";
  let end = 0;
  let turn = 0;

  /** Begin with a log, or go on with it. */
  function restart(isOther = true) {
    turn += 1;
    if (isOther) [content, end] = ["", 0];
    error.replaceChildren();
    draw();
    if (details.open) read(turn);
  }

  function open() {
    restart();
    details.open = true; // which begins where it was closed
    details.querySelector("summary").focus();
    details.scrollIntoView({ block: "nearest" });
  }

  async function read(mine) {
    let failures = 0;
    try {
      const asked = new URLSearchParams({ ...query(), after: String(end) });
      const told = await part(id, `logs?${asked}`, signal);
      if (mine !== turn) return;
      content = (told.start === end && end ? content + told.text : told.text).slice(-KEPT);
      end = told.end;
      error.replaceChildren();
      draw();
    } catch (refusal) {
      if (signal.aborted || mine !== turn) return;
      if (refusal.status === undefined) throw refusal;
      failures = 2;
      error.replaceChildren(h("p", { class: "note" }, refusal.message, " ", refusal.hint));
      if (refusal.status === 403) return; // as it will be
    }
    if (follow.checked) later(signal, EVERY * 2 ** failures, () => mine === turn && details.open && read(mine));
  }

  function draw() {
    const wanted = words.value.toLowerCase();
    const lines = content.split("\n");
    if (lines[lines.length - 1] === "") lines.pop();
    const found = wanted ? lines.filter((line) => line.toLowerCase().includes(wanted)) : lines;
    const isAtEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 8;
    text.textContent = found.slice(-MOST).join("\n");
    count.textContent = `${found.length} of ${lines.length} lines${found.length > MOST ? `; the last ${MOST} are shown` : ""}`;
    if (follow.checked && isAtEnd) text.scrollTop = text.scrollHeight;
  }

  return { element: details, restart, open };
}

/** The options of a list; the chosen one stays. */
export function fill(select, values) {
  const before = select.value;
  select.replaceChildren(...values.map((value) => h("option", { value }, value)));
  if (values.includes(before)) select.value = before;
}
