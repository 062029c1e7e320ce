"""Queries for checks of closed conferences, and for what one of them lends itself."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.cards.model import Card
from conference.forums.model import Seat
from conference.keeping.model import CloseCheck
from conference.keeping.rows import OBJECTS, rows_of
from conference.people.model import AccessToken, Person, Role, RoleHeld, SignInLink
from conference.program.model import Session


async def last_check(session: AsyncSession, conference_id: str) -> CloseCheck | None:
    """The newest, whether it has ended or not; None: nobody has looked yet."""
    query = select(CloseCheck).where(CloseCheck.conference_id == conference_id)
    return (await session.exec(query.order_by(col(CloseCheck.begun).desc(), col(CloseCheck.id)).limit(1))).first()


async def ended_checks(session: AsyncSession, conference_id: str, most: int) -> list[CloseCheck]:
    """Those that came to an end, the newest first."""
    query = select(CloseCheck).where(CloseCheck.conference_id == conference_id, col(CloseCheck.ended).is_not(None))
    return list(await session.exec(query.order_by(col(CloseCheck.begun).desc()).limit(most)))


async def sizes_of(session: AsyncSession, conference_id: str) -> dict[str, int]:
    """sessions, cards, files: how many of each will be looked at. One query."""
    files = [
        select(func.count()).select_from(table).where(belongs, table.c[name].is_not(None)).scalar_subquery()
        for table, belongs in rows_of(conference_id)
        for name in OBJECTS.get(table.name, ())
    ]
    sessions = select(func.count()).where(Session.conference_id == conference_id).scalar_subquery()
    cards = select(func.count()).where(Card.conference_id == conference_id).scalar_subquery()
    found = (await session.exec(select(sessions, cards, sum(files[1:], files[0])))).one()
    return dict(zip(("sessions", "cards", "files"), found, strict=True))


async def somebody_without_rights(session: AsyncSession, conference_id: str) -> str | None:
    """Id of a person of the conference who does not organise it."""
    organising = select(RoleHeld.person_id).where(RoleHeld.role == Role.ORGANISER)
    query = select(Person.id).where(Person.conference_id == conference_id, col(Person.id).not_in(organising))
    return (await session.exec(query.order_by(col(Person.id)).limit(1))).first()


async def tokens_labelled(session: AsyncSession, conference_id: str, label: str) -> list[str]:
    """Digests of bearer tokens."""
    query = select(AccessToken.digest).where(AccessToken.conference_id == conference_id, AccessToken.label == label)
    return list(await session.exec(query))


async def take_back(work: Work, tokens: Iterable[str], links: Iterable[str]) -> None:
    """Delete what was lent, by digests. A token that somebody has taken a seat with stays, revoked."""
    tokens = list(tokens)
    of_them = col(AccessToken.digest).in_(tokens)
    await work.session.exec(update(AccessToken).where(of_them).values(revoked=work.now))
    seated = select(col(Seat.token)).where(col(Seat.token).is_not(None))
    await work.session.exec(delete(AccessToken).where(of_them, col(AccessToken.digest).not_in(seated)))
    await work.session.exec(delete(SignInLink).where(col(SignInLink.digest).in_(list(links))))
