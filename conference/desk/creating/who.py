"""Who may make, copy and delete conferences: the organisers of the installation."""

from __future__ import annotations

from starlette.requests import Request

from conference.base.errors import NotAllowed, SignInNeeded
from conference.doors.guard import cookie_of
from conference.people.actions import real_now
from conference.people.model import Person, Role
from conference.people.store import roles_of_browser
from conference.web.services import Services


async def desks_of(request: Request) -> tuple[Person | None, set[str]]:
    """Who this browser is as an organiser of the installation (None: nobody), and ids of the conferences that it organises."""
    services: Services = request.app.state.services
    cookie = cookie_of(request, services)
    if cookie is None:
        return None, set()
    async with services.db.read() as session:
        known = await roles_of_browser(session, cookie, real_now(services.clock))
    everywhere = next((person for person, _ in known if person.conference_id is None), None)
    organised = {
        person.conference_id
        for person, held in known
        if person.conference_id and any(row.role is Role.ORGANISER and row.session_id is None for row in held)
    }
    return everywhere, organised


async def creator_of(request: Request) -> Person:
    """The organiser of the installation behind this request. Raises SignInNeeded, NotAllowed."""
    everywhere, organised = await desks_of(request)
    if everywhere is not None:
        return everywhere
    if cookie_of(request, request.app.state.services) is None:
        raise SignInNeeded("sign_in")
    raise NotAllowed("installation_organisers_only") if organised else NotAllowed("role")
