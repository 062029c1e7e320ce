"""The page of a session's findings, for all but those whom its moderation has banned from the room."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base.errors import NotAllowed
from conference.doors.gate import Hearing
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.forums.store import seats_of_person
from conference.program.store import session_by_slug
from conference.results.collecting import live, pages


async def findings(request: Request, visit: Visit) -> Response:
    async with visit.services.db.read() as db:
        session = await session_by_slug(db, visit.conference.id, request.path_params["s"])
    if await is_banned(visit, session.id):
        raise NotAllowed("banned")
    return await pages.findings(request, visit)


async def hears_findings(visit: Visit, name: str) -> bool:
    """Whether this viewer may follow what is collected in the session of that id."""
    return await live.hears_findings(visit, name) and not await is_banned(visit, name)


async def is_banned(visit: Visit, session_id: str) -> bool:
    person = visit.viewer.person
    if person is None:
        return False
    async with visit.services.db.read() as db:
        return any(seat.banned is not None for seat in await seats_of_person(db, session_id, person.id))


topics: dict[str, tuple[str, Hearing]] = {"findings": ("findings", hears_findings)}
routes: list[Route] = [page("/{c}/sessions/{s}/findings", "findings", findings, ("GET", "POST"))]
