"""Results out of the database. The doors `..._for_viewing` are where visibility is decided."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.base.db import Work
from conference.base.errors import NotFound
from conference.doors.table import Standing
from conference.program.model import Session
from conference.program.store import billings_of, session_by_slug, sessions_among
from conference.results.content import Content, content_from, content_of
from conference.results.model import Finding, Report, ResultsDocument, ResultsSheet, SheetVersion
from conference.results.rules import hidden, is_public, may_see, may_see_report, stays_for_all

SET_PDF = "ergebnisse"
"""Name of the PDF that was set with a sheet, unless somebody has brought one of this name."""


@dataclass(frozen=True)
class Outcome:
    """What one session brought out, as far as the viewer may see it.

    sheet, content None: no sheet, or not for this viewer. version None: content is the draft, which organisers alone see, or
    (without a sheet) holds nothing but the session's own words, beside PDFs with a summary.
    """

    session: Session
    sheet: ResultsSheet | None = None
    version: SheetVersion | None = None
    content: Content | None = None
    documents: list[ResultsDocument] = field(default_factory=list)


async def outcomes_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, now: datetime, session_id: str | None = None,
    *, known: Sequence[Session] = (),
) -> list[Outcome]:  # fmt: skip
    """The sessions (or the one) with something public to show to this viewer now, in the order of the program; documents that are
    not public are among it for organisers. known: sessions that the caller has read. Three queries, two where it has all."""
    sheets = {
        sheet.session_id: (sheet, version)
        for sheet, version in await _sheets(db, conference.id, session_id, now)
        if is_public(sheet, now) and may_see(sheet, state, standing, now)
    }
    documents = await _visible_documents(db, conference.id, state, standing, now, session_id)
    outcomes = {}
    for session in await _sessions(db, sheets.keys() | {document.session_id for document in documents}, known):
        sheet, version = sheets.get(session.id, (None, None))
        outcomes[session.id] = Outcome(session, sheet, version, content_from(version.content) if version else None)
    for document in documents:
        outcomes[document.session_id].documents.append(document)
    return list(outcomes.values())


async def outcome_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, now: datetime, session_slug: str
) -> Outcome:
    """The results of one session; for organisers the draft where nothing is public, and where there are only PDFs with a summary,
    these.

    Raises NotFound; OutsideWindow when they went with the conference.
    """
    try:
        # Taking a session out of the program takes nothing back that was published of it.
        session = await session_by_slug(db, conference.id, session_slug, hidden=True)
    except NotFound:
        raise hidden(state, conference.slug) from None
    found = await outcomes_for_viewing(db, conference, state, standing, now, session.id)
    outcome = found[0] if found else Outcome(session)
    if outcome.content is None and standing is Standing.ORGANISER and (sheet := await sheet_of(db, session.id)) is not None:
        outcome = replace(outcome, sheet=sheet, content=await draft_of(db, session, sheet))
    if outcome.content is None and any(document.summary for document in outcome.documents):
        billings = await billings_of(db, [session.id])
        outcome = replace(outcome, content=content_of(session, billings.get(session.id, ()), None, ()))
    if outcome.content is None:
        raise hidden(state, conference.slug)
    return outcome


async def draft_of(db: AsyncSession, session: Session, sheet: ResultsSheet | None) -> Content:
    """What the sheet says as it is being worked on."""
    billings = await billings_of(db, [session.id])
    return content_of(session, billings.get(session.id, ()), sheet, await findings_of(db, session.id))


async def versions_of(db: AsyncSession, session_id: str) -> list[SheetVersion]:
    """All, the newest first; those whose moment is still to come among them."""
    query = select(SheetVersion).where(SheetVersion.session_id == session_id)
    return list(await db.exec(query.order_by(col(SheetVersion.number).desc())))


async def next_publication(db: AsyncSession, conference_id: str, now: datetime) -> datetime | None:
    """When the next result becomes public by itself: until then pages stay as they are. None: nothing is planned."""
    planned = union_all(
        *(
            select(col(moment).label("moment")).where(col(owner) == conference_id, col(moment) > now)
            for owner, moment in (
                (ResultsSheet.conference_id, ResultsSheet.published),
                (SheetVersion.conference_id, SheetVersion.public_from),
                (ResultsDocument.conference_id, ResultsDocument.published),
                (Report.conference_id, Report.published),
            )
        )
    ).subquery()
    soonest: datetime | None = (await db.exec(select(func.min(planned.c.moment)))).one()
    return soonest


async def just_published(db: AsyncSession, conference_id: str, since: datetime, until: datetime) -> str | None:
    """The slug of the session of which a version became public last in (since, until]; None: of none."""
    moment = col(SheetVersion.public_from)
    found = await db.exec(
        select(Session.slug)
        .join(SheetVersion, col(SheetVersion.session_id) == Session.id)
        .where(SheetVersion.conference_id == conference_id, moment > since, moment <= until)
        .order_by(moment.desc(), col(Session.position))
        .limit(1)
    )
    return found.first()


async def pdf_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, now: datetime, session_slug: str, name: str
) -> str:
    """The key of one results PDF, addressed by names: one that was brought, else the one that was set with the sheet.

    Raises NotFound; OutsideWindow when it went with the conference.
    """
    found = await db.exec(
        select(ResultsDocument)
        .join(Session, col(Session.id) == ResultsDocument.session_id)
        .where(
            Session.conference_id == conference.id,
            ResultsDocument.conference_id == conference.id,
            Session.slug == session_slug,
            ResultsDocument.document == name,
        )
    )
    document = found.first()
    if document is not None and may_see(document, state, standing, now):
        return document.object_key
    if name != SET_PDF:
        raise hidden(state, conference.slug)
    outcome = await outcome_for_viewing(db, conference, state, standing, now, session_slug)
    if outcome.version is None or outcome.version.object_key is None:
        raise hidden(state, conference.slug)
    return outcome.version.object_key


async def report_for_viewing(db: AsyncSession, conference: Conference, state: State, standing: Standing, now: datetime) -> Report:
    """Raises NotFound; OutsideWindow when it went with the conference."""
    report = await report_of(db, conference.id)
    if report is None or not may_see_report(report, state, standing, now):
        raise hidden(state, conference.slug)
    return report


async def what_remains(
    db: AsyncSession, conference: Conference, state: State, now: datetime
) -> tuple[list[Outcome], Report | None]:
    """For the farewell page: published results that stay at their addresses, and the report if it does."""
    outcomes = await outcomes_for_viewing(db, conference, state, Standing.STRANGER, now)
    report = await report_of(db, conference.id)
    return outcomes, report if report and stays_for_all(report, state, now) else None


async def report_of(db: AsyncSession, conference_id: str) -> Report | None:
    return await db.get(Report, conference_id)


async def sheet_of(db: AsyncSession, session_id: str) -> ResultsSheet | None:
    return await db.get(ResultsSheet, session_id)


async def sheet_for_change(work: Work, session: Session) -> ResultsSheet:
    """The sheet with its next change's number in `changes`. Whoever else wants to change it waits until this work is done."""
    sheet = await work.session.get(ResultsSheet, session.id, with_for_update=True, populate_existing=True)
    if sheet is None:
        insert = (postgresql.insert if work.dialect == "postgresql" else sqlite.insert)(ResultsSheet)
        values = ResultsSheet(session_id=session.id, conference_id=session.conference_id).model_dump()
        await work.session.exec(insert.values(**values).on_conflict_do_nothing())
        sheet = await work.session.get(ResultsSheet, session.id, with_for_update=True)
        assert sheet is not None
    sheet.changes += 1
    work.session.add(sheet)
    return sheet


