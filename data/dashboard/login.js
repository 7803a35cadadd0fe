// Where a password is exchanged for a token.

import { logIn } from "./api.js";
import { Trouble } from "./trouble.js";
import { announce, Heading, html, useRef, useSignal } from "./ui.js";

const Field = ({ id, label, ...more }) => html`<p><label for=${id}>${label}</label><input id=${id} name=${id} autocomplete="off" ...${more}/></p>`;

export function LogIn({ notice, done }) {
  const isBusy = useSignal(false);
  const refusal = useSignal(null);
  const form = useRef();
  async function enter(event) {
    event.preventDefault();
    const { password } = form.current.elements;
    const said = Object.fromEntries([...new FormData(form.current)].map(([name, value]) => [name, value.trim()]));
    isBusy.value = true;
    refusal.value = null;
    try {
      await logIn({
        user: said.user, password: password.value, project: said.project,
        userDomain: said["user-domain"], projectDomain: said["project-domain"], region: said.region,
      });
      password.value = "";
      announce("Logged in");
      done();
    } catch (why) {
      password.value = "";
      isBusy.value = false;
      refusal.value = why;
      password.focus();
    }
  }
  const isWrong = refusal.value && refusal.value.status === 401 && refusal.value.code !== "second-factor";
  return html`<div class="narrow"><${Heading}>Log in<//>
    <p>Use your OpenStack credentials. The password is exchanged for a token, which this tab keeps until you log out or close it.</p>
    ${notice && html`<p class="note">${notice}</p>`}
    <div role="alert">${isWrong ? html`<p class="fault">Keystone refused this user, password and project.</p>` : refusal.value && html`<${Trouble} refusal=${refusal.value}/>`}</div>
    <form onsubmit=${enter} ref=${form}>
      <${Field} id="user" label="User" required autofocus autocomplete="username" autocapitalize="none"/>
      <${Field} id="password" label="Password" required type="password" autocomplete="current-password"/>
      <${Field} id="project" label="Project" required autocapitalize="none"/>
      <details><summary>Domains and region</summary>
        <${Field} id="user-domain" label="Domain of the user" defaultValue="Default"/>
        <${Field} id="project-domain" label="Domain of the project" defaultValue="Default"/>
        <${Field} id="region" label="Region (optional)"/></details>
      <button type="submit" disabled=${isBusy.value}>Log in</button>
    </form></div>`;
}
