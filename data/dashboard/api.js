// Requests to the service. The token is only in this module's memory and in request headers.

import { isId } from "./words.js";

const ACCEPT = "application/occi+json; version=1.2, application/json";
/** The service's address: the dashboard may stand below any path of a proxy. */
export const BASE = new URL("../", location.href.split("#")[0]);

let session = null;
let offered = null;

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

/** Who is logged in: user, project and region; null when nobody is. */
export function who() {
  return session && { user: session.user, project: session.project, region: session.region };
}

/** Exchange a password for a token; only the token is kept, until the page is closed. */
export async function logIn({ user, password, project, userDomain, projectDomain, region }) {
  const answer = await fetch(new URL("v3/auth/tokens", BASE), {
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
  session = {
    token: answer.headers.get("X-Subject-Token"),
    user: data.token.user.name,
    project: data.token.project.name,
    projectId: data.token.project.id,
    region,
  };
}

/** Revoke the token, and forget it. */
export async function logOut() {
  const token = session && session.token;
  session = null;
  if (token) {
    await fetch(new URL("v3/auth/tokens", BASE), {
      method: "DELETE", headers: { "X-Auth-Token": token }, credentials: "omit",
    }).catch(() => undefined);
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
  return fetch(new URL(path.replace(/^\//, ""), BASE), {
    method, headers: sent, body, signal, credentials: "omit", redirect: "error",
  });
}

/** One request with the user's token: the JSON of the answer; throws a Refusal. */
export async function request(method, path, { body, headers, signal } = {}) {
  const typed = body === undefined ? {} : { "Content-Type": "application/occi+json; version=1.2" };
  let answer;
  try {
    answer = await send(method, path, {
      body: body === undefined ? undefined : JSON.stringify(body), headers: { ...typed, ...headers }, signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, null, "Cannot connect to the service. Is it running?");
  }
  const data = await read(answer);
  if (answer.status === 401 && session) {
    session = null;
    dispatchEvent(new Event("expired"));
  }
  if (!answer.ok) throw new Refusal(answer.status, data);
  return { data, headers: answer.headers };
}

async function read(answer) {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

/** The service's kind of cluster, its actions and components; requested once. */
export async function offer() {
  if (offered === null) {
    const { data } = await request("GET", "-/");
    const kind = data.kinds.find((k) => k.parent) || data.kinds[data.kinds.length - 1];
    const components = data.mixins.filter((m) => m.disco);
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

/** The clusters of the project. */
export async function list(signal) {
  const { location } = await offer();
  const { data } = await request("GET", location, { signal });
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
