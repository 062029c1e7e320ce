"""SQLite without a thread between: only what may wait for the disk or for another process is left to the driver's thread.

SQLite answers a query from memory in some 20 us; handing each of a statement's four steps to a thread and back costs ten times as
much. A reader waits for nobody (WAL), and a writer that has the lock waits only for its commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any

import aiosqlite

BEGIN_TO_WRITE = "BEGIN IMMEDIATE"
_WAITS = (BEGIN_TO_WRITE, "PRAGMA")


class Connection(aiosqlite.Connection):
    """The driver's connection, whose every step comes through `_execute`."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._in_thread: deque[None] = deque()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        connection = self._connection
        if connection is None or not self._running:
            raise ValueError("Connection closed")
        # What was cancelled goes on in the thread: until it has ended, everything queues up behind it there.
        if self._in_thread or fn in (connection.commit, connection.close) or (args and str(args[0]).startswith(_WAITS)):
            return await self._in_turn(fn, *args, **kwargs)
        return fn(*args, **kwargs)

    async def _in_turn(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def run() -> Any:
            try:
                return fn(*args, **kwargs)
            finally:
                self._in_thread.pop()

        self._in_thread.append(None)
        future = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, run))
        return await future


def connect(database: str, **options: Any) -> Connection:
    """For `create_async_engine(async_creator=...)`; to be awaited. options: of `sqlite3.connect`."""
    connection = Connection(lambda: sqlite3.connect(database, check_same_thread=False, **options))
    connection._thread.daemon = True  # as SQLAlchemy does with the driver's own
    return connection


def empty_log(database: str, seconds: float) -> None:
    """Write the log back into the file and cut it off, unless somebody reads from it for longer than `seconds`."""
    connection = sqlite3.connect(database, timeout=seconds)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
