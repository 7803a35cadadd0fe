"""What a job says, shown while it says it, until its end."""

from __future__ import annotations

import codecs
import sys
import time
from collections.abc import Callable
from typing import TextIO

from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs.channel import Channel, Lost
from disco.cli.jobs.pieces import read_pieces
from disco.cli.jobs.records import Job, read_job
from disco.client import InvalidAnswer
from disco.client.plain_text import plain_text

#: seconds for which a connection that says nothing is made anew, and between two of them
PATIENCE, PAUSE = 300.0, 2.0
#: characters that are kept: Spark's tracebacks are long
LAST = 64 << 10


class Printer:
    """Shows the two streams of a job on those of this command.

    Attributes:
        last: the end of what it has said on its standard error.
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.last = ""
        new = codecs.getincrementaldecoder("utf-8")
        self._to = {1: out or sys.stdout, 2: err or sys.stderr}
        self._decoders = {number: new("replace") for number in self._to}

    def show(self, number: int, piece: bytes, final: bool = False) -> None:
        """Print a piece; to a file or program as it is."""
        stream = self._to[number]
        text = self._decoders[number].decode(piece, final)
        stream.write(plain_text(text) if stream.isatty() else text)
        stream.flush()
        if number == 2:
            self.last = (self.last + text)[-LAST:]


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
                for told, piece in read_pieces(process):
                    seen = time.monotonic()
                    if tick:
                        tick()
                    channel.refuse(told, request)
                    if piece:
                        number = told.get("stream")
                        if number not in (1, 2):
                            raise InvalidAnswer("The master's answer is not a log of a job.")
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
