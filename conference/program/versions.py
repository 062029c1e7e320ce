"""What was new in each published program, for everybody: as sentences, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.program.publishing import versions_of
from conference.web.render import rendered

SHOWN = 20


def changes_shown(visit: Visit, changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By session, in the order of the list: [{session (slug), title, lines: [sentence]}]."""
    found: dict[str, dict[str, Any]] = {}
    for change in changes:
        entry = found.setdefault(
            change["session"],
            {"session": change["session"], "title": visit.say(change["title"]) or change["session"], "lines": []},
        )
        entry["lines"].append(_line(visit, change))
    return list(found.values())


def _line(visit: Visit, change: dict[str, Any]) -> str:
    _ = visit.services.texts[visit.language].gettext
    before, after = change["before"], change["after"]
    if change["what"] == "added":
        return _("New in the program: {time}.").format(time=_span(visit, after))
    if change["what"] == "removed":
        return _("No longer in the program (it was {time}).").format(time=_span(visit, before))
    if change["what"] == "moved":
        return _("Now {time} (it was {before}).").format(time=_span(visit, after), before=_span(visit, before))
    if change["what"] in ("title", "question"):
        said, was = visit.say(after) or _("none"), visit.say(before) or _("none")
        template = _("New title: {text} (it was {before}).") if change["what"] == "title" else _("New guiding question: {text}")
        return template.format(text=said, before=was)
    if change["what"] == "people":
        return _("Now with: {names}.").format(names=", ".join(after) or _("nobody named"))
    return {
        "place": _("The place has changed."),
        "rounds": _("The times of the rounds have changed."),
    }.get(change["what"], _("The description has changed."))


def _span(visit: Visit, times: Sequence[str]) -> str:
    starts, ends = (visit.local(datetime.fromisoformat(time)) for time in times)
    day = visit.services.texts[visit.language].date(starts)
    return f"{day}, {starts:%H:%M}–{ends:%H:%M}"


async def changes(request: Request, visit: Visit) -> Response:
    async with visit.services.db.read() as db:
        found = await versions_of(db, visit.conference.id, most=SHOWN)
    shown = {each["slug"] for each in found[0].content} if found else set()
    base = f"/{visit.conference.slug}"
    _ = visit.services.texts[visit.language].gettext
    versions = [
        {
            "number": each.number,
            "made": visit.local(each.made),
            "note": visit.say(each.note),
            "changes": [
                one | {"href": f"{base}/sessions/{one['session']}" if one["session"] in shown else None}
                for one in changes_shown(visit, each.changes)
            ],
        }
        for each in found
    ]
    return await rendered(
        request, "program/changes.html", title=_("Changes to the program"), versions=versions, program=f"{base}/program"
    )


routes: list[Route] = [page("/{c}/program/changes", "program.changes", changes)]
