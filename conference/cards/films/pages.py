"""The owner's own page of a card: the film, where it stands, bringing and exchanging it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import NotFound
from conference.cards.steps import own_card, own_initiative, steps_of
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.initiatives.store import initiatives_in
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}


async def mine(_request: Request, visit: Visit) -> Response:
    """To the card of the viewer's own initiative, whose name the address need not know."""
    async with visit.services.db.read() as db:
        for initiative in await initiatives_in(db, visit.conference.id):
            if initiative.id == own_initiative(visit):
                return RedirectResponse(f"/{visit.conference.slug}/cards/{initiative.slug}/own", 303)
    raise NotFound("card", slug=visit.conference.slug)


async def own(request: Request, visit: Visit) -> Response:
    """The film of an initiative's card, for those who may change it."""
    _ = visit.services.texts[visit.language].gettext
    card = await own_card(visit, request.path_params["initiative"])
    steps = await steps_of(visit, card, "film")
    return await rendered(request, "cards/own.html", title=_("Your video card"), headers=NOT_STORED, steps=steps)


routes = [
    page("/{c}/my-card", "card.mine", mine),
    page("/{c}/cards/{initiative}/own", "card.own", own),
]
