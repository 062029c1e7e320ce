"""Results out of the database. The doors `..._for_viewing` are where visibility is decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.base.db import Work
from conference.base.errors import NotFound
from conference.doors.table import Standing
from conference.program.model import Session
from conference.program.store import session_by_slug, sessions_among
from conference.results.model import Finding, Report, ResultsDocument, ResultsSheet
from conference.results.rules import hidden, is_due, may_see, may_see_report, stays_for_all


@dataclass(frozen=True)
class Outcome:
    """What one session brought out, as far as the viewer may see it. sheet None: no sheet, or not for this viewer."""

    session: Session
    sheet: ResultsSheet | None = None
    findings: list[Finding] = field(default_factory=list)
    documents: list[ResultsDocument] = field(default_factory=list)


async def outcomes_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, now: datetime, session_id: str | None = None
) -> list[Outcome]:
    """The sessions (or the one) with something to show to this viewer now, in the order of the program. Four queries."""
    sheets = await _visible_sheets(db, conference.id, state, standing, session_id)
    documents = await _visible_documents(db, conference.id, state, standing, session_id)
    wanted = {sheet.session_id for sheet in sheets} | {document.session_id for document in documents}
    findings = await db.exec(
        select(Finding)
        .where(col(Finding.session_id).in_({sheet.session_id for sheet in sheets}))
        .order_by(col(Finding.position), col(Finding.id))
    )
    outcomes = {session.id: Outcome(session) for session in await sessions_among(db, wanted)}
    for sheet in sheets:
        old = outcomes[sheet.session_id]
        outcomes[sheet.session_id] = Outcome(old.session, sheet)
    for finding in findings:
        outcomes[finding.session_id].findings.append(finding)
    for document in documents:
        outcomes[document.session_id].documents.append(document)
    return [outcome for outcome in outcomes.values() if is_due(outcome.session.ends, state, standing, now)]


async def outcome_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, now: datetime, session_slug: str
) -> Outcome:
    """The results of one session. Raises NotFound; OutsideWindow when they went with the conference."""
    try:
        session = await session_by_slug(db, conference.id, session_slug)
    except NotFound:
        raise hidden(state, conference.slug) from None
    outcomes = await outcomes_for_viewing(db, conference, state, standing, now, session.id)
    if not outcomes or outcomes[0].sheet is None:
        raise hidden(state, conference.slug)
    return outcomes[0]


async def document_for_viewing(
    db: AsyncSession,
    conference: Conference,
    state: State,
    standing: Standing,
    now: datetime,
    session_slug: str,
    document: str,
) -> ResultsDocument:
    """One results PDF, addressed by names. Raises NotFound; OutsideWindow when it went with the conference."""
    found = await db.exec(
        select(ResultsDocument, Session.ends)
        .join(Session, col(Session.id) == ResultsDocument.session_id)
        .where(
            Session.conference_id == conference.id,
            ResultsDocument.conference_id == conference.id,
            Session.slug == session_slug,
            ResultsDocument.document == document,
        )
    )
    row = found.first()
    if row is None or not may_see(row[0], state, standing) or not is_due(row[1], state, standing, now):
        raise hidden(state, conference.slug)
    return row[0]


async def report_for_viewing(db: AsyncSession, conference: Conference, state: State, standing: Standing) -> Report:
    """Raises NotFound; OutsideWindow when it went with the conference."""
    report = await report_of(db, conference.id)
    if report is None or not may_see_report(report, state, standing):
        raise hidden(state, conference.slug)
    return report


async def what_remains(db: AsyncSession, conference: Conference, state: State) -> tuple[list[Outcome], Report | None]:
    """For the farewell page: published results that stay at their addresses, and the report if it does."""
    outcomes = await outcomes_for_viewing(db, conference, state, Standing.STRANGER, conference.closes)
    report = await report_of(db, conference.id)
    return outcomes, report if report and stays_for_all(report, state) else None


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


async def object_keys_of(db: AsyncSession, conference_id: str) -> list[str]:
    """Keys of all stored PDFs of a conference, for purging and for comparing store and database."""
    return list(await db.exec(select(ResultsDocument.object_key).where(ResultsDocument.conference_id == conference_id)))


async def _visible_sheets(
    db: AsyncSession, conference_id: str, state: State, standing: Standing, session_id: str | None
) -> list[ResultsSheet]:
    query = select(ResultsSheet).where(ResultsSheet.conference_id == conference_id)
    if session_id is not None:
        query = query.where(ResultsSheet.session_id == session_id)
    return [sheet for sheet in await db.exec(query) if may_see(sheet, state, standing)]


async def _visible_documents(
    db: AsyncSession, conference_id: str, state: State, standing: Standing, session_id: str | None
) -> list[ResultsDocument]:
    query = select(ResultsDocument).where(ResultsDocument.conference_id == conference_id)
    if session_id is not None:
        query = query.where(ResultsDocument.session_id == session_id)
    return [
        document
        for document in await db.exec(query.order_by(col(ResultsDocument.document)))
        if may_see(document, state, standing)
    ]
