// The form of a new cluster, with its quotas, its plan, and the same request for a shell.

import { offer, request } from "./api.js";
import { announce, copyable, h, table } from "./dom.js";
import { command, curl } from "./equivalent.js";
import { choice, clearFaults, controlId, labelled, property, showFaults } from "./settings.js";
import { groupsOf, HEAT, INJECT, TITLE } from "./words.js";

/** Properties of the infrastructure that have a place of their own in the form. */
const PLACED = ["masterimage", "slaveimage", "masterflavor", "slaveflavor", "slavecount", "networkname", "externalnetworkname", "sshkeyname", "allowedcidr"];

export function create({ signal, go }) {
  const place = h("div", {}, h("p", {}, "Loading images, flavors and networks..."));
  load().catch((refusal) => {
    if (!signal.aborted) place.replaceChildren(h("p", { class: "fault", role: "alert" }, refusal.message));
  });

  async function load() {
    const offered = await offer();
    const { data: choices } = await request("GET", `${offered.location}choices`, { signal });
    if (!signal.aborted) place.replaceChildren(new Form(offered, choices, go).element);
  }
  return h("div", {}, h("h1", {}, "New cluster"), place);
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
    this.settings = h("div");
    this.buttons = [h("button", { type: "submit" }, "Create"), h("button", { type: "button", class: "quiet", onclick: () => this.show() }, "Preview")];
    this.form = h("form", { onsubmit: (event) => this.make(event), oninput: () => this.changed(), onchange: () => this.changed(), novalidate: true },
      this.frameworks(), this.nodes(), this.network(), this.more(),
      h("p", { class: "buttons" }, this.buttons));
    this.element = h("div", { class: "columns" },
      h("div", {}, this.summary, this.form, this.preview),
      h("aside", { "aria-label": "Quotas, and the same request for a shell" },
        h("h2", {}, "Quota"), this.quota,
        h("h2", {}, "In a shell"), this.command.element, this.curl.element));
    this.tick();
    this.changed();
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
      h("legend", {}, "Frameworks"), rows, h("div", { id: `${id}-fault`, class: "fault-text" }));
  }

  nodes() {
    const images = this.choices.images.map((image) => image.name);
    const flavors = this.choices.flavors.map((f) => [f.name, `${f.name} (${f.cores} cores, ${f.ram_mb} MiB, ${f.disk_gb ? `${f.disk_gb} GiB` : "no disk: set rootvolumesize"})`]);
    const best = images.find((name) => name.endsWith("-disco")) || images[0];
    const usual = this.choices.flavors.filter((f) => f.disk_gb); // what Nova boots without more ado
    const medium = (usual.find((f) => f.ram_mb >= 4096) || usual.at(-1) || this.choices.flavors.at(-1) || {}).name;
    return h("fieldset", {}, h("legend", {}, "Nodes"),
      labelled(TITLE, "Name", h("input", { type: "text", autocomplete: "off" }), "Optional."),
      h("div", { class: "row" },
        labelled(`${HEAT}masterimage`, "Image of the master", choice(images, best)),
        labelled(`${HEAT}masterflavor`, "Flavor of the master", choice(flavors, medium))),
      h("div", { class: "row" },
        labelled(`${HEAT}slaveimage`, "Image of the workers", choice(images, best)),
        labelled(`${HEAT}slaveflavor`, "Flavor of the workers", choice(flavors, medium))),
      labelled(`${HEAT}slavecount`, "Workers", h("input", { type: "number", min: "1", value: "2", required: true })));
  }

  network() {
    const external = this.choices.external_networks.map((n) => n.name);
    return h("fieldset", {}, h("legend", {}, "Access"),
      h("div", { class: "row" },
        labelled(`${HEAT}externalnetworkname`, "External network", choice(external, external[0]), "Floating IPs come from this network."),
        labelled(`${HEAT}networkname`, "Name of the cluster's network", h("input", { type: "text", autocomplete: "off", value: "disco-network" }))),
      labelled(`${HEAT}sshkeyname`, "ssh key", choice([["", "a new key from DISCO"], ...this.choices.key_pairs.map((k) => [k.name, `${k.name} (yours)`])], "")),
      labelled(`${HEAT}allowedcidr`, "Open interfaces without a password to", h("input", { type: "text", autocomplete: "off", placeholder: "nobody" }), "An IPv4 network such as 203.0.113.0/24. If empty, they open only through ssh."));
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
    for (const [name, { box, note }] of this.boxes) {
      const by = brought.get(name);
      box.checked = this.chosen.has(name) || Boolean(by);
      box.disabled = Boolean(by);
      note.textContent = by ? `required by ${by}` : "";
    }
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
    this.fill(attributes);
  }

  /** What the servers use of the project's quotas; the preview shows the other quotas. */
  fill(attributes) {
    const { [`${HEAT}masterflavor`]: master, [`${HEAT}slaveflavor`]: plain, [`${HEAT}slavecount`]: count } = attributes;
    const flavor = (name) => this.choices.flavors.find((f) => f.name === name || f.id === name) || { cores: 0, ram_mb: 0 };
    const kinds = [{ flavor: master, count: 1 }, { count: Number.parseInt(count, 10) || 0 }, ...groupsOf(attributes)];
    const sum = (unit) => kinds.reduce((all, kind) => all + kind.count * flavor(kind.flavor || plain)[unit], 0);
    const needed = { instances: kinds.reduce((all, kind) => all + kind.count, 0), cores: sum("cores"), ram: sum("ram_mb") };
    const words = { instances: "instances", cores: "cores", ram: "MiB of memory" };
    this.quota.replaceChildren(...Object.keys(needed).map((name) => {
      const told = this.choices.quotas.find((q) => q.name === name);
      if (!told || told.limit < 0) return h("p", {}, `${needed[name]} ${words[name]}${told ? ", no limit" : ""}`);
      const all = told.used + needed[name];
      const over = all > told.limit;
      return h("p", { class: over ? "over" : "" },
        h("label", { for: `quota-${name}` }, `${needed[name]} ${words[name]}: ${all} of ${told.limit} would be used`, over ? " - over the limit" : ""),
        h("meter", { id: `quota-${name}`, min: "0", max: String(told.limit), high: String(told.limit * 0.9), value: String(Math.min(all, told.limit)) }));
    }));
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

function previewed(data) {
  const usage = (q) => q.limit === null ? "unknown" : q.limit < 0 ? "no limit" : `${q.used} of ${q.limit}`;
  return h("section", { "aria-labelledby": "preview-title" },
    h("h2", { id: "preview-title", tabindex: "-1" }, "Preview: nothing is created yet"),
    data.warnings.length ? h("ul", { class: "note" }, data.warnings.map((w) => h("li", {}, w))) : "",
    table("Nodes", ["Node", "Role", "Address", "Flavor", "Root volume", "Memory"], data.nodes.map((n) => [
      n.name, n.role, n.address, n.flavor, n.root_volume_gb ? `${n.root_volume_gb} GiB` : "-", Object.entries(n.memory_mb).map(([name, mb]) => `${name} ${mb} MiB`).join(", "),
    ])),
    table("Quotas", ["Quota", "Needed", "Used now"], data.quotas.map((q) => [q.name, String(q.needed), usage(q)])),
    h("details", {}, h("summary", {}, `Steps (${data.plan.steps.length})`), h("ol", {}, data.plan.steps.map((step) => h("li", {}, step)))),
    h("details", {}, h("summary", {}, "Heat template"), h("pre", { tabindex: "0", "aria-label": "Heat template" }, data.template)));
}

/** A random UUID; crypto.randomUUID exists only with https. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
