"""Queries for conferences."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.access.rules import Times
from conference.base.errors import NotFound


def times_of(conference: Conference) -> Times:
    return Times(
        announced=conference.announced,
        doors=conference.doors,
        live=conference.live,
        archive=conference.archive,
        closes=conference.closes,
        purge=conference.purge,
    )


async def conference_by_slug(session: AsyncSession, slug: str) -> Conference:
    """Raises NotFound."""
    found = (await session.exec(select(Conference).where(Conference.slug == slug))).first()
    if found is None:
        raise NotFound("conference", slug=slug)
    return found


async def conference_by_id(session: AsyncSession, conference_id: str) -> Conference:
    """Raises NotFound."""
    found = await session.get(Conference, conference_id)
    if found is None:
        raise NotFound("conference", id=conference_id)
    return found


async def conferences(session: AsyncSession) -> list[Conference]:
    """All conferences, the latest day first."""
    return list((await session.exec(select(Conference).order_by(col(Conference.live).desc()))).all())


async def purged_conferences(session: AsyncSession, now: datetime) -> list[str]:
    """Ids of those whose traces are to go or are gone already."""
    return list(await session.exec(select(Conference.id).where(Conference.purge <= now)))
