// Logs: searched, and followed. Those of the nodes, and what jobs say.

import { part } from "./api.js";
import { again, html, typed, useLayoutEffect, useLife, useRef, useSignal } from "./ui.js";

const EVERY = 2500;
/** Lines that are shown, and characters that are kept. */
const MOST = 2000;
const KEPT = 2000000;
/** Steps have a log, but for those that are waited for. */
const STEP = /^(?!(?:heat|master|workers|node):)[A-Za-z0-9][\w.-]*:[A-Za-z0-9][\w.-]*$/;
export const hasLog = (step) => STEP.test(step);

/** The viewer of the nodes' logs, closed at first. */
export function NodeLogs({ id, nodes }) {
  const node = useSignal("");
  const log = useSignal("deployment");
  const known = nodes.find(({ name }) => name === node.value) || nodes[0];
  const logs = ["deployment", "events", ...(known ? known.steps : []).map((step) => step.name).filter(hasLog)];
  const query = { node: known ? known.name : "", log: logs.includes(log.value) ? log.value : "deployment" };
  return html`<${Reader} id=${id} name="log" summary="Read the logs" search="Lines with" region="Log" query=${query} fields=${[
    ["log-node", "Node", node, query.node, nodes.map(({ name }) => [name, name])],
    ["log-name", "Log", log, query.log, logs.map((name) => [name, name])],
  ]}/>`;
}

/**
 * A viewer of one log of several, closed at first. "fields" are what chooses one: id, label, the
 * signal that keeps it, its value and its options; "query" says which is chosen. Whenever "wanted"
 * grows the viewer opens, and begins anew.
 */
export function Reader({ id, name, summary, search, region, query, fields, wanted = 0, hidden = false }) {
  const details = useRef();
  const isOpen = useSignal(false);
  const words = useSignal("");
  const follows = useSignal(true);
  const told = useSignal({ text: "", end: 0 });
  const refusal = useSignal(null);
  const asked = JSON.stringify([query, wanted]);
  const begun = useRef(asked);

  useLife((life) => {
    if (begun.current !== asked) told.value = { text: "", end: 0 };
    begun.current = asked;
    refusal.value = null;
    if (!isOpen.value || Object.values(query).includes("")) return; // closed, or nothing is chosen that could be read
    again(life, EVERY, async () => {
      const before = told.value;
      const { start, end, text } = await part(id, `logs?${new URLSearchParams({ ...query, after: String(before.end) })}`, life);
      if (life.aborted) return null;
      told.value = { text: (start === before.end && before.end ? before.text + text : text).slice(-KEPT), end };
      refusal.value = null;
      return follows.value ? EVERY : null;
    }, (why) => {
      refusal.value = why;
      return follows.value && why.status !== 403 ? EVERY * 4 : null; // 403 is as it will be
    });
  }, [asked, isOpen.value, follows.value]);

  useLayoutEffect(() => {
    if (wanted === 0) return;
    isOpen.value = true;
    details.current.querySelector("summary").focus();
    details.current.scrollIntoView({ block: "nearest" });
  }, [wanted]);

  const lines = told.value.text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const found = lines.filter((line) => line.toLowerCase().includes(words.value.toLowerCase()));
  return html`<details ref=${details} hidden=${hidden} open=${isOpen.value} ontoggle=${(event) => { isOpen.value = event.currentTarget.open; }}><summary>${summary}</summary>
    <div class="tools">
      <div><label for="${name}-search">${search}</label><input id="${name}-search" type="search" autocomplete="off" ...${typed(words)}/></div>
      ${fields.map(([control, label, kept, value, options]) => html`<div><label for=${control}>${label}</label>
        <select id=${control} ...${typed(kept)} value=${value}>${options.map(([one, text]) => html`<option value=${one} key=${one}>${text}</option>`)}</select></div>`)}
    </div>
    <p class="check"><input id="${name}-follow" type="checkbox" checked=${follows.value} onchange=${(event) => { follows.value = event.target.checked; }}/> <label for="${name}-follow">Follow what is added</label></p>
    <div role="alert">${refusal.value && html`<p class="note">${refusal.value.message} ${refusal.value.hint}</p>`}</div>
    <p class="help" role="status">${`${found.length} of ${lines.length} lines${found.length > MOST ? `; the last ${MOST} are shown` : ""}`}</p>
    <${Lines} text=${found.slice(-MOST).join("\n")} follows=${follows.value} region=${region}/>
  </details>`;
}

/** The lines. What is added is added to what is there: a text that somebody selected stays so. */
function Lines({ text, follows, region }) {
  const block = useRef();
  useLayoutEffect(() => {
    const { current: pre } = block;
    const before = pre.textContent;
    const isAtEnd = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 8;
    if (before && text.startsWith(before)) pre.firstChild.appendData(text.slice(before.length));
    else pre.textContent = text;
    if (follows && isAtEnd) pre.scrollTop = pre.scrollHeight;
  }, [text]);
  return html`<pre tabindex="0" role="region" aria-label=${region} class="log" ref=${block}/>`;
}
