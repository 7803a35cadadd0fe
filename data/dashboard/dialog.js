// Dialogs that ask before something is done. Nothing dangerous has the focus, or is done by Enter alone.

import { html, signal, typed, useLayoutEffect, useRef, useSignal } from "./ui.js";

/** Names as people type them: blanks and composed letters do not matter. */
const plain = (text) => text.normalize("NFC").replace(/\s+/g, " ").trim();

const asked = signal(null);

/**
 * A dialog that keeps the focus until it is closed; "yes" is called when it was answered. Its
 * content is a component. With a name it is answered only when that was typed; "name" may be a
 * function that gives it, or "" while none is asked for. A dangerous one without a name has the
 * focus on Cancel.
 */
export function ask(title, content, word, yes, { danger = false, name = "" } = {}) {
  asked.value = { title, content, word, yes, danger, name, opener: document.activeElement };
}

/** Close what is asked: its page has gone. */
export function dismiss() {
  asked.value = null;
}

/** The place of the dialog. */
export const Dialog = () => asked.value && html`<${Asking} ...${asked.value}/>`;

function Asking({ title, content, word, yes, danger, name, opener }) {
  const dialog = useRef();
  const cancel = useRef();
  const said = useSignal("");
  const wanted = plain(typeof name === "function" ? name() : name);
  const isAllowed = !wanted || plain(said.value) === wanted;
  useLayoutEffect(() => {
    dialog.current.showModal();
    (dialog.current.querySelector("input:not([hidden] *)") || cancel.current).focus();
  }, []);
  function submit(event) {
    event.preventDefault();
    if (!isAllowed) return;
    dialog.current.close();
    yes();
  }
  function closed() {
    asked.value = null;
    if (opener) opener.focus();
  }
  return html`<dialog aria-labelledby="dialog-title" ref=${dialog} onclose=${closed}><form onsubmit=${submit}>
    <h2 id="dialog-title">${title}</h2><${content}/>
    ${name && html`<div class="field" hidden=${!wanted}><label for="confirm-name">Type <strong>${wanted}</strong> to confirm</label>
      <input id="confirm-name" type="text" autocomplete="off" autocapitalize="none" spellcheck=${false} ...${typed(said)}/></div>`}
    <p class="buttons"><button type="button" class="quiet" ref=${cancel} onclick=${() => dialog.current.close()}>Cancel</button>
      <button type="submit" class=${danger || wanted ? "danger" : ""} disabled=${!isAllowed}>${word}</button></p>
  </form></dialog>`;
}
