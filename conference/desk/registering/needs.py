"""What people need to take part: a page of its own, each look at it is written down, and it goes earlier than all else."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base import audit
from conference.base.errors import NotFound
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.registration.form import needs_words
from conference.registration.model import AccessNeeds
from conference.registration.purge import delete_needs
from conference.registration.rules import needs_end
from conference.registration.store import needs_in, terms_of
from conference.web.render import rendered
from conference.web.typed import Asked, typed_fault

NOT_STORED = {"Cache-Control": "no-store"}


async def needs(request: Request, visit: Visit) -> Response:
    """GET shows who needs what; POST notes that somebody has seen to it, or deletes all of it now."""
    if request.method == "POST":
        return await _act(request, visit)
    return await _page(request, visit)


async def _page(request: Request, visit: Visit, fault: str | None = None) -> Response:
    words = visit.services.texts[visit.language]
    said = needs_words(words)
    async with visit.services.db.work() as work:  # that somebody looked is written down with the looking
        rows = await needs_in(work.session, visit.conference.id)
        terms = await terms_of(work.session, visit.conference.id)
        if rows:
            audit.record(work, "access needs read", conference_id=visit.conference.id, person_id=by_of(visit), people=len(rows))
    counted = Counter(need for row in rows for need in row.needs.needs)
    return await rendered(
        request,
        "desk/registration_needs.html",
        status=422 if fault else 200,
        title=words.gettext("What people need to take part"),
        headers=NOT_STORED,
        rows=[
            {
                "id": row.person.id,
                "name": row.person.name,
                "email": row.person.email,
                "needs": [said[need] for need in row.needs.needs if need in said],
                "text": row.needs.text,
                "arranged": visit.local(row.needs.arranged) if row.needs.arranged else None,
            }
            for row in rows
        ],
        counted=[{"label": label, "n": counted[need]} for need, label in said.items() if counted[need]],
        until=visit.local(needs_end(terms, visit.times)),
        over=needs_end(terms, visit.times) <= visit.now,
        action=request.url.path,
        fault=fault,
        asked=Asked(
            action=request.url.path,
            word=visit.conference.slug,
            label=words.gettext("Delete now"),
            back=request.url.path,
            goes=[
                words.ngettext(
                    "What {n} person needs is deleted for good, with the consent to keep it.",
                    "What {n} people need is deleted for good, with the consents to keep it.",
                    len(rows),
                ).format(n=len(rows))
            ],
            stays=[words.gettext("The people stay registered.")],
        ),
        base=f"/desk/{visit.conference.slug}",
    )


async def _act(request: Request, visit: Visit) -> Response:
    form = await form_of(request)
    if "typed" in form:
        fault = typed_fault(form, visit.conference.slug, visit.services.texts[visit.language])
        if fault is not None:
            return await _page(request, visit, fault)
    async with visit.services.db.work() as work:
        if "typed" in form:
            await delete_needs(work, visit.conference.id, by=by_of(visit))
            return RedirectResponse(request.url.path, 303)
        row = await work.session.get(AccessNeeds, form.get("person", ""), with_for_update=True)
        if row is None or row.conference_id != visit.conference.id:
            raise NotFound("person")
        row.arranged = None if row.arranged else work.now
        work.session.add(row)
        # Whose they are is not said: what is written here stays longer than the needs.
        audit.record(work, "access needs arranged", conference_id=visit.conference.id, person_id=by_of(visit))
    return RedirectResponse(request.url.path, 303)


routes: list[Route] = [page("/desk/{c}/registration/needs", "desk.needs", needs, ("GET", "POST"))]
