"""The demo's bar: another moment, another role, the steps of a tour. The app has these routes only in a demo."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.rules import Times, state_at
from conference.base.errors import Invalid, NotFound
from conference.demo.actions import STRANGER, become, go_to, instant_in
from conference.demo.cast import Cast, read_cast
from conference.demo.rules import (
    ARCHIVE,
    BEFORE,
    CLOSED,
    LIVE,
    PLENARY,
    Step,
    moment_of,
    page_after,
    page_for,
    steps_of,
    times_from,
)
from conference.doors.guard import cookie_name, cookie_of, installation_page
from conference.doors.pages import form_of, local_path, signed_in
from conference.doors.visit import Visit
from conference.doors.words import role_word
from conference.people.model import Role
from conference.web.services import Services


async def to_moment(request: Request) -> Response:
    """Shift the clock of all processes; pages and calls follow as if the time had come."""
    services, cast = _demo(request)
    form = await form_of(request)
    moment = form.get("moment", "")
    await _shift(services, cast, moment)
    return RedirectResponse(page_after(moment, _next(form, cast), cast.slug), 303)


async def to_role(request: Request) -> Response:
    """Sign this browser in as the example person of a role, or out."""
    services, cast = _demo(request)
    form = await form_of(request)
    role = form.get("role", "")
    return await _as(request, services, cast, role, page_for(role, _next(form, cast), cast.slug))


async def to_step(request: Request) -> Response:
    """The tour of results: the moment, the role and the page of one of its steps. While it is that moment the clock runs on, so
    that what was published meanwhile stays. Raises Invalid."""
    services, cast = _demo(request)
    step = _steps(cast).get((await form_of(request)).get("step", ""))
    if step is None:
        raise Invalid("moment")
    if _moment(services, cast, times_from(cast.times)) != step.moment:
        await _shift(services, cast, step.moment)
    return await _as(request, services, cast, step.role, step.path)


async def _shift(services: Services, cast: Cast, moment: str) -> None:
    async with services.db.read() as session:
        instant = await instant_in(session, cast.slug, moment)
    await go_to(services, cast, instant)


async def _as(request: Request, services: Services, cast: Cast, role: str, path: str) -> Response:
    cookie = await become(services, cast, role, cookie_of(request, services))
    response = RedirectResponse(path, 303)
    if cookie is not None:
        return signed_in(response, services, cookie)
    response.delete_cookie(cookie_name(services), path="/", secure=services.settings.secure, httponly=True, samesite="lax")
    return response


def _steps(cast: Cast) -> dict[str, Step]:
    return steps_of(cast.slug, cast.forum, cast.plenary["slug"] if cast.plenary else None)


def _demo(request: Request) -> tuple[Services, Cast]:
    services: Services = request.app.state.services
    cast = read_cast(services.settings.data_dir) if services.settings.demo else None
    if cast is None:
        raise NotFound("page")
    return services, cast


def _moment(services: Services, cast: Cast, times: Times) -> str | None:
    """The moment that it is."""
    now = services.clock.now()
    closing = cast.plenary is not None and now >= datetime.fromisoformat(cast.plenary["starts"])
    return moment_of(state_at(times, now), closing)


def _next(form: dict[str, str], cast: Cast) -> str:
    return local_path(form.get("next", "")) or f"/{cast.slug}/"


def demo_bar(request: Request) -> dict[str, Any] | None:
    """What the layout shows on top of each page: moments, roles and steps of the tour, as [{key, label, current}]."""
    services: Services = request.app.state.services
    cast = read_cast(services.settings.data_dir)
    if cast is None:
        return None
    language = services.texts[request.state.language]
    _ = language.gettext
    visit: Visit | None = getattr(request.state, "visit", None)
    # The organiser may have moved the closing date: the conference's own pages know, the others go by the file.
    here = visit is not None and visit.conference.slug == cast.slug
    times = visit.times if visit is not None and here else times_from(cast.times)
    current = _moment(services, cast, times)
    moments = {BEFORE: _("Before"), LIVE: _("Live"), PLENARY: _("Closing"), ARCHIVE: _("Afterwards"), CLOSED: _("Closed")}
    if cast.plenary is None:
        del moments[PLENARY]
    steps = {"collect": _("Collect"), "sheet": _("Results sheet"), "slides": _("Closing slides"), "results": _("Page and PDF")}
    path = request.url.path
    person = visit.viewer.person.id if visit is not None and visit.viewer.person else None
    roles = {STRANGER: _("Without sign-in"), **{key: role_word(language, Role(key)) for key in cast.persons}}
    seen_as = next((key for key, ids in cast.persons.items() if person in ids), STRANGER if visit is not None else None)
    return {
        "moments": [{"key": key, "label": label, "current": key == current} for key, label in moments.items()],
        "roles": [{"key": key, "label": label, "current": key == seen_as} for key, label in roles.items()],
        "steps": [{"key": key, "label": steps[key], "current": step.path == path} for key, step in _steps(cast).items()],
    }


routes: list[Route] = [
    installation_page("/demo/moment", "demo.moment", to_moment, ("POST",)),
    installation_page("/demo/role", "demo.role", to_role, ("POST",)),
    installation_page("/demo/step", "demo.step", to_step, ("POST",)),
]
