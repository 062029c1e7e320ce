"""The organisers' list of people: who is invited as what, and whose devices and network are ready."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.doors.words import role_word
from conference.forums.check.model import Outcome
from conference.forums.check.store import results_of
from conference.forums.check.view import shown
from conference.people.store import persons_of, roles_in
from conference.web.render import rendered


async def people(request: Request, visit: Visit) -> Response:
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        persons = await persons_of(session, visit.conference.id)
        roles = await roles_in(session, visit.conference.id)
        results = await results_of(session, visit.conference.id)
    rows = [
        {
            "name": person.name,
            "roles": sorted({role_word(words, held.role) for held in roles.get(person.id, ())}),
            "test": shown(visit, results.get(person.id)),
        }
        for person in persons
    ]
    counted = Counter(result.outcome for result in results.values())
    return await rendered(
        request,
        "desk/people.html",
        title=words.gettext("People"),
        headers={"Cache-Control": "no-store"},
        rows=rows,
        counted={outcome.value: counted[outcome] for outcome in Outcome},
        back=f"/desk/{visit.conference.slug}",
    )


routes: list[Route] = [page("/desk/{c}/people", "desk.people", people)]
