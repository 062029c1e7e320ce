"""Results of a session as a sheet and as PDFs. Everything here may outlive the conference, if it is to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from conference.base.errors import NotFound
from conference.doors.guard import page
from conference.doors.table import OVER
from conference.doors.visit import Visit, standing_of
from conference.program.model import Kind, Session
from conference.program.store import session_by_slug
from conference.program.view import billing_word, kind_word
from conference.results.content import Content, Entry
from conference.results.model import ResultsDocument, SheetVersion
from conference.results.publishing.pdf import LANGUAGE
from conference.results.rules import by_round, is_public, lang_of, language_of, stays_for_all
from conference.results.sheets.store import expected_days
from conference.results.sheets.view import follows
from conference.results.store import (
    SET_PDF,
    Outcome,
    outcome_for_viewing,
    pdf_for_viewing,
    versions_of,
)
from conference.web.objects import send_object
from conference.web.render import rendered


async def results(request: Request, visit: Visit) -> Response:
    """The results sheet of one session; as long as there is none to be read, that it follows."""
    async with visit.services.db.read() as db:
        try:
            outcome = await outcome_for_viewing(
                db, visit.conference, visit.state, standing_of(visit.viewer), visit.now, request.path_params["s"]
            )
        except NotFound:
            return await _to_come(request, visit, db)
        versions = await versions_of(db, outcome.session.id)
    sheet = sheet_shown(visit, outcome, [version for version in versions if version.public_from <= visit.now])
    headers = {"Cache-Control": "private, no-cache"}
    live = heard_by(request, visit)
    return await rendered(request, "results/sheet.html", title=sheet["title"], headers=headers, live=live, sheet=sheet)


async def _to_come(request: Request, visit: Visit, db: AsyncSession) -> Response:
    """Nothing to be read yet, or any more: 404, with the way back and the day, if one is named. Raises NotFound."""
    session = await session_by_slug(db, visit.conference.id, request.path_params["s"])
    if session.kind is Kind.BREAK:
        raise NotFound("results", slug=visit.conference.slug)
    expected = await expected_days(db, visit.conference.id)
    _ = visit.services.texts[visit.language].gettext
    return await rendered(
        request,
        "results/to_come.html",
        status=404,
        title=_("Results: {title}").format(title=visit.say(session.title)),
        headers={"Cache-Control": "private, no-cache"},
        live=heard_by(request, visit),
        session={
            "kind": kind_word(visit, session.kind),
            "number": session.number,
            "colour": colour_of(session),
            "title": visit.say(session.title),
            "href": f"/{visit.conference.slug}/sessions/{session.slug}",
            "follows": follows(visit, expected.get(session.id)),
        },
    )


def heard_by(request: Request, visit: Visit) -> dict[str, Any] | None:
    """What an open page of results hears of, so that it goes when they are taken back. None: the conference is over."""
    if visit.state in OVER:
        return None
    return {"topics": f"conference:{visit.conference.id}", "last": request.state.live_last}


async def results_pdf(request: Request, visit: Visit) -> Response:
    """A results PDF, always through the app, so that unpublishing and closing hold with the next request."""
    session_slug, name = request.path_params["s"], request.path_params["document"]
    async with visit.services.db.read() as db:
        key = await pdf_for_viewing(db, visit.conference, visit.state, standing_of(visit.viewer), visit.now, session_slug, name)
    filename = f"{visit.conference.slug}-{session_slug}-{name}.pdf"
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{filename}"',
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    }
    return await send_object(request, visit.services.storage, key, content_type="application/pdf", headers=headers)


def sheet_shown(visit: Visit, outcome: Outcome, versions: Sequence[SheetVersion]) -> dict[str, Any]:
    """What `results/sheet.html` needs. versions: those that were public so far, the newest first."""
    _ = visit.services.texts[visit.language].gettext
    session, sheet, content = outcome.session, outcome.sheet, outcome.content
    assert content is not None
    title, documents = visit.say(content.title), documents_shown(visit, outcome)
    return {
        "title": _("Results: {title}").format(title=title),
        "kind": kind_word(visit, session.kind),
        "number": session.number,
        "colour": colour_of(session),
        "name": title,
        "question": visit.say(content.question),
        "summary": visit.say(content.summary),
        "starts": visit.local(session.starts),
        "ends": visit.local(session.ends),
        # A session that was taken out of the program has no page any more; what was published of it stays.
        "session_href": f"/{visit.conference.slug}/sessions/{session.slug}" if session.hidden is None else None,
        "people": [
            {"role": billing_word(visit, one.role), "name": visit.say(one.text), "affiliation": None} for one in content.people
        ],
        "initiatives": content.initiatives,
        "groups": groups_shown(visit, content),
        "starred": bool(content.key_entries),
        "documents": documents,
        "example": any(document["example"] for document in documents),
        "unpublished": sheet is not None and outcome.version is None,
        "versions": versions_shown(visit, versions) if outcome.version is not None else [],
        "stays": any(stays_for_all(one, visit.state, visit.now) for one in ([sheet] if sheet else outcome.documents)),
    }


def versions_shown(visit: Visit, versions: Iterable[SheetVersion]) -> list[dict[str, Any]]:
    """[{number, at, note}], the newest first; the first one ever has no note."""
    return [{"number": one.number, "at": visit.local(one.public_from), "note": one.note} for one in versions]


def outcome_shown(visit: Visit, outcome: Outcome) -> dict[str, Any]:
    """One session's results in a list of several: title, link to the sheet, key findings, documents."""
    session, content = outcome.session, outcome.content
    return {
        "kind": kind_word(visit, session.kind),
        "number": session.number,
        "colour": colour_of(session),
        "title": visit.say(session.title),
        "href": sheet_address(visit, session) if content else None,
        "key_findings": [visit.say(entry.text) for entry in content.key_entries] if content else [],
        "documents": documents_shown(visit, outcome),
    }


