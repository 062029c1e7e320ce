"""One session at the same address before, during and after; the forums side by side; joining as a guest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.rules import rooms_open
from conference.base.errors import Conflict, Invalid, NotFound
from conference.doors.guard import cookie_of, page
from conference.doors.pages import client_of, form_of, signed_in
from conference.doors.preview import Preview, preview_of
from conference.doors.visit import Visit, standing_of
from conference.forums.rules import Door
from conference.forums.slides.pages import slides_of
from conference.forums.store import guest_door
from conference.front.home import forums_title
from conference.people.actions import sign_in, welcome_guest
from conference.program.model import Kind, Place, Session
from conference.program.pages import may_keep, program_of
from conference.program.rules import EARLY, phase_of
from conference.program.schedule.jsonld import session_linked
from conference.program.store import forums_among, session_by_slug
from conference.program.view import ProgramView
from conference.results.closing.view import closing_href
from conference.results.collecting.view import way_in
from conference.results.pages import documents_shown, groups_shown, sheet_address
from conference.results.sheets.rules import days_pass
from conference.results.sheets.store import expected_days
from conference.results.sheets.view import follows
from conference.results.store import Outcome, next_publication, outcomes_for_viewing
from conference.survey.pages import survey_line
from conference.web.errors import explain
from conference.web.render import rendered

PHASES = {"planned": "before", "open": "before", "live": "during", "over": "after"}


async def session(request: Request, visit: Visit) -> Response:
    view = await program_of(visit)
    found = next((each for each in view.sessions if each.slug == request.path_params["s"]), None)
    if found is None:
        raise NotFound("session", slug=request.path_params["s"])
    async with visit.services.db.read() as db:
        outcomes = await outcomes_for_viewing(db, visit.conference, visit.state, standing_of(visit.viewer), visit.now, found.id)
        planned = await next_publication(db, visit.conference.id, visit.now)
        expected = await expected_days(db, visit.conference.id)
        survey = await survey_line(db, visit) if phase_of(found, visit.now) == "over" else None
    if visit.viewer.person is None:
        may_keep(request, visit, view, planned, days_pass(expected.values(), visit.now))
    shown = _shown(visit, view, found, outcomes[0] if outcomes else None) | await slides_of(visit, found)
    shown["survey"] = survey
    shown["follows"] = follows(visit, expected.get(found.id)) if found.kind is not Kind.BREAK else ""
    return await rendered(
        request,
        "program/session.html",
        title=visit.say(found.title),
        session=shown,
        linked=session_linked(visit, found, view.billings.get(found.id, ())) if found.kind is not Kind.BREAK else None,
        preview=_preview(visit, found),
        live={"topics": f"conference:{visit.conference.id} timeline:{visit.conference.id}", "last": request.state.live_last},
    )


def _preview(visit: Visit, found: Session) -> Preview | None:
    title = f"{visit.say(found.title)} – {visit.say(visit.conference.title)}"
    return preview_of(visit, f"/sessions/{found.slug}", title, visit.say(found.question) or visit.say(found.summary))


def _shown(visit: Visit, view: ProgramView, found: Session, outcome: Outcome | None) -> dict[str, Any]:
    item = view.item(found)
    shown = asdict(item) | {
        "phase": PHASES[item.state],
        "description": [item.summary] if item.summary else [],
        "points": [],
        "who_for": None,
        "join": _join(visit, found),
        "closed_reason": _closed_reason(visit, found),
        "address": [line.strip() for line in item.venue.split(",")] if found.place is not Place.ONLINE and item.venue else [],
        "findings": [],
        "results_href": None,
        "results_note": None,
        "collecting": way_in(visit, found),
        "closing_href": closing_href(visit, found, view.sessions),
        "cards": [],
        "siblings": [
            {"href": other.href, "number": other.number, "colour": other.colour, "title": other.title}
            for other in (view.item(each) for each in view.sessions if each.starts == found.starts and each.id != found.id)
        ],
    }
    if outcome is not None:
        shown["findings"] = groups_shown(visit, outcome.content)
        shown["documents"] = documents_shown(visit, outcome)
        shown["results_href"] = sheet_address(visit, found) if outcome.sheet else None
    return shown


def _join(visit: Visit, found: Session) -> dict[str, Any] | None:
    _ = visit.services.texts[visit.language].gettext
    if found.place is Place.ON_SITE or found.kind is Kind.BREAK or not rooms_open(visit.times, visit.now):
        return None
    if phase_of(found, visit.now) not in ("open", "live") and not visit.viewer.organiser:
        return None
    base = f"/{visit.conference.slug}/sessions/{found.slug}"
    if visit.viewer.person is None and not visit.viewer.organiser:
        if found.guests:
            hint = _("Guests are welcome in this session.")
            return {"href": f"{base}/guest", "label": _("Join as a guest"), "hint": hint, "listen": True}
        hint = _("Your invitation holds your personal link. It takes you in without a password.")
        return {"href": "/sign-in", "label": _("Sign in to join"), "hint": hint, "listen": False}
    return {"href": f"{base}/room?join", "label": _("Join now"), "hint": None, "listen": True}


def _closed_reason(visit: Visit, found: Session) -> str | None:
    """Why there is no way in, for a session that will have a room."""
    _ = visit.services.texts[visit.language].gettext
    if found.place is Place.ON_SITE or found.kind is Kind.BREAK or phase_of(found, visit.now) == "over":
        return None
    language = visit.services.texts[visit.language]
    opens = visit.local(max(found.starts - EARLY, visit.times.doors))
    if opens > visit.local(visit.now):
        return _("The room opens on {moment}.").format(moment=language.moment(opens))
    return None


async def forums(request: Request, visit: Visit) -> Response:
    view = await program_of(visit)
    async with visit.services.db.read() as db:
        outcomes = await outcomes_for_viewing(db, visit.conference, visit.state, standing_of(visit.viewer), visit.now)
        planned = await next_publication(db, visit.conference.id, visit.now)
        expected = await expected_days(db, visit.conference.id)
    if visit.viewer.person is None:
        may_keep(request, visit, view, planned, days_pass(expected.values(), visit.now))
    by_session = {outcome.session.id: outcome for outcome in outcomes}
    items = []
    for found in forums_among(view.sessions):
        item = view.item(found)
        if found.id in by_session:
            item.documents = documents_shown(visit, by_session[found.id])
        elif item.state == "over":
            item.follows = follows(visit, expected.get(found.id))
        items.append(item)
    title = forums_title(visit, view.sessions)
    return await rendered(
        request,
        "program/forums.html",
        title=title,
        forums={"title": title, "intro": None, "sessions": items},
        live={"topics": f"conference:{visit.conference.id} timeline:{visit.conference.id}", "last": request.state.live_last},
    )


async def guest(request: Request, visit: Visit) -> Response:
    """A stranger gives a name and is in the room of a session that lets guests in."""
    async with visit.services.db.read() as db:
        found = await session_by_slug(db, visit.conference.id, request.path_params["s"])
    if not found.guests:
        raise NotFound("session", slug=found.slug)
    room = f"/{visit.conference.slug}/sessions/{found.slug}/room?join"
    if visit.viewer.person is not None:
        return RedirectResponse(room, 303)
    if guest_door(found, visit.times, visit.now) is not Door.OPEN:
        raise Conflict("room_closed")
    form: dict[str, Any] = {"entered": {"name": ""}, "errors": {}}
    if request.method == "POST":
        visit.services.limits.check("guest", client_of(request), per_minute=20)
        form["entered"] = {"name": (await form_of(request)).get("name", "")}
        try:
            return await _welcome(request, visit, found, form["entered"]["name"], room)
        except Invalid as error:
            form["errors"] = {"name": explain(error, visit.services.texts[visit.language])}
    _ = visit.services.texts[visit.language].gettext
    back = f"/{visit.conference.slug}/sessions/{found.slug}"
    return await rendered(
        request,
        "people/guest.html",
        status=422 if form["errors"] else 200,
        title=_("Join as a guest"),
        guest={"action": request.url.path, "session_title": visit.say(found.title), "back": back},
        form=form,
    )


async def _welcome(request: Request, visit: Visit, found: Session, name: str, room: str) -> Response:
    services = visit.services
    async with services.db.work() as work:
        person = await welcome_guest(work, services.ids, visit.conference.id, found.id, name)
        cookie = await sign_in(work, services.ids, services.clock, person, cookie_of(request, services))
    return signed_in(RedirectResponse(room, 303), services, cookie)


routes: list[Route] = [
    page("/{c}/sessions/{s}", "session", session),
    page("/{c}/forums", "forums", forums),
    page("/{c}/sessions/{s}/guest", "guest", guest, ("GET", "POST")),
]
