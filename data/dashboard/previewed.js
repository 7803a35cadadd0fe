// What the service would make of a request.

import { h, table } from "./dom.js";
import { memory } from "./words.js";

/** The nodes, quotas, steps and template of a preview. */
export function previewed(data) {
  const amount = (q, number) => q.name === "ram" ? memory(number) : q.name === "gigabytes" ? `${number} GiB` : String(number);
  const usage = (q) => q.limit === null ? "unknown" : q.limit < 0 ? "no limit" : `${amount(q, q.used)} of ${amount(q, q.limit)}`;
  return h("section", { "aria-labelledby": "preview-title" },
    h("h2", { id: "preview-title", tabindex: "-1" }, "Preview: nothing is created yet"),
    data.warnings.length ? h("ul", { class: "note" }, data.warnings.map((w) => h("li", {}, w))) : "",
    table("Nodes", ["Node", "Role", "Address", "Flavor", "Root volume", "Memory"], data.nodes.map((n) => [
      n.name, n.role, n.address, n.flavor, n.root_volume_gb ? `${n.root_volume_gb} GiB` : "-", Object.entries(n.memory_mb).map(([name, mb]) => `${name} ${memory(mb)}`).join(", "),
    ])),
    table("Quotas", ["Quota", "Needed", "Used now"], data.quotas.map((q) => [q.name, amount(q, q.needed), usage(q)])),
    h("details", {}, h("summary", {}, `Steps (${data.plan.steps.length})`), h("ol", {}, data.plan.steps.map((step) => h("li", {}, step)))),
    h("details", {}, h("summary", {}, "Heat template"), h("pre", { tabindex: "0", "aria-label": "Heat template" }, data.template)));
}
