"""The report and its photos out of the database."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.results.model import Report, ReportPhoto


async def photos_of(db: AsyncSession, conference_id: str) -> list[ReportPhoto]:
    """In their order."""
    query = select(ReportPhoto).where(ReportPhoto.conference_id == conference_id)
    return list(await db.exec(query.order_by(col(ReportPhoto.position), col(ReportPhoto.id))))


async def photo_in(db: AsyncSession, conference_id: str, photo_id: str) -> ReportPhoto:
    """Raises NotFound, also for one of another conference."""
    photo = await db.get(ReportPhoto, photo_id)
    if photo is None or photo.conference_id != conference_id:
        raise NotFound("photo")
    return photo


async def report_for_change(work: Work, conference_id: str) -> Report | None:
    """The report; whoever else changes it waits until this work is done."""
    return await work.session.get(Report, conference_id, with_for_update=True, populate_existing=True)
