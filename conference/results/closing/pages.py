"""The slides of a closing plenary: a page for whoever projects them, and the same slides for the plenary's stage."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from conference.base.errors import Invalid
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.program.store import billings_of
from conference.results.closing import actions, store, view
from conference.results.closing.actions import real_now
from conference.results.closing.store import Closing
from conference.web.errors import wants_json
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "private, no-store"}
TURNS_PER_MINUTE, TURNS_AT_ONCE = 240, 40


async def closing(request: Request, visit: Visit) -> Response:
    """The slides; `?part`: the slides alone, as the stage shows them. POST begins, turns, lights and ends."""
    if request.method == "POST":
        return await _act(request, visit)
    async with visit.services.db.read() as db:
        found = await store.closing_for_viewing(db, visit, request.path_params["s"])
        billed = await billings_of(db, [found.plenary.id])
    shown = view.closing_shown(visit, found, real_now(visit.services), billed.get(found.plenary.id, ()))
    if "part" in request.query_params:
        return await rendered(request, "results/_closing_slides.html", headers=NOT_STORED, closing=shown)
    _ = visit.services.texts[visit.language].gettext
    return await rendered(
        request,
        "results/closing.html",
        title=_("Key findings: {title}").format(title=shown["title"]),
        headers=NOT_STORED,
        closing=shown,
        live={"topics": shown["topic"], "last": None},
    )


async def _act(request: Request, visit: Visit) -> Response:
    services = visit.services
    async with services.db.read() as db:
        found = await store.closing_for_presenting(db, visit, request.path_params["s"])
    who = visit.viewer.person.id if visit.viewer.person else "organiser"
    services.limits.check("closing", who, per_minute=TURNS_PER_MINUTE, burst=TURNS_AT_ONCE)
    form = await form_of(request)
    await _do(visit, found, form.get("do", ""), form.get("slide") or None)
    if not wants_json(request):
        return RedirectResponse(request.url.path, 303)
    async with services.db.read() as db:
        now = await store.closing_of(db, found.plenary)
    return JSONResponse(view.told(now, real_now(services)), headers=NOT_STORED)


async def _do(visit: Visit, found: Closing, do: str, slide: str | None) -> None:
    async with visit.services.db.work() as work:
        if do == "begin":
            await actions.begin(work, visit, found)
        elif do == "end":
            await actions.end(work, visit, found)
        elif do == "turn":
            await actions.turn(work, visit, found, slide)
        elif do in ("light", "dark"):
            await actions.light(work, visit, found, do == "light")
        else:
            raise Invalid("field", field="do")


routes = [page("/{c}/sessions/{s}/closing", "closing", closing, methods=("GET", "POST"))]
