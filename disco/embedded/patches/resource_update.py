"""Heat's statement that runs most often: a resource's row takes a lock, or a state.

Heat's own looks in the session for objects that the statement changes, and there are none: no
transaction that has this statement reads the row as well. This replaces the function by one that
sends the statement alone, with the same arguments and result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

REPLACED = ("heat.db.api:_resource_update",)
USED = (
    "heat.db.api:_add_atomic_key_to_values",
    "heat.db.api:_truncate_status_reason",
    "heat.db.models:Resource",
)
READ_FOR = {"openstack-heat": "27.0.1"}

#: context, resource's id, values by attribute, atomic key, and the id of the engine that has
#: the lock or None; whether there was such a row
Update = Callable[..., bool]


def build_update() -> Update:
    """What stands for ``heat.db.api._resource_update``."""
    from heat.db import api, models
    from sqlalchemy import inspect, update

    table = models.Resource.__table__
    columns = inspect(models.Resource).columns

    def resource_update(
        context: Any,
        resource_id: int,
        values: dict[str, Any],
        atomic_key: int | None,
        expected_engine_id: str | None = None,
    ) -> bool:
        api._add_atomic_key_to_values(values, atomic_key)
        written = api._truncate_status_reason(values)
        statement = update(table).where(
            table.c.id == resource_id,
            table.c.engine_id == expected_engine_id,
            table.c.atomic_key == atomic_key,
        )
        by_column = {columns[name].key: value for name, value in written.items()}
        result = context.session.connection().execute(statement, by_column)
        return bool(result.rowcount)

    return resource_update


def apply() -> None:
    """Have Heat's engine use the function of ``build_update``."""
    from heat.db import api

    api._resource_update = build_update()
