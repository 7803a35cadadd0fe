"""A part that fails or would take too long takes no figures away from the others."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.measure import Row, each_by_itself


def rows(*values: float, fails: bool = False) -> Iterator[Row]:
    for value in values:
        yield Row(f"{value}", value, "s")
    if fails:
        raise OSError("no such cloud")


def test_each_part_is_measured_whatever_becomes_of_the_others() -> None:
    parts = {"a": rows(1.0), "b": rows(2.0, fails=True), "c": rows(3.0)}
    seen = []
    with pytest.raises(ExceptionGroup) as failed:
        for row in each_by_itself(60.0, parts):
            seen.append(row.value)
    assert seen == [1.0, 2.0, 3.0]
    assert [str(error) for error in failed.value.exceptions] == ["no such cloud"]


def test_what_has_no_time_left_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(each_by_itself(-1.0, {"a": rows(1.0)})) == []
    assert "a: left out" in capsys.readouterr().out


def test_the_command_writes_what_it_has_and_says_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bench.json"
    known = {
        "one": ("One", lambda _: rows(1.0, fails=True)),
        "two": ("Two", lambda _: rows(2.0)),
    }
    monkeypatch.setattr(command, "NAMES", known)
    monkeypatch.setattr(sys, "argv", ["bench", "--json", str(file)])
    assert command.main() == 1
    results = json.loads(file.read_text())["results"]
    assert {name: [row["value"] for row in found] for name, found in results.items()} == {
        "one": [1.0],
        "two": [2.0],
    }
    said = capsys.readouterr()
    assert "not measured, or not all of it: one" in said.out
    assert "no such cloud" in said.err
