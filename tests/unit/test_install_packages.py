"""While pip works, somebody who waits is told what it does."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "install-packages"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("install_packages", str(TOOL))
    spec = importlib.util.spec_from_loader("install_packages", loader)
    assert spec is not None
    found = importlib.util.module_from_spec(spec)
    loader.exec_module(found)
    return found


SAID = """\
Obtaining file:///somewhere
  Installing build dependencies: started
Collecting numpy>=2 (from pandas)
  Downloading numpy-2.4.0-cp311-manylinux.whl (16.2 MB)
Collecting pandas
Installing collected packages: numpy, pandas, disco-clusters
Successfully installed numpy-2.4.0
""".splitlines()


def test_each_step_is_told_in_words(tool: ModuleType) -> None:
    progress = tool.Progress()
    told = []
    for line in SAID:
        progress.read(line)
        told.append(str(progress).partition(", ")[2])
    assert told == [
        "starting",
        "building: Installing build dependencies",
        "fetching packages 1: numpy",
        "fetching packages 1: numpy (16.2 MB)",
        "fetching packages 2: pandas",
        "installing 3 packages: the last step",
        "installing 3 packages: the last step",
    ]


def test_a_pipe_gets_a_line_for_each_phase(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "REDRAW_S", 0.01)
    out, progress = io.StringIO(), tool.Progress()
    with tool.Display(progress, out):
        while "starting" not in out.getvalue():
            pass
        progress.read("Collecting numpy")
        while "fetching" not in out.getvalue():
            pass
    assert [line.partition(", ")[2] for line in out.getvalue().splitlines()] == [
        "starting",
        "fetching packages 1: numpy",
    ]


def test_what_pip_said_is_printed_where_it_fails() -> None:
    done = subprocess.run(
        [sys.executable, str(TOOL), "--no-index", "no-such-package-of-disco"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "No matching distribution found for no-such-package-of-disco" in done.stdout
