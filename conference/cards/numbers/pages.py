"""Counting plays without knowing anybody, and what an initiative reads of it; beside it the switch of its contact form."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import Invalid, TooMany
from conference.base.limits import shorten
from conference.cards.contact.actions import let_be_reached
from conference.cards.numbers.actions import What, count_play
from conference.cards.numbers.rules import LEAST, Figure, Numbers, Share, numbers_of
from conference.cards.steps import own_card, own_initiative, steps_of
from conference.cards.store import playable_card, plays_of
from conference.doors.guard import page
from conference.doors.pages import client_of, form_of
from conference.doors.visit import Visit, standing_of
from conference.people.store import people_of_initiatives
from conference.web.render import rendered

LONGEST_BODY = 200
# A whole office may sit behind one network; whoever wants a large number has to bring many networks, or weeks.
PLAYS_AT_ONCE, PLAYS_PER_MINUTE = 20, 0.2
NOT_STORED = {"Cache-Control": "no-store"}


async def plays(request: Request, visit: Visit) -> Response:
    """One play or one end, of a film that this viewer may play. The answer is the same whether it was counted or not.

    Not counted: what its own people and organisers watch, and more from one network than people play.
    Raises NotFound, Invalid("plays").
    """
    slug = request.path_params["initiative"]
    async with visit.services.db.read() as db:
        card = await playable_card(db, visit.conference, visit.state, standing_of(visit.viewer), own_initiative(visit), slug)
    what = await _what(request)
    if not visit.viewer.organiser and own_initiative(visit) != card.initiative_id and _is_fair(request, visit, card.id, what):
        async with visit.services.db.work() as work:
            await count_play(work, card.id, visit.local(visit.now).date(), what)
    return Response(status_code=204, headers=NOT_STORED)


async def _what(request: Request) -> What:
    try:
        body = await request.body()
        said = json.loads(body) if len(body) <= LONGEST_BODY else None
    except (ValueError, RecursionError):
        said = None
    what = said.get("what") if isinstance(said, dict) else None
    if what == "play":
        return "play"
    if what == "end":
        return "end"
    raise Invalid("plays")


def _is_fair(request: Request, visit: Visit, card_id: str, what: What) -> bool:
    key = f"{card_id} {shorten(client_of(request))}"
    try:
        visit.services.limits.check(f"card {what}", key, per_minute=PLAYS_PER_MINUTE, burst=PLAYS_AT_ONCE)
    except TooMany:
        return False
    return True


async def numbers(request: Request, visit: Visit) -> Response:
    """The initiative's page of its numbers; POST switches the contact form on or off."""
    own = await own_card(visit, request.path_params["initiative"])
    if request.method == "POST":
        reachable = (await form_of(request)).get("reachable") == "yes"
        async with visit.services.db.work() as work:
            await let_be_reached(visit.services, work, visit.conference.id, own.initiative.id, reachable)
        return RedirectResponse(f"{request.url.path}?saved#contact", 303)
    async with visit.services.db.read() as db:
        rows = await plays_of(db, own.card.id) if own.card else []
        addressed = bool(await people_of_initiatives(db, visit.conference.id, own.initiative.id))
    _ = visit.services.texts[visit.language].gettext
    return await rendered(
        request,
        "cards/numbers.html",
        title=_("Numbers"),
        headers=NOT_STORED,
        steps=await steps_of(visit, own, "numbers"),
        numbers=_shown(visit, numbers_of((row.day, row.plays, row.ends) for row in rows)),
        contact={
            "action": request.url.path,
            "reachable": own.initiative.reachable,
            "addressed": addressed,
            "saved": "saved" in request.query_params,
        },
    )


def _shown(visit: Visit, found: Numbers) -> dict[str, Any] | None:
    if not found:
        return None
    whole = {"plays": _count(visit, found.plays), "ends": _count(visit, found.ends), "share": _share(visit, found.share)}
    spans = [{"first": span.first, "last": span.last, "plays": _count(visit, span.plays)} for span in found.spans]
    return {**whole, "spans": spans}


def _count(visit: Visit, figure: Figure) -> str:
    _ = visit.services.texts[visit.language].gettext
    return _("fewer than {n}").format(n=LEAST) if figure.exact is None else str(figure.exact)


def _share(visit: Visit, share: Share | None) -> str:
    """In German a narrow no-break space stands before the sign (DIN 5008)."""
    if share is None:
        return "–"
    _ = visit.services.texts[visit.language].gettext
    text = f"{share.percent}\N{NARROW NO-BREAK SPACE}%" if visit.language == "de" else f"{share.percent}%"
    return _("less than {share}").format(share=text) if share.under else text


routes = [
    page("/{c}/cards/{initiative}/plays", "card.plays", plays, ("POST",)),
    page("/{c}/cards/{initiative}/own/numbers", "card.own.numbers", numbers, ("GET", "POST")),
]
