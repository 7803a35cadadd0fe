"""PID 1 of a node without systemd: cloud-init's stages, enabled services, orphans, shutdown."""

from __future__ import annotations

import json
import os
import signal
import socket
import socketserver
import sys
import threading
from pathlib import Path
from typing import Any

from . import units
from .processes import Processes
from .services import Services, startable

SOCKET = "/run/disco-init/socket"
CONSOLE = "/dev/console"
_POWER_OFF, _REBOOT = 0, 133
_LAST_S = 5.0
#: what every user may ask, as with systemd
_QUESTIONS = frozenset({"show", "phase"})
_LINE = 4096


def say(text: str) -> None:
    """Write a line to the console."""
    print(f"init: {text}", flush=True)


def open_console() -> None:
    """Make /dev/console a pipe to this process's output, which is a file no one may truncate."""
    os.mkfifo(CONSOLE, 0o622)
    os.chmod(CONSOLE, 0o622)  # nosec B103  # as a console of Linux has it
    pipe = os.open(CONSOLE, os.O_RDWR | os.O_CLOEXEC)

    def copy() -> None:
        while data := os.read(pipe, 65536):
            os.write(1, data)

    threading.Thread(target=copy, daemon=True).start()


class Control(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers ``systemctl``: one JSON line each way."""

    daemon_threads = True

    def __init__(self, node: Node) -> None:
        self.node = node
        before = os.umask(0o111)
        super().__init__(SOCKET, _Handler)
        os.umask(before)


class _Handler(socketserver.StreamRequestHandler):
    server: Control

    def handle(self) -> None:
        request = json.loads(self.rfile.readline(_LINE))
        if request["verb"] in _QUESTIONS or self._uid() == 0:
            answer = self.server.node.answer(request["verb"], request.get("unit", ""))
        else:
            answer = {"ok": False, "state": "access denied"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")

    def _uid(self) -> int:
        """Who asks; 12 bytes are its process, user and group."""
        peer = self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(peer[4:8], sys.byteorder)


class Node:
    """The node as its PID 1 sees it."""

    def __init__(self) -> None:
        self.processes = Processes()
        self.services = Services(self.processes, say)
        self.status: int | None = None
        self.phase = "starting"

    def answer(self, verb: str, name: str) -> dict[str, Any]:
        """Carry out one request."""
        if verb in {"poweroff", "reboot"}:
            self.status = _POWER_OFF if verb == "poweroff" else _REBOOT
            os.kill(1, signal.SIGTERM)
            return {"ok": True}
        if verb == "phase":
            return {"ok": True, "state": self.phase}
        service = self.services.get(name)
        if service is None:
            return {"ok": False, "state": "not-found"}
        actions = {
            "start": self.services.start,
            "stop": self.services.stop,
            "reload": self.services.reload,
            "reset-failed": self.services.forget_failure,
        }
        ok = True
        if verb == "restart":
            ok = self.services.stop(name) and self.services.start(name)
        elif verb in actions:
            ok = actions[verb](name) is not False
        return {"ok": ok, "state": service.state, "pid": service.pid, "status": service.status}

    # -- life ----------------------------------------------------------------

    def boot(self) -> None:
        """Run cloud-init's stages as its units do, with the services in between."""
        for stage in (["init", "--local"], ["init"]):
            self._cloud_init(stage)
        enabled: set[str] = set()
        for target in ("multi-user.target", "default.target", "network-online.target"):
            for directory in units.DIRECTORIES:
                folder = Path(directory, f"{target}.wants")
                enabled |= {file.name for file in folder.glob("*")} if folder.is_dir() else set()
        at_boot = [units.load(name) for name in sorted(enabled) if startable(name)]
        for unit in units.order_units(unit for unit in at_boot if unit is not None):
            self.services.start(unit.name)
        for mode in ("config", "final"):
            self._cloud_init(["modules", f"--mode={mode}"])
        self.phase = "running"

    def _cloud_init(self, arguments: list[str]) -> None:
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
        }
        status = self.processes.run(["cloud-init", *arguments], env=environment, cwd="/")
        if status:
            say(f"cloud-init {' '.join(arguments)} ended with status {status}")

    def shut_down(self) -> None:
        """Stop the services in parallel, then everything else."""
        self.phase = "stopping"
        stopping = [
            threading.Thread(target=self.services.stop, args=(name,), daemon=True)
            for name in self.services.running()
        ]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join(_LAST_S)
        say("all services are down")


def main() -> None:
    """Run until the node is shut down."""
    handled = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, handled)
    open_console()
    node = Node()
    control = Control(node)
    threading.Thread(target=control.serve_forever, daemon=True).start()
    threading.Thread(target=node.boot, daemon=True).start()
    ending: threading.Thread | None = None
    while ending is None or ending.is_alive():
        number = signal.sigtimedwait(handled, 0.2 if ending else 60)
        node.processes.reap()
        if number and number.si_signo == signal.SIGTERM and ending is None:
            ending = threading.Thread(target=node.shut_down, daemon=True)
            ending.start()
    os._exit(_POWER_OFF if node.status is None else node.status)


def ask(request: dict[str, str]) -> dict[str, Any]:
    """One request to PID 1. Raises OSError when there is none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(SOCKET)
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as stream:
            answer: dict[str, Any] = json.loads(stream.readline())
    return answer


if __name__ == "__main__":
    main()
