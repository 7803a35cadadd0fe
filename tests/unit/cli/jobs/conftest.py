"""A master that is this machine: what ssh would run there runs in a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from disco.cli import cluster_options
from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs import on_node, submission
from disco.cli.jobs import run as run_module
from disco.cli.jobs.channel import Channel
from disco.cli.jobs.kinds import JobKind, Offered, built_in_kinds
from disco.cli.jobs.submission import Submission, submit
from tests.support.cloud import until
from tests.unit.cli.jobs.runs import Service


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


class Parts:
    """A master whose connections give these parts, one after the other."""

    def __init__(self, *said: bytes) -> None:
        self.said = list(said)
        self.asked: list[Any] = []

    @contextlib.contextmanager
    def opened(self, verb: str, request: object) -> Iterator[Any]:
        self.asked.append(request)
        if not self.said:
            pytest.fail("asked once more")
        with tempfile.TemporaryFile() as file:
            file.write(self.said.pop(0))
            file.seek(0)
            with subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as process:
                yield process

    def refuse(self, told: dict[str, Any], request: object) -> None:
        if "refused" in told:
            raise CommandError("refused", Status.NOT_FOUND)


def line(told: dict[str, Any], said: bytes = b"") -> bytes:
    """A line of JSON, and what belongs to it."""
    return json.dumps(told).encode() + b"\n" + said


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


@pytest.fixture
def service(master: Master, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    found = Service()

    @contextlib.contextmanager
    def channel_to(*_: object) -> Iterator[Any]:
        yield master.channel

    monkeypatch.setattr(submission, "channel_to", channel_to)
    monkeypatch.setattr(run_module, "offered_kinds", lambda _: Offered(tuple(built_in_kinds()), {}))
    monkeypatch.setattr(
        cluster_options, "complete_request", lambda _, args: cluster_options.request_of(args)
    )
    monkeypatch.chdir(tmp_path)
    yield found
