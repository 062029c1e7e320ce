"""Reporting a barrier: a form under the accessibility statement that becomes a letter and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.model import LegalPage, Page
from conference.base.errors import NotFound, TooMany
from conference.base.mail import Letter, deliverable, post
from conference.base.words import say
from conference.doors.guard import page
from conference.doors.pages import client_of, form_of
from conference.doors.visit import Visit
from conference.web.errors import explain
from conference.web.render import rendered

TRAP = "website"  # no person sees this field; programs that fill in every field do
LONGEST = {"where": 300, "message": 4000, "email": 254}
PER_MINUTE_OF_A_NETWORK, AT_ONCE_OF_A_NETWORK = 1, 5
PER_MINUTE_OF_ALL, AT_ONCE_OF_ALL = 5, 50
LETTERS_IN = "de"


async def feedback(request: Request, visit: Visit) -> Response:
    """The form; on POST the report is on its way. Without an account, and without naming oneself."""
    async with visit.services.db.read() as session:
        to = await recipient(session, visit)
    if to is None:
        raise NotFound("page")
    if request.method != "POST":
        return await _form(request, visit, {}, {}, sent="sent" in request.query_params)
    entered = {name: text.strip() for name, text in (await form_of(request)).items()}
    there = RedirectResponse(f"{request.url.path}?sent", 303)
    if entered.get(TRAP):
        return there
    errors = _faults(visit, entered)
    if not errors:
        try:
            _limit(request, visit)
        except TooMany as error:
            return await _form(request, visit, entered, {"message": explain(error, visit.services.texts[visit.language])}, 429)
    if errors:
        return await _form(request, visit, entered, errors, 422)
    async with visit.services.db.work() as work:
        await post(work, letter_of(visit, to, entered))
    return there


async def recipient(session: AsyncSession, visit: Visit) -> str | None:
    """The address that the statement names, else the conference's contact; None where no letter can go to either."""
    query = select(LegalPage).where(LegalPage.conference_id == visit.conference.id, LegalPage.page == Page.ACCESSIBILITY)
    row = (await session.exec(query)).first()
    named = [row.fields.get("email", "") if row is not None and not row.own else "", visit.conference.contact.get("email", "")]
    return next((address for address in named if deliverable(address)), None)


def letter_of(visit: Visit, to: str, entered: Mapping[str, str]) -> Letter:
    """To whoever looks after barriers, in the hosts' language; the answer goes to who wrote, where they said who that is."""
    _ = visit.services.texts[LETTERS_IN].gettext
    conference = say(visit.conference.title, LETTERS_IN)
    answer = entered.get("email", "")
    parts = [
        _("Somebody met a barrier at “{conference}”:").format(conference=conference),
        entered["message"],
        _("Where: {where}").format(where=entered["where"]) if entered.get("where") else "",
        _("Simply answer this letter: your answer goes to {email}.").format(email=answer) if answer
        else _("Whoever wrote this left no address."),
        _("Answer reports within a month, and say what will be done."),
    ]  # fmt: skip
    subject = _("Barrier reported: {conference}").format(conference=conference)
    return Letter(to=to, subject=subject, text="\n\n".join(part for part in parts if part) + "\n", reply_to=answer or None)


def _faults(visit: Visit, entered: Mapping[str, str]) -> dict[str, str]:
    _ = visit.services.texts[visit.language].gettext
    errors = {}
    if not 0 < len(entered.get("message", "")) <= LONGEST["message"]:
        errors["message"] = _("Please say what does not work, in at most 4,000 characters.")
    if len(entered.get("where", "")) > LONGEST["where"]:
        errors["where"] = _("At most {n} characters, please.").format(n=LONGEST["where"])
    address = entered.get("email", "")
    if address and (len(address) > LONGEST["email"] or not deliverable(address)):
        errors["email"] = _("Please enter an address such as name@example.org.")
    return errors


def _limit(request: Request, visit: Visit) -> None:
    """Raises TooMany. By network, and for the sake of whoever reads the letters."""
    limits = visit.services.limits
    limits.check("feedback of", client_of(request), per_minute=PER_MINUTE_OF_A_NETWORK, burst=AT_ONCE_OF_A_NETWORK)
    limits.check("feedback to", visit.conference.id, per_minute=PER_MINUTE_OF_ALL, burst=AT_ONCE_OF_ALL)


async def _form(
    request: Request, visit: Visit, entered: Mapping[str, str], errors: dict[str, str], status: int = 200, *, sent: bool = False
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    return await rendered(
        request,
        "legal/feedback.html",
        status=status,
        title=_("Report a barrier"),
        headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"},
        feedback={
            "action": request.url.path,
            "back": f"/{visit.conference.slug}/legal/accessibility",
            "trap": TRAP,
            "longest": LONGEST,
            "sent": sent,
        },
        entered=entered,
        errors=errors,
    )


routes = [page("/{c}/legal/accessibility/feedback", "legal.feedback", feedback, ("GET", "POST"))]
