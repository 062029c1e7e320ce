"""Deleting a conference that never was, or is over and purged: no row of it stays, in no table.

Its objects in the store are named before the rows go, and deleted by jobs once that is committed.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, delete, func, literal, or_, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import times_of
from conference.base import audit
from conference.base.db import Work, metadata
from conference.base.editions import locked
from conference.base.errors import Conflict
from conference.base.jobs import enqueue
from conference.cards.actions import FORGET
from conference.cards.model import Card
from conference.live.outbox import Outbox
from conference.people.model import Person
from conference.program.model import Session

OBJECTS = {
    "piece": ("key", "captions_key"), "cardfile": ("key",), "cardfilm": ("key",), "sheetversion": ("object_key",),
    "resultsdocument": ("object_key",), "reportphoto": ("object_key",), "resultslook": ("logo_key",), "legalpage": ("film_key",),
    "handover": ("object_key",),
}  # fmt: skip
"""Columns with keys of the object store, by table."""
MAY_GO = (State.DRAFT, State.PURGED)


async def delete_conference(work: Work, outbox: Outbox, conference_id: str, *, by: str | None) -> None:
    """Raises Conflict("not_over") unless it is a draft, or purged."""
    conference = await locked(work, Conference, conference_id)
    if state_at(times_of(conference), work.now) not in MAY_GO:
        raise Conflict("not_over")
    rows = rows_of(conference_id)
    for facts in await _objects(work, conference, rows):
        await enqueue(work, FORGET, facts)
    for table, belongs in reversed(rows):
        await work.session.exec(delete(table).where(belongs))
    audit.record(work, "conference deleted", conference_id=conference_id, person_id=by)
    # What is kept of its pages goes. Whoever hears of a change looks the conference up, and would find nothing: so of none.
    outbox.tell(work, f"conference:{conference_id}", "conference.deleted", conference_id=conference_id)
    outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=None)


async def _objects(work: Work, conference: Conference, rows: Sequence[tuple[Table, ColumnElement[bool]]]) -> list[dict[str, str]]:
    """Facts of the jobs that delete what its rows name in the store; open uploads are broken off."""
    logos = [host["logo"]["key"] for host in conference.hosts if host.get("logo")]
    found = [{"key": key} for key in logos]
    for table, belongs in rows:
        for name in OBJECTS.get(table.name, ()):
            upload = table.c["upload_id"] if "upload_id" in table.c else literal(None)
            named = await work.session.exec(select(table.c[name], upload).where(belongs, table.c[name].is_not(None)))  # type: ignore[call-overload]
            found += [{"key": key} | ({"upload_id": started} if started else {}) for key, started in named]
    return found


def rows_of(conference_id: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """Each table that holds rows of the conference, with which; what is referred to stands before what refers to it."""
    conference: Table = metadata.tables["conference"]
    found: dict[Table, ColumnElement[bool]] = {conference: conference.c.id == conference_id}
    for table in metadata.sorted_tables:
        ways = [
            key.parent.in_(select(key.column).where(found[key.column.table]))
            for key in table.foreign_keys
            if key.column.table in found and key.column.table is not table
        ]
        if ways:
            found[table] = or_(*ways)
    return list(found.items())


async def counts_of(session: AsyncSession, conference_id: str) -> dict[str, int]:
    """people, sessions and cards: how many would go."""
    query = select_rows(
        select(func.count()).where(col(Person.conference_id) == conference_id).scalar_subquery(),
        select(func.count()).where(col(Session.conference_id) == conference_id).scalar_subquery(),
        select(func.count()).where(col(Card.conference_id) == conference_id).scalar_subquery(),
    )
    people, sessions, cards = (await session.exec(query)).one()
    return {"people": people, "sessions": sessions, "cards": cards}
