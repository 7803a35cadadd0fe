// Requests to the service. The token is in request headers and in this tab's storage, so that a
// reload keeps the session; the password is in neither.

import { declareSecret, isId, PREFIX } from "./words.js";

const ACCEPT = "application/occi+json; version=1.2, application/json";
/** The service's address: the dashboard may stand below any path of a proxy. */
export const BASE = new URL("../", location.href.split("#")[0]);

/** Another service below the same origin must not be sent this one's token. */
const KEPT = `disco-session ${BASE.pathname}`;

let session = restore();
let offered = null;

/** The session of this tab before it was reloaded; null if there is none that is good. */
function restore() {
  const kept = keptInTab(KEPT);
  const isWhole = kept && ["token", "user", "project", "projectId"].every((name) => typeof kept[name] === "string");
  return isWhole && Date.parse(kept.expires) > Date.now() ? kept : null;
}

/** What this tab keeps under a name; null if nothing, or nothing that can be read. */
export function keptInTab(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Have this tab keep something until it is closed, or, with null, nothing; a browser may store nothing at all. */
export function keepInTab(name, what) {
  try {
    if (what) sessionStorage.setItem(name, JSON.stringify(what));
    else sessionStorage.removeItem(name);
  } catch { /* switched off, or full */ }
}

/** Have a session from now on, or none. A browser that stores nothing asks again after a reload. */
function keep(now) {
  session = now;
  keepInTab(KEPT, now);
}

/** An error that the service answered, with all faults; status 0 when it did not answer. */
export class Refusal extends Error {
  constructor(status, data, text) {
    super((data && data.message) || text || `The service answered ${status}, without a reason.`);
    this.status = status;
    this.code = (data && data.code) || "";
    this.hint = (data && data.hint) || "";
    this.faults = (data && data.faults) || [];
  }
}

/** Who is logged in: user, project with its id, and region; null when nobody is. */
export function who() {
  return session && { user: session.user, project: session.project, projectId: session.projectId, region: session.region };
}

/** Exchange a password for a token; only the token is kept, until the tab is closed. */
export async function logIn({ user, password, project, userDomain, projectDomain, region }) {
  const answer = await reach(new URL("v3/auth/tokens", BASE), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    credentials: "omit",
    body: JSON.stringify({
      auth: {
        identity: { methods: ["password"], password: { user: { name: user, password, domain: { name: userDomain } } } },
        scope: { project: { name: project, domain: { name: projectDomain } } },
      },
    }),
  });
  const data = await read(answer);
  if (!answer.ok) throw new Refusal(answer.status, data);
  keep({
    token: answer.headers.get("X-Subject-Token"),
    user: data.token.user.name,
    project: data.token.project.name,
    projectId: data.token.project.id,
    expires: data.token.expires_at,
    region,
  });
}

/** Revoke the token, and forget all of this tab. */
export async function logOut() {
  const token = session && session.token;
  keep(null);
  try {
    for (const name of Object.keys(sessionStorage).filter((one) => one.startsWith(`disco-draft ${BASE.pathname} `))) sessionStorage.removeItem(name);
  } catch { /* switched off */ }
  if (token) {
    await fetch(new URL("v3/auth/tokens", BASE), {
      method: "DELETE", headers: { "X-Auth-Token": token }, credentials: "omit",
    }).catch(() => undefined);
  }
}

/** As fetch; throws a Refusal of status 0 where nothing answers. */
async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, null, "Cannot connect to the service. Is it running?");
  }
}

