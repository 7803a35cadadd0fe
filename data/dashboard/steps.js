// The nodes of a cluster, with the steps of each and how long they took, from its events.

import { Badge, Sign } from "./badge.js";
import { Details, html } from "./ui.js";
import { HEAT, isBusy, stateOf, table } from "./words.js";

const ENDS = table({ done: "good", ok: "good", failed: "bad", skipped: "good" });

/** What became of a node's server, in words. */
const SERVERS = {
  "create started": "server is made", "create done": "server is there", "create failed": "server failed",
  "delete started": "server is deleted", "delete done": "server is gone",
};

/** Resources of a stack that are servers, as events name them. */
const SERVER = /^(master|worker_\d+)$/;

/**
 * The nodes of a cluster, the master first, with their steps and what each is doing. "listed"
 * are the service's; other nodes are those that a change in progress removes. An older service
 * lists none (null): then the master and every node with events are shown.
 */
export function nodesOf(cluster, listed, events) {
  const names = listed ? listed.map((node) => node.name) : [cluster.attributes[`${HEAT}mastername`] || "disco-manager"];
  const nodes = new Map(names.map((name) => [name, { name, steps: new Map(), made: "" }]));
  for (const event of events) {
    if (!event.node) continue;
    if (!nodes.has(event.node)) {
      if (listed && !isBusy(cluster.status)) continue;
      nodes.set(event.node, { name: event.node, steps: new Map(), made: "" });
    }
    const node = nodes.get(event.node);
    if (event.source === "node") note(node.steps, event);
    else if (SERVER.test(event.resource || "")) node.made = `${event.step} ${event.status}`;
  }
  const isKept = (node) => names.includes(node.name) || node.made !== "delete done" || cluster.status.startsWith("DELETE");
  return [...nodes.values()].filter(isKept).map((node) => described(node, cluster));
}

function note(steps, event) {
  const known = steps.get(event.step);
  const mood = ENDS[event.status] || "busy";
  if (known && mood === "busy" && known.mood !== "busy") steps.delete(event.step); // begun again
  steps.set(event.step, { name: event.step, mood, text: event.text || "", time: event.time });
}

function described(node, cluster) {
  const { "disco.failure.node": where, "disco.failure.step": which } = cluster.attributes;
  const told = node.steps.get(which);
  // the step of the failure is known where the node's own events did not come through
  if (where === node.name && which && (!told || told.mood === "busy")) node.steps.set(which, { name: which, text: "", time: "", ...told, mood: "bad" });
  const steps = [...node.steps.values()];
  const failed = steps.find((step) => step.mood === "bad") || (where === node.name ? { name: which || "failed" } : null);
  const running = steps.filter((step) => step.mood === "busy").at(-1);
  let [mood, text, isComplete] = ["none", SERVERS[node.made] || node.made || "not created yet", false];
  const now = stateOf(cluster.attributes);
  if (now.mood === "still") [mood, text] = ["still", now.words];
  else if (failed) [mood, text] = ["bad", failed.name];
  else if (running) [mood, text] = ["busy", running.name];
  else if (now.isComplete) [mood, text, isComplete] = ["none", "installed", true];
  // that the cluster does not work, or may not, says nothing good of its nodes
  else if (/_COMPLETE$/.test(cluster.status)) [mood, text] = now.mood === "bad" ? ["none", "not known to work"] : [now.mood, now.words];
  else if (steps.length) [mood, text] = ["busy", `${steps.length} ${steps.length === 1 ? "step" : "steps"} done`];
  else if (node.made.endsWith("started")) mood = "busy";
  else if (node.made.endsWith("failed")) mood = "bad";
  return { name: node.name, mood, text, steps, isComplete };
}

/** The nodes with their steps, one below another; "older" is a service that does not list them. */
export const Steps = ({ nodes, older }) => html`
  ${older && html`<p class="note">This service is older than the dashboard and does not list the nodes. The master and the nodes with events are shown.</p>`}
  ${nodes.map((node) => html`<${Details} key=${node.name} open=${nodes.length <= 4 || node.mood === "bad" || node.mood === "busy"} class="node-steps"
    summary=${html`<${Badge} mood=${node.mood} words=${node.name}/>${` ${node.text}`}`}>
    ${node.steps.length === 0 ? html`<p class="help">No steps are known.</p>` : html`<ol class="steps">${node.steps.map((step) => html`<li class=${step.mood} key=${step.name}>
      <${Sign} mood=${step.mood}/>${` ${step.name}`}<span class="note">${` ${{ good: "done", bad: "failed", busy: "running" }[step.mood]}${step.text ? `, ${step.text}` : ""}`}</span></li>`)}</ol>`}
  <//>`)}`;
