"""sqlite under services that were written with a database server in mind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


def tune() -> None:
    """Set every sqlite connection of this process to survive SIGKILL and wait its turn.

    WAL with ``synchronous=NORMAL`` loses no consistency when the process dies.
    """

    @event.listens_for(Engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA busy_timeout=60000")
        cursor.close()


def serialise_writers() -> None:
    """Let transactions take the write lock when they begin.

    Heat's transactions read first and write later. Two of them at once cannot
    both go on, and sqlite refuses the second at once, whatever the timeout.
    Call this after the migrations: they open a second connection inside the
    first one's transaction and would wait for themselves.
    """

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def _begin(
        _connection: Any,
        _cursor: Any,
        statement: str,
        parameters: Any,
        _context: Any,
        _many: bool,
    ) -> tuple[str, Any]:
        return ("BEGIN IMMEDIATE" if statement == "BEGIN" else statement), parameters
