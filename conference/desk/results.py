"""The desk's list of all results: where each session stands, what is missing, publishing, and the letter to all attendees."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import State
from conference.base.errors import ConferenceError, Conflict, Invalid
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.program.store import session_by_slug
from conference.program.view import kind_word
from conference.results.pages import colour_of, document_shown
from conference.results.publishing.notice import New, letter_about, recipients, tell_attendees
from conference.results.publishing.overview import Row, overview_of
from conference.results.publishing.pages import publish_as_asked
from conference.results.publishing.reach import reach_badge, reach_said
from conference.results.publishing.rules import Stand
from conference.results.publishing.view import badge_of, pdf_of, word_of
from conference.results.rules import is_public
from conference.results.store import SET_PDF
from conference.web.errors import explain
from conference.web.render import rendered

DONE = ("published", "unpublished", "document_unpublished", "called_off", "kept")


async def results(request: Request, visit: Visit) -> Response:
    """GET lists all sessions; POST `session` and `do`, as the sheet's own page of publishing takes them."""
    refused: dict[str, str] = {}
    if request.method == "POST":
        form = await form_of(request)
        slug = form.get("session", "")
        async with visit.services.db.read() as db:
            session = await session_by_slug(db, visit.conference.id, slug)
        try:
            done = await publish_as_asked(visit, session, form)
            return RedirectResponse(f"{request.url.path}?done={done}#{slug}", 303)
        except (Invalid, Conflict) as error:
            refused[slug] = explain(error, visit.services.texts[visit.language])
    return await _list(request, visit, refused)


async def _list(request: Request, visit: Visit, refused: dict[str, str]) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        rows = await overview_of(db, visit.conference.id, visit.now)
    base, done = f"/desk/{visit.conference.slug}", request.query_params.get("done", "")
    public = [row for row in rows if row.position.shown is not None]
    return await rendered(
        request,
        "desk/results.html",
        status=422 if refused else 200,
        title=_("Results"),
        headers={"Cache-Control": "no-store"},
        results={
            "back": base,
            "action": request.url.path,
            "rows": [_row(visit, row, refused.get(row.session.slug)) for row in rows],
            "public": len(public),
            "count": len(rows),
            "new": sum(row.new for row in rows),
            "notice": f"{base}/results/notice",
            "zip": f"/{visit.conference.slug}/results.zip" if any(_has_pdf(row, visit.now) for row in rows) else None,
            "done": done if done in DONE else "",
        },
    )


def _has_pdf(row: Row, now: datetime) -> bool:
    version = row.position.shown
    return (version is not None and version.object_key is not None) or any(is_public(one, now) for one in row.documents)


def _row(visit: Visit, row: Row, refused: str | None) -> dict[str, Any]:
    words = visit.services.texts[visit.language]
    session, position = row.session, row.position
    base = f"/{visit.conference.slug}/sessions/{session.slug}"
    public = [one for one in (row.sheet, *row.documents) if one is not None and one.published is not None]
    replaced = any(one.document == SET_PDF for one in row.documents)  # both have one address
    pdf = None if replaced else pdf_of(visit, session, position, row.sheet)
    return {
        "slug": session.slug,
        "kind": kind_word(visit, session.kind),
        "number": session.number,
        "colour": colour_of(session),
        "title": visit.say(session.title),
        "sheet": f"{base}/sheet",
        "publish": f"{base}/sheet/publish",
        "page": f"{base}/results" if position.shown is not None else None,
        "findings": words.ngettext("{n} finding", "{n} findings", row.findings).format(n=row.findings),
        "badge": badge_of(visit, position, row.sheet),
        "reach": reach_said(visit, row.sheet) if row.sheet is not None and position.shown is not None else "",
        "stand": position.stand.value,
        "differs": position.differs and visit.state is not State.PURGED,  # then there is no draft any more
        "planned": visit.local(position.planned) if position.planned and position.stand is Stand.PUBLIC else None,
        "lacks": [word_of(visit, lack) for lack in row.lacks] if position.stand is not Stand.NOTHING else [],
        "documents": ([pdf] if pdf else [])
        + [
            {**document_shown(visit, session, one), "name": one.document, "badge": reach_badge(visit, one)}
            for one in row.documents
        ],
        "keeping": bool(public),
        "remains": any(one.remains for one in public),
        "may_publish": visit.state is not State.PURGED,
        "told": visit.local(row.sheet.told) if row.sheet is not None and row.sheet.told else None,
        "refused": refused,
    }


async def notice(request: Request, visit: Visit) -> Response:
    """GET shows the letter and to how many it goes; POST sends it (`sheets`: the ids of those that were seen)."""
    if request.method != "POST":
        return await _letter(request, visit, sent=request.query_params.get("sent", ""))
    form = await form_of(request)
    person = visit.viewer.person
    try:
        async with visit.services.db.work() as work:
            letters, _sheets = await tell_attendees(
                visit.services, work, visit.conference, form.get("sheets", "").split(), by=person.id if person else None
            )
    except ConferenceError as error:
        if error.code != "notice_sent":
            raise
        return await _letter(request, visit, error=explain(error, visit.services.texts[visit.language]))
    return RedirectResponse(f"{request.url.path}?sent={letters}", 303)


async def _letter(request: Request, visit: Visit, *, sent: str = "", error: str | None = None) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        rows = [row for row in await overview_of(db, visit.conference.id, visit.now) if row.new]
        people = await recipients(db, visit.conference.id)
    new = [New(row.session, row.position.shown) for row in rows if row.position.shown is not None]
    subject, text = letter_about(visit.services, visit.conference, new) if new else ("", "")
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/results_notice.html",
        status=409 if error else 200,
        title=_("Letter about new results"),
        headers={"Cache-Control": "no-store"},
        notice={
            "desk": base,
            "back": f"{base}/results",
            "action": request.url.path,
            "sent": int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 7 else None,
            "sheets": [visit.say(each.session.title) for each in new],
            "ids": " ".join(each.session.id for each in new),
            "letters": len(people),
            "subject": subject,
            "text": text,
            "error": error,
        },
    )


routes: list[Route] = [
    page("/desk/{c}/results", "desk.results", results, ("GET", "POST")),
    page("/desk/{c}/results/notice", "desk.results.notice", notice, ("GET", "POST")),
]
