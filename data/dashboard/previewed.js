// What the service would make of a request.

import { html, Table, useLayoutEffect, useRef } from "./ui.js";
import { memory } from "./words.js";

/** Quotas whose names are not the words for them. */
const QUOTAS = { ram: "memory", gigabytes: "GiB of volumes", network: "networks", subnet: "subnets", port: "ports", router: "routers", floatingip: "floating IPs", security_group: "security groups", security_group_rule: "rules of security groups" };

/** The nodes, quotas, steps and template of a preview. */
export function Previewed({ data }) {
  const heading = useRef();
  useLayoutEffect(() => heading.current.focus(), [data]);
  const amount = (q, number) => q.name === "ram" ? memory(number) : q.name === "gigabytes" ? `${number} GiB` : String(number);
  const usage = (q) => q.limit === null ? "unknown" : q.limit < 0 ? "no limit" : `${amount(q, q.used)} of ${amount(q, q.limit)}`;
  return html`<section aria-labelledby="preview-title"><h2 id="preview-title" tabindex="-1" ref=${heading}>Preview: nothing is created yet</h2>
    ${data.warnings.length > 0 && html`<ul class="note">${data.warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`}
    <${Table} caption="Nodes" head=${["Node", "Role", "Address", "Flavor", "Root volume", "Memory"]} rows=${data.nodes.map((n) => [n.name,
      n.name, n.role, n.address, n.flavor, n.root_volume_gb ? `${n.root_volume_gb} GiB` : "-", Object.entries(n.memory_mb).map(([name, mb]) => `${name} ${memory(mb)}`).join(", "),
    ])}/>
    <${Table} caption="Quotas" head=${["Quota", "Needed", "Used now"]} rows=${data.quotas.map((q) => [q.name, QUOTAS[q.name] || q.name.replaceAll("_", " "), amount(q, q.needed), usage(q)])}/>
    <details><summary>${`Steps (${data.plan.steps.length})`}</summary><ol>${data.plan.steps.map((step) => html`<li>${step}</li>`)}</ol></details>
    <details><summary>Heat template</summary><pre tabindex="0" aria-label="Heat template">${data.template}</pre></details></section>`;
}
