"""Processes of a node without systemd, whose PID 1 buries its own children and those of others."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import threading
from pathlib import Path


class Processes:
    """Starts processes and takes note of how they end; the one that waits for children."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ended: dict[int, int | None] = {}

    def start(self, command: list[str], **options: object) -> int:
        """Start a process of which ``wait`` will tell the end; its id."""
        files = options.pop("files", 0)
        assert isinstance(files, int)

        def before() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            _raise_files_limit(files)

        with self._changed:
            process = subprocess.Popen(
                command,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                preexec_fn=before,
                **options,  # type: ignore[call-overload]
            )
            process.returncode = 0  # the reaper waits for it, not this object
            self._ended[process.pid] = None
            return int(process.pid)

    def reap(self) -> None:
        """Bury every child that ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            with self._changed:
                if pid in self._ended:
                    self._ended[pid] = os.waitstatus_to_exitcode(status)
                    self._changed.notify_all()

    def wait(self, pid: int, timeout: float | None = None) -> int | None:
        """The exit status (negative: the signal); None when it still runs after ``timeout``."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended.get(pid) is not None, timeout)
            status = self._ended.get(pid)
            if status is not None:
                del self._ended[pid]
            return status

    def run(self, command: list[str], **options: object) -> int:
        """Run a command to its end."""
        status = self.wait(self.start(command, **options))
        assert status is not None
        return status


def session(leader: int) -> list[int]:
    """The processes that a service consists of: those of the session of its first one."""
    pids = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path("/proc", entry, "stat").read_text("ascii", "replace")
            except OSError:
                continue
            state, _, _, its_session = fields.rpartition(")")[2].split()[:4]
            if int(its_session) == leader and state != "Z":
                pids.append(int(entry))
    return pids


def _raise_files_limit(wanted: int) -> None:
    """Allow so many open files, as far as the node may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def send(pids: list[int], number: int) -> None:
    """Send a signal to processes, some of which may be gone."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
