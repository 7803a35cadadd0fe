// Buttons for the actions that the service allows in the cluster's status.

import { act, request, offer } from "./api.js";
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
  const input = h("input", { id: "count", type: "number", min: "1", required: true, value: cluster.workers || "1" });
  ask("Scale", [h("label", { for: "count" }, "Workers"), input], "Scale", () => run("scale", { [`${HEAT}slavecount`]: input.value }));
}

function extend(run) {
  const input = h("input", { id: "ttl", type: "text", required: true, value: "2h" });
  ask("Extend", [h("label", { for: "ttl" }, "Time to live from now, such as 90m or 2h"), input], "Extend", () => run("extend", { [`${HEAT}ttl`]: input.value }));
}

function remove(cluster, error, done) {
  const name = cluster.name || cluster.id.slice(0, 8);
  ask(`Delete ${name}?`, [h("p", {}, "This deletes the cluster with all data on its nodes.")], "Delete", () => guarded(error, async () => {
    const { location } = await offer();
    await request("DELETE", `${location}${cluster.id}`);
    announce("Deleting the cluster");
    done();
  }), "danger");
}

/** A dialog that keeps the focus until it is closed. */
function ask(title, content, word, yes, kind) {
  const opener = document.activeElement;
  const dialog = h("dialog", { "aria-labelledby": "dialog-title", onclose: () => { dialog.remove(); if (opener) opener.focus(); } },
    h("form", { onsubmit: (event) => { event.preventDefault(); dialog.close(); yes(); } },
      h("h2", { id: "dialog-title" }, title), content,
      h("p", { class: "buttons" },
        h("button", { type: "submit", class: kind }, word),
        h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel"))));
  document.body.append(dialog);
  dialog.showModal();
}
