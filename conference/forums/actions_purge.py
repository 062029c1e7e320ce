"""What is left of a conference's rooms when it is purged: nothing. Slides forget themselves, since their files go with them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, delete, select
from sqlmodel import SQLModel

from conference.access.store import purged_conferences
from conference.base.db import metadata
from conference.base.log import logger
from conference.web.services import Services

SLIDES = "conference.forums.slides."

log = logger("forums")


async def forget_purged_rooms(services: Services) -> int:
    """Delete seats, notes, chats, questions, polls, ballots, announcements and all else that the rooms of purged conferences
    hold; the number of rows. May be repeated."""
    async with services.db.read() as session:
        purged = await purged_conferences(session, services.clock.now())
    total = 0
    for conference_id in purged:
        total += await _forget(services, conference_id)
    return total


async def _forget(services: Services, conference_id: str) -> int:
    async with services.db.work() as work:
        forgotten = {}
        for table in tables_of_rooms():
            deleted = await work.session.exec(delete(table).where(belongs(table, conference_id)))
            forgotten[table.name] = int(deleted.rowcount)
    rows = sum(forgotten.values())
    if rows:
        log.info("rooms_purged", conference=conference_id, **{name: n for name, n in forgotten.items() if n})
    return rows


def tables_of_rooms() -> list[Table]:
    """All tables of the rooms but the slides', those first that refer to others."""
    modules = {mapper.local_table: mapper.class_.__module__ + "." for mapper in SQLModel._sa_registry.mappers}
    ours = {table for table, name in modules.items() if name.startswith("conference.forums.") and not name.startswith(SLIDES)}
    return [table for table in reversed(metadata.sorted_tables) if table in ours]


def belongs(table: Table, conference_id: str) -> ColumnElement[bool]:
    """Which rows of a table are a conference's: by the first of its foreign keys that leads there."""
    keys = [key for column in table.columns for key in column.foreign_keys]
    for key in keys:
        if key.column.table.name == "conference":
            return key.parent == conference_id
    key = keys[0]
    return key.parent.in_(select(key.column).where(belongs(key.column.table, conference_id)))
