"""The desks that one has, and the form for a new conference."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import Conference
from conference.access.rules import state_at
from conference.access.store import conferences, times_of
from conference.base.errors import SignInNeeded
from conference.base.words import say
from conference.desk.creating.actions import make_conference
from conference.desk.creating.entered import LONGEST_LINE, LONGEST_TITLE, read_wanted
from conference.desk.creating.rules import ZONES, zones_offered
from conference.desk.creating.templates import EMPTY, HALF_DAY, THEME_ROOMS
from conference.desk.creating.who import creator_of, desks_of
from conference.doors.guard import cookie_of, installation_page, visit_of
from conference.doors.pages import form_of
from conference.doors.view import conference_view
from conference.doors.visit import Viewer
from conference.web.render import rendered
from conference.web.services import Services
from conference.web.texts import Language

NOT_STORED = {"Cache-Control": "no-store"}
MADE_PER_MINUTE = 10


async def index(request: Request) -> Response:
    """`/desk` leads to the one desk that somebody has; organisers of several, and of the installation, choose."""
    services: Services = request.app.state.services
    if cookie_of(request, services) is None:
        raise SignInNeeded("sign_in")
    everywhere, organised = await desks_of(request)
    async with services.db.read() as session:
        shown = [each for each in await conferences(session) if everywhere or each.id in organised]
    if everywhere is None and len(shown) < 2:
        return RedirectResponse(f"/desk/{shown[0].slug}" if shown else "/", 303)
    _ = services.texts[request.state.language].gettext
    deleted = request.query_params.get("deleted") is not None
    return await rendered(
        request,
        "desk/desks.html",
        title=_("Your conferences"),
        headers=NOT_STORED,
        desks=[_desk(request, each) for each in shown],
        may_create=everywhere is not None,
        flash=_("The conference was deleted.") if deleted else None,
    )


def _desk(request: Request, conference: Conference) -> dict[str, Any]:
    services: Services = request.app.state.services
    view = conference_view(visit_of(services, conference, Viewer(), request.state.language))
    return {
        "href": f"/desk/{conference.slug}",
        "copy_href": f"/desk/{conference.slug}/copy",
        "title": say(conference.title, request.state.language),
        "kicker": view.kicker,
        "state": state_at(times_of(conference), services.clock.now()).value,
        "open_until": view.open_until,
    }


async def new(request: Request) -> Response:
    """GET shows the form; POST makes the conference as a draft and leads to its desk."""
    services: Services = request.app.state.services
    person = await creator_of(request)
    language = services.texts[request.state.language]
    if request.method != "POST":
        suggested = {
            "template": HALF_DAY.key,
            "begins": "10:00",
            "rooms": str(HALF_DAY.rooms),
            "email": person.email,
            "zone": ZONES[0],
        }
        return await _form(request, suggested, {})
    services.limits.check("new conference", person.id, per_minute=MADE_PER_MINUTE)
    entered, wanted, errors = read_wanted(await form_of(request), services.clock.now(), language)
    if wanted is None:
        return await _form(request, entered, errors)
    async with services.db.work() as work:
        conference = await make_conference(work, services, wanted, by=person.id)
    return RedirectResponse(f"/desk/{conference.slug}?made", 303)


async def _form(request: Request, entered: dict[str, str], errors: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    language = services.texts[request.state.language]
    return await rendered(
        request,
        "desk/new.html",
        status=422 if errors else 200,
        title=language.gettext("New conference"),
        headers=NOT_STORED,
        templates=_templates(language),
        longest={"title": LONGEST_TITLE, "line": LONGEST_LINE},
        zones=zones_offered(),
        form={"entered": entered, "errors": errors},
    )


def _templates(language: Language) -> list[dict[str, str]]:
    _ = language.gettext
    return [
        {
            "key": HALF_DAY.key,
            "label": _("Digital half-day with forums"),
            "hint": _("Welcome, panel, forums at the same time, results in the plenary: just under three hours."),
        },
        {
            "key": THEME_ROOMS.key,
            "label": _("Day with theme rooms"),
            "hint": _("Talk, introductions, tour, theme rooms in two rounds, closing: just under six hours."),
        },
        {
            "key": EMPTY.key,
            "label": _("Empty program"),
            "hint": _("You enter all sessions yourselves, or read them from a schedule."),
        },
    ]


routes: list[Route] = [
    installation_page("/desk", "desk.index", index),
    installation_page("/desk/new", "desk.new", new, ("GET", "POST")),
]
