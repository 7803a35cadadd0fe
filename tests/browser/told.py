"""What a master tells, which tests write: for pages and pictures of a cluster that is watched."""

from __future__ import annotations

import base64
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import until
from tests.support.logserver import log_server
from tests.support.service import Caller

MASTER = "disco-manager"
PACKAGES = "icclab.disco.components.packages"
SCRIPT = "#!/bin/bash\necho grüezi"
NUMBERS = ("cpu_percent", "memory_percent", "disk_percent", "received_kilobytes", "sent_kilobytes")


class Told:
    """The files of a master's log server, which a test writes."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.folder = folder
        self.names = names

    def health(self, **states: int) -> None:
        """All nodes as they are now; ``states`` are those of workers' daemons by the number."""
        now = int(time.time())
        nodes = {}
        for number, name in enumerate(self.names):
            lines = [f"disco_{key}{{}} {number + 1}" for key in NUMBERS]
            state = states.get(f"w{number}", 2)
            lines.append(f'disco_daemon{{name="dask-worker"}} {state}')
            nodes[name] = [now, lines]
        self._write("health.json", json.dumps([now, nodes]))

    def hour(self) -> None:
        """Sixty points of each node."""
        points = [f"{n % 100} 40 20 {n * 10} {n}" for n in range(60)]
        hour = {name: points for name in self.names}
        self._write("history.json", json.dumps([int(time.time()), hour]))

    def jobs(self, key: str, *jobs: dict[str, Any], **streams: str) -> None:
        """The list of jobs, and what some say; the key is what the service looks for."""
        (self.folder / "jobs" / key).mkdir(parents=True, exist_ok=True)
        self._write(f"jobs/{key}/jobs.json", json.dumps({"jobs": jobs}))
        for name, text in streams.items():
            self._write(f"jobs/{key}/{name.replace('_', '.')}", text)

    def _write(self, name: str, text: str) -> None:
        new = self.folder / f"{name}.new"
        new.write_text(text)
        new.rename(self.folder / name)


@pytest.fixture
def told(caller: Caller, standing: str, tmp_path: Path) -> Iterator[Told]:
    path = f"/disco/{standing}"
    address = until(lambda: caller.show(path).get("external_ip"), 60) or ""
    nodes = caller.get(f"{path}/nodes").json()["nodes"]
    found = Told(tmp_path, [node["name"] for node in nodes])
    (tmp_path / "events.jsonl").write_text("")
    (tmp_path / "deployment.log").write_text("first line\n")
    found.health()
    found.hour()
    with log_server(address, tmp_path):
        # an address that did not answer in an earlier test is left alone for a while
        until(lambda: caller.get(f"{path}/health").json()["age"] is not None or found.health(), 90)
        yield found


def utc(ago: float = 0) -> str:
    """A moment before now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))


def job(name: str, state: str = "running", **more: Any) -> dict[str, Any]:
    """A job as the master tells of it."""
    seen = {"seen": int(time.time()), "status": None, "ended": None, "seconds": None}
    began = {"submitted": utc(301), "started": utc(300)}
    return {"job": name, "framework": "dask", "state": state, **seen, **began, **more}


def hour_of_work(nodes: int) -> dict[str, Any]:
    """An hour of a cluster that works, as the service tells it; the same each time.

    In it two jobs run: one that computes, and one that reads and shuffles what it reads.
    """
    names = [MASTER, *(f"disco-worker-{n}" for n in range(1, nodes))]
    return {
        "time": utc(), "step": 30, "reason": "",
        "nodes": [{"name": name, **_curves(number)} for number, name in enumerate(names)],
    }  # fmt: skip


def _curves(number: int) -> dict[str, list[int]]:
    wobble = random.Random(number)
    lines: dict[str, list[int]] = {name: [] for name in NUMBERS}
    for at in range(120):
        first, second = 20 <= at < 52, 66 <= at < 112
        share = 0.35 if number == 0 else 0.9 + 0.08 * math.sin(number)
        load = (0.95 if first else 0.62 + 0.2 * math.sin(at / 3) if second else 0.05) * share
        lines["cpu_percent"].append(min(100, int(100 * load + wobble.uniform(0, 6))))
        held = 22 + (30 if first else 0) * share + (min(at - 66, 40) if second else 0) * share
        lines["memory_percent"].append(int(held + wobble.uniform(0, 2)))
        lines["disk_percent"].append(int(18 + 3 * number + (max(0, at - 66) // 6)))
        busy = 42_000 * share if second else 900 if first else 40
        lines["received_kilobytes"].append(int(busy * wobble.uniform(0.7, 1.3)))
        lines["sent_kilobytes"].append(int(busy * wobble.uniform(0.6, 1.1)))
    return lines


def health_of_work(nodes: int, stopped: str = "") -> dict[str, Any]:
    """How such a cluster is at the end of that hour; one daemon may be stopped."""
    told = []
    for number, line in enumerate(hour_of_work(nodes)["nodes"]):
        role = "worker" if number else "master"
        names = ["dask-worker"] if number else ["dask-scheduler", "jupyter"]
        is_bad = line["name"] == stopped
        told.append({
            "name": line["name"], "role": role, "status": "unhealthy" if is_bad else "healthy",
            "reason": "dask-worker does not run" if is_bad else "", "seen": utc(2),
            "daemons": [{"name": n, "status": "stopped" if is_bad else "works"} for n in names],
            **{name: line[name][-20] for name in NUMBERS},
        })  # fmt: skip
    check = {"number": 1, "status": "passed", "node": "", "step": "", "reason": ""}
    return {
        "status": "unhealthy" if stopped else "healthy",
        "reason": f"{stopped}: dask-worker does not run" if stopped else "",
        "time": utc(2), "age": 2.0, "check": check, "nodes": told,
    }  # fmt: skip


def cluster(uuid: str, status: str, phase: str, actions: tuple[str, ...] = (), **more: str) -> Any:
    """A cluster as the service shows it; of ``more``, attributes below ``disco.``."""
    told = {f"disco.{name.replace('__', '.')}": text for name, text in more.items()}
    script = base64.b64encode(SCRIPT.encode()).decode()
    shown = {"stack_status": status, "disco.phase": phase, f"{PACKAGES}.bootstrap": script}
    return {
        "id": f"urn:uuid:{uuid}", "kind": "k", "title": "first", "attributes": shown | told,
        "actions": [f"x#{term}" for term in actions],
    }  # fmt: skip
