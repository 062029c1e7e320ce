"""schedule.xml and schedule.json as conference apps fetch them."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.program.publishing import versions_of
from conference.program.schedule.mapping import schedule_of
from conference.program.schedule.shape import Schedule
from conference.program.schedule.writing import to_json, to_xml
from conference.program.store import billings_of, sessions_of


async def schedule_xml(request: Request, visit: Visit) -> Response:
    return await _schedule(request, visit, to_xml, "application/xml; charset=utf-8")


async def schedule_json(request: Request, visit: Visit) -> Response:
    return await _schedule(request, visit, to_json, "application/json; charset=utf-8")


async def _schedule(request: Request, visit: Visit, write: Callable[[Schedule], bytes], media_type: str) -> Response:
    """With an ETag, since apps ask often (RFC 9110, 13.1.2)."""
    async with visit.services.db.read() as db:
        sessions = await sessions_of(db, visit.conference.id)
        billings = await billings_of(db, [each.id for each in sessions])
        newest = await versions_of(db, visit.conference.id, most=1)
    version = f"{newest[0].number if newest else 0}.{sum(each.version for each in sessions)}"
    body = write(schedule_of(visit, sessions, billings, version))
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Vary": "Accept-Language, Cookie"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


routes: list[Route] = [
    page("/{c}/schedule.xml", "schedule", schedule_xml),
    page("/{c}/schedule.json", "schedule", schedule_json),
]
