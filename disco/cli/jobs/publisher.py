"""Shows a job to DISCO's service, through the log server of the master.

`disco job submit` puts this file into the job's folder, and `runner.py` runs it there in a thread.
Everybody may reach the log server. So what is shown is in a folder whose name is a key, which the
service and those who may change the cluster know, below a folder that nobody but its owner can
list; and of the record it has no word that a user wrote: no file, no argument and no command.

It takes Python's library alone, of version 3.9 or newer. Nothing that fails here is any fault of
the job.
"""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import json
import os
import subprocess
import threading
import time
from typing import Any

#: seconds between two looks at what the job says, and between two signs of life
EVERY, BEAT = 1.0, 20.0
#: jobs that are shown, the newest
MOST_JOBS = 100
#: characters of a stream that are shown, and that stay of one that outgrew them
MOST, KEPT = 384 << 10, 256 << 10
#: characters of anything that is told of a job
_LONGEST = 64
#: bytes that are read at once, and that are not skipped
_PIECE = 1 << 20


class Shown:
    """What a job says to one of its streams, as far as it is shown."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._at = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text, self._before, self._is_new = "", 0, True

    def read_on(self) -> str | None:
        """What to write: the number of characters that are left out, and the rest; None: as is."""
        with open(self._path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size - self._at > 4 * _PIECE:
                self._before += size - _PIECE - self._at
                self._at = size - _PIECE
            stream.seek(self._at)
            piece = stream.read(4 * _PIECE)
        if not piece and not self._is_new:
            return None
        self._is_new = False
        self._at += len(piece)
        self._text += self._decoder.decode(piece)
        if len(self._text) > MOST:
            self._before += len(self._text) - KEPT
            self._text = self._text[-KEPT:]
        return f"{self._before}\n{self._text}"


class Publisher:
    """Shows one job."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._job = os.path.basename(folder)
        web = _load(os.path.join(folder, "web.json"))
        self._top = os.path.join(str(web["root"]), "jobs")
        self._place = os.path.join(self._top, str(web["key"]))
        self._streams = {n: Shown(os.path.join(folder, n)) for n in ("stdout", "stderr")}
        self._told: dict[str, Any] = {}
        self._at = 0.0

    def prepare(self) -> None:
        """Make the folders; the upper one can be entered, and not listed by others.

        Raises:
            OSError: they cannot be made, or not yet: a job that ends takes with it all that it
                began, and what is begun here beside it.
        """
        os.stat(os.path.dirname(self._top))  # a master without it has no log server
        if not os.path.isdir(self._top):
            try:
                os.mkdir(self._top, 0o711)
                os.chmod(self._top, 0o711)  # nosec B103  # whatever the mask is
            except FileExistsError:
                pass  # by another job, at the same moment
            except PermissionError:
                mine = ["-o", str(os.getuid()), "-g", str(os.getgid())]
                make = ["sudo", "-n", "install", "-d", "-m", "0711", *mine, self._top]
                with open(os.devnull, "r+b") as null:
                    subprocess.call(make, stdin=null, stdout=null, stderr=null)
        # never what it is in: everybody could list that
        with contextlib.suppress(FileExistsError):
            os.mkdir(self._place)
        os.chmod(self._place, 0o755)  # nosec B103  # its address is the secret

    def show(self) -> None:
        """Write what is new of the job."""
        for name, shown in self._streams.items():
            if (text := shown.read_on()) is not None:
                _write(os.path.join(self._place, f"{self._job}.{name}"), text)
        now = self._describe()
        if now != self._told or time.monotonic() - self._at > BEAT:
            self._list({**now, "seen": int(time.time())})
            self._told, self._at = now, time.monotonic()

    def _describe(self) -> dict[str, Any]:
        record = _load(os.path.join(self._folder, "record.json"))
        start = _load(os.path.join(self._folder, "start.json"))
        end = _load(os.path.join(self._folder, "end.json"))
        told = {
            "job": self._job,
            "framework": record.get("framework"),
            "state": end.get("state", "running"),
            "status": end.get("status"),
            "submitted": record.get("submitted"),
            "started": start.get("time"),
            "ended": end.get("time"),
            "seconds": end.get("seconds"),
        }
        # a job can write its own record: what is long is nothing that the service reads
        return {name: v if len(str(v)) <= _LONGEST else None for name, v in told.items()}

    def _list(self, mine: dict[str, Any]) -> None:
        """Put the job into the list, in which it may be already; jobs run side by side."""
        index = os.path.join(self._place, "jobs.json")
        lock = os.path.join(os.path.dirname(self._folder), ".publishing")
        with open(lock, "ab") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            listed = _load(index).get("jobs")
            known = listed if isinstance(listed, list) else []
            # jobs can write here, too, and must not hide the others
            others = [job for job in known if _is_job(job) and job["job"] != self._job]
            jobs = sorted([mine, *others], key=lambda job: str(job["submitted"]), reverse=True)
            _write(index, json.dumps({"jobs": jobs[:MOST_JOBS]}))
            for old in jobs[MOST_JOBS:]:
                for name in self._streams:
                    with contextlib.suppress(OSError):
                        os.unlink(os.path.join(self._place, f"{old['job']}.{name}"))


def _is_job(job: Any) -> bool:
    return isinstance(job, dict) and isinstance(job.get("job"), str) and "submitted" in job


def publish(folder: str, ended: threading.Event) -> None:
    """Show the job of a folder until it has ended."""
    with contextlib.suppress(Exception):
        publisher = Publisher(folder)
        while True:
            over = ended.is_set()
            with contextlib.suppress(OSError):
                publisher.prepare()
                publisher.show()
            if over:
                return
            ended.wait(EVERY)


def _load(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: str, text: str) -> None:
    """Write a file that is whole whenever somebody reads it."""
    draft = f"{path}.new"
    with open(draft, "w", encoding="utf-8", errors="replace", newline="") as stream:
        stream.write(text)
    os.chmod(draft, 0o644)
    os.replace(draft, path)
