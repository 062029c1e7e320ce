"""Rows commit with the change, in the order of their ids, and are kept for a day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from conference.base.clock import FixedClock
from conference.base.db import Database, open_database
from conference.live import store
from conference.live.bus import WAKE, MemoryBus
from conference.live.model import OutboxRow
from conference.live.outbox import Outbox
from tests.live.house import create_outbox


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2021, 5, 3, 10, tzinfo=UTC))


@pytest.fixture
async def db(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    db = open_database(database_url, clock)
    await create_outbox(db)
    yield db
    await db.aclose()


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def outbox(bus: MemoryBus, clock: FixedClock) -> Outbox:
    return Outbox(bus, clock)


async def rows(db: Database) -> list[OutboxRow]:
    async with db.read() as session:
        return list((await session.exec(select(OutboxRow).order_by(col(OutboxRow.id)))).all())


async def test_told_in_order_with_their_facts(db: Database, outbox: Outbox) -> None:
    async with db.work() as work:
        outbox.tell(work, "session:s", "asked", conference_id="c", question_id="q", mine=True, nobody=None)
        outbox.tell(work, "conference:c", "moved", conference_id=None, minutes=5)
    first, second = await rows(db)
    assert (first.id, first.topic, first.kind, first.conference_id) == (1, "session:s", "asked", "c")
    assert first.facts == {"question_id": "q", "mine": True, "nobody": None}
    assert first.at == datetime(2021, 5, 3, 10, tzinfo=UTC)
    assert (second.id, second.conference_id, second.facts) == (2, None, {"minutes": 5})


async def test_wakes_once_and_only_after_the_commit(db: Database, outbox: Outbox, bus: MemoryBus) -> None:
    signals = bus.subscribe(WAKE)
    async with db.work() as work:
        outbox.tell(work, "a:1", "k", conference_id=None)
        outbox.tell(work, "a:1", "k", conference_id=None)
        assert await newest(db) == 0
    assert (await anext(signals)).channel == WAKE
    await bus.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(signals)


async def newest(db: Database) -> int:
    async with db.read() as session:
        return await store.newest_id(session)


async def test_a_roll_back_tells_nothing(db: Database, outbox: Outbox, bus: MemoryBus) -> None:
    signals = bus.subscribe(WAKE)

    async def fail() -> None:
        async with db.work() as work:
            outbox.tell(work, "a:1", "k", conference_id=None)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await rows(db) == []
    await bus.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(signals)


async def test_a_savepoint_writes_with_the_whole(db: Database, outbox: Outbox) -> None:
    async with db.work() as work:
        outbox.tell(work, "a:1", "before", conference_id=None)
        async with work.session.begin_nested():
            outbox.tell(work, "a:1", "inside", conference_id=None)
        outbox.tell(work, "a:1", "after", conference_id=None)
    assert [row.kind for row in await rows(db)] == ["before", "inside", "after"]


async def test_facts_are_ids_and_not_contents(db: Database, outbox: Outbox) -> None:
    async with db.work() as work:
        with pytest.raises(TypeError, match="rows hold ids"):
            outbox.tell(work, "a:1", "k", conference_id=None, people=["anna"])  # type: ignore[arg-type]


async def test_a_reader_with_one_cursor_misses_no_row(db: Database, outbox: Outbox) -> None:
    """Many writers in two conferences, some of them slow or failing after they have told: ids become visible in order."""
    seen: list[int] = []
    done = asyncio.Event()

    async def read() -> None:
        while not done.is_set():
            async with db.read() as session:
                seen.extend(row.id or 0 for row in await store.rows_after(session, seen[-1] if seen else 0, 50))
            await asyncio.sleep(0)

    async def write(number: int) -> None:
        for turn in range(10):
            try:
                async with db.work() as work:
                    outbox.tell(work, f"a:{number}", "k", conference_id=f"c{number % 2}", n=turn)
                    await asyncio.sleep(0.001 * (number % 3))
                    if (number + turn) % 7 == 0:
                        raise LookupError
            except LookupError:
                pass

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(number) for number in range(8)))
    await asyncio.sleep(0.05)
    done.set()
    await reader
    assert seen == [row.id for row in await rows(db)]
    assert len(seen) == sum((number + turn) % 7 != 0 for number in range(8) for turn in range(10))


async def test_rows_are_dropped_after_a_day_but_for_the_newest(db: Database, outbox: Outbox, clock: FixedClock) -> None:
    for hours in (0, 20, 20):
        clock.advance(hours=hours)
        async with db.work() as work:
            outbox.tell(work, "a:1", "k", conference_id=None)
    async with db.work() as work:
        assert await outbox.drop_old(work) == 1
    assert [row.id for row in await rows(db)] == [2, 3]
    clock.advance(days=9)
    async with db.work() as work:
        assert await outbox.drop_old(work) == 1
    async with db.work() as work:
        outbox.tell(work, "a:1", "k", conference_id=None)
    assert [row.id for row in await rows(db)] == [3, 4]
