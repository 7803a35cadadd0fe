"""What is said where the cloud cannot run, or nobody agreed; runs everywhere."""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.openstack import machine
from tests.openstack.__main__ import main
from tests.openstack.settings import Running, State

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04"\nVERSION_ID="24.04"\nID=ubuntu\n'


@pytest.fixture
def fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a machine that has everything."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "proc").mkdir()
    (tmp_path / "etc/os-release").write_text(DEBIAN)
    (tmp_path / "proc/meminfo").write_text("MemTotal: 1 kB\nMemAvailable:   20000000 kB\n")
    (tmp_path / "proc/filesystems").write_text("nodev\toverlay\n\text4\n\txfs\n")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, 2**36))
    monkeypatch.setattr(machine, "load_modules", lambda: None)
    monkeypatch.setattr(machine, "_namespaces", lambda: None)
    return tmp_path


def test_a_machine_that_has_everything_is_fit(fit: Path) -> None:
    assert machine.missing(fit / "state", fit) == []


def test_all_reasons_are_told_at_once(fit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fit / "etc/os-release").write_text(UBUNTU)
    (fit / "proc/meminfo").write_text("MemAvailable:   2097152 kB\n")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, 2**30))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert machine.missing(fit / "state", fit) == [
        "this is Ubuntu 24.04: Debian 12 is needed",
        "2.0 GiB of memory are available: 10 GiB are needed",
        f"1.0 GiB are free in {fit}: 12 GiB are needed",
        "you are not root: run it with sudo",
    ]


def test_a_kernel_without_xfs_is_named(fit: Path) -> None:
    (fit / "proc/filesystems").write_text("nodev\toverlay\n\text4\n")
    assert machine.missing(fit / "state", fit) == ["the kernel has no file system xfs"]


@pytest.mark.parametrize(
    ("answer", "agreed"), [("y", True), ("yes", True), ("", False), ("n", False)]
)
def test_a_terminal_is_asked(
    answer: str, agreed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert machine.is_agreed(tmp_path, {}) is agreed


@pytest.mark.parametrize(("yes", "agreed"), [("1", True), ("", False), ("0", False)])
def test_without_a_terminal_yes_is_needed(
    yes: str, agreed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert machine.is_agreed(tmp_path, {"YES": yes}) is agreed


def test_nothing_is_made_without_consent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.delenv("YES", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(machine, "missing", lambda _: [])
    state = tmp_path / "state"
    assert main(["--state", str(state), "run"]) == 2
    assert "YES=1" in capsys.readouterr().err
    assert not state.exists()


def test_an_unfit_machine_is_told_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.setattr(machine, "missing", lambda _: ["you are not root: run it with sudo"])
    assert main(["--state", str(tmp_path / "state"), "up"]) == 2
    assert "  - you are not root" in capsys.readouterr().err


def test_what_a_killed_cloud_left_is_removed(tmp_path: Path, capsys: Any) -> None:
    state = State(tmp_path)
    state.run.mkdir()
    (state.run / "upper").mkdir()
    # no process has this number: Linux's largest is 2 ** 22
    Running(pid=2**22 + 1, group=f"disco-openstack-{os.getpid()}-none").write(state)
    assert main(["--state", str(tmp_path), "down"]) == 0
    assert "had been killed" in capsys.readouterr().out
    assert not state.run.exists()
    assert main(["--state", str(tmp_path), "down"]) == 0
