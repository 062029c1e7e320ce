"""The form behind which an initiative's address stays hidden."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import Invalid, NotFound, TooMany
from conference.cards.contact.actions import can_answer, write_to
from conference.cards.contact.rules import LONGEST_MESSAGE, LONGEST_NAME, Message, message_of
from conference.doors.guard import page
from conference.doors.pages import client_of, form_of
from conference.doors.visit import Visit
from conference.initiatives.store import TakingPart, initiative_in
from conference.people.store import people_of_initiatives
from conference.web.errors import explain
from conference.web.render import rendered

TRAP = "website"  # no person sees this field; programs that fill in every field do
PER_MINUTE_OF_A_NETWORK, AT_ONCE_OF_A_NETWORK = 2, 10
PER_MINUTE_OF_A_SENDER, AT_ONCE_OF_A_SENDER = 0.2, 5
PER_MINUTE_TO_AN_INITIATIVE, AT_ONCE_TO_AN_INITIATIVE = 1, 20


async def contact(request: Request, visit: Visit) -> Response:
    """The form; on POST the message is on its way. Raises NotFound where the initiative cannot be written to."""
    async with visit.services.db.read() as db:
        initiative = await initiative_in(db, visit.conference.id, request.path_params["initiative"])
        reachable = initiative is not None and initiative.reachable
        if initiative is None or not reachable or not await people_of_initiatives(db, visit.conference.id, initiative.id):
            raise NotFound("no_contact", slug=visit.conference.slug)
    if request.method != "POST":
        sent = "sent" in request.query_params
        return await _form(request, visit, initiative, _known(visit), {}, sent=sent)
    entered = await form_of(request)
    there = RedirectResponse(f"{request.url.path}?sent", 303)
    if entered.get(TRAP):
        return there  # whoever fills that in is not told that it was noticed
    message, faults = message_of(entered)
    if "email" not in faults and not can_answer(message):
        faults["email"] = Invalid("email")
    texts = visit.services.texts[visit.language]
    if faults:
        errors = {name: explain(fault, texts) for name, fault in faults.items()}
        return await _form(request, visit, initiative, message, errors, status=422)
    try:
        _limit(request, visit, initiative, message)
    except TooMany as error:  # what was written is not lost
        return await _form(request, visit, initiative, message, {"message": explain(error, texts)}, status=429)
    async with visit.services.db.work() as work:
        await write_to(visit.services, work, visit.conference, initiative, message)
    return there


def _limit(request: Request, visit: Visit, initiative: TakingPart, message: Message) -> None:
    """Raises TooMany. By network, by whoever wants the answer, by viewer where there is one, and for the initiative's sake."""
    limits = visit.services.limits
    limits.check("contact of", client_of(request), per_minute=PER_MINUTE_OF_A_NETWORK, burst=AT_ONCE_OF_A_NETWORK)
    limits.check("contact by", message.email.lower(), per_minute=PER_MINUTE_OF_A_SENDER, burst=AT_ONCE_OF_A_SENDER)
    if visit.viewer.person is not None:
        limits.check("contact by", visit.viewer.person.id, per_minute=PER_MINUTE_OF_A_SENDER, burst=AT_ONCE_OF_A_SENDER)
    limits.check("contact to", initiative.id, per_minute=PER_MINUTE_TO_AN_INITIATIVE, burst=AT_ONCE_TO_AN_INITIATIVE)


def _known(visit: Visit) -> Message:
    """Whoever has signed in need not say again who it is."""
    person = visit.viewer.person
    return Message(person.name if person else "", person.email if person else "", "")


async def _form(
    request: Request, visit: Visit, initiative: TakingPart, entered: Message, errors: dict[str, str], *, status: int = 200,
    sent: bool = False,
) -> Response:  # fmt: skip
    _ = visit.services.texts[visit.language].gettext
    base = f"/{visit.conference.slug}/cards"
    shown: dict[str, Any] = {
        "name": initiative.name,
        "action": request.url.path,
        "card_href": f"{base}/{initiative.slug}",
        "gallery_href": base,
        "trap": TRAP,
        "longest": {"name": LONGEST_NAME, "message": LONGEST_MESSAGE},
        "sent": sent,
    }
    return await rendered(
        request,
        "cards/contact.html",
        status=status,
        title=_("Get in contact"),
        headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"},
        contact=shown,
        entered=entered,
        errors=errors,
    )


routes = [page("/{c}/cards/{initiative}/contact", "card.contact", contact, ("GET", "POST"))]
