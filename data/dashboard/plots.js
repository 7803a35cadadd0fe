// CPU, memory, disk and network of the nodes over the last hour, drawn by uPlot.

import { repeated } from "./api.js";
import { again, html, typed, useLayoutEffect, useLife, useMemo, useRef, useSignal } from "./ui.js";

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

/** Labels of the time: "13:05", so many pixels apart at least, and none twice. */
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const APART = 70;
const EVERY_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 360, 1440].map((minutes) => minutes * 60);

let loaded = null;

/** The library, which no other page needs. */
function library() {
  loaded ||= new Promise((resolve, reject) => {
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "vendor/uplot.css" });
    const script = Object.assign(document.createElement("script"), { src: "vendor/uplot.js", onload: () => resolve(globalThis.uPlot), onerror: () => reject(new Error("vendor/uplot.js")) });
    document.head.append(style, script);
  });
  return loaded;
}

/** The section; it asks for itself as long as the page is there. */
export function LastHour({ id, starts }) {
  const hour = useSignal(null);
  const uPlot = useSignal(null);
  const note = useSignal("The nodes have told of nothing yet.");
  const isRefused = useSignal(false);
  const chosen = useSignal("");
  const scheme = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const isDark = useSignal(scheme.matches);
  useLife((life) => {
    const ask = repeated(id, "metrics");
    scheme.addEventListener("change", () => { isDark.value = scheme.matches; }, { signal: life });
    again(life, EVERY, async () => {
      const now = await ask(life) || hour.value;
      note.value = now.reason;
      isRefused.value = false;
      uPlot.value ||= { make: await library() };
      hour.value = now;
    }, (refusal) => {
      note.value = refusal.message;
      isRefused.value = true;
      return refusal.status === 404 ? null : undefined;
    });
  });
  const nodes = hour.value ? hour.value.nodes : [];
  const colours = isDark.value ? DARK : LIGHT;
  const one = nodes.some((node) => node.name === chosen.value) ? chosen.value : "";
  const said = starts && !isRefused.value && nodes.length === 0 ? "The nodes are still starting. Plots are drawn as soon as they tell of their load." : note.value;
  return html`${said && html`<p class="help">${said}</p>`}
    ${nodes.length > FEW && html`<div class="field"><label for="plotted">A node of its own</label>
      <select id="plotted" ...${typed(chosen)} value=${one}>${["", ...nodes.map((node) => node.name)].map((name) => html`<option value=${name} key=${name}>${name || "none"}</option>`)}</select></div>`}
    ${nodes.length > 0 && html`<${Legend} names=${linesOf(nodes, PLOTS[0][0], one).map((line) => line.name)} colours=${colours}/>
      <div class="plots">${PLOTS.map(([key, title, unit]) => html`<figure class="plot" key=${key}><figcaption>${`${title}, ${unit}`}</figcaption>
        <${Plot} make=${uPlot.value.make} hour=${hour.value} of=${key} title=${title} unit=${unit} one=${one} colours=${colours}/></figure>`)}</div>`}`;
}

const Legend = ({ names, colours }) => html`<ul class="legend">${names.map((name, n) => html`<li key=${name}><svg viewBox="0 0 32 8" width="32" height="8" aria-hidden="true">
  <line x1="0" x2="32" y1="4" y2="4" stroke=${colours[n]} stroke-width="2" stroke-dasharray=${DASHES[n].join(" ") || undefined}/></svg>${` ${name}`}</li>`)}</ul>`;

/** A plot, as wide as its place. */
function Plot({ make, hour, of, title, unit, one, colours }) {
  const canvas = useRef();
  const lines = linesOf(hour.nodes, of, one);
  useLayoutEffect(() => {
    const { current: place } = canvas;
    const plot = new make(options(place.clientWidth, unit, lines, colours), [times(hour, lines), ...lines.map((line) => line.points)], place);
    const wide = new ResizeObserver(() => plot.width !== place.clientWidth && plot.setSize({ width: place.clientWidth, height: HEIGHT }));
    wide.observe(place);
    return () => {
      wide.disconnect();
      plot.destroy();
    };
  }, [hour, one, colours]);
  return html`<div role="img" class="canvas" aria-label=${inWords(title, unit, lines)} ref=${canvas}/>`;
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
    axes: [{ ...axis, space: APART, incrs: EVERY_MINUTES, values: (_, seconds) => seconds.map((one) => CLOCK.format(one * 1000)) }, { ...axis, size: 56 }],
    series: [{}, ...lines.map((l, n) => ({ label: l.name, stroke: colours[n], width: 1.5, dash: DASHES[n], points: { show: l.points.filter((p) => p !== null).length < 2 } }))],
  };
}
