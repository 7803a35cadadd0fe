"""What the cloud has written: every row of its databases, and every commit to one of them."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from tests.support.cloud import until

#: Heat's engines write here that they live
HEARTBEAT = {"service"}
Seen = dict[str, object]


class CloudWrites:
    """Looks into the databases of Heat, Keystone and the other services.

    Heat keeps the rows of what it deleted; the services' database is watched
    for commits, so that nothing can be made and removed unseen.
    """

    def __init__(self, state: Path) -> None:
        self._services = _open(state / "resources.db")
        self._databases = {
            "heat": _open(state / "heat" / "heat.db"),
            "keystone": _open(state / "keystone" / "keystone.db"),
            "services": self._services,
        }

    def seen(self) -> Seen:
        """Differs from what it was if anything was written in between."""
        (version,) = self._services.execute("PRAGMA data_version").fetchone()
        found: Seen = {"commits": version}
        for name, connection in self._databases.items():
            found |= {f"{name}.{table}": rows for table, rows in _rows(connection).items()}
        return found

    def since(self, before: Seen) -> dict[str, str]:
        """What was written since then, by table."""
        now = self.seen()
        return {
            name: f"{str(before.get(name))[-200:]} -> {str(now.get(name))[-200:]}"
            for name in {*before, *now}
            if before.get(name) != now.get(name)
        }

    def at_rest(self) -> Seen:
        """``seen`` once what earlier tests began has come to its end."""

        def same() -> Seen | None:
            if self._busy():
                return None
            first = self.seen()
            with contextlib.suppress(AssertionError):
                until(lambda: self.seen() != first, 1)
                return None
            return first

        found = until(same, 120, "a cloud at rest")
        assert found is not None
        return found

    def _busy(self) -> bool:
        """Whether Heat is at work for any project."""
        query = "SELECT count(*) FROM stack WHERE status = 'IN_PROGRESS' AND deleted_at IS NULL"
        (count,) = self._databases["heat"].execute(query).fetchone()
        return bool(count)

    def close(self) -> None:
        """Let go of the databases."""
        for connection in self._databases.values():
            connection.close()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)


def _rows(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    names = {name for (name,) in tables} - HEARTBEAT
    return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
