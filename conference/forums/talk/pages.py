"""The moderation's tables of what was asked, written and voted in a session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base.errors import NotAllowed, NotFound
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.forums import store as rooms_store
from conference.forums.rules import may_moderate
from conference.forums.talk import export, store


async def csv(request: Request, visit: Visit) -> Response:
    """Raises NotAllowed for who does not moderate this session, NotFound."""
    kind = request.path_params["kind"]
    if kind not in export.KINDS:
        raise NotFound("page")
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        room = await rooms_store.room_by_slug(session, visit.conference.id, request.path_params["s"])
        if not may_moderate(await rooms_store.role_in(session, room.session.id, visit.viewer)):
            raise NotAllowed("moderators_only")
        if kind == "questions":
            text = export.questions_table(await store.questions_since(session, room.session.id, 0), _, visit.local)
        elif kind == "chat":
            text = export.chat_table(await store.all_lines(session, room.session.id), _, visit.local)
        else:
            text = export.polls_table(await store.polls_since(session, room.session.id, 0), _)
    headers = {
        "Content-Disposition": f'attachment; filename="{room.session.slug}-{kind}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="text/csv", headers=headers)


routes: list[Route] = [page("/{c}/sessions/{s}/talk/{kind}.csv", "talk.csv", csv)]
