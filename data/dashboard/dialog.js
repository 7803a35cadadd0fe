// Dialogs that ask before something is done. Nothing dangerous has the focus, or is done by Enter alone.

import { h } from "./dom.js";

/** Names as people type them: blanks and composed letters do not matter. */
const plain = (text) => text.normalize("NFC").replace(/\s+/g, " ").trim();

/**
 * A dialog that keeps the focus until it is closed; "yes" is called when it was answered.
 * With a name it does so only when that was typed; "name" may be a function that gives it, or ""
 * while none is asked for. A dangerous one without a name has the focus on Cancel.
 */
export function ask(title, content, word, yes, { danger = false, name = "" } = {}) {
  const opener = document.activeElement;
  const wanted = () => typeof name === "function" ? name() : name;
  const typed = h("input", { id: "confirm-name", type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const shown = h("strong", {}, "");
  const confirm = h("div", { class: "field" }, h("label", { for: "confirm-name" }, "Type ", shown, " to confirm"), typed);
  const submit = h("button", { type: "submit" }, word);
  const cancel = h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel");
  const isAllowed = () => !wanted() || plain(typed.value) === plain(wanted());
  function check() {
    shown.textContent = plain(wanted());
    confirm.hidden = !wanted();
    submit.disabled = !isAllowed();
    submit.className = danger || wanted() ? "danger" : "";
  }
  const form = h("form", { oninput: check, onsubmit: (event) => {
    event.preventDefault();
    if (!isAllowed()) return;
    dialog.close();
    yes();
  } }, h("h2", { id: "dialog-title" }, title), content, name ? confirm : "", h("p", { class: "buttons" }, cancel, submit));
  const dialog = h("dialog", { "aria-labelledby": "dialog-title", onclose: () => {
    dialog.remove();
    if (opener) opener.focus();
  } }, form);
  check();
  document.body.append(dialog);
  dialog.showModal();
  (form.querySelector("input:not([hidden] *)") || cancel).focus();
}
