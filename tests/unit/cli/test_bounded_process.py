"""A program that speaks for a node cannot fill this machine or hold a command."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from disco.cli.bounded_process import MAX_ERRORS, read_output


def test_what_is_printed_and_how_it_ended() -> None:
    done = read_output(["sh", "-c", "echo out; echo err >&2; exit 3"], 1000, 10, 10)
    assert done == (3, b"out\n", "err\n")


def test_what_is_given_is_its_input(tmp_path: Path) -> None:
    (tmp_path / "given").write_text("through a file")
    with (tmp_path / "given").open("rb") as given:
        assert read_output(["cat"], 100, 10, 10, given).output == b"through a file"


def test_more_than_is_read_ends_it() -> None:
    assert read_output(["sh", "-c", "while :; do echo aaaaaaaa; done"], 1000, 30, 10).status == 0
    endless = "while :; do printf '%01000d' 0 >&2; done & sleep 1; kill $!"
    assert len(read_output(["bash", "-c", endless], 10, 30, 10).errors) < MAX_ERRORS + 65536


@pytest.mark.parametrize(
    ("script", "seconds", "idle"),
    [("sleep 60", 30, 0.3), ("while :; do echo; sleep 0.05; done", 0.5, 10)],
)
def test_one_that_does_not_end_is_ended(script: str, seconds: float, idle: float) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        read_output(
            ["sh", "-c", f"exec {script}" if "while" not in script else script],
            10**6,
            seconds,
            idle,
        )
    assert time.monotonic() - began < 10


def test_errors_that_are_no_text_are_read() -> None:
    done = read_output(["printf", "\\377"], 1000, 10, 10)
    assert done.output == b"\xff"
    assert read_output(["sh", "-c", "printf '\\377' >&2"], 1000, 10, 10).errors == "\ufffd"
