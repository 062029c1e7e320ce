"""What is done with results: findings and sheets put in out of a file, documents stored, published and unpublished."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, update

from conference.access.store import conference_by_id
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Unavailable
from conference.base.ids import Ids
from conference.program.model import Session
from conference.program.store import session_by_id
from conference.results.events import REPORT_CHANGED
from conference.results.file import DocumentFacts, FindingFacts, ReportFacts, SessionResults, sheet_facts
from conference.results.model import (
    Finding,
    Report,
    ResultsDocument,
    ResultsSheet,
    SheetComment,
)
from conference.results.objects import Kept, etag_of, forget, keep
from conference.results.publishing.actions import tell_sheet
from conference.results.report.file import figures_from
from conference.results.rules import check_document, is_public
from conference.results.sheet_import import keep_pdfs, put_sheet
from conference.results.store import (
    document_by_id,
    documents_of,
    findings_of,
    report_of,
    sheet_locked,
)
from conference.web.services import Services


async def put_findings(work: Work, ids: Ids, session_id: str, facts: Sequence[FindingFacts]) -> bool:
    """Let the session's findings be these, in this order; whether that changed anything."""
    present = await findings_of(work.session, session_id)
    if [_finding_values(finding) for finding in present] == [_finding_values(finding) for finding in facts]:
        return False
    gone = {finding.id for finding in present}
    await work.session.exec(update(SheetComment).where(col(SheetComment.finding_id).in_(gone)).values(finding_id=None))
    for finding in present:
        await work.session.delete(finding)
    await work.session.flush()
    for position, new in enumerate(facts):
        finding = Finding(id=ids.new(), session_id=session_id, heading=new.heading, text=new.text, position=position)
        finding.key, finding.round = new.key, new.round
        work.session.add(finding)
    await work.session.flush()
    return True


def _finding_values(finding: Finding | FindingFacts) -> tuple[object, object, object, object]:
    return finding.heading, finding.text, finding.key, finding.round


async def keep_sheet(services: Services, work: Work, session: Session, remains: bool, *, by: str | None) -> ResultsSheet:
    """Whether the sheet and all PDFs of its session stay at their addresses after closing. Doing it again changes nothing."""
    sheet = await sheet_locked(work, session)
    assets: list[ResultsSheet | ResultsDocument] = [sheet, *await documents_of(work.session, session.id)]
    others = [one for one in assets if one.remains != remains]
    for one in others:
        one.remains = remains
        work.session.add(one)
    if others:
        what = "sheet stays" if remains else "sheet does not stay"
        audit.record(work, what, conference_id=session.conference_id, person_id=by, session=session.id)
        tell_sheet(services, work, session)
    return sheet


def _published(before: datetime | None, wanted: bool, now: datetime) -> datetime | None:
    return (before or now) if wanted else None


async def store_document(services: Services, session: Session, facts: DocumentFacts, data: bytes) -> ResultsDocument:
    """Keep a results PDF in the object store and record it under (session, document). The same again changes nothing.

    Other bytes get a new key; the old object is deleted after the commit. Opens its own unit of work.
    Raises Invalid (no PDF, too large), Unavailable (store or database); then nothing is recorded.
    """
    check_document(data)
    etag = etag_of(data)
    async with services.db.read() as db:
        present = _document(await documents_of(db, session.id), facts.document)
    known = Kept(present.object_key, len(data), etag) if present and present.etag == etag else None
    kept = known or await keep(services, data, "pdf", "application/pdf")
    try:
        async with services.db.work() as work:
            return await _record(services, work, session, facts, kept)
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        if known is None:
            await services.storage.delete(kept.key)
        raise


def _document(documents: Sequence[ResultsDocument], name: str) -> ResultsDocument | None:
    return next((document for document in documents if document.document == name), None)


