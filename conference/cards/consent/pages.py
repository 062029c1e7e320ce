"""The owner's page of consents, and the page behind the link for withdrawing."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import Conflict, Invalid, NotFound
from conference.cards.consent.actions import agree, take_back, withdraw_by_owner
from conference.cards.consent.links import is_ours
from conference.cards.consent.rules import LONGEST_NAME, film_in_question
from conference.cards.consent.store import name_of
from conference.cards.consent.view import history, is_open_to_consent, life, questions, withdrawal
from conference.cards.model import Card, CardState, ConsentKind
from conference.cards.steps import Own, own_card, own_initiative, steps_of
from conference.cards.store import consents_of, films_of
from conference.doors.guard import page
from conference.doors.pages import client_of, form_of
from conference.doors.visit import Visit
from conference.web.errors import explain
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}
SECRET = {**NOT_STORED, "X-Robots-Tag": "noindex, nofollow"}
GUESSES_PER_MINUTE = 60
DECISIONS_PER_MINUTE = 30


async def consent(request: Request, visit: Visit) -> Response:
    """GET shows what is asked and what holds; POST agrees to what is ticked."""
    own = await own_card(visit, request.path_params["initiative"])
    if request.method != "POST" or own.card is None:
        return await _shown(request, visit, own, {}, {}, done=_done(request, visit))
    form = await form_of(request)
    _limit(visit, own.card.id)
    _ = visit.services.texts[visit.language].gettext
    kinds = {kind for kind in ConsentKind if form.get(kind.value) == "yes"}
    errors: dict[str, str] = {}
    if not kinds:
        errors["agree"] = _("Please tick what you agree to.")
    elif not 0 < len(" ".join(form.get("name", "").split())) <= LONGEST_NAME:
        errors["name"] = explain(Invalid("name"), visit.services.texts[visit.language])
    if errors:
        return await _shown(request, visit, own, form, errors)
    try:
        async with visit.services.db.work() as work:
            await agree(
                visit.services, work, own.card.id, kinds, name=form["name"], language=visit.language, by=_person(visit),
                film_id=form.get("of") or None,
            )  # fmt: skip
    except Conflict as error:
        if error.code != "card_other_film":
            raise
        meant = {name: value for name, value in form.items() if name != ConsentKind.PEOPLE}
        return await _shown(request, visit, own, meant, {"agree": explain(error, visit.services.texts[visit.language])})
    return RedirectResponse(f"{request.url.path}?agreed", 303)


async def end_consent(request: Request, visit: Visit) -> Response:
    """Take one consent back. Raises Invalid for one that there is not."""
    own = await own_card(visit, request.path_params["initiative"])
    kind = (await form_of(request)).get("kind", "")
    if kind not in set(ConsentKind):
        raise Invalid("field", field="kind")
    if own.card is not None:
        _limit(visit, own.card.id)
        async with visit.services.db.work() as work:
            await take_back(visit.services, work, own.card.id, ConsentKind(kind), by=_person(visit))
    return RedirectResponse(f"/{visit.conference.slug}/cards/{own.initiative.slug}/own/consent?ended", 303)


async def withdraw(request: Request, visit: Visit) -> Response:
    """GET says what will happen; POST withdraws at once. Whoever has the link may, in every state of the conference.

    Raises NotFound for every address that we have not made, without telling whether there is such a card.
    """
    card_id, services = request.path_params["card"], visit.services
    if not is_ours(services, card_id, request.path_params["mac"]):
        services.limits.check("withdrawal guesses", client_of(request), per_minute=GUESSES_PER_MINUTE)
        raise NotFound("page")
    _limit(visit, card_id)
    async with services.db.read() as db:
        card = await db.get(Card, card_id)
        name = await name_of(db, card) if card is not None else ""
    if card is not None and card.conference_id != visit.conference.id:
        raise NotFound("page")
    if request.method == "POST":
        if card is not None:
            async with services.db.work() as work:
                await withdraw_by_owner(services, work, card.id, by=_person(visit))
        return RedirectResponse(request.url.path, 303, SECRET)
    _ = services.texts[visit.language].gettext
    gone = card is None or card.state is CardState.WITHDRAWN
    shown = {"name": name, "gone": gone, "action": request.url.path, "life": life(visit, card, ())}
    return await rendered(request, "cards/withdraw.html", title=_("Withdraw a video card"), headers=SECRET, withdrawal=shown)


async def _shown(
    request: Request, visit: Visit, own: Own, entered: dict[str, str], errors: dict[str, str], *, done: str | None = None
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        films = await films_of(db, own.card.id) if own.card else []
        consents = await consents_of(db, own.card.id) if own.card else []
    person = visit.viewer.person
    speaks = person is not None and own_initiative(visit) == own.initiative.id
    film = film_in_question(films)
    asked = questions(visit, film, consents)
    base = f"/{visit.conference.slug}/cards/{own.initiative.slug}/own"
    return await rendered(
        request,
        "cards/consent.html",
        status=422 if errors else 200,
        title=_("Consent"),
        headers=NOT_STORED,
        steps=await steps_of(visit, own, "consent"),
        consent={
            **asked,
            "open": is_open_to_consent(own.card),
            "withdrawn": own.card is not None and own.card.state is CardState.WITHDRAWN,
            "asks": any(question["asked"] for group in asked.values() for question in group),
            "action": f"{base}/consent",
            "end": f"{base}/consent/end",
            "film": base,
            "of": film.id if film else "",
            "speaks": speaks,
            "life": life(visit, own.card, consents),
            "history": history(visit, consents),
            "withdrawal": withdrawal(visit, own.card.id) if own.card is not None and is_open_to_consent(own.card) else None,
            "done": done,
        },
        form={"entered": entered or {"name": person.name if person and speaks else ""}, "errors": errors},
    )


def _done(request: Request, visit: Visit) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    if "agreed" in request.query_params:
        return _("Thank you. What was agreed to stands below with the time; the initiative gets it by mail as well.")
    return _("Taken back. It holds from now on.") if "ended" in request.query_params else None


def _person(visit: Visit) -> str | None:
    return visit.viewer.person.id if visit.viewer.person else None


def _limit(visit: Visit, card_id: str) -> None:
    visit.services.limits.check("card decisions", card_id, per_minute=DECISIONS_PER_MINUTE)


routes = [
    page("/{c}/cards/{initiative}/own/consent", "card.consent", consent, ("GET", "POST")),
    page("/{c}/cards/{initiative}/own/consent/end", "card.consent.end", end_consent, ("POST",)),
    page("/{c}/cards/withdraw/{card}.{mac}", "card.withdraw", withdraw, ("GET", "POST")),
]
