"""Queries for the program."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import NotFound
from conference.program.model import Billing, Kind, Round, Session


async def sessions_of(session: AsyncSession, conference_id: str, *, hidden: bool = False) -> list[Session]:
    """The sessions of a conference in the order of the day. hidden: also those that are not in the program (yet, or any more)."""
    query = select(Session).where(Session.conference_id == conference_id)
    if not hidden:
        query = query.where(col(Session.hidden).is_(None))
    return list((await session.exec(query.order_by(col(Session.starts), col(Session.number), col(Session.position)))).all())


async def next_start(session: AsyncSession, after: Session) -> datetime | None:
    """When the next session begins that is no break; None after the last one."""
    query = select(func.min(Session.starts)).where(
        Session.conference_id == after.conference_id,
        col(Session.starts) >= after.ends,
        Session.kind != Kind.BREAK,
        col(Session.hidden).is_(None),
    )
    return (await session.exec(query)).one()


async def session_by_slug(session: AsyncSession, conference_id: str, slug: str, *, hidden: bool = False) -> Session:
    """hidden: also one that is not in the program. Raises NotFound."""
    query = select(Session).where(Session.conference_id == conference_id, Session.slug == slug)
    found = (await session.exec(query)).first()
    if found is None or (found.hidden is not None and not hidden):
        raise NotFound("session", slug=slug)
    return found


async def session_by_id(session: AsyncSession, conference_id: str, session_id: str) -> Session:
    """Raises NotFound, also for a session of another conference."""
    found = await session.get(Session, session_id)
    if found is None or found.conference_id != conference_id:
        raise NotFound("session", id=session_id)
    return found


async def sessions_among(session: AsyncSession, ids: Iterable[str]) -> list[Session]:
    """The sessions with these ids, in the order of the day."""
    query = select(Session).where(col(Session.id).in_(list(ids))).order_by(col(Session.starts), col(Session.position))
    return list((await session.exec(query)).all())


async def billings_of(session: AsyncSession, session_ids: Iterable[str]) -> dict[str, list[Billing]]:
    """Who is named for each session, in order; sessions without names are missing."""
    query = select(Billing).where(col(Billing.session_id).in_(list(session_ids))).order_by(col(Billing.position))
    found: dict[str, list[Billing]] = {}
    for row in (await session.exec(query)).all():
        found.setdefault(row.session_id, []).append(row)
    return found


async def rounds_of(session: AsyncSession, session_ids: Iterable[str]) -> dict[str, list[Round]]:
    """Rounds of each session, in order; sessions without rounds are missing."""
    query = select(Round).where(col(Round.session_id).in_(list(session_ids))).order_by(col(Round.number))
    found: dict[str, list[Round]] = {}
    for row in (await session.exec(query)).all():
        found.setdefault(row.session_id, []).append(row)
    return found


def forums_among(sessions: Iterable[Session]) -> list[Session]:
    """Forums and theme rooms, in order of their numbers."""
    return sorted((s for s in sessions if s.kind in (Kind.FORUM, Kind.THEME_ROOM)), key=lambda s: (s.number or 0, s.starts))
