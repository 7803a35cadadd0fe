"""Checks of this machine, and of what a stack's nodes would run where no node can."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from heatclient.v1 import client as heat_client

from disco.cli.openrc import open_session

SHELLCHECK = ("shellcheck", "--severity=error", "--shell=bash")


def check_user_data(openrc: Path, stack_id: str) -> list[str]:
    """``bash -n`` and shellcheck on every user data in the stack's templates; a line each.

    Raises:
        RuntimeError: a script has a fault.
    """
    heat = heat_client.Client(session=open_session(openrc), service_type="orchestration")
    templates = {"template": heat.stacks.template(stack_id)}
    for name, text in heat.stacks.files(stack_id).items():
        templates[name] = yaml.safe_load(text)
    lines = []
    for name, template in templates.items():
        for resource, script in _scripts(template):
            lines.append(f"{name}, {resource}: {_check(script)}")
    if not lines:
        raise RuntimeError("the stack has no user data")
    return lines


def _scripts(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, resource in template.get("resources", {}).items():
        data = resource.get("properties", {}).get("user_data")
        if isinstance(data, Mapping):
            data = data["str_replace"]["template"]
        if data:
            yield name, str(data)


def _check(script: str) -> str:
    done = []
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as stream:
        stream.write(script)
        stream.flush()
        for command in (("bash", "-n"), SHELLCHECK):
            if shutil.which(command[0]) is None:
                done.append(f"{command[0]} is not installed")
                continue
            found = subprocess.run(
                [*command, stream.name], capture_output=True, text=True, check=False
            )
            if found.returncode != 0:
                raise RuntimeError(f"{command[0]}: {found.stdout}{found.stderr}")
            done.append(f"{' '.join(command[:2])} finds nothing")
    return ", ".join(done)


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
