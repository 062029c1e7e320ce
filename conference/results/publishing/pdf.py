"""The PDF of a version: set once, when it is released, and kept as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from conference.access.store import conference_by_id
from conference.program.model import Session
from conference.results.content import Content
from conference.results.setting.drawing import occasion_of
from conference.results.setting.press import set_sheet
from conference.results.setting.shape import Pdf
from conference.results.setting.store import look_of
from conference.web.services import Services

LANGUAGE = "de"
"""The first language of every conference: the one in which no text is missing."""


@dataclass(frozen=True)
class Edition:
    """What a version's PDF says of itself. number: of the version, from 1; moment: since when it is public."""

    number: int
    moment: datetime
    note: str = ""


async def set_edition(services: Services, session: Session, content: Content, edition: Edition) -> Pdf:
    """The same content in the same edition and look gives the same bytes. Raises Invalid(sheet_too_long), Unavailable."""
    async with services.db.read() as db:
        conference = await conference_by_id(db, session.conference_id)
        look = await look_of(db, services.storage, conference.id, LANGUAGE)
    occasion = occasion_of(
        conference,
        session,
        services.texts[LANGUAGE],
        made=edition.moment,
        corrected=edition.moment if edition.number > 1 else None,
        note=edition.note,
        example=services.settings.demo,
    )
    return await set_sheet(services, content, occasion, look)
