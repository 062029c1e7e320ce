"""What is done with results: findings put in, documents stored, everything published and unpublished."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Unavailable
from conference.base.ids import Ids
from conference.base.jobs import Handler, Job, enqueue
from conference.base.storage import ObjectStorage
from conference.program.model import Session
from conference.results.events import REPORT_CHANGED, SHEET_CHANGED
from conference.results.file import DocumentFacts, FindingFacts, ReportFacts, SessionResults, SheetFacts, sheet_facts
from conference.results.model import Finding, Report, ResultsDocument, ResultsSheet
from conference.results.rules import check_document
from conference.results.store import document_by_id, documents_of, findings_of, report_of, sheet_of
from conference.web.services import Services

FORGET = "results.forget"
"""Kind of the job that deletes a stored PDF nobody refers to any more. facts: key."""


def handlers(storage: ObjectStorage) -> dict[str, Handler]:
    """The jobs of this feature, for the worker."""

    async def forget(job: Job) -> None:
        await storage.delete(job.facts["key"])

    return {FORGET: forget}


async def put_findings(work: Work, ids: Ids, session_id: str, facts: Sequence[FindingFacts]) -> bool:
    """Let the session's findings be these, in this order; whether that changed anything."""
    present = await findings_of(work.session, session_id)
    if [_finding_values(finding) for finding in present] == [_finding_values(finding) for finding in facts]:
        return False
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


async def put_sheet(work: Work, session: Session, facts: SheetFacts | None) -> bool:
    """Let the session have this sheet, or none; whether that changed anything. What is published already keeps its moment."""
    sheet = await sheet_of(work.session, session.id)
    if facts is None:
        if sheet is not None:
            await work.session.delete(sheet)
        return sheet is not None
    if sheet is None:
        sheet = ResultsSheet(session_id=session.id, conference_id=session.conference_id)
    elif (sheet.published is not None, sheet.remains) == (facts.published, facts.remains):
        return False
    sheet.published = _published(sheet.published, facts.published, work.now)
    sheet.remains = facts.remains
    work.session.add(sheet)
    return True


def _published(before: datetime | None, wanted: bool, now: datetime) -> datetime | None:
    return (before or now) if wanted else None


async def store_document(services: Services, session: Session, facts: DocumentFacts, data: bytes) -> ResultsDocument:
    """Keep a results PDF in the object store and record it under (session, document). The same again changes nothing.

    Other bytes get a new key; the old object is deleted after the commit. Opens its own unit of work.
    Raises Invalid (no PDF, too large), Unavailable (store or database); then nothing is recorded.
    """
    check_document(data)
    etag = hashlib.sha256(data).hexdigest()
    async with services.db.read() as db:
        present = _document(await documents_of(db, session.id), facts.document)
    key = present.object_key if present and present.etag == etag else None
    if key is None:
        key = f"results/{services.ids.secret()}.pdf"
        await services.storage.put(key, data, "application/pdf")
    try:
        async with services.db.work() as work:
            return await _record(services, work, session, facts, key, etag, len(data))
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        if present is None or key != present.object_key:
            await services.storage.delete(key)
        raise


def _document(documents: Sequence[ResultsDocument], name: str) -> ResultsDocument | None:
    return next((document for document in documents if document.document == name), None)


async def _record(
    services: Services, work: Work, session: Session, facts: DocumentFacts, key: str, etag: str, size: int
) -> ResultsDocument:
    row = _document(await documents_of(work.session, session.id), facts.document)
    if row is None:
        row = ResultsDocument(
            id=services.ids.new(), conference_id=session.conference_id, session_id=session.id, document=facts.document,
            title=facts.title, object_key=key, size=size, etag=etag,
        )  # fmt: skip
    elif row.etag == etag and row.object_key != key:
        raise Conflict("results")  # somebody stored the same bytes meanwhile
    elif row.object_key != key:
        await enqueue(work, FORGET, {"key": row.object_key})
        row.object_key, row.size, row.etag = key, size, etag
    elif _document_values(row) == _document_values(facts):
        return row
    row.title, row.remains, row.example = facts.title, facts.remains, facts.example
    row.published = _published(row.published, facts.published, work.now)
    work.session.add(row)
    _tell(services, work, session.conference_id, session.slug)
    return row


