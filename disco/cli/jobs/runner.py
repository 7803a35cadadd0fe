"""Runs one job on a cluster's master, to its end or until it is cancelled.

`disco job submit` puts this file into the job's folder; a unit of systemd runs it there. It takes
Python's library alone, of version 3.9 or newer, and nothing of DISCO.

Files of the folder: `record.json` (what to run, from the client), `start.json`, `end.json`,
`stdout`, `stderr`, `cancel` (somebody wants it to end), `work`, in which the job runs, and
`publisher.py` with `web.json`, where the service may tell of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

#: seconds that a job has to end by itself, its framework to be told, and its end to be shown
GRACE, STOP, SHOW = 10.0, 60.0, 5.0
#: bytes that are kept for the note of the end
SPARE = 16384
_SUBREAPER = 36
#: what stands before each command: options of the framework's own, then the file and its words
_HEAD = 'options=("${@:1:$DISCO_JOB_OPTIONS}"); shift "$DISCO_JOB_OPTIONS"\n'


class Terminated(Exception):
    """Somebody ended the job: its user, or whoever stops the node."""


def now() -> str:
    """The time as ISO 8601 writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def started(pid: int) -> str:
    """When a process began, in ticks of its boot: a process id alone is used again."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            return stream.read().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def boot() -> str:
    """The id of this boot."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
        return stream.read().strip()


def write_once(folder: str, name: str, content: object) -> bool:
    """Write a file that is whole from its first moment; False if there is one already."""
    draft = os.path.join(folder, f".{name}.{os.getpid()}")
    with open(draft, "w", encoding="utf-8") as stream:
        json.dump(content, stream)
    try:
        os.link(draft, os.path.join(folder, name))
    except FileExistsError:
        return False
    finally:
        os.unlink(draft)
    return True


def descendants(root: int) -> list[int]:
    """All processes that a process has begun, and those that they have; the youngest last."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as stream:
            state, parent = stream.read().rpartition(b")")[2].split()[:2]
            if state != b"Z":
                children.setdefault(int(parent), []).append(int(entry))
    found, left = [], [root]
    while left:
        mine = children.get(left.pop(), [])
        found += mine
        left += mine
    return found


def send_all(number: int) -> bool:
    """Send a signal to all processes of the job; whether there were any."""
    pids = descendants(os.getpid())
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)
    return bool(pids)


def environment(folder: str, record: dict[str, object]) -> dict[str, str]:
    """What the job finds, beside what a login shell sets."""
    found: dict[str, str] = {}
    # proxies are there; a unit of systemd does not read it
    with contextlib.suppress(OSError), open("/etc/environment", encoding="utf-8") as stream:
        for line in stream:
            name, equals, value = line.strip().partition("=")
            if equals and name.isidentifier():
                found[name] = value.strip("\"'")
    work = os.path.join(folder, "work")
    return {
        **found,
        **{name: os.environ[name] for name in ("HOME", "USER", "LOGNAME") if name in os.environ},
        "PATH": found.get("PATH") or os.defpath,
        "LANG": found.get("LANG", "C.UTF-8"),
        "PYTHONUNBUFFERED": "1",  # so that a log can be followed
        "DISCO_JOB": str(record["job"]),
        "DISCO_JOB_OUTPUT": os.path.join(work, "output"),
        "DISCO_JOB_OPTIONS": str(len(list_of(record, "options"))),
    }


def list_of(record: dict[str, object], name: str) -> list[str]:
    """The words of a list of the record."""
    value = record.get(name)
    return [str(word) for word in value] if isinstance(value, list) else []


@contextlib.contextmanager
def shown(folder: str) -> Iterator[None]:
    """Have the service told of the job until the end, where it came with what tells it."""
    path, ended = os.path.join(folder, "publisher.py"), threading.Event()
    if not os.path.exists(path):
        yield
        return
    publish = runpy.run_path(path)["publish"]
    thread = threading.Thread(target=publish, args=(folder, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(SHOW)


def run(folder: str) -> int:
    """Run the job of a folder once; its exit status."""
    with open(os.path.join(folder, "record.json"), encoding="utf-8") as stream:
        record = json.load(stream)
    # one that comes before there is something to end is heard then
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    mine = {"time": now(), "pid": os.getpid(), "started": started(os.getpid()), "boot": boot()}
    if not write_once(folder, "start.json", mine):
        return 0  # it runs, or has run
    spare = os.path.join(folder, ".spare")
    # a job that fills the disk must not hide how it ended
    with contextlib.suppress(OSError), open(spare, "wb") as stream:
        stream.write(os.urandom(SPARE))
    ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)
    began = time.monotonic()
    with shown(folder):
        try:
            state, status = _run(folder, record)
        except (OSError, KeyError, TypeError, ValueError) as error:
            state, status = "failed", 126  # as a shell says of what it cannot run
            with (
                contextlib.suppress(OSError),
                open(f"{folder}/stderr", "a", encoding="utf-8") as err,
            ):
                err.write(f"the job could not be run: {error!r}\n")
        seconds = round(time.monotonic() - began, 3)
        end = {"time": now(), "state": state, "status": status, "seconds": seconds}
        with contextlib.suppress(OSError):
            os.unlink(spare)
        write_once(folder, "end.json", end)
    return status


def _run(folder: str, record: dict[str, object]) -> tuple[str, int]:
    def end(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise Terminated

    words = ["bash", "-lc", _HEAD + str(record["command"]), str(record["job"])]
    words += [*list_of(record, "options"), *list_of(record, "words")]
    cancelled = os.path.join(folder, "cancel")
    try:
        signal.signal(signal.SIGTERM, end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if os.path.exists(cancelled):
            return "cancelled", 128 + signal.SIGTERM
        with (
            open(os.path.join(folder, "stdout"), "ab") as out,
            open(os.path.join(folder, "stderr"), "ab") as err,
        ):
            process = subprocess.Popen(
                words,
                cwd=os.path.join(folder, "work"),
                env=environment(folder, record),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        status = process.wait()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _kill_all()
        status = status if status >= 0 else 128 - status
        return ("failed" if status else "done"), status
    except Terminated:
        _stop(folder, record)
        state = "cancelled" if os.path.exists(cancelled) else "stopped"
        return state, 128 + signal.SIGTERM


def _stop(folder: str, record: dict[str, object]) -> None:
    """End all of the job: its processes, and what its framework does for it."""
    deadline = time.monotonic() + GRACE
    send_all(signal.SIGTERM)
    while send_all(0) and time.monotonic() < deadline:
        time.sleep(0.1)
    _kill_all()
    if record.get("stop"):
        with (
            contextlib.suppress(subprocess.TimeoutExpired),
            open(os.path.join(folder, "stderr"), "ab") as err,
        ):
            subprocess.run(
                ["bash", "-lc", str(record["stop"]), str(record["job"])],
                cwd=os.path.join(folder, "work"),
                env=environment(folder, record),
                stdin=subprocess.DEVNULL,
                stdout=err,
                stderr=err,
                timeout=STOP,
                check=False,
            )
        _kill_all()


def _kill_all() -> None:
    # again, since what is killed may have begun another one a moment before
    for _ in range(100):
        if not send_all(signal.SIGKILL):
            return
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(run(os.path.dirname(os.path.abspath(__file__))))
