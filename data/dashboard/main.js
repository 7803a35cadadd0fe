// The frame of all pages: navigation and the page that is shown.

import { logOut, who } from "./api.js";
import { Clusters } from "./clusters.js";
import { Dialog, dismiss } from "./dialog.js";
import { LogIn } from "./login.js";
import { NoCluster, Trouble } from "./trouble.js";
import { Heading, html, render, signal, useLayoutEffect } from "./ui.js";

const main = document.getElementById("main");
// pages that are not the first one are fetched when they are wanted
const PAGES = [
  [/^#\/$/, "Clusters", () => Clusters],
  [/^#\/create(?:\?|$)/, "New cluster", async () => (await import("./create.js")).Create],
  [/^#\/cluster\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/, "Cluster", async () => (await import("./cluster.js")).Cluster],
  [/^#\/cluster\/(.*)$/, "Cluster", () => ({ id }) => html`<${Heading}>No such cluster<//><${NoCluster} id=${id}/>`],
  [/^#\/api$/, "API", async () => (await import("./tryout.js")).TryOut],
];
const shown = signal(null);
let turn = 0;

async function show(notice = "") {
  const mine = ++turn;
  dismiss();
  const draw = (title, View, more) => { if (mine === turn) shown.value = { key: mine, title, View, ...more }; };
  if (!PAGES.some(([pattern]) => pattern.test(location.hash))) history.replaceState(null, "", "#/");
  if (!who()) {
    draw("Log in", LogIn, { notice, done: () => show() });
    return;
  }
  const [pattern, title, fetched] = PAGES.find(([hash]) => hash.test(location.hash));
  const [, id] = pattern.exec(location.hash);
  const query = new URLSearchParams(location.hash.split("?")[1] || "");
  try {
    draw(title, await fetched(), { id, query, go });
  } catch (refusal) {
    draw(title, () => html`<div role="alert"><${Heading}>Not shown<//><${Trouble} refusal=${refusal}/></div>`);
  }
}

function go(hash) {
  if (location.hash === hash) show();
  else location.hash = hash;
}

/** The page; a new one has the focus on what it begins with. */
function Page() {
  const { key, View, ...more } = shown.value;
  useLayoutEffect(() => (main.querySelector("[autofocus]") || main.querySelector("h1")).focus(), [key]);
  return html`<div><${View} key=${key} ...${more}/></div><${Dialog}/>`;
}

function Bar() {
  const { title } = shown.value;
  const user = who();
  const link = (hash, text) => html`<a href=${hash} aria-current=${title === text ? "page" : undefined}>${text}</a>`;
  const leave = async () => {
    await logOut();
    show("You are logged out.");
  };
  return html`<span class="brand">DISCO</span>${user && html`
    <nav aria-label="Pages">${link("#/", "Clusters")}${link("#/create", "New cluster")}${link("#/api", "API")}</nav>
    <span class="who"><span id="who">${`${user.user} in ${user.project}`}</span><button type="button" class="quiet" onclick=${leave}>Log out</button></span>`}`;
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", () => show());
addEventListener("expired", () => show("Your token has expired. Log in again to continue."));
await show();
render(html`<${Bar}/>`, document.getElementById("bar"));
main.replaceChildren(); // the words for who has no JavaScript
render(html`<${Page}/>`, main);
