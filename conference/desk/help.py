"""The help of the conference office, and of organisers before they have one: all guides, and a search in them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base.errors import NotAllowed, NotFound, SignInNeeded
from conference.desk.creating.who import desks_of
from conference.doors.guard import cookie_of, installation_page, page
from conference.doors.visit import Visit
from conference.web.guides.reading import ATTENDEE, INITIATIVE, MODERATOR, OPERATOR, ORGANISER, Guides
from conference.web.guides.view import guide_of, help_of
from conference.web.render import rendered
from conference.web.services import Services

GUIDES = (ORGANISER, MODERATOR, INITIATIVE, ATTENDEE, OPERATOR)
NOT_STORED = {"Cache-Control": "no-store"}


async def contents(request: Request, visit: Visit) -> Response:
    """All guides; what was found when something was asked for."""
    return await _contents(request, visit.language, f"/desk/{visit.conference.slug}")


async def guide(request: Request, visit: Visit) -> Response:
    return await _guide(request, visit.language, f"/desk/{visit.conference.slug}", office=f"/desk/{visit.conference.slug}")


async def contents_everywhere(request: Request) -> Response:
    """The same for who organises anything. Raises SignInNeeded, NotAllowed."""
    await _organises(request)
    return await _contents(request, request.state.language, "/desk")


async def guide_everywhere(request: Request) -> Response:
    await _organises(request)
    return await _guide(request, request.state.language, "/desk", office=None)


async def _organises(request: Request) -> None:
    if cookie_of(request, request.app.state.services) is None:
        raise SignInNeeded("sign_in")
    everywhere, organised = await desks_of(request)
    if everywhere is None and not organised:
        raise NotAllowed("role")


async def _contents(request: Request, language: str, base: str) -> Response:
    guides: Guides = request.app.state.guides
    services: Services = request.app.state.services
    shown = help_of(guides.of(GUIDES, language), f"{base}/help", request.query_params.get("q", ""))
    title = services.texts[language].gettext("Help")
    return await rendered(request, "desk/help.html", title=title, headers=NOT_STORED, help=shown)


async def _guide(request: Request, language: str, base: str, *, office: str | None) -> Response:
    """office: whose pages the sections lead to."""
    guides: Guides = request.app.state.guides
    found = guides.guide(request.path_params["guide"], language)
    if found is None:
        raise NotFound("page")
    shown, help_shown = guide_of(found, f"{base}/help"), help_of([], f"{base}/help", "")
    return await rendered(
        request, "desk/help_guide.html", title=found.title, headers=NOT_STORED, guide=shown, help=help_shown, office=office
    )


routes: list[Route] = [
    page("/desk/{c}/help", "desk.help", contents),
    page("/desk/{c}/help/{guide}", "desk.help", guide),
]
# Before the pages of conferences, none of which is called "help".
routes_everywhere: list[Route] = [
    installation_page("/desk/help", "desk.guides", contents_everywhere),
    installation_page("/desk/help/{guide}", "desk.guides", guide_everywhere),
]
