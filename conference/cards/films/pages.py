"""The owner's own page of a card: the film, where it stands, bringing and exchanging it, and its preview."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from conference.access.rules import signed_seconds
from conference.base.errors import ConferenceError, Conflict, Invalid, NotFound
from conference.cards.films import actions, plain, refusals, view
from conference.cards.films.actions import Bringing
from conference.cards.films.rules import Offer
from conference.cards.films.store import file_of_film, film_of_card
from conference.cards.model import FileRole, FilmState
from conference.cards.steps import Own, own_card, own_initiative, steps_of
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.initiatives.store import initiatives_in
from conference.web.errors import explain, status_of, wants_json
from conference.web.objects import send_object
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}
PREVIEW = {"Cache-Control": "private, no-cache"}
BEGUN_PER_MINUTE = 20
LARGEST_MESSAGE = 16 * 1024


async def mine(_request: Request, visit: Visit) -> Response:
    """To the card of the viewer's own initiative, whose name the address need not know."""
    async with visit.services.db.read() as db:
        for initiative in await initiatives_in(db, visit.conference.id):
            if initiative.id == own_initiative(visit):
                return RedirectResponse(f"/{visit.conference.slug}/cards/{initiative.slug}/own", 303)
    raise NotFound("card", slug=visit.conference.slug)


async def own(request: Request, visit: Visit) -> Response:
    """The film of an initiative's card, for those who may change it."""
    return await _page(request, visit, await own_card(visit, request.path_params["initiative"]), {})


async def _page(request: Request, visit: Visit, card: Own, errors: Mapping[str, str], status: int = 200) -> Response:
    _ = visit.services.texts[visit.language].gettext
    films = await view.films_for(visit, card)
    return await rendered(
        request,
        "cards/own.html",
        status=status,
        title=_("Your video card"),
        headers=NOT_STORED,
        steps=await steps_of(visit, card, "film"),
        own=view.page_of(visit, card, films),
        island=view.island_of(visit, card, films),
        form={"errors": errors},
    )


async def film(request: Request, visit: Visit) -> Response:
    """GET tells the page's script how it stands; POST brings a film by a plain form."""
    card = await own_card(visit, request.path_params["initiative"])
    if request.method != "POST":
        return JSONResponse(view.status_of(visit, card, await view.films_for(visit, card)), headers=NOT_STORED)
    _not_too_often(visit)
    try:
        brought = await plain.bring_plainly(visit.services, _bringing(visit, card), request)
    except (Invalid, Conflict) as error:
        return await _page(request, visit, card, {"film": _said(visit, error)}, status_of(error))
    if wants_json(request):
        return JSONResponse(view.upload_of(visit, card, brought, ()), 201, NOT_STORED)
    return RedirectResponse(f"{view.base_of(visit, card)}/own#own-film", 303)


async def upload(request: Request, visit: Visit) -> Response:
    """Begin the upload of a file, or go on with it: {name, size, type, modified, replace} -> the upload and what has arrived."""
    card = await own_card(visit, request.path_params["initiative"])
    _not_too_often(visit)
    asked = await _message(request)
    offer = Offer(
        str(asked.get("name", "")), _whole(asked.get("size")), str(asked.get("type", "")), _whole(asked.get("modified"))
    )
    bringing = _bringing(visit, card)
    try:
        begun = await actions.begin(visit.services, bringing, offer, replace=asked.get("replace") is True)
        arrived = await actions.arrived(visit.services, bringing, begun.id)
    except (Invalid, Conflict) as error:
        return _refused(visit, error)
    return JSONResponse(view.upload_of(visit, card, arrived.film, arrived.there), headers=NOT_STORED)


async def parts(request: Request, visit: Visit) -> Response:
    """One film on its way. GET: what has arrived. POST: {do: sign, parts | complete} by the script; break_off, retry, poster
    also by forms."""
    card = await own_card(visit, request.path_params["initiative"])
    bringing, name = _bringing(visit, card), request.path_params["film"]
    by_script = "json" in request.headers.get("content-type", "")
    try:
        if request.method != "POST":
            arrived = await actions.arrived(visit.services, bringing, name)
            return JSONResponse(view.upload_of(visit, card, arrived.film, arrived.there), headers=NOT_STORED)
        asked: Mapping[str, Any] = await _message(request) if by_script else await form_of(request)
        answer = await _do(visit, card, bringing, name, asked)
    except (Invalid, Conflict) as error:
        if by_script or wants_json(request):
            return _refused(visit, error)
        return await _page(request, visit, card, {"film": _said(visit, error)}, status_of(error))
    if by_script:
        return JSONResponse(answer, headers=NOT_STORED)
    return RedirectResponse(f"{view.base_of(visit, card)}/own#own-film", 303)


