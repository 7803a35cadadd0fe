// What a cluster would take of the project's quotas, while one chooses.

import { html } from "./ui.js";
import { counted, groupsOf, HEAT, memory } from "./words.js";

const WORDS = { instances: "instance", cores: "core" };

/** What the servers use of the project's quotas; the preview shows the other quotas. */
export function Quotas({ attributes, choices }) {
  const { [`${HEAT}masterflavor`]: master, [`${HEAT}slaveflavor`]: plain, [`${HEAT}slavecount`]: count } = attributes;
  const flavor = (name) => choices.flavors.find((f) => f.name === name || f.id === name) || { cores: 0, ram_mb: 0 };
  const kinds = [{ flavor: master, count: 1 }, { count: Number.parseInt(count, 10) || 0 }, ...groupsOf(attributes)];
  const sum = (unit) => kinds.reduce((all, kind) => all + kind.count * flavor(kind.flavor || plain)[unit], 0);
  const needed = { instances: kinds.reduce((all, kind) => all + kind.count, 0), cores: sum("cores"), ram: sum("ram_mb") };
  const amount = (name, number) => name === "ram" ? memory(number) : String(number);
  return html`<div class="quotas">${Object.keys(needed).map((name) => {
    const told = choices.quotas.find((q) => q.name === name);
    const wanted = name === "ram" ? `${memory(needed.ram)} of memory` : counted(needed[name], WORDS[name]);
    if (!told || told.limit < 0) return html`<p>${`${wanted}${told ? ", no limit" : ""}`}</p>`;
    const all = told.used + needed[name];
    const isOver = all > told.limit;
    return html`<p class=${isOver ? "over" : ""}><label for="quota-${name}">${`${wanted}: ${amount(name, all)} of ${amount(name, told.limit)} would be used${isOver ? " - over the limit" : ""}`}</label>
      <meter id="quota-${name}" min="0" max=${told.limit} high=${told.limit * 0.9} value=${Math.min(all, told.limit)}/></p>`;
  })}</div>`;
}