async def sheet_locked(work: Work, session: Session) -> ResultsSheet:
    """The sheet, so that nobody else changes it until this work is done, with the number that it has: for what does not change
    what it says."""
    sheet = await sheet_for_change(work, session)
    sheet.changes -= 1
    return sheet


async def findings_of(db: AsyncSession, session_id: str) -> list[Finding]:
    """Those that stand in the sheet, in its order; what was taken out is left out."""
    query = select(Finding).where(Finding.session_id == session_id, col(Finding.gone).is_(None))
    return list(await db.exec(query.order_by(col(Finding.position), col(Finding.id))))


async def documents_of(db: AsyncSession, session_id: str) -> list[ResultsDocument]:
    query = select(ResultsDocument).where(ResultsDocument.session_id == session_id).order_by(col(ResultsDocument.document))
    return list(await db.exec(query))


async def document_by_id(db: AsyncSession, document_id: str) -> ResultsDocument:
    """Raises NotFound."""
    document = await db.get(ResultsDocument, document_id)
    if document is None:
        raise NotFound("results")
    return document


async def _sheets(
    db: AsyncSession, conference_id: str, session_id: str | None, now: datetime
) -> list[tuple[ResultsSheet, SheetVersion]]:
    """Each sheet with each of its versions whose moment has come, the newest last."""
    query = (
        select(ResultsSheet, SheetVersion)
        .join(SheetVersion, col(SheetVersion.session_id) == ResultsSheet.session_id)
        .where(ResultsSheet.conference_id == conference_id, col(SheetVersion.public_from) <= now)
    )
    if session_id is not None:
        query = query.where(ResultsSheet.session_id == session_id)
    return list(await db.exec(query.order_by(col(SheetVersion.number))))


async def _sessions(db: AsyncSession, ids: Set[str], known: Sequence[Session]) -> list[Session]:
    """Those of these ids, in the order of the day."""
    found = [each for each in known if each.id in ids]
    if missing := ids - {each.id for each in found}:
        found += await sessions_among(db, missing)
    return sorted(found, key=lambda each: (each.starts, each.position))


async def _visible_documents(
    db: AsyncSession, conference_id: str, state: State, standing: Standing, now: datetime, session_id: str | None
) -> list[ResultsDocument]:
    query = select(ResultsDocument).where(ResultsDocument.conference_id == conference_id)
    if session_id is not None:
        query = query.where(ResultsDocument.session_id == session_id)
    return [
        document
        for document in await db.exec(query.order_by(col(ResultsDocument.document)))
        if may_see(document, state, standing, now)
    ]
