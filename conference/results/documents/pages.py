"""The page on which PDFs of results are brought, for those who publish the session's sheet."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid, NotAllowed, TooMany
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.program.model import Session
from conference.program.store import session_by_slug
from conference.results.documents.actions import Brought, act, bring
from conference.results.documents.rules import LONGEST_SUMMARY, LONGEST_TITLE, Lack
from conference.results.model import ResultsDocument
from conference.results.pages import document_shown, title_of_pdf
from conference.results.publishing.reach import reach_badge, reach_said, readable
from conference.results.publishing.rules import may_publish
from conference.results.rules import LARGEST_DOCUMENT
from conference.results.store import SET_PDF, documents_of
from conference.web.errors import explain
from conference.web.render import rendered

BROUGHT_PER_MINUTE = 6
FIELDS = ("title", "title_en", "summary", "summary_en", "place")


async def documents(request: Request, visit: Visit) -> Response:
    """GET lists what was brought; POST `do`: bring (with a file), publish, unpublish, remove (`document`: its name)."""
    async with visit.services.db.read() as db:
        session = await session_by_slug(db, visit.conference.id, request.path_params["s"])
    if not may_publish(visit.viewer.organiser, visit.viewer.held_in(session.id)):
        raise NotAllowed("publishers_only")
    if request.method != "POST":
        return await _show(request, visit, session, {}, {})
    person = visit.viewer.person
    by = person.id if person else None
    visit.services.limits.check("document brought", by or "desk", per_minute=10 * BROUGHT_PER_MINUTE, burst=BROUGHT_PER_MINUTE)
    async with request.form(max_files=1, max_fields=20, max_part_size=64 * 1024) as form:
        do = _text(form, "do")
        if do != "bring":
            await act(visit.services, session, do, _text(form, "document"), by=by)
            return RedirectResponse(f"{request.url.path}?done={do}", 303)
        try:
            document = await _bring(visit, session, form, by)
        except (Invalid, TooMany) as error:
            place = {"document_title": "title", "document_title_taken": "title", "document_summary": "summary"}.get(
                error.code, "file"
            )
            errors = {place: explain(error, visit.services.texts[visit.language])}
            return await _show(request, visit, session, {name: _text(form, name) for name in FIELDS}, errors)
    return RedirectResponse(f"{request.url.path}?done=bring#{document.document}", 303)


async def _bring(visit: Visit, session: Session, form: FormData, by: str | None) -> ResultsDocument:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid("document_file")
    if _text(form, "place") == "beside" and _text(form, "title").strip() in await _titles(visit, session):
        raise Invalid("document_title_taken")
    with tempfile.NamedTemporaryFile(prefix="meetingpoint-results-") as kept:
        await asyncio.to_thread(_copy, file, kept)
        title = {"de": _text(form, "title"), "en": _text(form, "title_en")}
        summary = {"de": _text(form, "summary"), "en": _text(form, "summary_en")}
        brought = Brought(Path(kept.name), title, summary, _text(form, "place") != "beside")
        return await bring(visit.services, session, brought, by=by)


async def _titles(visit: Visit, session: Session) -> set[str]:
    """What the PDFs of this session are called already, in German: two that are called the same could not be told apart."""
    async with visit.services.db.read() as db:
        present = await documents_of(db, session.id)
    return {title_of_pdf(replace(visit, language="de"), session), *(one.title.get("de", "") for one in present)}


def _copy(file: UploadFile, kept: Any) -> None:
    shutil.copyfileobj(file.file, kept)
    kept.flush()


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


async def _show(request: Request, visit: Visit, session: Session, entered: Mapping[str, str], errors: dict[str, str]) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        present = await documents_of(db, session.id)
    base = f"/{visit.conference.slug}/sessions/{session.slug}"
    return await rendered(
        request,
        "results/documents.html",
        status=422 if errors else 200,
        title=_("PDFs of your own"),
        headers={"Cache-Control": "private, no-store"},
        documents={
            "session": {
                "title": visit.say(session.title),
                "href": base,
                "sheet": f"{base}/sheet",
                "publish": f"{base}/sheet/publish",
            },
            "action": request.url.path,
            "brought": [_shown(visit, session, one) for one in present],
            "instead": any(one.document == SET_PDF for one in present),
            "done": request.query_params.get("done", "") if not errors else "",
            "suggested": title_of_pdf(visit, session),
            "largest": LARGEST_DOCUMENT,
            "longest_title": LONGEST_TITLE,
            "longest_summary": LONGEST_SUMMARY,
        },
        form={"entered": {name: entered.get(name, "") for name in FIELDS}, "errors": errors},
    )


def _shown(visit: Visit, session: Session, document: ResultsDocument) -> dict[str, Any]:
    """As parts/document.html draws it, with what one wants to know before it is released."""
    return {
        **document_shown(visit, session, document),
        "name": document.document,
        "readable": readable(visit, document),
        "badge": reach_badge(visit, document),
        "reach": reach_said(visit, document),
        "pages": document.pages,
        "lacks": [lack_word(visit, Lack(lack)) for lack in document.lacks],
        "summary": visit.say(document.summary),
        "instead": document.document == SET_PDF,
        "corrected": visit.local(document.corrected) if document.corrected else None,
    }


def lack_word(visit: Visit, lack: Lack) -> str:
    _ = visit.services.texts[visit.language].gettext
    return {
        Lack.TAGS: _("It has no tags: screen readers cannot tell headings, lists and their order."),
        Lack.LANGUAGE: _("It does not say its language: screen readers may read it in a wrong one."),
        Lack.TITLE: _("It has no title: browsers show the name of a file instead."),
    }[lack]


routes: list[Route] = [page("/{c}/sessions/{s}/sheet/document", "sheet.document", documents, ("GET", "POST"))]
