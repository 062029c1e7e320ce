"""Cards whose owners are about to decide something, and the people who speak for them."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.cards.model import Card
from conference.initiatives.model import Initiative
from conference.people.model import Person, Role, RoleHeld


async def card_for_decision(work: Work, card_id: str) -> Card:
    """The card; whoever else decides on it waits until this work is done. Raises NotFound."""
    card = await work.session.get(Card, card_id, with_for_update=True, populate_existing=True)
    if card is None:
        raise NotFound("card")
    return card


async def name_of(db: AsyncSession, card: Card) -> str:
    """The initiative's."""
    initiative = await db.get(Initiative, card.initiative_id)
    return initiative.name if initiative else ""


async def owners_of(db: AsyncSession, card: Card) -> list[Person]:
    """The people of the card's initiative who have an address, by name."""
    query = (
        select(Person)
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(Person.conference_id == card.conference_id, Person.initiative_id == card.initiative_id)
        .where(RoleHeld.role == Role.INITIATIVE, Person.email != "", col(Person.simulated).is_(False))
        .order_by(Person.name, Person.id)
    )
    return list((await db.exec(query)).unique())
