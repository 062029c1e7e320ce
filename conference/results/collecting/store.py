"""Queries for collecting."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import NotFound
from conference.people.model import Person
from conference.results.model import Finding


async def line_in(db: AsyncSession, session_id: str, finding_id: str) -> Finding:
    """A line of the session, also one that was taken out. Raises NotFound."""
    found = await db.get(Finding, finding_id)
    if found is None or found.session_id != session_id:
        raise NotFound("finding")
    return found


async def line_by_client(db: AsyncSession, session_id: str, client: str) -> Finding | None:
    return (await db.exec(select(Finding).where(Finding.session_id == session_id, Finding.client == client))).first()


@dataclass(frozen=True)
class Counted:
    """How many lines a session has: those in the sheet, those that ever were, those that ever were one person's."""

    standing: int
    ever: int
    own: int


async def count_lines(db: AsyncSession, session_id: str, person_id: str | None = None) -> Counted:
    standing, own = col(Finding.gone).is_(None), col(Finding.person_id) == person_id
    query = select(func.count().filter(standing), func.count(), func.count().filter(own))
    return Counted(*(await db.exec(query.where(Finding.session_id == session_id))).one())


async def last_position(db: AsyncSession, session_id: str) -> int:
    return (await db.exec(select(func.max(Finding.position)).where(Finding.session_id == session_id))).one() or 0


async def group_of(db: AsyncSession, session_id: str, heading: str, number: int | None) -> list[Finding]:
    """The lines under one heading of one round, in their order."""
    query = select(Finding).where(
        Finding.session_id == session_id, Finding.heading == heading, Finding.round == number, col(Finding.gone).is_(None)
    )
    return list(await db.exec(query.order_by(col(Finding.position), col(Finding.id))))


async def starred(db: AsyncSession, session_id: str) -> int:
    """How many key findings there are."""
    query = select(func.count()).select_from(Finding)
    return (await db.exec(query.where(Finding.session_id == session_id, col(Finding.key), col(Finding.gone).is_(None)))).one()


async def lines_changed_by(db: AsyncSession, session_id: str, change: int) -> list[Finding]:
    """The lines that this change touched last, those that it took out included."""
    return list(await db.exec(select(Finding).where(Finding.session_id == session_id, Finding.change == change)))


async def lines_newer_than(db: AsyncSession, session_id: str, change: int) -> list[Finding]:
    """All that changed after a change, what was taken out included."""
    return list(await db.exec(select(Finding).where(Finding.session_id == session_id, Finding.change > change)))


async def names_of(db: AsyncSession, findings: Iterable[Finding]) -> dict[str, str]:
    """Person's id -> name, of those who put their name to a line."""
    ids: Collection[str] = {one.person_id for one in findings if one.named and one.person_id is not None}
    if not ids:
        return {}
    return dict((await db.exec(select(Person.id, Person.name).where(col(Person.id).in_(ids)))).all())
