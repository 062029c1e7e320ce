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

from conference.base.errors import Conflict, NotAllowed, NotFound, SignInNeeded
from conference.base.ids import digest, seal, sealed_by
from conference.doors.guard import cookie_of, page
from conference.doors.visit import Visit
from conference.forums import actions, rules, store
from conference.forums.grants import forum_of, grant_for, listening
from conference.forums.ice import ice_servers, link_headers
from conference.forums.media_http import (
    FRAGMENT,
    SDP,
    OpenToPages,
    Refused,
    body_of,
    matched_by,
    must_accept_sdp,
    read_fragment,
    refused,
    tag_of,
    write_fragment,
)
from conference.forums.rules import Door
from conference.forums.store import Room, Seated
from media.gateway import CapacityReached, Direction, MediaError, PeerFault, Unsupported

OFFERS = 40  # of a seat in a minute
PATCHES = 120  # of a connection in a minute: some programs tell each candidate by itself
COME_AGAIN = 30  # seconds, while the room is not open yet
SEALED = "media connection"
ADDRESS = {Direction.PUBLISH: "whip", Direction.RECEIVE: "whep"}


async def offer(request: Request, visit: Visit, direction: Direction) -> Response:
    """POST an offer: 201 with the answer, the connection's address in Location and its entity tag."""
    try:
        must_accept_sdp(request.headers)
        sdp = await body_of(request, SDP)
        room, seated = await _seated(request, visit, direction)
        visit.services.limits.check("offers", seated.seat.id, per_minute=OFFERS)
        forum, grant = forum_of(seated), grant_for(seated, room, visit.services.clock)
        if _follows_the_stage(request, seated, direction):
            forum, grant = room.session.id, listening(grant)
        answer = await visit.services.media.connect(forum, seated.seat.id, direction, sdp, grant)
        cookie = cookie_of(request, visit.services) if visit.viewer.token is None else None
        request.app.state.rooms.keeper.ending.made(answer.connection, digest(cookie) if cookie else "")
        if room.is_plenary:
            await _still_in_place(visit, seated, answer.connection)
    except Refused as refusal:
        return refusal.response
    except SignInNeeded as error:
        return JSONResponse({"code": error.code}, 401, {"WWW-Authenticate": "Bearer"})
    except MediaError as error:
        return refusal_of(error)
    signature = seal(visit.services.settings.key, SEALED, f"{seated.seat.id} {answer.connection}")
    place = f"{request.url.path.rstrip('/')}/{answer.connection}?sig={signature}"
    if seated.beside:
        place += f"&seat={seated.seat.id}"
    response = Response(answer.sdp, 201, {"Content-Type": SDP, "Location": place, "Accept-Patch": FRAGMENT})
    tag = tag_of(answer.sdp)
    if tag is not None:
        response.headers["ETag"] = tag
    servers = ice_servers(visit.services.settings, seated.seat.id, visit.services.clock.real(), grant.not_after)
    for link in link_headers(servers):
        response.headers.append("Link", link)
    return response


def _follows_the_stage(request: Request, seated: Seated, direction: Direction) -> bool:
    """Whether somebody behind the stage wants to see and hear it, beside the connection there. Raises NotAllowed."""
    if "stage" not in request.query_params or direction is not Direction.RECEIVE:
        return False
    if not seated.behind:
        raise NotAllowed("not_behind")
    return True


async def _still_in_place(visit: Visit, seated: Seated, connection: str) -> None:
    """Whoever was moved between the stage and behind it while the node answered is connected in the wrong place: never there.
    The page offers again. Raises Refused."""
    async with visit.services.db.read() as session:
        now = (await store.seated_in(session, seated.seat.session_id, seated.seat.id))[0]
    if forum_of(now) != forum_of(seated):
        await visit.services.media.leave(connection)
        raise refused("moved", 409, Retry_After="0")


async def connection(request: Request, visit: Visit, direction: Direction) -> Response:
    """DELETE ends a connection, whatever its entity tag. PATCH tells candidates, or new credentials: an ICE restart."""
    name = await _own_connection(request, visit)
    try:
        if request.method == "PATCH":
            visit.services.limits.check("patches", name, per_minute=PATCHES)
            return await _patched(request, visit, name)
        known = await visit.services.media.leave(name)
    except Refused as refusal:
        return refusal.response
    except MediaError as error:
        return refusal_of(error)
    if not known:
        raise NotFound("connection")
    return Response(status_code=200)


