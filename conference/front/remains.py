"""What stays after the closing date, for the farewell page."""

from __future__ import annotations

from typing import Any

from conference.doors.visit import Visit
from conference.results.pages import documents_shown, sheet_address
from conference.results.store import what_remains


async def what_remains_after(visit: Visit) -> list[dict[str, Any]]:
    """Links: [{href, title, kind ("PDF" or None), bytes or None, language}]."""
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        outcomes, report = await what_remains(session, visit.conference, visit.state, visit.now)
    links: list[dict[str, Any]] = []
    for outcome in outcomes:
        if outcome.sheet is not None:
            title = _("Results: {title}").format(title=visit.say(outcome.session.title))
            links.append({"href": sheet_address(visit, outcome.session), "title": title} | _PAGE)
        links += documents_shown(visit, outcome)
    if report is not None:
        links.append({"href": f"/{visit.conference.slug}/report", "title": visit.say(report.title)} | _PAGE)
    return links


_PAGE = {"kind": None, "bytes": None, "language": None}
