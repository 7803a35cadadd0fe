// The form of a new cluster, with its quotas, its plan, and the same request for a shell.

import { offer, request, show } from "./api.js";
import { requestOf, scriptIn } from "./clone.js";
import { Draft } from "./draft.js";
import { clusterFile, command, curl } from "./equivalent.js";
import { presetsOf } from "./presets.js";
import { Previewed } from "./previewed.js";
import { Quotas } from "./quotas.js";
import { keepDraft, keptDraft } from "./kept.js";
import { Choice, controlId, Faults, Field, placeFaults, Property } from "./settings.js";
import { between, duration, Moment } from "./times.js";
import { NoCluster, Trouble } from "./trouble.js";
import { announce, byButtonOnly, Copyable, Heading, html, typed, useLayoutEffect, useLife, useMemo, useRef, useSignal } from "./ui.js";
import { BOOTSTRAP, HEAT, INJECT, memory, nameOf, TITLE, titleOf } from "./words.js";

/** Flavors that are looked through without a filter. */
const MANY = 12;

export function Create({ query, go }) {
  const from = query.get("from");
  const made = useSignal(null);
  const refusal = useSignal(null);
  useLife(async (life) => {
    try {
      const offered = await offer();
      const { data: choices } = await request("GET", `${offered.location}choices`, { signal: life });
      const known = from ? await show(from, life) : null;
      const draft = new Draft(offered, choices);
      const asked = known && requestOf(known);
      const missing = asked ? draft.fillFrom(asked, await scriptIn(asked.attributes[BOOTSTRAP])) : [];
      const preset = !known && presetsOf(offered.frameworks).find((one) => one.id === query.get("preset"));
      if (preset) draft.preset(preset);
      const asFilled = JSON.stringify(draft.kept.value);
      const form = keptDraft(`${query}`);
      if (form) draft.restore(form);
      if (!life.aborted) made.value = { draft, missing, like: known && nameOf(from, known.attributes), query: `${query}`, asFilled, restored: form };
    } catch (why) {
      if (!life.aborted) refusal.value = why;
    }
  });
  function anew() {
    keepDraft(`${query}`, null);
    go(location.hash);
  }
  const isGone = from && refusal.value && refusal.value.status === 404;
  return html`<${Heading}>${made.value && made.value.like ? `New cluster like ${made.value.like}` : "New cluster"}<//>
    ${refusal.value ? html`<div role="alert">${isGone ? html`<${NoCluster} id=${from}/>` : html`<${Trouble} refusal=${refusal.value}/>`}</div>`
      : made.value ? html`<${Form} ...${made.value} go=${go} anew=${anew}/>` : html`<p>Loading images, flavors and networks...</p>`}`;
}

function Form({ draft, like, missing, query, asFilled, restored, go, anew }) {
  const form = useRef();
  const isBusy = useSignal(false);
  const refused = useSignal(null);
  const preview = useSignal(null);
  const attributes = draft.attributes.value;
  const { location, type, base } = draft.offered;
  const filled = draft.kept.value;
  const text = JSON.stringify(filled);
  useLayoutEffect(() => keepDraft(query, text === asFilled ? null : filled), [text]);
  // a repeated request has the same key, a changed one another
  const key = useMemo(uuid, [JSON.stringify(attributes)]);
  // before a field's own listener: what that says draws the form anew, with what is kept
  const keep = ({ target }) => target.dataset.attribute && draft.keep(target.dataset.attribute, target.value);

  async function send(path, headers, then) {
    const own = draft.ownFaults();
    [refused.value, preview.value, draft.faults.value] = [null, null, {}];
    if (own.length) {
      const refusal = { faults: own };
      refused.value = { refusal, items: placeFaults(draft, form.current, refusal) };
      return;
    }
    isBusy.value = true;
    try {
      then(await request("POST", path, { body: { kind: type, attributes }, headers }));
    } catch (refusal) {
      if (!refusal.faults) throw refusal;
      refused.value = { refusal, items: placeFaults(draft, form.current, refusal) };
    } finally {
      isBusy.value = false;
    }
  }
  function make(event) {
    event.preventDefault();
    send(location, { "Idempotency-Key": key }, ({ headers }) => {
      announce("Creating the cluster");
      keepDraft(query, null);
      go(`#/cluster/${headers.get("Location").replace(/\/$/, "").split("/").pop()}`);
    });
  }
  const show = () => send(`${location}?action=preview`, { Accept: "application/json" }, ({ data }) => { preview.value = data; });

  return html`<div class="columns"><div>
      <div role="alert">${refused.value && html`<${Faults} ...${refused.value}/>`}</div>
      <div role="status">${restored && html`<p class="note">As you left it.${restored.isCut && " Passwords, scripts, variables and further attributes are not kept: give them again."} <button type="button" class="quiet" onclick=${anew}>Begin anew</button></p>`}
        ${like && html`<p class="note">Filled in from another cluster. Passwords are not copied.${missing.length > 0 && ` This service does not have: ${missing.join(", ")}.`}</p>`}</div>
      <form ref=${form} onsubmit=${make} oninputCapture=${keep} onchangeCapture=${keep} ...${byButtonOnly} novalidate>
        <${Presets} draft=${draft}/><${Frameworks} draft=${draft}/><${Nodes} draft=${draft}/><${Reach} draft=${draft}/>
        ${base.some(({ term }) => term === "packages") && html`<${Packages} draft=${draft}/>`}<${More} draft=${draft}/>
        <p class="buttons"><button type="submit" disabled=${isBusy.value}>Create</button><button type="button" class="quiet" disabled=${isBusy.value} onclick=${show}>Preview</button></p>
      </form>
      ${preview.value && html`<${Previewed} data=${preview.value}/>`}
    </div>
    <aside aria-label="Quotas, and the same request for a shell">
      <${Usual} draft=${draft}/>
      <h2>Quota</h2><${Quotas} attributes=${attributes} choices=${draft.choices}/>
      <h2>In a shell</h2><${Copyable} label="disco command" text=${command(attributes)}/><${Copyable} label="curl command" text=${curl(attributes, draft.offered)}/>
      <h2>As a cluster file</h2><p class="help">For <code>disco create -f cluster.yaml</code>.</p><${Copyable} label="cluster file" text=${clusterFile(attributes)}/>
    </aside></div>`;
}

