"""The console: all rooms now, what is urgent first."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Conflict, Invalid
from conference.desk.editing.publishing import tell_rooms
from conference.desk.editing.settling import program_work
from conference.desk.run import day, guests, room
from conference.desk.run.live import console_of, rooms_topic, run_topic
from conference.desk.run.view import board_of, edition_of
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.program.shifting import shift_program
from conference.program.store import sessions_of
from conference.web.render import rendered

LATER = 5  # minutes of one tap


async def run(request: Request, visit: Visit) -> Response:
    return await _page(request, visit)


async def later(request: Request, visit: Visit) -> Response:
    """POST: what runs now and what is to come, five minutes later, unless the program is another one than the page showed."""
    if request.method != "POST":
        return RedirectResponse(f"/desk/{visit.conference.slug}/run", 303)
    form, services = await form_of(request), visit.services
    try:
        async with program_work(visit, publishes=True) as work:
            if edition_of(await sessions_of(work.session, visit.conference.id)) != form.get("edition"):
                raise Conflict("changed_meanwhile", by=None, version=0)
            await shift_program(work, services, visit.conference, LATER, visit.now, by=by_of(visit))
            await tell_rooms(work, visit)
    except Conflict:
        return await _page(request, visit, _fault(visit, "meanwhile"), 409)
    except Invalid as error:
        return await _page(request, visit, _fault(visit, error.facts.get("why", "")), 422)
    return RedirectResponse(f"/desk/{visit.conference.slug}/run?later", 303)


def _fault(visit: Visit, why: str) -> str:
    _ = visit.services.texts[visit.language].gettext
    sentences = {
        "meanwhile": _("The program was changed just before, perhaps by this very tap. Please look at the times below first."),
        "none": _("Nothing is left of the day that could be moved."),
    }
    return sentences.get(why, _("That cannot be moved by one tap. “Everything later” says why."))


async def _page(request: Request, visit: Visit, fault: str | None = None, status: int = 200) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        board = await board_of(db, visit, console_of(request).tallies_of(visit.conference.id))
    done = _("Everything from now on is five minutes later. Pages, clocks and calendars know.")
    return await rendered(
        request,
        "desk/run.html",
        status=status,
        title=_("Run console"),
        headers={"Cache-Control": "no-store"},
        board=board,
        fault=fault,
        flash=done if "later" in request.query_params and not fault else None,
        live={"topics": f"{run_topic(visit.conference.id)} {rooms_topic(visit.conference.id)}", "last": request.state.live_last},
    )


routes: list[Route] = [
    page("/desk/{c}/run", "desk.run", run),
    page("/desk/{c}/run/doors", "desk.run.doors", day.doors, ("GET", "POST")),
    page("/desk/{c}/run/emergency", "desk.run.emergency", day.emergency, ("GET", "POST")),
    page("/desk/{c}/run/guests", "desk.run.guests", guests.guests, ("GET", "POST")),
    page("/desk/{c}/run/later", "desk.run.later", later, ("GET", "POST")),
    page("/desk/{c}/run/move", "desk.run.move", room.move, ("POST",)),
    page("/desk/{c}/run/rooms/{s}", "desk.run.room", room.room, ("GET", "POST")),
]
