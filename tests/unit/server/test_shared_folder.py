"""The folder of numbers: there for the processes of the service, and gone with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from disco.server.shared_folder import VARIABLE, shared_folder


def test_it_is_removed_by_the_process_that_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with shared_folder() as folder:
        assert os.environ[VARIABLE] == folder
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        with monkeypatch.context() as forked:
            forked.setattr(os, "getpid", lambda: -1)
            inner = shared_folder()
            inner.__enter__()
            forked.undo()
            inner_folder = os.environ[VARIABLE]
            inner.__exit__(None, None, None)
        assert Path(inner_folder).is_dir()
        Path(inner_folder).rmdir()
    assert not Path(folder).exists()


def test_nothing_that_is_imported_before_it_counts_already() -> None:
    script = (
        "import sys, disco.server.service_manager;"
        "sys.exit('prometheus_client' in sys.modules or 'disco.metrics' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
