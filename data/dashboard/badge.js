// How something is, as a sign, a colour and words.

import { html } from "./ui.js";

export const SIGNS = { good: "✓", bad: "✗", busy: "…", still: "‖", none: "·" };

/** A sign that is for the eye only: the words say the same. */
export const Sign = ({ mood }) => html`<span aria-hidden="true">${SIGNS[mood]}</span>`;

/** "mood" is good, bad, busy, still or none. */
export const Badge = ({ mood, words }) => html`<span class="badge ${mood}"><${Sign} mood=${mood}/> ${words}</span>`;
