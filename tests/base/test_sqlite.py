"""SQLite in the loop's own thread: what may wait for another process does not hold up the loop."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from conference.base.clock import SystemClock
from conference.base.db import Database, Work, open_database

COUNT = text("SELECT count(*) FROM note")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    db = open_database(f"sqlite:///{tmp_path / 'x.sqlite3'}", SystemClock())
    async with db.work() as work:
        await (await work.session.connection()).execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))
    yield db
    await db.aclose()


async def add(work: Work, number: int) -> None:
    await (await work.session.connection()).execute(text("INSERT INTO note VALUES (:id)"), {"id": number})


async def numbers(db: Database) -> list[int]:
    async with db.read() as session:
        return [row[0] for row in await (await session.connection()).execute(text("SELECT id FROM note ORDER BY id"))]


async def write(db: Database, number: int) -> None:
    async with db.work() as work:
        await add(work, number)


async def test_the_loop_goes_on_while_a_writer_waits_for_another_process(db: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO note VALUES (1)")
        writing = asyncio.create_task(write(db, 2))
        longest = 0.0
        for _ in range(20):
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)
            assert await numbers(db) == []
        assert not writing.done()
        assert longest < 1
        other.execute("COMMIT")
        await writing
    assert await numbers(db) == [1, 2]


async def test_a_writer_that_is_cancelled_while_it_waits_leaves_the_next_one_free(db: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(write(db, 1))
        await asyncio.sleep(0.05)
        writing.cancel()
        other.execute("COMMIT")
        await asyncio.gather(writing, return_exceptions=True)
    await write(db, 2)
    assert await numbers(db) == [2]


async def test_readers_of_one_moment_do_not_see_what_is_committed_meanwhile(db: Database) -> None:
    await write(db, 1)
    async with db.read() as session:
        connection = await session.connection()
        assert (await connection.execute(COUNT)).scalar_one() == 1
        await write(db, 2)
        assert (await connection.execute(COUNT)).scalar_one() == 1
    assert await numbers(db) == [1, 2]
