// The page of a cluster: its status, nodes, interfaces, access and actions.

import { listNodes, part, show } from "./api.js";
import { actions } from "./actions.js";
import { badge } from "./clusters.js";
import { announce, copyable, h, later, section, table } from "./dom.js";
import { liveHealth } from "./health.js";
import { jobList } from "./jobs.js";
import { logViewer } from "./logs.js";
import { lastHour } from "./plots.js";
import { clock, moment } from "./times.js";
import { noCluster, trouble } from "./trouble.js";
import { nodesOf, stepList } from "./steps.js";
import { topology } from "./topology.js";
import { HEAT, frameworks, isBusy, isOwn, isSecret, nameOf, stateOf } from "./words.js";

const KEPT = 2000;

export function cluster({ signal, id, go }) {
  const heading = h("h1", {}, `Cluster ${id.slice(0, 8)}`);
  const error = h("div", { role: "alert" });
  const parts = {
    state: section(state), failure: section(failure), todo: section((c) => actions(c, refresh)),
    picture: section((nodes, address) => topology(nodes, address)), steps: section(nodeSteps),
    pages: section(pages), access: section(access), news: section(infrastructure), all: section(attributes),
  };
  const logs = logViewer(id, signal);
  Object.assign(parts, {
    health: { element: liveHealth(id, signal) }, hour: { element: lastHour(id, signal) }, logs: { element: logs.element },
    jobs: { element: jobList(id, signal) },
  });
  let events = [];
  let marker = "";
  let known = null;
  let interfaces = [];
  let listed = null;
  let reading = false;
  let turn = 0;

  const place = (title, name) => h("section", { "aria-labelledby": `at-${name}` }, h("h2", { id: `at-${name}` }, title), parts[name].element);
  const whole = h("div", {},
    h("div", { role: "status" }, parts.state.element), h("div", { role: "alert" }, parts.failure.element), parts.todo.element,
    h("div", { class: "columns" },
      h("div", {}, place("Health now", "health"), place("Last hour", "hour"), place("Jobs", "jobs"), place("Topology", "picture"), place("Nodes", "steps"), place("Logs", "logs"), place("Events", "news")),
      h("div", {}, place("Interfaces", "pages"), place("Access", "access"), place("Attributes", "all"))));
  whole.hidden = true;

  async function refresh() {
    if (reading) return;
    reading = true;
    turn += 1;
    const mine = turn;
    let pause = 5000;
    try {
      const now = await show(id, signal);
      const page = await part(id, `events${marker ? `?since=${encodeURIComponent(marker)}` : ""}`, signal);
      events = [...events, ...page.events].slice(-KEPT);
      marker = page.marker;
      if (!known || known.status !== now.status) {
        if (known) announce(`The cluster: ${stateOf(now.attributes).words}`);
        listed = await listNodes(id, signal);
        interfaces = (await part(id, "interfaces", signal)).interfaces;
      } else if (known.attributes.external_ip !== now.attributes.external_ip) {
        interfaces = (await part(id, "interfaces", signal)).interfaces;
      }
      known = now;
      draw();
      error.replaceChildren();
      pause = stateOf(now.attributes).mood === "busy" ? 1500 : 8000;
    } catch (refusal) {
      if (signal.aborted) return;
      if (refusal.status === 404) {
        gone();
        return;
      }
      error.replaceChildren(await trouble(refusal, signal));
    } finally {
      reading = false;
    }
    later(signal, pause, () => mine === turn && refresh()); // an action may have refreshed it meanwhile
  }

  function draw() {
    const { attributes: a } = known;
    const now = stateOf(a);
    heading.textContent = nameOf(id, a) === id.slice(0, 8) ? `Cluster ${id.slice(0, 8)}` : nameOf(id, a);
    document.title = `${heading.textContent} - DISCO`;
    const nodes = nodesOf(known, listed, events);
    parts.state.show(now, a, id, progressOf(nodes));
    parts.failure.show(now.mood === "bad" ? a : null, now.words);
    parts.todo.show({ id, actions: known.actions, name: nameOf(id, a), workers: a[`${HEAT}slavecount`] });
    parts.picture.show(nodes.map(({ steps, ...rest }) => rest), a.external_ip);
    parts.steps.show(nodes, listed === null);
    logs.update(nodes);
    parts.pages.show(interfaces, id, a.external_ip);
    parts.access.show(a, id);
    parts.news.show(events.filter((e) => e.source === "heat").slice(-60));
    parts.all.show(a);
    whole.hidden = false;
  }

  function gone() {
    announce(known ? "The cluster is deleted" : "No such cluster");
    whole.replaceChildren(known ? h("p", { class: "note" }, "The cluster is deleted. ", h("a", { href: "#/" }, "Back to the list")) : noCluster(id));
    if (!known) heading.textContent = "No such cluster";
    document.title = `${heading.textContent} - DISCO`;
    whole.hidden = false;
    error.replaceChildren();
  }

  refresh();
  return h("div", {}, h("p", { class: "help" }, h("a", { href: "#/" }, "Clusters")), heading, error, whole);
}

/** The steps of the nodes, with a note where an older service does not list the nodes. */
function nodeSteps(nodes, isOlder) {
  return [
    isOlder ? h("p", { class: "note" }, "This service is older than the dashboard and does not list the nodes. The master and the nodes with events are shown.") : "",
    ...stepList(nodes),
  ];
}

/** What happens to the cluster when, if it has an end. */
function endOf(a) {
  const powersOff = a["disco.ending"] === "poweroff";
  if (!a["disco.expires"]) return a["disco.ending"] ? `When it is idle, ${powersOff ? "its nodes power off" : "it is deleted"}.` : "";
  const at = moment(a["disco.expires"], true);
  return powersOff ? ["Its nodes power off at ", at, "; then delete it."] : ["It will be deleted at ", at, "."];
}

