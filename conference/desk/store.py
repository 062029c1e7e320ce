"""Queries for the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.audit import AuditEntry
from conference.mailing.store import uncertain_in
from conference.people.model import Person
from conference.program.model import Session


async def closings_of(session: AsyncSession, conference_id: str) -> list[tuple[AuditEntry, str]]:
    """Every time the closing date was moved, and by whom (a name, or "" when that person is deleted), newest first."""
    return await _acts(session, conference_id, "closing moved")


async def extensions_of(session: AsyncSession, conference_id: str) -> list[tuple[AuditEntry, str, Session | None]]:
    """Every time a session was given more minutes, by whom, and which, newest first. facts: session, before, after (ISO)."""
    query = (
        select(AuditEntry, Person.name, Session)
        .join(Person, col(Person.id) == AuditEntry.person_id, isouter=True)
        .join(Session, col(Session.id) == col(AuditEntry.facts)["session"].as_string(), isouter=True)
        .where(AuditEntry.conference_id == conference_id, AuditEntry.act == "session.extended")
        .order_by(col(AuditEntry.at).desc())
    )
    return [(entry, name or "", held) for entry, name, held in (await session.exec(query)).all()]


async def sizes_of(session: AsyncSession, conference_id: str, real: datetime) -> tuple[int, int, int]:
    """How many people are invited, how many sessions the program shows, and of how many letters nobody knows."""
    people = select(func.count()).where(Person.conference_id == conference_id).scalar_subquery()
    sessions = select(func.count()).where(Session.conference_id == conference_id, col(Session.hidden).is_(None))
    found = (await session.exec(select(people, sessions.scalar_subquery(), uncertain_in(conference_id, real)))).one()
    return found[0], found[1], found[2]


async def _acts(session: AsyncSession, conference_id: str, act: str) -> list[tuple[AuditEntry, str]]:
    query = (
        select(AuditEntry, Person.name)
        .join(Person, col(Person.id) == AuditEntry.person_id, isouter=True)
        .where(AuditEntry.conference_id == conference_id, AuditEntry.act == act)
        .order_by(col(AuditEntry.at).desc())
    )
    return [(entry, name or "") for entry, name in (await session.exec(query)).all()]
