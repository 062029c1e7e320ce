"""Named queries of the plenary."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import Conflict, NotFound
from conference.forums import store as rooms
from conference.forums.plenary import rules
from conference.forums.plenary.model import Greeting, Plenary
from conference.forums.store import Room
from conference.program.model import Billing, Kind, Session
from conference.program.store import billings_of


async def is_plenary(session: AsyncSession, session_id: str) -> bool:
    found = await session.get(Session, session_id)
    return found is not None and found.kind is Kind.PLENARY


async def plenary_of(session: AsyncSession, session_id: str) -> Plenary:
    """What the moderators have set; until they do, a row that is only read and belongs to no session."""
    return await session.get(Plenary, session_id) or Plenary(session_id=session_id)


async def order_of(session: AsyncSession, session_id: str) -> list[Greeting]:
    """The running order; until somebody changes it, who is billed in the program."""
    if await session.get(Plenary, session_id) is None:
        return await _from_the_program(session, session_id)
    stands = (Greeting.session_id == session_id, col(Greeting.dropped).is_(None))
    query = select(Greeting).where(*stands).order_by(col(Greeting.position), col(Greeting.id))
    return list((await session.exec(query)).all())


async def _from_the_program(session: AsyncSession, session_id: str) -> list[Greeting]:
    billed = (await billings_of(session, [session_id])).get(session_id, [])
    return [_greeting(row, place) for place, row in enumerate(billed) if row.role not in rules.UNNAMED_IN_ORDER]


def _greeting(row: Billing, position: int) -> Greeting:
    return Greeting(
        id=row.id, session_id=row.session_id, position=position, name=row.name, function=row.title, organisation=row.affiliation
    )


async def for_change(work: Work, session_id: str) -> tuple[Room, Plenary]:
    """The room and what the moderators have set, kept from now on. Raises Conflict for a session that is no plenary."""
    room = await rooms.room_of(work.session, session_id)
    if not room.is_plenary:
        raise Conflict("no_plenary")
    found = await work.session.get(Plenary, session_id)
    if found is None:
        order = await _from_the_program(work.session, session_id)
        found = Plenary(session_id=session_id)
        work.session.add(found)
        await work.session.flush()
        work.session.add_all(order)
        await work.session.flush()
    return room, found


async def greeting_in(session: AsyncSession, session_id: str, greeting_id: str, *, dropped: bool = False) -> Greeting:
    """One that stands in the order, or one that was taken out. Raises NotFound, also for one of another session."""
    found = await session.get(Greeting, greeting_id)
    if found is None or found.session_id != session_id or (found.dropped is not None) != dropped:
        raise NotFound("greeting", id=greeting_id)
    return found


async def forget_dropped(session: AsyncSession, session_id: str, before: datetime) -> None:
    await session.exec(delete(Greeting).where(col(Greeting.session_id) == session_id, col(Greeting.dropped) < before))


async def hosts_gone(session: AsyncSession, conference_id: str) -> list[tuple[Session, Plenary]]:
    """Plenaries of a conference whose host is away, the longest first."""
    query = (
        select(Session, Plenary)
        .join(Plenary, col(Plenary.session_id) == Session.id)
        .where(Session.conference_id == conference_id, col(Plenary.host_gone).is_not(None))
        .order_by(col(Plenary.host_gone))
    )
    return [(held, plenary) for held, plenary in (await session.exec(query)).all()]
