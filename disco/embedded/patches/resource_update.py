"""Heat's statement that runs most often: a resource's row takes a lock, or a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: context, resource's id, values by attribute, atomic key, and the id of the engine that has
#: the lock or None; whether there was such a row
Update = Callable[..., bool]


def plain_update() -> Update:
    """What stands for ``heat.db.api._resource_update``, with the same arguments and result.

    Heat's own looks in the session for objects that the statement changes, and there are none:
    no transaction that has this statement reads the row as well.
    """
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
        done = context.session.connection().execute(statement, by_column)
        return bool(done.rowcount)

    return resource_update


def update_plainly() -> None:
    """Have Heat's engine use ``plain_update``."""
    from heat.db import api

    api._resource_update = plain_update()
