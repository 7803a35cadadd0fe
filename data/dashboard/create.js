// The form of a new cluster, with its quotas, its plan, and the same request for a shell.

import { offer, request, show } from "./api.js";
import { requestOf } from "./clone.js";
import { announce, copyable, h } from "./dom.js";
import { clusterFile, command, curl } from "./equivalent.js";
import { keepScript, packageAttributes, packageFields } from "./packages.js";
import { presetsOf } from "./presets.js";
import { previewed } from "./previewed.js";
import { quotas } from "./quotas.js";
import { choice, clearFaults, controlId, labelled, networkField, property, showFaults } from "./settings.js";
import { duration, moment } from "./times.js";
import { noCluster, trouble } from "./trouble.js";
import { HEAT, INJECT, memory, nameOf, TITLE } from "./words.js";

/** Properties of the infrastructure that have a place of their own in the form. */
const PLACED = ["masterimage", "slaveimage", "masterflavor", "slaveflavor", "slavecount", "networkname", "externalnetworkname", "sshkeyname", "allowedcidr", "ttl"];

/** Flavors that are looked through without a filter. */
const MANY = 12;

export function create({ signal, query, go }) {
  const place = h("div", {}, h("p", {}, "Loading images, flavors and networks..."));
  const heading = h("h1", {}, "New cluster");
  const from = query.get("from");
  load().catch(async (refusal) => {
    if (signal.aborted) return;
    const isGone = from && refusal.status === 404;
    place.replaceChildren(h("div", { role: "alert" }, isGone ? noCluster(from) : await trouble(refusal, signal)));
  });

  async function load() {
    const offered = await offer();
    const { data: choices } = await request("GET", `${offered.location}choices`, { signal });
    const known = from ? await show(from, signal) : null;
    const like = known && requestOf(known);
    if (signal.aborted) return;
    if (known) {
      heading.textContent = `New cluster like ${nameOf(from, known.attributes)}`;
      document.title = `${heading.textContent} - DISCO`;
    }
    const form = new Form(offered, choices, go);
    place.replaceChildren(form.element);
    if (like) form.fillFrom(like);
    else if (query.get("preset")) form.preset(query.get("preset"));
  }
  return h("div", {}, heading, place);
}

class Form {
  constructor(offered, choices, go) {
    this.offered = offered;
    this.choices = choices;
    this.go = go;
    this.chosen = new Set();
    this.summary = h("div", { role: "alert" });
    this.preview = h("div");
    this.quota = h("div", { class: "quotas" });
    this.curl = copyable("curl command", "");
    this.command = copyable("disco command", "");
    this.file = copyable("cluster file", "");
    this.ends = h("p", { class: "help", role: "status" });
    this.note = h("div", { role: "status" });
    this.nothing = h("div", { role: "status" });
    this.settings = h("div");
    this.buttons = [h("button", { type: "submit" }, "Create"), h("button", { type: "button", class: "quiet", onclick: () => this.show() }, "Preview")];
    this.form = h("form", { onsubmit: (event) => this.make(event), oninput: () => this.changed(), onchange: () => this.changed(), novalidate: true },
      this.presets(), this.frameworks(), this.nodes(), this.network(), packageFields(this.offered.base), this.more(),
      h("p", { class: "buttons" }, this.buttons));
    this.element = h("div", { class: "columns" },
      h("div", {}, this.summary, this.note, this.form, this.preview),
      h("aside", { "aria-label": "Quotas, and the same request for a shell" },
        h("h2", {}, "Quota"), this.quota,
        h("h2", {}, "In a shell"), this.command.element, this.curl.element,
        h("h2", {}, "As a cluster file"), h("p", { class: "help" }, "For ", h("code", {}, "disco create -f cluster.yaml"), "."), this.file.element));
    this.tick();
    this.changed();
  }

  /** What people often want; empty where the service has none of it. */
  presets() {
    const known = presetsOf(this.offered.frameworks);
    if (!known.length) return "";
    this.cards = new Map(known.map((p) => [p.id, { ...p, button: h("button", { type: "button", class: "card quiet", "aria-pressed": "false", onclick: () => this.preset(p.id) }, h("strong", {}, p.title), h("span", {}, p.about)) }]));
    return h("fieldset", {}, h("legend", {}, "Start with"), h("div", { class: "cards" }, [...this.cards.values()].map((card) => card.button)));
  }

