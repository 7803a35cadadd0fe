"""What a job says, while it says it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from disco.cli.exit_status import CommandError
from disco.cli.jobs import follow as module
from disco.cli.jobs.follow import Printer, follow
from disco.client import InvalidAnswer
from tests.unit.cli.jobs.conftest import Master, Parts, line

END = {"job": "one", "state": "failed", "status": 3}


class Terminal(io.StringIO):
    """A stream that leads to a terminal."""

    def isatty(self) -> bool:
        return True


def piece(number: int, said: bytes) -> bytes:
    return line({"stream": number, "bytes": len(said)}, said)


def end(**parts: Any) -> bytes:
    return line({"end": {**END, **parts}})


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)


def test_all_that_a_job_says_is_shown_and_the_end_is_its_end(master: Master) -> None:
    many = "x" * 100_000
    master.submit(f"echo {many}; echo err >&2; until [ -e $HOME/on ]; do sleep 0.1; done; exit 3")
    out, err = io.StringIO(), io.StringIO()

    def tick() -> None:
        if out.getvalue() and err.getvalue():
            (master.home / "on").touch()

    job = follow(master.channel, "one", Printer(out, err), tick=tick)
    assert (job.state, job.status) == ("failed", 3)
    assert out.getvalue() == f"{many}\n"
    assert err.getvalue() == "err\n"


def test_without_staying_what_there_is_is_shown(master: Master) -> None:
    master.submit("echo so far; until [ -e $HOME/on ]; do sleep 0.1; done")
    out = io.StringIO()
    while "so far" not in out.getvalue():
        out = io.StringIO()
        job = follow(master.channel, "one", Printer(out), stay=False)
        assert job.state == "running"


def test_a_connection_that_breaks_is_made_again_where_it_was() -> None:
    text = "ä€".encode()
    out, err = io.StringIO(), io.StringIO()
    # the second connection begins in the middle of a character
    channel: Any = Parts(
        piece(1, text[:3]) + piece(2, b"e"), piece(1, text[3:])[:-1], piece(1, text[3:]) + end()
    )
    job = follow(channel, "one", Printer(out, err))
    assert (out.getvalue(), err.getvalue()) == ("ä€", "e")
    assert [(r["stdout"], r["stderr"]) for r in channel.asked] == [(0, 0), (3, 1), (3, 1)]
    assert job.exit_status == 3


def test_a_terminal_is_not_commanded_and_a_file_has_all_bytes() -> None:
    said = b"\x1b]0;owned\x07\xff ok\n"
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        channel: Any = Parts(piece(1, said) + end())
        follow(channel, "one", Printer(stream))
    assert terminal.getvalue() == "?]0;owned?\ufffd ok\n"
    assert file.getvalue().startswith("\x1b]0;owned")


@pytest.mark.parametrize(
    "said",
    [
        b"no json\n",
        b"[1]\n",
        b'{"stream": 1, "bytes": 10000000}\n',
        b'{"stream": 1, "bytes": -5}\n',
        b'{"stream": 1, "bytes": true}\n',
        b'{"stream": 3, "bytes": 1}\nx',
        b'{"stream": [1], "bytes": 1}\nx',
        b'{"bytes": "9"}\n',
        b"x" * (5 << 20),
        b'{"end": {"job": "-x", "state": "done"}}\n',
        b'{"end": 5}\n',
    ],
)
def test_a_node_that_says_something_else_is_told_so(said: bytes) -> None:
    channel: Any = Parts(said)
    with pytest.raises(InvalidAnswer):
        follow(channel, "one", Printer(io.StringIO(), io.StringIO()))


def test_a_master_that_is_gone_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    channel: Any = Parts(b"")
    with pytest.raises(CommandError, match="may go on there"):
        follow(channel, "one", Printer(io.StringIO(), io.StringIO()))


def test_a_job_that_there_is_not_is_said() -> None:
    channel: Any = Parts(b'{"refused": "unknown-job"}\n')
    with pytest.raises(CommandError):
        follow(channel, "one", Printer(io.StringIO(), io.StringIO()))
