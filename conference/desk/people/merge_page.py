"""Entries that may be the same person: found by their name or by hand, looked at, made one."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid
from conference.desk.people.merging import merge_people
from conference.desk.people.store import Entry, entries_of, person_of
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.web.errors import explain
from conference.web.render import rendered
from conference.web.typed import Asked, typed_fault

NOT_STORED = {"Cache-Control": "no-store"}
MOST_SHOWN = 50
LONGEST = 100


async def merging(request: Request, visit: Visit) -> Response:
    """GET: who may be the same; with ?keep=ID whom to put together with that one, with ?gone=ID as well what that would do."""
    keep, gone = request.query_params.get("keep", ""), request.query_params.get("gone", "")
    if keep and gone:
        return await _one(request, visit, keep, gone)
    search = " ".join(request.query_params.get("q", "").split())[:LONGEST]
    async with visit.services.db.read() as session:
        everybody = await entries_of(session, visit.conference.id)
    first = next((each for each in everybody if each.id == keep), None)
    words = visit.services.texts[visit.language]
    return await rendered(
        request,
        "desk/people_merge.html",
        title=words.gettext("Put two entries together"),
        headers=NOT_STORED,
        pairs=_pairs(everybody) if first is None else _with(everybody, first, search or first.name.split()[-1]),
        keep=first,
        search=search,
        base=f"/desk/{visit.conference.slug}/people",
    )


def _pairs(everybody: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Those of one name, each with the first of that name."""
    first: dict[str, Entry] = {}
    pairs = []
    for each in everybody:
        name = each.name.casefold()
        if each.email and first.setdefault(name, each) is not each:
            pairs.append((first[name], each))
    return pairs[:MOST_SHOWN]


def _with(everybody: Sequence[Entry], keep: Entry, search: str) -> list[tuple[Entry, Entry]]:
    words = search.casefold().split()
    found = [
        each
        for each in everybody
        if each.id != keep.id and each.email and all(word in f"{each.name} {each.email}".casefold() for word in words)
    ]
    return [(keep, each) for each in found[:MOST_SHOWN]]


async def _one(request: Request, visit: Visit, keep_id: str, gone_id: str) -> Response:
    async with visit.services.db.read() as session:
        keep, gone = [await person_of(session, visit.conference.id, each) for each in (keep_id, gone_id)]
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}/people"
    word = gone.email or gone.name  # guests have no address
    error = None
    if request.method == "POST":
        error = typed_fault(await form_of(request), word, words)
        if error is None:
            try:
                async with visit.services.registering, visit.services.db.work() as work:
                    await merge_people(work, visit.services, visit.conference.id, keep_id, gone_id, by=by_of(visit))
            except Invalid as refused:
                error = explain(refused, words)
            else:
                return RedirectResponse(f"{base}/{keep_id}?done=merged", 303)
    return await rendered(
        request,
        "desk/people_merge_one.html",
        status=422 if error else 200,
        title=_("Put two entries together"),
        headers=NOT_STORED,
        error=error,
        other=f"{base}/merge?keep={gone_id}&gone={keep_id}",
        asked=Asked(
            action=f"{base}/merge?keep={keep_id}&gone={gone_id}",
            word=word,
            label=_("Put together"),
            back=f"{base}/{keep_id}",
            goes=[
                _("{name}, {email}: this entry goes, and nothing is sent to this address any more.").format(
                    name=gone.name, email=gone.email
                )
            ],
            stays=[
                _("{name}, {email}: gets the roles, links, devices and the registration of both.").format(
                    name=keep.name, email=keep.email
                ),
            ],
        ),
        base=base,
    )


routes: list[Route] = [page("/desk/{c}/people/merge", "desk.people.merge", merging, ("GET", "POST"))]
