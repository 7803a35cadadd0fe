// The frame of all pages: navigation, login and the page that is shown.

import { logIn, logOut, who } from "./api.js";
import { clusters } from "./clusters.js";
import { create } from "./create.js";
import { announce, h } from "./dom.js";
import { tick } from "./times.js";
import { noCluster, trouble } from "./trouble.js";

const main = document.getElementById("main");
const bar = document.getElementById("bar");
// pages that are not the first ones are fetched when they are wanted
const PAGES = [
  [/^#\/$/, "Clusters", clusters],
  [/^#\/create(?:\?|$)/, "New cluster", create],
  [/^#\/cluster\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/, "Cluster", async (asked) => (await import("./cluster.js")).cluster(asked)],
  [/^#\/cluster\/(.*)$/, "Cluster", ({ id }) => h("div", {}, h("h1", {}, "No such cluster"), noCluster(id))],
  [/^#\/api$/, "API", async (asked) => (await import("./tryout.js")).tryout(asked)],
];
let view = new AbortController();
let notice = "";

async function show() {
  view.abort();
  view = new AbortController();
  const { signal } = view;
  if (!location.hash.startsWith("#/")) history.replaceState(null, "", "#/");
  if (!who()) {
    page("Log in", logInForm());
    return;
  }
  for (const [pattern, title, make] of PAGES) {
    const match = pattern.exec(location.hash);
    if (match) {
      const query = new URLSearchParams(location.hash.split("?")[1] || "");
      let content = make({ signal, id: match[1], query, go });
      if (content instanceof Promise) content = await content.catch(unreachable);
      if (!signal.aborted) page(title, content);
      return;
    }
  }
  go("#/");
}

/** In the place of a page whose code could not be fetched. */
const unreachable = async (refusal) => h("div", { role: "alert" }, h("h1", {}, "Not shown"), await trouble(refusal));

function go(hash) {
  if (location.hash === hash) show();
  else location.hash = hash;
}

function page(title, content) {
  drawBar(title);
  main.replaceChildren(content);
  const heading = main.querySelector("h1");
  document.title = `${heading.textContent} - DISCO`;
  heading.setAttribute("tabindex", "-1");
  if (!main.querySelector("[autofocus]")) heading.focus();
  else main.querySelector("[autofocus]").focus();
}

function drawBar(title) {
  const user = who();
  const link = (hash, text) =>
    h("a", { href: hash, "aria-current": title === text ? "page" : undefined }, text);
  bar.replaceChildren(
    h("span", { class: "brand" }, "DISCO"),
    user ? h("nav", { "aria-label": "Pages" },
      link("#/", "Clusters"), link("#/create", "New cluster"), link("#/api", "API")) : "",
    user ? h("span", { class: "who" },
      h("span", { id: "who" }, `${user.user} in ${user.project}`),
      h("button", { type: "button", class: "quiet", onclick: leave }, "Log out")) : "");
}

async function leave() {
  await logOut();
  notice = "You are logged out.";
  show();
}

function field(id, label, more) {
  return h("p", {}, h("label", { for: id }, label), h("input", { id, autocomplete: "off", ...more }));
}

function logInForm() {
  const error = h("div", { role: "alert" });
  const said = notice;
  notice = "";
  const submit = h("button", { type: "submit" }, "Log in");
  async function enter(event) {
    event.preventDefault();
    const value = (id) => document.getElementById(id).value.trim();
    const password = document.getElementById("password");
    submit.disabled = true;
    error.replaceChildren();
    try {
      await logIn({
        user: value("user"), password: password.value, project: value("project"),
        userDomain: value("user-domain"), projectDomain: value("project-domain"), region: value("region"),
      });
      password.value = "";
      announce("Logged in");
      show();
    } catch (refusal) {
      password.value = "";
      submit.disabled = false;
      const isWrong = refusal.status === 401 && refusal.code !== "second-factor";
      error.replaceChildren(isWrong ? h("p", { class: "fault" }, "Keystone refused this user, password and project.") : await trouble(refusal));
      password.focus();
    }
  }
  return h("div", { class: "narrow" },
    h("h1", {}, "Log in"),
    h("p", {}, "Use your OpenStack credentials. The password is exchanged for a token, which this tab keeps until you log out or close it."),
    said ? h("p", { class: "note" }, said) : "",
    error,
    h("form", { onsubmit: enter },
      field("user", "User", { required: true, autofocus: true, autocomplete: "username", autocapitalize: "none" }),
      field("password", "Password", { required: true, type: "password", autocomplete: "current-password" }),
      field("project", "Project", { required: true, autocapitalize: "none" }),
      h("details", {}, h("summary", {}, "Domains and region"),
        field("user-domain", "Domain of the user", { value: "Default" }),
        field("project-domain", "Domain of the project", { value: "Default" }),
        field("region", "Region (optional)")),
      submit));
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
setInterval(tick, 15000);
addEventListener("hashchange", show);
addEventListener("expired", () => {
  notice = "Your token has expired. Log in again to continue.";
  show();
});
show();
