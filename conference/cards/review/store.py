"""Cards as their organisers look through them, and rows that are about to be changed."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import NotFound
from conference.cards.model import Card, CardConsent, CardFile, CardFilm, FileRole
from conference.cards.review.rules import Reviewed, reviewed
from conference.cards.store import NEWEST_FIRST, card_of, cards_in, consents_of, films_of
from conference.initiatives.store import TakingPart, initiative_in, initiatives_in

LOOKED_AT = (FileRole.CAPTIONS, FileRole.POSTER)


async def reviewed_in(db: AsyncSession, conference_id: str) -> list[Reviewed]:
    """All initiatives of a conference in the host's order, each with where its card stands. Five queries."""
    initiatives = await initiatives_in(db, conference_id)
    cards = {card.initiative_id: card for card in await cards_in(db, conference_id)}
    films = _by_card(await db.exec(_of_conference(CardFilm, conference_id).order_by(*NEWEST_FIRST)))
    in_order = (col(CardConsent.given), col(CardConsent.id))
    consents = _by_card(await db.exec(_of_conference(CardConsent, conference_id).order_by(*in_order)))
    files = _by_card(await db.exec(_of_conference(CardFile, conference_id).where(col(CardFile.role).in_(LOOKED_AT))))
    found = []
    for initiative in initiatives:
        card = cards.get(initiative.id)
        if card is None:
            found.append(Reviewed(initiative))
        else:
            found.append(reviewed(initiative, card, films.get(card.id, []), files.get(card.id, []), consents.get(card.id, [])))
    return found


async def reviewed_one(db: AsyncSession, conference_id: str, slug: str) -> Reviewed:
    """One of them. Raises NotFound."""
    initiative = await initiative_in(db, conference_id, slug)
    if initiative is None:
        raise NotFound("card", slug=slug)
    card = await card_of(db, conference_id, initiative.id)
    return Reviewed(initiative) if card is None else await reviewed_card(db, initiative, card)


async def reviewed_card(db: AsyncSession, initiative: TakingPart, card: Card) -> Reviewed:
    files = list(await db.exec(select(CardFile).where(CardFile.card_id == card.id, col(CardFile.role).in_(LOOKED_AT))))
    return reviewed(initiative, card, await films_of(db, card.id), files, await consents_of(db, card.id))


def _of_conference(table: Any, conference_id: str) -> Any:
    query = select(table).join(Card, col(Card.id) == table.card_id)
    return query.where(Card.conference_id == conference_id)


def _by_card(rows: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.card_id, []).append(row)
    return found
