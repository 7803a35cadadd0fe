// What the form of a new cluster holds, and the request that it stands for.

import { computed, signal } from "./ui.js";
import { BOOTSTRAP, HEAT, INJECT, isSecret, PACKAGES, PREFIX, TITLE } from "./words.js";

/** Properties of the infrastructure that have a place of their own in the form. */
const PLACED = ["ttl", "masterimage", "masterflavor", "slaveimage", "slaveflavor", "slavecount", "externalnetworkname", "networkname", "sshkeyname", "allowedcidr"];

/** What a component describes, but for names that end in anything. */
const propertiesOf = (component) => component ? component.disco.properties.filter((p) => !p.name.endsWith("*")) : [];

export class Draft {
  constructor(offered, choices) {
    this.offered = offered;
    this.choices = choices;
    const base = (term) => offered.base.find((component) => component.term === term);
    this.packages = propertiesOf(base("packages"));
    this.settings = propertiesOf(base("heat")).filter((p) => !PLACED.includes(p.name));
    const images = choices.images.map((image) => image.name);
    const usual = choices.flavors.filter((f) => f.disk_gb); // what Nova boots without more ado
    const image = images.find((name) => name.endsWith("-disco")) || images[0];
    const flavor = (usual.find((f) => f.ram_mb >= 4096) || usual.at(-1) || choices.flavors.at(-1) || {}).name;
    const placed = {
      masterimage: image, slaveimage: image, masterflavor: flavor, slaveflavor: flavor, slavecount: "2",
      externalnetworkname: (choices.external_networks[0] || {}).name, networkname: "disco-network",
    };
    /** What is in the fields, by attribute, and what the service finds wrong with it. */
    this.values = signal({ [TITLE]: "", ...Object.fromEntries(PLACED.map((name) => [`${HEAT}${name}`, placed[name] || ""])) });
    this.faults = signal({});
    this.seen = {}; // by the page itself
    /** Frameworks that are ticked, and their versions where it is not the first. */
    this.chosen = signal([]);
    this.versions = signal({});
    this.variables = signal("");
    this.further = signal("");
    this.script = { packed: "", text: "" }; // of another cluster; the text only where it can be read
    /** {name: the framework that requires it} of those that come with others. */
    this.brought = computed(() => Object.fromEntries(this.chosen.value.flatMap((name) => this.framework(name).disco.brings
      .filter((other) => !this.chosen.value.includes(other)).map((other) => [other, name]))));
    /** The settings that chosen frameworks have: [name, description]. */
    this.own = computed(() => offered.frameworks.filter(({ term }) => this.chosen.value.includes(term) || this.brought.value[term])
      .flatMap((framework) => propertiesOf(framework).map((described) => [framework.term, described])));
    /** {attribute: description} of all that has a field now. */
    this.fields = computed(() => new Map([
      [TITLE, {}], ...PLACED.map((name) => [`${HEAT}${name}`, {}]), ...this.settings.map((p) => [`${HEAT}${p.name}`, p]),
      ...this.packages.map((p) => [`${PACKAGES}${p.name}`, p]), ...this.own.value.map(([name, p]) => [`${PREFIX}${name}.${p.name}`, p]),
    ]));
    this.attributes = computed(() => this.asked());
    /** What may be kept for when the page is loaded again; "isCut" where the form has more, which may be secret. */
    this.kept = computed(() => {
      const values = Object.entries(this.values.value);
      const open = values.filter(([name, value]) => !this.isPrivate(name, value));
      const isCut = values.some(([name, value]) => value && this.isPrivate(name, value)) || Boolean(this.variables.value || this.further.value);
      return { values: Object.fromEntries(open), chosen: this.chosen.value, versions: this.versions.value, isCut };
    });
  }

  /** Whether what is in a field may be a secret, or may have one in it: a script, or a proxy with a password. */
  isPrivate(name, value) {
    const described = this.fields.value.get(name);
    return name === BOOTSTRAP || isSecret(name) || !described || described.type === "secret" || /\/\/[^/]*@/.test(value);
  }

  /** Have again what "kept" gave, as far as this service has it. */
  restore({ values = {}, chosen = [], versions = {} }) {
    this.chosen.value = [...chosen].filter((name) => this.framework(name));
    this.versions.value = Object.fromEntries(Object.entries(versions).filter(([name, version]) => this.chosen.value.includes(name) && this.framework(name).disco.versions.includes(version)));
    const open = Object.entries(values).filter(([name, value]) => typeof value === "string" && !this.isPrivate(name, value));
    this.values.value = { ...this.values.value, ...Object.fromEntries(open) };
  }

