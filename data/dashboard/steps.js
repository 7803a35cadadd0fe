// From events to what each node is doing: its steps in their order, and how long each took.

import { h } from "./dom.js";
import { groupsOf, HEAT, SIGNS } from "./words.js";

const ENDS = { done: "good", ok: "good", failed: "bad", skipped: "good" };

/** The nodes of a cluster, the master first: names, steps, and where each is. */
export function nodesOf(cluster, events) {
  const { attributes } = cluster;
  const master = attributes[`${HEAT}mastername`] || "disco-manager";
  const worker = attributes[`${HEAT}slavename`] || "disco-worker";
  const nodes = new Map([[master, { name: master, steps: new Map(), made: "" }]]);
  for (const number of numbersOf(attributes)) nodes.set(`${worker}-${number}`, { name: `${worker}-${number}`, steps: new Map(), made: "" });
  const gone = new Set();
  for (const event of events) {
    if (!event.node) continue;
    if (!nodes.has(event.node)) nodes.set(event.node, { name: event.node, steps: new Map(), made: "" });
    const node = nodes.get(event.node);
    if (event.source === "node") note(node.steps, event);
    else if (event.resource === "master" || /^worker_\d+$/.test(event.resource || "")) {
      node.made = `${event.step} ${event.status}`;
      if (event.step === "delete" && event.status === "done") gone.add(event.node);
      else gone.delete(event.node);
    }
  }
  return [...nodes.values()].filter((n) => !gone.has(n.name) || cluster.status.startsWith("DELETE")).map((node) => described(node, cluster));
}

/** The workers' numbers in their order: plain ones, and groups behind those that were created. */
function numbersOf(attributes) {
  const count = Number.parseInt(attributes[`${HEAT}slavecount`], 10) || 0;
  const created = Number.parseInt(attributes["disco.workers.created"], 10) || count;
  const more = groupsOf(attributes).reduce((all, group) => all + group.count, 0);
  const plain = attributes["disco.workers"] || `1-${count}`;
  const ofGroups = attributes["disco.workers.groups"] || `all:${created + 1}-${created + more}`;
  const ranges = [plain, ...ofGroups.split(" ").map((group) => group.split(":")[1] || "")].flatMap((text) => text.split(","));
  const numbers = ranges.flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return first ? Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i) : [];
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function note(steps, event) {
  const known = steps.get(event.step);
  const mood = ENDS[event.status] || "busy";
  if (known && mood === "busy" && known.mood !== "busy") steps.delete(event.step); // begun again
  steps.set(event.step, { name: event.step, mood, text: event.text || "", time: event.time });
}

function described(node, cluster) {
  const steps = [...node.steps.values()];
  const failed = steps.find((step) => step.mood === "bad") || (cluster.attributes["disco.failure.node"] === node.name ? { name: "failed" } : null);
  const running = steps.filter((step) => step.mood === "busy").at(-1);
  let [mood, text] = ["none", node.made || "not there yet"];
  if (cluster.status.startsWith("SUSPEND_COMPLETE")) [mood, text] = ["still", "suspended"];
  else if (failed) [mood, text] = ["bad", failed.name];
  else if (running) [mood, text] = ["busy", running.name];
  else if (/_COMPLETE$/.test(cluster.status)) [mood, text] = ["good", "works"];
  else if (steps.length) [mood, text] = ["busy", `${steps.length} steps done`];
  else if (node.made.endsWith("started")) mood = "busy";
  else if (node.made.endsWith("failed")) mood = "bad";
  return { name: node.name, mood, text, steps };
}

/** The lists of steps; a node whose steps are not told says what Heat does with it. */
export function stepList(nodes) {
  return nodes.map((node) => h("details", { open: nodes.length <= 4 || node.mood === "bad" || node.mood === "busy", class: "node-steps", "data-key": node.name },
    h("summary", {}, h("span", { class: `badge ${node.mood}` }, h("span", { "aria-hidden": "true" }, SIGNS[node.mood]), ` ${node.name}`), ` ${node.text}`),
    node.steps.length
      ? h("ol", { class: "steps" }, node.steps.map((step) => h("li", { class: step.mood },
        h("span", { "aria-hidden": "true" }, `${SIGNS[step.mood]} `), step.name,
        h("span", { class: "note" }, ` ${{ good: "done", bad: "failed", busy: "running" }[step.mood]}${step.text ? `, ${step.text}` : ""}`))))
      : h("p", { class: "help" }, "It has told no steps.")));
}
