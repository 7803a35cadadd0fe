// A picture of the cluster: outside, the master with its address, the network, the workers.

import { SIGNS } from "./badge.js";
import { html } from "./ui.js";

const SHOWN = 24;
const WIDE = 150;
const GAP = 16;
const ROW = 6;

/**
 * nodes: [{name, mood, text}], the master first. The picture has a description in words, and
 * the page lists everything in it.
 */
export function Topology({ nodes, address }) {
  const [master, ...workers] = nodes;
  const shown = workers.slice(0, SHOWN);
  const columns = Math.max(1, Math.min(ROW, shown.length));
  const rows = Math.ceil(shown.length / columns);
  const width = Math.max(columns * (WIDE + GAP) + GAP, 360);
  const height = 250 + rows * 74 + (workers.length > SHOWN ? 30 : 0);
  const middle = width / 2;
  const words = [`Master ${master.name}: ${master.text}.`, ...workers.map((w) => `Worker ${w.name}: ${w.text}.`), address ? `Reachable at ${address}.` : ""];
  return html`<svg class="topology" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="img" aria-labelledby="topology-title topology-words">
    <title id="topology-title">Topology of the cluster</title><desc id="topology-words">${words.join(" ")}</desc>
    <path class="wire" d="M${middle} 44V130M${middle} 186V214M${GAP} 214H${width - GAP}"/>
    <ellipse class="box" cx=${middle} cy="26" rx="70" ry="20"/>
    ${text(middle, 31, "outside")}
    ${text(middle, 92, address || "no address yet", "address")}
    ${box(middle - WIDE / 2, 130, master)}
    ${text(GAP, 206, "network", "small start")}
    ${shown.map((worker, place) => {
      const row = Math.floor(place / columns);
      const inRow = Math.min(columns, shown.length - row * columns);
      const x = (width - inRow * (WIDE + GAP) + GAP) / 2 + (place % columns) * (WIDE + GAP);
      const y = 238 + row * 74;
      return html`${row === 0 && html`<path class="wire" d="M${x + WIDE / 2} 214V${y}"/>`}${box(x, y, worker)}`;
    })}
    ${workers.length > SHOWN && text(middle, height - 12, `and ${workers.length - SHOWN} more`)}
  </svg>`;
}

const box = (x, y, node) => html`<g class="node ${node.mood}"><rect class="box" x=${x} y=${y} width=${WIDE} height="56" rx="8"/>
  ${text(x + WIDE / 2, y + 23, node.name)}${text(x + WIDE / 2, y + 43, `${SIGNS[node.mood]} ${node.text}`, "small state")}</g>`;

const text = (x, y, words, more = "") => html`<text x=${x} y=${y} class=${more}>${words.length > 22 ? `${words.slice(0, 21)}…` : words}</text>`;
