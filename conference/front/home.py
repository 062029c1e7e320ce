"""The home page of a conference: what, when, who invites, and what to do now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.access.model import State
from conference.cards.shown import exhibits_of_day
from conference.cards.shown import tiles as tiles_of
from conference.doors.guard import page
from conference.doors.preview import preview_of
from conference.doors.visit import Visit, standing_of
from conference.keeping.attendance.pages import attendance_line
from conference.program.model import Kind, Place, Session
from conference.program.pages import may_keep, program_of
from conference.program.rules import phase_of
from conference.program.schedule.jsonld import conference_linked
from conference.program.store import forums_among
from conference.program.view import ProgramView
from conference.registration.model import Registration, RegistrationState
from conference.registration.rules import is_open
from conference.registration.store import terms_of
from conference.results.pages import documents_shown
from conference.results.store import Outcome, next_publication, outcomes_for_viewing
from conference.survey.pages import survey_line
from conference.web.render import rendered

STRIP = 5
REGISTERING = (State.DRAFT, State.ANNOUNCED, State.DOORS, State.LIVE)


async def home(request: Request, visit: Visit) -> Response:
    view = await program_of(visit)
    exhibits = await exhibits_of_day(visit)
    tiles = tiles_of(visit, sorted(exhibits, key=lambda exhibit: exhibit.card is None))
    async with visit.services.db.read() as session:
        outcomes = await outcomes_for_viewing(session, visit.conference, visit.state, standing_of(visit.viewer), visit.now)
        planned = await next_publication(session, visit.conference.id, visit.now)
        # Nobody registers once it is over.
        terms = await terms_of(session, visit.conference.id) if visit.state in REGISTERING else None
        own = await session.get(Registration, visit.viewer.person.id) if visit.viewer.person else None
        survey = await survey_line(session, visit)
    attendance = attendance_line(visit) if visit.state is State.ARCHIVE else None
    open_now = is_open(terms, visit.times, visit.now)
    if visit.viewer.person is None:
        may_keep(request, visit, view, planned, terms.until if terms and open_now else None)
    slug = visit.conference.slug
    return await rendered(
        request,
        "front/home.html",
        title=visit.say(visit.conference.title),
        home={
            "button": _registration(visit, own, open_now) or _button(visit, view),
            "second": _second(visit),
            "afterwards": [way for way in (survey, attendance) if way is not None],
            "forums": [view.item(session) for session in forums_among(view.sessions)],
            "forums_title": forums_title(visit, view.sessions),
            "forums_href": f"/{slug}/forums",
            "documents": _documents(visit, outcomes),
            "cards": tiles[:STRIP],
            "cards_total": len(tiles),
            "cards_href": f"/{slug}/cards",
            "network": False,
        },
        board=view.board(),
        linked=conference_linked(visit, view.sessions, view.billings),
        preview=preview_of(visit, "/", visit.say(visit.conference.title), visit.say(visit.conference.purpose)),
        live={"topics": f"conference:{visit.conference.id} board:{visit.conference.id}", "last": request.state.live_last},
    )


def _documents(visit: Visit, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The results' PDFs; where there are several, also all of them in one file."""
    _ = visit.services.texts[visit.language].gettext
    links = [link for outcome in outcomes for link in documents_shown(visit, outcome)]
    public = [link for link in links if not link["unpublished"]]
    if len(public) > 1:
        every = {"href": f"/{visit.conference.slug}/results.zip", "title": _("All results in one file"), "kind": "ZIP"}
        links.append({**every, "bytes": sum(link["bytes"] for link in public), "language": None, "unpublished": False})
    return links


def forums_title(visit: Visit, sessions: Any) -> str:
    _ = visit.services.texts[visit.language].gettext
    return _("Theme rooms") if any(session.kind is Kind.THEME_ROOM for session in sessions) else _("Forums")


def _button(visit: Visit, view: ProgramView) -> dict[str, Any] | None:
    """The one big button: what this person does next in this state of the conference."""
    _ = visit.services.texts[visit.language].gettext
    base = f"/{visit.conference.slug}"
    if visit.state in (State.DRAFT, State.ANNOUNCED):
        return {"href": f"{base}/program", "label": _("See the program"), "hint": None}
    if visit.state is State.ARCHIVE:
        href = f"{base}/report" if visit.viewer.person is None else f"{base}/forums"
        return {"href": href, "label": _("See the results"), "hint": None}
    if visit.state in (State.CLOSED, State.PURGED):
        return None
    rooms = [s for s in view.sessions if _has_room_now(visit, s)]
    if not rooms:
        return {"href": f"{base}/program", "label": _("See the program"), "hint": None}
    if visit.viewer.person is None:  # guests come in once the conference is live, and only where the session lets them
        rooms = [s for s in rooms if s.guests and visit.state is State.LIVE]
    own = [s for s in rooms if s.id in visit.viewer.session_roles]
    if not rooms:
        hint = _("Your invitation holds your personal link. It takes you in without a password.")
        return {"href": "/sign-in", "label": _("Sign in"), "hint": hint}
    choice = (own or rooms) if len(own or rooms) == 1 else None
    hint = _("You hear at once. Microphone and camera stay off until you switch them on.")
    if choice:
        return {"href": f"{base}/sessions/{choice[0].slug}/room?join", "label": _("Join now"), "hint": hint}
    return {"href": f"{base}/forums", "label": _("Choose a forum and join"), "hint": hint}


def _registration(visit: Visit, own: Registration | None, open_now: bool) -> dict[str, Any] | None:
    """Until the doors open: one's own registration, or the way to it while one can register. Who is invited may register as well,
    since choices come with it."""
    _ = visit.services.texts[visit.language].gettext
    base, person = f"/{visit.conference.slug}", visit.viewer.person
    if visit.viewer.organiser or (person is not None and not person.email) or visit.state is not State.ANNOUNCED:
        return None
    if own is not None and own.state is not RegistrationState.WITHDRAWN:
        return {"href": f"{base}/register/mine", "label": _("My registration"), "hint": None}
    hint = _("If you have been invited, your personal link takes you in.") if person is None else None
    return {"href": f"{base}/register", "label": _("Register"), "hint": hint} if open_now else None


def _has_room_now(visit: Visit, session: Session) -> bool:
    online = session.place is not Place.ON_SITE and session.kind is not Kind.BREAK
    return online and phase_of(session, visit.now) in ("open", "live")


def _second(visit: Visit) -> dict[str, str] | None:
    _ = visit.services.texts[visit.language].gettext
    if visit.state in (State.ANNOUNCED, State.DOORS, State.LIVE):
        return {"href": f"/{visit.conference.slug}/check", "label": _("Test your devices")}
    if visit.state is State.ARCHIVE:
        return {"href": f"/{visit.conference.slug}/program", "label": _("See the program")}
    return None


routes: list[Route] = [page("/{c}/", "home", home)]
