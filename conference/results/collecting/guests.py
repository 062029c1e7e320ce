"""The way in for who opens the QR code without an invitation, where the session lets guests in: a name, and one may add."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import Invalid
from conference.doors.guard import cookie_of
from conference.doors.pages import client_of, form_of, signed_in
from conference.doors.table import ROOMS
from conference.doors.visit import Visit
from conference.people.actions import sign_in, welcome_guest
from conference.program.model import Session
from conference.results.collecting.rules import has_begun
from conference.web.errors import explain
from conference.web.render import rendered

COMING_TOGETHER, COMING_PER_MINUTE = 150, 60
"""From one network: a hall whose people open the QR code on their phones at the same time."""


def may_come(visit: Visit, session: Session) -> bool:
    """Whether a stranger could be a guest here now."""
    viewer = visit.viewer
    if viewer.person is not None or viewer.organiser or not session.guests:
        return False
    return visit.state in ROOMS and has_begun(session, visit.state, visit.now)


async def door(request: Request, visit: Visit, session: Session) -> Response:
    """Asks for the name; on POST the stranger is a guest and comes back to the page."""
    services = visit.services
    name, error = "", None
    if request.method == "POST":
        services.limits.check("findings guest", client_of(request), per_minute=COMING_PER_MINUTE, burst=COMING_TOGETHER)
        name = (await form_of(request)).get("name", "")
        try:
            async with services.db.work() as work:
                person = await welcome_guest(work, services.ids, visit.conference.id, session.id, name)
                cookie = await sign_in(work, services.ids, services.clock, person, cookie_of(request, services))
            return signed_in(RedirectResponse(request.url.path, 303), services, cookie)
        except Invalid as refused:
            error = explain(refused, services.texts[visit.language])
    _ = services.texts[visit.language].gettext
    return await rendered(
        request,
        "results/findings_guest.html",
        status=422 if error else 200,
        title=_("Findings: {title}").format(title=visit.say(session.title)),
        headers={"Cache-Control": "private, no-store"},
        guest={"action": request.url.path, "session": visit.say(session.title), "name": name, "error": error},
    )
