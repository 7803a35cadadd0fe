// The jobs of a cluster: what runs and ran, what each says, and how to submit one.

import { repeated } from "./api.js";
import { announce, copyable, h, section, table } from "./dom.js";
import { again } from "./health.js";
import { fill, reader } from "./logs.js";
import { between, moment } from "./times.js";
import { SIGNS } from "./words.js";

const EVERY = 5000;
const STATES = {
  running: ["busy", "runs"], done: ["good", "done"], failed: ["bad", "failed"], cancelled: ["still", "cancelled"],
  stopped: ["bad", "stopped"], lost: ["bad", "lost"],
};
/** What states mean that do not say so. */
const WHY = { stopped: "The master was shut down, or somebody stopped it.", lost: "The master tells nothing of it any more." };
const UNKNOWN = ["none", "not known"];

/** The section; it asks for itself as long as the page is there. */
export function jobList(id, signal) {
  const job = h("select", { id: "job-id", onchange: () => viewer.restart() });
  const stream = h("select", { id: "job-stream", onchange: () => viewer.restart() },
    h("option", { value: "stdout" }, "output"), h("option", { value: "stderr" }, "errors"));
  const viewer = reader({
    id, signal, name: "job", summary: "Read what a job says", search: "Lines of the job with", region: "What the job says",
    fields: [["Job", job], ["Stream", stream]], query: () => ({ job: job.value, log: stream.value }),
  });
  const shown = section((jobs, reason) => drawn(jobs, reason, read));
  const ask = repeated(id, "jobs");
  const submit = copyable("submit command", `disco job submit ${id} FILE`);
  const element = h("div", {}, shown.element, viewer.element, h("p", { class: "help" }, "Run a file of yours on the cluster:"), submit.element);
  let states = null;

  viewer.element.hidden = true;
  again(signal, EVERY, async () => {
    const told = await ask(signal);
    if (!told) return;
    fill(job, told.jobs.map((one) => one.id));
    viewer.element.hidden = told.jobs.length === 0;
    shown.show(told.jobs, told.reason);
    const now = new Map(told.jobs.map((one) => [one.id, one.state]));
    // only what is new is said to who does not see it
    for (const [name, state] of states || []) {
      if (now.has(name) && now.get(name) !== state) announce(`Job ${name}: ${(STATES[now.get(name)] || UNKNOWN)[1]}`);
    }
    states = now;
  }, (refusal) => {
    // a service that is older has no jobs to tell of
    if (refusal.status !== 503) shown.show([], refusal.status === 404 ? "This service does not tell of jobs." : refusal.message);
  });

  function read(name) {
    job.value = name;
    viewer.open();
  }
  return element;
}

function drawn(jobs, reason, read) {
  if (!jobs.length) return h("p", {}, reason || "No jobs yet.");
  return table("Jobs, the newest first", ["Job", "State", "Began", "Took", "Log"], jobs.map((job) => {
    const [mood, words] = STATES[job.state] || UNKNOWN;
    return [
      h("div", {}, job.id, h("div", { class: "help" }, job.framework)),
      h("div", {}, h("span", { class: `badge ${mood}` }, h("span", { "aria-hidden": "true" }, SIGNS[mood]), ` ${words}`),
        job.status === null ? "" : h("div", { class: "help" }, `exit status ${job.status}`), WHY[job.state] ? h("div", { class: "help" }, WHY[job.state]) : ""),
      job.started ? moment(job.started) : "",
      job.seconds === null ? "" : between(job.seconds),
      h("button", { type: "button", class: "quiet", "aria-label": `Read what ${job.id} says`, onclick: () => read(job.id) }, "Read"),
    ];
  }));
}
