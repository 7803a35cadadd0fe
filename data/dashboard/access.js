// How one gets at a cluster: its interfaces, address, keys and passwords.

import { offer } from "./api.js";
import { announce, Copyable, html, useLife, useSignal } from "./ui.js";
import { isOwn, isSecret, PREFIX, titleOf } from "./words.js";

export function Interfaces({ told, starts, id, address }) {
  const interfaces = told.map((one) => ({ ...one, url: isOwn(one.url, address) ? one.url : null }));
  if (!interfaces.length) return html`<p>No interfaces.</p>`;
  const from = (one) => one.allowed_from ? ` from ${one.allowed_from}` : "";
  const open = (one) => starts ? `may not answer yet${from(one) && `, later open${from(one)}`}: the nodes are still starting` : `open${from(one)}`;
  const ways = (one) => ({ public: open({}), allowed: open(one), tunnel: `${one.node}:${one.port}${one.path}, through ssh` });
  return html`<ul class="plain">${interfaces.map((one) => html`<li>
      ${one.url ? html`<a href=${one.url} target="_blank" rel="noopener noreferrer">${one.name}</a>` : one.name}
      <div class="help">${one.group && `group ${one.group}: `}${ways(one)[one.reach]}</div></li>`)}</ul>
    ${interfaces.some((one) => !one.url) && html`<p>Open the others through ssh:</p><${Copyable} label="tunnel command" text="disco tunnel ${id}"/>`}`;
}

export function Access({ attributes: a, id }) {
  const offered = useSignal(null);
  useLife(async () => { offered.value = await offer().catch(() => null); });
  /** "JupyterLab: Password", of what the service describes. */
  function nameOf(attribute) {
    const [term, ...rest] = attribute.replace(PREFIX, "").split(".");
    const component = offered.value && offered.value.frameworks.find((one) => one.term === term);
    const described = component && component.disco.properties.find((one) => one.name === rest.join("."));
    return rest.length ? `${component ? component.title || term : term}: ${titleOf(described || { name: rest.join(".") })}` : titleOf({ name: term });
  }
  const secrets = Object.entries(a).filter(([name]) => isSecret(name) && name !== "ssh_private_key");
  if (!a.external_ip && !a.ssh_private_key && !a.ssh_key_name && !secrets.length) return html`<p>No address yet.</p>`;
  return html`${a.external_ip && html`<p>Address <code>${a.external_ip}</code></p><${Copyable} label="ssh command" text="disco ssh ${id}"/>`}
    ${a.ssh_private_key ? html`<p><button type="button" onclick=${() => download(id, a.ssh_private_key)}>Download the private key</button></p>`
      : a.ssh_key_name && html`<p>Key pair <code>${a.ssh_key_name}</code></p>`}
    ${secrets.map(([name, value]) => html`<${Secret} key=${name} name=${nameOf(name)} value=${value}/>`)}`;
}

/** The key goes from memory to a file, and never into an address. */
function download(id, key) {
  const url = URL.createObjectURL(new Blob([key.replaceAll("\\n", "\n")], { type: "application/x-pem-file" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `disco-${id.slice(0, 8)}.pem` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  announce("The key is downloaded. Make it readable only by you: chmod 600");
}

function Secret({ name, value }) {
  const isShown = useSignal(false);
  return html`<p><span>${name} </span><code>${isShown.value ? value : "hidden"}</code> <button type="button" class="quiet"
    aria-pressed=${String(isShown.value)} onclick=${() => { isShown.value = !isShown.value; }}>${isShown.value ? "Hide" : "Show"}</button></p>`;
}