  /** What travels of a script: its address, or its text; another cluster's as it was, if nothing is changed in it. */
  scriptOf(text) {
    if (text === this.script.text) return this.script.packed;
    return ADDRESS.test(text) ? text : packed(`${text}\n`);
  }

  /** What is said of a field is over when that is changed. */
  mended(name) {
    if (draftFault(this, name)) this.faults.value = { ...this.faults.value, [name]: "" };
  }

  /** Faults that need no question to the service: lines that would be left out. */
  ownFaults() {
    return [["variables", this.variables.value], ["further", this.further.value]].flatMap(([attribute, text]) => {
      const odd = text.split("\n").filter((line) => line.trim() && !PAIR.test(line)).map((line) => `"${line.trim().slice(0, 60)}"`);
      return odd.length ? [{ attribute, message: `${odd.slice(0, 5).join(", ")}${odd.length > 5 ? ` and ${odd.length - 5} more` : ""} ${odd.length === 1 ? "is" : "are"} not NAME=VALUE, such as MY_PLACE=here.` }] : [];
    });
  }

  framework(name) {
    return this.offered.frameworks.find(({ term }) => term === name);
  }

  keep(attribute, value) {
    this.mended(attribute);
    this.values.value = { ...this.values.value, [attribute]: value };
  }

  tick(name, isOn) {
    const others = this.chosen.value.filter((one) => one !== name);
    this.mended(INJECT);
    this.chosen.value = isOn ? [...others, name] : others;
  }

  /** Choose a preset's frameworks, and no others. */
  preset({ frameworks, workers }) {
    this.chosen.value = frameworks;
    this.mended(INJECT);
    this.keep(`${HEAT}slavecount`, String(workers));
  }

  /** Fill in the request of another cluster, with the text of its script; what has no field is among the further attributes. Gives the frameworks that are not there. */
  fillFrom({ frameworks, attributes }, script = "") {
    this.chosen.value = Object.keys(frameworks).filter((name) => this.framework(name));
    this.versions.value = Object.fromEntries(this.chosen.value.map((name) => [name, frameworks[name]])
      .filter(([name, version]) => this.framework(name).disco.versions.indexOf(version) > 0));
    const further = [];
    for (const [name, value] of Object.entries(attributes)) {
      if (!this.fields.value.has(name)) further.push(`${name}=${value}`);
      else if (name === BOOTSTRAP) {
        this.script = { packed: value, text: script };
        this.keep(name, script);
      }
      else this.keep(name, value);
    }
    this.further.value = further.join("\n");
    return Object.keys(frameworks).filter((name) => !this.framework(name));
  }

  /** The attributes of the request as the form is now. */
  asked() {
    const attributes = {};
    for (const [name, value] of Object.entries(this.values.value)) {
      const described = this.fields.value.get(name);
      const text = described && described.type === "secret" ? value : value.trim();
      if (described && text !== "") attributes[name] = name === BOOTSTRAP ? this.scriptOf(text) : text;
    }
    if (this.script.packed && !this.script.text && !attributes[BOOTSTRAP]) attributes[BOOTSTRAP] = this.script.packed;
    for (const [name, value] of pairs(this.variables.value)) attributes[`${PACKAGES}environment.${name}`] = value;
    attributes[INJECT] = JSON.stringify(Object.fromEntries(this.chosen.value.map((name) => [name, this.versions.value[name] || ""])));
    return { ...attributes, ...Object.fromEntries(pairs(this.further.value)) };
  }
}

/** Whether a fault is shown that is not the page's own check of what is typed, which goes on while that is mended. */
const draftFault = ({ faults, seen }, name) => Boolean(faults.value[name]) && faults.value[name] !== seen[name];

const ADDRESS = /^https:\/\/\S+$/;
const PAIR = /^\s*([^=\s]+)\s*=(.*)$/;
/** [name, value] of each line NAME=VALUE. */
const pairs = (text) => text.split("\n").map((line) => PAIR.exec(line)).filter(Boolean).map(([, name, value]) => [name, value.trim()]);

const packed = (text) => btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
