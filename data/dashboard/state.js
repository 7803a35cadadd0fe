// What a cluster is doing, how far it is, when it ends, and why it failed.

import { Badge } from "./badge.js";
import { quote } from "./equivalent.js";
import { hasLog } from "./logs.js";
import { Moment } from "./times.js";
import { Copyable, html } from "./ui.js";
import { frameworks, isBusy } from "./words.js";

export function State({ now, attributes: a, id, nodes }) {
  const isInstalling = ["installing", "testing"].includes(a["disco.phase"]);
  const [done, all] = isInstalling ? [] : (a["disco.progress"] || "").split("/").map(Number);
  return html`<p class="state"><${Badge} ...${now}/> <code>${a.stack_status || ""}</code>${` ${frameworks(a).join(", ")}`}</p>
    ${all > 0 && isBusy(a.stack_status || "") && html`<p><label for="progress">${`${done} of ${all} resources done `}</label><progress id="progress" max=${all} value=${done}/></p>`}
    ${isInstalling && html`<p>All servers are there. ${progressOf(nodes)}${a["disco.phase_since"] && html` ${a["disco.phase"] === "testing" ? "The tests" : "The installation"} began <${Moment} at=${a["disco.phase_since"]}/>.`}</p>`}
    ${a["disco.created"] && html`<p>Created <${Moment} at=${a["disco.created"]} long/>.</p>`}
    <${End} attributes=${a}/>
    ${a["disco.warnings"] && html`<ul class="note">${a["disco.warnings"].split(";").map((warning) => html`<li>${warning.trim()}</li>`)}</ul>`}
    <p class="help">${id}</p>`;
}

/** What happens to the cluster when, if it has an end. */
function End({ attributes: a }) {
  const powersOff = a["disco.ending"] === "poweroff";
  if (!a["disco.expires"]) return a["disco.ending"] && html`<p>${`When it is idle, ${powersOff ? "its nodes power off" : "it is deleted"}.`}</p>`;
  const at = html`<${Moment} at=${a["disco.expires"]} long/>`;
  return powersOff ? html`<p>Its nodes power off at ${at}; then delete it.</p>` : html`<p>It will be deleted at ${at}.</p>`;
}

/** How far the nodes are: Heat's resources are there long before. */
function progressOf(nodes) {
  const steps = nodes.flatMap((node) => node.steps);
  const count = (mood) => steps.filter((step) => step.mood === mood).length;
  return steps.length ? `${count("good")} ${count("good") === 1 ? "step" : "steps"} done on the nodes, ${count("busy")} running.` : "The nodes have told of no step yet.";
}

/** "master" is the name of the node that a log is of where none is named. */
export function Failure({ attributes: a, words, id, master }) {
  const [node, step] = ["node", "step"].map((name) => a[`disco.failure.${name}`] || "");
  const rows = [["node", "Node"], ["step", "Step that failed"], ["hint", "What to do"]].filter(([name]) => a[`disco.failure.${name}`]);
  const lines = (a["disco.failure.lines"] || "").replaceAll("\\n", "\n");
  return html`<div class="fault">
    <h2>${a["disco.check"] === "failed" ? "The cluster does not work: its check failed" : "The cluster failed"}<span class="unseen">${` (${words})`}</span></h2>
    <dl>${rows.map(([name, words]) => html`<dt>${words}</dt><dd>${a[`disco.failure.${name}`]}</dd>`)}</dl>
    <pre tabindex="0" aria-label="Reason">${a["disco.failure.reason"] || a.stack_status_reason || "Heat gave no reason."}</pre>
    ${lines && html`<pre tabindex="0" aria-label="Last lines of the step">${lines}</pre>`}
    ${hasLog(step) && html`<p>The whole log of the step:</p><${Copyable} label="log command" text=${`disco logs ${id} ${step}${node && node !== master ? ` --node ${quote(node)}` : ""}`}/>`}</div>`;
}
