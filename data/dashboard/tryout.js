// The page that sends any operation of openapi.json with the user's token.

import { list, request, send, who } from "./api.js";
import { ask } from "./dialog.js";
import { Trouble } from "./trouble.js";
import { byButtonOnly, Heading, html, useLayoutEffect, useLife, useRef, useSignal } from "./ui.js";
import { counted, nameOf } from "./words.js";

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
  const faults = useSignal({});
  const operations = operationsOf(described);
  const { method, path, operation, shared } = operations[picked.value];
  const { content = {} } = operation.requestBody || {};
  const [type, ...others] = Object.keys(content);
  const parameters = [...shared, ...(operation.parameters || [])].map((p) => p.$ref ? at(described, p.$ref) : p).filter((p) => !/^X-(Auth|User|Password|Tenant)/i.test(p.name));

  function pick(event) {
    picked.value = Number(event.target.value);
    [answer.value, faults.value] = [null, {}];
  }
  async function go(event) {
    event.preventDefault();
    const said = new FormData(event.target);
    const empty = parameters.filter((p) => p.required && !(said.get(`${p.in} ${p.name}`) || "").trim());
    faults.value = Object.fromEntries(empty.map((p) => [`p-${p.in}-${p.name}`, `${p.name} is required.`]));
    if (empty.length) {
      document.getElementById(Object.keys(faults.value)[0]).focus();
      return;
    }
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
  const mend = ({ target }) => faults.value[target.id] && (faults.value = { ...faults.value, [target.id]: "" });
  async function dispatch({ filled, query, headers, body }) {
    try {
      const got = await send(method, `${query}` ? `${filled}?${query}` : filled, { headers, body });
      answer.value = { title: `${got.status} ${got.statusText}`, names: [...got.headers].map(([name, value]) => `${name}: ${value}`).join("\n"), text: await got.text() };
    } catch (refusal) {
      answer.value = { refusal };
    }
  }
  const field = (id, label, control, help) => html`<div class="field"><label for=${id}>${label}</label>${control}<div class="help" id="${id}-help">${help}</div><div class="fault-text" id="${id}-fault">${faults.value[id]}</div></div>`;

  return html`<form onsubmit=${go} oninput=${mend} ...${method === "GET" ? {} : byButtonOnly}>
    <div class="field"><label for="operation">Operation</label>
      <select id="operation" value=${picked.value} onchange=${pick}>${operations.map((one, place) => html`<option value=${place}>${`${one.method} ${one.path} - ${one.operation.summary}`}</option>`)}</select></div>
    <div key=${picked.value}>
      <p class="help">${operation.description}</p>
      ${parameters.map((p) => field(`p-${p.in}-${p.name}`, `${p.name}${p.required ? " (required)" : ""}`, html`<input id="p-${p.in}-${p.name}" name="${p.in} ${p.name}" type="text" autocomplete="off"
        aria-describedby="p-${p.in}-${p.name}-help p-${p.in}-${p.name}-fault" aria-invalid=${faults.value[`p-${p.in}-${p.name}`] ? "true" : undefined}/>`, p.description))}
      ${type && field("p-type", "Content-Type", html`<select id="p-type" name="type">${[type, ...others].map((one) => html`<option value=${one}>${one}</option>`)}</select>`)}
      ${type && field("p-body", "Body", html`<textarea id="p-body" class="mono" name="body" rows="10" spellcheck=${false} defaultValue=${content[type].example ? JSON.stringify(content[type].example, null, 2) : ""}/>`)}
    </div>
    <p class="buttons"><button type="submit">Send</button></p>
    <div role="status">${answer.value && html`<${Answer} ...${answer.value} of=${answer.value}/>`}</div></form>`;
}

/** What was answered; it is where the reader is led to. */
function Answer({ refusal, title, names, text, of }) {
  const first = useRef();
  useLayoutEffect(() => {
    first.current.focus();
    first.current.scrollIntoView({ block: "start" });
  }, [of]);
  return refusal ? html`<p class="fault" tabindex="-1" ref=${first}>${refusal.message}</p>` : html`<h2 tabindex="-1" ref=${first}>${title}</h2>
    <pre tabindex="0" aria-label="Headers of the answer">${names}</pre><pre tabindex="0" aria-label="Body of the answer">${text}</pre>`;
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
    return { title: "Delete all clusters?", text: `This deletes ${count === null ? "every cluster" : count === 1 ? "the only cluster" : `all ${counted(count, "cluster")}`} of the project ${project}, with all data on their nodes.`, name: project, changed };
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
