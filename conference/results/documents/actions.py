"""PDFs that somebody brings: looked at in a child process, stored, described, released and taken away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Invalid, NotFound, TooMany, Unavailable
from conference.base.inspection import inspected
from conference.base.words import Words
from conference.program.model import Session
from conference.results.actions import publish_document, remove_document, unpublish_document
from conference.results.documents.rules import LONGEST_SUMMARY, LONGEST_TITLE, MOST_DOCUMENTS, Lack, lacks_of, name_for
from conference.results.model import ResultsDocument
from conference.results.objects import Kept, forget, keep
from conference.results.publishing.actions import tell_sheet
from conference.results.rules import LARGEST_DOCUMENT, check_document, is_public
from conference.results.store import SET_PDF, documents_of, sheet_locked
from conference.results.text import clean
from conference.web.services import Services


@dataclass(frozen=True)
class Brought:
    """A file with what is said of it. instead: it takes the place of the PDF that is set, else it stands beside it."""

    path: Path
    title: Words
    summary: Words
    instead: bool


@dataclass(frozen=True)
class Looked:
    data: bytes
    pages: int
    lacks: list[Lack]


async def bring(services: Services, session: Session, brought: Brought, *, by: str | None) -> ResultsDocument:
    """Keep it. In the place of one that is public it is public at once, as its correction; else it waits for its release.

    Raises Invalid (document_title, document_summary (facts: lacks), document_too_large, deck_no_pdf, deck_encrypted, deck_active,
    or as `text.clean`), TooMany, Unavailable; then nothing has changed.
    """
    title = {language: clean(text, LONGEST_TITLE) for language, text in brought.title.items()}
    summary = {language: clean(text, LONGEST_SUMMARY, lines=True) for language, text in brought.summary.items()}
    title, summary = _some(title), _some(summary)
    if not title.get("de"):
        raise Invalid("document_title")
    looked = await look_at(services, brought.path)
    if looked.lacks and not summary.get("de"):
        raise Invalid("document_summary", lacks=[lack.value for lack in looked.lacks])
    kept = await keep(services, looked.data, "pdf", "application/pdf")
    try:
        async with services.db.work() as work:
            sheet = await sheet_locked(work, session)
            document = await _record(services, work, session, brought, kept, sheet.remains)
            document.title, document.summary = title, summary
            document.pages, document.lacks = looked.pages, [lack.value for lack in looked.lacks]
            audit.record(
                work, "results brought", conference_id=session.conference_id, person_id=by, document=document.id
            )  # fmt: skip
            tell_sheet(services, work, session)
        return document
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        await services.storage.delete(kept.key)
        raise


def _some(words: Words) -> Words:
    return {language: text for language, text in words.items() if text}


async def look_at(services: Services, path: Path) -> Looked:
    """Raises Invalid, Unavailable."""
    size = (await asyncio.to_thread(path.stat)).st_size
    if size > LARGEST_DOCUMENT:
        raise Invalid("document_too_large", size=size, limit=LARGEST_DOCUMENT)
    data = await asyncio.to_thread(path.read_bytes)
    check_document(data)
    async with services.looking:
        found = await inspected("document", path)
    if found is None:
        raise Invalid("deck_no_pdf")
    if "missing" in found:
        raise Unavailable("slides_check", module=found["missing"])
    _raise_refusal(found.get("refused"))
    return Looked(data, found["pages"], lacks_of(found))


def _raise_refusal(code: str | None) -> None:
    if code == "deck_encrypted":
        raise Invalid("deck_encrypted")
    if code == "deck_active":
        raise Invalid("deck_active")
    if code is not None:
        raise Invalid("deck_no_pdf")


async def _record(
    services: Services, work: Work, session: Session, brought: Brought, kept: Kept, remains: bool
) -> ResultsDocument:
    """The row, new or the one whose file is exchanged. remains: whether the session's results stay after closing."""
    present = {document.document: document for document in await documents_of(work.session, session.id)}
    name = SET_PDF if brought.instead else name_for(brought.title["de"], {*present, SET_PDF})
    document = present.get(name)
    if document is None:
        if len(present) >= MOST_DOCUMENTS:
            raise TooMany("documents")
        document = ResultsDocument(
            id=services.ids.new(), conference_id=session.conference_id, session_id=session.id, document=name, title={},
            object_key=kept.key, size=kept.size, etag=kept.etag, remains=remains,
        )  # fmt: skip
    else:
        await forget(work, document.object_key)
        if is_public(document, work.now) and document.etag != kept.etag:
            document.corrected = work.now
        document.object_key, document.size, document.etag = kept.key, kept.size, kept.etag
    work.session.add(document)
    return document


async def act(services: Services, session: Session, do: str, name: str, *, by: str | None) -> None:
    """do: publish, unpublish or remove the session's document of this name. Raises NotFound, Invalid(field)."""
    async with services.db.work() as work:
        await sheet_locked(work, session)
        found = next((one for one in await documents_of(work.session, session.id) if one.document == name), None)
        if found is None:
            raise NotFound("results")
        if do == "publish":
            await publish_document(services, work, found.id, by=by)
        elif do == "unpublish":
            await unpublish_document(services, work, found.id, by=by)
        elif do == "remove":
            await remove_document(services, work, session, found)
            audit.record(work, "results removed", conference_id=session.conference_id, person_id=by, session=session.id)
        else:
            raise Invalid("field", field="do")
