"""Queries for templates, mailings and deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.base.mail import deliverable
from conference.mailing.model import Delivery, DeliveryState, LetterKind, LetterTemplate, Mailing, MailingState
from conference.mailing.rules import Someone, audience_from
from conference.people.model import Person, Role, RoleHeld, SignedIn
from conference.web.services import Registered, Services

REGISTERED = "registered"
"""Key of `Services.audiences`."""


async def put_unless_there(work: Work, table: type[SQLModel], values: dict[str, Any]) -> bool:
    """Insert the row unless one with its key is there; whether it was inserted. Safe against whoever does the same just now."""
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    result: Any = await work.session.exec(dialect.insert(table).values(**values).on_conflict_do_nothing())
    return bool(result.rowcount)


async def mailing_by_id(session: AsyncSession, conference_id: str, mailing_id: str) -> Mailing:
    """Raises NotFound, also for a mailing of another conference."""
    found = await session.get(Mailing, mailing_id)
    if found is None or found.conference_id != conference_id:
        raise NotFound("mailing", id=mailing_id)
    return found


async def mailing_to_change(work: Work, conference_id: str, mailing_id: str) -> Mailing:
    """The same, locked until the work is over and as it is now. Raises NotFound."""
    query = select(Mailing).where(Mailing.id == mailing_id, Mailing.conference_id == conference_id)
    query = query.with_for_update().execution_options(populate_existing=True)
    found = (await work.session.exec(query)).first()
    if found is None:
        raise NotFound("mailing", id=mailing_id)
    return found


async def mailings_of(session: AsyncSession, conference_id: str) -> list[Mailing]:
    """All that were made, the newest first."""
    query = select(Mailing).where(Mailing.conference_id == conference_id).order_by(col(Mailing.made).desc(), Mailing.id)
    return list((await session.exec(query)).all())


async def counts_of(session: AsyncSession, mailing_ids: Iterable[str]) -> dict[str, dict[DeliveryState, int]]:
    """How many deliveries of each mailing are in each state; a mailing without any is missing."""
    query = (
        select(Delivery.mailing_id, Delivery.state, func.count())
        .where(col(Delivery.mailing_id).in_(list(mailing_ids)))
        .group_by(Delivery.mailing_id, col(Delivery.state))
    )
    found: dict[str, dict[DeliveryState, int]] = {}
    for mailing_id, state, count in (await session.exec(query)).all():
        found.setdefault(mailing_id, {})[DeliveryState(state)] = count
    return found


async def uncertain_of(session: AsyncSession, mailing_ids: Iterable[str], real: datetime) -> dict[str, int]:
    """Of how many letters of each mailing nobody knows whether they went out; a mailing without any is missing."""
    query = select(Delivery.mailing_id, func.count()).where(col(Delivery.mailing_id).in_(list(mailing_ids)), *_uncertain(real))
    return dict((await session.exec(query.group_by(Delivery.mailing_id))).all())


def uncertain_in(conference_id: str, real: datetime) -> ScalarSelect[int]:
    """How many of all letters of a conference, as a part of a larger query."""
    return select(func.count()).where(Delivery.conference_id == conference_id, *_uncertain(real)).scalar_subquery()


def _uncertain(real: datetime) -> tuple[Any, ...]:
    """As `rules.uncertain`."""
    return (Delivery.state == DeliveryState.HANDED, func.coalesce(col(Delivery.next_try), real) <= real)


async def letters_of(
    session: AsyncSession, mailing_id: str, states: Iterable[DeliveryState], real: datetime | None, *, offset: int, limit: int
) -> tuple[int, list[tuple[Delivery, Person]]]:
    """How many letters of a mailing are in these states, and one page of them, by name. real: only uncertain ones, as of now."""
    conditions = [Delivery.mailing_id == mailing_id, col(Delivery.state).in_(list(states)), *(_uncertain(real) if real else ())]
    count = (await session.exec(select(func.count()).select_from(Delivery).where(*conditions))).one()
    query = select(Delivery, Person).join(Person, col(Person.id) == Delivery.person_id).where(*conditions)
    query = query.order_by(Person.name, Delivery.id).offset(offset).limit(limit)
    return count, list((await session.exec(query)).all())


async def template_of(session: AsyncSession, conference_id: str, kind: LetterKind) -> LetterTemplate | None:
    """The host's own words for this kind of letter, if there are any."""
    query = select(LetterTemplate).where(LetterTemplate.conference_id == conference_id, LetterTemplate.kind == kind)
    return (await session.exec(query)).first()


