"""The organisers' list of people: who is invited as what, who is ready; as a table, and with personal links for a mail merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base import audit
from conference.base.tables import write_table
from conference.desk.pager import ON_A_PAGE, pages_of
from conference.desk.people import data_page, merge_page, person, reading
from conference.desk.people.store import Entry, entries_of, holding, initiative_names, roles_among
from conference.desk.people.taking import issue_links
from conference.desk.people.words import CHOOSABLE
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.doors.words import role_word
from conference.forums.check.model import Outcome
from conference.forums.check.store import results_of
from conference.forums.check.view import shown
from conference.people.model import Role, RoleHeld
from conference.web.render import rendered

LONGEST = 100  # characters of a search
LINKS_PER_MINUTE = 6
NOT_STORED = {"Cache-Control": "no-store"}


async def people(request: Request, visit: Visit) -> Response:
    words = visit.services.texts[visit.language]
    search = " ".join(request.query_params.get("q", "").split())[:LONGEST]
    role = role_of(request.query_params.get("role", ""))
    async with visit.services.db.read() as session:
        everybody = await entries_of(session, visit.conference.id)
        among = await holding(session, visit.conference.id, role) if role else None
        found = [one for one in matching(everybody, search) if among is None or one.id in among]
        pages = pages_of(request, len(found))
        here = found[pages.offset : pages.offset + ON_A_PAGE]
        roles = await roles_among(session, [one.id for one in here])
        initiatives = await initiative_names(session, visit.conference.id)
        results = await results_of(session, visit.conference.id)
    counted = Counter(result.outcome for result in results.values())
    return await rendered(
        request,
        "desk/people.html",
        title=words.gettext("People"),
        headers=NOT_STORED,
        flash=_done(visit, request.query_params),
        rows=[
            {
                "id": one.id,
                "name": one.name,
                "roles": roles_said(visit, roles.get(one.id, ())),
                "from": organisation_of(one, initiatives),
                "bounced": one.bounced is not None,
                "test": shown(visit, results.get(one.id)),
            }
            for one in here
        ],
        counted={outcome.value: counted[outcome] for outcome in Outcome},
        search=search,
        role=role.value if role else "",
        choices=[{"value": each.value, "label": role_word(words, each)} for each in CHOOSABLE],
        everybody=len(everybody),
        pages=pages,
        base=f"/desk/{visit.conference.slug}/people",
    )


async def listed(request: Request, visit: Visit) -> Response:
    """The list as a table, without links."""
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        everybody = await entries_of(session, visit.conference.id)
        roles = await roles_among(session, [one.id for one in everybody])
        initiatives = await initiative_names(session, visit.conference.id)
    rows = [
        [one.name, one.email, roles_said(visit, roles.get(one.id, ())), organisation_of(one, initiatives), one.land]
        for one in everybody
    ]
    return csv_answer("people.csv", [_("Name"), _("E-mail"), _("Roles"), _("Organisation"), _("Land")], rows)


async def links(request: Request, visit: Visit) -> Response:
    """A fresh personal link for everybody of one role, or for all with an address, as a table for a mail merge."""
    visit.services.limits.check("links table", by_of(visit) or "", per_minute=LINKS_PER_MINUTE)
    _ = visit.services.texts[visit.language].gettext
    role = role_of((await form_of(request)).get("role", ""))
    async with visit.services.db.work() as work:
        among = await holding(work.session, visit.conference.id, role) if role else None
        everybody = await entries_of(work.session, visit.conference.id)
        chosen = [one for one in everybody if one.email and (among is None or one.id in among)]
        initiatives = await initiative_names(work.session, visit.conference.id)
        addresses = await issue_links(work, visit.services, [one.id for one in chosen])
        audit.record(
            work, "links taken", conference_id=visit.conference.id, person_id=by_of(visit), people=len(chosen),
            role=role.value if role else None,
        )  # fmt: skip
    rows = [
        [one.name, one.email, organisation_of(one, initiatives), one.land, link]
        for one, link in zip(chosen, addresses, strict=True)
    ]
    return csv_answer("links.csv", [_("Name"), _("E-mail"), _("Organisation"), _("Land"), _("Personal link")], rows)


def csv_answer(name: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Response:
    headers = {**NOT_STORED, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write_table(head, rows), media_type="text/csv; charset=utf-8", headers=headers)


def matching(people: Sequence[Entry], search: str) -> list[Entry]:
    """Those in whose name or address each word of the search stands, whatever its case."""
    words = search.casefold().split()
    return [one for one in people if all(word in f"{one.name} {one.email}".casefold() for word in words)]


def role_of(text: str) -> Role | None:
    return next((role for role in Role if role.value == text), None)


def roles_said(visit: Visit, held: Sequence[RoleHeld] | tuple[()]) -> str:
    words = visit.services.texts[visit.language]
    return ", ".join(sorted({role_word(words, row.role) for row in held}))


def organisation_of(entry: Entry, initiatives: Mapping[str, tuple[str, str]]) -> str:
    initiative = initiatives.get(entry.initiative_id or "")
    return initiative[1] if initiative else entry.organisation or ""


def _done(visit: Visit, asked: Mapping[str, str]) -> str | None:
    words = visit.services.texts[visit.language]
    if asked.get("done") == "deleted":
        return words.gettext("The person is deleted, with everything that led there.")
    if "taken" not in asked:
        return None
    new, changed = (int(asked[name]) if asked.get(name, "").isdecimal() else 0 for name in ("taken", "changed"))
    sentences: list[Any] = [words.ngettext("{n} person is new.", "{n} people are new.", new).format(n=new)]
    if changed:
        text = words.ngettext("Of {n} person there is more known now.", "Of {n} people there is more known now.", changed)
        sentences.append(text.format(n=changed))
    return " ".join(sentences)


routes: list[Route] = [
    page("/desk/{c}/people", "desk.people", people),
    page("/desk/{c}/people.csv", "desk.people.csv", listed),
    page("/desk/{c}/people/links.csv", "desk.people.links", links, ("POST",)),
    *reading.routes,
    *merge_page.routes,
    *data_page.routes,
    *person.routes,
]
