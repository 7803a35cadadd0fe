// What is in the form of a new cluster, for when the page is loaded again: in this tab's storage, and
// without all that may be secret.

import { BASE, keepInTab, keptInTab, who } from "./api.js";

/** Another service below the same origin, and another project, has a form of its own. */
const place = () => `disco-draft ${BASE.pathname} ${who() ? who().projectId : ""}`;

/** What the form of this address had, as "keepDraft" was given it; null if nothing is kept. */
export function keptDraft(query) {
  const kept = keptInTab(place());
  return kept && kept.query === query && kept.form && typeof kept.form === "object" ? kept.form : null;
}

/** Keep what a form has; null for nothing. */
export function keepDraft(query, form) {
  keepInTab(place(), form && { query, form });
}
