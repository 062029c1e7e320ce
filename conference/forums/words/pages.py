"""The page for writing captions, the tokens of captioning software, and the address to which it sends its lines."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import ConferenceError, Conflict, Invalid, NotAllowed
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.forums import actions as room_actions
from conference.forums import rules, store
from conference.forums.rules import Door
from conference.forums.store import Room
from conference.forums.words import feed, tokens
from conference.forums.words.keeper import Words
from conference.people.actions import real_now
from conference.people.model import AccessToken, Role
from conference.program.store import billings_of
from conference.program.view import item_of
from conference.web.errors import explain, status_of
from conference.web.render import rendered

PER_MINUTE, AT_ONCE = 600, 60  # requests of one token
PLAIN, JSON = "text/plain", ("application/json", "application/x-ndjson", "application/jsonl")


async def captions(request: Request, visit: Visit) -> Response:
    """Writing captions (captioners), and the tokens (organisers too). POST makes a token or revokes one."""
    person = visit.viewer.person
    async with visit.services.db.read() as session:
        found = await store.room_by_slug(session, visit.conference.id, request.path_params["s"])
        role = await store.role_in(session, found.session.id, visit.viewer)
    if visit.viewer.organiser and not rules.may_caption(role):
        role = Role.ORGANISER
    if role not in (Role.CAPTIONER, Role.ORGANISER, Role.TECHNICAL_DIRECTOR):
        raise NotAllowed("captioners_only")
    if request.method != "POST":
        return await _page(request, visit, found, role)
    form, by = await form_of(request), person.id if person else None
    try:
        if form.get("revoke"):
            await tokens.revoke_token(visit.services, found, form["revoke"], by)
            return RedirectResponse(f"{request.url.path}#software", 303)
        secret = await tokens.make_token(visit.services, found, form.get("label", ""), by)
    except (Invalid, Conflict) as error:
        sentence = explain(error, visit.services.texts[visit.language])
        return await _page(request, visit, found, role, errors={"label": sentence}, entered=form.get("label", ""))
    return await _page(request, visit, found, role, secret=secret)


async def _page(
    request: Request,
    visit: Visit,
    found: Room,
    role: Role,
    errors: dict[str, str] | None = None,
    entered: str = "",
    secret: str = "",
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        billings = await billings_of(session, [found.session.id])
        good = await tokens.good_tokens(session, found.session.id, real_now(visit.services.clock))
    item = item_of(visit, found.session, billings.get(found.session.id, ()))
    return await rendered(
        request,
        "forums/captions.html",
        status=422 if errors else 200,
        title=f"{_('Captions')}: {item.title}",
        headers={"Cache-Control": "no-store"},
        session=item,
        captions={
            "writes": rules.may_caption(role),
            "open": rules.door_at(found.slot, visit.times, role, visit.now) is Door.OPEN,
            "action": request.url.path,
            "address": f"{visit.services.settings.base_url}/{visit.conference.slug}/sessions/{found.session.slug}/captions/lines",
            "tokens": [_shown(visit, token) for token in good],
            "secret": secret,
        },
        form={"entered": entered, "errors": errors or {}},
        data=captions_data(visit, found),
    )


def captions_data(visit: Visit, found: Room) -> dict[str, Any]:
    """What the page's scripts must know."""
    slug = visit.conference.slug
    base = f"/{slug}/sessions/{found.session.slug}"
    return {"session": found.session.id, "live": f"/live?c={slug}", "whep": f"{base}/whep", "back": base}


def _shown(visit: Visit, token: AccessToken) -> dict[str, Any]:
    return {
        "id": token.digest,
        "label": token.label,
        "created": visit.local(token.created),
        "expires": visit.local(token.expires),
    }


async def lines(request: Request, visit: Visit) -> Response:
    """For captioning software, with a bearer token of the session: POST text/plain or JSON lines. 204 when all were taken; a
    refusal as JSON, with what to do next."""
    try:
        return await _taken(request, visit)
    except ConferenceError as error:
        headers = {"Cache-Control": "no-store"}
        if wait := error.facts.get("retry_after"):
            headers["Retry-After"] = str(wait)
        text = explain(error, visit.services.texts[visit.language])
        return JSONResponse({"code": error.code, "text": text}, status_of(error), headers)


async def _taken(request: Request, visit: Visit) -> Response:
    token = visit.viewer.token
    if token is None or token.role != tokens.ROLE:
        return JSONResponse({"code": "token"}, 401, {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"})
    services = visit.services
    services.limits.check("captions", token.digest, per_minute=PER_MINUTE, burst=AT_ONCE)
    kind = request.headers.get("content-type", PLAIN).partition(";")[0].strip().lower()
    if kind != PLAIN and kind not in JSON:
        return JSONResponse({"code": "content_type"}, 415, {"Accept-Post": ", ".join((PLAIN, *JSON))})
    async with services.db.read() as session:
        found = await store.room_by_slug(session, visit.conference.id, request.path_params["s"])
    sent = await _read(request, kind)
    seat = await _seat(visit, found, token)
    words: Words = request.app.state.rooms.words
    for each in sent:
        permit = await words.permits.captioner(found.session.id, seat)
        await words.caption(found.session.id, seat, each.line, each.text, each.final, permit)
    return Response(status_code=204)


async def _seat(visit: Visit, found: Room, token: AccessToken) -> str:
    """The token's seat, by whose name the captioners know it; taken with the first line. Raises Conflict, NotAllowed."""
    if token.session_id != found.session.id:
        raise NotAllowed("token_of_another_session")
    door = rules.door_at(found.slot, found.times, Role.CAPTIONER, visit.services.clock.now())
    if door is not Door.OPEN:
        raise Conflict("room_closed", door=door.value)
    async with visit.services.db.read() as session:
        seat = await store.seat_of_token(session, found.session.id, token.digest)
    if seat is not None and seat.left is None and seat.removed is None and seat.banned is None:
        return seat.id
    return (await room_actions.enter_by_token(visit.services, found.session.id, token)).seat.id


async def _read(request: Request, kind: str) -> list[feed.Sent]:
    """Raises Invalid."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > feed.LONGEST:
            raise Invalid("captions_body")
    try:
        text = body.decode()
        return feed.read_plain(text, request.query_params.get("seq", "")[:32] or None) if kind == PLAIN else feed.read_json(text)
    except (UnicodeDecodeError, feed.NotCaptions):
        raise Invalid("captions_body") from None


routes: list[Route] = [
    page("/{c}/sessions/{s}/captions", "captions", captions, methods=("GET", "POST")),
    page("/{c}/sessions/{s}/captions/lines", "captions.lines", lines, methods=("POST",)),
]