async def _record(services: Services, work: Work, session: Session, facts: DocumentFacts, kept: Kept) -> ResultsDocument:
    row = _document(await documents_of(work.session, session.id), facts.document)
    if row is None:
        row = ResultsDocument(
            id=services.ids.new(), conference_id=session.conference_id, session_id=session.id, document=facts.document,
            title=facts.title, object_key=kept.key, size=kept.size, etag=kept.etag,
        )  # fmt: skip
    elif row.etag == kept.etag and row.object_key != kept.key:
        raise Conflict("results")  # somebody stored the same bytes meanwhile
    elif row.object_key != kept.key:
        await forget(work, row.object_key)
        row.object_key, row.size, row.etag = kept.key, kept.size, kept.etag
    elif _document_values(row) == _document_values(facts):
        return row
    for name, value in _document_values(facts)[0].items():
        setattr(row, name, value)
    row.published = _published(row.published, facts.published, facts.since or session.ends)
    work.session.add(row)
    tell_sheet(services, work, session)
    return row


def _document_values(document: ResultsDocument | DocumentFacts) -> tuple[dict[str, object], bool]:
    names = ("title", "remains", "example", "pages", "lacks", "summary", "corrected")
    return {name: getattr(document, name) for name in names}, bool(document.published)


async def remove_document(services: Services, work: Work, session: Session, document: ResultsDocument) -> None:
    """Forget a results PDF; its object is deleted after the commit."""
    await forget(work, document.object_key)
    await work.session.delete(document)
    tell_sheet(services, work, session)


async def import_session_results(
    services: Services, session: Session, results: SessionResults, read: Callable[[str], bytes]
) -> None:
    """Let a session have exactly what the conference file says: findings, sheet, documents. Doing it again changes nothing. What
    the file says nothing of stays as it is, so that a corrected program takes no results away.

    read: path in the file -> bytes; raises FileNotFoundError. Opens its own units of work, so call it outside of one.
    """
    for facts in results.documents or ():
        await store_document(services, session, facts, read(facts.file))
    wanted = sheet_facts(results)
    pdfs = await keep_pdfs(services, session, wanted, read)
    named = {facts.document for facts in results.documents or ()}
    async with services.db.work() as work:
        changed = results.findings is not None and await put_findings(work, services.ids, session.id, results.findings)
        if results.said:
            changed = await put_sheet(work, services.ids, session, wanted, pdfs) or changed
        for document in await documents_of(work.session, session.id) if results.documents is not None else ():
            if document.document not in named:
                await remove_document(services, work, session, document)
        if changed:
            tell_sheet(services, work, session)


async def publish_document(services: Services, work: Work, document_id: str, *, by: str | None) -> ResultsDocument:
    """Make a results PDF public. by: the person's id. Publishing again changes nothing. Raises NotFound."""
    return await _set_document(services, work, document_id, True, by)


async def unpublish_document(services: Services, work: Work, document_id: str, *, by: str | None) -> ResultsDocument:
    """Take a results PDF back; the next request for it is refused. Raises NotFound."""
    return await _set_document(services, work, document_id, False, by)


async def _set_document(services: Services, work: Work, document_id: str, public: bool, by: str | None) -> ResultsDocument:
    document = await document_by_id(work.session, document_id)
    if is_public(document, work.now) == public and (public or document.published is None):
        return document
    document.published = work.now if public else None
    work.session.add(document)
    what = "results published" if public else "results unpublished"
    audit.record(work, what, conference_id=document.conference_id, person_id=by, document=document.id)
    tell_sheet(services, work, await session_by_id(work.session, document.conference_id, document.session_id))
    return document


async def put_report(services: Services, work: Work, conference_id: str, facts: ReportFacts | None) -> bool:
    """Let the conference have this report, or none; whether that changed anything."""
    report = await report_of(work.session, conference_id)
    if facts is None:
        if report is None:
            return False
        await work.session.delete(report)
    else:
        if report is None:
            report = Report(conference_id=conference_id, title={}, body={})
        elif _report_values(report, report.figures) == _report_values(facts, figures_from(facts.figures)):
            return False
        report.title, report.body, report.photo_credit = facts.title, facts.body, facts.photo_credit
        report.remains, report.figures = facts.remains, figures_from(facts.figures)
        report.change += 1
        archive = (await conference_by_id(work.session, conference_id)).archive
        report.published = _published(report.published, facts.published, min(work.now, archive))
        work.session.add(report)
    services.outbox.tell(work, f"conference:{conference_id}", REPORT_CHANGED, conference_id=conference_id)
    return True


def _report_values(report: Report | ReportFacts, figures: list[dict[str, Any]] | None) -> tuple[object, ...]:
    return report.title, report.body, report.photo_credit, report.remains, bool(report.published), figures
