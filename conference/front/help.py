"""The help for everybody: guides for attendees, moderators and initiatives, one's own first, and a search in them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from conference.base.errors import NotFound
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.people.model import Role
from conference.web.guides.reading import ATTENDEE, INITIATIVE, MODERATOR, Guides
from conference.web.guides.view import guide_of, help_of
from conference.web.render import rendered

GUIDES = (ATTENDEE, MODERATOR, INITIATIVE)
OWN = {MODERATOR: Role.MODERATOR, INITIATIVE: Role.INITIATIVE}


async def contents(request: Request, visit: Visit) -> Response:
    """The guides, whose reader one is first; what was found when something was asked for."""
    guides: Guides = request.app.state.guides
    _ = visit.services.texts[visit.language].gettext
    roles = visit.viewer.all_roles()
    names = sorted(GUIDES, key=lambda name: OWN.get(name) not in roles)
    shown = help_of(guides.of(names, visit.language), f"/{visit.conference.slug}/help", request.query_params.get("q", ""))
    return await rendered(request, "front/help.html", title=_("Help"), help=shown)


async def guide(request: Request, visit: Visit) -> Response:
    guides: Guides = request.app.state.guides
    name = request.path_params["guide"]
    found = guides.guide(name, visit.language) if name in GUIDES else None
    if found is None:
        raise NotFound("page")
    base = f"/{visit.conference.slug}/help"
    return await rendered(
        request, "front/help_guide.html", title=found.title, guide=guide_of(found, base), help=help_of([], base, "")
    )


routes = [
    page("/{c}/help", "help", contents),
    page("/{c}/help/{guide}", "help", guide),
]
