"""Pages of the console for the whole day: the text for an emergency, the doors of all rooms."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.model import State
from conference.access.rules import rooms_open
from conference.base.errors import Conflict, Invalid
from conference.base.words import LANGUAGES
from conference.desk.editions import changed_meanwhile
from conference.desk.run.day_acts import LONGEST, close_doors, open_doors, put_emergency
from conference.desk.run.live import console_of
from conference.desk.run.store import prepared_emergency
from conference.doors.pages import form_of
from conference.doors.table import OVER
from conference.doors.visit import Visit, by_of
from conference.web.errors import explain
from conference.web.render import rendered
from conference.web.typed import typed_fault


async def emergency(request: Request, visit: Visit) -> Response:
    """GET shows the form, with the text that was prepared; POST shows the text everywhere, or (`act`: down) takes it down."""
    if request.method != "POST":
        return await _emergency(request, visit, None, None)
    form = await form_of(request)
    text = {language: form.get(language, "") for language in LANGUAGES} if form.get("act") != "down" else None
    try:
        async with visit.services.db.work() as work:
            await put_emergency(work, visit.services.outbox, visit.conference.id, text, seen=form.get("version"), by=by_of(visit))
    except (Conflict, Invalid) as error:
        return await _emergency(request, visit, text, error)
    return RedirectResponse(f"{request.url.path}?done", 303)


async def _emergency(
    request: Request, visit: Visit, entered: dict[str, str] | None, error: Conflict | Invalid | None
) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    conference = visit.conference
    async with visit.services.db.read() as db:
        prepared = await prepared_emergency(db, conference.id)
        fault = await changed_meanwhile(db, visit, error) if isinstance(error, Conflict) else None
    shown = conference.emergency
    if entered is None:
        entered = {**(shown or {"de": prepared or ""})}
    return await rendered(
        request,
        "desk/run_emergency.html",
        status=200 if error is None else 409 if fault else 422,
        title=_("Text for an emergency"),
        headers={"Cache-Control": "no-store"},
        emergency={
            "shown": visit.say(shown) if shown else None,
            "version": error.facts["version"] if fault and error else conference.version,
            "longest": LONGEST,
            "fault": fault,
        },
        form={"entered": entered, "errors": {"de": explain(error, words)} if isinstance(error, Invalid) else {}},
        above=[{"label": _("Run console"), "href": f"/desk/{conference.slug}/run"}],
        flash=_("Done. Open pages show it within seconds.") if "done" in request.query_params else None,
    )


async def doors(request: Request, visit: Visit) -> Response:
    """GET says what opens or shuts; POST opens, or shuts once the conference's slug was typed."""
    if request.method != "POST":
        return await _doors(request, visit)
    form, services, conference = await form_of(request), visit.services, visit.conference
    closing = rooms_open(visit.times, visit.now)
    if closing != (form.get("act") != "open"):  # somebody else was faster
        return RedirectResponse(request.url.path, 303)
    if closing and (fault := typed_fault(form, conference.slug, services.texts[visit.language])):
        return await _doors(request, visit, fault)
    try:
        async with services.db.work() as work:
            act = close_doors if closing else open_doors
            await act(work, services.outbox, conference.id, by=by_of(visit))
    except Conflict as error:
        return await _doors(request, visit, explain(error, services.texts[visit.language]))
    return RedirectResponse(f"{request.url.path}?done", 303)


def _barred(visit: Visit) -> str | None:
    """Why nobody can open the doors now, as `open_doors` would say it."""
    code = "doors_draft" if visit.state is State.DRAFT else "doors_over" if visit.state in OVER else None
    return explain(Conflict(code), visit.services.texts[visit.language]) if code else None


async def _doors(request: Request, visit: Visit, fault: str | None = None) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}/run"
    inside = sum(tally.here for tally in console_of(request).tallies_of(visit.conference.id).values())
    before = visit.now < visit.conference.live
    goes = [
        words.ngettext("{n} person leaves a room at once.", "{n} people leave the rooms at once.", inside).format(n=inside),
        _("The rooms open again at {time}.").format(time=visit.local(visit.conference.live).strftime("%H:%M"))
        if before
        else _("The day is over: the conference becomes its archive."),
        _("You can open the doors again here. What was said, written and collected stays."),
    ]
    is_open = rooms_open(visit.times, visit.now)
    return await rendered(
        request,
        "desk/run_doors.html",
        status=409 if fault and not is_open else 422 if fault else 200,
        title=_("Doors"),
        headers={"Cache-Control": "no-store"},
        doors={
            "open": is_open,
            "fault": fault,
            "action": request.url.path,
            "word": visit.conference.slug,
            "back": base,
            "goes": goes,
            "opens": visit.local(visit.conference.doors) if visit.now < visit.conference.doors else None,
            "barred": _barred(visit),
        },
        above=[{"label": _("Run console"), "href": base}],
        flash=(_("The doors are open.") if is_open else _("The doors are shut.")) if "done" in request.query_params else None,
    )
