"""What is left of a report once its conference is purged: all of it where it stays public, else nothing."""

from __future__ import annotations

from sqlmodel import col, select

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.results.model import Report, ReportPhoto
from conference.results.objects import forget
from conference.results.report.store import photos_of
from conference.results.rules import is_public
from conference.results.store import report_of
from conference.web.services import Services


async def forget_purged_reports(services: Services) -> int:
    """Delete reports that were never published or are not to stay, with all photos; how many conferences. May be repeated.

    A demo forgets nothing: its clock is moved back again.
    """
    if services.settings.demo:
        return 0
    forgotten = 0
    async with services.db.work() as work:
        for conference_id in await _purged(work):
            report = await report_of(work.session, conference_id)
            if report is not None and report.remains and is_public(report, work.now):
                continue
            await _forget(work, conference_id, report)
            forgotten += 1
    return forgotten


async def _purged(work: Work) -> list[str]:
    """Ids of purged conferences that have a report or photos."""
    owners = select(Report.conference_id).union(select(ReportPhoto.conference_id))
    query = select(Conference.id).where(Conference.purge <= work.now, col(Conference.id).in_(owners))
    return list(await work.session.exec(query))


async def _forget(work: Work, conference_id: str, report: Report | None) -> None:
    photos = await photos_of(work.session, conference_id)
    for photo in photos:
        await forget(work, photo.object_key)
        await work.session.delete(photo)
    if report is not None:
        await work.session.delete(report)
    audit.record(work, "report purged", conference_id=conference_id, photos=len(photos))
