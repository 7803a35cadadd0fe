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
import subprocess
import sys
import tarfile
import tempfile
import time
from typing import Any, BinaryIO

#: jobs that are listed, the newest; bytes of a record and of a piece of a log
MOST_JOBS, MOST_RECORD, PIECE = 1000, 1 << 18, 1 << 16
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
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            found = json.loads(stream.read(MOST_RECORD))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_alive(start: dict[str, Any]) -> bool:
    """Whether the process that runs a job is the one that began it."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            if stream.read().strip() != start.get("boot"):
                return False
        with open(f"/proc/{int(start['pid'])}/stat", encoding="ascii", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except (OSError, ValueError, KeyError, TypeError):
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
    return {"jobs": [describe(job) for job in known[:MOST_JOBS]], "more": len(known[MOST_JOBS:])}


def show(request: dict[str, Any]) -> dict[str, Any]:
    """One job: by its name or the beginning of it, or the newest.

    Raises:
        Refused: there is none, or there are several.
    """
    wanted = request.get("job")
    known = names()
    if wanted is None:
        found = known[:1]
    else:
        found = [name for name in known if name == wanted]
        found = found or [name for name in known if name.startswith(wanted)]
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


def unit_of(job: str) -> str:
    """The unit of systemd that runs a job."""
    return f"disco-job-{job}.service"


def has_systemd() -> bool:
    """Whether units can be made here."""
    return os.path.isdir("/run/systemd/system") and shutil.which("systemd-run") is not None


def _start(job: str, folder: str) -> None:
    """Run the job, so that it outlives this connection; twice is as good as once."""
    begun = os.path.join(folder, "start.json")
    if os.path.exists(begun):
        return
    me = pwd.getpwuid(os.getuid())
    words = [sys.executable, "-I", os.path.join(folder, "runner.py")]
    of_job = ["--quiet", "--collect", f"--unit={unit_of(job)}", f"--uid={me.pw_uid}"]
    of_job += [f"--gid={me.pw_gid}", f"--description=DISCO job {job}", "-pTimeoutStopSec=90"]
    of_job += ["-pKillMode=mixed", "-pOOMPolicy=continue", f"--setenv=HOME={me.pw_dir}"]
    of_job += [f"--setenv=USER={me.pw_name}", f"--setenv=LOGNAME={me.pw_name}"]
    run_unit = ["sudo", "-n", "systemd-run", *of_job, *words]
    with open(os.devnull, "r+b") as null:
        if not has_systemd() or subprocess.call(run_unit, stdin=null, stdout=null, stderr=null):
            # where there is no systemd, or no sudo: a session of its own
            subprocess.Popen(
                words, cwd="/", stdin=null, stdout=null, stderr=null, start_new_session=True
            )
    deadline = time.monotonic() + BEGIN
    while not os.path.exists(begun):
        if time.monotonic() > deadline:
            raise Refused("not-started")
        time.sleep(0.05)


def follow(request: dict[str, Any]) -> None:
    """Write what the job says, from two offsets on, and at last its record.

    A line of JSON stands before each piece: the stream (1, 2) and the number of bytes.
    """
    job = str(request["job"])
    folder = folder_of(job)
    streams = [(1, os.path.join(folder, "stdout")), (2, os.path.join(folder, "stderr"))]
    at = {1: int(request["stdout"]), 2: int(request["stderr"])}
    said = time.monotonic()
    out = sys.stdout.buffer
    while True:
        record = describe(job)
        wrote = False
        for number, path in streams:
            piece = _read(path, at[number])
            if piece:
                head = json.dumps({"stream": number, "bytes": len(piece)})
                out.write(head.encode() + b"\n" + piece)
                at[number] += len(piece)
                wrote = True
        if not wrote and (not request["follow"] or record["state"] not in ("queued", "running")):
            out.write(json.dumps({"end": record}).encode() + b"\n")
            out.flush()
            return
        if not wrote and time.monotonic() - said > BEAT:
            out.write(b"{}\n")
            wrote = True
        if wrote:
            out.flush()
            said = time.monotonic()
        else:
            time.sleep(POLL)


def _read(path: str, offset: int) -> bytes:
    try:
        with open(path, "rb") as stream:
            stream.seek(offset)
            return stream.read(PIECE)
    except OSError:
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
    """Write a file or folder of a job as an archive, after a line of JSON.

    Raises:
        Refused: it is not there, or outside of the job's folder.
    """
    folder = folder_of(str(request["job"]))
    work = os.path.realpath(os.path.join(folder, "work"))
    path = os.path.realpath(os.path.join(work, str(request["path"])))
    if path != work and not path.startswith(work + os.sep):
        raise Refused("outside")
    if not os.path.exists(path):
        raise Refused("no-results")
    out = sys.stdout.buffer
    out.write(json.dumps({"folder": os.path.isdir(path)}).encode() + b"\n")
    _write_tree(out, path)


def _write_tree(out: BinaryIO, path: str) -> None:
    with tarfile.open(fileobj=out, mode="w|") as tree:
        top = "" if os.path.isdir(path) else os.path.basename(path)
        tree.add(path, top or ".", filter=lambda m: m if m.isreg() or m.isdir() else None)
        tree.addfile(tarfile.TarInfo(END))
    out.flush()


VERBS = {
    "list": list_jobs,
    "show": show,
    "submit": submit,
    "follow": follow,
    "cancel": cancel,
    "fetch": fetch,
}


def main(verb: str) -> None:
    """Answer the request on standard input."""
    try:
        answer = VERBS[verb](json.loads(sys.stdin.buffer.readline()))
    except Refused as refused:
        answer = {"refused": str(refused)}
    if answer is not None:
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__" and len(sys.argv) > 1:
    main(sys.argv[1])
