"""Registering while a conference is announced, and one's own registration: seeing, changing, withdrawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid, SignInNeeded
from conference.doors.guard import page
from conference.doors.pages import client_of, form_of
from conference.doors.visit import Visit
from conference.initiatives.store import initiatives_in
from conference.people.model import Person
from conference.registration.actions import change, register, withdraw
from conference.registration.form import TRAP, Slots, drawn, read_form, sealed_time, was_human
from conference.registration.model import Registration, RegistrationState, RegistrationTerms
from conference.registration.rules import ends_at, is_open, may_change, needs_end, spare
from conference.registration.store import (
    choices_of,
    choosable,
    consents_of,
    counts_of,
    demand,
    needs_of,
    terms_of,
    waiting_list,
)
from conference.web.errors import explain
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
FORMS_PER_MINUTE = 30  # of one network: a whole office sits behind one router
LONGEST_CLIENT = 64


async def registering(request: Request, visit: Visit) -> Response:
    """The form; whoever is registered already is led to their own page. On POST the answer is the same for every address."""
    person = _somebody(visit)
    async with visit.services.db.read() as session:
        terms = await terms_of(session, visit.conference.id)
        own = await session.get(Registration, person.id) if person else None
    if own is not None and own.state is not RegistrationState.WITHDRAWN:
        return RedirectResponse(f"/{visit.conference.slug}/register/mine", 303)
    if "sent" in request.query_params and person is None:
        return await _said(request, visit, "sent")
    if terms is None or not is_open(terms, visit.times, visit.now):
        return await _said(request, visit, "closed")
    if request.method != "POST":
        entered = {"name": person.name, "email": person.email, **_of(person)} if person else {}
        return await _form(request, visit, terms, entered, {})
    visit.services.limits.check("register", client_of(request), per_minute=FORMS_PER_MINUTE)
    return await _register(request, visit, terms, person)


async def _register(request: Request, visit: Visit, terms: RegistrationTerms, person: Person | None) -> Response:
    form = await form_of(request)
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        slots, initiatives = await _asked(session, visit)
    read = read_form(form, visit, terms, slots, initiatives, person.email if person else None)
    errors = dict(read.errors)
    if not errors and not was_human(form, visit.services.settings.key, visit.services.clock):
        errors["name"] = words.gettext("That was very quick, or very long ago. Please look through it and send it once more.")
    if errors:
        return await _form(request, visit, terms, form, errors)
    visit.services.limits.check("register email", read.entered.email, per_minute=0.3, burst=3)
    try:
        # Few at a time: each waits for the one before, and all other pages need connections meanwhile.
        async with visit.services.registering, visit.services.db.work() as work:
            client = form.get("client", "")[:LONGEST_CLIENT] or None
            by = person.id if person else None
            await register(work, visit.services, visit.conference.id, read.entered, client=client, by=by)
    except Invalid as error:
        return await _form(request, visit, terms, form, {"name": explain(error, words)})
    there = "/register/mine?done=registered" if person else "/register?sent"
    return RedirectResponse(f"/{visit.conference.slug}{there}", 303)


async def mine(request: Request, visit: Visit) -> Response:
    """One's own registration. Whoever withdrew, or never registered, is led to the form."""
    person = _somebody(visit)
    if person is None:
        raise SignInNeeded("sign_in")
    async with visit.services.db.read() as session:
        terms = await terms_of(session, visit.conference.id) or RegistrationTerms(conference_id=visit.conference.id)
        own = await session.get(Registration, person.id)
        slots, initiatives = await _asked(session, visit)
        person = await session.get_one(Person, person.id)
        entered = await _entered(session, person, own, slots, initiatives)
        given = await consents_of(session, person.id)
    if own is None or own.state is RegistrationState.WITHDRAWN:
        return await _said(request, visit, "withdrawn" if own else "none")
    if request.method != "POST":
        return await _mine(request, visit, terms, own, entered, {})
    form = await form_of(request)
    words = visit.services.texts[visit.language]
    try:
        if form.get("do") == "withdraw":
            async with visit.services.registering, visit.services.db.work() as work:
                await withdraw(work, visit.services, visit.conference.id, person.id, by=person.id)
            return RedirectResponse(request.url.path, 303)
        read = read_form(form, visit, terms, slots, initiatives, person.email, given)
        if read.errors:
            return await _mine(request, visit, terms, own, form, read.errors)
        async with visit.services.registering, visit.services.db.work() as work:
            await change(work, visit.services, visit.conference.id, person.id, read.entered)
    except Invalid as error:
        return await _mine(request, visit, terms, own, form, {"name": explain(error, words)})
    return RedirectResponse(f"{request.url.path}?done=changed", 303)


def _somebody(visit: Visit) -> Person | None:
    """Who is signed in here and has an address: guests and the installation's organisers register like strangers."""
    person = visit.viewer.person
    return person if person is not None and person.conference_id == visit.conference.id and person.email else None


async def _asked(session: AsyncSession, visit: Visit) -> tuple[Slots, dict[str, str]]:
    """What can be chosen, and the initiatives' names by id."""
    initiatives = {each.id: each.name for each in await initiatives_in(session, visit.conference.id)}
    return await choosable(session, visit.conference.id), initiatives


def _of(person: Person) -> dict[str, str]:
    return {"organisation": person.organisation or "", "land": person.land}


