"""One room at the console: who is there, who is missing, how they are connected, and what organisers do to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import ConferenceError, Conflict, Invalid, TooMany
from conference.desk.pager import ON_A_PAGE, pages_of
from conference.desk.run import rules
from conference.desk.run.counting import NOBODY
from conference.desk.run.guests import number_in
from conference.desk.run.live import console_of, rooms_topic
from conference.desk.run.store import cast_of
from conference.desk.run.view import course_word, may_enter, missing_words, plan_words
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.doors.words import role_word
from conference.forums import desk_acts, store, view
from conference.forums.store import Room
from conference.people.model import Role
from conference.program.store import sessions_of
from conference.program.view import item_of
from conference.web.errors import explain
from conference.web.render import rendered

SHOWS = ("here", "hands", "poor")
Act = Callable[[Visit, str, Mapping[str, str]], Awaitable[object]]


async def room(request: Request, visit: Visit) -> Response:
    """GET: `?show=` here, hands or poor. POST `act`, one of ACTS; back to the console where `to` says so."""
    if request.method != "POST":
        return await _page(request, visit)
    form, slug = await form_of(request), request.path_params["s"]
    act = ACTS.get(form.get("act", ""))
    if act is None:
        raise Invalid("field", field="act")
    try:
        await act(visit, slug, form)
    except (Conflict, Invalid, TooMany) as error:
        return await _page(request, visit, error)
    return RedirectResponse(f"{request.url.path}?done", 303)


async def _lock(visit: Visit, slug: str, form: Mapping[str, str]) -> None:
    on = form["act"] == "lock"
    await desk_acts.lock(visit.services, visit.conference.id, slug, on, by=by_of(visit))


async def _lobby(visit: Visit, slug: str, form: Mapping[str, str]) -> None:
    on = form["act"] == "lobby"
    await desk_acts.set_lobby(visit.services, visit.conference.id, slug, on, by=by_of(visit))


async def _extend(visit: Visit, slug: str, form: Mapping[str, str]) -> None:
    await desk_acts.extend(visit.services, visit.conference.id, slug, form.get("ends", ""), by=by_of(visit))


async def _begin(visit: Visit, slug: str, form: Mapping[str, str]) -> None:
    await desk_acts.begin(visit.services, visit.conference.id, slug, by=by_of(visit))


async def _end(visit: Visit, slug: str, form: Mapping[str, str]) -> None:
    await desk_acts.end(visit.services, visit.conference.id, slug, by=by_of(visit))


ACTS: dict[str, Act] = {
    "lock": _lock, "unlock": _lock, "lobby": _lobby, "no_lobby": _lobby, "extend": _extend, "begin": _begin, "end": _end,
}  # fmt: skip


async def move(request: Request, visit: Visit) -> Response:
    """POST `room` (slug), `to` (slug), `seat` (ids, several): asks people over to another room."""
    async with request.form(max_files=0, max_fields=ON_A_PAGE + 10) as form:
        slug, to = str(form.get("room", "")), str(form.get("to", ""))
        seats = [str(seat) for seat in form.getlist("seat")]
    async with visit.services.db.read() as db:
        other = await store.room_by_slug(db, visit.conference.id, to)
        await store.room_by_slug(db, visit.conference.id, slug)
    here = console_of(request).tallies_of(visit.conference.id).get(other.session.id, NOBODY).here
    request.path_params["s"] = slug
    try:
        done = await desk_acts.invite(visit.services, visit.conference.id, slug, seats, to, here, by=by_of(visit))
    except (Conflict, Invalid, TooMany) as error:
        return await _page(request, visit, error)
    return RedirectResponse(f"/desk/{visit.conference.slug}/run/rooms/{slug}?asked={done.asked}&out={done.left_out}", 303)


async def _page(request: Request, visit: Visit, error: ConferenceError | None = None) -> Response:
    words = visit.services.texts[visit.language]
    console, slug = console_of(request), request.path_params["s"]
    base = f"/desk/{visit.conference.slug}/run"
    async with visit.services.db.read() as db:
        found = await store.room_by_slug(db, visit.conference.id, slug)
        seats = await store.seated_in(db, found.session.id)
        cast = (await cast_of(db, visit.conference.id)).get(found.session.id, [])
        sessions = await sessions_of(db, visit.conference.id)
    facts = console.rooms.presence.facts(found.session.id, visit.services.clock.monotonic())
    people = [person for person in view.people_of(found, seats, facts).values() if person["here"]]
    tally = console.tallies_of(visit.conference.id).get(found.session.id, NOBODY)
    staff = tally.staff | {each.seat.person_id for each in seats if each.seat.id in {one["seat"] for one in people}}
    missing = rules.missing_from(found.session, cast, {each for each in staff if each}, visit.now)
    show = request.query_params.get("show", "here")
    listed = _listed(people, show)
    pages = pages_of(request, len(listed))
    return await rendered(
        request,
        "desk/run_room.html",
        status=200 if error is None else 422 if isinstance(error, Invalid) else 409,
        title=visit.say(found.session.title),
        headers={"Cache-Control": "no-store"},
        room=_room(visit, found, len(people))
        | {
            "base": base,
            "action": f"{base}/rooms/{found.session.slug}",
            "missing": missing_words(words, missing),
            "show": show,
            "counts": {name: len(_listed(people, name)) for name in SHOWS},
            "people": [_person(visit, each) for each in listed[pages.offset : pages.offset + ON_A_PAGE]],
            "others": _others(visit, found, sessions),
            "waiting": tally.waiting,
            "fault": explain(error, words) if error is not None else None,
        },
        pages=pages,
        above=[{"label": words.gettext("Run console"), "href": base}],
        flash=_flash(request, visit) if error is None else None,
        live={"topics": rooms_topic(visit.conference.id), "last": request.state.live_last},
    )


def _listed(people: list[dict[str, Any]], show: str) -> list[dict[str, Any]]:
    if show == "hands":
        return sorted((each for each in people if each["hand"] is not None), key=lambda each: int(each["hand"]))
    if show == "poor":
        return [each for each in people if each["line"] == "poor"]
    return sorted(people, key=lambda each: (each["name"] or "").casefold())


def _room(visit: Visit, found: Room, here: int) -> dict[str, Any]:
    words = visit.services.texts[visit.language]
    session, item = found.session, item_of(visit, found.session)
    course = rules.course_of(session, here, visit.now)
    runs = course in (rules.Course.RUNNING, rules.Course.WAITS)
    return {
        "id": session.id,
        "slug": session.slug,
        "kind": item.kind,
        "number": session.number,
        "starts": item.starts,
        "ends": item.ends,
        "ends_iso": session.ends.isoformat(),
        "course": course_word(words, course),
        "live": runs,
        "plan": plan_words(visit, session),
        "enter": f"{item.href}/room" if may_enter(visit, course) else None,
        "locked": found.forum.locked is not None,
        "lobby": found.forum.lobby is not None,
        "guests": session.guests,
        "may_begin": runs and session.began is None,
        "may_end": runs,
        "may_extend": runs,
        "called": visit.local(found.forum.help_asked) if found.forum.help_asked else None,
    }


def _person(visit: Visit, person: Mapping[str, Any]) -> dict[str, Any]:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    lines = {"good": _("good"), "fair": _("fair"), "poor": _("bad")}
    return {
        "seat": person["seat"],
        "name": person["name"] or _("Without naming"),
        "initiative": person["initiative"],
        "role": role_word(words, Role(person["role"])),
        "line": lines.get(person["line"] or "", ""),
        "poor": person["line"] == "poor",
        "hand": person["hand"],
        "floor": person["floor"],
    }


def _others(visit: Visit, found: Room, sessions: Any) -> list[dict[str, str]]:
    """Where people can go: rooms that are open now or soon."""
    return [
        {"value": each.slug, "label": visit.say(each.title)}
        for each in sessions
        if each.id != found.session.id
        and rules.has_room(each)
        and rules.course_of(each, 0, visit.now) in (rules.Course.RUNNING, rules.Course.WAITS, rules.Course.SOON)
    ]


def _flash(request: Request, visit: Visit) -> str | None:
    words = visit.services.texts[visit.language]
    asked, out = number_in(request, "asked"), number_in(request, "out")
    if asked is not None:
        said = words.ngettext("{n} person was asked over.", "{n} people were asked over.", asked).format(n=asked)
        left = words.ngettext("{n} cannot be in that room now.", "{n} cannot be in that room now.", out or 0).format(n=out or 0)
        return f"{said} {left}" if out else said
    return words.gettext("Done.") if "done" in request.query_params else None
