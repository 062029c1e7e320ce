"""Deleting a conference that never was, or is over and purged: no row of it stays, in no table.

Its objects in the store are named before the rows go, and deleted by jobs once that is committed.
"""

from __future__ import annotations

from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import times_of
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked
from conference.base.errors import Conflict
from conference.base.jobs import enqueue
from conference.cards.actions import FORGET
from conference.cards.model import Card
from conference.keeping.rows import objects_of, rows_of
from conference.live.outbox import Outbox
from conference.people.model import Person
from conference.program.model import Session

MAY_GO = (State.DRAFT, State.PURGED)


async def delete_conference(work: Work, outbox: Outbox, conference_id: str, *, by: str | None) -> None:
    """Raises Conflict("not_over") unless it is a draft, or purged."""
    conference = await locked(work, Conference, conference_id)
    if state_at(times_of(conference), work.now) not in MAY_GO:
        raise Conflict("not_over")
    for key, upload in await objects_of(work.session, conference):
        await enqueue(work, FORGET, {"key": key} | ({"upload_id": upload} if upload else {}))
    for table, belongs in reversed(rows_of(conference_id)):
        await work.session.exec(delete(table).where(belongs))
    audit.record(work, "conference deleted", conference_id=conference_id, person_id=by)
    # What is kept of its pages goes. Whoever hears of a change looks the conference up, and would find nothing: so of none.
    outbox.tell(work, f"conference:{conference_id}", "conference.deleted", conference_id=conference_id)
    outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=None)


async def counts_of(session: AsyncSession, conference_id: str) -> dict[str, int]:
    """people, sessions and cards: how many would go."""
    query = select(
        select(func.count()).where(col(Person.conference_id) == conference_id).scalar_subquery(),
        select(func.count()).where(col(Session.conference_id) == conference_id).scalar_subquery(),
        select(func.count()).where(col(Card.conference_id) == conference_id).scalar_subquery(),
    )
    people, sessions, cards = (await session.exec(query)).one()
    return {"people": people, "sessions": sessions, "cards": cards}
