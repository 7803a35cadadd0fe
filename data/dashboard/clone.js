// The request that a cluster was made with, for another one like it.

import { TITLE, frameworks, INJECT, isSecret, nameOf, PREFIX } from "./words.js";

/** Attributes of the infrastructure that are of one cluster, or of a change to it. */
const OWN = [`${PREFIX}heat.remove`];

/** {name: version} of the frameworks that were asked for. */
function injected(a) {
  const text = a[INJECT] || "";
  const pairs = [...text.matchAll(/['"]([a-z0-9_-]+)['"]\s*:\s*['"]([^'"]*)['"]/g)].map(([, name, version]) => [name, version]);
  return Object.fromEntries(pairs.length ? pairs : frameworks(a).map((name) => [name, ""]));
}

/**
 * Frameworks and attributes for the form. Secrets are not there: who clones gives them anew, or
 * has new ones made.
 */
export function requestOf({ id, attributes: a }) {
  const asked = Object.entries(a).filter(([name, value]) =>
    PLAIN.test(name) && name.startsWith(PREFIX) && !isSecret(name) && !OWN.includes(name) && value !== "***");
  const attributes = asked.map(([name, value]) => [name, onOneLine(value)]);
  return { frameworks: injected(a), attributes: { ...Object.fromEntries(attributes), [TITLE]: `${onOneLine(nameOf(id, a))} copy` } };
}

/** Whoever made the other cluster's stack may have written anything: one attribute must not become two in the form's lines. */
const PLAIN = /^[\w.:*-]+$/;
const onOneLine = (text) => String(text).replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ");

/** The largest script that is shown, in bytes; what is larger stays as it is. */
const MOST = 65536;

/** The text of a script as it travels, or its address; empty where it cannot be read. */
export async function scriptIn(value) {
  if (!value || value.startsWith("https://")) return value || "";
  try {
    const packed = Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
    const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? await unzipped(packed) : packed;
    return bytes.length > MOST ? "" : new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch {
    return "";
  }
}

/** What gzip has made smaller, as far as it is of any use here: its end may be anywhere. */
async function unzipped(packed) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts = [];
  for (let size = 0; size <= MOST;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
  }
  reader.cancel().catch(() => undefined);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
