"""``disco`` as people and scripts run it: on a terminal, and in a pipe."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from disco.cli.main import main
from disco.embedded.cloud import Credentials

ROOT = Path(__file__).parents[2]
#: -P: as with the installed command, the folder one is in is not where modules are looked for
DISCO = (sys.executable, "-P", "-m", "disco.cli.main")
#: a network that tests find there
NETWORK = "network-of-demo"
NODES = ("--image", "debian-12", "--flavor", "m1.small", "--workers", "1")
#: a cluster with half the resources of one that has a network of its own
SMALL = (*NODES, "--existing-network", NETWORK, "--floating-ip", "none")


@dataclass
class Done:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str = ""

    @property
    def json(self) -> Any:
        """Standard output, which must be nothing but JSON."""
        return json.loads(self.out)


def environment(who: Credentials, home: Path) -> dict[str, str]:
    """What an openrc sets, and a home in which nothing is.

    The cache is the user's own: what packages are installed is looked up at the first call.
    """
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        "LANG": "C.UTF-8",
        "OS_AUTH_URL": who.auth_url,
        "OS_USERNAME": who.username,
        "OS_PASSWORD": who.password,
        "OS_PROJECT_NAME": who.project_name,
        "OS_REGION_NAME": who.region_name,
        "OS_USER_DOMAIN_NAME": who.domain_name,
        "OS_PROJECT_DOMAIN_NAME": who.domain_name,
    }


@dataclass
class Shell:
    """Runs ``disco`` with an environment that is all there is of it."""

    env: dict[str, str]
    cwd: Path

    def run(
        self, *words: str, stdin: str | None = None, timeout: float = 120, **names: str | None
    ) -> Done:
        """In a pipe; ``names`` change the environment, None takes one out."""
        done = subprocess.run(
            [*DISCO, *words],
            env=self._environment(names),
            cwd=self.cwd,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def call(self, *words: str, **names: str | None) -> Done:
        """As ``run``, in this process: for all that is not about processes."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self._environment(names), clear=True),
            mock.patch.object(sys, "stdin", io.StringIO()),
            contextlib.chdir(self.cwd),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                status = main(words)
            except SystemExit as end:
                status = int(end.code or 0)
        return Done(status, out.getvalue(), err.getvalue())

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        """In a pipe, without waiting for its end."""
        return subprocess.Popen(
            [*DISCO, *words],
            env=self._environment({}),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def terminal(
        self,
        *words: str,
        typed: str = "",
        timeout: float = 120,
        when: str = "",
        then: Callable[[], None] | None = None,
    ) -> Done:
        """On a pseudo-terminal of 100 columns; what is ``typed`` is there at once.

        ``then`` is called once, as soon as ``when`` has been shown.
        """
        names: dict[str, str | None] = {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        main, side = pty.openpty()
        process = subprocess.Popen(
            [*DISCO, *words],
            env=self._environment(names),
            cwd=self.cwd,
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
        )
        os.close(side)
        try:
            if typed:
                os.write(main, typed.encode())
            out = _read(main, time.monotonic() + timeout, when, then)
            return Done(process.wait(timeout=10), out)
        finally:
            os.close(main)
            if process.poll() is None:
                process.kill()
                process.wait()

    def create(self, *words: str) -> str:
        """A complete cluster; its id."""
        done = self.call("create", *words, "-o", "json")
        assert done.status == 0, done.err
        made: str = done.json["id"]
        return made

    def _environment(self, names: dict[str, str | None]) -> dict[str, str]:
        return {k: v for k, v in {**self.env, **names}.items() if v is not None}


def _read(
    descriptor: int, deadline: float, when: str = "", then: Callable[[], None] | None = None
) -> str:
    """Until the other side is closed; ``then`` is called when ``when`` is there."""
    found = b""
    while time.monotonic() < deadline:
        if select.select([descriptor], [], [], 0.5)[0]:
            piece = b""
            with contextlib.suppress(OSError):  # how Linux says that nobody has it open
                piece = os.read(descriptor, 65536)
            if not piece:
                return found.decode("utf-8", "replace")
            found += piece
            if then and when.encode() in found:
                then()
                then = None
    raise AssertionError(f"not ended in time: {found.decode(errors='replace')}")
