// What is said when the service refuses or cannot answer: which part of the cloud is away, and since when.

import { readiness, who } from "./api.js";
import { html, useLife, useSignal } from "./ui.js";

/** A refusal for people; where the cloud may be at fault, with what /ready says of it. */
export function Trouble({ refusal }) {
  const missing = useSignal([]);
  const isCloud = refusal.status === 0 || refusal.status >= 500;
  useLife(async (signal) => {
    const told = isCloud ? await readiness(signal) : [];
    if (!signal.aborted) missing.value = told.filter((s) => s.status === "missing");
  }, [refusal]);
  return html`<div class="fault"><p>${refusal.message}</p>
    ${missing.value.length > 0 && html`<ul>${missing.value.map((s) => html`<li><strong>${s.service}</strong> does not answer: ${s.reason}
      ${s.answered === null ? "" : ` It last answered ${Math.round(s.answered)} s ago.`}</li>`)}</ul>`}
    ${refusal.hint && html`<p>${refusal.hint}</p>`}</div>`;
}

/** The words of a fault, with what is allowed. */
export const inWords = (fault) => fault.allowed ? `${fault.message} (allowed: ${fault.allowed})` : fault.message;

/** What is said where a link leads to a cluster that this project does not have. */
export const NoCluster = ({ id }) => html`<div class="note">
  <p>${`The project ${who().project} has no cluster ${id.slice(0, 64)}. It was deleted, or belongs to another project.`}</p>
  <p><a href="#/">Show the clusters of this project</a></p></div>`;
