// The jobs of a cluster: what runs and ran, what each says, and how to submit one.

import { repeated } from "./api.js";
import { Badge } from "./badge.js";
import { Reader } from "./logs.js";
import { between, Moment } from "./times.js";
import { again, announce, Copyable, html, Table, useLife, useSignal } from "./ui.js";
import { table } from "./words.js";

const EVERY = 5000;
const STATES = table({
  running: ["busy", "runs"], done: ["good", "done"], failed: ["bad", "failed"], cancelled: ["still", "cancelled"],
  stopped: ["bad", "stopped"], lost: ["bad", "lost"],
});
/** What states mean that do not say so. */
const WHY = table({ stopped: "The master was shut down, or somebody stopped it.", lost: "The master tells nothing of it any more." });
const UNKNOWN = ["none", "not known"];

/** The section; it asks for itself as long as the page is there. */
export function Jobs({ id, starts, works }) {
  const told = useSignal(null);
  const job = useSignal("");
  const stream = useSignal("stdout");
  const wanted = useSignal(0);
  useLife((life) => {
    const ask = repeated(id, "jobs");
    again(life, EVERY, async () => {
      const now = await ask(life);
      if (!now) return;
      const ids = now.jobs.map((one) => one.id);
      const before = new Map((told.value ? told.value.jobs : []).map((one) => [one.id, one.state]));
      // only what is new is said to who does not see it
      for (const one of now.jobs) {
        if (before.has(one.id) && before.get(one.id) !== one.state) announce(`Job ${one.id}: ${(STATES[one.state] || UNKNOWN)[1]}`);
      }
      if (!ids.includes(job.value)) job.value = ids[0] || "";
      told.value = now;
    }, (refusal) => {
      // a service that is older has no jobs to tell of
      if (refusal.status !== 503) told.value = { jobs: [], reason: refusal.status === 404 ? "This service does not tell of jobs." : refusal.message, isRefused: true };
      return refusal.status === 404 ? null : undefined;
    });
  });
  function read(name) {
    job.value = name;
    wanted.value += 1;
  }
  const jobs = told.value ? told.value.jobs : [];
  return html`${jobs.length > 0 && told.value.reason && html`<p class="note">${told.value.reason}</p>`}${told.value && (jobs.length ? html`<${Listed} jobs=${jobs} read=${read}/>` : html`<p>${reasonOf(told.value, starts, works)}</p>`)}
    <${Reader} id=${id} name="job" summary="Read what a job says" search="Lines of the job with" region="What the job says" hidden=${jobs.length === 0}
      query=${{ job: job.value, log: stream.value }} wanted=${wanted.value} fields=${[
        ["job-id", "Job", job, job.value, jobs.map((one) => [one.id, one.id])],
        ["job-stream", "Stream", stream, stream.value, [["stdout", "output"], ["stderr", "errors"]]],
      ]}/>
    <p class="help">Run a file of yours on the cluster:</p><${Copyable} label="submit command" text="disco job submit ${id} FILE"/>`;
}

/** Why there are no jobs. A master that tells its health can be reached: then there are none. */
function reasonOf({ reason, isRefused }, starts, works) {
  if (isRefused) return reason;
  if (starts) return "The master shows no jobs: none was submitted yet, and the nodes are still starting.";
  return works ? "No jobs yet." : reason || "No jobs yet.";
}

const Listed = ({ jobs, read }) => html`<${Table} caption="Jobs, the newest first" head=${["Job", "State", "Began", "Took", "Log"]} rows=${jobs.map((job) => {
  const [mood, words] = STATES[job.state] || UNKNOWN;
  return [job.id,
    html`${job.id}<div class="help">${job.framework}</div>`,
    html`<${Badge} mood=${mood} words=${words}/>${job.status !== null && html`<div class="help">${`exit status ${job.status}`}</div>`}${WHY[job.state] && html`<div class="help">${WHY[job.state]}</div>`}`,
    job.started ? html`<${Moment} at=${job.started}/>` : "",
    job.seconds === null ? "" : between(job.seconds),
    html`<button type="button" class="quiet" aria-label="Read what ${job.id} says" onclick=${() => read(job.id)}>Read</button>`,
  ];
})}/>`;
