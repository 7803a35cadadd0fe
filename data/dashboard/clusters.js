// The list of the project's clusters.

import { list } from "./api.js";
import { announce, h, later, section, table } from "./dom.js";
import { SIGNS, frameworks, HEAT, inWords, isBusy, mood } from "./words.js";

/** The badge of a status: sign, colour and word. */
export function badge(status, word) {
  const kind = mood(status);
  return h("span", { class: `badge ${kind}` }, h("span", { "aria-hidden": "true" }, SIGNS[kind]), ` ${word || inWords(status)}`);
}

export function clusters({ signal }) {
  const body = section((rows) => rows === null ? h("p", {}, "Loading...") : view(rows));
  const error = h("div", { role: "alert" });
  const states = new Map();
  body.show(null);

  async function refresh() {
    try {
      const listed = await list(signal);
      error.replaceChildren();
      body.show(listed.map((c) => ({ id: c.id, status: c.status, names: frameworks(c.attributes), workers: c.attributes[`${HEAT}slavecount`] })));
      for (const one of listed) {
        if (states.has(one.id) && states.get(one.id) !== one.status) announce(`Cluster ${one.id.slice(0, 8)} is ${inWords(one.status)}`);
        states.set(one.id, one.status);
      }
      later(signal, listed.some((c) => isBusy(c.status)) ? 2000 : 10000, refresh);
    } catch (refusal) {
      if (signal.aborted) return;
      error.replaceChildren(h("p", { class: "fault" }, refusal.message));
      later(signal, 5000, refresh);
    }
  }
  refresh();
  return h("div", {}, h("h1", {}, "Clusters"), error, body.element);
}

function view(rows) {
  if (rows.length === 0) {
    return h("p", {}, "This project has no clusters. ", h("a", { href: "#/create" }, "Create one."));
  }
  return table("Clusters of this project", ["Cluster", "Status", "Frameworks", "Workers"], rows.map((one) => [
    h("a", { href: `#/cluster/${one.id}`, "aria-label": `Cluster ${one.id}` }, one.id.slice(0, 8)),
    badge(one.status), one.names.join(", ") || "none", one.workers || "?",
  ]));
}
