"""All tables in an empty database at once: one by one they take a fifth of a second on PostgreSQL, in hundreds of tests."""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import create_mock_engine, make_url

from conference.base.db import Database, metadata

_DRIVERS = {"sqlite": "sqlite+aiosqlite://", "postgresql": "postgresql+asyncpg://"}


async def create_tables(db: Database) -> None:
    """The tables of all models that are imported by now."""
    script = _script(db.dialect, frozenset(metadata.tables))
    async with db.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await (driver.executescript(script) if db.dialect == "sqlite" else driver.execute(script))


@functools.cache
def _script(dialect: str, tables: frozenset[str]) -> str:
    statements: list[str] = []
    kind = make_url(_DRIVERS[dialect]).get_dialect()()
    engine = create_mock_engine(_DRIVERS[dialect], lambda made, *_, **__: statements.append(str(made.compile(dialect=kind))))
    metadata.create_all(engine, tables=[metadata.tables[name] for name in sorted(tables)], checkfirst=False)
    return "BEGIN;" + ";".join(statements) + ";COMMIT"
