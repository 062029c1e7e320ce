"""WHIP (RFC 9725) and its playback twin: offers in, answers out. The room's own page uses the same two addresses.

A connection belongs to the seat that made it. The Location carries a seal over both, so that any web process, also one
that was started later, can tell without having kept anything.
"""

from __future__ import annotations

from functools import partial

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conference.base.errors import Conflict, NotAllowed, NotFound, SignInNeeded, Unavailable
from conference.base.ids import seal, sealed_by
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.forums import actions, rules, store
from conference.forums.grants import grant_for
from conference.forums.rules import Door
from conference.forums.store import Room, Seated
from media.gateway import CapacityReached, Direction, MediaError, PeerFault, Unsupported

LONGEST_OFFER = 64 * 1024
PER_MINUTE = 40
SDP = "application/sdp"
SEALED = "media connection"
ADDRESS = {Direction.PUBLISH: "whip", Direction.RECEIVE: "whep"}


async def offer(request: Request, visit: Visit, direction: Direction) -> Response:
    """POST an offer: 201 with the answer, and the connection's address in Location."""
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"Accept-Post": SDP})  # RFC 9725 section 4.2
    refusal, sdp = await _offered(request)
    if refusal is not None:
        return refusal
    try:
        room, seated = await _seated(request, visit, direction)
    except SignInNeeded as error:
        return JSONResponse({"code": error.code}, 401, {"WWW-Authenticate": "Bearer"})
    visit.services.limits.check("offers", seated.seat.id, per_minute=PER_MINUTE)
    grant = grant_for(seated, room, visit.services.clock)
    try:
        answer = await visit.services.media.connect(room.session.id, seated.seat.id, direction, sdp, grant)
    except MediaError as error:
        return _refused(error)
    signature = seal(visit.services.settings.key, SEALED, f"{seated.seat.id} {answer.connection}")
    place = f"{request.url.path.rstrip('/')}/{answer.connection}?sig={signature}"
    return Response(answer.sdp, 201, headers={"Content-Type": SDP, "Location": place})


async def connection(request: Request, visit: Visit, direction: Direction) -> Response:
    """DELETE ends a connection. PATCH is not offered: the node needs no candidates of its peers (RFC 9725 section 4.3)."""
    if request.method != "DELETE":
        return JSONResponse({"code": "no_patch"}, 405, {"Allow": "DELETE, OPTIONS", "Accept-Patch": ""})
    name = request.path_params["connection"]
    async with visit.services.db.read() as session:
        room = await store.room_by_slug(session, visit.conference.id, request.path_params["s"])
        seat = await _own_seat(session, visit, room)
    signature = request.query_params.get("sig", "")
    if seat is None or not sealed_by(visit.services.settings.key, SEALED, f"{seat} {name}", signature):
        raise NotFound("connection")
    try:
        known = await visit.services.media.leave(name)
    except MediaError as error:
        raise Unavailable("media", retry_after=2) from error
    if not known:
        raise NotFound("connection")
    return Response(status_code=200)


async def _offered(request: Request) -> tuple[Response | None, str]:
    """The offer, or why it is none: 415 for another type, 413 above 64 KiB, 400 for what is no text."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != SDP:
        return JSONResponse({"code": "content_type"}, 415, {"Accept-Post": SDP}), ""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_OFFER:
            return JSONResponse({"code": "offer_too_large", "limit": LONGEST_OFFER}, 413), ""
    try:
        sdp = body.decode()
    except UnicodeDecodeError:
        sdp = ""
    return (None, sdp) if sdp.strip() else (JSONResponse({"code": "bad_offer"}, 400), "")


async def _seated(request: Request, visit: Visit, direction: Direction) -> tuple[Room, Seated]:
    """Whose media this is: a bearer token's own seat, or the seat that the signed-in person has taken in the room."""
    services, token = visit.services, visit.viewer.token
    async with services.db.read() as session:
        room = await store.room_by_slug(session, visit.conference.id, request.path_params["s"])
        seat = await _own_seat(session, visit, room)
    if token is not None:
        if direction is Direction.PUBLISH and token.role != "publisher":
            raise NotAllowed("token_watches_only")
        return room, await actions.enter_by_token(services, room.session.id, token)
    if visit.viewer.person is None:
        raise SignInNeeded("sign_in", slug=visit.conference.slug)
    if seat is None:
        raise Conflict("enter_first")
    async with services.db.read() as session:
        seated = await store.acting(session, room.session.id, seat)
    door = rules.door_at(room.slot, room.times, seated.role, services.clock.now())
    if door is not Door.OPEN:
        raise Conflict("room_closed", door=door.value)
    return room, seated


async def _own_seat(session: AsyncSession, visit: Visit, room: Room) -> str | None:
    token, person = visit.viewer.token, visit.viewer.person
    if person is not None:
        seat = await store.seat_of_person(session, room.session.id, person.id)
    elif token is not None and token.session_id == room.session.id:
        seat = await store.seat_of_token(session, room.session.id, token.digest)
    else:
        return None
    return seat.id if seat is not None else None


def _refused(error: MediaError) -> Response:
    """What the node's refusals are in HTTP (RFC 9725 section 4.2): the offer's fault, or worth another try."""
    if isinstance(error, Unsupported):
        return JSONResponse({"code": "offer_not_supported"}, 422)
    if isinstance(error, PeerFault):
        return JSONResponse({"code": "bad_offer"}, 400)
    if isinstance(error, CapacityReached):
        return JSONResponse({"code": "media_full"}, 503, {"Retry-After": "5"})
    return JSONResponse({"code": "media"}, 503, {"Retry-After": "2"})


routes: list[Route] = [
    route
    for direction, word in ADDRESS.items()
    for route in (
        page(f"/{{c}}/sessions/{{s}}/{word}", word, partial(offer, direction=direction), methods=("POST", "OPTIONS")),
        page(
            f"/{{c}}/sessions/{{s}}/{word}/{{connection}}",
            word,
            partial(connection, direction=direction),
            methods=("DELETE", "PATCH"),
        ),
    )
]
