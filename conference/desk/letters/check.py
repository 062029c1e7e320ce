"""The look before a letter goes out: as real people will read it, to oneself as a test, to how many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import Conflict, Invalid
from conference.base.mail import Letter, post
from conference.desk.editions import changed_meanwhile
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.mailing.actions import discard, start
from conference.mailing.composing import Draft, draft_of, letter_to, link_of, text_of
from conference.mailing.model import Mailing, MailingState
from conference.mailing.rules import Chosen, audience_from, chosen, due_at
from conference.mailing.shipped import kind_word
from conference.mailing.store import everybody_in, mailing_by_id
from conference.people.actions import issue_link
from conference.people.model import Person
from conference.web.errors import explain
from conference.web.render import rendered

TESTS_PER_MINUTE = 6


async def check(request: Request, visit: Visit) -> Response:
    """GET: `?n=` whose letter is shown, from 1. POST `act`: test, send (with `people`, the number that was shown), discard."""
    mailing_id = request.path_params["m"]
    if request.method != "POST":
        return await _page(request, visit, mailing_id, flash="tested" in request.query_params)
    form = await form_of(request)
    person = visit.viewer.person
    base = f"/desk/{visit.conference.slug}/letters"
    if form.get("act") == "test":
        return await _test(request, visit, mailing_id)
    try:
        async with visit.services.db.work() as work:
            by = person.id if person else None
            if form.get("act") == "discard":
                await discard(work, visit.conference.id, mailing_id, by=by)
                return RedirectResponse(base, 303)
            seen = int(form["version"]) if form.get("version", "").isdigit() else 0
            people = await start(work, visit.services, visit.conference.id, mailing_id, by=by, seen=seen)
            if people and str(people) != form.get("people"):
                raise Conflict("people_changed", people=people)  # nothing has gone out: the work is rolled back
    except Conflict as error:
        return await _page(request, visit, mailing_id, error=error)
    return RedirectResponse(f"{base}/{mailing_id}", 303)


async def _test(request: Request, visit: Visit, mailing_id: str) -> Response:
    """To whoever asks, with their own link."""
    person = visit.viewer.person
    if person is None:
        return RedirectResponse(request.url.path, 303)
    visit.services.limits.check("letter as a test", person.id, per_minute=TESTS_PER_MINUTE)
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.work() as work:
        draft = await draft_of(visit.services, work.session, await mailing_by_id(work.session, visit.conference.id, mailing_id))
        link = link_of(visit.services, draft, await issue_link(work, visit.services.ids, person.id))
        try:
            letter = letter_to(visit.services, draft, person, link)
        except Invalid as error:
            return await _page(request, visit, mailing_id, error=error)
        subject = _("Test: {subject}").format(subject=letter.subject)
        await post(work, Letter(letter.to, subject, letter.text, letter.reply_to, calendar=letter.calendar))
    return RedirectResponse(f"{request.url.path}?tested", 303)


async def _page(
    request: Request, visit: Visit, mailing_id: str, *, flash: bool = False, error: Conflict | Invalid | None = None
) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}/letters"
    async with visit.services.db.read() as session:
        mailing = await mailing_by_id(session, visit.conference.id, mailing_id)
        if mailing.begun is not None:
            return RedirectResponse(f"{base}/{mailing.id}", 303)
        draft = await draft_of(visit.services, session, mailing)
        found = chosen(audience_from(mailing.audience), await everybody_in(visit.services, session, mailing))
        number = _number(request.query_params.get("n", ""), len(found.people))
        reader = await session.get(Person, found.people[number - 1]) if found.people else None
        sentence = await _sentence(visit, session, error) if error else None
    return await rendered(
        request,
        "desk/letters_check.html",
        status=409 if error else 200,
        title=_("Check and send"),
        headers={"Cache-Control": "no-store"},
        letter={
            "kind": kind_word(words, mailing.kind),
            "action": request.url.path,
            "edit": f"{base}/{mailing.id}/edit" if mailing.state is not MailingState.STOPPED else None,
            "version": mailing.version,
            "people": len(found.people),
            "unreachable": len(found.unreachable),
            "minutes": -(-len(found.people) // visit.services.settings.mail_per_minute),
            "moment": _moment(visit, mailing, draft),
            "calendar": mailing.calendar,
            "draft": mailing.state is MailingState.DRAFT,
            "to": visit.viewer.person.email if visit.viewer.person else None,
            "preview": _preview(visit, draft, reader, number, found),
            "error": sentence,
        },
        flash=_("The test letter is on its way to you.") if flash else None,
        above=[{"label": _("Letters"), "href": base}],
    )


async def _sentence(visit: Visit, session: Any, error: Conflict | Invalid) -> str:
    if isinstance(error, Conflict) and error.code == "changed_meanwhile":
        return await changed_meanwhile(session, visit, error)
    return explain(error, visit.services.texts[visit.language])


def _moment(visit: Visit, mailing: Mailing, draft: Draft) -> datetime | None:
    due = due_at(mailing.at, mailing.minutes, draft.session.starts if draft.session else draft.conference.live)
    return visit.local(due) if due and due > visit.now else None


def _preview(visit: Visit, draft: Draft, reader: Person | None, number: int, found: Chosen) -> dict[str, Any] | None:
    """The letter as this person gets it; the link is theirs alone, so it is not shown."""
    if reader is None:
        return None
    _ = visit.services.texts[visit.language].gettext
    subject, text = text_of(visit.services, draft, reader, _("[here stands each person's own link]"))
    return {
        "name": reader.name,
        "email": reader.email,
        "subject": subject,
        "text": text,
        "number": number,
        "before": f"?n={number - 1}" if number > 1 else None,
        "next": f"?n={number + 1}" if number < len(found.people) else None,
    }


def _number(text: str, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    return max(1, min(number, most))
