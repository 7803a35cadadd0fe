// The list of the project's clusters.

import { list, offer, request, show, who } from "./api.js";
import { Badge } from "./badge.js";
import { ask } from "./dialog.js";
import { clock, Moment } from "./times.js";
import { Trouble } from "./trouble.js";
import { again, announce, Heading, html, signal, Table, typed, useLife, useSignal } from "./ui.js";
import { counted, frameworks, HEAT, inLightOf, isBusy, nameOf, stateOf } from "./words.js";

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
/** Chosen until the page is loaded again. */
const [find, mood, sort] = [signal(""), signal(""), signal("newest")];
/** The ids of the clusters that are selected. */
const selected = signal([]);

export function Clusters() {
  const known = useSignal(null);
  const read = useSignal("");
  const refusal = useSignal(null);
  const details = useSignal({});
  useLife(begin);

  function begin(life) {
    const states = new Map();
    let turn = 0;
    again(life, 5000, async () => {
      // the first list comes at once; what it tells of health was heard before
      const listed = await list(life, turn > 0);
      const unclear = listed.filter((c) => !c.attributes["disco.phase"]);
      known.value = listed;
      read.value = new Date().toISOString();
      refusal.value = null;
      details.value = Object.fromEntries(unclear.filter(({ id }) => details.value[id]).map(({ id }) => [id, details.value[id]]));
      if (turn++ % EVERY === 0) for (const { id } of unclear.slice(0, ASKED)) details.value = { ...details.value, [id]: await leftOut(id, life) ?? details.value[id] };
      for (const { id, attributes } of listed) {
        const { words } = nowOf({ ...attributes, ...details.value[id] });
        if (turn > 2 && states.has(id) && states.get(id) !== words) announce(`${nameOf(id, attributes)}: ${words}`);
        states.set(id, words);
      }
      if (turn === 1) return 0;
      return listed.some((c) => isBusy(c.status)) ? 2000 : 8000;
    }, (why) => {
      refusal.value = why;
      return 5000;
    });
  }

  return html`<div class="title"><${Heading}>Clusters<//><a href="#/create" class="button">Create a cluster</a></div>
    <div role="alert">${refusal.value && html`<${Trouble} refusal=${refusal.value}/>`}</div>
    ${known.value === null ? html`<p>Loading...</p>` : html`<${List} known=${known.value} details=${details.value} stale=${refusal.value && read.value}/>`}`;
}

/** What a list leaves out, because it costs a question to each cluster; nothing where it is refused. */
async function leftOut(id, life) {
  try {
    const { attributes } = await show(id, life);
    return Object.fromEntries(Object.entries(attributes).filter(([name]) => /^disco\.(phase|check|failure\.)/.test(name)));
  } catch (refusal) {
    if (refusal.status === undefined) throw refusal;
    return undefined;
  }
}

/** "stale" is since when nothing was heard: what was green may not be any more. */
function List({ known, details, stale }) {
  const rows = known.map(({ id, attributes }) => row({ ...attributes, ...details[id] }, id, stale));
  const shown = rows.filter(isWanted).sort(SORTS[sort.value][1]);
  if (known.length === 0) return html`<${First}/>`;
  return html`<${Tools}/><${Selected} shown=${shown}/>
    <p role="status" class="help">${`${shown.length} of ${known.length} ${known.length === 1 ? "cluster" : "clusters"}${stale ? `, as of ${clock(stale)}` : ""}`}</p>
    ${shown.length === 0 ? html`<p class="note">No cluster matches.</p>` : html`<${Table} caption="Clusters of this project"
      head=${["Cluster", "Status", "Frameworks", "Workers", "Created", "Ends"]} rows=${shown.map(cells)}/>`}`;
}

/** What a cluster is doing, and whether it works, as the list tells. */
const nowOf = (a) => inLightOf(stateOf(a), { status: a["disco.health"], reason: a["disco.health.reason"] });

function row(a, id, isStale) {
  const state = nowOf(a);
  return {
    id, state: isStale && state.mood === "good" ? { ...state, mood: "none" } : state, name: nameOf(id, a),
    frameworks: frameworks(a), workers: a[`${HEAT}slavecount`] || "?",
    created: a["disco.created"] || "", expires: a["disco.expires"] || "", ending: a["disco.ending"] || "",
  };
}

