// What users want on the nodes beside the frameworks: fields, and the attributes that they stand for.

import { h } from "./dom.js";
import { labelled, property } from "./settings.js";
import { PREFIX } from "./words.js";

export const PACKAGES = `${PREFIX}packages.`;
const BOOTSTRAP = `${PACKAGES}bootstrap`;

/** A group of fields that is closed at first; nothing where an older service knows no packages. */
export function packageFields(base) {
  const component = base.find((m) => m.term === "packages");
  if (!component) return "";
  const [script, others] = [component.disco.properties.find((p) => p.name === "bootstrap"), component.disco.properties.filter((p) => p.name !== "bootstrap" && !p.name.endsWith("*"))];
  const area = (more) => h("textarea", { rows: "3", autocomplete: "off", spellcheck: "false", ...more });
  return h("details", {}, h("summary", {}, "Packages, variables and a script of yours"),
    others.map((p) => property("packages", p)),
    script ? labelled(BOOTSTRAP, "Script", area({}), "Each node runs it as root. Its text, or its address (https) with #sha512= and its digest.") : "",
    h("div", { class: "field" },
      h("label", { for: "variables" }, "Variables of the environment"),
      area({ id: "variables", "aria-describedby": "variables-help" }),
      h("div", { id: "variables-help", class: "help" }, "One NAME=VALUE per line, for every login, daemon, notebook and job.")));
}

/** The attributes of the fields that hold several lines. */
export function packageAttributes(form) {
  const attributes = {};
  const script = form.querySelector(`[data-attribute="${CSS.escape(BOOTSTRAP)}"]`);
  const text = script ? script.value.trim() : "";
  if (/^https:\/\/\S+$/.test(text)) attributes[BOOTSTRAP] = text;
  else if (text) attributes[BOOTSTRAP] = base64(`${text}\n`);
  else if (script && script.dataset.sent) attributes[BOOTSTRAP] = script.dataset.sent;
  for (const line of (form.querySelector("#variables") || { value: "" }).value.split("\n")) {
    const [, name, value] = /^\s*([^=\s]+)\s*=(.*)$/.exec(line) || [];
    if (name) attributes[`${PACKAGES}environment.${name}`] = value.trim();
  }
  return attributes;
}

/** Keep the script of another cluster, which travels packed, until another one is typed. */
export function keepScript(control, value) {
  control.dataset.sent = value;
  control.placeholder = "the other cluster's script";
}

const base64 = (text) => btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
