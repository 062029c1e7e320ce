"""The desk's page of announcements: what stands in all rooms, a form for another one, and taking one back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.forums.talk.announcing import announce, withdraw
from conference.forums.talk.rules import ANNOUNCEMENT_LENGTH
from conference.forums.talk.store import announcements_of
from conference.web.errors import explain
from conference.web.render import rendered


async def announcements(request: Request, visit: Visit) -> Response:
    """GET shows what stands in the rooms; POST announces, or withdraws the one that `withdraw` names."""
    if request.method != "POST":
        return await _page(request, visit, {}, {})
    form = await form_of(request)
    if form.get("withdraw"):
        await withdraw(visit.services, visit.conference.id, form["withdraw"])
        return RedirectResponse(request.url.path, 303)
    entered = {language: form.get(language, "") for language in ("de", "en")}
    person = visit.viewer.person
    try:
        await announce(visit.services, visit.conference.id, entered, person.id if person else None)
    except Invalid as error:
        return await _page(request, visit, entered, {"de": explain(error, visit.services.texts[visit.language])})
    return RedirectResponse(request.url.path, 303)


async def _page(request: Request, visit: Visit, entered: dict[str, str], errors: dict[str, str]) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        standing = await announcements_of(session, visit.conference.id)
    shown = [{"id": row.id, "text": visit.say(row.text), "at": visit.local(row.at)} for row in reversed(standing)]
    return await rendered(
        request,
        "desk/announcements.html",
        status=422 if errors else 200,
        title=_("Announcements"),
        headers={"Cache-Control": "no-store"},
        announcements={
            "standing": shown,
            "action": request.url.path,
            "back": f"/desk/{visit.conference.slug}",
            "longest": ANNOUNCEMENT_LENGTH,
        },
        form={"entered": entered, "errors": errors},
    )


routes: list[Route] = [page("/desk/{c}/announcements", "desk.announcements", announcements, ("GET", "POST"))]
