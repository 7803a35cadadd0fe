// How the nodes and daemons of a cluster are now.

import { repeated } from "./api.js";
import { announce, h, later, section, table } from "./dom.js";
import { moment } from "./times.js";
import { SIGNS } from "./words.js";

const EVERY = 4000;
const SLOWEST = 60000;
/** Nodes that are shown in full; of more, those that work stand in a list that opens. */
const FEW = 12;
const STATUS = { healthy: ["good", "healthy"], unhealthy: ["bad", "not healthy"], unknown: ["none", "not known"] };
const DAEMON = { works: ["good", "works"], silent: ["bad", "does not answer"], stopped: ["bad", "does not run"] };
const CHECKED = { passed: ["good", "passed"], failed: ["bad", "failed"], running: ["busy", "runs"] };
const UNKNOWN = ["none", "not known"];

/** Ask again and again, more rarely while nobody answers; a 404 is for good. */
export function again(signal, pause, ask, failed) {
  let failures = 0;
  async function turn() {
    try {
      await ask();
      failures = 0;
    } catch (refusal) {
      if (signal.aborted) return;
      if (refusal.status === undefined) throw refusal;
      failed(refusal);
      if (refusal.status === 404) return;
      failures += 1;
    }
    later(signal, Math.min(SLOWEST, pause * 2 ** failures), turn);
  }
  turn();
}

/** The section; it asks for itself as long as the page is there. */
export function liveHealth(id, signal) {
  const shown = section(drawn);
  const ask = repeated(id, "health");
  let before = null;
  again(signal, EVERY, async () => {
    const told = await ask(signal);
    if (!told) return;
    shown.show(told.status, told.reason, told.time, told.nodes, told.check);
    // only what is new is said to who does not see it
    if (before !== null && told.status !== before) announce(`Health: ${(STATUS[told.status] || UNKNOWN)[1]}. ${told.reason}`);
    before = told.status;
  }, (refusal) => {
    // a service that is busy for a moment knows as much as before
    if (refusal.status !== 503) shown.show("unknown", refusal.message, null, [], null);
  });
  return shown.element;
}

const badge = ([mood, words]) => h("span", { class: `badge ${mood}` }, h("span", { "aria-hidden": "true" }, SIGNS[mood]), ` ${words}`);

function drawn(status, reason, time, nodes, check) {
  const bad = nodes.filter((node) => node.status !== "healthy");
  const good = nodes.filter((node) => node.status === "healthy");
  const words = status === "healthy" ? `All ${nodes.length} nodes and their daemons work.` : reason;
  const isKnown = time !== null;
  return [
    h("p", {}, badge(STATUS[status] || UNKNOWN), " ", words),
    isKnown ? h("p", { class: "help" }, "The nodes said so ", moment(time), ".") : "",
    check ? h("p", {}, "The last check ", badge(CHECKED[check.status] || UNKNOWN), check.status === "failed" ? ` ${[check.node, check.step, check.reason].filter(Boolean).join(": ")}` : "") : "",
    isKnown && nodes.length <= FEW ? rows("Nodes now", nodes) : "",
    isKnown && nodes.length > FEW && bad.length ? rows("Nodes that do not work, or are not known to", bad) : "",
    isKnown && nodes.length > FEW && good.length ? h("details", { "data-key": "healthy" }, h("summary", {}, `${good.length} healthy nodes`), rows("Healthy nodes", good)) : "",
  ];
}

function rows(caption, nodes) {
  const percent = (number) => number === null ? "" : `${number}\u00a0%`;
  return table(caption, ["Node", "Health", "Daemons", "CPU", "Memory", "Disk"], nodes.map((node) => [
    node.name,
    h("div", {}, badge(STATUS[node.status] || UNKNOWN), node.reason ? h("div", { class: "why" }, node.reason) : ""),
    h("ul", { class: "plain" }, node.daemons.map((daemon) => {
      const [mood, words] = DAEMON[daemon.status] || UNKNOWN;
      return h("li", { class: mood }, h("span", { "aria-hidden": "true" }, `${SIGNS[mood]} `), `${daemon.name} ${words}`);
    })),
    percent(node.cpu_percent), percent(node.memory_percent), percent(node.disk_percent),
  ]));
}
