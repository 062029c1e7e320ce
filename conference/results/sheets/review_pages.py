"""The way to release: the sheet with comments, who was asked and what they say; and the history."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import ConferenceError, Invalid, NotAllowed
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.results.collecting.events import findings_topic
from conference.results.model import Decision, SheetApproval
from conference.results.sheets import review as actions
from conference.results.sheets.history import history_shown
from conference.results.sheets.opening import Opened, opened
from conference.results.sheets.rules import stand_of
from conference.results.sheets.store import approvals_of, comments_of, history_page, lines_among, names_of, suggested
from conference.results.sheets.view import frame_of, preview_of
from conference.web.errors import explain
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "private, no-store"}
ON_A_PAGE = 100
DONE_PER_MINUTE = 30
EDITORS = frozenset({"ask", "end", "name", "name_person", "remove", "settle", "unsettle"})


async def review(request: Request, visit: Visit) -> Response:
    """The sheet for those who approve it and those who ask them. POST: one act, `do`."""
    sheet = await opened(visit, request.path_params["s"])
    if request.method != "POST":
        return await _show(request, visit, sheet, {}, {})
    form = await form_of(request)
    visit.services.limits.check("sheet reviewed", sheet.person.id, per_minute=DONE_PER_MINUTE)
    do = form.get("do", "")
    if do in EDITORS and not sheet.edits:
        raise NotAllowed("sheet_editors")
    try:
        done = await _act(visit, sheet, do, form)
    except ConferenceError as error:
        if error.code == "field":
            raise
        errors = {_place(do, form): explain(error, visit.services.texts[visit.language])}
        return await _show(request, visit, await opened(visit, sheet.draft.session.slug), form, errors)
    return RedirectResponse(f"{request.url.path}?done={done}", 303)


def _place(do: str, form: dict[str, str]) -> str:
    """The field beside which a refusal stands."""
    if do == "comment" and form.get("line"):
        return f"text-{form['line']}"
    return {"comment": "text", "approve": "said", "wish": "said", "name": "email"}.get(do, "review")


async def _act(visit: Visit, sheet: Opened, do: str, form: dict[str, str]) -> str:
    """The word for what was done, which the page then says. Raises as the acts do."""
    services, conference, session, me = visit.services, visit.conference, sheet.draft.session, sheet.person.id
    if do == "ask":
        return do if await actions.ask_review(services, conference, session, by=me) else "nobody"
    elif do == "end":
        await actions.end_review(services, session, by=me)
    elif do == "name":
        await actions.name_approver(services, conference, session, form.get("name", ""), form.get("email", ""), by=me)
    elif do == "name_person":
        await actions.name_person(services, conference, session, form.get("person", ""), by=me)
    elif do == "remove":
        await actions.remove_approver(services, conference, session, form.get("person", ""), by=me)
    elif do in ("approve", "wish"):
        decision = Decision.APPROVED if do == "approve" else Decision.CHANGES
        await actions.decide(services, conference, session, me, decision, _seen(form), form.get("said", ""))
    elif do == "comment":
        await actions.comment(services, session, me, form.get("text", ""), form.get("line") or None)
    elif do in ("settle", "unsettle"):
        await actions.settle(services, session, form.get("comment", ""), do == "settle", by=me)
    else:
        raise Invalid("field", field="do")
    return do


def _seen(form: dict[str, str]) -> int:
    text = form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def _show(request: Request, visit: Visit, sheet: Opened, entered: dict[str, str], errors: dict[str, str]) -> Response:
    shown = await review_shown(visit, sheet)
    return await rendered(
        request,
        "results/review.html",
        status=422 if errors else 200,
        title=visit.services.texts[visit.language].gettext("Release"),
        headers=NOT_STORED,
        sheet=frame_of(visit, sheet, "review"),
        draft=preview_of(visit, sheet.draft),
        review=shown,
        entered=entered,
        errors=errors,
        done=request.query_params.get("done", "") if not errors else "",
        live={"topics": findings_topic(sheet.draft.session.id), "last": request.state.live_last},
    )


async def review_shown(visit: Visit, sheet: Opened) -> dict[str, Any]:
    """{in_review, approvers, mine, suggested, comments: of the whole, by_line: finding's id -> its comments, open: how many}."""
    session, changes = sheet.draft.session, sheet.draft.sheet.changes
    async with visit.services.db.read() as db:
        approvals = await approvals_of(db, session.id)
        comments = await comments_of(db, session.id)
        people = await suggested(db, visit.conference.id, session.id) if sheet.edits else []
        there = await lines_among(db, session.id, {one.finding_id for one, _ in comments if one.finding_id})
    asked = {person.id for _, person in approvals}
    standing = {finding.id for finding in sheet.draft.findings}
    shown: list[dict[str, Any]] = []
    for one, name in comments:
        line = there.get(one.finding_id or "")
        gone = visit.say(line.text) if line is not None and line.id not in standing else ""
        shown.append(
            {"id": one.id, "name": name, "at": visit.local(one.at), "text": one.text, "settled": one.settled is not None,
             "line": one.finding_id if one.finding_id in standing else None, "gone": gone}
        )  # fmt: skip
    by_line: dict[str, list[dict[str, Any]]] = {}
    for comment in shown:
        by_line.setdefault(comment["line"] or "", []).append(comment)
    return {
        "in_review": sheet.draft.sheet.state.value == "in_review",
        "approvers": [
            {
                "id": person.id,
                "name": person.name,
                "email": person.email if sheet.edits else "",
                **_said(visit, approval, changes),
            }
            for approval, person in approvals
        ],
        "mine": _said(visit, sheet.approval, changes) if sheet.approval is not None else None,
        "suggested": [{"id": one.id, "name": one.name} for one in people if one.id not in asked],
        "comments": by_line.pop("", []),
        "by_line": by_line,
        "open": sum(not comment["settled"] for comment in shown),
    }


def _said(visit: Visit, approval: SheetApproval, changes: int) -> dict[str, Any]:
    decided = visit.local(approval.decided) if approval.decided is not None else None
    return {"stand": stand_of(approval, changes).value, "at": decided}


async def history(request: Request, visit: Visit) -> Response:
    """Who did what to the sheet, when, and what stood there before; a hundred on a page."""
    sheet = await opened(visit, request.path_params["s"], editing=True)
    text = request.query_params.get("page", "")
    number = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 else 1
    number = max(1, number)
    async with visit.services.db.read() as db:
        events = await history_page(db, sheet.draft.session.id, (number - 1) * ON_A_PAGE, ON_A_PAGE + 1)
        names = await names_of(db, [event.person_id for event in events])
        lines = await lines_among(db, sheet.draft.session.id, {event.facts.get("about", "") for event in events})
    return await rendered(
        request,
        "results/history.html",
        title=visit.services.texts[visit.language].gettext("History"),
        headers=NOT_STORED,
        sheet=frame_of(visit, sheet, "history"),
        events=history_shown(visit, events[:ON_A_PAGE], names, lines),
        pager={
            "before": f"?page={number - 1}" if number > 1 else None,
            "next": f"?page={number + 1}" if len(events) > ON_A_PAGE else None,
        },
    )


routes: list[Route] = [
    page("/{c}/sessions/{s}/sheet/review", "sheet", review, ("GET", "POST")),
    page("/{c}/sessions/{s}/sheet/history", "sheet", history),
]
