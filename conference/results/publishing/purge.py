"""What is left of sheets and PDFs once their conference is purged: what was public and is to stay, as it was last shown."""

from __future__ import annotations

from sqlmodel import col, delete, select

from conference.access.store import purged_conferences
from conference.base import audit
from conference.base.db import Work
from conference.program.model import Session
from conference.results.model import ClosingShow, Finding, ResultsDocument, ResultsLook, ResultsSheet, SheetComment
from conference.results.objects import forget
from conference.results.rules import is_public, version_at
from conference.results.sheet_import import remove_sheet
from conference.results.store import versions_of
from conference.web.services import Services


async def forget_purged_results(services: Services) -> int:
    """Delete drafts, older versions and whatever is not to stay, of purged conferences, with the objects; how many rows. May be
    repeated. A demo forgets nothing: its clock is moved back again."""
    if services.settings.demo:
        return 0
    forgotten = 0
    async with services.db.work() as work:
        for conference_id in await purged_conferences(work.session, work.now):
            forgotten += await _forget(work, conference_id)
    return forgotten


async def _forget(work: Work, conference_id: str) -> int:
    rows = await _forget_drafts(work, conference_id)
    for sheet in list(await work.session.exec(select(ResultsSheet).where(ResultsSheet.conference_id == conference_id))):
        rows += await _forget_sheet(work, sheet)
    for document in list(await work.session.exec(select(ResultsDocument).where(ResultsDocument.conference_id == conference_id))):
        if not (document.remains and is_public(document, work.now)):
            await forget(work, document.object_key)
            await work.session.delete(document)
            rows += 1
    look = await work.session.get(ResultsLook, conference_id)
    if look is not None:
        await forget(work, look.logo_key)
        await work.session.delete(look)
        rows += 1
    if rows:
        audit.record(work, "results purged", conference_id=conference_id, rows=rows)
    return rows


async def _forget_drafts(work: Work, conference_id: str) -> int:
    """What was collected: the versions say what stays."""
    sessions = select(col(Session.id)).where(col(Session.conference_id) == conference_id)
    await work.session.exec(delete(SheetComment).where(col(SheetComment.session_id).in_(sessions)))
    shows = await work.session.exec(delete(ClosingShow).where(col(ClosingShow.session_id).in_(sessions)))
    lines = await work.session.exec(delete(Finding).where(col(Finding.session_id).in_(sessions)))
    return int(shows.rowcount) + int(lines.rowcount)


async def _forget_sheet(work: Work, sheet: ResultsSheet) -> int:
    versions = await versions_of(work.session, sheet.session_id)
    shown = version_at(sheet, versions, work.now)
    if shown is None or not sheet.remains:
        await remove_sheet(work, sheet)
        return 1 + len(versions)
    for version in versions:
        if version.id != shown.id:
            await forget(work, version.object_key)
            await work.session.delete(version)
    sheet.summary, sheet.people, sheet.headings = {}, None, None
    sheet.initiatives = sheet.expected = None
    work.session.add(sheet)
    return len(versions) - 1
