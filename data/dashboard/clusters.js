// The list of clusters, as it is now.

import { list } from "./api.js";
import { announce, h, later, section, table } from "./dom.js";
import { SIGNS, frameworks, HEAT, inWords, isBusy, mood } from "./words.js";

/** The badge of a state: sign, colour and word. */
export function badge(status, word) {
  const kind = mood(status);
  return h("span", { class: `badge ${kind}` }, h("span", { "aria-hidden": "true" }, SIGNS[kind]), ` ${word || inWords(status)}`);
}

export function clusters({ signal }) {
  const body = section((found) => found === null ? h("p", {}, "Loading...") : view(found));
  const error = h("div", { role: "alert" });
  const states = new Map();
  body.show(null);

  async function refresh() {
    try {
      const found = await list(signal);
      error.replaceChildren();
      body.show(found.map((c) => ({ id: c.id, status: c.status, names: frameworks(c.attributes), workers: c.attributes[`${HEAT}slavecount`] })));
      for (const one of found) {
        if (states.has(one.id) && states.get(one.id) !== one.status) announce(`Cluster ${one.id.slice(0, 8)}: ${inWords(one.status)}`);
        states.set(one.id, one.status);
      }
      later(signal, found.some((c) => isBusy(c.status)) ? 2000 : 10000, refresh);
    } catch (refusal) {
      if (signal.aborted) return;
      error.replaceChildren(h("p", { class: "fault" }, refusal.message));
      later(signal, 5000, refresh);
    }
  }
  refresh();
  return h("div", {}, h("h1", {}, "Clusters"), error, body.element);
}

function view(found) {
  if (found.length === 0) {
    return h("p", {}, "There is no cluster in this project. ", h("a", { href: "#/create" }, "Make the first."));
  }
  return table("Clusters of this project", ["Cluster", "State", "Frameworks", "Workers"], found.map((one) => [
    h("a", { href: `#/cluster/${one.id}`, "aria-label": `Cluster ${one.id}` }, one.id.slice(0, 8)),
    badge(one.status), one.names.join(", ") || "none", one.workers || "?",
  ]));
}
