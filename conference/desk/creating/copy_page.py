"""The form for a copy: another title, another day."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.words import say
from conference.desk.creating.copying import copy_conference
from conference.desk.creating.entered import LONGEST_TITLE
from conference.desk.creating.who import creator_of
from conference.doors.entered import entered_instant
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}


async def copy(request: Request, visit: Visit) -> Response:
    """GET shows the form; POST makes the copy as a draft. Raises NotAllowed for organisers of this conference alone."""
    person = await creator_of(request)
    _ = visit.services.texts[visit.language].gettext
    if request.method != "POST":
        begins = visit.local(visit.conference.live).strftime("%H:%M")
        return await _page(request, visit, {"title": say(visit.conference.title, "de"), "day": "", "begins": begins}, {})
    form = await form_of(request)
    entered = {name: " ".join(form.get(name, "").split()) for name in ("title", "day", "begins")}
    errors = {}
    if not entered["title"] or len(entered["title"]) > LONGEST_TITLE:
        errors["title"] = _("Please enter a title of at most {n} characters.").format(n=LONGEST_TITLE)
    begins_at = entered_instant(f"{entered['day']}T{entered['begins']}", visit)
    if begins_at is None:
        errors["day"] = _("Please enter a day, and a time that the clocks do not leave out.")
    elif begins_at <= visit.now:
        errors["day"] = _("This day is over already.")
    if errors or begins_at is None:
        return await _page(request, visit, entered, errors)
    made = await copy_conference(visit.services, visit.conference.id, title=entered["title"], begins=begins_at, by=person.id)
    return RedirectResponse(f"/desk/{made.slug}?made", 303)


async def _page(request: Request, visit: Visit, entered: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    _ = visit.services.texts[visit.language].gettext
    return await rendered(
        request,
        "desk/copy.html",
        status=422 if errors else 200,
        title=_("Copy the conference"),
        headers=NOT_STORED,
        action=request.url.path,
        longest=LONGEST_TITLE,
        form={"entered": dict(entered), "errors": dict(errors)},
    )


routes: list[Route] = [page("/desk/{c}/copy", "desk.copy", copy, ("GET", "POST"))]
