"""sqlite under services that were written with a database server in mind."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from oslo_db.sqlalchemy import engines
from sqlalchemy import Integer, Table, event, pool
from sqlalchemy.engine import Engine

from disco.embedded.control.config_files import READS_ONLY

#: as SQLAlchemy reads it from the URL
_READS_ONLY = dict([READS_ONLY.split("=")])

_kept: list[sqlite3.Connection] = []


class _Pool(pool.QueuePool):
    """Connections that are kept, where oslo.db opens one for each session.

    Each new one reads the whole schema: a third of the work that Heat had with a cluster.
    """

    def __init__(self, creator: Any, **options: Any) -> None:
        super().__init__(
            creator,
            # what is in a file is not away one day, so it need not be asked for at each use
            **{**options, "pool_size": 64, "max_overflow": -1, "use_lifo": True, "pre_ping": False},
        )


def tune(database: Path) -> None:
    """Make ``database`` survive SIGKILL, and its connections in this process wait their turn.

    WAL with ``synchronous=NORMAL`` loses no consistency when the process dies.
    """
    engines.pool = SimpleNamespace(**{**vars(pool), "NullPool": _Pool})
    # a pause after each use of a connection, meant for green threads
    engines._thread_yield = lambda *_: None
    # while this one is open, the end of another is not the end of the last, which
    # would rewrite the file
    keeper = sqlite3.connect(database, check_same_thread=False)
    keeper.execute("PRAGMA journal_mode=WAL")
    _kept.append(keeper)

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


def serialise_writers() -> None:
    """Let transactions take the write lock when they begin, but those of engines that only read.

    Heat's transactions read first and write later. Two of them at once cannot
    both go on, and sqlite refuses the second at once, whatever the timeout.
    Call this after the migrations: they open a second connection inside the
    first one's transaction and would wait for themselves.
    """

    @event.listens_for(Engine, "begin")
    def _begin(connection: Any) -> None:
        # before oslo.db's own listener, which then finds it done; and without the
        # machinery of a statement, which costs more than sqlite does
        reads = connection.engine.url.query == _READS_ONLY
        statement = "BEGIN" if reads else "BEGIN IMMEDIATE"
        if "in_transaction" not in connection.info:
            connection.connection.dbapi_connection.execute(statement)
            connection.info["in_transaction"] = True
