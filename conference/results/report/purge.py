"""What is left of a report once its conference is purged: all of it where it stays public, else nothing."""

from __future__ import annotations

from conference.access.store import purged_conferences
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
        for conference_id in await purged_conferences(work.session, work.now):
            report, photos = await report_of(work.session, conference_id), await photos_of(work.session, conference_id)
            stays = report is not None and report.remains and is_public(report, work.now)
            if not stays and (report is not None or photos):
                await _forget(work, conference_id, report, photos)
                forgotten += 1
    return forgotten


async def _forget(work: Work, conference_id: str, report: Report | None, photos: list[ReportPhoto]) -> None:
    for photo in photos:
        await forget(work, photo.object_key)
        await work.session.delete(photo)
    if report is not None:
        await work.session.delete(report)
    audit.record(work, "report purged", conference_id=conference_id, photos=len(photos))
