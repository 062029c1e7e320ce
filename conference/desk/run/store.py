"""Queries of the run console; each asks for all rooms at once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.desk.model import Statement
from conference.desk.run.counting import Tally
from conference.desk.run.rules import Cast
from conference.forums import rules
from conference.forums.model import Forum, Seat
from conference.people.model import Person, Role, RoleHeld
from conference.program.model import Billing, Session

NEEDED = (Role.MODERATOR, Role.SPEAKER, Role.INTERPRETER, Role.CAPTIONER, Role.NOTE_TAKER)


async def forums_of(session: AsyncSession, conference_id: str) -> dict[str, Forum]:
    """What was set in the rooms, by session; rooms without a row are missing."""
    query = select(Forum).join(Session, col(Session.id) == Forum.session_id).where(Session.conference_id == conference_id)
    return {forum.session_id: forum for forum in (await session.exec(query)).all()}


async def cast_of(session: AsyncSession, conference_id: str) -> dict[str, list[Cast]]:
    """Whom each session needs: who holds a role in it, and whom the program names, where it is known who that is."""
    held = (
        select(RoleHeld.session_id, Person.id, Person.name, RoleHeld.role)
        .join(Person, col(Person.id) == RoleHeld.person_id)
        .where(Person.conference_id == conference_id, col(RoleHeld.session_id).is_not(None), col(RoleHeld.role).in_(NEEDED))
    )
    named = (
        select(Billing.session_id, Person.id, Person.name)
        .join(Person, col(Person.id) == Billing.person_id)
        .where(Person.conference_id == conference_id)
    )
    found: dict[tuple[str, str], Cast] = {}
    for session_id, person, name, role in (await session.exec(held)).all():
        found.setdefault((str(session_id), person), Cast(str(session_id), person, name, Role(role)))
    for session_id, person, name in (await session.exec(named)).all():
        found.setdefault((session_id, person), Cast(session_id, person, name, None))
    cast: dict[str, list[Cast]] = {}
    for each in sorted(found.values(), key=lambda one: one.name.casefold()):
        cast.setdefault(each.session, []).append(each)
    return cast


async def waiting_in(session: AsyncSession, conference_id: str) -> list[tuple[Seat, Person | None, Session]]:
    """Who waits in front of any room, in the order of coming, whether their page is still open or not."""
    query = (
        select(Seat, Person, Session)
        .join(Session, col(Session.id) == Seat.session_id)
        .outerjoin(Person, col(Person.id) == Seat.person_id)
        .where(Seat.conference_id == conference_id, col(Seat.knocked).is_not(None))
        .where(col(Seat.removed).is_(None), col(Seat.banned).is_(None))
        .order_by(col(Seat.knocked), col(Seat.id))
    )
    return [(seat, person, held) for seat, person, held in (await session.exec(query)).all()]


async def prepared_emergency(session: AsyncSession, conference_id: str) -> str | None:
    """The text for an emergency that was prepared on the readiness page."""
    query = select(Statement.text).where(Statement.conference_id == conference_id, Statement.key == "emergency")
    return (await session.exec(query)).first()


async def made_up_of(session: AsyncSession, conference_id: str) -> dict[str, Tally]:
    """A demo's made-up people sit in rooms at which no browser has made anybody look yet. Elsewhere: nothing."""
    query = (
        select(Seat.session_id, Seat.hand, Person.id, RoleHeld.role)
        .join(Person, col(Person.id) == Seat.person_id)
        .outerjoin(RoleHeld, (col(RoleHeld.person_id) == Person.id) & (col(RoleHeld.session_id) == Seat.session_id))
        .where(Seat.conference_id == conference_id, col(Person.simulated), col(Seat.left).is_(None), col(Seat.removed).is_(None))
        .where(col(Seat.knocked).is_(None), col(Seat.banned).is_(None))
    )
    rooms: dict[str, dict[str, tuple[datetime | None, set[Role]]]] = {}
    for session_id, hand, person, role in (await session.exec(query)).all():
        roles = rooms.setdefault(session_id, {}).setdefault(person, (hand, set()))[1]
        roles.update({Role(role)} if role is not None else ())
    return {session_id: _tally(people) for session_id, people in rooms.items()}


def _tally(people: dict[str, tuple[datetime | None, set[Role]]]) -> Tally:
    staff = {person: roles for person, (_, roles) in people.items() if roles}
    return Tally(
        here=len(people),
        hands=sum(hand is not None for hand, _ in people.values()),
        moderated=any(rules.may_moderate(rules.room_role(roles)) for roles in staff.values()),
        staff=frozenset(staff),
    )
