"""The script that the nodes of a role run: facts, node library, steps, end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any, TypeVar

from disco.attributes import BOOTSTRAP, INJECT
from disco.components.install_plan import Step
from disco.components.models import Component, Daemon, Probe, Role, RolePlan
from disco.components.scale_in import list_scale_in_components
from disco.errors import ComponentError, Fault, InvalidRequest
from disco.heat.template.bash_text import function, here_document
from disco.heat.template.jinja_environment import Templates, shell_word
from disco.heat.template.script_layout import (
    NOVA_LIMIT,
    LaidOut,
    ScriptParts,
    lay_out,
    user_data_size,
)
from disco.heat.template.secret_values import ToldApart, file_writer
from disco.heat.template.software import downloads
from disco.heat.template.systemd_unit import unit_name, unit_text
from disco.heat.template.template_context import Context, Contexts
from disco.heat.template.user_steps import PACKAGES, UserSteps
from disco.spec import ClusterSpec
from disco.worker_numbers import name_prefix

_HOST = re.compile(r"[a-z]+://(?:[^/@]*@)?([^/:]+)")
SHELL = "shell"
T = TypeVar("T")


def _aliases(spec: ClusterSpec) -> Iterator[str]:
    """The groups' own names for workers: alias, number before its first, and last number."""
    last = spec.workers.count
    for group in spec.groups:
        yield f"{group.alias}:{last}:{last + group.count}"
        last += group.count


