"""systemctl on nodes without systemd: what needs no running init."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.embedded.nodes.guest import systemctl, units


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of units, with one that is wanted at boot and one that is not."""
    monkeypatch.setattr(systemctl, "_ETC", tmp_path)
    monkeypatch.setattr(units, "DIRECTORIES", (str(tmp_path),))
    wanted = "[Service]\nExecStart=/bin/a\n[Install]\nWantedBy=multi-user.target\n"
    (tmp_path / "a.service").write_text(wanted)
    (tmp_path / "b.service").write_text("[Service]\nExecStart=/bin/b\n")
    return tmp_path


def state(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    systemctl.is_enabled(name)
    return capsys.readouterr().out.strip()


def test_enable_and_disable(etc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert state("a.service", capsys) == "disabled"
    assert systemctl.systemctl(["-q", "enable", "a"]) == 0
    assert (etc / "multi-user.target.wants/a.service").resolve() == etc / "a.service"
    assert state("a.service", capsys) == "enabled"
    assert systemctl.systemctl(["disable", "a.service"]) == 0
    assert state("a.service", capsys) == "disabled"
    assert state("b.service", capsys) == "static"


def test_mask_and_unmask(etc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert systemctl.systemctl(["mask", "c"]) == 0
    assert state("c.service", capsys) == "masked"
    assert systemctl.systemctl(["unmask", "c"]) == 0
    assert not (etc / "c.service").exists()
    assert systemctl.systemctl(["mask", "a"]) == 1
    assert "already exists" in capsys.readouterr().err


def test_an_unknown_unit_cannot_be_enabled(etc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert systemctl.systemctl(["enable", "x"]) == 1
    assert "x.service does not exist" in capsys.readouterr().err


def test_patterns_stand_for_units(etc: Path) -> None:
    assert systemctl.expand(["x", "*"]) == ["x.service", "a.service", "b.service"]
    assert systemctl.expand(["[b]*"]) == ["b.service"]
