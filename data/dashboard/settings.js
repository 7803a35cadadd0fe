// Controls for the attributes of a cluster, from the service's description of their types.

import { h } from "./dom.js";
import { networkFault } from "./networks.js";
import { PREFIX } from "./words.js";

/** The id of an attribute's control. */
export const controlId = (attribute) => `f-${attribute.replace(/[^A-Za-z0-9]/g, "-")}`;

/** A labelled control; "input" events bubble from it to the form. */
export function labelled(attribute, label, control, help) {
  const id = controlId(attribute);
  control.id = id;
  control.dataset.attribute = attribute;
  control.setAttribute("aria-describedby", `${id}-help ${id}-fault`);
  return h("div", { class: "field" },
    h("label", { for: id }, label),
    control,
    h("div", { id: `${id}-help`, class: "help" }, help || ""),
    h("div", { id: `${id}-fault`, class: "fault-text" }));
}

/** Milliseconds until a click has ended that leaves a field: text that appears before moves its button away. */
const AFTER_CLICK = 300;

/** A field for a network, which is checked when it has been typed, and again while it is mended. */
export function networkField(more) {
  let isMine = false; // and not what the service says of it
  const control = h("input", { type: "text", autocomplete: "off", onchange: () => setTimeout(check, AFTER_CLICK), oninput: mend, ...more });
  function mend() {
    if (!control.hasAttribute("aria-invalid")) return;
    isMine = true;
    check();
  }
  function check() {
    const fault = networkFault(control.value.trim());
    if (!fault && !isMine) return;
    isMine = Boolean(fault);
    document.getElementById(`${control.id}-fault`).textContent = fault;
    if (fault) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
  return control;
}

/** A choice; options are [value, text] or texts. */
export function choice(options, value, more) {
  return h("select", { ...more }, options.map((option) => {
    const [one, text] = Array.isArray(option) ? option : [option, option];
    return h("option", { value: one, selected: one === value ? "" : undefined }, text);
  }));
}

/** The control of a property that the service describes. */
export function property(component, described) {
  const attribute = `${PREFIX}${component}.${described.name}`;
  return labelled(attribute, `${component}: ${described.name}`, control(described), described.description);
}

function control(described) {
  // the first version is the default
  const first = described.name === "version" ? described.values[0] : "";
  const given = String(described.default ?? first);
  if (described.type === "enum") return choice([["", `default (${given || "none"})`], ...described.values], "");
  if (described.type === "bool") return choice([["", `default (${given || "none"})`], "true", "false"], "");
  if (described.type === "secret") {
    return h("input", { type: "password", autocomplete: "new-password", placeholder: described.generated ? "generated" : "" });
  }
  if (described.type === "cidr") return networkField({ placeholder: given });
  const range = described.type === "int" ? { inputmode: "numeric" } : {};
  return h("input", { type: "text", autocomplete: "off", placeholder: given, ...range });
}

/** Show faults at their controls, and a list of all above the form. */
export function showFaults(form, summary, refusal) {
  clearFaults(form, summary);
  const items = [];
  for (const fault of refusal.faults) {
    const text = fault.allowed ? `${fault.message} (allowed: ${fault.allowed})` : fault.message;
    const control = fault.attribute && form.querySelector(`[data-attribute="${CSS.escape(fault.attribute)}"]`);
    if (!control) {
      items.push(h("li", {}, fault.attribute ? `${fault.attribute}: ${text}` : text));
      continue;
    }
    const place = document.getElementById(`${control.id}-fault`);
    place.textContent = place.textContent ? `${place.textContent} ${text}` : text;
    control.setAttribute("aria-invalid", "true");
    for (let around = control.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    const name = (form.querySelector(`label[for="${control.id}"]`) || { textContent: fault.attribute }).textContent;
    items.push(h("li", {}, h("a", { href: `#${control.id}`, onclick: (event) => { event.preventDefault(); control.focus(); } }, `${name}: ${text}`)));
  }
  summary.replaceChildren(h("div", { class: "fault" },
    h("h2", { tabindex: "-1" }, refusal.faults.length > 1 ? `${refusal.faults.length} errors` : "The request was refused"),
    items.length ? h("ul", {}, items) : h("p", {}, refusal.message),
    refusal.hint ? h("p", {}, refusal.hint) : ""));
  summary.querySelector("h2").focus();
}

/** Remove the faults of an earlier request. */
export function clearFaults(form, summary) {
  summary.replaceChildren();
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    document.getElementById(`${control.id}-fault`).textContent = "";
  }
}
