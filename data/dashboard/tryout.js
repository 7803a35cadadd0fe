// The page that sends any operation of openapi.json with the user's token.

import { list, request, send, who } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { nameOf } from "./words.js";

export function tryout({ signal }) {
  const place = h("div", {}, h("p", {}, "Loading..."));
  request("GET", "openapi.json", { headers: { Accept: "application/json" }, signal })
    .then(({ data }) => place.replaceChildren(form(data, signal)))
    .catch((refusal) => {
      if (!signal.aborted) place.replaceChildren(h("p", { class: "fault", role: "alert" }, refusal.message));
    });
  return h("div", {}, h("h1", {}, "API"),
    h("p", {}, "Send any operation of ", h("a", { href: "../openapi.json" }, "openapi.json"), " with your token. Requests that change something take effect."),
    place);
}

function form(document_, signal) {
  const operations = Object.entries(document_.paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([method]) => /^(get|post|put|delete)$/.test(method))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation, shared: methods.parameters || [] })));
  const pick = h("select", { id: "operation", onchange: () => draw() },
    operations.map((o, i) => h("option", { value: String(i) }, `${o.method} ${o.path} - ${o.operation.summary}`)));
  const inputs = h("div");
  const answer = h("div", { role: "status" });
  let fields = [];

  function draw() {
    const { operation, shared } = operations[Number(pick.value)];
    const parameters = [...shared, ...(operation.parameters || [])].map((p) => p.$ref ? at(document_, p.$ref) : p);
    const types = Object.keys((operation.requestBody || {}).content || {});
    fields = parameters.filter((p) => !/^X-(Auth|User|Password|Tenant)/i.test(p.name)).map((p) => ({ ...p, control: h("input", { id: `p-${p.in}-${p.name}`, type: "text", autocomplete: "off" }) }));
    if (types.length) {
      const example = operation.requestBody.content[types[0]].example;
      fields.push({ in: "type", name: "Content-Type", control: h("select", { id: "p-type" }, types.map((t) => h("option", { value: t }, t))) });
      fields.push({ in: "body", name: "Body", control: h("textarea", { id: "p-body", rows: "10", spellcheck: "false" }, example ? JSON.stringify(example, null, 2) : "") });
    }
    inputs.replaceChildren(
      h("p", { class: "help" }, operation.description || ""),
      ...fields.map((f) => h("div", { class: "field" }, h("label", { for: f.control.id }, `${f.name}${f.required ? " (required)" : ""}`), f.control, h("div", { class: "help" }, f.description || ""))));
    answer.replaceChildren();
  }

  function prepared() {
    const { method, path } = operations[Number(pick.value)];
    const of = (where) => fields.filter((f) => f.in === where && f.control.value !== "").map((f) => [f.name, f.control.value]);
    const filled = of("path").reduce((text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)), path);
    const query = new URLSearchParams(of("query"));
    const headers = { ...Object.fromEntries(of("header")), ...Object.fromEntries(of("type")) };
    const [body] = of("body").map(([, value]) => value);
    return { method, path, filled, query, headers, body, id: (of("path").find(([name]) => name === "uuid") || [])[1] };
  }

  async function go(event) {
    event.preventDefault();
    const wanted = prepared();
    const danger = await dangerOf(wanted);
    if (danger) ask(danger.title, h("p", {}, danger.text), "Send", () => dispatch(danger.changed || wanted), { danger: true, name: danger.name });
    else await dispatch(wanted);
  }

  async function dispatch({ method, filled, query, headers, body }) {
    try {
      const got = await send(method, `${query}` ? `${filled}?${query}` : filled, { headers, body, signal });
      const names = [...got.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      answer.replaceChildren(h("h2", {}, `${got.status} ${got.statusText}`),
        h("pre", { tabindex: "0", "aria-label": "Headers of the answer" }, names), h("pre", { tabindex: "0", "aria-label": "Body of the answer" }, await got.text()));
    } catch (refusal) {
      answer.replaceChildren(h("p", { class: "fault" }, refusal.message));
    }
  }

  draw();
  return h("form", { onsubmit: go },
    h("div", { class: "field" }, h("label", { for: "operation" }, "Operation"), pick), inputs,
    h("p", { class: "buttons" }, h("button", { type: "submit" }, "Send")), answer);
}

/**
 * What a request is asked about before it is sent: whoever deletes types the name of what is
 * deleted; what acts on a cluster, or on all, is confirmed. Null for what changes nothing there.
 */
async function dangerOf(wanted) {
  const { method, path, query, id, body } = wanted;
  const action = query.get("action") || (/\baction["']?\s*[:=]/.test(body || "") ? "an action" : "");
  const isOne = path.includes("{uuid}");
  if (method === "DELETE" && isOne) {
    const name = await nameById(id);
    return { title: `Delete ${name}?`, text: "This deletes the cluster with all data on its nodes.", name };
  }
  if (method === "DELETE" && path.startsWith("/v3/")) return { title: "Revoke the token?", text: "You are logged out." };
  if (method === "DELETE" && path !== "/-/") {
    const count = await list().then((all) => all.length, () => null);
    const changed = { ...wanted, query: new URLSearchParams([...query].filter(([name]) => name !== "confirm").concat([["confirm", "all"]])) };
    const { project } = who();
    return { title: "Delete all clusters?", text: `This deletes ${count === null ? "every cluster" : `all ${count} clusters`} of the project ${project}, with all data on their nodes.`, name: project, changed };
  }
  if (method === "GET" || !action || action === "preview") return null;
  if (isOne) return { title: `Send ${action}?`, text: `It is done with the cluster ${await nameById(id)} at once. Fewer workers delete data.` };
  return { title: `Send ${action} to all clusters?`, text: `It is done with every cluster of the project ${who().project} whose status allows it.`, name: who().project };
}

/** The name of a cluster; the id where there is no such cluster. */
async function nameById(id) {
  const found = (await list().catch(() => [])).find((one) => one.id === id);
  return found ? nameOf(id, found.attributes) : id || "the cluster";
}

function at(document_, reference) {
  return reference.replace("#/", "").split("/").reduce((found, name) => found[name], document_);
}
