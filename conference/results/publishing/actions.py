"""Sheets made public and taken back. A version is frozen when it is released; whether it is public the clock decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, Unavailable
from conference.base.ids import Ids
from conference.program.model import Session
from conference.results import history
from conference.results.collecting.events import tell_findings
from conference.results.content import Content, content_from
from conference.results.events import SHEET_CHANGED
from conference.results.model import ResultsSheet, SheetState, SheetVersion
from conference.results.objects import Kept, etag_of, forget, keep
from conference.results.publishing.pdf import Edition, set_edition
from conference.results.rules import is_public, says_same
from conference.results.setting.shape import Pdf
from conference.results.store import SET_PDF, documents_of, draft_of, sheet_locked, sheet_of, versions_of
from conference.results.text import clean
from conference.web.services import Services

LONGEST_NOTE = 200
TRIES = 3


async def publish(
    services: Services, session: Session, *, by: str | None, at: datetime | None = None, note: str = ""
) -> SheetVersion:
    """Release the sheet as it stands, with its PDF: public at once, or from `at` on. by: person's id; note: what was corrected.

    What is public already stays so until then; a version that still waits for its moment is replaced. Releasing the same again,
    with the same note or none, makes no new version. Opens its own units of work. Raises Invalid("publish_at",
    "sheet_too_long", or as `text.clean`), Conflict("sheet_empty", "sheet_changed"), Unavailable (store, database, or nothing
    sets the PDF).
    """
    if at is not None and at <= services.clock.now():
        raise Invalid("publish_at")
    note = clean(note, LONGEST_NOTE)
    for _ in range(TRIES):
        async with services.db.read() as db:
            content = await draft_of(db, session, await sheet_of(db, session.id))
            newest = _come(await versions_of(db, session.id), services.clock.now())
        if not content.entries and not any(content.summary.values()):
            raise Conflict("sheet_empty")
        edition = Edition(newest.number + 1 if newest else 1, at or services.clock.now(), note)
        again = newest is not None and note in ("", newest.note) and says_same(content_from(newest.content), content)
        if newest is not None and again:
            edition = Edition(newest.number, newest.public_from, newest.note)
        pdf = await set_edition(services, session, content, edition)
        if newest is not None and again and newest.etag not in (None, etag_of(pdf.data)):
            edition = Edition(newest.number + 1, at or services.clock.now(), note)  # it looks otherwise: a version of its own
            again, pdf = False, await set_edition(services, session, content, edition)
        version = await _release(services, _Plan(session, content, newest.number if newest else 0, at, by, note, again), pdf)
        if version is not None:
            return version
    raise Conflict("sheet_changed")


@dataclass(frozen=True)
class _Plan:
    """newest: number of the version that had come when it was made, 0: none."""

    session: Session
    content: Content
    newest: int
    at: datetime | None
    by: str | None
    note: str
    again: bool


async def _release(services: Services, plan: _Plan, pdf: Pdf) -> SheetVersion | None:
    """None: the sheet was changed or released meanwhile. A PDF that no version names is deleted again."""
    kept = await keep(services, pdf.data, "pdf", "application/pdf")
    session, used = plan.session, False
    try:
        async with services.db.work() as work:
            sheet = await sheet_locked(work, session)
            newest = _come(await versions_of(work.session, session.id), work.now)
            if (newest.number if newest else 0) != plan.newest or await draft_of(work.session, session, sheet) != plan.content:
                return None
            moment = plan.at or work.now
            version = await release(
                work, services.ids, sheet, plan.content, moment,
                pdf=(kept, pdf.pages), by=plan.by, note=plan.note, again=plan.again,
            )  # fmt: skip
            what, said = "scheduled" if moment > work.now else "published", moment.isoformat()
            await history.note(
                work, services.ids, sheet, what, plan.by, number=version.number, note=plan.note, moment=said
            )  # fmt: skip
            audit.record(
                work, f"sheet {what}", conference_id=session.conference_id, person_id=plan.by, session=session.id,
                number=version.number, moment=moment,
            )  # fmt: skip
            tell_sheet(services, work, session, news=what == "published")
            tell_findings(services.outbox, work, session, sheet.changes)  # whether anybody may add has changed
        used = version.object_key == kept.key
        return version
    except Unavailable:
        used = True  # whether it was committed is unknown: rather an object too many than one too few
        raise
    finally:
        if not used:
            await services.storage.delete(kept.key)


async def release(
    work: Work, ids: Ids, sheet: ResultsSheet, content: Content, moment: datetime, *,
    pdf: tuple[Kept, int] | None = None, by: str | None = None, note: str = "", again: bool = False,
) -> SheetVersion:  # fmt: skip
    """Freeze `content` as the sheet's next version, public from `moment` on. The sheet is locked by the caller, who also tells.

    pdf: its PDF in the store, and how many pages it has. again: the newest one is taken when it says the same, and gets the PDF
    if it has none. Versions that still waited go.
    """
    versions = await versions_of(work.session, sheet.session_id)
    newest = _come(versions, work.now)
    for version in versions:
        if version.public_from > work.now:
            await _drop(work, version)
    await work.session.flush()
    if newest is None or not again or not says_same(content_from(newest.content), content):
        newest = SheetVersion(
            id=ids.new(), conference_id=sheet.conference_id, session_id=sheet.session_id,
            number=newest.number + 1 if newest else 1, content=content.to_json(), changes=sheet.changes, made=work.now,
            public_from=moment, person_id=by, note=note,
        )  # fmt: skip
    if newest.object_key is None and pdf is not None:
        kept, newest.pages = pdf
        newest.object_key, newest.size, newest.etag = kept.key, kept.size, kept.etag
    work.session.add(newest)
    if sheet.published is None or sheet.published > work.now:
        sheet.published = moment
    sheet.state = SheetState.PUBLISHED
    work.session.add(sheet)
    return newest


def _come(versions: Iterable[SheetVersion], now: datetime) -> SheetVersion | None:
    """The newest whose moment has come."""
    return next((version for version in versions if version.public_from <= now), None)


async def unpublish(services: Services, work: Work, session: Session, *, by: str | None) -> ResultsSheet:
    """Take the sheet back, and the PDF that stands in the place of its own: nobody but organisers sees them from the commit on,
    and nothing is planned any more. Its versions stay; PDFs beside it have their own state. Doing it again changes nothing."""
    sheet = await sheet_locked(work, session)
    instead = [one for one in await documents_of(work.session, session.id) if one.document == SET_PDF and one.published]
    if sheet.published is None and not instead:
        return sheet
    for document in instead:
        document.published = None
        work.session.add(document)
    await _drop_waiting(work, session)
    sheet.published, sheet.state = None, SheetState.DRAFT
    await _note_taken_back(services, work, session, sheet, by)
    return sheet


async def call_off(services: Services, work: Work, session: Session, *, by: str | None) -> ResultsSheet:
    """What was planned is not going to be public; what is public stays. Doing it again changes nothing."""
    sheet = await sheet_locked(work, session)
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
    tell_findings(services.outbox, work, session, sheet.changes)


async def _drop_waiting(work: Work, session: Session) -> int:
    """How many versions waited."""
    waiting = [version for version in await versions_of(work.session, session.id) if version.public_from > work.now]
    for version in waiting:
        await _drop(work, version)
    return len(waiting)


async def _drop(work: Work, version: SheetVersion) -> None:
    await forget(work, version.object_key)
    await work.session.delete(version)


def tell_sheet(services: Services, work: Work, session: Session, *, news: bool = False) -> None:
    """Open pages of the conference load anew. news: they also say that there are results to read now."""
    services.outbox.tell(
        work, f"conference:{session.conference_id}", SHEET_CHANGED,
        conference_id=session.conference_id, conference=session.conference_id, session=session.slug, news=news,
    )  # fmt: skip
