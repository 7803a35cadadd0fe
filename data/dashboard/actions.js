// Buttons for the actions that the service allows in the cluster's status.

import { act, request, offer } from "./api.js";
import { ask } from "./dialog.js";
import { inWords } from "./trouble.js";
import { announce, html, signal, typed, useSignal } from "./ui.js";
import { BOOTSTRAP, HEAT, PREFIX, table } from "./words.js";

/** The buttons of the allowed actions; "done" is called when an action has begun. */
export function Actions({ id, name, workers, attributes: a, allowed, done }) {
  const refusal = useSignal(null);
  async function guarded(call, words) {
    refusal.value = null;
    try {
      await call();
      announce(words);
      done();
    } catch (why) {
      if (why.status === undefined) throw why;
      refusal.value = why;
    }
  }
  const run = (term, attributes) => guarded(() => act(id, term, attributes), `${titled(term)} started`);
  // actions that ask for attributes; an action of a newer service has a button, too
  const dialogs = table({ scale: () => scale(name, Number(workers) || 1, run), extend: () => extend(run) });
  const remove = () => ask(`Delete ${name}?`, () => html`<p>This deletes the cluster with all data on its nodes.</p>`, "Delete", () => guarded(async () => {
    const { location } = await offer();
    await request("DELETE", `${location}${id}`);
  }, "Deleting the cluster"), { danger: true, name });
  // a script of the user's that failed fails again as it is: a clone is where it is mended
  const isOwnScript = `${PREFIX}${(a["disco.failure.step"] || "").replace(":", ".")}` === BOOTSTRAP;
  const isDeleting = a["disco.phase"] === "deleting" || a.stack_status === "DELETE_IN_PROGRESS";
  const clone = html`<a key="to clone" class="button quiet" href="#/create?from=${id}">Clone</a>`;
  return html`<div class="buttons" role="group" aria-label="Actions">
    ${isOwnScript && clone}
    ${allowed.map((term) => html`<button type="button" class="quiet" key=${term} onclick=${dialogs[term] || (() => run(term))}>${titled(term)}</button>`)}
    ${!isOwnScript && clone}${!isDeleting && html`<button type="button" class="danger" onclick=${remove}>Delete</button>`}
    <div role="alert">${refusal.value && html`<${Refused} ...${refusal.value} message=${refusal.value.message}/>`}</div></div>`;
}

/** The name of an action on its button: "Scale". */
const titled = (term) => term.charAt(0).toUpperCase() + term.slice(1);

const Refused = ({ faults, message, hint }) => html`<div class="fault">
  ${faults.length ? html`<ul>${faults.map((fault) => html`<li>${inWords(fault)}</li>`)}</ul>` : html`<p>${message}</p>`}
  ${hint && html`<p>${hint}</p>`}</div>`;

function scale(name, now, run) {
  const count = signal(String(now));
  const isFewer = () => (Number.parseInt(count.value, 10) || now) < now;
  ask("Scale", () => html`<label for="count">Workers</label><input id="count" type="number" min="1" required ...${typed(count)}/>
    <p class="help">${`${now === 1 ? "There is 1" : `There are ${now}`} now. Fewer delete workers, with what is on their disks.`}</p>`, "Scale",
    () => run("scale", { [`${HEAT}slavecount`]: count.value }), { name: () => isFewer() ? name : "" });
}

function extend(run) {
  const ttl = signal("2h");
  ask("Extend", () => html`<label for="ttl">Time to live from now, such as 90m or 2h</label><input id="ttl" type="text" required ...${typed(ttl)}/>`,
    "Extend", () => run("extend", { [`${HEAT}ttl`]: ttl.value }));
}
