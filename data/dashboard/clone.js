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
    name.startsWith(PREFIX) && !isSecret(name) && !OWN.includes(name) && value !== "***");
  return { frameworks: injected(a), attributes: { ...Object.fromEntries(asked), [TITLE]: `${nameOf(id, a)} copy` } };
}
