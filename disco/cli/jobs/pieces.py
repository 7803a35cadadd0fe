"""Answers of a master that come piece by piece: a line of JSON, and the bytes that belong to it.

It is what logs and files come in, since every part of it has a limit and a time: an archive's
format lets who writes it say sizes, nesting and contents that are not there.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from disco.cli.jobs.channel import Lost
from disco.cli.jobs.on_node import BEAT, PIECE
from disco.client import InvalidAnswer
from disco.untrusted import Malformed, read_json_object

#: seconds in which a line must come, since a master says something every few seconds, and bytes
#: that belong to it for each further second: less is no line that works
SILENCE, MIN_RATE = 6 * BEAT, 1024
#: bytes of a line, and values in it: the last one of a log has the record, with its arguments
MAX_LINE, MAX_VALUES = 1 << 22, 200_000


def read_pieces(process: subprocess.Popen[bytes]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What a master says, up to the line with ``end`` or ``refused``.

    Raises:
        Lost: the connection ended, or says nothing any more.
        InvalidAnswer: it says something else.
    """
    assert process.stdout
    buffer = bytearray()
    descriptor = process.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)

        def more(until: float) -> None:
            if not selector.select(max(until - time.monotonic(), 0)):
                raise Lost
            data = os.read(descriptor, 1 << 16)
            if not data:
                raise Lost
            buffer.extend(data)

        while True:
            # for all of it: a byte now and then is no sign of life
            until = time.monotonic() + SILENCE
            seen = 0
            while (end := buffer.find(b"\n", seen)) < 0:
                seen = len(buffer)
                if seen > MAX_LINE:
                    raise InvalidAnswer("The master's answer about the job cannot be read.")
                more(until)
            told = _read_line(bytes(buffer[:end]))
            del buffer[: end + 1]
            size = told.get("bytes", 0)
            until += size / MIN_RATE
            while len(buffer) < size:
                more(until)
            piece = bytes(buffer[:size])
            del buffer[:size]
            yield told, piece
            if "end" in told or "refused" in told:
                return


def _read_line(line: bytes) -> dict[str, Any]:
    try:
        told = read_json_object(line, max_bytes=MAX_LINE, max_values=MAX_VALUES)
    except Malformed:
        raise InvalidAnswer("The master's answer about the job cannot be read.") from None
    size = told.get("bytes", 0)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= PIECE:
        raise InvalidAnswer("The master's answer about the job cannot be read.")
    return told
