"""A sheet and its versions put in out of a conference file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.ids import Ids
from conference.program.model import Session
from conference.results.content import content_from
from conference.results.history import note
from conference.results.model import ResultsSheet, SheetApproval, SheetComment, SheetEvent, SheetState, SheetVersion
from conference.results.objects import Kept, etag_of, forget, keep
from conference.results.publishing.actions import release
from conference.results.rules import check_document, says_same
from conference.results.sheet_file import SheetFacts, VersionFacts, draft_values
from conference.results.store import draft_of, sheet_for_change, sheet_of, versions_of
from conference.web.services import Services


async def keep_pdfs(
    services: Services, session: Session, facts: SheetFacts | None, read: Callable[[str], bytes]
) -> dict[int, Kept]:
    """The PDFs of the file's versions, by number: those that are in the store already, and the others put there.

    Raises Invalid (no PDF, too large), Unavailable.
    """
    kept: dict[int, Kept] = {}
    async with services.db.read() as db:
        present = {version.number: version for version in await versions_of(db, session.id)}
    for version in (facts.versions or ()) if facts else ():
        if version.file is None:
            continue
        data, known = read(version.file), present.get(version.number)
        check_document(data)
        if known is not None and known.object_key is not None and known.etag == etag_of(data):
            kept[version.number] = Kept(known.object_key, len(data), known.etag)
        else:
            kept[version.number] = await keep(services, data, "pdf", "application/pdf")
    return kept


async def put_sheet(work: Work, ids: Ids, session: Session, facts: SheetFacts | None, pdfs: Mapping[int, Kept]) -> bool:
    """Let the session have this sheet, or none; whether that changed anything. pdfs: of its versions, by number.

    What a file publishes for the first time is public from the session's end on, as if it had been there all along; without
    versions in the file the newest one stays as long as it says what the findings say.
    """
    sheet = await sheet_of(work.session, session.id)
    if facts is None:
        if sheet is not None:
            await remove_sheet(work, sheet)
        return sheet is not None
    before = await _state_of(work.session, session)
    sheet = await sheet_for_change(work, session)
    sheet.changes -= 1
    for name, value in draft_values(facts).items():
        setattr(sheet, name, value)
    work.session.add(sheet)
    await work.session.flush()
    if facts.versions is not None:
        await _put_versions(work, ids, sheet, facts.versions, pdfs)
        begins = min((version.public_from for version in facts.versions), default=session.ends)
        sheet.published = (facts.since or sheet.published or begins) if facts.published else None
    elif facts.published:
        await _release_draft(work, ids, session, sheet)
    else:
        sheet.published = None
    if sheet.published is None or sheet.state is SheetState.DRAFT:
        sheet.state = SheetState.DRAFT if sheet.published is None else SheetState.PUBLISHED
    await work.session.flush()
    if await _state_of(work.session, session) == before:
        return False
    sheet.changes += 1
    newest = next(iter(await versions_of(work.session, session.id)), None)
    draft = await draft_of(work.session, session, sheet)
    if newest is not None and says_same(content_from(newest.content), draft):
        newest.changes = sheet.changes  # nothing waits to be published
        work.session.add(newest)
    await note(work, ids, sheet, "imported", None)
    return True


async def _state_of(db: AsyncSession, session: Session) -> object:
    """All that a file can say of a sheet, comparable."""
    sheet = await sheet_of(db, session.id)
    names = ("remains", "told", "collecting", "closed", "headings", "summary", "people", "initiatives", "expected", "published")
    values = [getattr(sheet, name) for name in names] if sheet else None
    return values, [_version_values(version) for version in await versions_of(db, session.id)]


def _version_values(version: SheetVersion) -> tuple[Any, ...]:
    content = content_from(version.content)
    return version.number, version.made, version.public_from, version.note, content, version.etag, version.pages


async def _release_draft(work: Work, ids: Ids, session: Session, sheet: ResultsSheet) -> None:
    draft = await draft_of(work.session, session, sheet)
    newest = next(iter(await versions_of(work.session, session.id)), None)
    if newest is None or sheet.published is None or not says_same(content_from(newest.content), draft):
        come = newest is not None and newest.public_from <= work.now
        await release(work, ids, sheet, draft, work.now if come else session.ends, again=True)


async def _put_versions(work: Work, ids: Ids, sheet: ResultsSheet, wanted: list[VersionFacts], pdfs: Mapping[int, Kept]) -> None:
    """Let the sheet have exactly these; those that are there already keep their row."""
    present = {version.number: version for version in await versions_of(work.session, sheet.session_id)}
    numbers = {facts.number for facts in wanted}
    for number, version in present.items():
        if number not in numbers:
            await forget(work, version.object_key)
            await work.session.delete(version)
    for facts in wanted:
        found = present.get(facts.number) or SheetVersion(
            id=ids.new(), conference_id=sheet.conference_id, session_id=sheet.session_id, number=facts.number,
            content=facts.content, changes=sheet.changes, made=facts.made, public_from=facts.public_from,
        )  # fmt: skip
        kept = pdfs.get(facts.number)
        if found.object_key is not None and (kept is None or kept.key != found.object_key):
            await forget(work, found.object_key)
        found.made, found.public_from, found.note, found.pages = facts.made, facts.public_from, facts.note, facts.pages
        if content_from(found.content) != content_from(facts.content):
            found.content = facts.content
        found.object_key, found.size, found.etag = (kept.key, kept.size, kept.etag) if kept else (None, None, None)
        work.session.add(found)
    await work.session.flush()


async def remove_sheet(work: Work, sheet: ResultsSheet) -> None:
    """Forget a sheet with everything that was said of it and all its versions, but for the findings."""
    for version in await versions_of(work.session, sheet.session_id):
        await forget(work, version.object_key)
        await work.session.delete(version)
    for table in (SheetEvent, SheetComment, SheetApproval):
        await work.session.exec(delete(table).where(col(table.session_id) == sheet.session_id))
    await work.session.delete(sheet)
