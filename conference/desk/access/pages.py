"""The desk's page of rights: who organises, who has another role in the whole conference."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid, NotFound
from conference.desk.access.actions import RIGHTS, ask_for_factor, invite
from conference.doors.guard import cookie_of, page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.doors.words import role_word
from conference.people.accounts.store import with_factor
from conference.people.actions import real_now, take_role
from conference.people.model import Person, Role
from conference.people.store import known_in_browser, organisers_of, rights_in
from conference.web.errors import explain
from conference.web.render import rendered


async def access(request: Request, visit: Visit) -> Response:
    """GET lists them; POST changes one: `do` is "give" (name, email, role), "take" (person, role) or "factor" (wanted)."""
    if request.method != "POST":
        return await _page(request, visit, {}, {})
    form = await form_of(request)
    if form.get("do") == "take":
        await _take(visit, form)
        return RedirectResponse(f"{request.url.path}?taken", 303)
    if form.get("do") == "factor":
        return await _factor(request, visit, form.get("wanted") == "yes")
    entered = {name: form.get(name, "").strip() for name in ("name", "email", "role")}
    try:
        async with visit.services.db.work() as work:
            _person, given = await invite(
                visit.services, work, visit.conference, name=entered["name"], email=entered["email"],
                role=_role(entered["role"]), by=by_of(visit), language=visit.language,
            )  # fmt: skip
    except Invalid as error:
        sentence = explain(error, visit.services.texts[visit.language])
        return await _page(request, visit, entered, {"name" if error.code == "name" else "email": sentence})
    return RedirectResponse(f"{request.url.path}?{'given' if given else 'held'}", 303)


async def _factor(request: Request, visit: Visit, wanted: bool) -> Response:
    """Whoever asks for it has shown their own, so that nobody locks themselves out."""
    services = visit.services
    if wanted and not await _verified(request, visit):
        return RedirectResponse(f"/me/factors?{urlencode({'next': request.url.path})}", 303)
    async with services.db.work() as work:
        await ask_for_factor(services, work, visit.conference.id, wanted, by=by_of(visit))
    return RedirectResponse(f"{request.url.path}?{'asked' if wanted else 'unasked'}", 303)


async def _verified(request: Request, visit: Visit) -> bool:
    async with visit.services.db.read() as session:
        cookie = cookie_of(request, visit.services) or ""
        known = await known_in_browser(session, cookie, real_now(visit.services.clock))
    return any(each.person.id == by_of(visit) and each.verified is not None for each in known)


async def _take(visit: Visit, form: dict[str, str]) -> None:
    async with visit.services.db.work() as work:
        person = await work.session.get(Person, form.get("person", ""))
        if person is None or person.conference_id != visit.conference.id:
            raise NotFound("person")
        await take_role(work, visit.services.outbox, person, _role(form.get("role", "")), by=by_of(visit))


def _role(text: str) -> Role:
    if text not in list(Role):
        raise Invalid("role_of_conference")
    return Role(text)


async def _page(request: Request, visit: Visit, entered: dict[str, str], errors: dict[str, str]) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    async with visit.services.db.read() as session:
        rights = await rights_in(session, visit.conference.id, RIGHTS)
        installation = await organisers_of(session, None)
        secured = await with_factor(session, [person.email for person, _role in rights if _role is Role.ORGANISER])
    flashes = {"given": _("The right was given, and a letter with the link is on its way."), "taken": _("The right was taken."),
               "held": _("This person holds the right already."),
               "asked": _("From now on organisers need a second factor here."),
               "unasked": _("Organisers need no second factor here any more.")}  # fmt: skip
    organisers = [person for person, role in rights if role is Role.ORGANISER]
    return await rendered(
        request,
        "desk/access.html",
        status=422 if errors else 200,
        title=_("Access and rights"),
        headers={"Cache-Control": "no-store"},
        flash=next((text for key, text in flashes.items() if key in request.query_params), None) if not errors else None,
        organisers=[_row(visit, person, len(organisers)) | {"factor": person.email in secured} for person in organisers],
        others=[
            _row(visit, person, 0) | {"role": role.value, "word": role_word(words, role)}
            for person, role in rights
            if role is not Role.ORGANISER
        ],
        asked=visit.conference.second_factor is not None,
        without=sum(person.email not in secured for person in organisers),
        installation=[person.name for person in installation],
        roles=[{"value": role.value, "label": role_word(words, role)} for role in RIGHTS],
        form={"entered": entered, "errors": errors},
    )


def _row(visit: Visit, person: Person, organisers: int) -> dict[str, Any]:
    """own: the person who looks; last: nobody else organises."""
    own = person.id == by_of(visit)
    return {"id": person.id, "name": person.name, "email": person.email, "own": own, "last": organisers == 1}


routes: list[Route] = [page("/desk/{c}/access", "desk.access", access, ("GET", "POST"))]
