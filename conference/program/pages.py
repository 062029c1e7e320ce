"""The program page, calendars, and the fragments that are pushed to open pages."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.access.rules import next_change
from conference.doors.guard import page
from conference.doors.preview import preview_of
from conference.doors.visit import Visit
from conference.program import versions
from conference.program.calendar import calendar_of
from conference.program.publishing import versions_of
from conference.program.rules import next_boundary
from conference.program.schedule import pages as schedule
from conference.program.schedule.jsonld import conference_linked
from conference.program.store import billings_of, rounds_of, session_by_slug, sessions_of
from conference.program.view import ProgramView
from conference.web.page_cache import keep_until
from conference.web.render import rendered


async def program_of(visit: Visit) -> ProgramView:
    """The whole program of the visit's conference, in four queries."""
    async with visit.services.db.read() as session:
        sessions = await sessions_of(session, visit.conference.id)
        ids = [row.id for row in sessions]
        return ProgramView(visit, sessions, await billings_of(session, ids), await rounds_of(session, ids))


def may_keep(request: Request, visit: Visit, view: ProgramView, *more: datetime | None) -> None:
    """Let the page cache keep this page for strangers until the clock changes something in it. more: moments others know of."""
    ends = [next_boundary(view.sessions, visit.now), next_change(visit.times, visit.now), *more]
    keep_until(request, visit.conference.id, min((moment for moment in ends if moment), default=None))


async def program(request: Request, visit: Visit) -> Response:
    view = await program_of(visit)
    may_keep(request, visit, view)
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        changed = await versions_of(session, visit.conference.id, most=1)
    slug = visit.conference.slug
    title = f"{_('Program')} – {visit.say(visit.conference.title)}"
    return await rendered(
        request,
        "program/program.html",
        title=_("Program"),
        timeline=view.timeline(),
        program={
            "ics": f"/{slug}/program.ics",
            "zone_note": _("All times are local times in {zone}.").format(zone=visit.conference.zone.replace("_", " ")),
            "changes": f"/{slug}/program/changes" if changed else None,
            "address": f"{visit.services.settings.base_url}/{slug}/program",
        },
        linked=conference_linked(visit, view.sessions, view.billings),
        preview=preview_of(visit, "/program", title, visit.say(visit.conference.purpose)),
        live={"topics": f"conference:{visit.conference.id} timeline:{visit.conference.id}", "last": request.state.live_last},
    )


async def program_ics(request: Request, visit: Visit) -> Response:
    view = await program_of(visit)
    stream = calendar_of(visit, view.sessions, view.billings, name=visit.say(visit.conference.title))
    return _calendar(stream, visit.conference.slug)


async def session_ics(request: Request, visit: Visit) -> Response:
    async with visit.services.db.read() as session:
        found = await session_by_slug(session, visit.conference.id, request.path_params["s"])
        billings = await billings_of(session, [found.id])
    return _calendar(calendar_of(visit, [found], billings, name=visit.say(found.title)), found.slug)


def _calendar(stream: bytes, name: str) -> Response:
    return Response(
        stream, media_type="text/calendar; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}.ics"'}
    )


routes: list[Route] = [
    *versions.routes,
    *schedule.routes,
    page("/{c}/program", "program", program),
    page("/{c}/program.ics", "program.ics", program_ics),
    page("/{c}/sessions/{s}.ics", "session.ics", session_ics),
]