async def _do(visit: Visit, card: Own, bringing: Bringing, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    services, do = visit.services, asked.get("do")
    if do == "sign":
        wanted = asked.get("parts")
        numbers = [number for number in wanted if isinstance(number, int)] if isinstance(wanted, list) else []
        seconds = signed_seconds(visit.times, visit.now)
        addresses = await actions.sign_parts(services, bringing, name, numbers, seconds)
        return {"addresses": {str(number): address for number, address in addresses.items()}, "seconds": seconds}
    if do == "complete":
        brought = await actions.complete(services, bringing, name)
        if brought.state is FilmState.REFUSED:
            raise Invalid("film_too_large", **brought.facts)
        return view.upload_of(visit, card, brought, ())
    if do == "break_off":
        await actions.break_off(services, bringing, name)
    elif do == "retry":
        await actions.try_again(services, bringing, name)
    elif do == "poster":
        await actions.choose_poster(services, bringing, name, _seconds(asked.get("moment") or asked.get("at")))
    else:
        raise Invalid("message")
    return {}


async def preview(request: Request, visit: Visit) -> Response:
    """A file of a film that need not be public, for those who may change the card. Served as public ones are."""
    card = await own_card(visit, request.path_params["initiative"])
    async with visit.services.db.read() as db:
        found = await film_of_card(db, visit.conference.id, card.initiative.id, request.path_params["film"])
        file = await file_of_film(db, found, request.path_params["file"])
    seconds = signed_seconds(visit.times, visit.now)
    storage = visit.services.storage
    if file.role is FileRole.RENDITION and seconds >= 1:
        address = storage.sign_get(file.key, seconds, content_type=file.content_type)
        return RedirectResponse(address, 302, {"Cache-Control": "no-store"})
    text = "text/vtt; charset=utf-8" if file.role is FileRole.CAPTIONS else None
    return await send_object(request, storage, file.key, content_type=text, headers=PREVIEW)


def _bringing(visit: Visit, card: Own) -> Bringing:
    person = visit.viewer.person
    return Bringing(visit.conference.id, card.initiative.id, person.id if person else None, visit.viewer.organiser)


def _not_too_often(visit: Visit) -> None:
    person = visit.viewer.person
    visit.services.limits.check("films", person.id if person else "", per_minute=BEGUN_PER_MINUTE)


def _said(visit: Visit, error: ConferenceError) -> str:
    language = visit.services.texts[visit.language]
    if error.code in refusals.OURS:
        return refusals.sentence(error.code, error.facts, language)
    return explain(error, language)


def _refused(visit: Visit, error: ConferenceError) -> Response:
    """As every refusal to a program, with limit and value in the sentence and the facts that the script needs."""
    facts = {name: error.facts[name] for name in ("name", "size", "parts") if name in error.facts}
    return JSONResponse({**facts, "code": error.code, "text": _said(visit, error)}, status_of(error), NOT_STORED)


async def _message(request: Request) -> Mapping[str, Any]:
    """A small JSON object. Raises Invalid."""
    body = await request.body()
    try:
        asked = json.loads(body) if len(body) <= LARGEST_MESSAGE else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise Invalid("message")
    return asked


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) < 2**53 else 0


def _seconds(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise Invalid("film_poster") from None


routes = [
    page("/{c}/my-card", "card.mine", mine),
    page("/{c}/cards/{initiative}/own", "card.own", own),
    page("/{c}/cards/{initiative}/own/film", "card.film", film, ("GET", "POST")),
    page("/{c}/cards/{initiative}/own/upload", "card.upload", upload, ("POST",)),
    page("/{c}/cards/{initiative}/own/films/{film}", "card.parts", parts, ("GET", "POST")),
    page("/{c}/cards/{initiative}/films/{film}/{file}", "card.preview", preview, ("GET", "HEAD")),
]