async def _entered(
    session: AsyncSession, person: Person, own: Registration | None, slots: Slots, initiatives: Mapping[str, str]
) -> dict[str, str]:
    """The form as one's registration stands."""
    needs = await needs_of(session, person.id)
    entered = {"name": person.name, "email": person.email, "wish": own.wish if own else "", **_of(person)}
    entered["organisation"] = person.organisation or initiatives.get(person.initiative_id or "", "")
    entered |= {f"consent-{kind.value}": "yes" for kind in await consents_of(session, person.id)}
    if needs is not None:
        entered |= {f"needs-{word}": "yes" for word in needs.needs} | {"needs-text": needs.text}
    slot_of = {each.id: number for number, slot in enumerate(slots) for each in slot}
    for choice in await choices_of(session, person.id):
        if choice.session_id in slot_of:
            entered[f"choice-{slot_of[choice.session_id]}-{choice.rank}"] = choice.session_id
    return entered


async def _form(
    request: Request, visit: Visit, terms: RegistrationTerms, entered: Mapping[str, str], errors: dict[str, str]
) -> Response:
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        slots, initiatives = await _asked(session, visit)
        wanted = await demand(session, visit.conference.id)
        counts = await counts_of(session, visit.conference.id)
    free = None if terms.places is None else max(0, terms.places - counts[RegistrationState.CONFIRMED])
    if counts[RegistrationState.WAITING] and free:
        free = 0  # who waits comes first
    return await rendered(
        request,
        "registration/register.html",
        status=422 if errors else 200,
        title=words.gettext("Register"),
        headers=NOT_STORED,
        form={**drawn(visit, terms, slots, wanted, _needs_day(visit, terms)), "action": request.url.path, "trap": TRAP,
              "own": _somebody(visit) is not None,
              "client": entered.get("client") or visit.services.ids.new(), "initiatives": sorted(initiatives.values()),
              "drawn": sealed_time(visit.services.settings.key, visit.services.clock)},
        intro=visit.say(terms.intro),
        until=visit.local(ends_at(terms, visit.times)),
        free=free,
        entered=entered,
        errors=errors,
    )  # fmt: skip


async def _mine(
    request: Request,
    visit: Visit,
    terms: RegistrationTerms,
    own: Registration,
    entered: Mapping[str, str],
    errors: dict[str, str],
) -> Response:
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        slots, initiatives = await _asked(session, visit)
        wanted = await demand(session, visit.conference.id)
        choices = {choice.session_id: choice for choice in await choices_of(session, own.person_id)}
        waiting = [row.person_id for row in await waiting_list(session, visit.conference.id)]
        given = await consents_of(session, own.person_id)
    starts = {each.id: each.starts for slot in slots for each in slot}
    idle = spare(choices.values(), starts)
    chosen = [
        {"title": visit.say(each.title), "starts": visit.local(each.starts), "placed": choices[each.id].placed is not None,
         "href": f"/{visit.conference.slug}/sessions/{each.slug}", "rank": choices[each.id].rank}
        for slot in slots for each in slot if each.id in choices and choices[each.id].id not in idle
    ]  # fmt: skip
    return await rendered(
        request,
        "registration/mine.html",
        status=422 if errors else 200,
        title=words.gettext("My registration"),
        headers=NOT_STORED,
        own={"waiting": own.state is RegistrationState.WAITING, "at": visit.local(own.at), "chosen": chosen,
             "turn": waiting.index(own.person_id) + 1 if own.person_id in waiting else None,
             "may_change": may_change(visit.times, visit.now), "done": _done(visit, request)},
        form={**drawn(visit, terms, slots, wanted, _needs_day(visit, terms), given), "action": request.url.path, "own": True,
              "initiatives": sorted(initiatives.values())},
        entered=entered,
        errors=errors,
    )  # fmt: skip


def _needs_day(visit: Visit, terms: RegistrationTerms) -> str:
    return visit.services.texts[visit.language].date(visit.local(needs_end(terms, visit.times)))


def _done(visit: Visit, request: Request) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    return {"registered": _("Thank you, you are registered. A letter with all of it is on its way."), "changed": _("Saved.")}.get(
        request.query_params.get("done", "")
    )


async def _said(request: Request, visit: Visit, what: str) -> Response:
    """A page of a few sentences and one way on."""
    _ = visit.services.texts[visit.language].gettext
    home = f"/{visit.conference.slug}/"
    said: dict[str, Any] = {
        "sent": {
            "title": _("Thank you"),
            "text": [
                _("A letter is on its way to the address that you entered. It says whether you have a place."),
                _("With the personal link in it you take part, change your choices or withdraw. If it does not come within ten "
                  "minutes, please look into the folder for spam."),
                _("If you were invited before, please look there whether all of it is complete: what others could enter in your "
                  "name is not kept."),
            ],
            "href": home, "label": _("To the start page"),
        },
        "closed": {
            "title": _("Registration is closed"),
            "text": [_("One cannot register here at the moment. If you have been invited, your personal link takes you in.")],
            "href": home, "label": _("To the start page"),
        },
        "withdrawn": {
            "title": _("You have withdrawn"),
            "text": [_("Your choices and what you need are deleted. As long as the registration is open you can register anew.")],
            "href": f"/{visit.conference.slug}/register", "label": _("Register anew"),
        },
        "none": {
            "title": _("You are not registered"),
            "text": [_("There is no registration of yours for this conference.")],
            "href": f"/{visit.conference.slug}/register", "label": _("Register"),
        },
    }[what]  # fmt: skip
    return await rendered(request, "layout/said.html", title=said["title"], headers=NOT_STORED, said=said)


routes: list[Route] = [
    page("/{c}/register", "register", registering, ("GET", "POST")),
    page("/{c}/register/mine", "register.mine", mine, ("GET", "POST")),
]
