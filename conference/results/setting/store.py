"""A host's look out of the database and the store."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.logos import PNG
from conference.base.storage import ObjectStorage
from conference.base.words import say
from conference.results.model import ResultsLook
from conference.results.setting.shape import Look


async def look_row(db: AsyncSession, conference_id: str) -> ResultsLook:
    """As it stands; a new row, not yet in the database, for a host that has chosen nothing."""
    return await db.get(ResultsLook, conference_id) or ResultsLook(conference_id=conference_id)


async def look_of(db: AsyncSession, storage: ObjectStorage, conference_id: str, language: str) -> Look:
    """What `press.set_sheet` takes. Raises Unavailable when the store does not give the logo."""
    row = await look_row(db, conference_id)
    logo = await storage.get(row.logo_key) if row.logo_key else None
    return Look(row.colour, row.face or Look().face, logo, row.logo_type or PNG, say(row.logo_alt, language))
