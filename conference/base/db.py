"""The database: an async engine, the unit of work, column types. SQLite (one writer, WAL) or PostgreSQL (a pool)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, MetaData, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.clock import Clock
from conference.base.errors import Unavailable
from conference.base.sqlite import BEGIN_TO_WRITE, connect, empty_log

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata
BUSY_SECONDS = 5


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC. SQLite forgets zones; this column does not. Naive values are our bug."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def word(kind: type[StrEnum]) -> Enum:
    """A column for one word of `kind`, stored as text: a new word needs no change of a database type."""
    return Enum(kind, native_enum=False, length=32, values_callable=lambda each: [member.value for member in each])


class Work:
    """One unit of work: a session in a transaction, the moment it began, and what to do once it is committed."""

    def __init__(self, session: AsyncSession, now: datetime, dialect: str) -> None:
        self.session = session
        self.now = now
        self.dialect = dialect
        self.told: set[str] = set()  # kinds of live events that this work tells
        self._after_commit: list[Callable[[], None]] = []

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call `call` once after a commit (not after a roll-back). It must not block or raise."""
        if call not in self._after_commit:
            self._after_commit.append(call)

    def committed(self) -> None:
        for call in self._after_commit:
            call()


class Database:
    """Opened by `open_database`. `work()` writes, `read()` reads; nothing else makes sessions."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.dialect = make_url(url).get_backend_name()
        self._listeners: list[Callable[[Work], None]] = []
        self._clock = clock
        self._file = make_url(url).database if self.dialect == "sqlite" else None
        if self.dialect == "sqlite":
            self._write_engine = _sqlite_engine(url, BEGIN_TO_WRITE, 1)
            self._read_engine = _sqlite_engine(url, "BEGIN", 4)
            self._turn: asyncio.Lock | nullcontext[None] = asyncio.Lock()
        else:
            self._write_engine = self._read_engine = create_async_engine(
                make_url(url).set(drivername="postgresql+asyncpg"),
                pool_size=10,
                max_overflow=10,
                pool_timeout=2,
                pool_pre_ping=True,
                json_serializer=_json,
                hide_parameters=True,  # an error's text goes to the log, contents do not
                connect_args={"timeout": 2, "command_timeout": 10},
            )
            self._turn = nullcontext()
        self._writers = async_sessionmaker(self._write_engine, class_=AsyncSession, expire_on_commit=False)
        self._readers = async_sessionmaker(self._read_engine, class_=AsyncSession, expire_on_commit=False)

    @property
    def engine(self) -> AsyncEngine:
        """For migrations and tests."""
        return self._write_engine

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """A transaction that writes: committed at the end, rolled back when anything is raised.

        SQLite has one writer at a time (`BEGIN IMMEDIATE`; in this process a fair queue, between processes its lock).
        Raises Unavailable when the database does not answer.
        """
        async with self._turn, self._guarded(), self._writers() as session, session.begin():
            work = Work(session, self._clock.now(), self.dialect)
            yield work
        for call in self._listeners:
            call(work)
        work.committed()

    def on_commit(self, call: Callable[[Work], None]) -> None:
        """Call `call` after each commit of this process, before what the work itself has put there. It must not block."""
        self._listeners.append(call)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads (a consistent snapshot on SQLite). Raises Unavailable."""
        async with self._guarded():
            session = self._readers()
            try:
                yield session
            finally:
                # SQLite has nothing to wait for, so the connection is free at once; a server's answer must not be cut off.
                await (session.close() if self.dialect == "sqlite" else asyncio.shield(session.close()))

    @asynccontextmanager
    async def _guarded(self) -> AsyncIterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError, PoolTimeout, TimeoutError, ConnectionError) as error:
            raise Unavailable("database", reason=type(error).__name__) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable("database", reason=type(error).__name__) from error
            raise

    async def wipe(self) -> None:
        """Let what was deleted also leave the log that SQLite writes ahead. PostgreSQL overwrites its rows by itself."""
        if self._file is not None:
            await asyncio.to_thread(empty_log, self._file, BUSY_SECONDS)

    async def ping(self) -> None:
        """Raises Unavailable when the database does not answer."""
        async with self.read() as session:
            await session.connection()
            await session.exec(text("SELECT 1"))  # type: ignore[call-overload]

    async def aclose(self) -> None:
        await self._write_engine.dispose()
        await self._read_engine.dispose()


def open_database(url: str, clock: Clock) -> Database:
    """Open the database at `sqlite:///PATH` or `postgresql://...`; the folder of a SQLite file is made."""
    if url.startswith("sqlite"):
        Path(make_url(url).database or ".").parent.mkdir(parents=True, exist_ok=True)
    return Database(url, clock)


def _sqlite_engine(url: str, begin: str, size: int) -> AsyncEngine:
    engine = create_async_engine(
        make_url(url).set(drivername="sqlite+aiosqlite"),
        pool_size=size,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        json_serializer=_json,
        hide_parameters=True,
        async_creator=lambda: connect(make_url(url).database or ":memory:", timeout=BUSY_SECONDS),
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own implicit BEGIN would come too late and be deferred
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is not to be found in the file either
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
