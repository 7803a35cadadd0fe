// The logs of the nodes: searched, and followed.

import { part } from "./api.js";
import { h, later } from "./dom.js";

const EVERY = 2500;
/** Lines that are shown, and characters that are kept. */
const MOST = 2000;
const KEPT = 2000000;
/** Steps that are waited for, and write no log. */
const NO_LOG = /^(heat|master|workers|node):/;

/** The viewer, closed at first; "update" tells it the nodes and their steps. */
export function logViewer(id, signal) {
  const node = h("select", { id: "log-node", onchange: () => { offer(); restart(); } });
  const log = h("select", { id: "log-name", onchange: () => restart() });
  const words = h("input", { id: "log-search", type: "search", autocomplete: "off", oninput: () => draw() });
  const follow = h("input", { id: "log-follow", type: "checkbox", checked: true, onchange: () => restart(false) });
  const count = h("p", { class: "help", role: "status" });
  const error = h("div", { role: "alert" });
  const text = h("pre", { tabindex: "0", role: "region", "aria-label": "Log", class: "log" });
  const details = h("details", { "data-key": "logs", ontoggle: () => restart(false) }, h("summary", {}, "Read the logs"),
    h("div", { class: "tools" },
      h("div", {}, h("label", { for: "log-search" }, "Lines with"), words),
      h("div", {}, h("label", { for: "log-node" }, "Node"), node),
      h("div", {}, h("label", { for: "log-name" }, "Log"), log)),
    h("p", { class: "check" }, follow, " ", h("label", { for: "log-follow" }, "Follow what is added")),
    error, count, text);
  let nodes = [];
  let content = "";
  let end = 0;
  let turn = 0;

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

  /** Begin with a log, or go on with it. */
  function restart(isOther = true) {
    turn += 1;
    if (isOther) [content, end] = ["", 0];
    draw();
    if (details.open) read(turn);
  }

  async function read(mine) {
    let failures = 0;
    try {
      const query = new URLSearchParams({ node: node.value, log: log.value, after: String(end) });
      const told = await part(id, `logs?${query}`, signal);
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
    }
    if (follow.checked) later(signal, EVERY * 2 ** failures, () => mine === turn && details.open && read(mine));
  }

  function draw() {
    const wanted = words.value.toLowerCase();
    const lines = content.split("\n").slice(0, -1);
    const found = wanted ? lines.filter((line) => line.toLowerCase().includes(wanted)) : lines;
    const isAtEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 8;
    text.textContent = found.slice(-MOST).join("\n");
    count.textContent = `${found.length} of ${lines.length} lines${found.length > MOST ? `; the last ${MOST} are shown` : ""}`;
    if (follow.checked && isAtEnd) text.scrollTop = text.scrollHeight;
  }

  return { element: details, update };
}

/** The options of a list; the chosen one stays. */
function fill(select, values) {
  const before = select.value;
  select.replaceChildren(...values.map((value) => h("option", { value }, value)));
  if (values.includes(before)) select.value = before;
}
