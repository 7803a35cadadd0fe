// The same request for a shell, with curl and with disco, without secrets.

import { BASE, who } from "./api.js";
import { HEAT, INJECT, isSecret, PACKAGES, PREFIX, table, TITLE } from "./words.js";

const OPTIONS = table({
  [TITLE]: "--name",
  [`${HEAT}masterimage`]: "--master-image",
  [`${HEAT}slaveimage`]: "--worker-image",
  [`${HEAT}masterflavor`]: "--master-flavor",
  [`${HEAT}slaveflavor`]: "--worker-flavor",
  [`${HEAT}slavecount`]: "--workers",
  [`${HEAT}externalnetworkname`]: "--external-network",
  [`${HEAT}networkname`]: "--network",
  [`${HEAT}rootvolumesize`]: "--root-volume-size",
  [`${HEAT}rootvolumetype`]: "--root-volume-type",
  [`${HEAT}availabilityzone`]: "--availability-zone",
  [`${HEAT}allowedcidr`]: "--allowed-cidr",
  [`${HEAT}sshkeyname`]: "--key-pair",
  [`${HEAT}ttl`]: "--ttl",
  [`${PACKAGES}apt`]: "--apt",
  [`${PACKAGES}pip`]: "--pip",
  [`${PACKAGES}jars`]: "--jars",
  [`${PACKAGES}bootstrap.when`]: "--bootstrap-when",
});

/** What a terminal that is pasted into may obey: a line end is Enter there, and no quote holds it. */
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** JSON with escapes for the controls that JSON leaves as they are. */
const asJson = (value, indent) => JSON.stringify(value, null, indent)
  .replace(CONTROLS, (one) => one === "\n" ? one : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A word, quoted for a POSIX shell; "?" for each control. Other members of the project may have written it. */
export function quote(word) {
  const text = word.replace(CONTROLS, "?");
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The variable that stands for a secret. */
function variable(name) {
  return name.replace(PREFIX, "").replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
}

/** curl with a JSON body; credentials and secrets are variables of the shell. */
export function curl(attributes, offer, path = offer.location) {
  // only these stand for variables: another value may look like one
  const secrets = new Set(Object.keys(attributes).filter(isSecret).map(variable));
  const shown = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, isSecret(name) ? `@@${variable(name)}@@` : value]));
  const body = asJson({ kind: offer.type, attributes: shown }, 2)
    .replaceAll("'", "'\\''")
    .replace(/@@([A-Z0-9_]+)@@/g, (text, name) => secrets.has(name) ? `'"$${name}"'` : text);
  return [
    `curl -i -X POST ${quote(new URL(path, BASE).href)}`,
    ...credentials(),
    "  -H 'Content-Type: application/occi+json; version=1.2'",
    `  -d '${body}'`,
  ].join(" \\\n");
}

/**
 * Headers with the credentials of an openrc. Domains are sent by name and by id: an openrc has one
 * of them, and curl sends no header without a value.
 */
export function credentials() {
  const { region } = who() || {};
  return [
    '  -H "X-User-Name: $OS_USERNAME" -H "X-Password: $OS_PASSWORD"',
    '  -H "X-User-Domain-Name: ${OS_USER_DOMAIN_NAME:-}" -H "X-User-Domain-Id: ${OS_USER_DOMAIN_ID:-}"',
    '  -H "X-Tenant-Name: $OS_PROJECT_NAME"',
    '  -H "X-Project-Domain-Name: ${OS_PROJECT_DOMAIN_NAME:-}" -H "X-Project-Domain-Id: ${OS_PROJECT_DOMAIN_ID:-}"',
    ...(region ? [`  -H ${quote(`X-Region-Name: ${region}`)}`] : []),
  ];
}

/** The keys of a cluster file; numbers are written as such. */
const KEYS = table({
  ...Object.fromEntries(Object.entries(OPTIONS).map(([name, option]) => [name, option.slice(2).replaceAll("-", "_")])),
  [`${HEAT}ttl`]: "ttl", [`${HEAT}idle`]: "idle", [`${HEAT}network`]: "existing_network",
});
const NUMBERS = ["workers", "root_volume_size"];

/** A value of YAML that means the same text to every reader. */
const scalar = (text) => /^[A-Za-z][A-Za-z0-9_./-]*$/.test(text) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(text) ? text : asJson(text);

/** The cluster file; secrets are left out, and named in a comment. */
export function clusterFile(attributes) {
  const [lines, properties, others, left] = [[], table(), [], []];
  for (const [name, value] of Object.entries(attributes)) {
    const key = KEYS[name];
    const [component, ...rest] = name.replace(PREFIX, "").split(".");
    if (name === INJECT) continue;
    if (isSecret(name)) left.push(name.replace(PREFIX, "").replace(".secret.", "."));
    else if (key) lines.push(`${key}: ${NUMBERS.includes(key) && /^\d{1,9}$/.test(value) ? value : scalar(value)}`);
    else if (name.startsWith(PREFIX)) (properties[component] ||= []).push(`    ${scalar(rest.join("."))}: ${scalar(value)}`);
    else others.push(`  ${scalar(name)}: ${scalar(value)}`);
  }
  const frameworks = Object.entries(JSON.parse(attributes[INJECT] || "{}"));
  if (frameworks.length) lines.push("frameworks:", ...frameworks.map(([name, version]) => `  ${scalar(name)}: ${version ? scalar(version) : '""'}`));
  if (Object.keys(properties).length) lines.push("properties:", ...Object.entries(properties).flatMap(([name, own]) => [`  ${scalar(name)}:`, ...own]));
  if (others.length) lines.push("attributes:", ...others);
  return [...lines, ...left.map((name) => `# a secret is in a file of its own: --secret ${quote(name)}=FILE`)].join("\n");
}

/** The command line. */
export function command(attributes, verb = "create") {
  const words = [];
  const frameworks = JSON.parse(attributes[INJECT] || "{}");
  for (const [name, version] of Object.entries(frameworks)) words.push(version ? `${name}=${version}` : name);
  const lines = [`disco ${verb} ${words.map(quote).join(" ")}`.trim()];
  for (const [name, value] of Object.entries(attributes)) {
    const given = isSecret(name) ? `"$${variable(name)}"` : null;
    if (name === INJECT) continue;
    // after a space a value that begins with a hyphen would be an option
    if (OPTIONS[name]) lines.push(`  ${OPTIONS[name]}${value.startsWith("-") ? "=" : " "}${quote(value)}`);
    else if (name.startsWith(PREFIX)) lines.push(`  -p ${given ? `${quote(`${name.replace(PREFIX, "")}=`)}${given}` : quote(`${name.replace(PREFIX, "")}=${value}`)}`);
    else lines.push(`  -a ${given ? `${quote(`${name}=`)}${given}` : quote(`${name}=${value}`)}`);
  }
  const { region } = who() || {};
  if (region) lines.push(`  --os-region-name ${quote(region)}`);
  lines.push(`  --endpoint ${quote(BASE.href)}`);
  return lines.join(" \\\n");
}
