"""One letter on its way: how far it has come, who got it, what is uncertain; stop, go on, once more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import Conflict
from conference.desk.editions import changed_meanwhile
from conference.desk.letters.view import SHOWS, progress_of, real_now
from conference.desk.letters.words import delivery_word
from conference.desk.pager import ON_A_PAGE, pages_of
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.mailing.actions import send_again, start, stop
from conference.mailing.composing import draft_of, line_of
from conference.mailing.model import Delivery, DeliveryState, MailingState
from conference.mailing.rules import due_at, uncertain
from conference.mailing.shipped import kind_word
from conference.mailing.store import counts_of, letters_of, mailing_by_id, uncertain_of
from conference.people.model import Person
from conference.web.errors import explain
from conference.web.render import rendered


async def letter(request: Request, visit: Visit) -> Response:
    """GET: `?show=` one of `view.SHOWS`. POST `act`: stop, go_on (with `version`), again (with `letter`, an id)."""
    mailing_id = request.path_params["m"]
    if request.method != "POST":
        return await _page(request, visit, mailing_id, None)
    form = await form_of(request)
    person, conference_id = visit.viewer.person, visit.conference.id
    by = person.id if person else None
    try:
        async with visit.services.db.work() as work:
            if form.get("act") == "stop":
                await stop(work, visit.services, conference_id, mailing_id, by=by)
            elif form.get("act") == "go_on":
                seen = int(form["version"]) if form.get("version", "").isdigit() else 0
                await start(work, visit.services, conference_id, mailing_id, by=by, seen=seen)
            elif form.get("act") == "again":
                await send_again(work, visit.services, conference_id, form.get("letter", ""), by=by)
    except Conflict as error:
        return await _page(request, visit, mailing_id, error)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path}{query}", 303)


async def _page(request: Request, visit: Visit, mailing_id: str, error: Conflict | None) -> Response:
    words = visit.services.texts[visit.language]
    base = f"/desk/{visit.conference.slug}/letters"
    real = real_now(visit.services)
    show = request.query_params.get("show", "")
    states = SHOWS.get(show, tuple(DeliveryState))
    async with visit.services.db.read() as session:
        mailing = await mailing_by_id(session, visit.conference.id, mailing_id)
        if mailing.state is MailingState.DRAFT:
            return RedirectResponse(f"{base}/{mailing.id}/check", 303)
        draft = await draft_of(visit.services, session, mailing)
        counts = (await counts_of(session, [mailing.id])).get(mailing.id, {})
        unknown = (await uncertain_of(session, [mailing.id], real)).get(mailing.id, 0)
        only = real if show == "uncertain" else None
        wanted = pages_of(request, sum(counts.values()))
        count, letters = await letters_of(session, mailing.id, states, only, offset=wanted.offset, limit=ON_A_PAGE)
        sentence = None
        if error is not None:
            known = error.code == "changed_meanwhile"
            sentence = await changed_meanwhile(session, visit, error) if known else explain(error, words)
    due = due_at(mailing.at, mailing.minutes, draft.session.starts if draft.session else draft.conference.live)
    planned = mailing.begun is None
    return await rendered(
        request,
        "desk/letters_one.html",
        status=409 if error else 200,
        title=line_of(draft, visit.language) if mailing.state is not MailingState.STANDING else kind_word(words, mailing.kind),
        headers={"Cache-Control": "no-store"},
        progress=progress_of(visit, mailing, counts, unknown),
        letter={
            "kind": kind_word(words, mailing.kind),
            "about": visit.say(draft.session.title) if draft.session else None,
            "action": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "all": f"{base}/{mailing.id}" if show else None,
            "check": f"{base}/{mailing.id}/check" if planned and mailing.state is not MailingState.STANDING else None,
            "template": f"{base}/templates/{mailing.kind.value}" if not mailing.body else None,
            "due": visit.local(due) if planned and due else None,
            "begun": visit.local(mailing.begun) if mailing.begun else None,
            "version": mailing.version,
            "stop": mailing.state in (MailingState.SENDING, MailingState.PLANNED),
            "go_on": mailing.state is MailingState.STOPPED,
            "standing": mailing.state is MailingState.STANDING,
            "planned": planned,
            "text": visit.say(draft.body),
            "error": sentence,
        },
        letters=[_row(visit, delivery, person, real) for delivery, person in letters],
        pages=pages_of(request, count),
        above=[{"label": words.gettext("Letters"), "href": base}],
        live={"topics": f"mailing:{mailing.id}", "last": request.state.live_last},
    )


def _row(visit: Visit, delivery: Delivery, person: Person, real: datetime) -> dict[str, Any]:
    unknown = uncertain(delivery.state, delivery.next_try, real)
    ended = delivery.state in (DeliveryState.BOUNCED, DeliveryState.FAILED)
    at = delivery.told or delivery.handed
    waits = delivery.state is DeliveryState.WAITING and delivery.tries and delivery.next_try
    return {
        "id": delivery.id,
        "name": person.name,
        "href": f"/desk/{visit.conference.slug}/people/{person.id}",
        "state": delivery_word(visit.services.texts[visit.language], delivery.state, uncertain=unknown),
        "bad": unknown or ended,
        "at": visit.local(at) if at else None,
        "next": visit.local(delivery.next_try.astimezone(UTC)) if waits and delivery.next_try else None,
        "reply": delivery.reply if ended or waits else None,
        "again": unknown or ended,
    }
