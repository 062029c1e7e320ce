"""Who takes part in a session: one form names somebody, invites them and gives them the role."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Conflict, Invalid
from conference.desk.editing import forms
from conference.desk.editing.pages import meanwhile, session_form
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.program.casting import Casting, Part, cast, uncast
from conference.program.drafts import planned_by_slug
from conference.web.errors import explain

FIELDS = ("person_name", "person_email", "part", "person_title", "person_affiliation")


async def people(request: Request, visit: Visit) -> Response:
    """POST adds somebody, or takes the entry `remove` or the role `held` away."""
    slug, form = request.path_params["s"], await form_of(request)
    async with visit.services.db.read() as db:
        known = await planned_by_slug(db, visit.conference.id, slug)
    seen, by = form.get("version", ""), by_of(visit)
    entered = forms.entered_from(visit, known.plan) | {name: form.get(name, "") for name in FIELDS}
    try:
        async with visit.services.db.work() as work:
            if "remove" in form or "held" in form:
                number = int(form["remove"]) if form.get("remove", "").isdigit() else None
                await uncast(
                    work,
                    visit.services,
                    visit.conference,
                    visit.state,
                    slug,
                    named=number,
                    held=form.get("held"),
                    seen=seen,
                    by=by,
                )
            else:
                casting = _casting(form)
                await cast(work, visit.services, visit.conference, visit.state, slug, casting, seen=seen, by=by)
    except Conflict as error:
        return await meanwhile(request, visit, error, entered, slug)
    except Invalid as error:
        sentence = explain(error, visit.services.texts[visit.language])
        field = {"name": "person_name", "email": "person_email"}.get(error.code, "person_name")
        return await session_form(request, visit, entered, {field: sentence}, slug, status=422, version=seen)
    return RedirectResponse(f"/desk/{visit.conference.slug}/program/{slug}?cast#people", 303)


def _casting(form: dict[str, str]) -> Casting:
    part = form.get("part", "")
    email = form.get("person_email", "").strip()
    if email and ("@" not in email or any(char.isspace() for char in email)):
        raise Invalid("email", value=email)
    words = {name: form.get(f"person_{name}", "").strip()[: forms.LINE] for name in ("title", "affiliation")}
    return Casting(
        part=Part(part) if part in {each.value for each in Part} else Part.SPEAKER,
        name=form.get("person_name", ""),
        email=email,
        title={"de": words["title"]} if words["title"] else {},
        affiliation={"de": words["affiliation"]} if words["affiliation"] else {},
    )


routes: list[Route] = [page("/desk/{c}/program/{s}/people", "desk.program.people", people, ("POST",))]
