"""The desk's page of announcements: what stands in all rooms or in one, a form for another one, and taking one back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid
from conference.base.words import LANGUAGES
from conference.desk.run.rules import has_room
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.forums.talk.announcing import announce, withdraw
from conference.forums.talk.rules import ANNOUNCEMENT_LENGTH
from conference.forums.talk.store import announcements_of
from conference.program.store import session_by_slug, sessions_of
from conference.web.errors import explain
from conference.web.render import rendered


async def announcements(request: Request, visit: Visit) -> Response:
    """GET shows what stands in the rooms; POST announces (`room`: a session's slug, or all), or withdraws the one that `withdraw`
    names. `?room=` has a room chosen already."""
    if request.method != "POST":
        return await _page(request, visit, {"room": request.query_params.get("room", "")}, {})
    form = await form_of(request)
    if form.get("withdraw"):
        await withdraw(visit.services, visit.conference.id, form["withdraw"])
        return RedirectResponse(request.url.path, 303)
    entered = {name: form.get(name, "") for name in ("de", "en", "room")}
    text = {language: entered[language] for language in LANGUAGES}
    try:
        async with visit.services.db.read() as db:
            room = (await session_by_slug(db, visit.conference.id, entered["room"])).id if entered["room"] else None
        await announce(visit.services, visit.conference.id, text, by_of(visit), room)
    except Invalid as error:
        return await _page(request, visit, entered, {"de": explain(error, visit.services.texts[visit.language])})
    return RedirectResponse(request.url.path, 303)


async def _page(request: Request, visit: Visit, entered: dict[str, str], errors: dict[str, str]) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        standing = await announcements_of(session, visit.conference.id)
        sessions = {each.id: each for each in await sessions_of(session, visit.conference.id) if has_room(each)}
    rooms = [{"value": each.slug, "label": visit.say(each.title)} for each in sessions.values()]
    shown = [
        {
            "id": row.id,
            "text": visit.say(row.text),
            "at": visit.local(row.at),
            "room": visit.say(sessions[row.session_id].title) if row.session_id in sessions else None,
        }
        for row in reversed(standing)
    ]
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
            "rooms": [{"value": "", "label": _("All rooms")}, *rooms],
        },
        form={"entered": entered, "errors": errors},
    )


routes: list[Route] = [page("/desk/{c}/announcements", "desk.announcements", announcements, ("GET", "POST"))]