/** How long it will take, where the service has seen clusters like it: the slowest framework tells. */
function Usual({ draft }) {
  const known = draft.choices.create_seconds || {};
  const times = [...draft.chosen.value, ...Object.keys(draft.brought.value)].map((name) => known[name]).filter(Boolean);
  return times.length > 0 && html`<p class="note">${`Lately, clusters with these frameworks were complete after about ${between(Math.max(...times))}.`}</p>`;
}

/** What people often want; nothing where the service has none of it. */
function Presets({ draft }) {
  const presets = presetsOf(draft.offered.frameworks);
  const chosen = draft.chosen.value;
  const isIt = ({ frameworks }) => frameworks.length === chosen.length && frameworks.every((name) => chosen.includes(name));
  function choose(preset) {
    draft.preset(preset);
    announce(`Selected: ${preset.frameworks.join(", ")}`);
  }
  return presets.length > 0 && html`<fieldset><legend>Start with</legend><div class="cards">${presets.map((preset) => html`
    <button type="button" class="card quiet" aria-pressed=${String(isIt(preset))} onclick=${() => choose(preset)}><strong>${preset.title}</strong><span>${preset.about}</span></button>`)}</div></fieldset>`;
}

function Frameworks({ draft }) {
  const [chosen, brought, id, fault] = [draft.chosen.value, draft.brought.value, controlId(INJECT), draft.faults.value[INJECT]];
  /** Tick a framework, and those that it requires. */
  function choose(term, isOn) {
    draft.tick(term, isOn);
    const others = Object.keys(draft.brought.value);
    if (isOn && others.length) announce(`Also selected: ${others.join(", ")}`);
  }
  return html`<fieldset id=${id} data-attribute=${INJECT} tabindex="-1" aria-describedby="${id}-fault" aria-invalid=${fault ? "true" : undefined}><legend>Frameworks</legend>
    ${draft.offered.frameworks.map(({ term, title, disco }) => html`<div class="framework" key=${term}>
      <input type="checkbox" id="framework-${term}" aria-describedby="framework-${term}-about" checked=${chosen.includes(term) || term in brought} disabled=${term in brought} onchange=${(event) => choose(term, event.target.checked)}/>
      <label for="framework-${term}">${title || term}</label>
      ${disco.versions.length > 1 ? html`<${Choice} options=${disco.versions.map((version, place) => [place ? version : "", version])} value=${draft.versions.value[term] || ""}
          aria-label="Version of ${title}" onchange=${(event) => { draft.mended(INJECT); draft.versions.value = { ...draft.versions.value, [term]: event.target.value }; }}/>`
        : html`<span class="version">${disco.versions[0]}</span>`}
      <span class="note">${term in brought && `required by ${brought[term]}`}</span><div id="framework-${term}-about" class="help">${disco.description}</div></div>`)}
    <div role="status">${chosen.length === 0 && html`<p class="note">No framework is selected: the nodes will start and run nothing.</p>`}</div>
    <div id="${id}-fault" class="fault-text">${fault}</div></fieldset>`;
}

