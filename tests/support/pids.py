"""PID namespaces for tests, as root or in a user namespace."""

from __future__ import annotations

import os
import subprocess

import pytest

_USER = () if os.geteuid() == 0 else ("--user", "--map-root-user")


def own_pids(*options: str) -> tuple[str, ...]:
    """The command prefix that makes what follows PID 1; skips where there is no such thing."""
    prefix = ("unshare", *_USER, "--pid", "--fork", *options)
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"no PID namespaces on this machine: {tried.stderr.strip()}")
    return prefix
