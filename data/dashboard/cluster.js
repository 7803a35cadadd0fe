// The page of a cluster: its status, nodes, interfaces, access and actions.

import { Access, Interfaces } from "./access.js";
import { Actions } from "./actions.js";
import { listNodes, part, show } from "./api.js";
import { Health } from "./health.js";
import { Jobs } from "./jobs.js";
import { NodeLogs } from "./logs.js";
import { LastHour } from "./plots.js";
import { Failure, State } from "./state.js";
import { nodesOf, Steps } from "./steps.js";
import { clock } from "./times.js";
import { Topology } from "./topology.js";
import { NoCluster, Trouble } from "./trouble.js";
import { again, announce, Details, Heading, html, Table, useLife, useSignal } from "./ui.js";
import { HEAT, inLightOf, isSecret, isStarting, nameOf, stateOf } from "./words.js";

const KEPT = 2000;

export function Cluster({ id }) {
  const told = useSignal({ known: null, events: [], marker: "", interfaces: [], listed: null });
  const refusal = useSignal(null);
  const isGone = useSignal(false);
  const turn = useSignal(0); // of the questions, which an action begins anew
  useLife((life) => again(life, 5000, async () => {
    const before = told.value;
    const known = await show(id, life);
    const { events, marker } = await part(id, `events${before.marker ? `?since=${encodeURIComponent(before.marker)}` : ""}`, life);
    const isOther = !before.known || before.known.status !== known.status;
    const isMoved = isOther || before.known.attributes.external_ip !== known.attributes.external_ip;
    const listed = isOther ? await listNodes(id, life) : before.listed;
    const interfaces = isMoved ? (await part(id, "interfaces", life)).interfaces : before.interfaces;
    if (life.aborted) return null;
    const { words, mood } = stateOf(known.attributes);
    if (isOther && before.known) announce(`The cluster: ${words}`);
    told.value = { known, events: [...before.events, ...events].slice(-KEPT), marker, interfaces, listed };
    refusal.value = null;
    return mood === "busy" ? 1500 : 8000;
  }, (why) => {
    isGone.value = why.status === 404;
    if (isGone.value) announce(told.value.known ? "The cluster is deleted" : "No such cluster");
    refusal.value = isGone.value ? null : why;
    return isGone.value ? null : 5000;
  }), [turn.value]);

  const { known } = told.value;
  const name = known && nameOf(id, known.attributes);
  const heading = isGone.value && !known ? "No such cluster" : name && name !== id.slice(0, 8) ? name : `Cluster ${id.slice(0, 8)}`;
  return html`<p class="help"><a href="#/">Clusters</a></p><${Heading}>${heading}<//>
    <div role="alert">${refusal.value && html`<${Trouble} refusal=${refusal.value}/>`}</div>
    ${isGone.value ? known ? html`<p class="note">The cluster is deleted. <a href="#/">Back to the list</a></p>` : html`<${NoCluster} id=${id}/>`
      : known && html`<${Whole} ...${told.value} id=${id} name=${name} done=${() => { turn.value += 1; }}/>`}`;
}

function Whole({ id, name, known, events, interfaces, listed, done }) {
  const { attributes: a } = known;
  const health = useSignal(null);
  const [now, starts] = [stateOf(a), isStarting(a)];
  const nodes = nodesOf(known, listed, events).map((node) => seenBy(health.value, node));
  const steps = html`<${Part} key="steps" of="steps" title="Nodes"><${Steps} nodes=${nodes} older=${listed === null}/><//>`;
  return html`<div role="status"><${State} now=${inLightOf(now, health.value)} attributes=${a} id=${id} nodes=${nodes}/></div>
    <div role="alert">${now.mood === "bad" && html`<${Failure} attributes=${a} words=${now.words} id=${id} master=${nodes[0].name}/>`}</div>
    <${Actions} id=${id} name=${name} workers=${a[`${HEAT}slavecount`]} attributes=${a} allowed=${known.actions} done=${done}/>
    <div class="columns"><div>
      ${starts && steps}
      <${Part} key="health" of="health" title="Health now"><${Health} id=${id} told=${health} starts=${starts}/><//>
      <${Part} key="hour" of="hour" title="Last hour"><${LastHour} id=${id} starts=${starts}/><//>
      <${Part} key="jobs" of="jobs" title="Jobs"><${Jobs} id=${id} starts=${starts} works=${inLightOf(now, health.value).mood === "good"}/><//>
      <${Part} key="picture" of="picture" title="Topology"><${Topology} nodes=${nodes} address=${a.external_ip}/><//>
      ${!starts && steps}
      <${Part} key="logs" of="logs" title="Logs"><${NodeLogs} id=${id} nodes=${nodes}/><//>
      <${Part} key="news" of="news" title="Events"><${News} events=${events.filter((event) => event.source === "heat").slice(-60)}/><//>
    </div><div>
      <${Part} of="pages" title="Interfaces"><${Interfaces} told=${interfaces} starts=${starts} id=${id} address=${a.external_ip}/><//>
      <${Part} of="access" title="Access"><${Access} attributes=${a} id=${id}/><//>
      <${Part} of="all" title="Attributes"><${Attributes} of=${a}/><//>
    </div></div>`;
}

/** A node as the last health tells of it. */
function seenBy(health, node) {
  const { mood, words = node.text } = inLightOf(node, health && health.nodes.find(({ name }) => name === node.name));
  return { ...node, mood, text: words };
}

const Part = ({ of, title, children }) => html`<section aria-labelledby="at-${of}"><h2 id="at-${of}">${title}</h2>${children}</section>`;

const News = ({ events }) => html`<${Details} summary="Events of Heat"><ul class="plain mono">
  ${events.map((event) => html`<li>${`${clock(event.time)} ${event.resource || "stack"}: ${event.step} ${event.status}`}</li>`)}</ul><//>`;

function Attributes({ of }) {
  const rows = Object.entries(of).filter(([name]) => !isSecret(name)).map(([name, value]) => [name, name, value]);
  return html`<${Details} summary=${`All attributes (${rows.length})`}><${Table} caption="All attributes by name" head=${["Name", "Value"]} rows=${rows}/><//>`;
}