  /** Choose a preset's frameworks, and no others. */
  preset(id) {
    const card = this.cards && this.cards.get(id);
    if (!card) return;
    this.chosen = new Set(card.frameworks);
    this.control(`${HEAT}slavecount`).value = String(card.workers);
    this.tick();
    this.changed();
    announce(`Selected: ${card.frameworks.join(", ")}`);
  }

  control(attribute) {
    return this.form.querySelector(`[data-attribute="${CSS.escape(attribute)}"]`);
  }

  /** Fill in the request of another cluster; what has no field is among the further attributes. */
  fillFrom({ frameworks, attributes }) {
    const missing = Object.keys(frameworks).filter((name) => !this.boxes.has(name));
    this.chosen = new Set(Object.keys(frameworks).filter((name) => this.boxes.has(name)));
    for (const name of this.chosen) {
      const { version } = this.boxes.get(name);
      if (version && [...version.options].some((o) => o.value === frameworks[name])) version.value = frameworks[name];
    }
    this.tick();
    const further = [];
    for (const [name, value] of Object.entries(attributes)) {
      const control = this.control(name);
      if (!control) further.push(`${name}=${value}`);
      else if (control.tagName === "TEXTAREA") keepScript(control, value);
      else {
        // by another name, or gone: the service says so
        if (control.tagName === "SELECT" && ![...control.options].some((o) => o.value === value)) control.append(h("option", { value }, value));
        control.value = value;
      }
    }
    this.form.querySelector("#further").value = further.join("\n");
    this.changed();
    this.note.replaceChildren(h("p", { class: "note" }, "Filled in from another cluster. Passwords are not copied.",
      missing.length ? ` This service does not have: ${missing.join(", ")}.` : ""));
  }

  frameworks() {
    this.boxes = new Map();
    const rows = this.offered.frameworks.map((framework) => {
      const { term, title, disco } = framework;
      const id = `framework-${term}`;
      const box = h("input", { type: "checkbox", id, "aria-describedby": `${id}-about`, onchange: () => this.choose(term, box.checked) });
      const version = disco.versions.length > 1 ? choice(disco.versions.map((v, i) => [i ? v : "", v]), "", { "aria-label": `Version of ${title}` }) : null;
      const note = h("span", { class: "note" });
      this.boxes.set(term, { box, version, note, disco });
      return h("div", { class: "framework" }, box, h("label", { for: id }, title || term), version || h("span", { class: "version" }, disco.versions[0] || ""), note,
        h("div", { id: `${id}-about`, class: "help" }, disco.description));
    });
    const id = controlId(INJECT);
    return h("fieldset", { id, "data-attribute": INJECT, tabindex: "-1", "aria-describedby": `${id}-fault` },
      h("legend", {}, "Frameworks"), rows, this.nothing, h("div", { id: `${id}-fault`, class: "fault-text" }));
  }

  nodes() {
    const images = this.choices.images.map((image) => image.name);
    const flavors = this.choices.flavors.map((f) => [f.name, `${f.name} (${f.cores} ${f.cores === 1 ? "core" : "cores"}, ${memory(f.ram_mb)} of memory, ${f.disk_gb ? `${f.disk_gb} GiB of disk` : "no disk: set rootvolumesize"})`]);
    const pick = flavors.length > MANY ? flavorFilter(flavors) : null;
    const best = images.find((name) => name.endsWith("-disco")) || images[0];
    const usual = this.choices.flavors.filter((f) => f.disk_gb); // what Nova boots without more ado
    const medium = (usual.find((f) => f.ram_mb >= 4096) || usual.at(-1) || this.choices.flavors.at(-1) || {}).name;
    return h("fieldset", {}, h("legend", {}, "Name, time and nodes"),
      h("div", { class: "row" },
        labelled(TITLE, "Name", h("input", { type: "text", autocomplete: "off", maxlength: "255" }), "What the list shows. Optional."),
        h("div", {}, labelled(`${HEAT}ttl`, "Time to live", h("input", { type: "text", autocomplete: "off", list: "times", placeholder: "until you delete it" }), "Such as 90m, 8h or 7d. You can extend it later."), this.ends)),
      h("datalist", { id: "times" }, ["1h", "4h", "8h", "1d", "7d"].map((time) => h("option", { value: time }))),
      h("div", { class: "row" },
        labelled(`${HEAT}masterimage`, "Image of the master", choice(images, best)),
        labelled(`${HEAT}masterflavor`, "Flavor of the master", choice(flavors, medium))),
      h("div", { class: "row" },
        labelled(`${HEAT}slaveimage`, "Image of the workers", choice(images, best)),
        labelled(`${HEAT}slaveflavor`, "Flavor of the workers", choice(flavors, medium))),
      pick,
      labelled(`${HEAT}slavecount`, "Workers", h("input", { type: "number", min: "1", value: "2", required: true })));
  }

