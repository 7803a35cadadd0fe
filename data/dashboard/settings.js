// Fields for the attributes of a cluster, from the service's description of their types.

import { networkFault } from "./networks.js";
import { inWords } from "./trouble.js";
import { html, useLayoutEffect, useRef } from "./ui.js";
import { PREFIX, titleOf } from "./words.js";

/** The id of an attribute's control. */
export const controlId = (attribute) => `f-${attribute.replace(/[^A-Za-z0-9]/g, "-")}`;

/** Milliseconds until a click has ended that leaves a field: text that appears before moves its button away. */
const AFTER_CLICK = 300;

/** A labelled control, whose events the form takes: a choice where there are options, several lines, or one. */
export function Field({ draft, of, label, help, options, isNetwork, isLong, ...more }) {
  const id = controlId(of);
  const fault = draft.faults.value[of];
  const control = {
    id, "data-attribute": of, "aria-describedby": `${id}-help ${id}-fault`, "aria-invalid": fault ? "true" : undefined,
    value: draft.values.value[of] ?? "", ...(isNetwork && checked(draft, of)), ...more,
  };
  return html`<div class="field"><label for=${id}>${label}</label>
    ${options ? html`<${Choice} options=${options} ...${control}/>` : isLong ? html`<textarea rows="3" autocomplete="off" spellcheck=${false} ...${control}/>`
      : html`<input type="text" autocomplete="off" ...${control}/>`}
    <div id="${id}-help" class="help">${help}</div><div id="${id}-fault" class="fault-text">${fault}</div></div>`;
}

/** A network is checked when it has been typed, and again while it is mended. */
function checked(draft, of) {
  function check(text, isMended) {
    const fault = networkFault(text.trim());
    if (!fault && !isMended) return;
    draft.seen[of] = fault;
    draft.faults.value = { ...draft.faults.value, [of]: fault };
  }
  return {
    oninput: ({ target }) => draft.faults.value[of] && check(target.value, true),
    onchange: ({ target }) => setTimeout(() => check(target.value, draft.faults.value[of] === draft.seen[of]), AFTER_CLICK),
  };
}

/** A choice; options are [value, text] or texts. What is chosen can be chosen, whatever the options become. */
export function Choice({ options, value, ...more }) {
  const all = options.map((option) => Array.isArray(option) ? option : [option, option]);
  const known = all.some(([one]) => one === value) ? all : [[value, value], ...all];
  return html`<select value=${value} ...${more}>${known.map(([one, text]) => html`<option value=${one} key=${one}>${text}</option>`)}</select>`;
}

/** The field of a property that the service describes; "of" is what the property is of, where it may be of several. */
export function Property({ draft, component, described, of }) {
  // the first version is the default
  const given = String(described.default ?? (described.name === "version" ? described.values[0] : ""));
  const none = ["", `default (${given || "none"})`];
  const kinds = {
    enum: { options: [none, ...(described.values || [])] }, bool: { options: [none, "true", "false"] },
    secret: { type: "password", autocomplete: "new-password", placeholder: described.generated ? "generated" : "" },
    cidr: { isNetwork: true, placeholder: given }, int: { inputmode: "numeric", placeholder: given },
  };
  return html`<${Field} draft=${draft} of="${PREFIX}${component}.${described.name}" label=${of ? `${of}: ${titleOf(described)}` : titleOf(described)} help=${described.description}
    ...${Object.hasOwn(kinds, described.type) ? kinds[described.type] : { placeholder: given }}/>`;
}

/** Have the faults of a refusal at their fields; gives the list of all, which lead to these: [{id, text}]. */
export function placeFaults(draft, form, refusal) {
  const faults = {};
  const items = refusal.faults.map((fault) => {
    const [attribute, text] = [fault.attribute, inWords(fault)];
    const control = attribute && form.querySelector(`[data-attribute="${CSS.escape(attribute)}"], textarea[name="${CSS.escape(attribute)}"]`);
    if (!control) return { text: attribute ? `${attribute}: ${text}` : text };
    faults[attribute] = faults[attribute] ? `${faults[attribute]} ${text}` : text;
    for (let around = control.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    const name = (form.querySelector(`label[for="${control.id}"]`) || { textContent: attribute }).textContent;
    return { id: control.id, text: `${name}: ${text}` };
  });
  draft.faults.value = faults;
  return items;
}

/** What happened to a request that was not carried out: only an answer is a refusal. */
function outcomeOf({ status, faults }) {
  if (faults.length > 1) return `${faults.length} errors`;
  if (status === undefined) return "1 error"; // found by the page
  if (status === 0) return "No connection to the service";
  return status >= 500 ? "The request could not be carried out" : "The request was refused";
}

/** All faults of a refused request, above the form. */
export function Faults({ refusal, items }) {
  const heading = useRef();
  useLayoutEffect(() => heading.current.focus(), [refusal]);
  const lead = (id) => (event) => {
    event.preventDefault();
    document.getElementById(id).focus();
  };
  return html`<div class="fault"><h2 tabindex="-1" ref=${heading}>${outcomeOf(refusal)}</h2>
    ${items.length ? html`<ul>${items.map(({ id, text }) => html`<li>${id ? html`<a href="#${id}" onclick=${lead(id)}>${text}</a>` : text}</li>`)}</ul>` : html`<p>${refusal.message}</p>`}
    ${refusal.hint && html`<p>${refusal.hint}</p>`}</div>`;
}
