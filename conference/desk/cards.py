"""The desk's list of video cards: where each initiative stands, and what can be looked through by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.access.model import State
from conference.cards.review.rules import Queue, Reviewed, counts_of, last_minute, queues_of
from conference.cards.review.store import reviewed_in
from conference.cards.store import terms_of
from conference.desk import card_page, card_reminder, card_terms
from conference.desk.card_words import detail_of, shown_light
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.initiatives.model import LAENDER
from conference.people.model import Person
from conference.people.store import people_of_initiatives
from conference.web.render import rendered


async def cards(request: Request, visit: Visit) -> Response:
    """All initiatives in the host's order, or those of one queue. A fixed number of queries, however many there are."""
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        every = await reviewed_in(session, visit.conference.id)
        people = await people_of_initiatives(session, visit.conference.id)
        terms = await terms_of(session, visit.conference.id)
    asked = request.query_params.get("show", "")
    queue = Queue(asked) if asked in list(Queue) else Queue.ALL
    counts = counts_of(every, visit.now)
    chosen = [each for each in every if queue in queues_of(each, visit.now)]
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/cards.html",
        title=_("Video cards"),
        headers={"Cache-Control": "no-store"},
        review={
            "back": base,
            "queues": _queues(visit, counts, queue),
            "rows": [_row(visit, each, people) for each in chosen],
            "count": len(every),
            "terms": f"{base}/cards/terms",
            "reminder": f"{base}/cards/reminder" if counts[Queue.WITHOUT] else None,
            "reminded": visit.local(terms.reminded) if terms.reminded else None,
            "until": last_minute(visit.local(terms.until)) if terms.until else None,
            "over": visit.now >= (terms.until or visit.conference.closes),
            "again": request.url.path + (f"?show={queue}" if queue is not Queue.ALL else ""),
        },
        live=_live(request, visit),
    )


def _live(request: Request, visit: Visit) -> dict[str, Any] | None:
    """What the page listens to; a purged conference tells nothing any more."""
    if visit.state is State.PURGED:
        return None
    return {"topics": f"conference:{visit.conference.id}", "last": request.state.live_last}


async def waiting_cards(session: AsyncSession, visit: Visit) -> int:
    """How many cards or new versions wait for the organisers."""
    return counts_of(await reviewed_in(session, visit.conference.id), visit.now)[Queue.WAITS]


def _queues(visit: Visit, counts: Mapping[Queue, int], chosen: Queue) -> list[dict[str, Any]]:
    _ = visit.services.texts[visit.language].gettext
    base = f"/desk/{visit.conference.slug}/cards"
    labels = {
        Queue.ALL: _("All initiatives"),
        Queue.WAITS: _("Waiting for you"),
        Queue.CAPTIONS: _("Captions missing"),
        Queue.CONSENT: _("Consent missing"),
        Queue.WITHOUT: _("Without a card"),
        Queue.CHANGE: _("Change asked for"),
        Queue.CHANGED: _("Changed since the release"),
        Queue.PUBLISHED: _("Published"),
    }
    return [
        {
            "href": base if queue is Queue.ALL else f"{base}?show={queue}",
            "label": label,
            "count": counts[queue],
            "current": queue is chosen,
        }
        for queue, label in labels.items()
    ]


def _row(visit: Visit, each: Reviewed, people: Mapping[str, Sequence[Person]]) -> dict[str, Any]:
    _ = visit.services.texts[visit.language].gettext
    return {
        "name": each.initiative.name,
        "land": LAENDER[each.initiative.land],
        "href": f"/desk/{visit.conference.slug}/cards/{each.initiative.slug}",
        "light": shown_light(visit, each),
        "detail": detail_of(visit, each),
        "unreachable": None if people.get(each.initiative.id) else _("Nobody of this initiative is invited yet."),
    }


routes: list[Route] = [
    page("/desk/{c}/cards", "desk.cards", cards),
    *card_terms.routes,
    *card_reminder.routes,
    *card_page.routes,
]