function Nodes({ draft }) {
  const only = useSignal("");
  const seconds = duration(draft.values.value[`${HEAT}ttl`]);
  const images = draft.choices.images.map((image) => image.name);
  const flavors = draft.choices.flavors.map((f) => [f.name, `${f.name} (${f.cores} ${f.cores === 1 ? "core" : "cores"}, ${memory(f.ram_mb)} of memory, ${f.disk_gb ? `${f.disk_gb} GiB of disk` : "no disk: give it a volume to boot from"})`]);
  const words = only.value.trim().toLowerCase().split(/\s+/);
  const found = flavors.filter(([, text]) => words.every((word) => text.toLowerCase().includes(word)));
  /** What is chosen stays, whatever is looked for. */
  const flavorsOf = (role) => flavors.filter((one) => found.includes(one) || one[0] === draft.values.value[`${HEAT}${role}flavor`]);
  return html`<fieldset><legend>Name, time and nodes</legend>
    <div class="row"><${Field} draft=${draft} of=${TITLE} label="Name" help="What the list shows. Optional." maxlength="255"/>
      <div><${Field} draft=${draft} of="${HEAT}ttl" label="Time to live" help="Such as 90m, 8h or 7d. You can extend it later." list="times" placeholder="until you delete it"/>
        <p class="help" role="status">${seconds > 0 && html`Ends <${Moment} at=${new Date(Date.now() + seconds * 1000).toISOString()} long/>.`}</p></div></div>
    <datalist id="times">${["1h", "4h", "8h", "1d", "7d"].map((time) => html`<option value=${time}/>`)}</datalist>
    ${["master", "slave"].map((role) => html`<div class="row">
      <${Field} draft=${draft} of="${HEAT}${role}image" label="Image of the ${role === "slave" ? "workers" : role}" options=${images}/>
      <${Field} draft=${draft} of="${HEAT}${role}flavor" label="Flavor of the ${role === "slave" ? "workers" : role}" options=${flavorsOf(role)}/></div>`)}
    ${flavors.length > MANY && html`<div class="field"><label for="flavor-filter">Only flavors with</label>
      <input id="flavor-filter" type="search" autocomplete="off" aria-describedby="flavor-count" ...${typed(only)}/>
      <p class="help" role="status" id="flavor-count">${`${found.length} of ${flavors.length} flavors can be chosen.`}</p></div>`}
    <${Field} draft=${draft} of="${HEAT}slavecount" label="Workers" type="number" min="1" required/></fieldset>`;
}

function Reach({ draft }) {
  const keys = draft.choices.key_pairs.map(({ name }) => [name, `${name} (yours)`]);
  return html`<fieldset><legend>Access</legend>
    <div class="row"><${Field} draft=${draft} of="${HEAT}externalnetworkname" label="External network" help="Floating IPs come from this network." options=${draft.choices.external_networks.map(({ name }) => name)}/>
      <${Field} draft=${draft} of="${HEAT}networkname" label="Name of the cluster's network"/></div>
    <${Field} draft=${draft} of="${HEAT}sshkeyname" label="ssh key" options=${[["", "a new key from DISCO"], ...keys]}/>
    <${Field} draft=${draft} of="${HEAT}allowedcidr" label="Open interfaces without a password to" isNetwork placeholder="nobody" help="An IPv4 network such as 203.0.113.0/24. If empty, they open only through ssh."/></fieldset>`;
}

/** What users want on the nodes beside the frameworks. */
const Packages = ({ draft }) => html`<details><summary>Packages, variables and a script of yours</summary>
  ${draft.packages.map((described) => described.name === "bootstrap"
    ? html`<${Field} draft=${draft} of=${BOOTSTRAP} label="Script" isLong placeholder=${draft.script.packed && !draft.script.text && "the other cluster's script"} help="Each node runs it as root. Its text, or its address (https) with #sha512= and its digest."/>`
    : html`<${Property} draft=${draft} component="packages" described=${described}/>`)}
  <${Several} draft=${draft} of="variables" label="Variables of the environment" help="One NAME=VALUE per line, for every login, daemon, notebook and job." kept=${draft.variables}/></details>`;

function More({ draft }) {
  const { networks, availability_zones: zones, volume_types: types } = draft.choices;
  /** A choice of what the project has, for properties that name it. */
  const lists = {
    network: [networks, "create a new one"], availabilityzone: [zones, "the cloud's default"],
    volumetype: [types, "the cloud's default"], rootvolumetype: [types, "the cloud's default"],
  };
  const chosenFrom = (described, [list, none]) => html`<${Field} draft=${draft} of="${HEAT}${described.name}" label=${titleOf(described)}
    options=${[["", none], ...(list || []).map(({ name }) => name)]} help=${described.description}/>`;
  return html`<details><summary>More settings</summary>
    ${draft.settings.map((described) => Object.hasOwn(lists, described.name) ? chosenFrom(described, lists[described.name]) : html`<${Property} draft=${draft} component="heat" described=${described}/>`)}
    <div>${draft.own.value.map(([name, described]) => html`<${Property} key="${name}.${described.name}" draft=${draft} component=${name} described=${described} of=${draft.framework(name).title || name}/>`)}</div>
    <${Several} draft=${draft} of="further" label="Further attributes" help="One NAME=VALUE per line." kept=${draft.further}/></details>`;
}

function Several({ draft, of, label, help, kept }) {
  const fault = draft.faults.value[of];
  return html`<div class="field" oninputCapture=${() => draft.mended(of)}><label for=${of}>${label}</label>
    <textarea id=${of} name=${of} rows="3" autocomplete="off" spellcheck=${false} aria-describedby="${of}-help ${of}-fault" aria-invalid=${fault ? "true" : undefined} ...${typed(kept)}/>
    <div id="${of}-help" class="help">${help}</div><div id="${of}-fault" class="fault-text">${fault}</div></div>`;
}

/** A random UUID; crypto.randomUUID exists only with https. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
