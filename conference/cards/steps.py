"""The four steps from a film to a public card, as all of the owner's pages show them: what is done and what is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from conference.base.errors import NotAllowed, NotFound
from conference.cards.consent.rules import missing_for_publishing
from conference.cards.model import Card, CardConsent, CardFilm, CardState, FileRole, FilmState
from conference.cards.review.rules import Reviewed
from conference.cards.rules import needs_captions
from conference.cards.store import card_of, consents_of, files_of_film, films_of
from conference.doors.visit import Visit
from conference.initiatives.store import TakingPart, initiative_in
from conference.people.model import Role


@dataclass(frozen=True)
class Own:
    """An initiative and its card, for somebody who may work on it. card: None before anything was brought or said."""

    initiative: TakingPart
    card: Card | None


async def own_card(visit: Visit, slug: str) -> Own:
    """The card of this initiative, for its people and for organisers. Raises NotFound; NotAllowed for everybody else."""
    async with visit.services.db.read() as db:
        initiative = await initiative_in(db, visit.conference.id, slug)
        if initiative is None:
            raise NotFound("card", slug=visit.conference.slug)
        if not visit.viewer.organiser and own_initiative(visit) != initiative.id:
            raise NotAllowed("role", slug=visit.conference.slug, state=visit.state.value)
        return Own(initiative, await card_of(db, visit.conference.id, initiative.id))


def own_initiative(visit: Visit) -> str | None:
    """The id of the initiative that the viewer speaks for."""
    person = visit.viewer.person
    return person.initiative_id if person and visit.viewer.holds(Role.INITIATIVE) else None


def newest_ready(films: Iterable[CardFilm]) -> CardFilm | None:
    """Of films with the newest first: the one that words are written for, whether it is shown already or waits."""
    return next((film for film in films if film.state is FilmState.READY), None)


async def steps_of(visit: Visit, own: Own, current: str) -> dict[str, Any]:
    """What cards/_steps.html shows. current: film, words, consent, review, or numbers."""
    films: Sequence[CardFilm] = ()
    consents: Sequence[CardConsent] = ()
    captioned = False
    async with visit.services.db.read() as db:
        if own.card is not None:
            films, consents = await films_of(db, own.card.id), await consents_of(db, own.card.id)
        film = newest_ready(films)
        if film is not None:
            captioned = any(file.role is FileRole.CAPTIONS for file in await files_of_film(db, film.id))
    said = film is not None and own.card is not None and (captioned or not needs_captions(own.card, film))
    agreed = own.card is not None and not missing_for_publishing(own.card, film, consents)
    return _shown(visit, own, current, {"film": film is not None, "words": said, "consent": agreed}, films)


def _shown(visit: Visit, own: Own, current: str, done: dict[str, bool], films: Sequence[CardFilm]) -> dict[str, Any]:
    _ = visit.services.texts[visit.language].gettext
    base = f"/{visit.conference.slug}/cards/{own.initiative.slug}"
    labels = {"film": _("Film"), "words": _("Captions and text"), "consent": _("Consent"), "review": _("Release")}
    hrefs = {
        "film": f"{base}/own",
        "words": f"{base}/own/words",
        "consent": f"{base}/own/consent",
        "review": f"{base}/own#review",
    }
    done["review"] = own.card is not None and own.card.state is CardState.PUBLISHED
    return {
        "name": own.initiative.name,
        "card_href": base,
        "own_href": hrefs["film"],
        "crumbs": [
            {"label": _("Video cards"), "href": f"/{visit.conference.slug}/cards"},
            {"label": own.initiative.name, "href": base},
        ],
        "items": [
            {
                "key": key,
                "href": hrefs[key],
                "label": labels[key],
                "done": done[key],
                "state": _("done") if done[key] else _("open"),
                "current": key == current,
            }
            for key in labels
        ],
        "review": _review(visit, own, films),
        "public": done["review"],
        "numbers": {"href": f"{base}/own/numbers", "current": current == "numbers"},
    }


def _review(visit: Visit, own: Own, films: Sequence[CardFilm]) -> str:
    """Where the card stands with the organisers, in a sentence."""
    _ = visit.services.texts[visit.language].gettext
    card = own.card
    if card is None or card.state is CardState.BEGUN:
        return _("The organisers look at the card once there is a film.")
    if card.state is CardState.PUBLISHED:
        newest = newest_ready(films)
        if Reviewed(own.initiative, card, films).change:
            return _("The card is public. The organisers ask for a change of the new film.")
        if newest is not None and not newest.shown:
            return _("The card is public. Your new film takes the old one's place once the organisers have released it.")
        return _("The card is released. Visitors see it from the moment that the conference has set.")
    return {
        CardState.READY: _("The card waits for the organisers. You get a letter once they have decided."),
        CardState.CHANGE_ASKED: _("The organisers ask for a change."),
        CardState.WITHDRAWN: _("The card has been withdrawn. Nobody sees it any more."),
    }[card.state]
