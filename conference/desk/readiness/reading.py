"""Reads everything that readiness is judged by, in nine queries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import and_, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, LegalPage, Page
from conference.base.settings import Settings
from conference.cards.review.store import reviewed_in
from conference.desk.model import Statement
from conference.desk.readiness.capacity import capacity_in
from conference.desk.readiness.shapes import Check, Facts, Look, Result, Someone
from conference.doors.visit import Visit
from conference.forums.check.model import CheckResult
from conference.mailing.store import uncertain_in
from conference.people.actions import real_now
from conference.people.model import Person, Role, RoleHeld, Source
from conference.program.model import Billing, Session
from conference.registration.model import Choice, RegistrationTerms

KEPT = timedelta(hours=1)
"""For so long it counts that the doctor found nothing wrong. What failed stays so until a later look finds it mended."""
AUDIENCE = (Role.ATTENDEE, Role.GUEST, Role.INITIATIVE)


async def facts_of(db: AsyncSession, visit: Visit) -> Facts:
    """Everything, as it is now."""
    conference = visit.conference
    sessions, billings, chosen = await _program(db, conference.id)
    people = await _team(db, conference.id)
    pages, terms, invited, from_lists, uncertain = await _pages_and_counts(db, conference.id, real_now(visit.services.clock))
    statements = list(await db.exec(select(Statement).where(Statement.conference_id == conference.id)))
    return Facts(
        conference=conference,
        state=visit.state,
        now=visit.now,
        sessions=sessions,
        billings=billings,
        people=people,
        invited=invited,
        from_lists=from_lists,
        uncertain_letters=uncertain,
        cards=await reviewed_in(db, conference.id),
        pages=pages,
        statements=statements,
        checks={
            each.subject: check
            for each in statements
            if (check := check_of(each)) and (check.failed or visit.now - check.at < KEPT)
        },
        capacity=capacity_in(visit.services.settings.data_dir),
        registration=terms,
        chosen=chosen,
        **_setup(visit.services.settings),
    )


def _setup(settings: Settings) -> dict[str, bool]:
    """A demo prints its letters on purpose."""
    return {"sends_mail": settings.demo or bool(settings.mail_url), "has_turn": bool(settings.turn_urls)}


async def _program(db: AsyncSession, conference_id: str) -> tuple[list[Session], dict[str, list[Billing]], dict[str, int]]:
    """The public program: its sessions, who is named for each, and how many chose it first or have a place in it."""
    counted = (
        select(func.count())
        .where(col(Choice.session_id) == Session.id, (col(Choice.rank) == 1) | col(Choice.placed).is_not(None))
        .correlate(Session)
    )
    query = (
        select(Session, Billing, counted.scalar_subquery())
        .join(Billing, col(Billing.session_id) == Session.id, isouter=True)
        .where(Session.conference_id == conference_id, col(Session.hidden).is_(None))
        .order_by(col(Session.starts), col(Session.number), col(Session.position), col(Session.id), col(Billing.position))
    )
    sessions: dict[str, Session] = {}
    billings: dict[str, list[Billing]] = {}
    chosen: dict[str, int] = {}
    for session, billing, count in await db.exec(query):
        sessions[session.id], chosen[session.id] = session, count
        if billing is not None:
            billings.setdefault(session.id, []).append(billing)
    return list(sessions.values()), billings, chosen


async def _team(db: AsyncSession, conference_id: str) -> list[Someone]:
    """Those who do more than attend, by name, with all that they do."""
    query = (
        select(Person, RoleHeld, col(CheckResult.outcome))
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .join(CheckResult, col(CheckResult.person_id) == Person.id, isouter=True)
        .where(Person.conference_id == conference_id, col(RoleHeld.role).not_in(AUDIENCE))
        .where(col(Person.simulated).is_(False))
        .order_by(col(Person.name), col(Person.id))
    )
    held: dict[str, tuple[Person, set[tuple[Role, str | None]], Any]] = {}
    for person, role, outcome in await db.exec(query):
        held.setdefault(person.id, (person, set(), outcome))[1].add((role.role, role.session_id))
    return [Someone(person, frozenset(roles), outcome) for person, roles, outcome in held.values()]


async def _pages_and_counts(
    db: AsyncSession, conference_id: str, real: datetime
) -> tuple[dict[Page, LegalPage], RegistrationTerms | None, int, bool, int]:
    """The forms of legal pages; how one registers; how many people are invited, whether some of them came in a table; of how many
    letters nobody knows."""
    guests = select(RoleHeld.person_id).where(RoleHeld.role == Role.GUEST)
    invited = select(func.count()).select_from(Person).where(Person.conference_id == conference_id, col(Person.id).not_in(guests))
    listed = and_(col(Person.source).in_([Source.FILE, Source.LIST]), col(Person.simulated).is_(False))
    query = (
        select(
            LegalPage,
            RegistrationTerms,
            invited.scalar_subquery(),
            invited.where(listed).scalar_subquery(),
        )
        .add_columns(uncertain_in(conference_id, real))
        .select_from(Conference)
        .join(LegalPage, col(LegalPage.conference_id) == Conference.id, isouter=True)
        .join(RegistrationTerms, col(RegistrationTerms.conference_id) == Conference.id, isouter=True)
        .where(col(Conference.id) == conference_id)
    )
    rows: Sequence[Any] = (await db.exec(query)).all()  # type: ignore[call-overload]
    pages = {row[0].page: row[0] for row in rows if row[0] is not None}
    return pages, *((rows[0][1], rows[0][2], rows[0][3] > 0, rows[0][4]) if rows else (None, 0, False, 0))


def check_of(statement: Statement) -> Check | None:
    """What the doctor found of a part; None for other statements."""
    if statement.key != "checked":
        return None
    lines = [Look(Result(each["result"]), each["text"], each["facts"]) for each in json.loads(statement.text)]
    return Check(statement.at, lines)
