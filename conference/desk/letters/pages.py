"""The list of letters: what is planned, what goes out, what went out, and the words of each kind."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.desk.letters import check, editing, one, returns, templates
from conference.desk.letters.view import real_now, row_of
from conference.desk.pager import pages_of
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.mailing.model import LetterKind
from conference.mailing.shipped import kind_word
from conference.mailing.store import counts_of, mailings_of, templates_of, uncertain_of
from conference.program.store import sessions_of
from conference.web.render import rendered


async def letters(request: Request, visit: Visit) -> Response:
    words = visit.services.texts[visit.language]
    base = f"/desk/{visit.conference.slug}/letters"
    async with visit.services.db.read() as session:
        mailings = await mailings_of(session, visit.conference.id)
        pages = pages_of(request, len(mailings))
        shown = mailings[pages.offset : pages.offset + 50]
        counts = await counts_of(session, [mailing.id for mailing in shown])
        unknown = await uncertain_of(session, [mailing.id for mailing in shown], real_now(visit.services))
        own = {template.kind for template in await templates_of(session, visit.conference.id)}
        sessions = {each.id: each for each in await sessions_of(session, visit.conference.id)}
    return await rendered(
        request,
        "desk/letters.html",
        title=words.gettext("Letters"),
        headers={"Cache-Control": "no-store"},
        rows=[row_of(visit, mailing, counts.get(mailing.id, {}), unknown.get(mailing.id, 0), sessions) for mailing in shown],
        pages=pages,
        base=base,
        kinds=[_kind(visit, base, kind, own) for kind in LetterKind],
        fresh=[{"value": kind.value, "label": kind_word(words, kind)} for kind in editing.offered()],
    )


def _kind(visit: Visit, base: str, kind: LetterKind, own: set[LetterKind]) -> dict[str, Any]:
    words = visit.services.texts[visit.language]
    return {"label": kind_word(words, kind), "href": f"{base}/templates/{kind.value}", "own": kind in own}


routes: list[Route] = [
    page("/desk/{c}/letters", "desk.letters", letters),
    page("/desk/{c}/letters/new", "desk.letters.new", editing.new, ("GET", "POST")),
    page("/desk/{c}/letters/returns", "desk.letters.returns", returns.returns, ("GET", "POST")),
    page("/desk/{c}/letters/templates/{kind}", "desk.letters.template", templates.template, ("GET", "POST")),
    page("/desk/{c}/letters/{m}", "desk.letters.one", one.letter, ("GET", "POST")),
    page("/desk/{c}/letters/{m}/check", "desk.letters.check", check.check, ("GET", "POST")),
    page("/desk/{c}/letters/{m}/edit", "desk.letters.edit", editing.edit, ("GET", "POST")),
]
