"""Brings the database to the newest revision. Safe to run at every start, by several processes at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from conference.base.clock import SystemClock
from conference.base.db import metadata, open_database
from conference.base.errors import SettingsError, Unavailable
from conference.base.settings import Settings

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x6D656574  # one migration at a time on PostgreSQL; SQLite's BEGIN IMMEDIATE does the same


def metadata_of_all() -> MetaData:
    """The metadata with the tables of every feature."""
    import conference.access.model
    import conference.base.audit
    import conference.base.jobs
    import conference.cards.model
    import conference.desk.model
    import conference.forums.check.model
    import conference.forums.model
    import conference.forums.plenary.model
    import conference.forums.slides.model
    import conference.forums.talk.model
    import conference.initiatives.model
    import conference.keeping.model
    import conference.live.model
    import conference.mailing.model
    import conference.people.accounts.model
    import conference.people.model
    import conference.program.model
    import conference.registration.model
    import conference.results.model
    import conference.survey.model  # noqa: F401

    return metadata


def config(connection: Connection) -> Config:
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


async def upgrade(settings: Settings) -> str:
    """Run what is missing; returns the revision. Raises SettingsError for a database that is newer than this program."""
    db = open_database(settings.database_url, SystemClock())
    try:
        async with db.engine.begin() as connection:
            return await connection.run_sync(_upgrade)
    except (OSError, TimeoutError) as error:
        raise Unavailable("database", reason=str(error)) from error
    finally:
        await db.aclose()


async def lacks_organiser(settings: Settings) -> bool:
    """Whether nobody can make a conference yet. The database is of this version."""
    db = open_database(settings.database_url, SystemClock())
    try:
        async with db.engine.connect() as connection:
            query = text("SELECT 1 FROM person JOIN roleheld ON person_id = person.id WHERE role = 'organiser' LIMIT 1")
            return (await connection.execute(query)).first() is None
    finally:
        await db.aclose()


def _upgrade(connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    made = config(connection)
    script = ScriptDirectory.from_config(made)
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise SettingsError(f"The database is at revision {current}, which this version of Meetingpoint does not know yet.")
    command.upgrade(made, "head")
    return script.get_current_head() or ""


async def pending(settings: Settings) -> bool:
    """Whether the database lacks a revision."""
    engine = create_async_engine(
        settings.database_url.replace("://", "+aiosqlite://" if "sqlite" in settings.database_url else "+asyncpg://", 1),
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_pending)
    finally:
        await engine.dispose()


def _pending(connection: Connection) -> bool:
    return MigrationContext.configure(connection).get_current_revision() != ScriptDirectory(str(FOLDER)).get_current_head()


def new_revision(number: str, message: str) -> None:
    """Write revision `number` (four digits): the difference between an upgraded, empty SQLite database and the models."""

    async def write() -> None:
        engine = create_async_engine("sqlite+aiosqlite://")
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
            await connection.run_sync(lambda c: command.revision(config(c), message, autogenerate=True, rev_id=number))
        await engine.dispose()

    asyncio.run(write())
