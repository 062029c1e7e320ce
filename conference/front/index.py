"""Pages of the installation: the list of conferences, one's own area."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.store import conference_by_id
from conference.base.errors import SignInNeeded
from conference.doors.guard import cookie_of, installation_page, viewer_at, visit_of
from conference.doors.pages import known_conferences
from conference.doors.view import conference_view, initials, view_of
from conference.doors.visit import Viewer
from conference.doors.words import role_word
from conference.front.own import data, devices, factors
from conference.people.actions import real_now
from conference.people.store import persons_of_browser, somebody_organises
from conference.program.store import sessions_among
from conference.program.view import item_of
from conference.web.render import rendered
from conference.web.services import Services


async def index(request: Request) -> Response:
    services: Services = request.app.state.services
    cookie = cookie_of(request, services)
    shown = await known_conferences(services, cookie)
    if not shown:
        return await _nothing_yet(request, cookie)
    if len(shown) == 1:
        return RedirectResponse(f"/{shown[0].slug}/", 303)
    views = [conference_view(visit_of(services, each, Viewer(), request.state.language)) for each in shown]
    _ = services.texts[request.state.language].gettext
    entries = [
        {
            "href": f"/{view.slug}/",
            "title": view.title,
            "motto": view.motto or None,
            "kicker": view.kicker,
            "purpose": view.purpose,
            "state": view.state,
            "open_until": view.open_until,
        }
        for view in views
    ]
    return await rendered(
        request, "front/conferences.html", title=_("Conferences"), conferences=entries, new=False, creates=False
    )


async def _nothing_yet(request: Request, cookie: str | None) -> Response:
    """What to do where no conference is to be seen: how the first organiser comes in, or the first conference comes about."""
    services: Services = request.app.state.services
    _ = services.texts[request.state.language].gettext
    async with services.db.read() as session:
        known = await persons_of_browser(session, cookie or "", real_now(services.clock))
        new = not await somebody_organises(session)
    creates = any(person.conference_id is None for person in known)
    return await rendered(request, "front/conferences.html", title=_("Conferences"), conferences=[], new=new, creates=creates)


async def me(request: Request) -> Response:
    """Who one is here: roles and seats in each conference. Raises SignInNeeded for strangers."""
    services: Services = request.app.state.services
    words = services.texts[request.state.language]
    cookie = cookie_of(request, services)
    async with services.db.read() as session:
        persons = await persons_of_browser(session, cookie or "", real_now(services.clock))
    if not persons:
        raise SignInNeeded("sign_in")
    entries: list[dict[str, Any]] = []
    organises = any(person.conference_id is None for person in persons)
    guides: str | None = None
    for person in persons:
        if person.conference_id is None:
            continue
        async with services.db.read() as session:
            conference = await conference_by_id(session, person.conference_id)
        viewer = await viewer_at(services, conference, cookie)
        organises = organises or viewer.organiser or viewer.unverified
        visit = visit_of(services, conference, viewer, request.state.language)
        around = view_of(visit, request.url.path)
        view, guides = around.conference, guides or around.help
        async with services.db.read() as session:
            seats = await sessions_among(session, viewer.session_roles)
        rows = []
        for each in seats:
            item = item_of(visit, each)
            held = viewer.roles | viewer.session_roles.get(each.id, frozenset())
            role = ", ".join(sorted(role_word(words, role) for role in held))
            rows.append(
                {name: getattr(item, name) for name in ("href", "title", "kind", "number", "colour", "starts", "ends", "state")}
                | {"role": role}
            )
        roles = sorted(role_word(words, role) for role in viewer.all_roles())
        entries.append(
            {"title": view.title, "href": f"/{view.slug}/", "kicker": view.kicker, "state": view.state,
             "open_until": view.open_until, "roles": roles, "seats": rows}
        )  # fmt: skip
    first = persons[0]
    return await rendered(
        request,
        "people/me.html",
        title=words.gettext("My area"),
        headers={"Cache-Control": "no-store"},
        me={
            "name": first.name,
            "initials": initials(first.name),
            "email": first.email or None,
            "affiliation": None,
            "guest": not first.email,
            "organises": organises,
            "help": "/desk/help" if organises else guides,
            "conferences": entries,
        },
    )


routes: list[Route] = [
    installation_page("/", "index", index),
    installation_page("/me", "me.index", me),
    *data.routes,
    *devices.routes,
    *factors.routes,
]
