"""Queries of attendance: times in rooms, and who agreed that a proof may be made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base.errors import NotFound
from conference.forums.model import Seat
from conference.forums.stays import stays_of
from conference.initiatives.model import Initiative
from conference.keeping.attendance.rules import Day, Stay, days_of, stay_of
from conference.people.model import Person, PersonConsent, PersonConsentKind
from conference.program.model import Session


async def stays_in(
    session: AsyncSession, conference_id: str, now: datetime, person_id: str | None = None
) -> dict[str, list[Stay]]:
    """Person -> times in rooms, of everybody or of one; whoever waited outside was not there. One query."""
    query = (
        select(Seat, Session.ends, Session.ended)
        .join(Session, col(Session.id) == Seat.session_id)
        .where(Seat.conference_id == conference_id, col(Seat.person_id).is_not(None))
    )
    if person_id is not None:
        query = query.where(Seat.person_id == person_id)
    found: dict[str, list[Stay]] = {}
    for seat, ends, ended in await session.exec(query):
        stays = [stay_of(entered, left, ends, ended, now) for entered, left in stays_of(seat)]
        found.setdefault(seat.person_id or "", []).extend(stay for stay in stays if stay is not None)
    return found


async def consent_of(session: AsyncSession, person_id: str) -> PersonConsent | None:
    """What somebody agrees to now, here or at registration."""
    query = select(PersonConsent).where(PersonConsent.person_id == person_id, *agreeing())
    return (await session.exec(query.order_by(col(PersonConsent.given)))).first()


def agreeing() -> tuple[ColumnElement[bool], ...]:
    """Consents to a proof that count now."""
    return (col(PersonConsent.kind) == PersonConsentKind.ATTENDANCE, col(PersonConsent.ended).is_(None))


@dataclass(frozen=True)
class Present:
    """Somebody who was there. organisation: the initiative's name, or as typed."""

    id: str
    name: str
    organisation: str
    days: list[Day]


async def present_one(session: AsyncSession, conference: Conference, person_id: str, now: datetime) -> Present | None:
    """None: was not there. Raises NotFound for somebody of another conference."""
    query = select(Person, Initiative.name).outerjoin(Initiative, col(Initiative.id) == Person.initiative_id)
    row = (await session.exec(query.where(Person.id == person_id, Person.conference_id == conference.id))).first()
    if row is None:
        raise NotFound("person")
    person, initiative = row
    stays = (await stays_in(session, conference.id, now, person_id)).get(person_id, [])
    days = days_of(stays, ZoneInfo(conference.zone))
    return Present(person.id, person.name, initiative or person.organisation or "", days) if days else None


@dataclass(frozen=True)
class Attendance:
    """agreed: those who were there and agreed to a proof, by name; others: how many were there besides."""

    agreed: list[Present]
    others: int


async def attendance_of(session: AsyncSession, conference: Conference, now: datetime) -> Attendance:
    """Two queries."""
    zone = ZoneInfo(conference.zone)
    days = {person: days_of(stays, zone) for person, stays in (await stays_in(session, conference.id, now)).items()}
    query = (
        select(Person.id, Person.name, Person.organisation, Initiative.name)
        .join(PersonConsent, col(PersonConsent.person_id) == Person.id)
        .outerjoin(Initiative, col(Initiative.id) == Person.initiative_id)
        .where(Person.conference_id == conference.id, *agreeing())
        .order_by(Person.name, Person.id)
        .distinct()
    )
    agreed = [
        Present(id_, name, initiative or organisation or "", days[id_])
        for id_, name, organisation, initiative in await session.exec(query)
        if days.get(id_)
    ]
    there = sum(1 for each in days.values() if each)
    return Attendance(agreed, there - len(agreed))
