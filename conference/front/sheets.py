"""The editor of a results sheet, which knows how many initiatives were in the room."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.forums.store import initiatives_in_room
from conference.results.sheets.opening import opened
from conference.results.sheets.pages import editor
from conference.results.sheets.saving import count_initiatives


async def sheet(request: Request, visit: Visit) -> Response:
    """Whoever opens the sheet first after the session finds the number of initiatives that were there."""
    if request.method == "GET":
        found = (await opened(visit, request.path_params["s"], editing=True)).draft
        if found.sheet.initiatives is None and visit.now >= found.session.ends:
            async with visit.services.db.read() as db:
                number = await initiatives_in_room(db, found.session.id)
            await count_initiatives(visit.services, found.session, number, visit.now)
    return await editor(request, visit)


routes: list[Route] = [page("/{c}/sessions/{s}/sheet", "sheet", sheet, ("GET", "POST"))]
