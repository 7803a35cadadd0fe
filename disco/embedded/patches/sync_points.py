"""Heat's sync points, in memory: which of a resource's predecessors are done.

As packaged they are rows that are read and rewritten several times for each resource, so that
engines on other machines see them: an eighth of what a cluster costs Heat. This engine is alone,
and an action that its end interrupts is not taken up again: its stack has failed. This replaces
the methods that read and write the rows.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from oslo_serialization import jsonutils

_OBJECT = "heat.objects.sync_point:SyncPoint"
_METHODS = ("create", "get_by_key", "update_input_data", "delete_all_by_stack_and_traversal")
REPLACED = tuple(f"{_OBJECT}.{name}" for name in _METHODS)
USED: tuple[str, ...] = ()
READ_FOR = {"openstack-heat": "27.0.1"}

#: resource or stack, traversal, and whether it is its update (or its removal)
Key = tuple[str, str, bool]


@dataclass(frozen=True)
class SyncPoint:
    """A sync point as it was at one time, with the attributes of Heat's own.

    The data is kept as JSON, as the database would: so no two threads share an object.
    """

    atomic_key: int
    input_json: str
    extra_json: str

    @property
    def input_data(self) -> Any:
        """The results of the predecessors, by their names."""
        return jsonutils.loads(self.input_json)

    @property
    def extra_data(self) -> Any:
        """Which predecessors failed, and whether to go on; None at first."""
        return jsonutils.loads(self.extra_json)


class SyncPoints:
    """The sync points of this process, with the methods of Heat's own class."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points: dict[Key, SyncPoint] = {}
        self._of_traversal: dict[tuple[str, str], set[Key]] = {}

    def create(self, _context: object, values: dict[str, Any]) -> SyncPoint:
        """Add a sync point."""
        key = (str(values["entity_id"]), values["traversal_id"], values["is_update"])
        point = SyncPoint(values["atomic_key"], jsonutils.dumps(values["input_data"]), "null")
        with self._lock:
            self._points[key] = point
            traversal = (values["stack_id"], values["traversal_id"])
            self._of_traversal.setdefault(traversal, set()).add(key)
        return point

    def get_by_key(
        self, _context: object, entity_id: object, traversal_id: str, is_update: bool
    ) -> SyncPoint | None:
        """The sync point of a resource or stack in a traversal, or None."""
        return self._points.get((str(entity_id), traversal_id, is_update))

    def update_input_data(
        self,
        _context: object,
        entity_id: object,
        traversal_id: str,
        is_update: bool,
        atomic_key: int,
        input_data: Any,
        extra_data: Any = None,
    ) -> int:
        """Change a sync point that is still as it was read; how many were changed, 0 or 1."""
        key = (str(entity_id), traversal_id, is_update)
        with self._lock:
            old = self._points.get(key)
            if old is None or old.atomic_key != atomic_key:
                return 0
            self._points[key] = SyncPoint(
                atomic_key + 1,
                old.input_json if input_data is None else jsonutils.dumps(input_data),
                old.extra_json if extra_data is None else jsonutils.dumps(extra_data),
            )
            return 1

    def delete_all_by_stack_and_traversal(
        self, _context: object, stack_id: str, traversal_id: str
    ) -> int:
        """Remove the sync points of a traversal; how many there were."""
        with self._lock:
            keys = self._of_traversal.pop((stack_id, traversal_id), set())
            for key in keys:
                del self._points[key]
        return len(keys)


def apply() -> None:
    """Have Heat's engine keep its sync points here."""
    from heat.objects import sync_point

    points = SyncPoints()
    for name in _METHODS:
        setattr(sync_point.SyncPoint, name, getattr(points, name))