def groups_shown(visit: Visit, content: Content | None) -> list[dict[str, Any]]:
    """[{heading, lang (of one in another language), key, rounds: [{round, entries}], entries: all of them}]; entries: [{text,
    lang, starred, round}]. Headings under which nothing stands are left out."""
    return [
        {
            "heading": visit.say(group.title),
            "lang": lang_of(group.title, visit.language),
            "key": group.key,
            "rounds": [
                {"round": number, "entries": [_entry(visit, one) for one in some]} for number, some in by_round(group.entries)
            ],
            "entries": [_entry(visit, one) for one in group.entries],
        }
        for group in (content.groups if content else ())
        if group.entries
    ]


def _entry(visit: Visit, entry: Entry) -> dict[str, Any]:
    return {
        "text": visit.say(entry.text),
        "lang": lang_of(entry.text, visit.language),
        "starred": entry.key,
        "round": entry.round,
    }


def documents_shown(visit: Visit, outcome: Outcome) -> list[dict[str, Any]]:
    """Links as parts/document.html draws them, "Ergebnisse von Forum 1 (PDF, 96 KB)": the PDF that was set with the public
    version, unless somebody has brought one in its place, and those that were brought."""
    shown = [document_shown(visit, outcome.session, document) for document in outcome.documents]
    version = outcome.version
    if version is None or version.size is None or any(one.document == SET_PDF for one in outcome.documents):
        return shown
    own = {
        "href": f"{sheet_address(visit, outcome.session)}/{SET_PDF}.pdf",
        "title": title_of_pdf(visit, outcome.session),
        "kind": "PDF",
        "bytes": version.size,
        "language": LANGUAGE,
        "example": visit.services.settings.demo,
        "unpublished": False,
        "summary": "",
        "corrected": None,
    }
    return [own, *shown]


def document_shown(visit: Visit, session: Session, document: ResultsDocument) -> dict[str, Any]:
    """One that was brought."""
    return {
        "href": f"{sheet_address(visit, session)}/{document.document}.pdf",
        "title": visit.say(document.title),
        "kind": "PDF",
        "bytes": document.size,
        "language": language_of(document.title),
        "example": document.example,
        "unpublished": not is_public(document, visit.now),
        "summary": visit.say(document.summary),
        "corrected": visit.local(document.corrected) if document.corrected else None,
    }


def title_of_pdf(visit: Visit, session: Session) -> str:
    _ = visit.services.texts[visit.language].gettext
    if session.number:
        return _("Results of {kind} {number}").format(kind=kind_word(visit, session.kind), number=session.number)
    return _("Results: {title}").format(title=visit.say(session.title))


def sheet_address(visit: Visit, session: Session) -> str:
    return f"/{visit.conference.slug}/sessions/{session.slug}/results"


def colour_of(session: Session) -> int | None:
    """Forums and theme rooms keep one of four colours."""
    return (session.number - 1) % 4 + 1 if session.number else None


routes = [
    page("/{c}/sessions/{s}/results", "results", results),
    page("/{c}/sessions/{s}/results/{document}.pdf", "results.pdf", results_pdf, methods=("GET", "HEAD")),
]
