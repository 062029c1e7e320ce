"""Rooms that call the organisers, on the desk's page: who calls, from where, and that it is answered."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.forums.actions_moderation import end_call
from conference.forums.plenary.store import hosts_gone
from conference.forums.store import open_calls, room_by_slug, seated_in
from conference.program.model import Session
from conference.program.view import item_of


async def calls_of(session: AsyncSession, visit: Visit) -> list[dict[str, Any]]:
    """The open calls, the oldest first, then plenaries without their host, as the page shows them: text, detail, href of the
    room, done (an address to POST to, or None)."""
    _ = visit.services.texts[visit.language].gettext
    slug = visit.conference.slug
    calls: list[dict[str, Any]] = []
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
    for held, name in await _hosts_gone(session, visit):
        calls.append(
            {
                "text": _("{session}: {name}, who leads, has lost the connection.").format(
                    session=item_of(visit, held).title, name=name or _("the moderation")
                ),
                "detail": _("In the room the deputy, or one of you, can take over with one click."),
                "href": f"/{slug}/sessions/{held.slug}/room",
                "done": None,
            }
        )
    return calls


async def _hosts_gone(session: AsyncSession, visit: Visit) -> list[tuple[Session, str | None]]:
    """Plenaries whose host is away, with the host's name."""
    gone = []
    for held, plenary in await hosts_gone(session, visit.conference.id):
        seated = await seated_in(session, held.id, plenary.host) if plenary.host else []
        gone.append((held, seated[0].name if seated else None))
    return gone


async def done(request: Request, visit: Visit) -> Response:
    """POST: the call of a room is answered. `to`: "run" leads back to the console."""
    async with visit.services.db.read() as session:
        room = await room_by_slug(session, visit.conference.id, request.path_params["s"])
    await end_call(visit.services, room.session.id)
    to = "/run" if (await form_of(request)).get("to") == "run" else ""
    return RedirectResponse(f"/desk/{visit.conference.slug}{to}", 303)


routes: list[Route] = [page("/desk/{c}/calls/{s}", "desk.calls", done, ("POST",))]
