"""The attacks that the service must withstand, each as something to be within.

Clients without credentials stall, drip and pour; a tenant follows, asks and hangs up; its node
drips; its stacks say what is quadratic or deep. ``python -m soak --attacks`` runs each for a minute
and measures how fast ``/health`` is answered to somebody else meanwhile.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from soak.clients import CLIENTS, Target
from tests.support.cloud import stack_at_rest
from tests.support.logserver import hostile_log_server
from tests.support.service import Caller

ROOT = Path(__file__).parents[1]
#: clients of an attack, where nothing else is said: four times the threads of a process
MANY = 64
#: JSON in the parameters of a stack: as deep as a text of Heat's may be
_DEEP = "[" * 60_000
#: blanks in the middle of a reason, which Heat keeps up to 64 KiB of
_BLANKS = f"x{' ' * 60_000}y"
_SECOND_S = 0.1


@dataclass
class Scene:
    """The service that is attacked, and a tenant of its cloud.

    Attributes:
        tenant: who has credentials.
        heat: python-heatclient for the tenant.
        reachable: path of a cluster of the tenant's that waits for its nodes, and has an address.
        address: that address, of this machine.
    """

    tenant: Caller
    heat: Any = field(repr=False)
    reachable: str
    address: str

    def target(self, *paths: str, named: bool = True) -> Target:
        """The service for hostile clients, by the tenant or by nobody."""
        host, port = self.tenant.base.rpartition("/")[2].split(":")
        headers = dict(self.tenant.headers) if named else {}
        return Target(host, int(port), headers, paths or ("/disco/",))


Attack = Callable[[Scene], AbstractContextManager[None]]


@contextlib.contextmanager
def hostile_clients(target: Target, **counts: int) -> Iterator[None]:
    """So many clients of each kind, until the end; ``_`` in a name is ``-``."""
    kinds = [f"{name.replace('_', '-')}:{count}" for name, count in counts.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "soak.clients", *kinds], cwd=ROOT, stdin=subprocess.PIPE
    )
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(dataclasses.asdict(target)).encode() + b"\n")
        process.stdin.flush()
        yield
        if process.poll():
            raise RuntimeError(f"the hostile clients ended with status {process.returncode}")
    finally:
        process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def by_clients(name: str, count: int = MANY, named: bool = False) -> Attack:
    """An attack by hostile clients alone."""

    def attack(scene: Scene) -> AbstractContextManager[None]:
        return hostile_clients(scene.target(named=named), **{name: count})

    return attack


def followers(query: str, accept: str) -> Attack:
    """A tenant's followers, who hang up and come again."""

    def attack(scene: Scene) -> AbstractContextManager[None]:
        path = f"{scene.reachable}/events?nodes=false"
        marker = scene.tenant.get(path, Accept="application/json").json()["marker"]
        target = scene.target(f"{path}&{query.format(marker=marker)}")
        target.headers["Accept"] = accept
        return hostile_clients(target, ask_and_hang_up=MANY)

    return attack


def node(say: Callable[[socket.socket], None]) -> Attack:
    """A tenant's node that answers so, asked by many of the tenant's clients who hang up."""

    @contextlib.contextmanager
    def attack(scene: Scene) -> Iterator[None]:
        paths = (f"{scene.reachable}/events", scene.reachable)
        clients = hostile_clients(scene.target(*paths), ask_and_hang_up=MANY)
        with hostile_log_server(scene.address, say, seconds=3600), clients:
            yield

    return attack


def drip(first: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """A node that sends a little now and then."""

    def say(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(drop)
            time.sleep(_SECOND_S)

    return say


def pour(body: bytes) -> Callable[[socket.socket], None]:
    """A node whose files are this."""

    def say(connection: socket.socket) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        connection.sendall(head % len(body) + body)
        connection.close()

    return say


def stack(reason: str = "", **parameters: str) -> Attack:
    """A tenant's own stack, named like a cluster, that says so; listed and shown by many."""

    @contextlib.contextmanager
    def attack(scene: Scene) -> Iterator[None]:
        cluster = str(uuid.uuid4())
        template: dict[str, Any] = {
            "heat_template_version": "2018-08-31",
            "parameters": {name: {"type": "string", "default": ""} for name in parameters},
            "resources": {},
        }
        if reason:
            template["resources"] = _failing()
        made = scene.heat.stacks.create(
            stack_name=f"disco_{cluster}", template=template, parameters=parameters, tags="disco"
        )["stack"]["id"]
        try:
            if reason:
                _signal(scene.heat, made, reason)
            stack_at_rest(scene.heat, made, "CREATE")
            path = f"/disco/{cluster}"
            target = scene.target("/disco/", path, f"{path}/events", f"{path}/interfaces")
            with hostile_clients(target, ask_and_hang_up=MANY // 4):
                yield
        finally:
            scene.heat.stacks.delete(made)
            stack_at_rest(scene.heat, made, "DELETE")

    return attack


def _failing() -> dict[str, Any]:
    """Resources of a stack that waits for a signal."""
    return {
        "signal": {"type": "OS::Heat::WaitConditionHandle"},
        "ready": {
            "type": "OS::Heat::WaitCondition",
            "properties": {"handle": {"get_resource": "signal"}, "timeout": 600, "count": 1},
        },
    }


def _signal(heat: Any, stack_id: str, reason: str) -> None:
    """Say that the node failed, as soon as the stack waits for it."""
    for _ in range(600):
        found = {r.resource_name: r.resource_status for r in heat.resources.list(stack_id)}
        if found.get("ready") == "CREATE_IN_PROGRESS":
            break
        time.sleep(_SECOND_S)
    said = {"status": "FAILURE", "reason": reason, "data": "", "id": "disco-manager"}
    heat.resources.signal(stack_id, "signal", data=said)


_HEAD = b"HTTP/1.1 200 OK\r\n"
ATTACKS: dict[str, Attack] = {
    **{
        name: by_clients(name)
        for name in CLIENTS
        if name not in ("idle", "reserved-names", "ask-and-hang-up")
    },
    "idle connections": by_clients("idle", 1000),
    "reserved names": by_clients("reserved-names", 16, named=True),
    "lists": by_clients("ask-and-hang-up", named=True),
    "followers that wait": followers("since={marker}&wait=60", "application/json"),
    "followers of streams": followers("since={marker}", "text/event-stream"),
    "a node drips headers": node(drip(_HEAD, b"A: b\r\n")),
    "a node drips 100 Continue": node(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    "a node drips chunk sizes": node(drip(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0")),
    "a node drips trailers": node(
        drip(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n")
    ),
    "a node pours records": node(pour(b"{}\n" * 174_000)),
    "a node nests JSON": node(pour((b"[" * 4000 + b"\n") * 100)),
    "blanks in a reason": stack(reason=_BLANKS),
    "deep parameters": stack(disco_attributes=_DEEP, disco_notes=_DEEP),
    "digits in parameters": stack(
        disco_attributes=json.dumps(
            {"disco.workers": "9" * 5000, "disco.workers.created": "9" * 5000}
        ),
        disco_end=f"{'9' * 5000} - -",
    ),
}
