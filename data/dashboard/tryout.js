// The page that sends any operation of openapi.json with the user's token.

import { list, request, send, who } from "./api.js";
import { ask } from "./dialog.js";
import { Trouble } from "./trouble.js";
import { Heading, html, useLife, useSignal } from "./ui.js";
import { nameOf } from "./words.js";

export function TryOut() {
  const described = useSignal(null);
  const refusal = useSignal(null);
  useLife((life) => request("GET", "openapi.json", { headers: { Accept: "application/json" }, signal: life })
    .then(({ data }) => { described.value = data; })
    .catch((why) => { if (!life.aborted) refusal.value = why; }));
  return html`<${Heading}>API<//>
    <p>Send any operation of <a href="../openapi.json">openapi.json</a> with your token. Requests that change something take effect.</p>
    ${refusal.value ? html`<div role="alert"><${Trouble} refusal=${refusal.value}/></div>` : described.value ? html`<${Operations} described=${described.value}/>` : html`<p>Loading...</p>`}`;
}

/** What a form is made for: {method, path, operation, shared parameters}. */
const operationsOf = (described) => Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).filter(([method]) => /^(get|post|put|delete)$/.test(method))
    .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation, shared: methods.parameters || [] })));

function Operations({ described }) {
  const picked = useSignal(0);
  const answer = useSignal(null);
  const operations = operationsOf(described);
  const { method, path, operation, shared } = operations[picked.value];
  const { content = {} } = operation.requestBody || {};
  const [type, ...others] = Object.keys(content);
  const parameters = [...shared, ...(operation.parameters || [])].map((p) => p.$ref ? at(described, p.$ref) : p).filter((p) => !/^X-(Auth|User|Password|Tenant)/i.test(p.name));

  function pick(event) {
    picked.value = Number(event.target.value);
    answer.value = null;
  }
  async function go(event) {
    event.preventDefault();
    const said = new FormData(event.target);
    const of = (where) => parameters.filter((p) => p.in === where && said.get(`${where} ${p.name}`)).map((p) => [p.name, said.get(`${where} ${p.name}`)]);
    const filled = of("path").reduce((text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)), path);
    const wanted = {
      method, path, filled, query: new URLSearchParams(of("query")), headers: { ...Object.fromEntries(of("header")), ...(type && { "Content-Type": said.get("type") }) },
      body: said.get("body") || undefined, id: said.get("path uuid") || undefined,
    };
    const danger = await dangerOf(wanted);
    if (danger) ask(danger.title, () => html`<p>${danger.text}</p>`, "Send", () => dispatch(danger.changed || wanted), { danger: true, name: danger.name });
    else await dispatch(wanted);
  }
  async function dispatch({ filled, query, headers, body }) {
    try {
      const got = await send(method, `${query}` ? `${filled}?${query}` : filled, { headers, body });
      answer.value = { title: `${got.status} ${got.statusText}`, names: [...got.headers].map(([name, value]) => `${name}: ${value}`).join("\n"), text: await got.text() };
    } catch (refusal) {
      answer.value = { refusal };
    }
  }
  const field = (id, label, control, help) => html`<div class="field"><label for=${id}>${label}</label>${control}<div class="help">${help}</div></div>`;

  return html`<form onsubmit=${go}>
    <div class="field"><label for="operation">Operation</label>
      <select id="operation" value=${picked.value} onchange=${pick}>${operations.map((one, place) => html`<option value=${place}>${`${one.method} ${one.path} - ${one.operation.summary}`}</option>`)}</select></div>
    <div key=${picked.value}>
      <p class="help">${operation.description}</p>
      ${parameters.map((p) => field(`p-${p.in}-${p.name}`, `${p.name}${p.required ? " (required)" : ""}`, html`<input id="p-${p.in}-${p.name}" name="${p.in} ${p.name}" type="text" autocomplete="off"/>`, p.description))}
      ${type && field("p-type", "Content-Type", html`<select id="p-type" name="type">${[type, ...others].map((one) => html`<option value=${one}>${one}</option>`)}</select>`)}
      ${type && field("p-body", "Body", html`<textarea id="p-body" name="body" rows="10" spellcheck=${false} defaultValue=${content[type].example ? JSON.stringify(content[type].example, null, 2) : ""}/>`)}
    </div>
    <p class="buttons"><button type="submit">Send</button></p>
    <div role="status">${answer.value && (answer.value.refusal ? html`<p class="fault">${answer.value.refusal.message}</p>` : html`<h2>${answer.value.title}</h2>
      <pre tabindex="0" aria-label="Headers of the answer">${answer.value.names}</pre><pre tabindex="0" aria-label="Body of the answer">${answer.value.text}</pre>`)}</div></form>`;
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
