"""What exists in the embedded cloud's compute and network services: one sqlite file."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: a resource as its API shows it; keys that begin with "_" are never shown
Record = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, id TEXT NOT NULL, project_id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS record_by_project ON record (kind, project_id);
CREATE TABLE IF NOT EXISTS address (
    network_id TEXT NOT NULL, address INTEGER NOT NULL, owner TEXT NOT NULL,
    PRIMARY KEY (network_id, address)
);
CREATE INDEX IF NOT EXISTS address_by_owner ON address (owner);
"""


def new_id() -> str:
    """A fresh identifier."""
    return str(uuid.uuid4())


def now() -> str:
    """The time as OpenStack's APIs write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def visible(record: Record) -> Record:
    """The record without its private keys."""
    return {key: value for key, value in record.items() if not key.startswith("_")}


class Records:
    """The store; safe for threads of one process, and across SIGKILL.

    All methods may be called inside and outside of a `transaction`; inside,
    they succeed or fail together.
    """

    def __init__(self, path: Path | str) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self._depth = 0
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=60000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block alone; its writes are kept only if it ends well."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def put(self, kind: str, record: Record) -> Record:
        """Insert or replace ``record`` (its ``id`` and ``project_id`` are its keys)."""
        with self.transaction():
            self._connection.execute(
                "INSERT INTO record (kind, id, project_id, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (kind, record["id"], record["project_id"], json.dumps(record)),
            )
        return record

    def get(self, kind: str, identifier: str) -> Record | None:
        """The record, or None."""
        rows = self._rows("SELECT body FROM record WHERE kind = ? AND id = ?", kind, identifier)
        return json.loads(rows[0][0]) if rows else None

    def all(self, kind: str, project_id: str | None = None) -> list[Record]:
        """All records of a kind, oldest first; of one project if given."""
        rows = self._rows(
            "SELECT body FROM record WHERE kind = ? AND (? IS NULL OR project_id = ?)"
            " ORDER BY seq",
            kind, project_id, project_id,
        )  # fmt: skip
        return [json.loads(row[0]) for row in rows]

    def where(self, kind: str, **attributes: object) -> list[Record]:
        """All records of a kind with these attributes, oldest first."""
        conditions = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in attributes)
        rows = self._rows(
            # the names in it are those of keyword arguments in code
            f"SELECT body FROM record WHERE kind = ?{conditions} ORDER BY seq",  # nosec B608
            kind, *attributes.values(),
        )  # fmt: skip
        return [json.loads(row[0]) for row in rows]

    def count(self, kind: str, project_id: str) -> int:
        """How many records of a kind a project has."""
        sql = "SELECT count(*) FROM record WHERE kind = ? AND project_id = ?"
        return int(self._rows(sql, kind, project_id)[0][0])

    def delete(self, kind: str, identifier: str) -> None:
        """Forget the record, if there is one, with the addresses it holds."""
        with self.transaction():
            self._connection.execute(
                "DELETE FROM record WHERE kind = ? AND id = ?", (kind, identifier)
            )
            self._connection.execute("DELETE FROM address WHERE owner = ?", (identifier,))

    def claim(self, network_id: str, address: int, owner: str) -> bool:
        """Give an address of a network to ``owner``; False when it is taken."""
        try:
            with self.transaction():
                self._connection.execute(
                    "INSERT INTO address VALUES (?, ?, ?)", (network_id, address, owner)
                )
        except sqlite3.IntegrityError:
            return False
        return True

    def release(self, owner: str) -> None:
        """Free all addresses of ``owner``."""
        with self.transaction():
            self._connection.execute("DELETE FROM address WHERE owner = ?", (owner,))

    def first_free(self, network_id: str, first: int, last: int) -> int | None:
        """The lowest free address from ``first`` to ``last``."""
        taken = self._rows(
            "SELECT address FROM address WHERE network_id = ? AND address BETWEEN ? AND ?"
            " ORDER BY address",
            network_id, first, last,
        )  # fmt: skip
        candidate = first
        for (address,) in taken:
            if address != candidate:
                break
            candidate += 1
        return candidate if candidate <= last else None
