"""Answers of a master that come piece by piece."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import IO, Any

import pytest

from disco.cli.jobs import pieces as module
from disco.cli.jobs.channel import Lost
from disco.cli.jobs.pieces import read_pieces
from disco.client import InvalidAnswer
from tests.unit.cli.jobs.conftest import Parts, line


def read(said: bytes) -> list[tuple[dict[str, Any], bytes]]:
    with Parts(said).opened("follow", {}) as process:
        return list(read_pieces(process))


def test_lines_have_their_bytes_until_the_last() -> None:
    said = line({"bytes": 3}, b"a\nb") + line({}) + line({"end": 1}) + line({"bytes": 1}, b"x")
    assert read(said) == [({"bytes": 3}, b"a\nb"), ({}, b""), ({"end": 1}, b"")]
    assert read(line({"refused": "x"})) == [({"refused": "x"}, b"")]


def test_a_record_with_the_longest_arguments_is_read() -> None:
    words = ["\u00e4" * 50_000, *"x" * 50_000]
    assert read(line({"end": {"words": words}})) == [({"end": {"words": words}}, b"")]


@pytest.mark.parametrize("said", [b"", b"{}", b"{}\n", line({"bytes": 5}, b"1234")])
def test_an_answer_that_is_cut_off_is_lost(said: bytes) -> None:
    with pytest.raises(Lost):
        read(said)


@pytest.mark.parametrize(
    "said",
    [
        *(b"no json\n", b"[1]\n", b"x" * (5 << 20), b"[" * 100_000 + b"\n", b"\xff\n"),
        *(line({"bytes": odd}) for odd in (10_000_000, -5, True, "9", None, 1.0)),
    ],
)
def test_what_is_no_such_answer_is_refused(said: bytes) -> None:
    with pytest.raises(InvalidAnswer):
        read(said)


@pytest.fixture
def dripping() -> Iterator[IO[bytes]]:
    """A byte every 50 ms, for ever: none of them late."""
    reader, writer = os.pipe()
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.05):
            os.write(writer, b" ")

    thread = threading.Thread(target=drip)
    thread.start()
    with os.fdopen(reader, "rb") as stream:
        yield stream
        over.set()
        thread.join()
    os.close(writer)


def test_a_byte_now_and_then_is_no_sign_of_life(
    dripping: IO[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE", 0.4)

    class Process:
        stdout = dripping

    process: Any = Process()
    with pytest.raises(Lost):
        next(read_pieces(process))
