"""sqlite under services that were written with a database server in mind.

oslo.db opens a connection of sqlite for each session, and reads the schema each time: a third of
the work that Heat had with a cluster. This replaces the pool by one that keeps connections, and
leaves out the pause after each use of one, which is meant for green threads. SQLAlchemy's events,
which are public, give connections settings that survive SIGKILL and rows numbers that no row had
before, and let transactions that write wait for each other.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from oslo_db.sqlalchemy import engines
from sqlalchemy import Integer, Table, event, pool
from sqlalchemy.engine import Engine

REPLACED = ("oslo_db.sqlalchemy.engines:pool", "oslo_db.sqlalchemy.engines:_thread_yield")
USED: tuple[str, ...] = ()
READ_FOR = {"oslo.db": "18.1.1"}

_open_connections: list[sqlite3.Connection] = []


class _Pool(pool.QueuePool):
    """Connections that are kept."""

    def __init__(self, creator: Any, **options: Any) -> None:
        super().__init__(
            creator,
            # what is in a file is not away one day, so it need not be asked for at each use
            **{**options, "pool_size": 64, "max_overflow": -1, "use_lifo": True, "pre_ping": False},
        )


def apply(database: Path) -> None:
    """Make ``database`` survive SIGKILL, and its connections in this process wait for each other.

    WAL with ``synchronous=NORMAL`` loses no consistency when the process dies.
    """
    engines.pool = SimpleNamespace(**{**vars(pool), "NullPool": _Pool})
    engines._thread_yield = lambda *_: None
    # while this one is open, the end of another is not the end of the last, which
    # would rewrite the file
    keeper = sqlite3.connect(database, check_same_thread=False)
    keeper.execute("PRAGMA journal_mode=WAL")
    _open_connections.append(keeper)

    @event.listens_for(Engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA busy_timeout=60000")
        cursor.close()


def never_reuse_ids() -> None:
    """Give new rows numbers that no row had before, as database servers do.

    Else sqlite gives a new resource the number of one that was deleted. A thread
    of Heat's that still works for the old one then takes the lock of the new one,
    whose check is dropped: its stack stands still for ever. Call this before the
    migrations, which make the tables.
    """

    @event.listens_for(Table, "before_create")
    def _numbered(table: Table, _connection: object, **_more: object) -> None:
        key = list(table.primary_key.columns)
        if len(key) == 1 and type(key[0].type) is Integer:
            table.dialect_options["sqlite"]["autoincrement"] = True


def serialise_writers(read_only_query: str = "") -> None:
    """Let transactions take the write lock when they begin, but those of engines that only read.

    ``read_only_query`` is the query of the database URL by which an engine that only reads is
    known, as ``name=value``.

    Heat's transactions read first and write later. Two of them at once cannot both go on, and
    sqlite refuses the second at once, whatever the timeout. Call this after the migrations: they
    open a second connection inside the first one's transaction and would wait for themselves.
    """
    # as SQLAlchemy reads it from the URL
    read_only = dict([read_only_query.split("=")]) if read_only_query else None

    @event.listens_for(Engine, "begin")
    def _begin(connection: Any) -> None:
        # before oslo.db's own listener, which then finds it done; and without the
        # machinery of a statement, which costs more than sqlite does
        only_reads = connection.engine.url.query == read_only
        statement = "BEGIN" if only_reads else "BEGIN IMMEDIATE"
        if "in_transaction" not in connection.info:
            connection.connection.dbapi_connection.execute(statement)
            connection.info["in_transaction"] = True
