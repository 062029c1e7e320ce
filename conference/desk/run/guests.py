"""One queue of the guests who wait in front of any room."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.desk.run.live import Console, console_of, rooms_topic
from conference.desk.run.store import waiting_in
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.forums.desk_acts import answer_knocks
from conference.web.render import rendered


async def guests(request: Request, visit: Visit) -> Response:
    """GET: `?room=` (slug) shows those of one room. POST `admit` or `refuse`: a seat's id, or "all" of those shown."""
    console, only = console_of(request), request.query_params.get("room", "")
    async with visit.services.db.read() as db:
        waiting = await queue_of(db, visit, console, only)
    if request.method == "POST":
        form = await form_of(request)
        admit = "admit" in form
        named = form.get("admit") or form.get("refuse") or ""
        seats = form.get("seats", "").split() if named == "all" else [named]
        count = await answer_knocks(visit.services, visit.conference.id, seats, admit, by=by_of(visit))
        query = f"?room={only}&" if only and only.replace("-", "").isalnum() else "?"
        return RedirectResponse(f"{request.url.path}{query}{'let' if admit else 'sent'}={count}", 303)
    _ = visit.services.texts[visit.language].gettext
    base = f"/desk/{visit.conference.slug}/run"
    return await rendered(
        request,
        "desk/run_guests.html",
        title=_("Guests who wait"),
        headers={"Cache-Control": "no-store"},
        queue={"waiting": waiting, "seats": " ".join(each["seat"] for each in waiting), "only": only, "all": f"{base}/guests"},
        above=[{"label": _("Run console"), "href": base}],
        flash=_flash(request, visit),
        live={"topics": rooms_topic(visit.conference.id), "last": request.state.live_last},
    )


async def queue_of(db: AsyncSession, visit: Visit, console: Console, only: str = "") -> list[dict[str, Any]]:
    """Who waits with an open page, in the order of coming. One query."""
    rows = await waiting_in(db, visit.conference.id)
    knocking = {session.id: console.rooms.lobby.knocking(session.id) for _, _, session in rows}
    return [
        {
            "seat": seat.id,
            "name": person.name if person else "",
            "session": visit.say(session.title),
            "href": f"/desk/{visit.conference.slug}/run/rooms/{session.slug}",
            "since": visit.local(seat.knocked) if seat.knocked else None,
        }
        for seat, person, session in rows
        if seat.id in knocking[session.id] and only in ("", session.slug)
    ]


def _flash(request: Request, visit: Visit) -> str | None:
    """What the last press has done; those whom somebody else was faster with are not counted."""
    ngettext = visit.services.texts[visit.language].ngettext
    let, sent = number_in(request, "let"), number_in(request, "sent")
    if let is not None:
        return ngettext("{n} guest was let in.", "{n} guests were let in.", let).format(n=let)
    if sent is not None:
        return ngettext("{n} guest was sent away.", "{n} guests were sent away.", sent).format(n=sent)
    return None


def number_in(request: Request, name: str) -> int | None:
    """A small count in the address; None when there is none."""
    asked = request.query_params.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None
