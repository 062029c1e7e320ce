"""The list of participants for the proof of how the money was used: those who were there and agreed to stand in it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base import audit
from conference.base.tables import write_table
from conference.desk.pager import ON_A_PAGE, pages_of
from conference.doors.guard import page
from conference.doors.visit import Visit, by_of
from conference.keeping.attendance.pages import proof_of, shown_days
from conference.keeping.attendance.store import attendance_of
from conference.results.report.figures import LEAST
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}


async def attendance(request: Request, visit: Visit) -> Response:
    """Who agreed, by name; of the others how many they are, and no names."""
    async with visit.services.db.read() as session:
        found = await attendance_of(session, visit.conference, visit.now)
    pages = pages_of(request, len(found.agreed))
    base = f"/desk/{visit.conference.slug}/after/attendance"
    return await rendered(
        request,
        "desk/after_attendance.html",
        title=visit.services.texts[visit.language].gettext("Attendance"),
        headers=NOT_STORED,
        rows=[
            {
                "name": one.name,
                "organisation": one.organisation,
                "person": f"/desk/{visit.conference.slug}/people/{one.id}",
                "pdf": f"{base}/{one.id}.pdf",
                "days": shown_days(visit, one),
            }
            for one in found.agreed[pages.offset : pages.offset + ON_A_PAGE]
        ],
        others=found.others,
        few=0 < found.others < LEAST,
        pages=pages,
        table=f"{base}.csv",
        own=f"/{visit.conference.slug}/attendance",
    )


async def table(_request: Request, visit: Visit) -> Response:
    """The list as a table, a line for each person and day. That it was taken along is written down."""
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.work() as work:
        found = await attendance_of(work.session, visit.conference, visit.now)
        audit.record(
            work, "attendance list taken", conference_id=visit.conference.id, person_id=by_of(visit), people=len(found.agreed)
        )  # fmt: skip
    rows = [
        [one.name, one.organisation, day.date.isoformat(), f"{day.begins:%H:%M}", f"{day.ends:%H:%M}", day.minutes]
        for one in found.agreed
        for day in one.days
    ]
    head = [_("Name"), _("Organisation"), _("Day"), _("From (time)"), _("To (time)"), _("Minutes in rooms")]
    headers = {**NOT_STORED, "Content-Disposition": 'attachment; filename="attendance.csv"'}
    return Response(write_table(head, rows), media_type="text/csv; charset=utf-8", headers=headers)


async def proof(request: Request, visit: Visit) -> Response:
    """The proof of one person who agreed. Raises NotFound."""
    return await proof_of(request, visit, request.path_params["p"])


routes: list[Route] = [
    page("/desk/{c}/after/attendance", "desk.after.attendance", attendance),
    page("/desk/{c}/after/attendance.csv", "desk.after.attendance.csv", table),
    page("/desk/{c}/after/attendance/{p}.pdf", "desk.after.attendance.pdf", proof),
]
