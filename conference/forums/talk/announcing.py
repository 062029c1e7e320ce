"""Announcements of the desk: they stand in every room of the conference, or in one, until they are withdrawn."""

from __future__ import annotations

from conference.base.errors import Invalid, NotFound
from conference.base.words import LANGUAGES, Words
from conference.forums.talk import rules
from conference.forums.talk.events import tell_announced
from conference.forums.talk.model import Announcement
from conference.program.store import session_by_id
from conference.web.services import Services


async def announce(
    services: Services, conference_id: str, text: Words, by: str | None, session_id: str | None = None
) -> Announcement:
    """Say something in all rooms, or in that of one session of the conference, in German and, if there is one, in English.

    by: the person's id. Raises Invalid, NotFound.
    """
    cleaned = {language: rules.clean(text.get(language), rules.ANNOUNCEMENT_LENGTH) for language in LANGUAGES}
    said = {language: one for language, one in cleaned.items() if one is not None}
    too_long = any(text.get(language, "").strip() and language not in said for language in LANGUAGES)
    if "de" not in said or too_long:
        raise Invalid("announcement", longest=rules.ANNOUNCEMENT_LENGTH)
    async with services.db.work() as work:
        if session_id is not None:
            await session_by_id(work.session, conference_id, session_id)
        row = Announcement(
            id=services.ids.new(), conference_id=conference_id, session_id=session_id, text=said, at=work.now, by=by
        )
        work.session.add(row)
        tell_announced(services.outbox, work, conference_id)
        return row


async def withdraw(services: Services, conference_id: str, announcement_id: str) -> None:
    """Take an announcement out of all rooms. Raises NotFound also for one of another conference."""
    async with services.db.work() as work:
        row = await work.session.get(Announcement, announcement_id)
        if row is None or row.conference_id != conference_id:
            raise NotFound("page")
        if row.withdrawn is None:
            row.withdrawn = work.now
            work.session.add(row)
            tell_announced(services.outbox, work, conference_id)