function isWanted(one) {
  const text = [one.name, one.id, ...one.frameworks].join(" ").toLowerCase();
  return text.includes(find.value.trim().toLowerCase()) && (!mood.value || mood.value === one.state.mood);
}

/** What can be done with all clusters that are selected and can be seen. */
function Selected({ shown }) {
  const refusals = useSignal([]);
  const some = shown.filter(({ id }) => selected.value.includes(id));
  const words = counted(some.length, "cluster");
  async function remove() {
    const { location } = await offer();
    refusals.value = [];
    announce(`Deleting ${words}`);
    for (const { id, name } of some) {
      try {
        await request("DELETE", `${location}${id}`);
        selected.value = selected.value.filter((one) => one !== id);
      } catch (why) {
        if (why.status === undefined) throw why;
        if (why.status !== 404) refusals.value = [...refusals.value, `${name}: ${why.message}`];
      }
    }
  }
  const sure = () => ask(`Delete ${words}?`, () => html`<p>This deletes the clusters with all data on their nodes:</p><ul>${some.map(({ id, name }) => html`<li key=${id}>${name}</li>`)}</ul>`,
    "Delete", remove, { danger: true, name: some.length === 1 ? some[0].name : who().project });
  return html`<div role="alert">${refusals.value.length > 0 && html`<ul class="fault">${refusals.value.map((text) => html`<li>${text}</li>`)}</ul>`}</div>
    ${some.length > 0 && html`<p class="buttons" role="group" aria-label="Selected clusters"><span>${`${words} selected`}</span>
      <button type="button" class="quiet" onclick=${() => { selected.value = []; }}>Select none</button>
      <button type="button" class="danger" onclick=${sure}>Delete selected</button></p>`}`;
}

function mark(id, isOn) {
  const others = selected.value.filter((one) => one !== id);
  selected.value = isOn ? [...others, id] : others;
}

const cells = (one) => [one.id,
  html`<input type="checkbox" class="select" aria-label=${`Select ${one.name}`} checked=${selected.value.includes(one.id)} onchange=${(event) => mark(one.id, event.target.checked)}/>
    <a href="#/cluster/${one.id}">${one.name}</a>${!one.id.startsWith(one.name) && html`<div class="help mono">${one.id.slice(0, 8)}</div>`}`,
  html`<${Badge} ...${one.state}/>${one.state.why && html`<div class="why">${shortened(one.state.why)}</div>`}`,
  one.frameworks.join(", ") || "none", one.workers,
  one.created ? html`<${Moment} at=${one.created}/>` : "unknown",
  one.expires ? html`<${Moment} at=${one.expires}/>${one.ending === "poweroff" && html`<div class="help">nodes power off</div>`}` : one.ending ? "when idle" : "never",
];

const shortened = (text) => text.length > 200 ? `${text.slice(0, 199)}…` : text;

function Tools() {
  const options = (entries) => entries.map(([value, text]) => html`<option value=${value}>${text}</option>`);
  return html`<div class="tools" role="search" aria-label="Clusters">
    <div><label for="find">Find</label><input id="find" type="search" placeholder="name, id or framework" ...${typed(find)}/></div>
    <div><label for="of-status">Status</label><select id="of-status" ...${typed(mood)}>${options(Object.entries(MOODS))}</select></div>
    <div><label for="sort">Sort</label><select id="sort" ...${typed(sort)}>${options(Object.entries(SORTS).map(([name, [text]]) => [name, text]))}</select></div>
  </div>`;
}

/** What a project without clusters is shown: a first step. */
const First = () => html`<section class="first">
  <h2>This project has no clusters</h2>
  <p>A good first one is a notebook with Dask: JupyterLab on the master, and workers that compute for it. It takes a few minutes, and deletes itself when you say so.</p>
  <p class="buttons"><a class="button" href="#/create?preset=notebook">Create a notebook with Dask</a><a class="button quiet" href="#/create">Choose something else</a></p>
  <p class="help">The form also gives the same request as a command, for curl, and as a file.</p>
</section>`;
