"""What the cloud has written: every row of its databases, and every commit to one of them."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from tests.support.cloud import until

#: Heat's engines write here that they live
HEARTBEAT = {"service"}


class CloudWrites:
    """Looks into the databases of Heat, Keystone and the other services.

    Heat keeps the rows of what it deleted; the services' database is watched
    for commits, so that nothing can be made and removed unseen.
    """

    def __init__(self, state: Path) -> None:
        self._heat = _open(state / "heat" / "heat.db")
        self._keystone = _open(state / "keystone" / "keystone.db")
        self._services = _open(state / "resources.db")

    def seen(self) -> object:
        """Differs from what it was if anything was written in between."""
        (version,) = self._services.execute("PRAGMA data_version").fetchone()
        return version, _rows(self._heat), _rows(self._keystone), _rows(self._services)

    def at_rest(self) -> object:
        """``seen`` once what earlier tests began has come to its end."""

        def same() -> object:
            first = self.seen()
            with contextlib.suppress(AssertionError):
                until(lambda: self.seen() != first, 0.5)
                return None
            return first

        return until(same, 60, "a cloud at rest")

    def close(self) -> None:
        """Let go of the databases."""
        for connection in (self._heat, self._keystone, self._services):
            connection.close()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)


def _rows(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    names = {name for (name,) in tables} - HEARTBEAT
    return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
