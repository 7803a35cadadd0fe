"""Anonymous network namespaces, held by a file descriptor alone.

Nothing is registered under /run/netns: when the process that holds the
descriptor and the processes inside end, the kernel takes the namespace away
with every interface in it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from disco.embedded.nodes.container.syscalls import CLONE_NEWNET, setns, unshare

T = TypeVar("T")


def _in_thread(function: Callable[[], T]) -> T:
    """Run ``function`` in a thread of its own, whose namespaces it may change."""
    result: list[T] = []
    error: list[BaseException] = []

    def run() -> None:
        try:
            result.append(function())
        except BaseException as exc:
            error.append(exc)

    thread = threading.Thread(target=run, name="netns", daemon=True)
    thread.start()
    thread.join()
    if error:
        raise error[0]
    return result[0]


class NetNamespace:
    """A network namespace that lives until ``close`` and its last process."""

    def __init__(self) -> None:
        def make() -> int:
            unshare(CLONE_NEWNET)
            return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

        self._fd: int | None = _in_thread(make)

    @property
    def path(self) -> str:
        """A path by which other processes of this PID namespace can open it."""
        if self._fd is None:
            raise ValueError("the network namespace is closed")
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    def call(self, function: Callable[[], T]) -> T:
        """What ``function`` returns when it runs inside; processes it starts stay inside."""
        if self._fd is None:
            raise ValueError("the network namespace is closed")
        fd = self._fd

        def run() -> T:
            setns(fd, CLONE_NEWNET)
            return function()

        return _in_thread(run)

    def run(self, command: list[str], stdin: str | None = None) -> str:
        """Run a command inside; its output. Raises OSError with what it said."""

        def run() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                command, input=stdin, capture_output=True, text=True, timeout=30, check=False
            )

        done = self.call(run)
        if done.returncode != 0:
            raise OSError(f"{command[0]}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def ip(self, lines: Iterable[str]) -> None:
        """Carry out commands of the ip tool, one a line, in one go."""
        self.run(["ip", "-batch", "-"], "".join(f"{line}\n" for line in lines))

    def sysctl(self, settings: dict[str, str]) -> None:
        """Set network sysctls, of this namespace only."""

        def write() -> None:
            for name, value in settings.items():
                Path("/proc/sys", name.replace(".", "/")).write_text(value, encoding="ascii")

        self.call(write)

    def tcp_socket(self) -> socket.socket:
        """A new non-blocking TCP socket that belongs to this namespace."""

        def make() -> socket.socket:
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            made.setblocking(False)
            return made

        return self.call(make)

    def listen(self, address: str, port: int) -> socket.socket:
        """A listening TCP socket inside."""
        return self.call(lambda: listening_socket(address, port))

    def close(self) -> None:
        """Let go of the namespace."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def listening_socket(address: str, port: int) -> socket.socket:
    """A non-blocking listening TCP socket in the caller's own namespace."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setblocking(False)
        made.bind((address, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made
