// The list of the project's clusters.

import { list, show } from "./api.js";
import { announce, h, later, section, table } from "./dom.js";
import { clock, moment } from "./times.js";
import { trouble } from "./trouble.js";
import { SIGNS, frameworks, HEAT, isBusy, nameOf, stateOf } from "./words.js";

const SORTS = {
  newest: ["Newest first", (a, b) => b.created.localeCompare(a.created)],
  name: ["Name", (a, b) => a.name.localeCompare(b.name)],
  status: ["Failed first", (a, b) => ORDER.indexOf(a.state.mood) - ORDER.indexOf(b.state.mood)],
  ends: ["Ending first", (a, b) => (a.expires || "9").localeCompare(b.expires || "9")],
};
const ORDER = ["bad", "none", "busy", "still", "good"];
const MOODS = { "": "any status", good: "works", busy: "in progress", bad: "failed", still: "suspended or ended", none: "unknown" };
/** How many clusters whose phase the list leaves out are asked at a time, and how many turns apart. */
const ASKED = 4;
const EVERY = 3;
/** Seen until the page is loaded again. */
const chosen = { text: "", mood: "", sort: "newest" };

/** The badge of a state: sign, colour and words. */
export function badge({ mood, words }) {
  return h("span", { class: `badge ${mood}` }, h("span", { "aria-hidden": "true" }, SIGNS[mood]), ` ${words}`);
}

export function clusters({ signal }) {
  const error = h("div", { role: "alert" });
  const count = h("p", { role: "status", class: "help" });
  const states = new Map();
  const details = new Map();
  let known = null;
  let read = "";
  let isStale = false;
  let turn = 0;
  const body = section(view);
  const tools = toolbar(draw);

  function draw() {
    if (known === null) {
      body.show(null);
      return;
    }
    tools.hidden = known.length === 0;
    const rows = known.map((c) => row({ ...c.attributes, ...details.get(c.id) }, c.id, isStale));
    const shown = rows.filter(isWanted).sort(SORTS[chosen.sort][1]);
    count.textContent = known.length === 0 ? "" : `${shown.length} of ${known.length} ${known.length === 1 ? "cluster" : "clusters"}${isStale ? `, as of ${clock(read)}` : ""}`;
    body.show(shown, known.length > 0);
  }

  async function refresh() {
    try {
      const listed = await list(signal);
      [known, read, isStale] = [listed, new Date().toISOString(), false];
      error.replaceChildren();
      for (const id of details.keys()) if (!unclear(listed).some((c) => c.id === id)) details.delete(id);
      draw();
      if (turn++ % EVERY === 0) {
        for (const one of unclear(listed).slice(0, ASKED)) await look(one);
        draw();
      }
      for (const one of listed) {
        const { words } = stateOf({ ...one.attributes, ...details.get(one.id) });
        if (states.has(one.id) && states.get(one.id) !== words) announce(`${nameOf(one.id, one.attributes)}: ${words}`);
        states.set(one.id, words);
      }
      later(signal, listed.some((c) => isBusy(c.status)) ? 2000 : 10000, refresh);
    } catch (refusal) {
      if (signal.aborted) return;
      isStale = known !== null; // what was green may not be any more
      error.replaceChildren(await trouble(refusal, signal));
      draw();
      later(signal, 5000, refresh);
    }
  }

  /** What a list leaves out, because it costs a question to each cluster. */
  async function look(one) {
    try {
      const { attributes } = await show(one.id, signal);
      details.set(one.id, Object.fromEntries(Object.entries(attributes).filter(([name]) => /^disco\.(phase|check|failure\.)/.test(name))));
    } catch (refusal) {
      if (refusal.status === undefined) throw refusal;
    }
  }

  draw();
  refresh();
  return h("div", {}, h("div", { class: "title" }, h("h1", {}, "Clusters"), h("a", { href: "#/create", class: "button" }, "Create a cluster")),
    error, tools, count, body.element);
}

const unclear = (listed) => listed.filter((c) => !c.attributes["disco.phase"]);

function row(a, id, isStale) {
  const state = stateOf(a);
  return {
    id, state: isStale && state.mood === "good" ? { ...state, mood: "none" } : state, name: nameOf(id, a),
    frameworks: frameworks(a), workers: a[`${HEAT}slavecount`] || "?",
    created: a["disco.created"] || "", expires: a["disco.expires"] || "", ending: a["disco.ending"] || "",
  };
}

function isWanted(one) {
  const text = [one.name, one.id, ...one.frameworks].join(" ").toLowerCase();
  return text.includes(chosen.text.trim().toLowerCase()) && (!chosen.mood || chosen.mood === one.state.mood);
}

function toolbar(draw) {
  const change = (name) => (event) => {
    chosen[name] = event.target.value;
    draw();
  };
  const options = (entries, value) => entries.map(([one, text]) => h("option", { value: one, selected: one === value }, text));
  return h("div", { class: "tools", role: "search", "aria-label": "Clusters", hidden: true },
    h("div", {}, h("label", { for: "find" }, "Find"), h("input", { id: "find", type: "search", value: chosen.text, placeholder: "name, id or framework", oninput: change("text") })),
    h("div", {}, h("label", { for: "of-status" }, "Status"), h("select", { id: "of-status", onchange: change("mood") }, options(Object.entries(MOODS), chosen.mood))),
    h("div", {}, h("label", { for: "sort" }, "Sort"), h("select", { id: "sort", onchange: change("sort") }, options(Object.entries(SORTS).map(([one, [text]]) => [one, text]), chosen.sort))));
}

function view(rows, hasAny) {
  if (rows === null) return h("p", {}, "Loading...");
  if (!hasAny) return first();
  if (rows.length === 0) return h("p", { class: "note" }, "No cluster matches.");
  return table("Clusters of this project", ["Cluster", "Status", "Frameworks", "Workers", "Created", "Ends"], rows.map((one) => [
    [h("a", { href: `#/cluster/${one.id}` }, one.name), one.id.startsWith(one.name) ? "" : h("div", { class: "help mono" }, one.id.slice(0, 8))],
    [badge(one.state), one.state.why ? h("div", { class: "why" }, shortened(one.state.why)) : ""],
    one.frameworks.join(", ") || "none", one.workers,
    one.created ? moment(one.created) : "unknown",
    one.expires ? [moment(one.expires), one.ending === "poweroff" ? h("div", { class: "help" }, "nodes power off") : ""] : one.ending ? "when idle" : "never",
  ]));
}

const shortened = (text) => text.length > 200 ? `${text.slice(0, 199)}…` : text;

/** What a project without clusters is shown: a first step. */
function first() {
  return h("section", { class: "first" },
    h("h2", {}, "This project has no clusters"),
    h("p", {}, "A good first one is a notebook with Dask: JupyterLab on the master, and workers that compute for it. It takes a few minutes, and deletes itself when you say so."),
    h("p", { class: "buttons" }, h("a", { class: "button", href: "#/create?preset=notebook" }, "Create a notebook with Dask"), h("a", { class: "button quiet", href: "#/create" }, "Choose something else")),
    h("p", { class: "help" }, "The form also gives the same request as a command, for curl, and as a file."));
}
