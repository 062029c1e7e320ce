"""The console: all rooms now, what is urgent first."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.desk.run import day, guests, room
from conference.desk.run.live import console_of, rooms_topic, run_topic
from conference.desk.run.view import board_of
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.web.render import rendered


async def run(request: Request, visit: Visit) -> Response:
    async with visit.services.db.read() as db:
        board = await board_of(db, visit, console_of(request).tallies_of(visit.conference.id))
    return await rendered(
        request,
        "desk/run.html",
        title=visit.services.texts[visit.language].gettext("Run console"),
        headers={"Cache-Control": "no-store"},
        board=board,
        live={"topics": f"{run_topic(visit.conference.id)} {rooms_topic(visit.conference.id)}", "last": request.state.live_last},
    )


routes: list[Route] = [
    page("/desk/{c}/run", "desk.run", run),
    page("/desk/{c}/run/doors", "desk.run.doors", day.doors, ("GET", "POST")),
    page("/desk/{c}/run/emergency", "desk.run.emergency", day.emergency, ("GET", "POST")),
    page("/desk/{c}/run/guests", "desk.run.guests", guests.guests, ("GET", "POST")),
    page("/desk/{c}/run/move", "desk.run.move", room.move, ("POST",)),
    page("/desk/{c}/run/rooms/{s}", "desk.run.room", room.room, ("GET", "POST")),
]
