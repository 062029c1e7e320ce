"""Publishing a sheet: what would be public, at once or later, what was public before; and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import State
from conference.base.errors import Conflict, Invalid, NotAllowed
from conference.doors.entered import entered_instant
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.program.model import Session
from conference.program.store import session_by_slug
from conference.results.actions import keep_sheet
from conference.results.documents import pages as documents_pages
from conference.results.documents.actions import act
from conference.results.publishing import archive
from conference.results.publishing.actions import call_off, publish, unpublish
from conference.results.publishing.rules import may_publish
from conference.results.publishing.view import publishing_of
from conference.results.rules import hidden
from conference.web.errors import explain
from conference.web.render import rendered

PUBLISHED_PER_MINUTE = 20


async def publishing(request: Request, visit: Visit) -> Response:
    """GET shows where the sheet stands; POST `do`: publish (now), plan (`at`: from then on), unpublish, call_off,
    unpublish_document (`document`: its name), keep, let_go (organisers alone)."""
    async with visit.services.db.read() as db:
        session = await session_by_slug(db, visit.conference.id, request.path_params["s"])
    if not may_publish(visit.viewer.organiser, visit.viewer.held_in(session.id)):
        raise NotAllowed("publishers_only")
    if request.method != "POST":
        return await _show(request, visit, session, {}, {}, request.query_params.get("done", ""))
    form = await form_of(request)
    try:
        done = await publish_as_asked(visit, session, form)
    except (Invalid, Conflict) as error:
        place = {"publish_at": "at"}.get(error.code, "note" if error.code.startswith("text_") else "publish")
        errors = {place: explain(error, visit.services.texts[visit.language])}
        return await _show(request, visit, session, form, errors, "")
    return RedirectResponse(f"{request.url.path}?done={done}", 303)


async def publish_as_asked(visit: Visit, session: Session, form: Mapping[str, str]) -> str:
    """What a form wants, done; its word, for the page that says so. The caller knows that the visitor may.

    Raises Invalid, Conflict, NotAllowed, NotFound, OutsideWindow (after the purge nothing becomes public any more), Unavailable.
    """
    person = visit.viewer.person
    services, by = visit.services, person.id if person else None
    do = form.get("do", "")
    if do in ("publish", "plan"):
        if visit.state is State.PURGED:
            raise hidden(visit.state, visit.conference.slug)
        visit.services.limits.check("sheet published", by or "desk", per_minute=PUBLISHED_PER_MINUTE)
        at = _moment(visit, form.get("at", "")) if do == "plan" else None
        await publish(services, session, by=by, at=at, note=form.get("note", ""))
        return "planned" if at else "published"
    if do == "unpublish_document":
        await act(services, session, "unpublish", form.get("document", ""), by=by)
        return "document_unpublished"
    if do in ("keep", "let_go") and not visit.viewer.organiser:
        raise NotAllowed("organisers_only")
    if do not in ("unpublish", "call_off", "keep", "let_go"):
        raise Invalid("field", field="do")
    async with services.db.work() as work:
        if do == "unpublish":
            await unpublish(services, work, session, by=by)
        elif do == "call_off":
            await call_off(services, work, session, by=by)
        else:
            await keep_sheet(services, work, session, do == "keep", by=by)
    return {"unpublish": "unpublished", "call_off": "called_off"}.get(do, "kept")


def _moment(visit: Visit, text: str) -> datetime:
    moment = entered_instant(text, visit)
    if moment is None:
        raise Invalid("publish_at")
    return moment


async def _show(
    request: Request, visit: Visit, session: Session, entered: Mapping[str, str], errors: dict[str, str], done: str
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        shown = await publishing_of(db, visit, session)
    return await rendered(
        request,
        "results/publish.html",
        status=422 if errors else 200,
        title=_("Publish the results"),
        headers={"Cache-Control": "private, no-store"},
        publishing=shown,
        session={
            "title": visit.say(session.title),
            "href": f"/{visit.conference.slug}/sessions/{session.slug}",
            "sheet": f"/{visit.conference.slug}/sessions/{session.slug}/sheet",
        },
        done=done,
        form={"entered": {name: entered.get(name, "") for name in ("at", "note")}, "errors": errors},
    )


routes: list[Route] = [
    page("/{c}/sessions/{s}/sheet/publish", "sheet.publish", publishing, ("GET", "POST")),
    *documents_pages.routes,
    *archive.routes,
]
