"""The page of a session's room. What happens in it travels on `/live`; its media by the addresses of `media_pages`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import NotAllowed, SignInNeeded
from conference.doors.guard import page, to_factor
from conference.doors.view import strangers_view
from conference.doors.visit import Visit
from conference.doors.words import role_word
from conference.forums import media_pages, rules, store
from conference.forums.check import pages as check_pages
from conference.forums.rules import Door
from conference.forums.slides import pages as slides_pages
from conference.forums.slides.rules import LARGEST_CLIP, LARGEST_DECK
from conference.forums.store import Room
from conference.forums.talk import pages as talk_pages
from conference.forums.words import pages as words_pages
from conference.people.model import Role
from conference.program.store import billings_of
from conference.program.view import item_of
from conference.web.render import HOLE, rendered, rendered_around

SHEET_ROLES = frozenset({Role.MODERATOR, Role.NOTE_TAKER})


async def room(request: Request, visit: Visit) -> Response:
    """The live room, or the way to the second factor for who organises and has not shown theirs; before it opens and afterwards
    a page that says when; for strangers the door for guests."""
    if visit.viewer.unverified:
        return to_factor(request)
    person = visit.viewer.person
    async with visit.services.db.read() as session:
        found = await store.room_by_slug(session, visit.conference.id, request.path_params["s"])
        billings = await visit.services.recent.get(
            ("billings", found.session.id), lambda: billings_of(session, [found.session.id])
        )
        seats = await store.seats_of_person(session, found.session.id, person.id) if person else []
    seat = next(iter(seats), None)
    role = store.role_among(visit.viewer.held_in(found.session.id), person, seat) if person else Role.GUEST
    item = item_of(visit, found.session, billings.get(found.session.id, ()))
    if seat is not None and seat.banned is not None:
        raise NotAllowed("banned")
    door = rules.door_at(found.slot, visit.times, role, visit.now)
    if person is None and door in (Door.OPEN, Door.NOT_FOR_GUESTS):
        return _to_the_guests_door(visit, found)
    if door is not Door.OPEN:
        opens = visit.local(rules.opens_at(found.slot, visit.times, role))
        return await rendered(
            request, "forums/door.html", status=409, title=item.title, session=item, door=door.value, opens=opens
        )
    own = {
        "name": person.name if person else "",
        "role": role.value,
        "now": visit.now.isoformat(),
        "sheet": sheet_of(visit, found),
    }
    view = strangers_view(visit, request.url.path)
    return await rendered_around(
        request, "forums/room.html", own, title=item.title, view=view, session=item, room=room_data(visit, found), role=role.value
    )


def sheet_of(visit: Visit, found: Room) -> str | None:
    """Where the results of this session are put together, for those who do that by role."""
    held = visit.viewer.held_in(found.session.id)
    edits = visit.viewer.organiser or not SHEET_ROLES.isdisjoint(held)
    return f"/{visit.conference.slug}/sessions/{found.session.slug}/sheet" if edits else None


def _to_the_guests_door(visit: Visit, found: Room) -> Response:
    if not found.session.guests:
        raise SignInNeeded("sign_in", slug=visit.conference.slug)
    return RedirectResponse(f"/{visit.conference.slug}/sessions/{found.session.slug}/guest", 303)


def room_data(visit: Visit, found: Room) -> dict[str, Any]:
    """What the page's scripts must know before they are connected, the same for all; HOLE is the place of what is one's own."""
    slug = visit.conference.slug
    base = f"/{slug}/sessions/{found.session.slug}"
    language = visit.services.texts[visit.language]
    return {
        "session": found.session.id,
        "conference": visit.conference.id,
        "live": f"/live?c={slug}",
        "whip": f"{base}/whip",
        "whep": f"{base}/whep",
        "slides": {"address": f"{base}/slides", "largest": {"deck": LARGEST_DECK, "clip": LARGEST_CLIP}},
        "back": base,
        "rooms": f"/{slug}/sessions",
        "farewell": f"/{slug}/",
        "check": f"/{slug}/check?next={base}/room",
        HOLE: HOLE,
        "starts": found.session.starts.isoformat(),
        "ends": found.session.ends.isoformat(),
        "bounds": {
            quality.value: {"loss": bound.loss, "round_trip": bound.round_trip} for quality, bound in rules.BOUNDS.items()
        },
        "is_plenary": found.is_plenary,
        "kind": found.session.kind.value,
        "roles": {each.value: role_word(language, each) for each in Role},
    }


routes: list[Route] = [
    page("/{c}/sessions/{s}/room", "room", room),
    *media_pages.routes,
    *check_pages.routes,
    *talk_pages.routes,
    *slides_pages.routes,
    *words_pages.routes,
]