class Script:
    """Assembles the parts of one role's script."""

    def __init__(
        self,
        contexts: Contexts,
        templates: Templates,
        role: Role,
        before: Script | None = None,
    ) -> None:
        """``before`` is the script of the same cluster with other secrets.

        Pieces of it that none of these is in are taken from it.
        """
        self._before = before
        self._pieces: dict[object, tuple[Any, bool]] = {}
        self._made = LaidOut("")
        self._contexts = contexts
        self._templates = templates
        self._role = role
        self._plan = contexts.plan
        self._users = UserSteps(contexts, role)

    def text(self) -> str:
        """User data, ``@@...@@`` placeholders still in it; what has no room is in ``scripts``.

        Raises:
            InvalidRequest: Nova would not take it.
            ComponentError: a template is at fault.
        """
        parts = self._parts()
        before = self._before
        if before is not None and self._pieces == before._pieces:
            self._made = before._made
            return self._made.user_data
        self._made = lay_out(parts, self._contexts.spec.wait)
        if (size := user_data_size(self._made.user_data, parts.filled)) > NOVA_LIMIT:
            raise InvalidRequest.of([self._too_large(size)])
        return self._made.user_data

    @property
    def scripts(self) -> str:
        """What Heat keeps of it, as text for JSON; empty where user data has all of it."""
        return self._made.scripts

    @property
    def told(self) -> ToldApart:
        """The secrets that it refers to."""
        return self._contexts.told[self._role]

    @property
    def address(self) -> str:
        """Where Heat has that."""
        return self._made.address

    def _too_large(self, size: int) -> Fault:
        """What to make smaller: the user's script, if there is one."""
        message = f"the script of a {self._role} has {size} bytes"
        own, attribute = self._users.script_bytes, INJECT
        fetched = ", or waitcondition=true where nodes reach Heat and can fetch them from it"
        message += f", {own} of the bootstrap script among them" if own else ""
        allowed = f"components that need {NOVA_LIMIT}"
        allowed += "" if self._contexts.spec.wait else fetched
        if own:
            attribute, allowed = BOOTSTRAP, "a shorter script, or its https URL with #sha512=DIGEST"
        message += ", and user data has room for fewer"
        return Fault(attribute, message, allowed, "user-data-too-large")

    def _piece(self, key: object, make: Callable[[], T]) -> T:
        """What ``make`` gives; or what was kept of it, where it has read no secret."""
        kept = self._before._pieces.get(key) if self._before else None
        if kept is None or kept[1]:
            read = self._contexts.secrets_read
            made = make()
            kept = made, self._contexts.secrets_read != read
        self._pieces[key] = kept
        made = kept[0]
        return made

    def _head(self) -> str:
        """The node's facts, in plain text because Heat replaces placeholders in it."""
        spec = self._contexts.spec
        context = {
            **self._contexts.node(self._role),
            "role": self._role,
            "wait": spec.wait,
            "ends": spec.ends,
            "outside": spec.outside,
            "volume": spec.workers.volume is not None,
            "idle": spec.idle_s,
            "auth_url": spec.auth_url,
            "stack_url": f"{spec.heat_url}/stacks/{spec.stack_name}/@@STACK@@",
            "cidr": str(spec.network.cidr),
            "worker_prefix": name_prefix(spec.workers.name),
            "worker_base": str(spec.network.master_address),
            "groups": list(_aliases(spec)),
            "worker_capacity": max(spec.network.capacity, 0),
        }
        return self._templates.file(SHELL, "head.sh.j2", context)

    def _parts(self) -> ScriptParts:
        """The facts, the library, a function for each step, their calls in plan order, the end."""
        shell = self._plan.components[SHELL].templates
        names = ["software.sh", "library.sh", "logserver.sh", "agent.sh", "check.sh"]
        if self._has_network:
            names.insert(3, "network.sh")
        if self._look_ups:
            names.append("names.sh")
        if self._contexts.spec.ends:
            names.append("ending.sh")
        if self._has_volume:
            names.append("volume.sh")
        names.append("joining.sh" if self._role == "master" else "added.sh")
        names += self._users.libraries
        library = self._certificates() + "\n".join(shell[name] for name in names)
        steps = []
        for name, helpers, body in self._steps():
            called = f"step_{re.sub('[^a-z0-9_]', '_', name)}"
            call = f"disco_step {name} {called}\n"
            steps.append((name, helpers + function(called, body), call))
        smokes = self._piece("smokes", self._smokes) if self._role == "master" else []
        context = {
            **self._contexts.node(self._role),
            "role": self._role,
            "smokes": [smoke for smoke, _ in smokes],
        }
        end = self._piece("end", lambda: self._templates.file(SHELL, "end.sh.j2", context))
        return ScriptParts(
            self._piece("head", self._head) + self.told.line,
            library,
            self._users.exports,
            steps,
            [text for _, text in smokes],
            self._users.joining,
            self._piece("drains", self._drains) if self._role == "master" else "",
            end,
            shell["scripts.sh"],
            len(self.told.text),
        )

    def _drains(self) -> str:
        """What empties workers before they leave; nothing where no component needs it."""
        scripts = []
        for component in list_scale_in_components(self._plan):
            rule = component.scale_in
            if rule is None or rule.script is None:
                continue
            context = self._contexts.component(component.name, self._role)
            text = "#!/bin/bash\nset -euo pipefail\n"
            text += self._templates.file(component.name, rule.script, context)
            scripts.append((component.name, here_document(text), rule.timeout))
        if not scripts:
            return ""
        # what takes long is what may fail, and goes first: then the others did nothing yet
        scripts.sort(key=lambda each: -each[2])
        drains = [{"component": name, "script": script} for name, script, _ in scripts]
        limits = {name: timeout for name, _, timeout in scripts}
        return self._templates.file(SHELL, "drain.sh.j2", {"drains": drains, "limits": limits})

    def _steps(self) -> Iterator[tuple[str, str, str]]:
        """The name of each step, its helper functions and its body, in order."""
        for step in self._plan.steps:
            text = self._piece(step, partial(self._step, step))
            if text is not None:
                yield str(step), *text
            wanted: Iterator[tuple[str, str]] = iter(())
            if step == Step(SHELL, "start"):
                wanted = self._users.before()
            elif step.state == "installed":
                wanted = self._users.after(self._plan.components[step.component])
            for name, body in wanted:
                yield f"{PACKAGES}:{name}", "", body
        for name, body in self._users.last():
            yield f"{PACKAGES}:{name}", "", body

    def _step(self, step: Step) -> tuple[str, str] | None:
        """Helper functions and the body of a step; None where it has nothing to do here."""
        if step == Step(SHELL, "start"):
            ending = "disco_ending\n" if self._contexts.spec.ends else ""
            network = "disco_trust\ndisco_network_files\n" if self._has_network else ""
            needs = " ".join(map(shell_word, self._look_ups))
            names = f"disco_look_up {needs}\n" if needs else ""
            return "", f"{network}disco_base_setup\n{names}{ending}{self._volume()}"
        component = self._plan.components[step.component]
        role = component.roles.get(self._role)
        if role is None or component.base:
            return None
        context = self._contexts.component(component.name, self._role)
        if step.state == "installed":
            return self._installed(component, role, context)
        if step.state == "configured":
            return "", "".join(self._configured(component, role, context))
        return "", "".join(self._ready(component, role, context))

    def _certificates(self) -> str:
        """A function that writes what nodes trust; none where they need no more than they do."""
        ca = self._contexts.spec.outside.ca
        return function("disco_ca", f"cat {here_document(ca)}") if ca else ""

    @property
    def _has_network(self) -> bool:
        """Whether there are proxies or certificates."""
        outside = self._contexts.spec.outside
        return bool(outside.http_proxy or outside.https_proxy or outside.ca)

    @cached_property
    def _look_ups(self) -> list[str]:
        """Component, version and host of all that is fetched by a name."""
        needs: list[str] = []
        for component in self._plan.components.values():
            role = component.roles.get(self._role)
            version = self._plan.versions.get(component.name, "")
            if role is None or role.install is None or not version:
                continue
            for download in downloads(component, version)[:1]:
                if host := _HOST.match(download.urls[0]):
                    needs.append(f"{component.name}={version}={host[1]}")
            if component.python:
                needs.append(f"{component.name}={version}=pip")
        return needs

    @property
    def _has_volume(self) -> bool:
        return self._role == "worker" and self._contexts.spec.workers.volume is not None

    def _volume(self) -> str:
        """Have the frameworks' data go to the node's volume, before there are any."""
        if not self._has_volume:
            return ""
        names = [c.name for c in self._plan.components.values() if not c.base]
        return f"disco_volume {' '.join(names)}\n"

    def _installed(
        self, component: Component, role: RolePlan, context: Context
    ) -> tuple[str, str] | None:
        if role.install is None:
            return None
        name = f"install_{component.name}"
        text = self._templates.file(component.name, role.install, context)
        version = self._plan.versions[component.name]
        return function(name, text), f"disco_install {component.name} {version} {name}\n"

    def _configured(self, component: Component, role: RolePlan, context: Context) -> Iterator[str]:
        for file in role.files:
            text = self._templates.file(component.name, file.template, context)
            yield file_writer(file, text)
        if role.configure is not None:
            text = self._templates.file(component.name, role.configure, context)
            yield text if text.endswith("\n") else text + "\n"
        for daemon in self._contexts.daemons(component, self._role):
            text = unit_text(self._templates, component, daemon, context)
            unit = f"disco_unit {unit_name(component, daemon)} {here_document(text)}"
            yield self._where_it_runs(component, daemon, context, unit)

    def _ready(self, component: Component, role: RolePlan, context: Context) -> Iterator[str]:
        daemons = self._contexts.daemons(component, self._role)
        for daemon in daemons:
            start = f"disco_start {unit_name(component, daemon)}\n"
            yield self._where_it_runs(component, daemon, context, start)
        for daemon in daemons:
            if daemon.ready is not None:
                what = f"{component.title}: {daemon.name}"
                text = self._probe(component, what, daemon.ready, context)
                yield self._where_it_runs(component, daemon, context, text)
        for number, probe in enumerate(role.ready, start=1):
            yield self._probe(component, f"{component.title}: condition {number}", probe, context)

    def _where_it_runs(
        self, component: Component, daemon: Daemon, context: Context, text: str
    ) -> str:
        """Bash that does ``text`` on the nodes that have the daemon."""
        if daemon.first is None:
            return text
        where = f"{component.name}: daemon {daemon.name}: first"
        number = self._templates.text(where, daemon.first, context).strip()
        if not number.isdecimal():
            raise ComponentError(f"{where} is not a number: {number[:40]!r}")
        return f"if ((DISCO_INDEX < {number})); then\n{text}fi\n"

    def _probe(self, component: Component, what: str, probe: Probe, context: Context) -> str:
        kinds = {"http": probe.http, "tcp": probe.tcp, "command": probe.command}
        kind, argument = next((k, v) for k, v in kinds.items() if v is not None)
        where = f"{component.name}: ready"
        words = [shell_word(what), str(probe.timeout), kind]
        words.append(shell_word(self._templates.text(where, argument, context)))
        if probe.expect is not None:
            words.append(shell_word(self._templates.text(where, probe.expect, context)))
        return f"disco_probe {' '.join(words)}\n"

    def _smokes(self) -> list[tuple[dict[str, object], str]]:
        """The smoke jobs of what the plan brings up, in plan order."""
        smokes = []
        for step in self._plan.steps:
            component = self._plan.components[step.component]
            if component.smoke is None or step.state != component.default_state:
                continue
            name = f"smoke_{component.name}"
            context = self._contexts.component(component.name, self._role)
            text = self._templates.file(component.name, component.smoke.script, context)
            smoke: dict[str, object] = {
                "component": component.name,
                "function": name,
                "timeout": component.smoke.timeout,
            }
            smokes.append((smoke, function(name, text)))
        return smokes
