// How the nodes and daemons of a cluster are now.

import { repeated } from "./api.js";
import { Badge, Sign } from "./badge.js";
import { Moment } from "./times.js";
import { again, announce, Details, html, Table, useLife } from "./ui.js";
import { table } from "./words.js";

const EVERY = 4000;
/** Nodes that are shown in full; of more, those that work stand in a list that opens. */
const FEW = 12;
const STATUS = table({ healthy: ["good", "healthy"], unhealthy: ["bad", "not healthy"] });
const DAEMON = table({ works: ["good", "works"], silent: ["bad", "does not answer"], stopped: ["bad", "does not run"] });
const CHECKED = table({ passed: ["good", "passed"], failed: ["bad", "failed"], running: ["busy", "runs"] });
const UNKNOWN = ["none", "not known"];

const badge = ([mood, words] = UNKNOWN) => html`<${Badge} mood=${mood} words=${words}/>`;

/** The section; it asks for itself as long as the page is there. "told" is the signal that keeps what it is told; "starts" is true before the nodes can say anything. */
export function Health({ id, told, starts }) {
  useLife((life) => {
    const ask = repeated(id, "health");
    again(life, EVERY, async () => {
      const now = await ask(life);
      const before = told.value;
      if (!now) return;
      told.value = now;
      // only what is new is said to who does not see it
      if (before && now.status !== before.status) announce(`Health: ${(STATUS[now.status] || UNKNOWN)[1]}. ${now.reason}`);
    }, (refusal) => {
      // a service that is busy for a moment knows as much as before
      if (refusal.status !== 503) told.value = { status: "unknown", reason: refusal.message, time: null, nodes: [], check: null, isRefused: true };
      return refusal.status === 404 ? null : undefined;
    });
  });
  return told.value && html`<${Told} ...${told.value} starts=${starts}/>`;
}

function Told({ status, reason, time, nodes, check, isRefused, starts }) {
  if (starts && time === null && !isRefused) return html`<p>The nodes are still starting. Their health is shown as soon as they tell it.</p>`;
  const bad = nodes.filter((node) => node.status !== "healthy");
  const good = nodes.filter((node) => node.status === "healthy");
  const isMany = nodes.length > FEW;
  return html`<p>${badge(STATUS[status])} ${status === "healthy" ? `All ${nodes.length} nodes and their daemons work.` : reason}</p>
    ${time !== null && html`<p class="help">The nodes said so <${Moment} at=${time}/>.</p>`}
    ${check && html`<p>The last check ${badge(CHECKED[check.status])}${check.status === "failed" && ` ${[check.node, check.step, check.reason].filter(Boolean).join(": ")}`}</p>`}
    ${time !== null && !isMany && html`<${Nodes} caption="Nodes now" nodes=${nodes}/>`}
    ${time !== null && isMany && bad.length > 0 && html`<${Nodes} caption="Nodes that do not work, or are not known to" nodes=${bad}/>`}
    ${time !== null && isMany && good.length > 0 && html`<${Details} summary=${`${good.length} healthy ${good.length === 1 ? "node" : "nodes"}`}><${Nodes} caption="Healthy nodes" nodes=${good}/><//>`}`;
}

function Nodes({ caption, nodes }) {
  const percent = (number) => number === null ? "" : `${number}\u00a0%`;
  return html`<${Table} caption=${caption} head=${["Node", "Health", "Daemons", "CPU", "Memory", "Disk"]} rows=${nodes.map((node) => [node.name,
    node.name,
    html`${badge(STATUS[node.status])}${node.reason && html`<div class="why">${node.reason}</div>`}`,
    html`<ul class="plain">${node.daemons.map((daemon) => {
      const [mood, words] = DAEMON[daemon.status] || UNKNOWN;
      return html`<li class=${mood}><${Sign} mood=${mood}/>${` ${daemon.name} ${words}`}</li>`;
    })}</ul>`,
    percent(node.cpu_percent), percent(node.memory_percent), percent(node.disk_percent),
  ])}/>`;
}
