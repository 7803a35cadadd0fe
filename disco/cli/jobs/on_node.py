"""What `disco job` does on a cluster's master: each call sends this file to Python there.

Nodes need nothing of DISCO for it, so that jobs run on clusters of any age. It takes Python's
library alone, of version 3.9 or newer. After this file, standard input has a request as a line of
JSON, and what belongs to it; standard output is the answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from typing import Any

#: jobs that are listed, the newest; characters of a record, and bytes of a piece of a file
MOST_JOBS, MOST_RECORD, PIECE = 1000, 1 << 21, 1 << 16
#: the last member of a tree, without which it was cut off
END = ".disco-end"
#: seconds between two looks at a log, and between two signs of life
POLL, BEAT = 0.2, 5.0
#: seconds until a job must have begun, and until a cancelled one has ended
BEGIN, CANCEL = 30.0, 100.0


class Refused(Exception):
    """The request cannot be done; the client has a sentence for the word."""


def root() -> str:
    """The folder of all jobs of whoever logs in."""
    return os.path.join(os.path.expanduser("~"), "disco-jobs")


def folder_of(job: str) -> str:
    """The folder of a job.

    Raises:
        Refused: there is none.
    """
    folder = os.path.join(root(), job)
    if "/" in job or job.startswith(".") or not os.path.exists(f"{folder}/record.json"):
        raise Refused("unknown-job")
    return folder


def load(folder: str, name: str) -> dict[str, Any]:
    """A file of a job's folder; nothing if there is none."""
    # a job can write its own
    with contextlib.suppress(OSError, ValueError, RecursionError):
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            found = json.loads(stream.read(MOST_RECORD))
        return found if isinstance(found, dict) else {}
    return {}


def is_alive(start: dict[str, Any]) -> bool:
    """Whether the process that runs a job is the one that began it."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            if stream.read().strip() != start.get("boot"):
                return False
        with open(f"/proc/{int(start['pid'])}/stat", encoding="ascii", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return False
    return fields[0] != "Z" and fields[19] == start.get("started")


def describe(job: str) -> dict[str, Any]:
    """The record of a job and what became of it."""
    folder = folder_of(job)
    record = load(folder, "record.json")
    # in this order: an end that comes between the looks is seen
    start = load(folder, "start.json")
    alive = is_alive(start)
    end = load(folder, "end.json")
    if end:
        state = end.get("state")
    elif start:
        state = "running" if alive else "lost"
    else:
        state = "queued"
        with contextlib.suppress(OSError):
            age = time.time() - os.stat(f"{folder}/record.json").st_mtime
            state = "lost" if age > 2 * BEGIN else "queued"
    return {
        **record,
        "job": job,
        "state": state,
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "folder": folder,
        "started": start.get("time"),
        "ended": end.get("time"),
        "status": end.get("status"),
        "seconds": end.get("seconds"),
    }


def names() -> list[str]:
    """The jobs, the newest first."""
    found = []
    with contextlib.suppress(OSError), os.scandir(root()) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if not entry.name.startswith("."):
                    found.append((os.stat(f"{entry.path}/record.json").st_mtime, entry.name))
    return [name for _, name in sorted(found, reverse=True)]


def list_jobs(request: dict[str, Any]) -> dict[str, Any]:
    """All jobs."""
    known = names()
    jobs = [_in_short(describe(job)) for job in known[:MOST_JOBS]]
    return {"jobs": jobs, "more": len(known[MOST_JOBS:])}


def _in_short(job: dict[str, Any]) -> dict[str, Any]:
    """What is listed: all of many would be too long, and jobs can write their own records."""
    kept = ("job", "state", "framework", "submitted", "status", "seconds")
    words = job.get("words")
    first = [_short(words[0])] if isinstance(words, list) and words else []
    return {"words": first, **{name: _short(job.get(name)) for name in kept}}


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:300]
    return value if isinstance(value, (int, float)) and 0 <= value < 1e9 else None


def show(request: dict[str, Any]) -> dict[str, Any]:
    """One job: by its name or the beginning of it, or the newest.

    Raises:
        Refused: there is none, or there are several.
    """
    wanted = request.get("job")
    known = names()
    found = known[:1] if wanted is None else [name for name in known if name == wanted]
    found = found or [name for name in known if name.startswith(wanted or "")]
    if len(found) != 1:
        raise Refused("several-jobs" if found else "unknown-job" if wanted else "no-jobs")
    return {"job": describe(found[0])}


def submit(request: dict[str, Any]) -> dict[str, Any]:
    """Take a job's files and run it; one that is there already only runs, if it has not yet."""
    job = str(request["job"])
    made = False
    try:
        folder = folder_of(job)
    except Refused:
        folder = os.path.join(root(), job)
        made = _receive(folder, request)
    _start(job, folder)
    return {"made": made, "job": describe(job)}


