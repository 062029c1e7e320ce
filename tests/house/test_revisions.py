"""One line of revisions that runs forwards and backwards on both databases and ends where the models are."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from conference import migrate
from conference.base.clock import SystemClock
from conference.base.db import open_database
from conference.base.errors import SettingsError
from conference.base.settings import Settings, read_settings


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return read_settings({}, data_dir=tmp_path, database_url=database_url, secret_key="k" * 40)


@pytest.fixture
async def engine(settings: Settings):  # type: ignore[no-untyped-def]
    db = open_database(settings.database_url, SystemClock())
    yield db.engine
    await db.aclose()


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def seen(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return await connection.run_sync(tables)


def test_there_is_one_head_and_one_beginning() -> None:
    script = ScriptDirectory(str(migrate.FOLDER))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_files_are_named_in_the_order_of_the_revisions() -> None:
    script = ScriptDirectory(str(migrate.FOLDER))
    revisions = [Path(revision.path).name for revision in script.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert sorted(revisions) == sorted(path.name for path in (migrate.FOLDER / "versions").glob("*.py"))


async def test_models_and_revisions_agree(settings: Settings, engine: AsyncEngine) -> None:
    await migrate.upgrade(settings)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, migrate.metadata_of_all()))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_up_down_and_up_again(settings: Settings, engine: AsyncEngine) -> None:
    await migrate.upgrade(settings)
    first = await seen(engine)
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(migrate.config(c), "base"))
    assert await seen(engine) <= {"alembic_version"}
    await migrate.upgrade(settings)
    assert await seen(engine) == first
    assert first == migrate.metadata_of_all().tables.keys() | {"alembic_version"}


async def test_a_second_upgrade_changes_nothing(settings: Settings) -> None:
    assert await migrate.pending(settings)
    head = await migrate.upgrade(settings)
    assert not await migrate.pending(settings)
    assert await migrate.upgrade(settings) == head


async def test_an_older_program_refuses_a_newer_database(settings: Settings, engine: AsyncEngine) -> None:
    await migrate.upgrade(settings)
    before = await seen(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="revision 9999"):
        await migrate.upgrade(settings)
    assert await seen(engine) == before
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == ["9999"]
