// The service. The token is in this module's memory alone, and goes in a header alone.

const ACCEPT = "application/occi+json; version=1.2, application/json";
/** The service's address: the dashboard may stand below any path of a proxy. */
export const BASE = new URL("../", location.href.split("#")[0]);

let session = null;
let offered = null;

/** What the service refused, with all faults. */
export class Refusal extends Error {
  constructor(status, data, text) {
    super((data && data.message) || text || `The service answered with ${status}.`);
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

/** Change a password for a token; only the token is kept, until the page goes. */
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

/** Have the token taken back, and forget it. */
export async function logOut() {
  const token = session && session.token;
  session = null;
  if (token) {
    await fetch(new URL("v3/auth/tokens", BASE), {
      method: "DELETE", headers: { "X-Auth-Token": token }, credentials: "omit",
    }).catch(() => undefined);
  }
}

/** One request in the user's name, as it comes; for those who look at it themselves. */
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

/** One request in the user's name: the JSON of the answer, or a Refusal. */
export async function request(method, path, { body, headers, signal } = {}) {
  const typed = body === undefined ? {} : { "Content-Type": "application/occi+json; version=1.2" };
  let answer;
  try {
    answer = await send(method, path, {
      body: body === undefined ? undefined : JSON.stringify(body), headers: { ...typed, ...headers }, signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, null, "The service does not answer.");
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

/** What the service offers: its kind of cluster, actions, and components; asked once. */
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
  return data.resources.map(cluster);
}

/** One cluster with all its attributes. */
export async function show(id, signal) {
  const { location } = await offer();
  return cluster((await request("GET", `${location}${id}`, { signal })).data);
}

/** What belongs to a cluster: "events?...", "interfaces". */
export async function part(id, name, signal) {
  const { location } = await offer();
  return (await request("GET", `${location}${id}/${name}`, { signal })).data;
}

/** Invoke one of the kind's actions. */
export async function act(id, term, attributes) {
  const { location, actions } = await offer();
  const body = attributes ? { action: actions[term], attributes } : { action: actions[term] };
  await request("POST", `${location}${id}?action=${term}`, { body });
}

function cluster(raw) {
  const attributes = { ...raw.attributes };
  if (raw.title) attributes["occi.core.title"] = raw.title;
  return {
    id: raw.id.replace("urn:uuid:", ""),
    attributes,
    status: attributes.stack_status || "",
    actions: (raw.actions || []).map((a) => a.split("#").pop()),
  };
}
