"""Checks of this machine, and of what a stack's nodes would run where no node can."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from heatclient.v1 import client as heat_client

from disco.embedded.demo.openrc import open_session

#: where a cluster leaves traces; every project has a security group "default"
LISTS = (
    ("compute", "/servers", "servers"),
    ("compute", "/os-keypairs", "keypairs"),
    ("block-storage", "/volumes", "volumes"),
    ("network", "/v2.0/networks", "networks"),
    ("network", "/v2.0/ports", "ports"),
    ("network", "/v2.0/routers", "routers"),
    ("network", "/v2.0/floatingips", "floatingips"),
    ("network", "/v2.0/security-groups", "security_groups"),
)
SHELLCHECK = ("shellcheck", "--severity=error", "--shell=bash")


def check_user_data(openrc: Path, stack_id: str) -> list[str]:
    """``bash -n`` and shellcheck on the scripts of the stack's nodes; a line each.

    Raises:
        RuntimeError: a script has a fault, or there is none.
    """
    heat = heat_client.Client(session=open_session(openrc), service_type="orchestration")
    scripts = {n: t for n, t in heat.stacks.files(stack_id).items() if n.endswith(".sh")}
    if not scripts:
        raise RuntimeError("the stack does not contain user data")
    return [f"{name}: {_check(text)}" for name, text in sorted(scripts.items())]


def _check(script: str) -> str:
    done = []
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as stream:
        stream.write(script)
        stream.flush()
        for command in (("bash", "-n"), SHELLCHECK):
            if shutil.which(command[0]) is None:
                done.append(f"{command[0]} is not installed")
                continue
            result = subprocess.run(
                [*command, stream.name], capture_output=True, text=True, check=False
            )
            if result.returncode != 0:
                raise RuntimeError(f"{command[0]}: {result.stdout}{result.stderr}")
            done.append(f"{' '.join(command[:2])} finds nothing")
    return ", ".join(done)


def leftovers(openrc: Path) -> list[str]:
    """What the user's project still has in the cloud; empty after its last cluster."""
    session = open_session(openrc)
    leftovers = []
    for service, path, key in LISTS:
        endpoint = session.get_endpoint(service_type=service, interface="public").rstrip("/")
        for entry in session.get(f"{endpoint}{path}").json()[key]:
            entry = entry.get("keypair", entry)
            if not (entry.get("router:external") or entry.get("name") == "default"):
                leftovers.append(f"{key} {entry.get('name') or entry.get('id')}")
    return leftovers


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
