"""A component's daemon as a systemd unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from disco.components.models import Component, Daemon
from disco.errors import ComponentError
from disco.heat.template.jinja_environment import Templates
from disco.heat.template.secret_values import has_secrets


def unit_name(component: Component, daemon: Daemon) -> str:
    """The unit's name without its suffix."""
    return f"disco-{component.name}-{daemon.name}"


def unit_text(
    templates: Templates, component: Component, daemon: Daemon, context: Mapping[str, object]
) -> str:
    """The unit file; ``${DISCO_*}`` in it is for the node to fill in."""
    where = f"{component.name}: daemon {daemon.name}"
    if daemon.name in {*component.states, "smoke"}:
        raise ComponentError(f"{where}: its log would be that of a step; give it another name")
    command = " ".join(templates.text(f"{where}: exec", daemon.exec, context).split("\n")).strip()
    if not command.startswith("/"):
        raise ComponentError(f"{where}: exec does not begin with an absolute path: {command[:60]}")
    lines = [
        "[Unit]",
        f"Description=DISCO {component.title}: {daemon.name}",
        "Wants=network-online.target",
        "After=network-online.target",
        # a worker's daemon may try for as long as the master is not there
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        f"User={daemon.user}",
    ]
    if daemon.working_directory:
        lines.append(f"WorkingDirectory={daemon.working_directory}")
    for name, value in _of_users(context):
        if name not in daemon.environment:
            lines.append(f'Environment="{name}={_escaped(where, value)}"')
    for name, text in sorted(daemon.environment.items()):
        value = templates.text(f"{where}: environment {name}", text, context)
        lines.append(f'Environment="{name}={_escaped(where, value)}"')
    lines += [
        f"ExecStart={command}",
        "Restart=on-failure",
        "RestartSec=2",
        # the journal can be read by nobody but root, and not from outside
        f"StandardOutput=append:${{DISCO_LOGS}}/{component.name}/{daemon.name}.log",
        "StandardError=inherit",
        "LimitNOFILE=65536",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    text = "\n".join(lines) + "\n"
    if has_secrets(text):
        raise ComponentError(f"{where}: a secret in its unit, which everybody can read")
    return text


def _of_users(context: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The variables that users want for all that runs."""
    variables = context["cluster"]["environment"]
    return [(name, str(variables[name])) for name in sorted(variables)]


def _escaped(where: str, value: str) -> str:
    if "\n" in value:
        raise ComponentError(f"{where}: a line break in its environment")
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
