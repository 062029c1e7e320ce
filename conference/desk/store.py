"""Queries for the desk."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.audit import AuditEntry
from conference.people.model import Person


async def closings_of(session: AsyncSession, conference_id: str) -> list[tuple[AuditEntry, str]]:
    """Every time the closing date was moved, and by whom (a name, or "" when that person is deleted), newest first."""
    return await _acts(session, conference_id, "closing moved")


async def extensions_of(session: AsyncSession, conference_id: str) -> list[tuple[AuditEntry, str]]:
    """Every time a session was given more minutes, and by whom, newest first. facts: session, before, after (ISO)."""
    return await _acts(session, conference_id, "session.extended")


async def _acts(session: AsyncSession, conference_id: str, act: str) -> list[tuple[AuditEntry, str]]:
    query = (
        select(AuditEntry, Person.name)
        .join(Person, col(Person.id) == AuditEntry.person_id, isouter=True)
        .where(AuditEntry.conference_id == conference_id, AuditEntry.act == act)
        .order_by(col(AuditEntry.at).desc())
    )
    return [(entry, name or "") for entry, name in (await session.exec(query)).all()]
