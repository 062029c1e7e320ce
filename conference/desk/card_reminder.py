"""The one letter to all initiatives without a card: looked at first, sent once, again only when somebody means it."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.cards.review.actions import about, remind, reminding
from conference.cards.review.letters import About, reminder, text_of
from conference.cards.review.rules import last_minute, same_day
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.web.render import rendered


async def remind_all(request: Request, visit: Visit) -> Response:
    """GET shows the letter, and to how many it goes; POST sends it (`seen`: when the last one went out, `again`: its day)."""
    if request.method != "POST":
        return await _page(request, visit, sent=request.query_params.get("sent"))
    form = await form_of(request)
    seen = _instant(form.get("seen", ""))
    if seen is not None and not same_day(form.get("again", ""), visit.local(seen)):
        _ = visit.services.texts[visit.language].gettext
        error = _("Please type the day on which the last letter went out, as it stands above.")
        return await _page(request, visit, again=form.get("again", ""), error=error)
    person = visit.viewer.person
    async with visit.services.db.work() as work:
        done = await remind(visit.services, work, visit.conference, by=person.id if person else None, seen=seen)
    return RedirectResponse(f"{request.url.path}?sent={done.letters}", 303)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


async def _page(
    request: Request, visit: Visit, *, sent: str | None = None, again: str = "", error: str | None = None
) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    async with visit.services.db.read() as session:
        found = await reminding(session, visit.conference, visit.now)
    until, reminded = visit.local(found.until), found.terms.reminded
    base = f"/desk/{visit.conference.slug}"
    first = about(visit.conference, found.initiatives[0]) if found.initiatives else None
    example = first or About(_("Example initiative"), visit.conference.title, visit.conference.contact, "")
    link = _("[here stands each person's own link]")
    subject, text = text_of(visit.services, reminder(found.terms, until), example, link)
    return await rendered(
        request,
        "desk/cards_reminder.html",
        status=422 if error else 200,
        title=_("Reminder for video cards"),
        headers={"Cache-Control": "no-store"},
        reminder={
            "desk": base,
            "back": f"{base}/cards",
            "action": request.url.path,
            "sent": int(sent) if sent and sent.isascii() and sent.isdigit() and len(sent) < 7 else None,
            "initiatives": [initiative.name for initiative in found.initiatives],
            "letters": found.letters,
            "unreachable": [initiative.name for initiative in found.unreachable],
            "until": last_minute(until),
            "over": visit.now >= found.until,
            "seen": reminded.isoformat() if reminded else "",
            "reminded": visit.local(reminded) if reminded else None,
            "subject": subject,
            "text": text,
            "again": again,
        },
        form={"errors": {"again": error} if error else {}},
    )


routes: list[Route] = [page("/desk/{c}/cards/reminder", "desk.cards.reminder", remind_all, ("GET", "POST"))]
