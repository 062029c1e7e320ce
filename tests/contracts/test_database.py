"""What both databases do: units of work, one writer, instants, unavailability."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, func, insert, literal, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import select

from conference.base.audit import LONGEST_FACT, AuditEntry, record
from conference.base.clock import FixedClock, SystemClock
from conference.base.db import Database, Instant, Work, open_database
from conference.base.errors import Invalid, Unavailable
from tests.services import Postgres, free_ports

TABLES = MetaData()
NOTES = Table(
    "note",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("text", String),
    Column("at", Instant),
    Column("parent", ForeignKey("note.id")),
)


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.run_sync(TABLES.create_all)


async def add(work: Work, number: int, **values: object) -> None:
    await work.session.exec(insert(NOTES).values(id=number, **values))


async def numbers(db: Database) -> list[int]:
    async with db.read() as session:
        return list((await session.exec(select(NOTES.c.id).order_by(NOTES.c.id))).all())


async def test_a_unit_of_work_is_committed_at_its_end(db: Database) -> None:
    async with db.work() as work:
        await add(work, 1)
        assert await numbers(db) == []
    assert await numbers(db) == [1]


async def test_a_unit_of_work_is_rolled_back_by_anything_raised(db: Database) -> None:
    called: list[str] = []

    async def fail() -> None:
        async with db.work() as work:
            work.after_commit(lambda: called.append("never"))
            await add(work, 1)
            raise Invalid("wrong")

    with pytest.raises(Invalid):
        await fail()
    assert (await numbers(db), called) == ([], [])
    async with db.work() as work:
        await add(work, 2)
    assert await numbers(db) == [2]


async def test_a_cancelled_unit_of_work_is_rolled_back(db: Database) -> None:
    inside = asyncio.Event()

    async def write() -> None:
        async with db.work() as work:
            await add(work, 1)
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), db.work() as work:
        await add(work, 2)
    assert await numbers(db) == [2]


async def test_what_follows_the_commit_is_called_once(db: Database) -> None:
    called: list[str] = []

    def tell() -> None:
        called.append("told")

    async with db.work() as work:
        work.after_commit(tell)
        work.after_commit(tell)
        assert called == []
    assert called == ["told"]


async def test_many_writers_lose_nothing(db: Database) -> None:
    async with db.work() as work:
        await add(work, 1, text="0")

    async def count(number: int) -> None:
        async with db.work() as work:
            row = select(NOTES.c.text).where(NOTES.c.id == 1).with_for_update()
            value = int((await work.session.exec(row)).one() or 0)
            await asyncio.sleep(0)
            await work.session.exec(update(NOTES).where(NOTES.c.id == 1).values(text=str(value + 1)))
            await add(work, number + 2)

    await asyncio.gather(*[count(number) for number in range(40)])
    async with db.read() as session:
        assert (await session.exec(select(NOTES.c.text).where(NOTES.c.id == 1))).one() == "40"
    assert await numbers(db) == list(range(1, 42))


async def test_two_processes_write_in_turn(db: Database, database_url: str) -> None:
    """Two databases objects share nothing but the file or the server, as two processes do."""
    other = open_database(database_url, SystemClock())

    async def write(one: Database, first: int) -> None:
        for number in range(first, first + 15):
            async with one.work() as work:
                (await work.session.exec(select(func.count()).select_from(NOTES))).one()
                await add(work, number)

    await asyncio.gather(write(db, 1), write(other, 101))
    await other.aclose()
    assert await numbers(db) == [*range(1, 16), *range(101, 116)]


async def test_an_instant_comes_back_in_utc(db: Database) -> None:
    moment = datetime(2021, 5, 17, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=2)))
    async with db.work() as work:
        await add(work, 1, at=moment)
        await add(work, 2, at=None)
    async with db.read() as session:
        values = (await session.exec(select(NOTES.c.at).order_by(NOTES.c.id))).all()
        before = select(NOTES.c.id).where(NOTES.c.at < moment + timedelta(microseconds=1), NOTES.c.at >= moment)
        assert (await session.exec(before)).all() == [1]
    assert values == [moment, None]
    assert values[0].tzinfo is UTC


async def test_a_naive_instant_is_our_bug(db: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        async with db.work() as work:
            await add(work, 1, at=datetime(2021, 5, 17))  # noqa: DTZ001


async def test_broken_references_are_refused(db: Database) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with db.work() as work:
            await add(work, 1, parent=99, text="private words")
    assert "private words" not in str(refused.value)  # errors are logged
    assert await numbers(db) == []


async def test_a_unit_of_work_has_one_now(db: Database, database_url: str) -> None:
    clock = FixedClock(datetime(2021, 5, 17, 12, tzinfo=UTC))
    other = open_database(database_url, clock)
    async with other.work() as work:
        clock.advance(seconds=5)
        assert work.now == datetime(2021, 5, 17, 12, tzinfo=UTC)
    await other.aclose()


async def test_acts_are_recorded_with_the_work_that_did_them(db: Database) -> None:
    closing = datetime(2021, 5, 17, 22, tzinfo=UTC)

    async def fail() -> None:
        async with db.work() as work:
            record(work, "closing.moved", conference_id="c", person_id="p")
            raise Invalid("wrong")

    with pytest.raises(Invalid):
        await fail()
    async with db.work() as work:
        entry = record(work, "closing.moved", conference_id="c", person_id="p", to=closing, days=3, why=None)
    async with db.read() as session:
        (found,) = (await session.exec(select(AuditEntry))).all()
    assert found.model_dump() == entry.model_dump()
    assert found.facts == {"to": "2021-05-17T22:00:00+00:00", "days": 3, "why": None}
    assert found.at == work.now
    for contents in ("x" * (LONGEST_FACT + 1), ["a"], b"a"):
        with pytest.raises(ValueError, match="audit"):
            record(work, "chat", text=contents)  # type: ignore[arg-type]


async def test_it_answers(db: Database) -> None:
    await db.ping()


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    (tmp_path / "folder").mkdir()
    return f"sqlite:///{tmp_path / 'folder'}"


async def test_no_database_is_unavailable(nowhere: str) -> None:
    for url in (nowhere, f"postgresql://nobody@127.0.0.1:{free_ports()[0]}/nothing"):
        gone = open_database(url, SystemClock())
        with pytest.raises(Unavailable) as refused:
            await gone.ping()
        assert refused.value.code == "database"
        await gone.aclose()


async def test_a_server_that_lost_our_connections(postgres: Postgres) -> None:
    """Restarted, failed over, or cut by an administrator: the next request works again by itself."""
    url = postgres.create()
    database = open_database(url, SystemClock())
    await database.ping()
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres' AND pid <> pg_backend_pid()"

    async def lose() -> None:
        async with database.work() as work:
            await work.session.exec(select(literal(1)))
            postgres.sql(cut)
            await work.session.exec(select(literal(1)))

    with pytest.raises(Unavailable):
        await lose()
    await database.ping()
    await database.aclose()
    postgres.drop(url)
