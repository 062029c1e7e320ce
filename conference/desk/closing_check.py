"""The check from outside on the desk: what will be asked, what was found, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.desk.closing_check_words import fault_words, is_of_before, left_out_word, result_of, state_of, tried_words
from conference.doors.guard import page
from conference.doors.table import OVER
from conference.doors.visit import Visit, by_of
from conference.keeping.checking.actions import ask_for_check
from conference.keeping.checking.rules import number_of
from conference.keeping.checking.store import ended_checks, last_check, sizes_of
from conference.keeping.model import CloseCheck
from conference.web.render import rendered

PER_MINUTE = 6
LISTED = 10
NOT_STORED = {"Cache-Control": "no-store"}


async def check(request: Request, visit: Visit) -> Response:
    """GET shows what was found last; POST has the worker look again. Raises Conflict("not_closed")."""
    services, conference = visit.services, visit.conference
    if request.method == "POST":
        services.limits.check("closing check", conference.id, per_minute=PER_MINUTE)
        async with services.db.work() as work:
            await ask_for_check(services, work, conference.id, by=by_of(visit))
        return RedirectResponse(request.url.path, 303)
    async with services.db.read() as session:
        last = await last_check(session, conference.id)
        if is_of_before(visit, last):
            last = None
        ended = await ended_checks(session, conference.id, LISTED)
        sizes = await sizes_of(session, conference.id) if visit.state not in OVER else {}
    return await rendered(
        request,
        "desk/after_check.html",
        title=services.texts[visit.language].gettext("Check from outside"),
        headers=NOT_STORED,
        check={
            "action": request.url.path,
            "base": services.settings.base_url,
            "closed": visit.state in OVER,
            "closes": visit.local(conference.closes),
            "sizes": sizes,
            "state": state_of(visit, last),
            "last": _shown(visit, last) if last is not None else None,
            "earlier": [_line(visit, each) for each in ended if last is None or each.id != last.id],
        },
        live={"topics": f"desk:{conference.id}", "last": request.state.live_last},
    )


def _shown(visit: Visit, last: CloseCheck) -> dict[str, Any]:
    language = visit.services.texts[visit.language]
    return {
        "at": visit.local(last.ended or last.begun),
        "asked": _asked(last.tried),
        "left_out": left_out_word(last.tried),
        "tried": tried_words(language, last.tried),
        "reason": next((fault["answer"] for fault in last.faults if fault["kind"] == "nobody"), ""),
        "faults": [fault_words(language, fault) for fault in last.faults if fault["kind"] not in ("nobody", "more")],
        "more": next((int(fault["answer"]) for fault in last.faults if fault["kind"] == "more"), 0),
    }


def _line(visit: Visit, ended: CloseCheck) -> dict[str, Any]:
    return {
        "at": visit.local(ended.ended or ended.begun),
        "asked": _asked(ended.tried),
        "faults": number_of(ended.faults),
        "result": result_of(ended),
    }


def _asked(tried: Mapping[str, int]) -> int:
    return sum(tried.values()) - left_out_word(tried)


routes: list[Route] = [page("/desk/{c}/after/check", "desk.after.check", check, ("GET", "POST"))]
