"""One's own data: shown, taken along as a file, deleted. Of all conferences as whose person this browser is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.store import conferences
from conference.base.errors import Conflict, NotAllowed, SignInNeeded
from conference.base.words import say
from conference.cards.consent.links import withdrawal_path
from conference.doors.guard import cookie_name, cookie_of, installation_page
from conference.doors.pages import form_of
from conference.keeping.persons_gone import cards_agreed_to, delete_person, traces_of
from conference.keeping.persons_out import file_of, json_file
from conference.keeping.persons_words import goes, stays
from conference.people.accounts.store import with_factor
from conference.people.actions import real_now
from conference.people.model import Person
from conference.people.store import Known, known_in_browser
from conference.web.errors import explain
from conference.web.render import rendered
from conference.web.services import Services
from conference.web.typed import Asked, typed_fault

NOT_STORED = {"Cache-Control": "no-store"}
FILES_PER_MINUTE = 6


class _FactorFirst(Exception):
    """A second factor is set up for this address, and this browser has not shown it."""


async def _people(request: Request) -> list[Person]:
    """Raises SignInNeeded for strangers, _FactorFirst."""
    services: Services = request.app.state.services
    async with services.db.read() as session:
        known = await known_in_browser(session, cookie_of(request, services) or "", real_now(services.clock))
        if not known:
            raise SignInNeeded("sign_in")
        asked = await with_factor(session, [each.person.email for each in known])
    if asked - {each.person.email for each in known if _shown(each)}:
        raise _FactorFirst
    return [each.person for each in known]


def _shown(known: Known) -> bool:
    return known.verified is not None


def _to_factor(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        raise NotAllowed("factor_first")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in/factor?{urlencode({'next': here})}", 303)


async def _titles(request: Request, people: Sequence[Person]) -> dict[str, str]:
    """Person -> the conference, or the office of the installation."""
    services: Services = request.app.state.services
    language = services.texts[request.state.language]
    async with services.db.read() as session:
        known = {each.id: say(each.title, language.code) for each in await conferences(session)}
    return {each.id: known.get(each.conference_id or "") or language.gettext("Conference office") for each in people}


async def data(request: Request) -> Response:
    """What there is, and where it can be taken along or deleted."""
    try:
        people = await _people(request)
    except _FactorFirst:
        return _to_factor(request)
    services: Services = request.app.state.services
    titles = await _titles(request, people)
    _ = services.texts[request.state.language].gettext
    return await rendered(
        request,
        "people/data.html",
        title=_("My data"),
        headers=NOT_STORED,
        people=[{"id": each.id, "name": each.name, "email": each.email, "title": titles[each.id]} for each in people],
        flash=_("Your data is deleted there.") if "deleted" in request.query_params else None,
    )


async def data_file(request: Request) -> Response:
    """The file."""
    try:
        people = await _people(request)
    except _FactorFirst:
        return _to_factor(request)
    services: Services = request.app.state.services
    services.limits.check("own data", people[0].id, per_minute=FILES_PER_MINUTE, burst=FILES_PER_MINUTE)
    async with services.db.read() as session:
        language = services.texts[request.state.language]
        file = await file_of(session, people, language, made=services.clock.now(), own=True)
    return json_file(file, "my-data.json")


async def gone(request: Request) -> Response:
    """GET with ?p=PERSON says what goes and what stays, without it asks of which conference; POST with the typed word deletes."""
    try:
        people = await _people(request)
    except _FactorFirst:
        return _to_factor(request)
    person = next((each for each in people if each.id == request.query_params.get("p")), people[0] if len(people) == 1 else None)
    titles = await _titles(request, people)
    if person is None:
        return await _which(request, people, titles)
    services: Services = request.app.state.services
    words, error = services.texts[request.state.language], None
    word = person.email or person.name
    if request.method == "POST":
        error = typed_fault(await form_of(request), word, words)
        if error is None:
            try:
                async with services.registering, services.db.work() as work:
                    await delete_person(work, services, person.id, by=None)
            except Conflict as refused:
                error = explain(refused, words)
            else:
                return await _after(request, services, len(people) > 1)
    async with services.db.read() as session:
        traces, cards = await traces_of(session, person.id), await cards_agreed_to(session, person.id)
    withdrawals = [{"href": withdrawal_path(services, slug, card), "title": name} for card, slug, name in cards]
    asked = Asked(
        action=f"/me/delete?{urlencode({'p': person.id})}",
        word=word,
        label=words.gettext("Delete my data"),
        back="/me/data",
        goes=goes(traces, words),
        stays=stays(traces, words),
    )
    status, of = 422 if error else 200, titles[person.id]
    return await _page(request, status=status, of=of, asked=asked, error=error, withdrawals=withdrawals)


async def _which(request: Request, people: Sequence[Person], titles: dict[str, str]) -> Response:
    choices = [
        {"href": f"/me/delete?{urlencode({'p': each.id})}", "title": titles[each.id], "name": each.name} for each in people
    ]
    return await _page(request, choices=choices)


async def _page(request: Request, *, status: int = 200, **shown: Any) -> Response:
    _ = request.app.state.services.texts[request.state.language].gettext
    page = {"of": None, "choices": [], "asked": None, "error": None, "withdrawals": []} | shown
    title = _("Delete my data")
    return await rendered(request, "people/delete.html", status=status, title=title, headers=NOT_STORED, **page)


async def _after(request: Request, services: Services, elsewhere: bool) -> Response:
    """Whom else the browser is signed in as stays so; a browser that is nobody any more needs no cookie."""
    if elsewhere:
        return RedirectResponse("/me/data?deleted", 303)
    response = await _page(request)
    response.delete_cookie(cookie_name(services), path="/", secure=services.settings.secure, httponly=True, samesite="lax")
    return response


routes: list[Route] = [
    installation_page("/me/data", "me.data", data),
    installation_page("/me/data.json", "me.data.file", data_file),
    installation_page("/me/delete", "me.delete", gone, ("GET", "POST")),
]
