"""The page after the day: what is still open, how it ends. And its figures, and closing now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.actions import move_closing
from conference.access.model import State
from conference.base.errors import Conflict, Invalid
from conference.cards.review.rules import counts_of
from conference.cards.review.store import reviewed_in
from conference.desk.afterwards.store import ends_of, sheets_in
from conference.desk.afterwards.view import card_rows, end_lines, other_lines, sheet_rows
from conference.desk.figures import figures_of
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.table import OVER
from conference.doors.visit import Visit, by_of
from conference.results.report.pages import figure_shown
from conference.results.store import report_of
from conference.web.errors import explain
from conference.web.render import rendered
from conference.web.typed import Asked, typed_fault

NOT_STORED = {"Cache-Control": "no-store"}


async def after(request: Request, visit: Visit) -> Response:
    """What became of results and cards, what else there is, and when it ends."""
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        sheets = await sheets_in(db, visit.conference.id, visit.now)
        cards = counts_of(await reviewed_in(db, visit.conference.id), visit.now)
        ends = await ends_of(db, visit.conference.id)
    base = f"/desk/{visit.conference.slug}"
    rows = sheet_rows(visit, sheets)
    return await rendered(
        request,
        "desk/after.html",
        title=_("After the day"),
        headers=NOT_STORED,
        flash=_("The conference is closed.") if "closed" in request.query_params else None,
        after={
            "over": visit.now >= visit.times.archive,
            "rows": rows,
            "results": f"{base}/results",
            "waiting": sum(row["open"] for row in rows),
            "cards": card_rows(visit, cards),
            "card_list": f"{base}/cards",
            "others": other_lines(visit, ends),
            "ends": end_lines(visit, ends),
            "closed": visit.state in OVER,
            "purged": visit.state is State.PURGED,
            "closes": visit.local(visit.times.closes),
            "purge": visit.local(visit.times.purge),
            "closing": f"{base}/closing",
            "close": f"{base}/after/close" if may_close(visit) else None,
        },
    )


def may_close(visit: Visit) -> bool:
    """Once the day is over and before it is closed."""
    return visit.times.archive <= visit.now < visit.times.closes


async def figures(request: Request, visit: Visit) -> Response:
    """All figures that tell of nobody; once the data is deleted, those that the report has kept."""
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        if visit.state is State.PURGED:
            kept = await report_of(db, visit.conference.id)
            found = list(kept.figures or []) if kept else []
        else:
            found = await figures_of(db, visit.conference, visit.now, visit.services.texts)
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/after_figures.html",
        title=_("Figures"),
        headers=NOT_STORED,
        above=[{"label": _("After the day"), "href": f"{base}/after"}],
        figures=[figure_shown(visit, figure) for figure in found],
        report=f"{base}/report",
        purged=visit.state is State.PURGED,
    )


async def close(request: Request, visit: Visit) -> Response:
    """GET says what ends; POST closes the conference now, when its address was typed."""
    language = visit.services.texts[visit.language]
    if not may_close(visit):
        return RedirectResponse(f"/desk/{visit.conference.slug}/closing", 303)
    if request.method != "POST":
        return await _ask(request, visit, None)
    if fault := typed_fault(await form_of(request), visit.conference.slug, language):
        return await _ask(request, visit, fault)
    reason = language.gettext("Closed from the page after the day.")
    try:
        async with visit.services.db.work() as work:
            await move_closing(work, visit.services.outbox, visit.conference.id, work.now, by=by_of(visit), reason=reason)
    except (Invalid, Conflict) as error:
        return await _ask(request, visit, explain(error, language))
    return RedirectResponse(f"/desk/{visit.conference.slug}/after?closed", 303)


async def _ask(request: Request, visit: Visit, error: str | None) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}"
    purge = visit.local(visit.now + (visit.times.purge - visit.times.closes))
    return await rendered(
        request,
        "desk/after_typed.html",
        status=422 if error else 200,
        title=_("Close now"),
        headers=NOT_STORED,
        above=[{"label": _("After the day"), "href": f"{base}/after"}],
        asked=Asked(
            action=request.url.path,
            word=visit.conference.slug,
            label=_("Close now"),
            back=f"{base}/after",
            goes=[
                _("All public pages answer with a farewell page, films end, links lead nowhere."),
                _("Personal data is deleted on {moment} instead of {before}.").format(
                    moment=words.moment(purge), before=words.moment(visit.local(visit.times.purge))
                ),
            ],
            stays=[
                _("Results, report and cards that you have decided to keep."),
                _("This office, until the data is deleted. You can open the conference again with a later closing date."),
            ],
        ),
        warning=_("The conference ends at once, for everybody."),
        error=error,
    )


routes: list[Route] = [
    page("/desk/{c}/after", "desk.after", after),
    page("/desk/{c}/after/figures", "desk.after.figures", figures),
    page("/desk/{c}/after/close", "desk.after.close", close, ("GET", "POST")),
]
