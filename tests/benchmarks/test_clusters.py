"""Where a cluster's time went, from what Heat and its master tell."""

from __future__ import annotations

from typing import Any

from benchmarks.clusters import begun_by_heat, kinds_of, own_seconds


def ended(step: str, seconds: float) -> dict[str, Any]:
    return {"step": step, "event": "end", "seconds": seconds}


RECORDS = [
    ended("base:installed", 1.0), ended("dask:installed", 2.0), ended("dask:configured", 0.25),
    {"step": "dask:ready", "event": "start", "seconds": 0}, ended("dask:ready", 0.5),
    ended("workers:done", 4.0), ended("dask:smoke", 3.0), ended("odd:done", 0.125),
]  # fmt: skip


def test_steps_are_told_by_what_they_are_for() -> None:
    assert kinds_of(RECORDS) == {
        "fetch and unpack": 3.0, "start": 0.25, "register": 0.5, "smoke": 3.0, "wait": 4.0,
        "other steps": 0.125,
    }  # fmt: skip
    assert own_seconds(RECORDS) == sum(kinds_of(RECORDS).values()) - 4.0


def event(second: int, node: str | None = "w", **more: str) -> dict[str, Any]:
    """As the service tells it: without what there is not."""
    own = {"node": node} if node else {}
    time = f"2026-11-29T12:00:{second:02d}Z"
    return {"time": time, "source": "heat", "status": "started", **own, **more}


def test_heat_has_begun_when_it_has_begun_the_last_node() -> None:
    asked = 1_795_953_600.5  # 2026-11-29T12:00:00.5Z
    told = [
        event(1), event(3), event(9, node=None), event(9, status="done"), event(9, source="node"),
    ]  # fmt: skip
    assert begun_by_heat(told, asked) == 2.5
    assert begun_by_heat([event(0)], asked) == 0.0
    assert begun_by_heat([], asked) == 0.0
