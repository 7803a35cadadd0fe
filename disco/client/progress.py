"""From the events of nodes to what each of them is doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class NodeProgress:
    """Where a node is.

    Attributes:
        node: its name.
        step: the last one that it began, e.g. ``dask:installed``.
        status: ``running``, ``ok`` or ``failed``, of that step.
        done: number of steps that ended well.
        seconds: how long the step took; since when it runs, if it does.
    """

    node: str
    step: str
    status: str
    done: int
    seconds: float


def progress_of(
    events: Iterable[Mapping[str, Any]], now: datetime | None = None
) -> list[NodeProgress]:
    """What each node is doing, in the order in which they appear."""
    moment = now or datetime.now(timezone.utc)
    by_node: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        by_node.setdefault(str(event["node"]), []).append(event)
    return [_of_node(node, found, moment) for node, found in by_node.items()]


def _of_node(node: str, events: list[Mapping[str, Any]], now: datetime) -> NodeProgress:
    done = sum(1 for e in events if e.get("event") == "end" and e.get("status") == "ok")
    last = events[-1]
    step = str(last.get("step", ""))
    if last.get("event") == "end":
        return NodeProgress(node, step, str(last.get("status")), done, _number(last.get("seconds")))
    return NodeProgress(node, step, "running", done, _since(str(last.get("time", "")), now))


def _since(time: str, now: datetime) -> float:
    try:
        began = datetime.fromisoformat(time.replace("Z", "+00:00"))
        return max(0.0, (now - began).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
