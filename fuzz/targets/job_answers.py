"""What a master says of jobs: their records, the pieces of a log, and the files of a fetch."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from disco.cli.exit_status import CommandError
from disco.cli.jobs.channel import Channel, Lost
from disco.cli.jobs.pieces import read_pieces
from disco.cli.jobs.records import read_job
from disco.cli.jobs.transfer import fetch
from disco.client import InvalidAnswer
from fuzz.target import Broken, Target

MOST = 1 << 16


class _Process(NamedTuple):
    stdout: IO[bytes]


class _Says:
    """A channel to a master that says the same to everything."""

    def __init__(self, said: IO[bytes]) -> None:
        self._process = _Process(said)

    @contextlib.contextmanager
    def opened(self, *_: object) -> Iterator[_Process]:
        """Nothing is opened."""
        yield self._process

    def refuse(self, *_: object) -> None:
        """It refuses nothing."""


@contextlib.contextmanager
def _said(data: bytes) -> Iterator[IO[bytes]]:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream:
        with os.fdopen(writer, "wb", buffering=0) as out:
            fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, 1 << 20)
            out.write(data[: 1 << 20])
        yield stream


def run(data: bytes) -> str:
    """Read jobs from what a master says, and fetch files from it into a folder."""
    shown: list[object] = []
    with _said(data) as said, contextlib.suppress(Lost, InvalidAnswer):
        for told, _ in read_pieces(cast("subprocess.Popen[bytes]", _Process(said))):
            with contextlib.suppress(InvalidAnswer):
                shown.append(read_job(told.get("end", told)))
    with tempfile.TemporaryDirectory() as folder, _said(data) as said:
        into = Path(folder, "into")
        with contextlib.suppress(Lost, InvalidAnswer, CommandError):
            shown.append(fetch(cast(Channel, _Says(said)), "one", "output", into, MOST))
        if any(path.name != "into" for path in Path(folder).iterdir()):
            raise Broken("it has written elsewhere")
        if sum(path.lstat().st_size for path in into.rglob("*") if path.is_file()) > MOST:
            raise Broken("it has written too much")
    return f"{shown}"


TARGET = Target(
    run,
    refusals=(),
    dictionary=(
        *('{"is_folder": true}\n', '{"file": "', '", "runs": true}\n', '{"folder": "', '"}\n'),
        *('{"bytes": 3}\nabc', '{"end": true, "left": 1}\n', "../", '{"stream": 1, "bytes": '),
        *('{"end": {"job": "one", "state": "done", "words": ["', '"seconds": ', '"submitted": "'),
    ),
)
