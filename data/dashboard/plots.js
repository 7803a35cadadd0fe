// CPU, memory, disk and network of the nodes over the last hour, drawn by uPlot.

import { repeated } from "./api.js";
import { h, s } from "./dom.js";
import { again } from "./health.js";

const EVERY = 15000;
const HEIGHT = 150;
/** Nodes that have a line each; of more, there are the highest, the average and the lowest. */
const FEW = 8;
const PLOTS = [
  ["cpu_percent", "CPU", "%"], ["memory_percent", "Memory", "%"], ["disk_percent", "Disk", "%"],
  ["received_kilobytes", "Network, received", "kB/s"], ["sent_kilobytes", "Network, sent", "kB/s"],
];
const LIGHT = ["#0b5cad", "#ab1f17", "#1a6b2f", "#7a4b00", "#5b3f99", "#00666b", "#a3195b", "#4d5761"];
const DARK = ["#86bdff", "#ffa39b", "#82dd98", "#ffcf7d", "#c9b5ff", "#6fd6d8", "#ff9ecb", "#b3bcc6"];
/** Lines differ in more than their colour. */
const DASHES = [[], [8, 4], [2, 3], [12, 3, 2, 3], [5, 5], [1, 2], [10, 2], [6, 2, 2, 2]];

let loaded = null;

/** The library, which no other page needs. */
function library() {
  loaded ||= new Promise((resolve, reject) => {
    const style = h("link", { rel: "stylesheet" });
    style.setAttribute("href", "vendor/uplot.css");
    const script = h("script", { src: "vendor/uplot.js", onload: () => resolve(globalThis.uPlot), onerror: () => reject(new Error("vendor/uplot.js")) });
    document.head.append(style, script);
  });
  return loaded;
}

/** The section; it asks for itself as long as the page is there. */
export function lastHour(id, signal) {
  const note = h("p", { class: "help" }, "The nodes have told of nothing yet.");
  const legend = h("ul", { class: "legend" });
  const chosen = h("select", { id: "plotted", onchange: () => draw() });
  const choice = h("div", { class: "field", hidden: true }, h("label", { for: "plotted" }, "A node of its own"), chosen);
  const figures = PLOTS.map(([, title, unit]) => {
    const canvas = h("div", { role: "img", class: "canvas" });
    return { canvas, element: h("figure", { class: "plot" }, h("figcaption", {}, `${title}, ${unit}`), canvas), plot: null };
  });
  const place = h("div", { class: "plots", hidden: true }, figures.map((figure) => figure.element));
  const ask = repeated(id, "metrics");
  const wide = new ResizeObserver(() => figures.forEach(({ plot, canvas }) => plot && plot.setSize({ width: canvas.clientWidth, height: HEIGHT })));
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  let hour = null;
  let uPlot = null;

  wide.observe(place);
  scheme.addEventListener("change", () => draw(), { signal });
  signal.addEventListener("abort", () => {
    wide.disconnect();
    figures.forEach(({ plot }) => plot && plot.destroy());
  }, { once: true });

  again(signal, EVERY, async () => {
    hour = await ask(signal) || hour;
    note.textContent = hour.reason;
    note.hidden = hour.reason === "";
    uPlot = await library();
    if (signal.aborted) return;
    choose(hour.nodes);
    draw();
  }, (refusal) => { note.textContent = refusal.message; note.hidden = false; });

  function choose(nodes) {
    const names = ["", ...nodes.map((node) => node.name)];
    const before = chosen.value;
    choice.hidden = nodes.length <= FEW;
    if (names.join(" ") === [...chosen.options].map((o) => o.value).join(" ")) return;
    chosen.replaceChildren(...names.map((name) => h("option", { value: name }, name || "none")));
    chosen.value = names.includes(before) ? before : "";
  }

  function draw() {
    if (!hour || !uPlot || !hour.nodes.length) return;
    place.hidden = false;
    const colours = scheme.matches ? DARK : LIGHT;
    const names = linesOf(hour.nodes, PLOTS[0][0], chosen.value).map((line) => line.name);
    legend.replaceChildren(...names.map((name, n) => h("li", {},
      s("svg", { viewBox: "0 0 32 8", width: 32, height: 8, "aria-hidden": "true" }, s("line", { x1: 0, x2: 32, y1: 4, y2: 4, stroke: colours[n], "stroke-width": 2, "stroke-dasharray": DASHES[n].join(" ") || undefined })),
      ` ${name}`)));
    PLOTS.forEach(([key, title, unit], n) => {
      const lines = linesOf(hour.nodes, key, chosen.value);
      figures[n].canvas.setAttribute("aria-label", inWords(title, unit, lines));
      if (figures[n].plot) figures[n].plot.destroy();
      figures[n].plot = new uPlot(options(figures[n].canvas.clientWidth, unit, lines, colours), [times(hour, lines), ...lines.map((line) => line.points)], figures[n].canvas);
    });
  }

  return h("div", {}, note, choice, legend, place);
}

/** What is drawn of a number: [{name, points}], all of one length. */
export function linesOf(nodes, key, chosen) {
  const length = Math.max(...nodes.map((node) => node[key].length));
  const of = (node) => ({ name: node.name, points: [...Array(length - node[key].length).fill(null), ...node[key]] });
  if (nodes.length <= FEW) return nodes.map(of);
  const all = nodes.map(of);
  const points = (make) => Array.from({ length }, (_, n) => {
    const known = all.map((line) => line.points[n]).filter((number) => number !== null);
    return known.length ? make(known) : null;
  });
  const whole = [
    { name: `highest of ${nodes.length} nodes`, points: points((known) => Math.max(...known)) },
    { name: "average", points: points((known) => Math.round(known.reduce((a, b) => a + b, 0) / known.length)) },
    { name: "lowest", points: points((known) => Math.min(...known)) },
  ];
  return [...whole, ...all.filter((line) => line.name === chosen)];
}

/** Seconds since the epoch, of each point. */
function times(hour, lines) {
  const length = lines[0].points.length;
  const end = Date.parse(hour.time) / 1000;
  return Array.from({ length }, (_, n) => end - (length - 1 - n) * hour.step);
}

/** A plot for who does not see it. */
function inWords(title, unit, lines) {
  const told = lines.map(({ name, points }) => {
    const known = points.filter((number) => number !== null);
    return known.length ? `${name}: now ${points.at(-1) ?? "unknown"}, at most ${Math.max(...known)}` : `${name}: nothing known`;
  });
  return `${title} of the last hour in ${unit}. ${told.join("; ")}.`;
}

function options(width, unit, lines, colours) {
  const style = getComputedStyle(document.documentElement);
  const [ink, line] = [style.getPropertyValue("--soft"), style.getPropertyValue("--line")];
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width: width || 300, height: HEIGHT, legend: { show: false }, cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_, low, high) => [0, unit === "%" ? 100 : Math.max(10, Math.ceil((high || 0) * 1.1))] } },
    axes: [axis, { ...axis, size: 56 }],
    series: [{}, ...lines.map((l, n) => ({ label: l.name, stroke: colours[n], width: 1.5, dash: DASHES[n], points: { show: l.points.filter((p) => p !== null).length < 2 } }))],
  };
}