def _receive(folder: str, request: dict[str, Any]) -> bool:
    os.makedirs(root(), mode=0o700, exist_ok=True)
    coming = tempfile.mkdtemp(prefix=".coming-", dir=root())
    try:
        work = os.path.join(coming, "work")
        os.makedirs(os.path.join(work, "output"))
        last = ""
        how: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as tree:
            for member in tree:
                last = member.name
                if last != END:
                    tree.extract(member, work, **how)
        if last != END:
            raise Refused("cut-off")
        submitted = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        record = {**request["record"], "job": os.path.basename(folder), "submitted": submitted}
        texts = {**request["files"], "record.json": json.dumps(record)}
        for name, text in texts.items():
            with open(os.path.join(coming, name), "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
        for name in ("stdout", "stderr"):
            open(os.path.join(coming, name), "ab").close()
        try:
            os.rename(coming, folder)
        except OSError:
            folder_of(os.path.basename(folder))  # another call was faster
            return False
        return True
    except (tarfile.TarError, EOFError):
        raise Refused("cut-off") from None
    except OSError as error:
        if error.errno in (28, 122):  # no space left, quota exceeded
            raise Refused("disk-full") from None
        raise
    finally:
        shutil.rmtree(coming, ignore_errors=True)


def _start(job: str, folder: str) -> None:
    """Run the job, so that it outlives this connection; twice is as good as once."""
    begun = os.path.join(folder, "start.json")
    if os.path.exists(begun):
        return
    me = pwd.getpwuid(os.getuid())
    words = [sys.executable, "-I", os.path.join(folder, "runner.py")]
    of_job = ["--quiet", "--collect", f"--unit=disco-job-{job}.service", f"--uid={me.pw_uid}"]
    of_job += [f"--gid={me.pw_gid}", f"--description=DISCO job {job}", "-pTimeoutStopSec=90"]
    of_job += ["-pKillMode=mixed", "-pOOMPolicy=continue", f"--setenv=HOME={me.pw_dir}"]
    of_job += [f"--setenv=USER={me.pw_name}", f"--setenv=LOGNAME={me.pw_name}"]
    run_unit = ["sudo", "-n", "systemd-run", *of_job, *words]
    units = os.path.isdir("/run/systemd/system") and shutil.which("systemd-run")
    with open(os.devnull, "r+b") as null:
        if not units or subprocess.call(run_unit, stdin=null, stdout=null, stderr=null):
            # where there is no systemd, or no sudo: a session of its own
            subprocess.Popen(
                words, cwd="/", stdin=null, stdout=null, stderr=null, start_new_session=True
            )
    deadline = time.monotonic() + BEGIN
    while not os.path.exists(begun):
        time.sleep(0.05)
        if time.monotonic() > deadline:
            raise Refused("not-started")


def follow(request: dict[str, Any]) -> None:
    """Write what the job says, from two offsets on, and at last its record."""
    job = str(request["job"])
    folder = folder_of(job)
    streams = [(1, os.path.join(folder, "stdout")), (2, os.path.join(folder, "stderr"))]
    at = {1: int(request["stdout"]), 2: int(request["stderr"])}
    said = time.monotonic()
    while True:
        record = describe(job)
        wrote = False
        for number, path in streams:
            piece = _read(path, at[number])
            if piece:
                _say({"stream": number, "bytes": len(piece)}, piece)
                at[number] += len(piece)
                wrote = True
        if not wrote and (not request["follow"] or record["state"] not in ("queued", "running")):
            _say({"end": record})
            return
        if not wrote and time.monotonic() - said > BEAT:
            _say({})
            wrote = True
        if wrote:
            sys.stdout.buffer.flush()
            said = time.monotonic()
        else:
            time.sleep(POLL)


def _read(path: str, offset: int) -> bytes:
    with contextlib.suppress(OSError), open(path, "rb") as stream:
        stream.seek(offset)
        return stream.read(PIECE)
    return b""


def cancel(request: dict[str, Any]) -> dict[str, Any]:
    """End a job and all that it began; one that has ended stays as it is."""
    job = str(request["job"])
    folder = folder_of(job)
    if describe(job)["state"] in ("running", "queued"):
        open(os.path.join(folder, "cancel"), "ab").close()
        start = load(folder, "start.json")
        if start and is_alive(start):
            with contextlib.suppress(OSError):
                os.kill(int(start["pid"]), signal.SIGTERM)
        deadline = time.monotonic() + CANCEL
        while describe(job)["state"] in ("running", "queued") and time.monotonic() < deadline:
            time.sleep(0.1)
    return {"job": describe(job)}


def fetch(request: dict[str, Any]) -> None:
    """Write a file or folder of a job, as lines of JSON and the bytes that belong to them.

    Raises:
        Refused: it is not there, or outside of the job's folder.
    """
    folder = folder_of(str(request["job"]))
    work = os.path.realpath(os.path.join(folder, "work"))
    top = os.path.realpath(os.path.join(work, str(request["path"])))
    if top != work and not top.startswith(work + os.sep):
        raise Refused("outside")
    if not os.path.exists(top):
        raise Refused("no-results")
    is_folder = os.path.isdir(top)
    _say({"is_folder": is_folder})
    base = top if is_folder else os.path.dirname(top)
    left: list[object] = []
    for path in _below(top, left) if is_folder else [top]:
        name = os.path.relpath(path, base)
        try:
            name.encode()
            mode = os.lstat(path).st_mode
            opened = os.open(path, os.O_NOFOLLOW) if stat.S_ISREG(mode) else None
        except (OSError, UnicodeError) as error:
            left.append(error)
            continue
        if stat.S_ISDIR(mode):
            _say({"folder": name})
        if opened is not None:
            with open(opened, "rb") as source:
                _say({"file": name, "runs": bool(mode & 0o100)})
                while piece := source.read(PIECE):
                    _say({"bytes": len(piece)}, piece)
    _say({"end": True, "left": len(left)})


def _below(top: str, left: list[object]) -> Iterator[str]:
    for folder, folders, files in os.walk(top, onerror=left.append):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted([*folders, *files]))


def _say(told: dict[str, Any], piece: bytes = b"") -> None:
    """A line of JSON, and as many bytes as it says."""
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + piece)


VERBS = {"list": list_jobs, **{f.__name__: f for f in (show, submit, follow, cancel, fetch)}}


def main(verb: str) -> None:
    """Answer the request on standard input."""
    try:
        answer = VERBS[verb](json.loads(sys.stdin.buffer.readline()))
    except Refused as refused:
        answer = {"refused": str(refused)}
    if answer is not None:
        _say(answer)
    sys.stdout.buffer.flush()


if __name__ == "__main__" and len(sys.argv) > 1:
    main(sys.argv[1])
