// Buttons for the actions that the service allows in the cluster's status.

import { act, request, offer } from "./api.js";
import { ask } from "./dialog.js";
import { announce, h } from "./dom.js";
import { HEAT } from "./words.js";

/** The buttons of the allowed actions; "done" is called when an action has begun. */
export function actions(cluster, done) {
  const error = h("div", { role: "alert" });
  const run = (term, attributes) => guarded(error, async () => {
    await act(cluster.id, term, attributes);
    announce(`${inWords(term)} started`);
    done();
  });
  // actions that ask for attributes; an action of a newer service has a button, too
  const dialogs = { scale: () => scale(cluster, run), extend: () => extend(run) };
  const buttons = [
    ...cluster.actions.map((term) => button(inWords(term), dialogs[term] || (() => run(term)))),
    h("a", { class: "button quiet", href: `#/create?from=${cluster.id}` }, "Clone"),
    button("Delete", () => remove(cluster, error, done), "danger"),
  ];
  return h("div", { class: "buttons", role: "group", "aria-label": "Actions" }, buttons, error);
}

/** The name of an action on its button: "Scale". */
const inWords = (term) => term.charAt(0).toUpperCase() + term.slice(1);

function button(text, onclick, more = "quiet") {
  return h("button", { type: "button", class: more, onclick }, text);
}

async function guarded(error, call) {
  error.replaceChildren();
  try {
    await call();
  } catch (refusal) {
    if (refusal.status === undefined) throw refusal;
    error.replaceChildren(h("div", { class: "fault" },
      refusal.faults.length ? h("ul", {}, refusal.faults.map((f) => h("li", {}, f.allowed ? `${f.message} (allowed: ${f.allowed})` : f.message))) : h("p", {}, refusal.message),
      refusal.hint ? h("p", {}, refusal.hint) : ""));
  }
}

function scale(cluster, run) {
  const now = Number(cluster.workers) || 1;
  const input = h("input", { id: "count", type: "number", min: "1", required: true, value: String(now) });
  const fewer = () => Math.max(0, now - (Number.parseInt(input.value, 10) || now));
  const help = h("p", { class: "help" }, `There are ${now} now. Fewer delete workers, with what is on their disks.`);
  ask("Scale", [h("label", { for: "count" }, "Workers"), input, help], "Scale",
    () => run("scale", { [`${HEAT}slavecount`]: input.value }), { name: () => fewer() ? cluster.name : "" });
}

function extend(run) {
  const input = h("input", { id: "ttl", type: "text", required: true, value: "2h" });
  ask("Extend", [h("label", { for: "ttl" }, "Time to live from now, such as 90m or 2h"), input], "Extend", () => run("extend", { [`${HEAT}ttl`]: input.value }));
}

function remove(cluster, error, done) {
  ask(`Delete ${cluster.name}?`, [h("p", {}, "This deletes the cluster with all data on its nodes.")], "Delete", () => guarded(error, async () => {
    const { location } = await offer();
    await request("DELETE", `${location}${cluster.id}`);
    announce("Deleting the cluster");
    done();
  }), { danger: true, name: cluster.name });
}
