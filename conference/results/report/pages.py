"""The report after the conference, and its photos. Both may outlive the conference, if they are to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conference.base.errors import NotFound
from conference.doors.guard import page
from conference.doors.visit import Visit, standing_of
from conference.results.model import Report, ReportPhoto
from conference.results.pages import heard_by, outcome_shown
from conference.results.report.rules import credits_of
from conference.results.report.store import photo_in, photos_of
from conference.results.rules import hidden, is_public, stays_for_all
from conference.results.store import outcomes_for_viewing, report_for_viewing
from conference.web.objects import send_object
from conference.web.render import rendered


async def report(request: Request, visit: Visit) -> Response:
    """The report with photos and figures, and with the key findings and the documents of its sessions."""
    standing = standing_of(visit.viewer)
    async with visit.services.db.read() as db:
        found = await report_for_viewing(db, visit.conference, visit.state, standing, visit.now)
        photos = await photos_of(db, visit.conference.id)
        outcomes = await outcomes_for_viewing(db, visit.conference, visit.state, standing, visit.now)
    title = visit.say(found.title)
    shown = {
        **report_shown(visit, found, photos, f"/{visit.conference.slug}/report/photos"),
        "unpublished": not is_public(found, visit.now),
        "stays": stays_for_all(found, visit.state, visit.now),
        "editor": f"/desk/{visit.conference.slug}/report" if visit.viewer.organiser else None,
        "sessions": [outcome_shown(visit, outcome) for outcome in outcomes],
    }
    headers, live = {"Cache-Control": "private, no-cache"}, heard_by(request, visit)
    return await rendered(request, "report/report.html", title=title, headers=headers, live=live, report=shown)


async def photo(request: Request, visit: Visit) -> Response:
    """A photo of a report that this viewer may read now."""
    standing = standing_of(visit.viewer)
    async with visit.services.db.read() as db:
        try:
            found = await photo_in(db, visit.conference.id, request.path_params["photo"])
        except NotFound:
            raise hidden(visit.state, visit.conference.slug) from None
        if not visit.viewer.organiser:  # who sees photos in the office before there is any text
            await report_for_viewing(db, visit.conference, visit.state, standing, visit.now)
    headers = {"Cache-Control": "private, no-cache"}
    return await send_object(request, visit.services.storage, found.object_key, content_type=found.content_type, headers=headers)


def report_shown(visit: Visit, found: Report, photos: Iterable[ReportPhoto], folder: str) -> dict[str, Any]:
    """What `report/_text.html`, `report/_photos.html` and `report/_figures.html` draw. folder: where the photos lie."""
    pictures = list(photos)
    return {
        "title": visit.say(found.title),
        "body": visit.say(found.body),
        "photo_credit": found.photo_credit,
        "photos": [photo_shown(visit, each, folder) for each in pictures],
        "credits": credits_of(each.credit for each in pictures),
        "figures": [figure_shown(visit, figure) for figure in found.figures or ()],
    }


def photo_shown(visit: Visit, found: ReportPhoto, folder: str) -> dict[str, Any]:
    """The digest makes a replaced file a new address."""
    return {
        "id": found.id,
        "src": f"{folder}/{found.id}.jpg?v={found.etag[:8]}",
        "width": found.width,
        "height": found.height,
        "alt": visit.say(found.alt),
        "caption": visit.say(found.caption),
        "credit": found.credit,
    }


def figure_shown(visit: Visit, figure: dict[str, Any]) -> dict[str, Any]:
    """One of `Report.figures` as `report/_figures.html` draws it; its words stand there."""
    parts = [{"name": visit.say(part["name"]), "value": part["value"]} for part in figure.get("parts", ())]
    return {
        "key": figure["key"],
        "name": visit.say(figure.get("name")),
        "value": figure["value"],
        "parts": parts,
        "most": max((part["value"] for part in parts), default=0),
        "others": figure.get("others", 0),
        "together": figure.get("together"),
    }


routes = [
    page("/{c}/report", "report", report),
    page("/{c}/report/photos/{photo}.jpg", "report.photo", photo, methods=("GET", "HEAD")),
]
