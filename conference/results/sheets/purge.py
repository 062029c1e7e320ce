"""Who worked at sheets is forgotten: with the conference when it is purged, or alone. What the sheets say is not touched."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlmodel import col, select

from conference.access.store import purged_conferences
from conference.base import audit
from conference.base.db import Work
from conference.live.outbox import Outbox
from conference.people.model import Person
from conference.program.model import Session
from conference.results.collecting.events import tell_findings
from conference.results.model import Finding, SheetApproval, SheetComment, SheetEvent, SheetVersion
from conference.results.store import sheet_for_change
from conference.web.services import Services

OURS = (SheetEvent, SheetComment, SheetApproval)
NAMING = ("approver_named", "approver_removed")  # lines of the history that name somebody


async def forget_purged_sheet_work(services: Services) -> int:
    """Delete history, comments and approvals of purged conferences, what was taken out of their sheets, and who wrote what; how
    many rows were deleted. May be repeated. A demo forgets nothing: its clock is moved back again."""
    if services.settings.demo:
        return 0
    rows = 0
    async with services.db.work() as work:
        for conference_id in await purged_conferences(work.session, work.now):
            rows += await _forget(work, conference_id)
    return rows


async def forget_author(work: Work, outbox: Outbox, person: Person) -> None:
    """One person's findings stay, of nobody; open pages learn of it where the name was shown. The history names them no more."""
    named = select(col(Finding.session_id)).where(col(Finding.person_id) == person.id, col(Finding.named))
    for session in list(await work.session.exec(select(Session).where(col(Session.id).in_(named)).order_by(Session.id))):
        sheet = await sheet_for_change(work, session)
        theirs = (col(Finding.session_id) == session.id, col(Finding.person_id) == person.id, col(Finding.named))
        await work.session.exec(update(Finding).where(*theirs).values(named=False, change=sheet.changes))
        tell_findings(outbox, work, session, sheet.changes)
    await work.session.exec(update(Finding).where(col(Finding.person_id) == person.id).values(person_id=None, named=False))
    known = select(SheetEvent).where(SheetEvent.conference_id == person.conference_id, col(SheetEvent.what).in_(NAMING))
    for event in await work.session.exec(known):
        if event.facts.get("name") == person.name:
            event.facts = {**event.facts, "name": ""}
            work.session.add(event)


async def _forget(work: Work, conference_id: str) -> int:
    rows = 0
    for table in OURS:
        rows += int((await work.session.exec(delete(table).where(col(table.conference_id) == conference_id))).rowcount)
    sessions = select(col(Session.id)).where(col(Session.conference_id) == conference_id)
    lines = col(Finding.session_id).in_(sessions)
    rows += int((await work.session.exec(delete(Finding).where(lines, col(Finding.gone).is_not(None)))).rowcount)
    written = col(Finding.person_id).is_not(None) | col(Finding.client).is_not(None)
    await work.session.exec(update(Finding).where(lines, written).values(person_id=None, named=False, client=None))
    released = (col(SheetVersion.conference_id) == conference_id) & col(SheetVersion.person_id).is_not(None)
    await work.session.exec(update(SheetVersion).where(released).values(person_id=None))
    if rows:
        audit.record(work, "sheet work purged", conference_id=conference_id, rows=rows)
    return rows
