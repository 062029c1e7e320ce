"""To whom a message to an initiative goes."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.people.model import Person, Role, RoleHeld


async def addresses_of(db: AsyncSession, conference_id: str, initiative_id: str) -> list[str]:
    """The addresses of an initiative's people in a conference, in order; empty when nobody has one. Never shown to anybody."""
    query = (
        select(col(Person.email))
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(Person.conference_id == conference_id, Person.initiative_id == initiative_id)
        .where(RoleHeld.role == Role.INITIATIVE, Person.email != "", col(Person.simulated).is_(False))
        .order_by(Person.email)
        .distinct()
    )
    return list(await db.exec(query))