/** One request with the user's token; the answer as it is. */
export function send(method, path, { body, headers, signal } = {}) {
  const sent = { Accept: ACCEPT, ...headers };
  if (session) {
    sent["X-Auth-Token"] = session.token;
    sent["X-Tenant-Name"] = session.projectId;
    if (session.region) sent["X-Region-Name"] = session.region;
  }
  return reach(new URL(path.replace(/^\//, ""), BASE), {
    method, headers: sent, body, signal, credentials: "omit", redirect: "error",
  });
}

/** One request with the user's token: the JSON of the answer; throws a Refusal. */
export async function request(method, path, { body, headers, signal } = {}) {
  const typed = body === undefined ? {} : { "Content-Type": "application/occi+json; version=1.2" };
  const answer = await send(method, path, {
    body: body === undefined ? undefined : JSON.stringify(body), headers: { ...typed, ...headers }, signal,
  });
  const data = await read(answer);
  if (answer.status === 401 && session) {
    keep(null);
    dispatchEvent(new Event("expired"));
  }
  if (!answer.ok && answer.status !== 304) throw new Refusal(answer.status, data);
  return { data, headers: answer.headers };
}

async function read(answer) {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

/** What the service says of its cloud: [{service, status, reason, answered}]; none if it is away. */
export async function readiness(signal) {
  try {
    const answer = await fetch(new URL("ready", BASE), { credentials: "omit", headers: { Accept: "application/json" }, signal });
    const { services } = await answer.json();
    return Array.isArray(services) ? services : [];
  } catch {
    return [];
  }
}

/** The service's kind of cluster, its actions and components; requested once. */
export async function offer() {
  if (offered === null) {
    const { data } = await request("GET", "-/");
    const kind = data.kinds.find((k) => k.parent) || data.kinds[data.kinds.length - 1];
    const components = data.mixins.filter((m) => m.disco);
    for (const { term, disco } of components) disco.properties.filter((p) => p.type === "secret").forEach((p) => declareSecret(`${PREFIX}${term}.${p.name}`));
    offered = {
      type: kind.scheme + kind.term,
      location: kind.location.replace(/^\//, ""),
      actions: Object.fromEntries(kind.actions.map((a) => [a.split("#").pop(), a])),
      frameworks: components.filter((m) => !m.disco.base),
      base: components.filter((m) => m.disco.base),
    };
  }
  return offered;
}

/** The clusters of the project; "health" has their nodes asked how they are, which may take two seconds. */
export async function list(signal, health = false) {
  const { location } = await offer();
  const { data } = await request("GET", health ? `${location}?health=now` : location, { signal });
  return data.resources.filter((raw) => raw && isId(idOf(raw))).map(cluster);
}

/** One cluster with all its attributes. */
export async function show(id, signal) {
  const { location } = await offer();
  const shown = (await request("GET", `${location}${id}`, { signal })).data;
  if (!shown || idOf(shown) !== id) throw new Refusal(502, null, "The service answered with another cluster.");
  return cluster(shown);
}

/** A page below a cluster: "events?...", "interfaces", "nodes". */
export async function part(id, name, signal) {
  const { location } = await offer();
  return (await request("GET", `${location}${id}/${name}`, { signal })).data;
}

/** As part, for who asks again and again: null while it is what was given last. */
export function repeated(id, name) {
  let tag = "";
  return async (signal) => {
    const { location } = await offer();
    const headers = tag ? { "If-None-Match": tag } : {};
    const answer = await request("GET", `${location}${id}/${name}`, { headers, signal });
    tag = answer.headers.get("ETag") || "";
    return answer.data;
  };
}

/** The nodes of a cluster, the master first; null from an older service, which lists none. */
export async function listNodes(id, signal) {
  try {
    return (await part(id, "nodes", signal)).nodes;
  } catch (refusal) {
    if (refusal.status === 404) return null;
    throw refusal;
  }
}

/** Invoke one of the kind's actions. */
export async function act(id, term, attributes) {
  const { location, actions } = await offer();
  const body = attributes ? { action: actions[term], attributes } : { action: actions[term] };
  await request("POST", `${location}${id}?action=${term}`, { body });
}

const idOf = (raw) => String(raw.id).replace("urn:uuid:", "");

function cluster(raw) {
  const attributes = { ...raw.attributes };
  if (raw.title) attributes["occi.core.title"] = raw.title;
  return {
    id: idOf(raw),
    attributes,
    status: attributes.stack_status || "",
    actions: (raw.actions || []).map((a) => a.split("#").pop()),
  };
}
