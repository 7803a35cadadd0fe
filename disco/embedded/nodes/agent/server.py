"""The node agent: one process for each embedded cloud, root here or in a user namespace.

``python -m disco.embedded.nodes.agent --state DIR --mode system|user --relay-port P``

It moves into a mount and a PID namespace of its own, so that nothing it starts
or mounts outlives it, whatever ends it. It answers calls on the unix socket
``DIR/agent.sock``, one JSON line each way and one call a connection.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import select
import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, get_type_hints

from disco.embedded.nodes.agent import store
from disco.embedded.nodes.agent.errors import HostError
from disco.embedded.nodes.agent.host import LocalNodeHost
from disco.embedded.nodes.container import syscalls
from disco.embedded.nodes.container.inotify import make_room
from disco.embedded.nodes.container.machine import Machine, SystemMachine
from disco.embedded.nodes.container.user_namespace import UserMachine
from disco.embedded.nodes.image.images import ImageStore
from disco.embedded.nodes.net import egress
from disco.embedded.nodes.net.floating_ip import ssh_port
from disco.embedded.nodes.protocol import HostStatus, NodeHost

log = logging.getLogger(__name__)

SOCKET = "agent.sock"
CALLS = tuple(name for name in vars(NodeHost) if not name.startswith("_"))


# -- processes ----------------------------------------------------------------


def _isolate() -> None:
    """Go on as a child in a mount and a PID namespace of its own.

    Three processes: the one that was started waits outside; its child, PID 1
    inside, adopts and buries orphans; its child in turn is the agent. The
    death of any of them is the death of everything inside.
    """
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID)
    syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
    inside = os.fork()
    if inside:
        _stand_for(inside)
    syscalls.set_parent_death_signal(signal.SIGKILL)
    flags = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    syscalls.mount("proc", "/proc", "proc", flags)
    agent = os.fork()
    if agent:
        _stand_for(agent)


def _stand_for(child: int) -> NoReturn:
    """Pass requests to stop on to ``child``, bury orphans, and end as it ends."""

    def forward(number: int, frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


# -- calls --------------------------------------------------------------------


def dispatch(host: NodeHost, request: dict[str, Any]) -> dict[str, Any]:
    """Carry out one call; errors are part of the answer."""
    name = request.get("call")
    if name not in CALLS:
        return {"error": f"Unknown call {name!r}"}
    function: Callable[..., Any] = getattr(host, str(name))
    hints = get_type_hints(function)
    try:
        given = {key: store.decode(hints[key], v) for key, v in request["arguments"].items()}
        return {"result": store.encode(function(**given))}
    except HostError as exc:
        return {"error": str(exc)}
    except Exception as exc:
        log.exception("call %s", name)
        return {"error": f"{type(exc).__name__}: {exc}"}


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline()
        if line:
            answer = dispatch(self.server.host, json.loads(line))
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, path: Path, host: NodeHost) -> None:
        self.host = host
        before = os.umask(0o177)
        try:
            super().__init__(str(path), _Handler)
        finally:
            os.umask(before)

    def handle_error(self, request: object, client_address: object) -> None:
        log.debug("a caller went away", exc_info=sys.exc_info())


def _claim(path: Path) -> None:
    """Make way for our socket. Raises SystemExit when another agent answers on it."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise SystemExit(f"another node agent runs with {path}")


# -- start --------------------------------------------------------------------


def _remarks(mode: str) -> str | None:
    """What the nodes will lack on this machine."""
    remarks = [egress.missing(), make_room() if mode == "system" else None]
    if (port := ssh_port()) != 22:
        remarks.append(f"ssh to floating IPs is on port {port}, because port 22 is not free here")
    return "; ".join(text for text in remarks if text) or None


def _stop_with(parent: int, stop: threading.Event) -> None:
    """Set ``stop`` when the process behind the descriptor ``parent`` ends."""

    def wait() -> None:
        select.select([parent], [], [])
        stop.set()

    threading.Thread(target=wait, name="parent", daemon=True).start()


def serve(state: Path, mode: str, cloud_ports: tuple[int, ...], parent: int | None = None) -> None:
    """Run until SIGTERM or SIGINT, or until the process behind ``parent`` ends."""
    machine: Machine = SystemMachine() if mode == "system" else UserMachine()
    machine.set_up()
    images = ImageStore()
    status = HostStatus("system" if mode == "system" else "user", _remarks(mode))
    path = state / SOCKET
    _claim(path)
    host = LocalNodeHost(state, status, machine, images, cloud_ports)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if parent is not None:
        _stop_with(parent, stop)
    images.start()
    host.recover()
    server = _Server(path, host)
    thread = threading.Thread(target=server.serve_forever, name="calls", daemon=True)
    thread.start()
    log.info("node agent is ready (%s mode); %s", mode, status.reason or "nothing is missing")
    stop.wait()
    log.info("shutting the nodes down")
    path.unlink(missing_ok=True)
    server.shutdown()
    host.close()
    log.info("all nodes are down")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="disco.embedded.nodes.agent")
    parser.add_argument("--state", type=Path, required=True, help="directory of the cloud's nodes")
    parser.add_argument("--mode", choices=("system", "user"), required=True)
    parser.add_argument("--relay-port", type=int, action="append", default=[], metavar="P")
    parser.add_argument("--parent", type=int, help="end when this process ends")
    options = parser.parse_args(argv)
    parent = os.pidfd_open(options.parent) if options.parent else None
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    options.state.mkdir(parents=True, exist_ok=True)
    options.state.chmod(0o700)
    _isolate()
    serve(options.state.resolve(), options.mode, tuple(options.relay_port), parent)
    return 0
