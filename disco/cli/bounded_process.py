"""What a program prints, when the program speaks for a machine that nobody vouches for."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import IO, NamedTuple

from disco.client.plain_text import plain_text
from disco.untrusted import one_line

#: bytes of standard error that are kept
MAX_ERRORS = 64 * 1024


class Finished(NamedTuple):
    """How a program ended, and what it printed."""

    status: int
    output: bytes
    errors: str


def read_output(
    words: Sequence[str],
    most: int,
    seconds: float,
    idle: float,
    given: IO[bytes] | None = None,
    fed: Callable[[], float] | None = None,
) -> Finished:
    """Run a program, until its end or the first ``most`` bytes of its output.

    Args:
        words: the command line.
        most: bytes; a program that prints more is ended, which counts as success.
        seconds: for all of it.
        idle: seconds without a byte, of its output or of what it is given.
        given: its input; None for no input.
        fed: when it last took some of its input, as ``time.monotonic()`` tells it.

    Raises:
        TimeoutError: it took longer; it is ended.
        OSError: it could not be started.
    """
    kept, errors = bytearray(), bytearray()
    deadline = time.monotonic() + seconds
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL if given is None else given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    try:
        with process.stdout, process.stderr, selectors.DefaultSelector() as selector:
            for stream, into in ((process.stdout, kept), (process.stderr, errors)):
                selector.register(stream, selectors.EVENT_READ, into)
            alive = time.monotonic()
            while selector.get_map():
                alive = max(alive, fed() if fed else alive)
                left = min(deadline, alive + idle) - time.monotonic()
                if left <= 0:
                    raise TimeoutError("no end in time")
                ready = selector.select(left)
                if ready:
                    alive = time.monotonic()
                for key, _ in ready:
                    piece = os.read(key.fd, 65536)
                    if not piece:
                        selector.unregister(key.fileobj)
                    elif key.data is kept or len(errors) < MAX_ERRORS:
                        key.data.extend(piece)
                if len(kept) >= most:
                    return Finished(0, bytes(kept[:most]), errors.decode("utf-8", "replace"))
        status = process.wait(timeout=max(deadline - time.monotonic(), 1.0))
    except subprocess.TimeoutExpired as error:
        raise TimeoutError("no end in time") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return Finished(status, bytes(kept), errors.decode("utf-8", "replace"))


def last_words(errors: str, most: int = 400) -> str:
    """The last lines that a program printed, as a part of a sentence: no line is one of ours."""
    lines = [line.strip() for line in plain_text(errors[-4 * most :]).splitlines()]
    return one_line("; ".join([line for line in lines if line][-3:]), most) or "nothing"
