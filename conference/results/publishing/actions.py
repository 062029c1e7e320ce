"""Sheets made public and taken back. A version is frozen when it is released; whether it is public the clock decides."""

from __future__ import annotations

from datetime import datetime

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, Unavailable
from conference.base.ids import Ids
from conference.program.model import Session
from conference.results import history
from conference.results.content import Content, content_from
from conference.results.events import SHEET_CHANGED
from conference.results.model import ResultsSheet, SheetState, SheetVersion
from conference.results.objects import Kept, forget
from conference.results.rules import is_public
from conference.results.store import draft_of, sheet_for_change, sheet_of, versions_of
from conference.results.text import clean
from conference.web.services import Services

LONGEST_NOTE = 200
TRIES = 3


async def publish(
    services: Services, session: Session, *, by: str | None, at: datetime | None = None, note: str = ""
) -> SheetVersion:
    """Release the sheet as it stands: public at once, or from `at` on. by: the person's id; note: what was corrected.

    What is public already stays so until then; a version that still waits for its moment is replaced. Releasing the same again
    makes no new version. Opens its own units of work. Raises Invalid("publish_at", or as `text.clean`), Conflict("sheet_empty",
    "sheet_changed"), Unavailable (store or database).
    """
    if at is not None and at <= services.clock.now():
        raise Invalid("publish_at")
    note = clean(note, LONGEST_NOTE)
    for _ in range(TRIES):
        async with services.db.read() as db:
            content = await draft_of(db, session, await sheet_of(db, session.id))
        if not content.entries and not any(content.summary.values()):
            raise Conflict("sheet_empty")
        kept = await _set(services, session, content)
        version = await _release_kept(services, session, content, kept, at, by, note)
        if version is not None:
            return version
    raise Conflict("sheet_changed")


async def _set(services: Services, session: Session, content: Content) -> Kept | None:
    """The PDF of this content, stored; None as long as nothing sets it."""
    del services, session, content
    return None


async def _release_kept(
    services: Services, session: Session, content: Content, kept: Kept | None, at: datetime | None, by: str | None, note: str
) -> SheetVersion | None:
    """None: the sheet was changed while its PDF was being set. What no version names is deleted again."""
    used = False
    try:
        async with services.db.work() as work:
            sheet = await sheet_for_change(work, session)
            if await draft_of(work.session, session, sheet) != content:
                return None
            moment = at or work.now
            version = await release(work, services.ids, sheet, content, moment, kept=kept, by=by, note=note)
            used = kept is not None and version.object_key == kept.key
            what = "scheduled" if moment > work.now else "published"
            await history.note(work, services.ids, sheet, what, by, number=version.number, at=moment.isoformat(), note=note)
            audit.record(
                work, f"sheet {what}", conference_id=session.conference_id, person_id=by, session=session.id,
                number=version.number, moment=moment,
            )  # fmt: skip
            tell_sheet(services, work, session)
        return version
    except Unavailable:
        used = True  # whether it was committed is unknown: rather an object too many than one too few
        raise
    finally:
        if kept is not None and not used:
            await services.storage.delete(kept.key)


async def release(
    work: Work, ids: Ids, sheet: ResultsSheet, content: Content, moment: datetime, *,
    kept: Kept | None = None, pages: int | None = None, by: str | None = None, note: str = "",
) -> SheetVersion:  # fmt: skip
    """Freeze `content` as the sheet's next version, public from `moment` on. The sheet is locked by the caller, who also tells.

    Versions that still waited go. The newest one is taken again when it says the same in the same PDF and nothing is noted.
    """
    versions = await versions_of(work.session, sheet.session_id)
    come = [version for version in versions if version.public_from <= work.now]
    for version in versions:
        if version.public_from > work.now:
            await _drop(work, version)
    await work.session.flush()
    newest = come[0] if come else None
    same = newest is not None and not note and newest.etag == (kept.etag if kept else None)
    if newest is None or not same or content_from(newest.content) != content:
        newest = SheetVersion(
            id=ids.new(), conference_id=sheet.conference_id, session_id=sheet.session_id,
            number=newest.number + 1 if newest else 1, content=content.to_json(), changes=sheet.changes, made=work.now,
            public_from=moment, person_id=by, note=note, pages=pages,
            object_key=kept.key if kept else None, size=kept.size if kept else None, etag=kept.etag if kept else None,
        )  # fmt: skip
        work.session.add(newest)
    if sheet.published is None or sheet.published > work.now:
        sheet.published = moment
    sheet.state = SheetState.PUBLISHED
    work.session.add(sheet)
    return newest


async def unpublish(services: Services, work: Work, session: Session, *, by: str | None) -> ResultsSheet:
    """Take the sheet back: nobody but organisers sees it from the commit on, and nothing is planned any more. Its versions stay,
    its documents have their own state. Doing it again changes nothing."""
    sheet = await sheet_for_change(work, session)
    if sheet.published is None:
        return sheet
    await _drop_waiting(work, session)
    sheet.published, sheet.state = None, SheetState.DRAFT
    await _note_taken_back(services, work, session, sheet, by)
    return sheet


async def call_off(services: Services, work: Work, session: Session, *, by: str | None) -> ResultsSheet:
    """What was planned is not going to be public; what is public stays. Doing it again changes nothing."""
    sheet = await sheet_for_change(work, session)
    if sheet.published is None:
        return sheet
    dropped = await _drop_waiting(work, session)
    if not is_public(sheet, work.now):
        sheet.published, sheet.state = None, SheetState.DRAFT
    elif not dropped:
        return sheet
    await _note_taken_back(services, work, session, sheet, by)
    return sheet


async def _note_taken_back(services: Services, work: Work, session: Session, sheet: ResultsSheet, by: str | None) -> None:
    work.session.add(sheet)
    await history.note(work, services.ids, sheet, "unpublished", by)
    audit.record(work, "sheet unpublished", conference_id=session.conference_id, person_id=by, session=session.id)
    tell_sheet(services, work, session)


async def _drop_waiting(work: Work, session: Session) -> int:
    """How many versions waited."""
    waiting = [version for version in await versions_of(work.session, session.id) if version.public_from > work.now]
    for version in waiting:
        await _drop(work, version)
    return len(waiting)


async def _drop(work: Work, version: SheetVersion) -> None:
    await forget(work, version.object_key)
    await work.session.delete(version)


def tell_sheet(services: Services, work: Work, session: Session) -> None:
    """Open pages of the conference load anew."""
    services.outbox.tell(
        work, f"conference:{session.conference_id}", SHEET_CHANGED, conference_id=session.conference_id, session=session.slug
    )
