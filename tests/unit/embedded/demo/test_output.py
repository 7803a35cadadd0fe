"""The demo prints each state and each line of a log once."""

from __future__ import annotations

import time

import pytest

from disco.embedded.demo.output import Progress


def test_states_and_lines_are_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(time.monotonic())
    for log in ("a\n", "a\nb\n", "", "a\nb\nc\n"):
        progress.say("CREATE_IN_PROGRESS")
        progress.follow(log)
    progress.say("CREATE_COMPLETE")
    words = [line.split("] ")[1].strip() for line in capsys.readouterr().out.splitlines()]
    assert words == ["CREATE_IN_PROGRESS", "a", "b", "c", "CREATE_COMPLETE"]
