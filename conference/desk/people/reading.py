"""A table of people is brought, looked at without changing anything, and then taken over or dropped."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlmodel import col, delete
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid
from conference.base.tables import LARGEST, read_table
from conference.desk.model import PeopleTable
from conference.desk.people.rules import MOST_ROWS, Fault, People, Row, new_initiatives, read_people
from conference.desk.people.store import entries_of, initiative_names, session_ids, table_of
from conference.desk.people.taking import take_over
from conference.desk.people.words import CHOOSABLE, fault_words
from conference.doors.guard import page
from conference.doors.visit import Visit, by_of
from conference.doors.words import role_word
from conference.initiatives.model import LAENDER
from conference.people.actions import real_now
from conference.people.model import Role
from conference.web.errors import explain
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}
READ_PER_MINUTE = 10
KEPT = timedelta(hours=1)
FAULTS_SHOWN = 100
ROWS_SHOWN = 10


async def importing(request: Request, visit: Visit) -> Response:
    """GET: the form, or with ?table=ID what that table would do. POST: read a file, take a table over, or drop it."""
    if request.method != "POST":
        table_id = request.query_params.get("table")
        return await _look(request, visit, table_id) if table_id else await _form(request, visit)
    async with request.form(max_files=1, max_fields=5, max_part_size=4096) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        file = form.get("file")
        # One byte more than may be is enough to see that it is too much.
        brought = (file.filename or "", await file.read(LARGEST + 1)) if isinstance(file, UploadFile) else ("", b"")
    if fields.get("do") in ("take", "drop"):
        return await _decide(visit, fields)
    visit.services.limits.check("people table", by_of(visit) or "", per_minute=READ_PER_MINUTE)
    return await _read(request, visit, *brought)


async def _read(request: Request, visit: Visit, name: str, data: bytes) -> Response:
    words = visit.services.texts[visit.language]
    if not data:
        return await _form(request, visit, words.gettext("Please choose a file."))
    async with visit.services.db.read() as session:
        sessions = await session_ids(session, visit.conference.id)
        initiatives = dict((await initiative_names(session, visit.conference.id)).values())

    def read() -> People:
        return read_people(read_table(data, most_rows=MOST_ROWS + 1), sessions, initiatives)

    try:
        people = await asyncio.to_thread(read)  # a workbook of thousands takes a second
    except Invalid as error:
        return await _form(request, visit, explain(error, words))
    table = PeopleTable(
        id=visit.services.ids.new(),
        conference_id=visit.conference.id,
        name=name[-100:],
        rows=[row.to_json() for row in people.rows],
        faults=[vars(fault) for fault in people.faults],
        by=by_of(visit),
        expires=real_now(visit.services.clock) + KEPT,
    )
    async with visit.services.db.work() as work:
        work.session.add(table)
    merged = f"&merged={people.merged}" if people.merged else ""
    return RedirectResponse(f"{request.url.path}?table={table.id}{merged}", 303)


async def _decide(visit: Visit, fields: dict[str, str]) -> Response:
    """Take the table over, or drop it. A second press finds it gone."""
    base = f"/desk/{visit.conference.slug}/people"
    async with visit.services.db.work() as work:
        now = real_now(visit.services.clock)
        table = await table_of(work.session, visit.conference.id, fields.get("table", ""), now)
        gone = await work.session.exec(delete(PeopleTable).where(col(PeopleTable.id) == table.id))
        if not gone.rowcount or fields["do"] == "drop":
            return RedirectResponse(f"{base}/import", 303)
        rows = [Row.from_json(row) for row in table.rows]
        create = fields.get("create") == "yes"
        taken = await take_over(work, visit.services, visit.conference.id, rows, by=by_of(visit), create=create)
    return RedirectResponse(f"{base}?taken={taken.new}&changed={taken.changed}", 303)


async def _form(request: Request, visit: Visit, error: str | None = None) -> Response:
    words = visit.services.texts[visit.language]
    return await rendered(
        request,
        "desk/people_import.html",
        status=422 if error else 200,
        title=words.gettext("Read in a table"),
        headers=NOT_STORED,
        error=error,
        roles=[{"value": role.value, "label": role_word(words, role)} for role in CHOOSABLE],
        action=request.url.path,
        base=f"/desk/{visit.conference.slug}/people",
        largest=LARGEST,
    )


async def _look(request: Request, visit: Visit, table_id: str) -> Response:
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        table = await table_of(session, visit.conference.id, table_id, real_now(visit.services.clock))
        known = {entry.email for entry in await entries_of(session, visit.conference.id)}
        names = dict((await initiative_names(session, visit.conference.id)).values())
    rows = [Row.from_json(row) for row in table.rows]
    faults = [Fault(**fault) for fault in table.faults]
    there = sum(row.email in known for row in rows)
    new = [{"name": name, "land": LAENDER.get(land)} for name, land in new_initiatives(rows).values()]
    merged = request.query_params.get("merged", "")
    return await rendered(
        request,
        "desk/people_table.html",
        title=words.gettext("What the table says"),
        headers=NOT_STORED,
        table={
            "id": table.id,
            "name": table.name,
            "people": len(rows),
            "new": len(rows) - there,
            "there": there,
            "merged": int(merged) if merged.isascii() and merged.isdecimal() and len(merged) < 6 else 0,
            "organisers": sum(any(role is Role.ORGANISER for role, _ in row.roles) for row in rows),
            "lines": len({fault.line for fault in faults}),
            "faults": [{"line": fault.line, "text": fault_words(words, fault)} for fault in faults[:FAULTS_SHOWN]],
            "more_faults": max(0, len(faults) - FAULTS_SHOWN),
            "rows": [_shown(visit, row, names) for row in rows[:ROWS_SHOWN]],
            "initiatives": [one for one in new if one["land"]],
            "landless": [one["name"] for one in new if not one["land"]],
        },
        action=request.url.path,
        base=f"/desk/{visit.conference.slug}/people",
    )


def _shown(visit: Visit, row: Row, initiatives: dict[str, str]) -> dict[str, Any]:
    words = visit.services.texts[visit.language]
    roles = [role_word(words, role) + (f" ({session})" if session else "") for role, session in row.roles]
    return {
        "name": row.name,
        "email": row.email,
        "from": initiatives.get(row.initiative or "") or row.organisation or "",
        "land": row.land,
        "roles": ", ".join(roles or [role_word(words, Role.ATTENDEE)]),
    }


routes: list[Route] = [page("/desk/{c}/people/import", "desk.people.import", importing, ("GET", "POST"))]
