// Words for statuses, and the attributes that are secret.

const SECRET = /(password|passwd|secret|token|(secret|private)[._-]?key)$|\.secret\./i;
export const PREFIX = "icclab.disco.components.";
export const HEAT = `${PREFIX}heat.`;
export const PACKAGES = `${PREFIX}packages.`;
export const BOOTSTRAP = `${PACKAGES}bootstrap`;
export const INJECT = "icclab.disco.dependencies.inject";
export const TITLE = "occi.core.title";

/** Attributes that the service's components declare to be secret, whatever they are called. */
const declared = new Set();
export const declareSecret = (name) => declared.add(name);

export const isSecret = (name) => SECRET.test(name) || declared.has(name);

/** Words by name, for names from elsewhere: "constructor" is in no table unless it was put there. */
export const table = (words = {}) => Object.assign(Object.create(null), words);

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

/** The phases in which a cluster is at rest or goes on as it should: mood and words. */
const PHASES = table({
  queued: ["busy", "waiting for Heat"], infrastructure: ["busy", "making servers and network"],
  installing: ["busy", "nodes install"], testing: ["busy", "test jobs run"],
  updating: ["busy", "changing"], suspending: ["busy", "suspending"], suspended: ["still", "suspended"],
  resuming: ["busy", "resuming"], checking: ["busy", "checking after the resume"], deleting: ["busy", "deleting"],
  ended: ["still", "ended, nodes are off"],
});
/** What Heat calls complete; only the nodes can say whether it works. */
const COMPLETE = { mood: "none", words: "complete", why: "", isComplete: true };

/** A status of Heat in words: "create failed". */
export function inWords(status) {
  const [action, ...rest] = status.toLowerCase().split("_");
  const state = rest.join(" ");
  if (state === "complete") return action === "suspend" ? "suspended" : "complete";
  if (state === "failed") return `${action} failed`;
  return status ? `${action} in progress` : "unknown";
}

/**
 * What a cluster is doing, from its attributes: mood (good, bad, busy, still or none, which have a
 * colour and a sign), words, and why if it failed. None is good: see "inLightOf".
 */
export function stateOf(a) {
  const status = a.stack_status || "";
  const phase = a["disco.phase"];
  if (phase === "failed" || isFailed(status)) {
    return { mood: "bad", words: a["disco.check"] === "failed" ? "check failed" : inWords(status), why: whyOf(a) };
  }
  const [mood, words] = PHASES[phase] || [];
  if (phase === "complete") return a["disco.check"] === "unknown" ? { ...COMPLETE, words: "resumed, not checked" } : COMPLETE;
  if (mood) return { mood, words, why: "" };
  if (phase) return { mood: "none", words: phase, why: "" }; // of a newer service
  if (isBusy(status)) return { mood: "busy", words: inWords(status), why: "" };
  if (status.startsWith("SUSPEND")) return { mood: "still", words: "suspended", why: "" };
  if (status.startsWith("RESUME")) return { mood: "none", words: "resumed, not checked yet", why: "" };
  const isOver = a["disco.ending"] === "poweroff" && !(Date.parse(a["disco.expires"]) > Date.now());
  return isOver ? { mood: "none", words: "may have ended", why: "" } : COMPLETE;
}

/** Where and why a cluster failed, on one line. */
function whyOf(a) {
  const of = (name) => a[`disco.failure.${name}`];
  const reason = of("reason") || a.stack_status_reason || "Heat gave no reason";
  const place = [of("node"), of("step")].filter((text) => text && !reason.includes(text));
  return [...place, reason].join(": ").replace(/\s+/g, " ");
}

/** What a complete cluster or node is, by what is told of its health: nothing is green that is not known to work now. */
export function inLightOf(state, health) {
  if (!state.isComplete || !health || !health.status) return state;
  const { check } = health;
  if (check && check.status === "failed") return { mood: "bad", words: "check failed", why: [check.node, check.step, check.reason].filter(Boolean).join(": ") };
  if (health.status === "healthy") return { mood: "good", words: "works", why: "" };
  if (health.status === "unhealthy") return { mood: "bad", words: "not healthy", why: health.reason || "" };
  return { ...state, words: [state.words, "health unknown"].filter(Boolean).join(", ") };
}

/** Whether a cluster's nodes are still being made, and cannot be expected to answer. */
export function isStarting(a) {
  const status = a.stack_status || "";
  const phase = a["disco.phase"];
  return phase ? ["queued", "infrastructure", "installing", "testing"].includes(phase) : status === "" || status === "CREATE_IN_PROGRESS";
}

/** What a property is called; an older description has only its name. */
export function titleOf(described) {
  const words = described.title || described.name.replace(/[._-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A number of things: "1 core", "2 cores". */
export const counted = (number, thing) => `${number} ${thing}${Number(number) === 1 ? "" : "s"}`;

/** What a cluster is called: its name, or the beginning of its id. */
export const nameOf = (id, a) => (a[TITLE] || "").trim() || id.slice(0, 8);

/** MiB as people say it: "512 MiB", "4 GiB". */
export function memory(mb) {
  const gib = mb / 1024;
  return mb < 1024 ? `${mb} MiB` : `${Number.isInteger(gib) ? gib : gib.toFixed(1)} GiB`;
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
