// What can be done with a cluster: the actions that the service says fit its state.

import { act, request, offer } from "./api.js";
import { announce, h } from "./dom.js";
import { HEAT } from "./words.js";

/** The buttons that fit the state; "done" is called when something has begun. */
export function actions(cluster, done) {
  const error = h("div", { role: "alert" });
  const fits = (term) => cluster.actions.includes(term);
  const run = (term, attributes) => guarded(error, async () => {
    await act(cluster.id, term, attributes);
    announce(`${term}: begun`);
    done();
  });
  const buttons = [
    fits("scale") && button("Scale", () => scale(cluster, run)),
    fits("suspend") && button("Suspend", () => run("suspend")),
    fits("resume") && button("Resume", () => run("resume")),
    fits("extend") && button("Extend", () => extend(run)),
    fits("retry") && button("Retry", () => run("retry")),
    button("Delete", () => remove(cluster, error, done), "danger"),
  ];
  return h("div", { class: "buttons", role: "group", "aria-label": "Actions" }, buttons, error);
}

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
  ask("Extend", [h("label", { for: "ttl" }, "Time to live from now on, such as 90m or 2h"), input], "Extend", () => run("extend", { [`${HEAT}ttl`]: input.value }));
}

function remove(cluster, error, done) {
  const name = cluster.name || cluster.id.slice(0, 8);
  ask(`Delete ${name}?`, [h("p", {}, "Everything that belongs to the cluster goes with it, data on its nodes, too.")], "Delete", () => guarded(error, async () => {
    const { location } = await offer();
    await request("DELETE", `${location}${cluster.id}`);
    announce("The cluster is being deleted");
    done();
  }), "danger");
}

/** A dialog that keeps the focus until it is answered. */
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
