"""What happened to a cluster, as the service and the nodes' own files tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from disco.client import checks


@dataclass(frozen=True)
class EventPage:
    """What happened to a cluster.

    Attributes:
        events: the oldest first; each has ``time``, ``status``, and what is known of
            ``node``, ``resource``, ``step``, ``source`` and ``text``.
        marker: as ``since`` it asks for the events after these.
    """

    events: tuple[Mapping[str, Any], ...]
    marker: str


def read_event(data: object) -> dict[str, Any]:
    """An event from JSON: texts can be shown, nodes are host names, ids are markers.

    Raises:
        InvalidAnswer: it is none.
    """
    raw = checks.mapping(data, "event")
    event: dict[str, Any] = {}
    for key, value in raw.items():
        if isinstance(value, str):
            event[checks.text(key)] = checks.text(value)
        elif value is None or isinstance(value, int | float):
            event[checks.text(key)] = value
    for key, check in (("node", checks.host_name), ("id", checks.marker), ("time", checks.time)):
        if raw.get(key) not in (None, ""):
            event[key] = check(raw[key])
    return event
