"""A master that is this machine: what ssh would run there runs in a home of its own."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from disco.cli.jobs import on_node
from disco.cli.jobs.channel import Channel
from disco.cli.jobs.kinds import JobKind
from disco.cli.jobs.submission import Submission, submit
from tests.support.cloud import until


@dataclass
class LocalAccess:
    """As `disco.cli.ssh_access.Access`, without ssh."""

    master: str = "disco-manager"

    def command(self, node: str, *options: str) -> list[str]:
        """A shell, after which its command stands."""
        return ["sh", "-c"]


@dataclass
class Master:
    """The home of whoever logs in, and calls of it."""

    home: Path
    channel: Channel

    def folder(self, job: str) -> Path:
        """Of a job."""
        return self.home / "disco-jobs" / job

    def submit(self, script: str, name: str = "one", *arguments: str, **more: Any) -> str:
        """Run a script of bash; its name."""
        path = self.home.parent / f"{name}.sh"
        path.write_text(script)
        files = [Path(each) for each in more.pop("files", ())]
        key = more.pop("publish_key", None)
        kind = JobKind(
            **{
                **dict(name="shell", component="shell", base=True, files=(".sh",), imports=()),
                **dict(guess=True, command='bash "$@"', stop=None),
                **more,
            }
        )
        submit(self.channel, Submission(kind, [path, *files], arguments, ()), name, key)
        return name

    def processes(self) -> dict[int, str]:
        """Those that run in the folder of a job, whoever began them: their programs."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(entry / "cwd").startswith(str(self.home / "disco-jobs")):
                    found[int(entry.name)] = (entry / "comm").read_text().strip()
        return found

    def ended(self, job: str = "one") -> dict[str, Any]:
        """The record of a job, when it has ended."""
        until(lambda: (self.folder(job) / "end.json").exists(), 30, "the job's end")
        return on_node.describe(job)


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Master]:
    """Without systemd, as nodes of the embedded cloud for ordinary users are."""
    home, programs = tmp_path / "home", tmp_path / "bin"
    home.mkdir()
    programs.mkdir()
    (programs / "sudo").write_text("#!/bin/sh\nexit 1\n")
    (programs / "sudo").chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    access: Any = LocalAccess()
    found = Master(home, Channel(access))
    yield found
    while pids := found.processes():
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