  network() {
    const external = this.choices.external_networks.map((n) => n.name);
    return h("fieldset", {}, h("legend", {}, "Access"),
      h("div", { class: "row" },
        labelled(`${HEAT}externalnetworkname`, "External network", choice(external, external[0]), "Floating IPs come from this network."),
        labelled(`${HEAT}networkname`, "Name of the cluster's network", h("input", { type: "text", autocomplete: "off", value: "disco-network" }))),
      labelled(`${HEAT}sshkeyname`, "ssh key", choice([["", "a new key from DISCO"], ...this.choices.key_pairs.map((k) => [k.name, `${k.name} (yours)`])], "")),
      labelled(`${HEAT}allowedcidr`, "Open interfaces without a password to", networkField({ placeholder: "nobody" }), "An IPv4 network such as 203.0.113.0/24. If empty, they open only through ssh."));
  }

  more() {
    const heat = this.offered.base.find((m) => m.term === "heat");
    const rest = heat ? heat.disco.properties.filter((p) => !PLACED.includes(p.name) && !p.name.endsWith("*")) : [];
    return h("details", {}, h("summary", {}, "More settings"),
      rest.map((p) => this.chosenFrom(p) || property("heat", p)), this.settings,
      h("div", { class: "field" },
        h("label", { for: "further" }, "Further attributes"),
        h("textarea", { id: "further", rows: "3", autocomplete: "off", spellcheck: "false", "aria-describedby": "further-help" }),
        h("div", { id: "further-help", class: "help" }, "One NAME=VALUE per line.")));
  }

  /** A choice of what the project has, for properties that name it; null for others. */
  chosenFrom(described) {
    const { networks, availability_zones: zones, volume_types: types } = this.choices;
    const lists = {
      network: ["Existing network", networks, "create a new one"],
      availabilityzone: ["Availability zone", zones, "the cloud's default"],
      volumetype: ["Type of the workers' volumes", types, "the cloud's default"],
      rootvolumetype: ["Type of the volumes that nodes boot from", types, "the cloud's default"],
    };
    if (!Object.hasOwn(lists, described.name)) return null;
    const [label, list, none] = lists[described.name];
    const names = (list || []).map((entry) => entry.name);
    return labelled(`${HEAT}${described.name}`, label, choice([["", none], ...names], ""), described.description);
  }

  /** Tick a framework, and those that it requires. */
  choose(name, on) {
    if (on) this.chosen.add(name);
    else this.chosen.delete(name);
    this.tick();
    this.changed();
    const brought = this.brought();
    if (on && brought.size) announce(`Also selected: ${[...brought.keys()].join(", ")}`);
  }

  brought() {
    const required = new Map();
    for (const name of this.chosen) {
      for (const other of this.boxes.get(name).disco.brings) {
        if (!this.chosen.has(other)) required.set(other, name);
      }
    }
    return required;
  }

  tick() {
    const brought = this.brought();
    for (const { button, frameworks } of this.cards ? this.cards.values() : []) {
      button.setAttribute("aria-pressed", String(frameworks.length === this.chosen.size && frameworks.every((name) => this.chosen.has(name))));
    }
    for (const [name, { box, note }] of this.boxes) {
      const by = brought.get(name);
      box.checked = this.chosen.has(name) || Boolean(by);
      box.disabled = Boolean(by);
      note.textContent = by ? `required by ${by}` : "";
    }
    this.nothing.replaceChildren(...(this.chosen.size ? [] : [h("p", { class: "note" }, "No framework is selected: the nodes will start and run nothing.")]));
    const kept = new Map([...this.settings.querySelectorAll("[data-attribute]")].map((c) => [c.id, c.value]));
    const all = this.offered.frameworks.filter((f) => this.chosen.has(f.term) || brought.has(f.term));
    this.settings.replaceChildren(...all.flatMap((f) => f.disco.properties.filter((p) => !p.name.endsWith("*")).map((p) => property(f.term, p))));
    for (const control of this.settings.querySelectorAll("[data-attribute]")) {
      if (kept.get(control.id)) control.value = kept.get(control.id);
    }
  }

