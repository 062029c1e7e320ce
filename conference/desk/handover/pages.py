"""The desk's page of the hand-over pack: ask for it, see how far it is, fetch it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import State
from conference.base.errors import OutsideWindow
from conference.desk.handover.actions import ask_for_pack, current_pack, handover_of, is_kept, is_of_today, is_on_its_way
from conference.desk.handover.contents import Contents, contents_in
from conference.desk.handover.rules import expires
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.results.model import HandOver
from conference.web.objects import send_object
from conference.web.render import rendered, size_text

NOT_STORED = {"Cache-Control": "no-store"}


async def handover(request: Request, visit: Visit) -> Response:
    """GET shows what there is; POST asks for a pack."""
    if visit.state is State.PURGED:
        raise OutsideWindow("closed", slug=visit.conference.slug, state=visit.state.value)
    if request.method == "POST":
        person = visit.viewer.person
        async with visit.services.db.work() as work:
            await ask_for_pack(visit.services, work, visit.conference.id, by=person.id if person else None)
        return RedirectResponse(request.url.path, 303)
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        row = await handover_of(db, visit.conference.id)
        contents = await contents_in(visit.services, db, visit.conference)
    return await rendered(
        request,
        "desk/handover.html",
        title=_("Hand-over pack"),
        headers=NOT_STORED,
        handover={
            "desk": f"/desk/{visit.conference.slug}",
            "action": request.url.path,
            "contents": _contents(visit, contents),
            "state": await _state(visit, row, contents),
            "progress": round(100 * row.progress) if row else 0,
            "made": visit.local(row.made) if row and row.made else None,
            "expires": visit.local(expires(row.made)) if row and row.made else None,
            "size": size_text(row.size) if row and row.size else None,
            "file": f"{request.url.path}.zip",
        },
        live={"topics": f"desk:{visit.conference.id}", "last": request.state.live_last},
    )


async def _state(visit: Visit, row: HandOver | None, contents: Contents) -> str:
    """none, making, ready, old (something in it is not shown any more, or something came), failed, large."""
    if row is None:
        return "none"
    if is_on_its_way(row, visit.now):
        return "making"
    if row.made is None:
        return "large" if row.fault == "handover_too_large" else "failed"
    if not is_kept(row, visit.now):
        return "none"
    return "ready" if await is_of_today(visit.services, row, contents) else "old"


def _contents(visit: Visit, contents: Contents) -> dict[str, Any]:
    """In counts what would be in it now."""
    return {
        "sessions": len(contents.program.sessions),
        "sheets": sum(1 for outcome in contents.outcomes if outcome.content is not None),
        "documents": sum(len(each) for each in contents.documents.values()),
        "report": contents.report is not None,
        "photos": len(contents.photos),
        "cards": len(contents.cards),
        "size": size_text(sum(size for _, _, size in contents.files())),
    }


async def fetch(request: Request, visit: Visit) -> Response:
    """The zip. Raises NotFound("handover"); Conflict("handover_old") when what it shows may have been taken back."""
    row = await current_pack(visit.services, visit.conference.id)
    assert row.object_key is not None
    name = f"{visit.conference.slug}.zip"
    return await send_object(
        request, visit.services.storage, row.object_key, filename=name, content_type="application/zip", headers=NOT_STORED
    )


routes: list[Route] = [
    page("/desk/{c}/handover", "desk.handover", handover, ("GET", "POST")),
    page("/desk/{c}/handover.zip", "desk.handover.zip", fetch, ("GET", "HEAD")),
]
