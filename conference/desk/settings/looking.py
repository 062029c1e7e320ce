"""Choosing as whom, and when, an organiser looks at the pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid
from conference.doors.guard import cookie_of, page
from conference.doors.looking import ROLES, STATES, STRANGER, look_of
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.doors.words import role_word, state_word
from conference.people.actions import look_as
from conference.people.model import Role
from conference.web.render import rendered


async def looking(request: Request, visit: Visit) -> Response:
    """GET asks as whom; POST begins (and leads to the start page) or ends (and leads to the desk)."""
    slug = visit.conference.slug
    if request.method != "POST":
        return await _page(request, visit)
    form = await form_of(request)
    ends = "end" in form
    look = None if ends else look_of(form.get("role", ""), form.get("state", ""), visit.conference)
    if look is None and not ends:
        raise Invalid("looking")
    person, cookie = visit.viewer.person, cookie_of(request, visit.services)
    if person is not None and cookie is not None:
        async with visit.services.db.work() as work:
            await look_as(work, visit.services.outbox, cookie, person.id, look)
    return RedirectResponse(f"/desk/{slug}" if ends else f"/{slug}/", 303)


async def _page(request: Request, visit: Visit) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    return await rendered(
        request,
        "desk/look_as.html",
        title=_("See it as others"),
        headers={"Cache-Control": "no-store"},
        action=request.url.path,
        roles=[{"value": role, "label": _("Stranger") if role == STRANGER else role_word(words, Role(role))} for role in ROLES],
        states=[{"value": state.value, "label": state_word(words, state)} for state in STATES],
    )


routes: list[Route] = [page("/desk/{c}/look-as", "desk.look", looking, ("GET", "POST"))]
