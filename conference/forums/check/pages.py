"""The page for testing one's devices and connection, and the addresses that its script tries.

The devices stay on the page: nothing of them is sent. The connection test makes real connections to the media node (ICE and
DTLS, without media), each of them alone in its direction, under a grant to publish nothing that ends within a minute.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid, NotFound, SignInNeeded
from conference.base.ids import seal, sealed_by
from conference.doors.guard import page
from conference.doors.pages import form_of, local_path
from conference.doors.table import TABLE, Verdict, decide
from conference.doors.visit import Visit, standing_of
from conference.forums import rules as forum_rules
from conference.forums.check import actions, rules, store
from conference.forums.check.model import Outcome
from conference.forums.check.view import shown
from conference.forums.ice import ice_servers
from conference.forums.media_http import SDP, Refused, body_of, must_accept_sdp
from conference.forums.media_pages import refusal_of
from conference.people.model import Person, Role
from conference.web.errors import wants_json
from conference.web.render import rendered
from media.gateway import Direction, Grant, MediaError

TESTS = 6  # of a person in a minute
SEALED = "check connection"


async def check(request: Request, visit: Visit) -> Response:
    """Devices for everybody who may see the conference; the ways to the node for those whom it expects."""
    _ = visit.services.texts[visit.language].gettext
    back = local_path(request.query_params.get("next", "")) or f"/{visit.conference.slug}/"
    invited = _invited(visit)
    async with visit.services.db.read() as session:
        kept = await store.result_of(session, invited.id) if invited else None
    return await rendered(
        request,
        "forums/check.html",
        title=_("Test your devices"),
        check=check_data(visit),
        back=back,
        result=f"/{visit.conference.slug}/check/result" if invited else None,
        kept=shown(visit, kept),
    )


def check_data(visit: Visit) -> dict[str, Any]:
    """What the page's scripts must know."""
    settings, slug = visit.services.settings, visit.conference.slug
    door = TABLE["check.media"]
    open_now = decide(door, standing_of(visit.viewer), visit.viewer.all_roles(), visit.state) is Verdict.PASS
    return {
        "conference": visit.say(visit.conference.title),
        "live": f"/live?c={slug}",
        "whep": f"/{slug}/check/whep",
        "ways": f"/{slug}/check/ways" if open_now and visit.viewer.person is not None else None,
        "origin": settings.base_url,
        "media": rules.named_hosts(settings.media_host, settings.media_port, settings.media_nodes),
        "turn": settings.turn_urls,
        "bounds": {
            quality.value: {"loss": bound.loss, "round_trip": bound.round_trip} for quality, bound in forum_rules.BOUNDS.items()
        },
    }


async def ways(_request: Request, visit: Visit) -> Response:
    """What can be tried, with fresh credentials for the TURN server."""
    _person_of(visit)
    settings, now = visit.services.settings, visit.services.clock.real()
    servers = ice_servers(settings, visit.services.ids.new(), now, now + rules.WITHIN)
    return JSONResponse(
        {"ways": rules.ways_of(settings.turn_urls), "ice_servers": servers}, headers={"Cache-Control": "no-store"}
    )


async def offer(request: Request, visit: Visit) -> Response:
    """POST an offer to receive; 201 with the answer and the connection's address in Location, as in a room (`?way=` says
    for which way, since each needs a connection of its own)."""
    person, services = _person_of(visit), visit.services
    way = request.query_params.get("way", "")
    known = rules.ways_of(services.settings.turn_urls)
    if way not in known:
        raise NotFound("connection")
    services.limits.check("check", person.id, per_minute=TESTS * len(known))
    grant = Grant(sources=frozenset(), not_after=services.clock.real() + rules.WITHIN)
    try:
        must_accept_sdp(request.headers)
        sdp = await body_of(request, SDP)
        answer = await services.media.connect(
            rules.forum_of(visit.conference.id), f"{person.id}:{way}", Direction.RECEIVE, sdp, grant
        )
    except Refused as refusal:
        return refusal.response
    except MediaError as error:
        return refusal_of(error)
    signature = seal(services.settings.key, SEALED, f"{person.id} {answer.connection}")
    place = f"{request.url.path}/{answer.connection}?sig={signature}"
    return Response(answer.sdp, 201, {"Content-Type": SDP, "Location": place})


async def leave(request: Request, visit: Visit) -> Response:
    """DELETE one's own connection."""
    person = _person_of(visit)
    name = request.path_params["connection"]
    signature = request.query_params.get("sig", "")
    if not sealed_by(visit.services.settings.key, SEALED, f"{person.id} {name}", signature):
        raise NotFound("connection")
    try:
        if not await visit.services.media.leave(name):
            raise NotFound("connection")
    except MediaError as error:
        return refusal_of(error)
    return Response(status_code=200)


async def result(request: Request, visit: Visit) -> Response:
    """POST `outcome`: let the organisers know it, or "forget" what they know."""
    invited = _invited(visit)
    if invited is None:
        raise SignInNeeded("sign_in", slug=visit.conference.slug)
    outcome = (await form_of(request)).get("outcome", "")
    if outcome not in {*Outcome, "forget"}:
        raise Invalid("field", field="outcome")
    async with visit.services.db.work() as work:
        if outcome == "forget":
            await actions.forget(work, invited.id)
        else:
            await actions.keep(work, invited.id, Outcome(outcome))
    if wants_json(request):
        return Response(status_code=204)
    return RedirectResponse(f"/{visit.conference.slug}/check", 303)


def _invited(visit: Visit) -> Person | None:
    """The viewer, as a person of this conference that its organisers know."""
    person = visit.viewer.person
    known = person is not None and person.conference_id == visit.conference.id and visit.viewer.token is None
    return person if known and visit.viewer.all_roles() != {Role.GUEST} else None


def _person_of(visit: Visit) -> Person:
    """Whose test it is: people and guests, no programs. Raises SignInNeeded."""
    if visit.viewer.person is None or visit.viewer.token is not None:
        raise SignInNeeded("sign_in", slug=visit.conference.slug)
    return visit.viewer.person


routes: list[Route] = [
    page("/{c}/check", "check", check),
    page("/{c}/check/result", "check.result", result, ("POST",)),
    page("/{c}/check/ways", "check.media", ways),
    page("/{c}/check/whep", "check.media", offer, ("POST",)),
    page("/{c}/check/whep/{connection}", "check.media", leave, ("DELETE",)),
]
