"""Rooms that call the organisers, on the desk's page: who calls, from where, and that it is answered."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.forums.actions_moderation import end_call
from conference.forums.store import open_calls, room_by_slug
from conference.program.view import item_of


async def calls_of(session: AsyncSession, visit: Visit) -> list[dict[str, Any]]:
    """The open calls, the oldest first, as the page shows them: text, detail, href of the room, done (an address to POST to)."""
    _ = visit.services.texts[visit.language].gettext
    slug, calls = visit.conference.slug, []
    for held, since, by in await open_calls(session, visit.conference.id):
        time = visit.local(since).strftime("%H:%M")
        calls.append(
            {
                "text": _("{session} calls for help.").format(session=item_of(visit, held).title),
                "detail": _("Called by {name} at {time}.").format(name=by or _("the moderation"), time=time),
                "href": f"/{slug}/sessions/{held.slug}/room",
                "done": f"/desk/{slug}/calls/{held.slug}",
            }
        )
    return calls


async def done(request: Request, visit: Visit) -> Response:
    """POST: the call of a room is answered."""
    async with visit.services.db.read() as session:
        room = await room_by_slug(session, visit.conference.id, request.path_params["s"])
    await end_call(visit.services, room.session.id)
    return RedirectResponse(f"/desk/{visit.conference.slug}", 303)


routes: list[Route] = [page("/desk/{c}/calls/{s}", "desk.calls", done, ("POST",))]
