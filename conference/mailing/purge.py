"""Who was written to is forgotten with the conference, and the letters as well."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import col

from conference.access.store import purged_conferences
from conference.base import audit
from conference.base.db import Work
from conference.mailing.model import Delivery, LetterTemplate, Mailing
from conference.web.services import Services

OURS = (Delivery, Mailing, LetterTemplate)  # in this order: letters refer to their mailing


async def forget_purged_letters(services: Services) -> int:
    """Delete letters, mailings and templates of purged conferences; how many rows. May be repeated. A demo forgets nothing: its
    clock is moved back again."""
    if services.settings.demo:
        return 0
    async with services.db.read() as session:
        purged = await purged_conferences(session, services.clock.now())
    rows = 0
    for conference_id in purged:
        async with services.db.work() as work:
            rows += await _forget(work, conference_id)
    return rows


async def _forget(work: Work, conference_id: str) -> int:
    rows = 0
    for table in OURS:
        rows += int((await work.session.exec(delete(table).where(col(table.conference_id) == conference_id))).rowcount)
    if rows:
        audit.record(work, "letters purged", conference_id=conference_id, rows=rows)
    return rows
