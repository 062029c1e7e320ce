"""The log of what was done: filtered, page by page, and as a table to take along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base.tables import write_table
from conference.desk.audit.store import Wanted, actors_of, count_of, entries_of, named_in
from conference.desk.audit.view import Line, line_of
from conference.desk.audit.words import Part, part_word, sentences
from conference.desk.pager import ON_A_PAGE, pages_of
from conference.doors.entered import YEARS
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.web.render import rendered

IN_A_BLOCK = 1000
NOBODY = "-"  # what the address says for acts of the program itself


async def audit(request: Request, visit: Visit) -> Response:
    words = visit.services.texts[visit.language]
    wanted = wanted_of(request, visit)
    async with visit.services.db.read() as session:
        pages = pages_of(request, await count_of(session, wanted))
        entries = await entries_of(session, wanted, limit=ON_A_PAGE, offset=pages.offset)
        named = await named_in(session, entries)
        actors = await actors_of(session, visit.conference.id)
    asked = {name: request.query_params.get(name, "") for name in ("part", "who", "from", "to")}
    table = f"{request.url.path}.csv"
    return await rendered(
        request,
        "desk/audit.html",
        title=words.gettext("Log of changes"),
        headers={"Cache-Control": "no-store"},
        lines=[line_of(visit, entry, named) for entry in entries],
        pages=pages,
        asked=asked,
        filtered=any(asked.values()),
        parts=[{"value": "", "label": words.gettext("Everything")}]
        + [{"value": part.value, "label": part_word(words, part)} for part in Part],
        people=[{"value": "", "label": words.gettext("Everybody")}, {"value": NOBODY, "label": words.gettext("the platform")}]
        + [{"value": key, "label": name} for key, name in actors],
        table=f"{table}?{request.url.query}" if request.url.query else table,
    )


async def audit_csv(request: Request, visit: Visit) -> Response:
    """All that the filter lets through, the newest first."""
    _ = visit.services.texts[visit.language].gettext
    rows = [_row(line) async for line in _lines(visit, wanted_of(request, visit))]
    text = write_table([_("Time"), _("Who"), _("What"), _("Facts")], rows)
    name = f'attachment; filename="{visit.conference.slug}-audit.csv"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv", headers=headers)


async def _lines(visit: Visit, wanted: Wanted) -> AsyncIterator[Line]:
    offset = 0
    async with visit.services.db.read() as session:
        while entries := await entries_of(session, wanted, limit=IN_A_BLOCK, offset=offset):
            named = await named_in(session, entries)
            for entry in entries:
                yield line_of(visit, entry, named)
            offset += IN_A_BLOCK


def _row(line: Line) -> list[Any]:
    facts = "; ".join(f"{label}: {value}" for label, value in line.facts)
    return [line.at.strftime("%Y-%m-%d %H:%M:%S"), line.who, line.what, facts]


def wanted_of(request: Request, visit: Visit) -> Wanted:
    """What the address asks for; what it cannot mean is left out."""
    query = request.query_params
    part = query.get("part", "")
    acts = sentences(visit.services.texts[visit.language])[Part(part)].keys() if part in list(Part) else None
    who = query.get("who", "")[:64] or None
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    return Wanted(
        visit.conference.id,
        acts=sorted(acts) if acts is not None else None,
        person="" if who == NOBODY else who,
        since=_midnight(first, visit) if first else None,
        until=_midnight(last + timedelta(days=1), visit) if last else None,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _midnight(day: date, visit: Visit) -> datetime:
    return datetime.combine(day, time(), visit.local(visit.now).tzinfo).astimezone(UTC)


routes: list[Route] = [
    page("/desk/{c}/audit", "desk.audit", audit),
    page("/desk/{c}/audit.csv", "desk.audit.csv", audit_csv),
]
