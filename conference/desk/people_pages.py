"""The organisers' list of people: who is invited as what, and whose devices and network are ready."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.doors.words import role_word
from conference.forums.check.model import Outcome
from conference.forums.check.store import results_of
from conference.forums.check.view import shown
from conference.people.model import Person
from conference.people.store import persons_of, roles_in
from conference.web.render import rendered

ON_A_PAGE = 50
LONGEST = 100  # characters of a search


async def people(request: Request, visit: Visit) -> Response:
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        everybody = await persons_of(session, visit.conference.id)
        roles = await roles_in(session, visit.conference.id)
        results = await results_of(session, visit.conference.id)
    search = " ".join(request.query_params.get("q", "").split())[:LONGEST]
    found = matching(everybody, search)
    pages = max(1, -(-len(found) // ON_A_PAGE))
    number = min(max(1, _number(request.query_params.get("page", ""))), pages)
    persons = found[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
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
        search=search,
        count=len(found),
        pager={"number": number, "pages": pages, **_links(search, number, pages)},
        back=f"/desk/{visit.conference.slug}",
    )


def matching(people: Sequence[Person], search: str) -> list[Person]:
    """Those in whose name or address each word of the search stands, whatever its case."""
    words = search.casefold().split()
    return [person for person in people if all(word in f"{person.name} {person.email}".casefold() for word in words)]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _links(search: str, number: int, pages: int) -> dict[str, str | None]:
    """Where the pages before and behind are; None: there is none."""

    def link(to: int) -> str | None:
        asked = {**({"q": search} if search else {}), **({"page": to} if to > 1 else {})}
        return f"?{urlencode(asked)}" if 1 <= to <= pages else None

    return {"before": link(number - 1), "next": link(number + 1)}


routes: list[Route] = [page("/desk/{c}/people", "desk.people", people)]
