"""The progress of nodes, from their own events and from the service's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from disco.client import progress_of

NOW = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)
FILE = [
    {"time": "2026-05-01T12:00:00Z", "node": "m", "step": "a:b", "event": "start", "status": "x"},
    {"time": "2026-05-01T12:00:09Z", "node": "m", "step": "a:b", "event": "end", "status": "ok"},
    {"time": "2026-05-01T12:00:10Z", "node": "m", "step": "c:d", "event": "start"},
    {"time": "2026-05-01T12:00:01Z", "node": "w", "step": "a:b", "event": "start"},
    {
        "time": "2026-05-01T12:00:03Z",
        "node": "w",
        "step": "a:b",
        "event": "end",
        "status": "failed",
    },
]
SERVICE = [
    {"time": "2026-05-01T11:59:00Z", "source": "heat", "node": "m", "step": "x", "status": "done"},
    *(
        {**{k: v for k, v in e.items() if k != "event"}, "source": "node", "status": status}
        for e, status in zip(FILE, ("started", "done", "started", "started", "failed"), strict=True)
    ),
]


@pytest.mark.parametrize("events", [FILE, SERVICE], ids=["of nodes", "of the service"])
def test_progress_from_events(events: list[dict[str, Any]]) -> None:
    master, worker = progress_of(events, NOW)
    assert (master.node, master.step, master.status) == ("m", "c:d", "running")
    assert (master.done, master.seconds) == (1, 20)
    assert (worker.node, worker.status, worker.done, worker.seconds) == ("w", "failed", 0, 2)