/** How far the nodes are: Heat's resources are there long before. */
function progressOf(nodes) {
  const steps = nodes.flatMap((node) => node.steps);
  const count = (mood) => steps.filter((step) => step.mood === mood).length;
  return steps.length ? `${count("good")} ${count("good") === 1 ? "step" : "steps"} done on the nodes, ${count("busy")} running.` : "The nodes have told of no step yet.";
}

function state(now, a, id, steps) {
  const isInstalling = ["installing", "testing"].includes(a["disco.phase"]);
  const [done, all] = isInstalling ? [] : (a["disco.progress"] || "").split("/").map(Number);
  const end = endOf(a);
  return [
    h("p", { class: "state" }, badge(now), " ", h("code", {}, a.stack_status || ""), ` ${frameworks(a).join(", ")}`),
    all && isBusy(a.stack_status || "") ? h("p", {}, h("label", { for: "progress" }, `${done} of ${all} resources done `), h("progress", { id: "progress", max: String(all), value: String(done) })) : "",
    isInstalling ? h("p", {}, "All servers are there. ", steps, a["disco.phase_since"] ? [" It began ", moment(a["disco.phase_since"]), "."] : "") : "",
    a["disco.created"] ? h("p", {}, "Created ", moment(a["disco.created"], true), ".") : "",
    end ? h("p", {}, end) : "",
    a["disco.warnings"] ? h("ul", { class: "note" }, a["disco.warnings"].split(";").map((w) => h("li", {}, w.trim()))) : "",
    h("p", { class: "help" }, id),
  ];
}

function failure(a, words) {
  if (!a) return [];
  const rows = ["node", "step", "hint"].filter((name) => a[`disco.failure.${name}`]);
  const lines = (a["disco.failure.lines"] || "").replaceAll("\\n", "\n");
  return h("div", { class: "fault" }, h("h2", {}, a["disco.check"] === "failed" ? "The cluster does not work: its check failed" : "The cluster failed", h("span", { class: "unseen" }, ` (${words})`)),
    h("dl", {}, rows.map((name) => [h("dt", {}, name), h("dd", {}, a[`disco.failure.${name}`])])),
    h("pre", { tabindex: "0", "aria-label": "Reason" }, a["disco.failure.reason"] || a.stack_status_reason || "Heat gave no reason."),
    lines ? h("pre", { tabindex: "0", "aria-label": "Last lines of the step" }, lines) : "");
}

function pages(told, id, address) {
  const interfaces = told.map((i) => ({ ...i, url: isOwn(i.url, address) ? i.url : null }));
  if (!interfaces.length) return h("p", {}, "No interfaces.");
  const closed = interfaces.filter((i) => !i.url);
  return [
    h("ul", { class: "plain" }, interfaces.map((i) => h("li", {},
      i.url ? h("a", { href: i.url, target: "_blank", rel: "noopener noreferrer" }, i.name) : i.name,
      h("div", { class: "help" }, i.group ? `group ${i.group}: ` : "", { public: "open", allowed: `open from ${i.allowed_from}`, tunnel: `${i.node}:${i.port}${i.path}, through ssh` }[i.reach])))),
    closed.length ? h("p", {}, "Open the others through ssh:") : "",
    closed.length ? copyable("tunnel command", `disco tunnel ${id}`).element : "",
  ];
}

function access(a, id) {
  const rows = [];
  if (a.external_ip) {
    rows.push(h("p", {}, "Address ", h("code", {}, a.external_ip)), copyable("ssh command", `disco ssh ${id}`).element);
  }
  if (a.ssh_private_key) rows.push(h("p", {}, h("button", { type: "button", onclick: () => download(id, a.ssh_private_key) }, "Download the private key")));
  else if (a.ssh_key_name) rows.push(h("p", {}, "Key pair ", h("code", {}, a.ssh_key_name)));
  for (const [name, value] of Object.entries(a)) {
    if (isSecret(name) && name !== "ssh_private_key") rows.push(secret(name, value));
  }
  return rows.length ? rows : h("p", {}, "No address yet.");
}

/** The key goes from memory to a file, and never into an address. */
function download(id, key) {
  const url = URL.createObjectURL(new Blob([key.replaceAll("\\n", "\n")], { type: "application/x-pem-file" }));
  const link = h("a", { href: url, download: `disco-${id.slice(0, 8)}.pem` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  announce("The key is downloaded. Make it readable only by you: chmod 600");
}

function secret(name, value) {
  const place = h("code", {}, "hidden");
  const button = h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: toggle }, "Show");
  function toggle() {
    const shown = button.getAttribute("aria-pressed") === "true";
    place.textContent = shown ? "hidden" : value;
    button.setAttribute("aria-pressed", String(!shown));
    button.textContent = shown ? "Show" : "Hide";
  }
  return h("p", {}, h("span", {}, `${name.replace("icclab.disco.components.", "")} `), place, " ", button);
}

function infrastructure(events) {
  return h("details", { "data-key": "events" }, h("summary", {}, "Events of Heat"),
    h("ul", { class: "plain mono" }, events.map((e) => h("li", {}, `${clock(e.time)} ${e.resource || "stack"}: ${e.step} ${e.status}`))));
}

function attributes(a) {
  const rows = Object.entries(a).filter(([name]) => !isSecret(name)).map(([name, value]) => [name, value]);
  return h("details", { "data-key": "attributes" }, h("summary", {}, `All attributes (${rows.length})`), table("All attributes by name", ["Name", "Value"], rows));
}