async def templates_of(session: AsyncSession, conference_id: str) -> list[LetterTemplate]:
    query = select(LetterTemplate).where(LetterTemplate.conference_id == conference_id).order_by(col(LetterTemplate.kind))
    return list((await session.exec(query)).all())


async def latest_to(session: AsyncSession, mailing_id: str, person_id: str) -> Delivery | None:
    """The person's latest letter of a mailing."""
    query = select(Delivery).where(Delivery.mailing_id == mailing_id, Delivery.person_id == person_id)
    return (await session.exec(query.order_by(col(Delivery.number).desc()).limit(1))).first()


async def letter_meant(session: AsyncSession, conference_id: str, message_id: str | None, recipient: str) -> Delivery | None:
    """The letter that a report speaks of: by its Message-ID, else the latest that went to that address. One that is still to come
    cannot have come back."""
    out = (DeliveryState.HANDED, DeliveryState.SENT, DeliveryState.BOUNCED)
    query = select(Delivery).where(Delivery.conference_id == conference_id, col(Delivery.state).in_(out))
    if message_id is not None:
        found = (await session.exec(query.where(Delivery.message_id == message_id))).first()
        if found is not None:
            return found
    if not recipient:
        return None
    query = query.join(Person, col(Person.id) == Delivery.person_id).where(Person.email == recipient)
    return (await session.exec(query.order_by(col(Delivery.handed).desc()).limit(1))).first()


async def unreachable_of(session: AsyncSession, conference_id: str, most: int = 200) -> list[Person]:
    """Those whose letters came back, the latest first."""
    query = select(Person).where(Person.conference_id == conference_id, col(Person.bounced).is_not(None))
    return list(await session.exec(query.order_by(col(Person.bounced).desc(), Person.id).limit(most)))


async def held_by(session: AsyncSession, person_id: str) -> bool:
    """Whether the person has any role other than that of a guest."""
    query = select(RoleHeld.id).where(RoleHeld.person_id == person_id, RoleHeld.role != Role.GUEST).limit(1)
    return (await session.exec(query)).first() is not None


async def registered_in(
    services: Services, session: AsyncSession, conference_id: str, person_id: str | None = None
) -> Registered:
    """Person -> words of `Someone.registered`, of all or of one; those who run registration say it."""
    asked = services.audiences.get(REGISTERED)
    return await asked(session, conference_id, person_id) if asked else {}


async def everybody_in(services: Services, session: AsyncSession, mailing: Mailing) -> list[Someone]:
    """All people of its conference as the audience of a mailing sees them, by name."""
    conference_id, kind = mailing.conference_id, mailing.kind
    registered = await registered_in(services, session, conference_id) if audience_from(mailing.audience).registered else {}
    mine = select(Person.id).where(Person.conference_id == conference_id)
    held: dict[str, set[tuple[Role, str | None]]] = {}
    for person_id, role, session_id in await session.exec(
        select(RoleHeld.person_id, RoleHeld.role, RoleHeld.session_id).where(col(RoleHeld.person_id).in_(mine))
    ):
        held.setdefault(person_id, set()).add((Role(role), session_id))
    gone = [DeliveryState.WAITING, DeliveryState.HANDED, DeliveryState.SENT]
    written = set(
        await session.exec(
            select(Delivery.person_id)
            .join(Mailing, col(Mailing.id) == Delivery.mailing_id)
            .where(Delivery.conference_id == conference_id, Mailing.kind == kind, col(Delivery.state).in_(gone))
        )
    )
    seen = set(await session.exec(select(SignedIn.person_id).where(col(SignedIn.person_id).in_(mine))))
    query = select(Person).where(Person.conference_id == conference_id).order_by(Person.name, Person.id)
    return [
        Someone(
            person.id,
            frozenset(held.get(person.id, ())),
            person.initiative_id,
            reachable=person.bounced is None and not person.simulated and deliverable(person.email),
            written=person.id in written,
            seen=person.id in seen,
            registered=registered.get(person.id, frozenset()),
        )
        for person in await session.exec(query)
    ]


async def add_deliveries(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """All letters of a mailing at once."""
    for start in range(0, len(rows), 500):
        await work.session.exec(insert(Delivery), params=list(rows[start : start + 500]))


async def planned(session: AsyncSession) -> list[Mailing]:
    """Everything that waits for its moment, in all conferences."""
    return list((await session.exec(select(Mailing).where(Mailing.state == MailingState.PLANNED))).all())