def _document_values(document: ResultsDocument | DocumentFacts) -> tuple[object, ...]:
    return document.title, document.remains, document.example, bool(document.published)


async def remove_document(services: Services, work: Work, session: Session, document: ResultsDocument) -> None:
    """Forget a results PDF; its object is deleted after the commit."""
    await enqueue(work, FORGET, {"key": document.object_key})
    await work.session.delete(document)
    _tell(services, work, session.conference_id, session.slug)


async def import_session_results(
    services: Services, session: Session, results: SessionResults, read: Callable[[str], bytes]
) -> None:
    """Let a session have exactly what the conference file says: findings, sheet, documents. Doing it again changes nothing.

    read: path in the file -> bytes; raises FileNotFoundError. Opens its own units of work, so call it outside of one.
    """
    for facts in results.documents:
        await store_document(services, session, facts, read(facts.file))
    named = {facts.document for facts in results.documents}
    async with services.db.work() as work:
        changed = await put_findings(work, services.ids, session.id, results.findings)
        changed = await put_sheet(work, session, sheet_facts(results)) or changed
        for document in await documents_of(work.session, session.id):
            if document.document not in named:
                await remove_document(services, work, session, document)
        if changed:
            _tell(services, work, session.conference_id, session.slug)


async def publish_document(services: Services, work: Work, document_id: str, *, by: str | None) -> ResultsDocument:
    """Make a results PDF public. by: the person's id. Publishing again changes nothing. Raises NotFound."""
    return await _set_document(services, work, document_id, True, by)


async def unpublish_document(services: Services, work: Work, document_id: str, *, by: str | None) -> ResultsDocument:
    """Take a results PDF back; the next request for it is refused. Raises NotFound."""
    return await _set_document(services, work, document_id, False, by)


async def _set_document(services: Services, work: Work, document_id: str, public: bool, by: str | None) -> ResultsDocument:
    document = await document_by_id(work.session, document_id)
    if (document.published is not None) == public:
        return document
    document.published = _published(document.published, public, work.now)
    work.session.add(document)
    what = "results published" if public else "results unpublished"
    audit.record(work, what, conference_id=document.conference_id, person_id=by, document=document.id)
    session = await work.session.get(Session, document.session_id)
    _tell(services, work, document.conference_id, session.slug if session else "")
    return document


async def publish_sheet(services: Services, work: Work, session: Session, *, by: str | None) -> ResultsSheet:
    """Make a session's sheet public. Publishing again changes nothing."""
    return await _set_sheet(services, work, session, True, by)


async def unpublish_sheet(services: Services, work: Work, session: Session, *, by: str | None) -> ResultsSheet:
    """Take a session's sheet back. Its documents have their own state."""
    return await _set_sheet(services, work, session, False, by)


async def _set_sheet(services: Services, work: Work, session: Session, public: bool, by: str | None) -> ResultsSheet:
    sheet = await sheet_of(work.session, session.id) or ResultsSheet(session_id=session.id, conference_id=session.conference_id)
    if (sheet.published is not None) == public:
        return sheet
    sheet.published = _published(sheet.published, public, work.now)
    work.session.add(sheet)
    what = "sheet published" if public else "sheet unpublished"
    audit.record(work, what, conference_id=session.conference_id, person_id=by, session=session.id)
    _tell(services, work, session.conference_id, session.slug)
    return sheet


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
        elif _report_values(report) == _report_values(facts):
            return False
        report.title, report.body, report.photo_credit = facts.title, facts.body, facts.photo_credit
        report.remains = facts.remains
        report.published = _published(report.published, facts.published, work.now)
        work.session.add(report)
    services.outbox.tell(work, f"conference:{conference_id}", REPORT_CHANGED, conference_id=conference_id)
    return True


def _report_values(report: Report | ReportFacts) -> tuple[object, ...]:
    return report.title, report.body, report.photo_credit, report.remains, bool(report.published)


def _tell(services: Services, work: Work, conference_id: str, session_slug: str) -> None:
    services.outbox.tell(work, f"conference:{conference_id}", SHEET_CHANGED, conference_id=conference_id, session=session_slug)
