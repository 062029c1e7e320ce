"""What a conference asks of cards: until when films are taken, how long, large and high they may or must be."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.cards.model import CardTerms
from conference.cards.review.rules import HEIGHTS, LENGTHS, SIZES, bytes_from, height_from, last_minute, seconds_from
from conference.cards.review.terms import Wanted, set_terms
from conference.cards.rules import length_text
from conference.cards.store import terms_of
from conference.doors.entered import entered_instant
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.web.render import rendered

FIELDS = ("until", "length", "size", "height")


async def terms(request: Request, visit: Visit) -> Response:
    """GET shows them; POST sets them."""
    if request.method != "POST":
        return await _page(request, visit, {}, {}, done="set" in request.query_params)
    form = await form_of(request)
    entered = {name: form.get(name, "").strip() for name in FIELDS}
    wanted, errors = _wanted(visit, entered)
    if wanted is None:
        return await _page(request, visit, entered, errors)
    person = visit.viewer.person
    async with visit.services.db.work() as work:
        await set_terms(work, visit.conference.id, wanted, by=person.id if person else None)
    return RedirectResponse(f"{request.url.path}?set", 303)


def _wanted(visit: Visit, entered: dict[str, str]) -> tuple[Wanted | None, dict[str, str]]:
    """What was entered, or a sentence for each field that cannot be."""
    _ = visit.services.texts[visit.language].gettext
    until = entered_instant(entered["until"], visit) if entered["until"] else None
    seconds, size, height = seconds_from(entered["length"]), bytes_from(entered["size"]), height_from(entered["height"])
    errors: dict[str, str] = {}
    if entered["until"] and until is None:
        errors["until"] = _("Please enter a date and a time that exist in the conference's zone.")
    elif until is not None and until > visit.conference.closes:
        errors["until"] = _("The deadline cannot lie behind the closing date.")
    if seconds is None:
        least, most = (length_text(limit) for limit in LENGTHS)
        errors["length"] = _("Please enter minutes and seconds, such as 3:00, from {least} to {most}.").format(
            least=least, most=most
        )
    if size is None:
        least, most = (f"{limit // 1_000_000}" for limit in SIZES)
        errors["size"] = _("Please enter a whole number of MB, from {least} to {most}.").format(least=least, most=most)
    if height is None:
        least, most = (str(limit) for limit in HEIGHTS)
        errors["height"] = _("Please enter a whole number of pixels, from {least} to {most}.").format(least=least, most=most)
    if errors or seconds is None or size is None or height is None:
        return None, errors
    return Wanted(until, seconds, size, height), {}


async def _page(
    request: Request, visit: Visit, entered: dict[str, str], errors: dict[str, str], *, done: bool = False
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        current = await terms_of(session, visit.conference.id)
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/cards_terms.html",
        status=422 if errors else 200,
        title=_("Terms for video cards"),
        headers={"Cache-Control": "no-store"},
        terms={
            "desk": base,
            "back": f"{base}/cards",
            "action": request.url.path,
            "zone": visit.conference.zone,
            "longest": length_text(LENGTHS[1]),
            "largest": SIZES[1] // 1_000_000,
            "closes": last_minute(visit.local(visit.conference.closes)),
            "done": _("The terms are set. Pages of initiatives show them from now on.") if done else None,
        },
        form={"entered": entered or _entered(visit, current), "errors": errors},
    )


def _entered(visit: Visit, current: CardTerms) -> dict[str, Any]:
    return {
        "until": visit.local(current.until).strftime("%Y-%m-%dT%H:%M") if current.until else "",
        "length": length_text(current.most_seconds),
        "size": str(current.most_bytes // 1_000_000),
        "height": str(current.least_height),
    }


routes: list[Route] = [page("/desk/{c}/cards/terms", "desk.cards.terms", terms, ("GET", "POST"))]
