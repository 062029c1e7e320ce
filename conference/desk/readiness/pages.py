"""The readiness page: what is missing and where it is mended, waiving with a reason, and going live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import State
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid
from conference.desk.readiness import acting
from conference.desk.readiness.checks import ask_for_checks
from conference.desk.readiness.reading import facts_of
from conference.desk.readiness.rules import in_the_way, judge
from conference.desk.readiness.view import asked_for, ready_view
from conference.doors.entered import entered_instant
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.web.errors import explain
from conference.web.render import rendered

CHECKS_PER_MINUTE = 6
NOT_STORED = {"Cache-Control": "no-store"}


async def ready(request: Request, visit: Visit) -> Response:
    """GET shows what is missing; POST does what `do` names: waive, take_back, state, check."""
    if request.method != "POST":
        return await _page(request, visit)
    form = await form_of(request)
    try:
        await _act(visit, form)
    except Invalid as error:
        where = form.get("subject") or form.get("rule") or form.get("key") or ""
        return await _page(request, visit, entered=form, errors={where: explain(error, visit.services.texts[visit.language])})
    return RedirectResponse(f"{request.url.path}?done={form.get('do', '')}", 303)


async def _act(visit: Visit, form: Mapping[str, str]) -> None:
    services, conference_id, by = visit.services, visit.conference.id, by_of(visit)
    if form.get("do") == "check":
        services.limits.check("readiness", conference_id, per_minute=CHECKS_PER_MINUTE)
    async with services.db.work() as work:
        match form.get("do"):
            case "waive":
                rule, _, subject = form.get("subject", "").partition(":")
                await acting.waive(services, work, conference_id, by, rule, subject, form.get("reason", ""))
            case "take_back":
                await acting.take_back(work, conference_id, by, form.get("key", ""), form.get("subject", ""))
            case "state":
                key = form.get("key", "")
                await acting.state_that(services, work, conference_id, by, key, form.get(f"text-{key}", ""))
            case "check":
                await ask_for_checks(services, work, conference_id, by)


async def live(request: Request, visit: Visit) -> Response:
    """POST announces the conference: now, or at the moment that `at` names (`when` says which); `when=never` takes that back."""
    form = await form_of(request)
    at = entered_instant(form.get("at", ""), visit) if form.get("when") == "later" else None
    try:
        if form.get("when") == "later" and at is None:
            raise Invalid("announced_too_late")
        async with visit.services.db.work() as work:
            await _announce(visit, work, form.get("when", ""), at)
    except (Invalid, Conflict) as error:
        said = explain(error, visit.services.texts[visit.language])
        return await _page(
            request, visit, entered=form, errors={"live": said}, status=409 if isinstance(error, Conflict) else 422
        )
    return RedirectResponse(f"/desk/{visit.conference.slug}/ready?done=live", 303)


async def _announce(visit: Visit, work: Work, when: str, at: datetime | None) -> None:
    """What is judged is read within the same work and under the conference's lock, so nothing red can come between."""
    if when == "never":
        await acting.stay_a_draft(visit.services, work, visit.conference, by_of(visit))
        return
    held = await acting.locked_draft(visit.services, work, visit.conference.id)
    facts = await facts_of(work.session, replace(visit, conference=held, state=State.DRAFT))
    found = judge(facts, visit.services.texts[visit.language])
    await acting.go_live(visit.services, work, visit.conference, by_of(visit), at, ready=not in_the_way(found))


async def _page(
    request: Request, visit: Visit, *, entered: Mapping[str, str] | None = None, errors: dict[str, str] | None = None,
    status: int = 422,
) -> Response:  # fmt: skip
    language = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        facts = await facts_of(session, visit)
    shown = ready_view(visit, facts, judge(facts, language))
    more: dict[str, Any] = {}
    if shown["checking"]:
        more["live"] = {"topics": f"desk:{visit.conference.id}", "last": request.state.live_last}
    return await rendered(
        request,
        "desk/ready.html",
        status=status if errors else 200,
        title=language.gettext("Ready to start"),
        headers=NOT_STORED,
        ready=shown,
        asked=lambda key: asked_for(language, key),
        entered=entered or {},
        errors=errors or {},
        flash=_done(visit, request.query_params.get("done", "")),
        longest=acting.LONGEST_REASON,
        **more,
    )


def _done(visit: Visit, what: str) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    sentences = {
        "waive": _("This stays as it is, with your reason."),
        "take_back": _("Taken back."),
        "state": _("Noted."),
        "check": _("The test is under way. The page shows the result in a moment."),
        "live": _("Saved. The start page shows it from the chosen moment on."),
    }
    return sentences.get(what)


routes: list[Route] = [
    page("/desk/{c}/ready", "desk.ready", ready, ("GET", "POST")),
    page("/desk/{c}/ready/live", "desk.ready.live", live, ("POST",)),
]
