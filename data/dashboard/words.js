// Words for statuses, and the attributes that are secret.

const SECRET = /(password|passwd|secret|token|private_?key)$/i;
export const PREFIX = "icclab.disco.components.";
export const HEAT = `${PREFIX}heat.`;
export const INJECT = "icclab.disco.dependencies.inject";
export const TITLE = "occi.core.title";

export const isSecret = (name) => SECRET.test(name);
export const isBusy = (status) => status === "" || status.endsWith("_IN_PROGRESS");
export const isFailed = (status) => status.endsWith("_FAILED");

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*$/i;

/** Whether this is the id of a cluster. */
export const isId = (text) => typeof text === "string" && ID.test(text);

/**
 * Whether a URL leads to the cluster: http or https, and its own IP address. Every member of the
 * project can make a stack that says something else.
 */
export function isOwn(url, address) {
  if (typeof url !== "string" || !(IPV4.test(address) || IPV6.test(address))) return false;
  try {
    const { protocol, hostname, username, password } = new URL(url);
    const place = IPV4.test(address) ? address : `[${address}]`;
    const host = new URL(["http:", "", place].join("/")).hostname;
    return /^https?:$/.test(protocol) && hostname === host && username === "" && password === "";
  } catch {
    return false;
  }
}

/** good, bad, busy or still, which have a colour and a sign. */
export function mood(status) {
  if (isFailed(status)) return "bad";
  if (isBusy(status)) return "busy";
  return status.startsWith("SUSPEND") ? "still" : "good";
}

export const SIGNS = { good: "✓", bad: "✗", busy: "…", still: "‖", none: "·" };

/** A status in words: "create failed". */
export function inWords(status) {
  const [action, ...rest] = status.toLowerCase().split("_");
  const state = rest.join(" ");
  if (state === "complete") return action === "suspend" ? "suspended" : "complete";
  if (state === "failed") return `${action} failed`;
  return status ? `${action} in progress` : "unknown";
}

/** The groups of workers that a request asks for, in JSON or as Python writes it: [{name, count, flavor}]. */
export function groupsOf(attributes) {
  const text = attributes[`${HEAT}groups`] || "{}";
  const asJson = text.replaceAll("'", '"').replace(/\bTrue\b/g, "true").replace(/\bFalse\b/g, "false").replace(/,\s*}/g, "}");
  for (const form of [text, asJson]) {
    try {
      return Object.entries(JSON.parse(form)).map(([name, group]) => ({ name, flavor: group.flavor, count: Number.parseInt(group.count, 10) || 0 }));
    } catch { /* the other form, or one that only the service reads */ }
  }
  return [];
}

export function frameworks(attributes) {
  if (attributes["disco.frameworks"]) return attributes["disco.frameworks"].split("+");
  const text = attributes[INJECT] || "";
  return [...text.matchAll(/['"]([a-z0-9_-]+)['"]\s*:/g)].map((m) => m[1]);
}