async def _patched(request: Request, visit: Visit, name: str) -> Response:
    """RFC 9725 section 4.3. The node keeps the state: credentials that it knows already are no restart, so a PATCH may be
    repeated, and without any it tells those in force, which are the entity tag."""
    text = await body_of(request, FRAGMENT)
    wanted = matched_by(request.headers)
    fragment = read_fragment(text)
    media = visit.services.media
    if wanted is not None:
        now = await media.restart(name, "", "")
        if now is not None and now.ufrag not in wanted:
            raise refused("other_ice_session", 412)
    told = await media.restart(name, fragment.ufrag, fragment.password)
    if told is None:
        raise NotFound("connection")
    if wanted is not None and told.ufrag in wanted:
        return Response(status_code=204)  # candidates, of which the node needs none
    return Response(write_fragment(fragment, told), 200, {"Content-Type": FRAGMENT, "ETag": f'"{told.ufrag}"'})


async def _own_connection(request: Request, visit: Visit) -> str:
    """The connection that the address names, if the seat of this viewer has made it. Raises NotFound."""
    name: str = request.path_params["connection"]
    async with visit.services.db.read() as session:
        room = await store.room_by_slug(session, visit.conference.id, request.path_params["s"])
        seat = await _own_seat(session, request, visit, room)
    signature = request.query_params.get("sig", "")
    if seat is None or not sealed_by(visit.services.settings.key, SEALED, f"{seat} {name}", signature):
        raise NotFound("connection")
    return name


async def _seated(request: Request, visit: Visit, direction: Direction) -> tuple[Room, Seated]:
    """Whose media this is: a bearer token's own seat, or the seat that the signed-in person has taken in the room."""
    services, token = visit.services, visit.viewer.token
    async with services.db.read() as session:
        room = await store.room_by_slug(session, visit.conference.id, request.path_params["s"])
        seat = await _own_seat(session, request, visit, room)
    if token is not None:
        if direction is Direction.PUBLISH and token.role != "publisher":
            raise NotAllowed("token_watches_only")
        try:
            return room, await actions.enter_by_token(services, room.session.id, token)
        except Conflict as error:
            raise _with_hope(error) from None
    if visit.viewer.person is None:
        raise SignInNeeded("sign_in", slug=visit.conference.slug)
    if seat is None:
        raise Conflict("enter_first")
    if visit.viewer.unverified:  # from their seat they would moderate
        raise NotAllowed("second_factor")
    async with services.db.read() as session:
        seated = await store.acting(session, room.session.id, seat)
    door = rules.door_at(room.slot, room.times, seated.role, services.clock.now())
    if door is not Door.OPEN:
        raise _with_hope(Conflict("room_closed", door=door.value))
    return room, seated


def _with_hope(error: Conflict) -> Conflict:
    """The refusal with a time to come again, if the room will be open one day. An open room in which nobody sends yet is
    no reason to refuse: slots are empty until somebody does."""
    if error.facts.get("door") == Door.NOT_YET:
        error.facts["retry_after"] = COME_AGAIN
    return error


async def _own_seat(session: AsyncSession, request: Request, visit: Visit, room: Room) -> str | None:
    """The seat that the address names (a device that stands beside another one), or else the first of the person's."""
    named = request.query_params.get("seat")
    token, person = visit.viewer.token, visit.viewer.person
    if person is not None:
        seats = await store.seats_of_person(session, room.session.id, person.id)
        seat = next((each for each in seats if (each.id == named if named else each.number == 1)), None)
    elif token is not None and token.session_id == room.session.id:
        seat = await store.seat_of_token(session, room.session.id, token.digest)
    else:
        return None
    return seat.id if seat is not None else None


def refusal_of(error: MediaError) -> Response:
    """What the node's refusals are in HTTP (RFC 9725 section 4.2): the offer's fault, or worth another try."""
    if isinstance(error, Unsupported):
        return JSONResponse({"code": "offer_not_supported", "detail": str(error)}, 422)
    if isinstance(error, PeerFault):
        return JSONResponse({"code": "bad_offer", "detail": str(error)}, 400)
    if isinstance(error, CapacityReached):
        return JSONResponse({"code": "media_full"}, 503, {"Retry-After": "5"})
    return JSONResponse({"code": "media"}, 503, {"Retry-After": "2"})


def _opened(route: Route, **headers: str) -> Route:
    """The route, also for pages of other origins."""
    route.app = OpenToPages(route.app, ", ".join(sorted(route.methods or ())), **headers)
    return route


routes: list[Route] = [
    route
    for direction, word in ADDRESS.items()
    for route in (
        _opened(
            page(f"/{{c}}/sessions/{{s}}/{word}", word, partial(offer, direction=direction), methods=("POST", "OPTIONS")),
            Accept_Post=SDP,
        ),
        _opened(
            page(
                f"/{{c}}/sessions/{{s}}/{word}/{{connection}}",
                word,
                partial(connection, direction=direction),
                methods=("DELETE", "PATCH", "OPTIONS"),
            ),
            Accept_Patch=FRAGMENT,
        ),
    )
]
