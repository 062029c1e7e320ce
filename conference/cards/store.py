"""Cards out of the database. The doors `..._for_viewing` are where visibility is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.base.db import Work
from conference.base.errors import NotFound
from conference.cards.model import Card, CardConsent, CardFile, CardFilm, CardPlays, CardTerms, FileRole
from conference.cards.rules import hidden, may_play, may_see_facts, may_see_film, public_name
from conference.doors.table import Standing
from conference.initiatives.store import TakingPart, initiative_in, initiatives_in


@dataclass(frozen=True)
class Exhibit:
    """An initiative in the gallery; its card and the shown film's files only as far as the viewer may see them.

    film: the shown one. plays: whether this viewer may see the film itself; where not although there is one, captions are still
    missing.
    """

    initiative: TakingPart
    card: Card | None = None
    files: tuple[CardFile, ...] = ()
    plays: bool = False
    film: CardFilm | None = None

    @property
    def slug(self) -> str:
        return self.initiative.slug

    def of(self, role: FileRole) -> list[CardFile]:
        """Files of one role that have a public name, in order."""
        return [file for file in self.files if file.role is role and public_name(file)]


async def gallery_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, own_initiative: str | None = None
) -> list[Exhibit]:
    """All initiatives in the host's order. Three queries. own_initiative: the viewer's, by id.

    Raises NotFound; OutsideWindow when the gallery went with the conference.
    """
    if not may_see_facts(state, standing):
        raise hidden(state, conference.slug)
    initiatives = await initiatives_in(db, conference.id)
    cards = {card.initiative_id: card for card in await cards_in(db, conference.id)}
    films: dict[str, tuple[CardFilm, list[CardFile]]] = {}
    for film, file in await _shown_in(db, conference.id):
        films.setdefault(film.card_id, (film, []))[1].append(file)
    exhibits = []
    for initiative in initiatives:
        card, own = cards.get(initiative.id), initiative.id == own_initiative
        if card is None or not may_see_film(card, state, standing, own=own):
            exhibits.append(Exhibit(initiative))
            continue
        shown, files = films.get(card.id, (None, []))
        plays = shown is not None and may_play(card, shown, files, standing, own=own)
        exhibits.append(Exhibit(initiative, card, tuple(files), plays, shown))
    return exhibits


async def file_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, own_initiative: str | None, slug: str, name: str
) -> CardFile:
    """One file of a card by its public name. No text of the address becomes part of a key.

    Raises NotFound; OutsideWindow when it went with the conference.
    """
    card, own = await _card_for_viewing(db, conference, state, standing, own_initiative, slug)
    film, files = await shown_film(db, card.id), await files_of(db, card.id)
    for file in files:
        if public_name(file) == name:
            if film is None or (file.role is FileRole.RENDITION and not may_play(card, film, files, standing, own=own)):
                break
            return file
    raise hidden(state, conference.slug)


async def playable_card(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, own_initiative: str | None, slug: str
) -> Card:
    """A card whose film this viewer may play now. Raises NotFound; OutsideWindow."""
    card, own = await _card_for_viewing(db, conference, state, standing, own_initiative, slug)
    film = await shown_film(db, card.id)
    if film is None or not may_play(card, film, await files_of(db, card.id), standing, own=own):
        raise hidden(state, conference.slug)
    return card


async def _card_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, own_initiative: str | None, slug: str
) -> tuple[Card, bool]:
    """A card of which this viewer may see more than the facts, and whether it is the viewer's own."""
    initiative = await initiative_in(db, conference.id, slug)
    card = await card_of(db, conference.id, initiative.id) if initiative else None
    own = initiative is not None and initiative.id == own_initiative
    if card is None or not may_see_film(card, state, standing, own=own):
        raise hidden(state, conference.slug)
    return card, own


async def cards_in(db: AsyncSession, conference_id: str) -> list[Card]:
    """All cards of a conference, whatever their state."""
    return list(await db.exec(select(Card).where(Card.conference_id == conference_id)))


async def card_of(db: AsyncSession, conference_id: str, initiative_id: str) -> Card | None:
    query = select(Card).where(Card.conference_id == conference_id, Card.initiative_id == initiative_id)
    return (await db.exec(query)).first()


async def card_by_id(db: AsyncSession, card_id: str) -> Card:
    """Raises NotFound."""
    card = await db.get(Card, card_id)
    if card is None:
        raise NotFound("card")
    return card


async def terms_of(db: AsyncSession, conference_id: str) -> CardTerms:
    """What the conference asks of cards; the defaults where it says nothing (not stored then)."""
    return await db.get(CardTerms, conference_id) or CardTerms(conference_id=conference_id)


async def shown_film(db: AsyncSession, card_id: str) -> CardFilm | None:
    return (await db.exec(select(CardFilm).where(CardFilm.card_id == card_id, col(CardFilm.shown)))).first()


NEWEST_FIRST = (col(CardFilm.shown), col(CardFilm.begun).desc(), col(CardFilm.id).desc())
"""The film that is shown comes last: those before it are forgotten once it is shown, so that every other one is newer, also where
a demo's clock was shifted meanwhile."""


async def films_of(db: AsyncSession, card_id: str) -> list[CardFilm]:
    """All of a card, the newest first."""
    return list(await db.exec(select(CardFilm).where(CardFilm.card_id == card_id).order_by(*NEWEST_FIRST)))


async def film_by_id(db: AsyncSession, film_id: str) -> CardFilm:
    """Raises NotFound."""
    film = await db.get(CardFilm, film_id)
    if film is None:
        raise NotFound("film")
    return film


async def card_for_decision(work: Work, card_id: str) -> Card:
    """The card; whoever else decides on it waits until this work is done. Raises NotFound."""
    card = await work.session.get(Card, card_id, with_for_update=True, populate_existing=True)
    if card is None:
        raise NotFound("card")
    return card


async def files_of(db: AsyncSession, card_id: str) -> list[CardFile]:
    """Of the film that is shown, in order of role and position."""
    query = select(CardFile).join(CardFilm, col(CardFilm.id) == CardFile.film_id)
    return list(await db.exec(_ordered(query.where(CardFilm.card_id == card_id, col(CardFilm.shown)))))


async def files_of_film(db: AsyncSession, film_id: str) -> list[CardFile]:
    """In order of role and position."""
    return list(await db.exec(_ordered(select(CardFile).where(CardFile.film_id == film_id))))


async def consents_of(db: AsyncSession, card_id: str) -> list[CardConsent]:
    """Everything that was ever agreed to, in order of time."""
    query = select(CardConsent).where(CardConsent.card_id == card_id)
    return list(await db.exec(query.order_by(col(CardConsent.given), col(CardConsent.id))))


async def plays_of(db: AsyncSession, card_id: str) -> list[CardPlays]:
    """Day by day."""
    return list(await db.exec(select(CardPlays).where(CardPlays.card_id == card_id).order_by(col(CardPlays.day))))


async def _shown_in(db: AsyncSession, conference_id: str) -> list[tuple[CardFilm, CardFile]]:
    query = (
        select(CardFilm, CardFile)
        .join(CardFile, col(CardFile.film_id) == CardFilm.id)
        .join(Card, col(Card.id) == CardFilm.card_id)
        .where(Card.conference_id == conference_id, col(CardFilm.shown))
    )
    return [(film, file) for film, file in await db.exec(_ordered(query))]


def _ordered(query: Any) -> Any:
    return query.order_by(col(CardFile.role), col(CardFile.position))
