"""Whose card it is."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.cards.model import Card
from conference.initiatives.model import Initiative
from conference.people.model import Person
from conference.people.store import people_of_initiatives


async def name_of(db: AsyncSession, card: Card) -> str:
    """The initiative's."""
    initiative = await db.get(Initiative, card.initiative_id)
    return initiative.name if initiative else ""


async def owners_of(db: AsyncSession, card: Card) -> list[Person]:
    """The people of the card's initiative who have an address, by name."""
    return (await people_of_initiatives(db, card.conference_id, card.initiative_id)).get(card.initiative_id, [])
