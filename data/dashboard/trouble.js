// What is said when the service cannot answer: which part of the cloud is away, and since when.

import { readiness, who } from "./api.js";
import { h } from "./dom.js";

/** A refusal for people; where the cloud may be at fault, with what /ready says of it. */
export async function trouble(refusal, signal) {
  const isCloud = refusal.status === 0 || refusal.status >= 500;
  const missing = isCloud ? (await readiness(signal)).filter((s) => s.status === "missing") : [];
  return h("div", { class: "fault" },
    h("p", {}, refusal.message),
    missing.length ? h("ul", {}, missing.map((s) => h("li", {}, h("strong", {}, s.service), ` does not answer: ${s.reason}`,
      s.answered === null ? "" : ` It last answered ${Math.round(s.answered)} s ago.`))) : "",
    refusal.hint ? h("p", {}, refusal.hint) : "");
}

/** What is said where a link leads to a cluster that this project does not have. */
export function noCluster(id) {
  return h("div", { class: "note" },
    h("p", {}, `The project ${who().project} has no cluster ${id.slice(0, 64)}. It was deleted, or belongs to another project.`),
    h("p", {}, h("a", { href: "#/" }, "Show the clusters of this project")));
}
