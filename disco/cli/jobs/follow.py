"""What a job says, shown while it says it, until its end."""

from __future__ import annotations

import codecs
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs.channel import Channel, Lost
from disco.cli.jobs.on_node import BEAT, PIECE
from disco.cli.jobs.records import Job, read_job
from disco.client import InvalidAnswer
from disco.client.plain_text import plain_text
from disco.untrusted import Malformed, read_json_object

#: seconds without a sign of life after which another connection is made, and for how long
SILENCE, PATIENCE = 6 * BEAT, 300.0
#: seconds between two connections
PAUSE = 2.0
#: bytes of a line of the protocol: the last one has the record
_MAX_LINE = 1 << 18


class Printer:
    """Shows the two streams of a job on those of this command."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        new = codecs.getincrementaldecoder("utf-8")
        self._to = {1: out or sys.stdout, 2: err or sys.stderr}
        self._decoders = {number: new("replace") for number in self._to}

    def show(self, number: int, piece: bytes, final: bool = False) -> None:
        """Print a piece; to a file or program as it is."""
        stream = self._to[number]
        text = self._decoders[number].decode(piece, final)
        stream.write(plain_text(text) if stream.isatty() else text)
        stream.flush()


def follow(
    channel: Channel,
    job: str,
    printer: Printer,
    stay: bool = True,
    tick: Callable[[], None] | None = None,
) -> Job:
    """Show what a job has said, and with ``stay`` what it says until its end.

    A connection that breaks is made again, and nothing is shown twice.

    Args:
        channel: to the master.
        job: its name.
        printer: shows it.
        stay: whether to wait for its end.
        tick: called every few seconds meanwhile.

    Raises:
        CommandError: the master cannot be reached for minutes, or has no such job.
    """
    at = {1: 0, 2: 0}
    seen = time.monotonic()
    while True:
        try:
            request = {"job": job, "stdout": at[1], "stderr": at[2], "follow": stay}
            with channel.opened("follow", request) as process:
                for told, piece in _pieces(process):
                    seen = time.monotonic()
                    if tick:
                        tick()
                    channel.refuse(told, request)
                    if piece:
                        number = told["stream"]
                        at[number] += len(piece)
                        printer.show(number, piece)
                    if "end" in told:
                        for number in at:
                            printer.show(number, b"", True)
                        return read_job(told["end"])
        except Lost:
            pass
        if time.monotonic() - seen > PATIENCE:
            raise CommandError(
                f"The master has not answered for {PATIENCE:g} s. The job may go on there.",
                Status.UNAVAILABLE,
            )
        if tick:
            tick()
        time.sleep(PAUSE)


def _pieces(process: subprocess.Popen[bytes]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Lines of JSON with the bytes that belong to them.

    Raises:
        Lost: the connection ended, or says nothing any more.
        InvalidAnswer: it says something else.
    """
    assert process.stdout
    buffer = bytearray()
    descriptor = process.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)

        def more() -> None:
            if not selector.select(SILENCE):
                raise Lost
            data = os.read(descriptor, 1 << 16)
            if not data:
                raise Lost
            buffer.extend(data)

        while True:
            while (end := buffer.find(b"\n")) < 0:
                if len(buffer) > _MAX_LINE:
                    raise InvalidAnswer("The master's answer is not a log of a job.")
                more()
            told = _read_line(bytes(buffer[:end]))
            del buffer[: end + 1]
            size = told.get("bytes", 0)
            while len(buffer) < size:
                more()
            piece = bytes(buffer[:size])
            del buffer[:size]
            yield told, piece
            if "end" in told or "refused" in told:
                return


def _read_line(line: bytes) -> dict[str, Any]:
    try:
        told = read_json_object(line, max_bytes=_MAX_LINE)
    except Malformed:
        raise InvalidAnswer("The master's answer is not a log of a job.") from None
    size = told.get("bytes", 0)
    is_size = isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= PIECE
    if not is_size or (size and told.get("stream") not in (1, 2)):
        raise InvalidAnswer("The master's answer is not a log of a job.")
    return told
