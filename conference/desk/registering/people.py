"""Who has registered: by state and by session, as a table; a place for who waits, and an end for who does not come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid, NotFound
from conference.desk.pager import ON_A_PAGE, pages_of
from conference.desk.people.pages import csv_answer
from conference.desk.people.store import initiative_names
from conference.desk.people.words import state_words
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.people.model import Person
from conference.program.model import Session
from conference.registration.actions import confirm, withdraw
from conference.registration.model import Choice, RegistrationState
from conference.registration.rules import spare
from conference.registration.store import Registered, choosable, choosing, registered
from conference.web.errors import explain
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}
TONES = {RegistrationState.CONFIRMED: "ok", RegistrationState.WAITING: "warn", RegistrationState.WITHDRAWN: ""}


async def people(request: Request, visit: Visit) -> Response:
    """The list; POST gives somebody a place, or ends a registration."""
    if request.method == "POST":
        return await _act(request, visit)
    return await _list(request, visit)


async def _act(request: Request, visit: Visit) -> Response:
    form = await form_of(request)
    act = {"confirm": confirm, "withdraw": withdraw}.get(form.get("do", ""))
    if act is None:
        raise NotFound("page")
    try:
        async with visit.services.registering, visit.services.db.work() as work:
            await act(work, visit.services, visit.conference.id, form.get("person", ""), by=by_of(visit))
    except Invalid as error:
        return await _list(request, visit, explain(error, visit.services.texts[visit.language]))
    back = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path}{back}", 303)


async def _list(request: Request, visit: Visit, error: str | None = None) -> Response:
    words = visit.services.texts[visit.language]
    states = state_words(words)
    state = next((each for each in RegistrationState if each.value == request.query_params.get("state")), None)
    async with visit.services.db.read() as db:
        everybody = await registered(db, visit.conference.id, state)
        sessions = {each.id: each for slot in await choosable(db, visit.conference.id) for each in slot}
        choices = await choosing(db, [each.person.id for each in everybody])
        initiatives = await initiative_names(db, visit.conference.id)
    session = next((each for each in sessions.values() if each.slug == request.query_params.get("session")), None)
    if session is not None:
        everybody = [each for each in everybody if _choice(choices, each.person, session) is not None]
    if "csv" in request.query_params:
        return _table(visit, everybody, choices, sessions, initiatives)
    pages = pages_of(request, len(everybody))
    return await rendered(
        request,
        "desk/registration_people.html",
        status=422 if error else 200,
        title=words.gettext("Registered people"),
        headers=NOT_STORED,
        error=error,
        rows=[
            {
                "id": each.person.id,
                "name": each.person.name,
                "from": _from(each.person, initiatives),
                "state": each.registration.state.value,
                "word": states[each.registration.state],
                "tone": TONES[each.registration.state],
                "at": visit.local(each.registration.at),
                "choices": _chosen(visit, choices.get(each.person.id, ()), sessions),
                "wish": each.registration.wish,
            }
            for each in everybody[pages.offset : pages.offset + ON_A_PAGE]
        ],
        states=[{"value": each.value, "label": label} for each, label in states.items()],
        sessions=[{"value": each.slug, "label": visit.say(each.title)} for each in sessions.values()],
        state=state.value if state else "",
        session=session.slug if session else "",
        pages=pages,
        action=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        base=f"/desk/{visit.conference.slug}",
    )


def _from(person: Person, initiatives: Mapping[str, tuple[str, str]]) -> str:
    initiative = initiatives.get(person.initiative_id or "")
    return initiative[1] if initiative else person.organisation or ""


def _choice(choices: Mapping[str, Sequence[Choice]], person: Person, session: Session) -> Choice | None:
    return next((choice for choice in choices.get(person.id, ()) if choice.session_id == session.id), None)


def _chosen(visit: Visit, choices: Sequence[Choice], sessions: Mapping[str, Session]) -> list[dict[str, Any]]:
    idle = spare(choices, {id_: session.starts for id_, session in sessions.items()})
    return [
        {"title": visit.say(sessions[choice.session_id].title), "placed": choice.placed is not None, "rank": choice.rank}
        for choice in choices
        if choice.session_id in sessions and choice.id not in idle
    ]


def _table(
    visit: Visit, everybody: Sequence[Registered], choices: Mapping[str, Sequence[Choice]], sessions: Mapping[str, Session],
    initiatives: Mapping[str, tuple[str, str]],
) -> Response:  # fmt: skip
    """Without what people need to take part: that stays on its own page."""
    words = visit.services.texts[visit.language]
    _, states = words.gettext, state_words(words)
    head = [_("Name"), _("E-mail"), _("Organisation"), _("Land"), _("State"), _("Registered on"), _("Has a place in"),
            _("Waits for"), _("Answer")]  # fmt: skip
    rows = []
    for each in everybody:
        chosen = _chosen(visit, choices.get(each.person.id, ()), sessions)
        rows.append([
            each.person.name, each.person.email, _from(each.person, initiatives), each.person.land,
            states[each.registration.state], visit.local(each.registration.at).strftime("%Y-%m-%d %H:%M"),
            ", ".join(one["title"] for one in chosen if one["placed"]),
            ", ".join(one["title"] for one in chosen if not one["placed"]), each.registration.wish,
        ])  # fmt: skip
    return csv_answer("registrations.csv", head, rows)


routes: list[Route] = [page("/desk/{c}/registration/people", "desk.registration.people", people, ("GET", "POST"))]