  /** The attributes of the request as the form is now. */
  attributes() {
    const attributes = {};
    for (const control of this.form.querySelectorAll("input[data-attribute], select[data-attribute]")) {
      const value = control.type === "password" ? control.value : control.value.trim();
      if (value !== "") attributes[control.dataset.attribute] = value;
    }
    Object.assign(attributes, packageAttributes(this.form));
    const inject = {};
    for (const name of this.chosen) {
      const { version } = this.boxes.get(name);
      inject[name] = version ? version.value : "";
    }
    attributes[INJECT] = JSON.stringify(inject);
    for (const line of this.form.querySelector("#further").value.split("\n")) {
      const [, name, value] = /^\s*([^=\s]+)\s*=(.*)$/.exec(line) || [];
      if (name) attributes[name] = value.trim();
    }
    return attributes;
  }

  changed() {
    this.key = uuid(); // a repeated request has the same key, a changed one another
    const attributes = this.attributes();
    this.command.set(command(attributes));
    this.curl.set(curl(attributes, this.offered));
    this.file.set(clusterFile(attributes));
    this.quota.replaceChildren(...quotas(attributes, this.choices));
    const seconds = duration(attributes[`${HEAT}ttl`] || "");
    this.ends.replaceChildren(...(seconds > 0 ? ["Ends ", moment(new Date(Date.now() + seconds * 1000).toISOString(), true), "."] : []));
  }

  async make(event) {
    event.preventDefault();
    await this.ask(async () => {
      const { headers } = await request("POST", this.offered.location, { body: this.body(), headers: { "Idempotency-Key": this.key } });
      announce("Creating the cluster");
      this.go(`#/cluster/${headers.get("Location").replace(/\/$/, "").split("/").pop()}`);
    });
  }

  async show() {
    await this.ask(async () => {
      const { data } = await request("POST", `${this.offered.location}?action=preview`, { body: this.body(), headers: { Accept: "application/json" } });
      this.preview.replaceChildren(previewed(data));
      this.preview.querySelector("h2").focus();
    });
  }

  async ask(call) {
    clearFaults(this.form, this.summary);
    this.preview.replaceChildren();
    this.buttons.forEach((b) => { b.disabled = true; });
    try {
      await call();
    } catch (refusal) {
      if (!refusal.faults) throw refusal;
      showFaults(this.form, this.summary, refusal);
    } finally {
      this.buttons.forEach((b) => { b.disabled = false; });
    }
  }

  body() {
    return { kind: this.offered.type, attributes: this.attributes() };
  }
}

/** A field that leaves only some flavors to choose from; what is chosen stays. */
function flavorFilter(flavors) {
  const count = h("p", { class: "help", role: "status" });
  const words = h("input", { id: "flavor-filter", type: "search", autocomplete: "off", oninput: narrow, "aria-describedby": "flavor-count" });
  const field = h("div", { class: "field" }, h("label", { for: "flavor-filter" }, "Only flavors with"), words, count);
  count.id = "flavor-count";
  tell(flavors.length);
  function tell(number) {
    count.textContent = `${number} of ${flavors.length} flavors can be chosen.`;
  }
  function narrow(event) {
    event.stopPropagation(); // it is no part of the request
    const wanted = words.value.trim().toLowerCase().split(/\s+/);
    const found = flavors.filter(([, text]) => wanted.every((word) => text.toLowerCase().includes(word)));
    for (const role of ["master", "slave"]) {
      const select = document.getElementById(controlId(`${HEAT}${role}flavor`));
      const chosen = select.value;
      const kept = flavors.filter(([name]) => name === chosen && !found.some(([one]) => one === name));
      select.replaceChildren(...[...kept, ...found].map(([value, text]) => h("option", { value }, text)));
      select.value = chosen;
    }
    tell(found.length);
  }
  return field;
}

/** A random UUID; crypto.randomUUID exists only with https. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
