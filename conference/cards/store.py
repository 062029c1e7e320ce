"""Cards out of the database. The doors `..._for_viewing` are where visibility is decided."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.base.errors import NotFound
from conference.cards.model import Card, CardFile, FileRole
from conference.cards.rules import hidden, may_see_facts, may_see_film, public_name
from conference.doors.table import Standing
from conference.initiatives.store import TakingPart, initiative_in, initiatives_in


@dataclass(frozen=True)
class Exhibit:
    """An initiative in the gallery; its card and the card's files only as far as the viewer may see them."""

    initiative: TakingPart
    card: Card | None = None
    files: tuple[CardFile, ...] = ()

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
    cards = {
        card.initiative_id: card
        for card in await cards_in(db, conference.id)
        if may_see_film(card, state, standing, own=card.initiative_id == own_initiative)
    }
    files: dict[str, list[CardFile]] = {}
    for file in await _files_in(db, conference.id):
        files.setdefault(file.card_id, []).append(file)
    return [
        Exhibit(initiative, card, tuple(files.get(card.id, ()))) if card else Exhibit(initiative)
        for initiative, card in ((initiative, cards.get(initiative.id)) for initiative in initiatives)
    ]


async def file_for_viewing(
    db: AsyncSession, conference: Conference, state: State, standing: Standing, own_initiative: str | None, slug: str, name: str
) -> CardFile:
    """One file of a card by its public name. No text of the address becomes part of a key.

    Raises NotFound; OutsideWindow when it went with the conference.
    """
    initiative = await initiative_in(db, conference.id, slug)
    card = await card_of(db, conference.id, initiative.id) if initiative else None
    if card is None or not may_see_film(card, state, standing, own=card.initiative_id == own_initiative):
        raise hidden(state, conference.slug)
    for file in await files_of(db, card.id):
        if public_name(file) == name:
            return file
    raise hidden(state, conference.slug)


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


async def files_of(db: AsyncSession, card_id: str) -> list[CardFile]:
    """In order of role and position."""
    query = select(CardFile).where(CardFile.card_id == card_id)
    return list(await db.exec(query.order_by(col(CardFile.role), col(CardFile.position))))


async def object_keys_of(db: AsyncSession, conference_id: str) -> list[str]:
    """Keys of all stored objects of a conference's cards, for purging and for comparing store and database."""
    query = select(CardFile.key).join(Card, col(Card.id) == CardFile.card_id).where(Card.conference_id == conference_id)
    return list(await db.exec(query))


async def _files_in(db: AsyncSession, conference_id: str) -> list[CardFile]:
    query = select(CardFile).join(Card, col(Card.id) == CardFile.card_id).where(Card.conference_id == conference_id)
    return list(await db.exec(query.order_by(col(CardFile.role), col(CardFile.position))))
