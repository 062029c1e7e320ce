"""Queries of registrations. What people need to take part is read by its own functions and by no others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import case
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base.db import Work
from conference.people.model import Person, PersonConsent, PersonConsentKind
from conference.program.model import Session
from conference.registration.model import AccessNeeds, Choice, Registration, RegistrationState, RegistrationTerms
from conference.registration.rules import CHOOSABLE, slots_of, spare


async def terms_of(session: AsyncSession, conference_id: str) -> RegistrationTerms | None:
    return await session.get(RegistrationTerms, conference_id)


async def hold(work: Work, conference_id: str) -> RegistrationTerms | None:
    """The terms as they are now. Whoever gives or takes places of the conference comes one after the other from here on."""
    held = select(Conference.id).where(Conference.id == conference_id)
    await work.session.exec(held.with_for_update(key_share=True))  # whatever only refers to the conference does not wait
    query = select(RegistrationTerms).where(RegistrationTerms.conference_id == conference_id)
    return (await work.session.exec(query.execution_options(populate_existing=True))).first()


async def counts_of(session: AsyncSession, conference_id: str) -> dict[RegistrationState, int]:
    """How many registrations there are of each state; all states are there."""
    query = select(Registration.state, func.count()).where(Registration.conference_id == conference_id)
    found = {RegistrationState(state): count for state, count in await session.exec(query.group_by(col(Registration.state)))}
    return {state: found.get(state, 0) for state in RegistrationState}


async def waiting_list(session: AsyncSession, conference_id: str) -> list[Registration]:
    """Who waits, in order."""
    query = select(Registration).where(
        Registration.conference_id == conference_id, Registration.state == RegistrationState.WAITING
    )
    return list(await session.exec(query.order_by(col(Registration.turn), col(Registration.at), Registration.person_id)))


async def last_turn(session: AsyncSession, conference_id: str) -> int:
    query = select(func.max(Registration.turn)).where(Registration.conference_id == conference_id)
    return (await session.exec(query)).one() or 0


async def registration_by_client(session: AsyncSession, conference_id: str, client: str) -> Registration | None:
    query = select(Registration).where(Registration.conference_id == conference_id, Registration.client == client)
    return (await session.exec(query)).first()


async def choosable(session: AsyncSession, conference_id: str) -> list[list[Session]]:
    """Sessions of the program that one may choose, by the time at which they begin."""
    query = select(Session).where(Session.conference_id == conference_id, col(Session.kind).in_(list(CHOOSABLE)))
    return slots_of(await session.exec(query))


async def choices_of(session: AsyncSession, person_id: str) -> list[Choice]:
    return list(await session.exec(select(Choice).where(Choice.person_id == person_id).order_by(col(Choice.rank))))


async def choices_in(session: AsyncSession, conference_id: str) -> list[Choice]:
    return list(await session.exec(select(Choice).where(Choice.conference_id == conference_id)))


async def demand(session: AsyncSession, conference_id: str) -> dict[str, tuple[int, int]]:
    """Session id -> (how many have a place in it, how many wait for one and have no place that they would rather have)."""
    better, its, here = aliased(Choice), aliased(Session), aliased(Session)
    rather = (
        select(better.id)
        .join(its, col(its.id) == better.session_id)
        .join(here, col(here.id) == Choice.session_id)
        .where(better.person_id == Choice.person_id, col(better.placed).is_not(None), col(better.rank) < Choice.rank)
        .where(its.starts == here.starts)
        .exists()
    )
    counted = func.sum(case((col(Choice.placed).is_(None) & ~rather, 1), else_=0))
    query = select(Choice.session_id, func.count(col(Choice.placed)), counted).where(Choice.conference_id == conference_id)
    rows = await session.exec(query.group_by(Choice.session_id))
    return {session_id: (placed, int(waiting)) for session_id, placed, waiting in rows}


async def registered_words(session: AsyncSession, conference_id: str, person_id: str | None = None) -> dict[str, frozenset[str]]:
    """What letters may ask for (mailing/rules.py, `Someone`), of all or of one: "waiting", "placed:ID", "hopes:ID"."""
    taking = select(Registration.person_id, Registration.state).where(
        Registration.conference_id == conference_id, Registration.state != RegistrationState.WITHDRAWN
    )
    chosen = (
        select(Choice, Session.starts)
        .join(Session, col(Session.id) == Choice.session_id)
        .where(Choice.conference_id == conference_id, col(Session.hidden).is_(None))
    )
    if person_id is not None:
        taking, chosen = taking.where(Registration.person_id == person_id), chosen.where(Choice.person_id == person_id)
    states = {person: RegistrationState(state) for person, state in await session.exec(taking)}
    rows = [(choice, starts) for choice, starts in await session.exec(chosen) if choice.person_id in states]
    needless = spare([choice for choice, _ in rows], {choice.session_id: starts for choice, starts in rows})
    words: dict[str, set[str]] = {
        person: {"waiting"} if state is RegistrationState.WAITING else set() for person, state in states.items()
    }
    for choice, _ in rows:
        if choice.id not in needless:
            words[choice.person_id].add(f"{'placed' if choice.placed else 'hopes'}:{choice.session_id}")
    return {person: frozenset(said) for person, said in words.items()}


async def consents_of(session: AsyncSession, person_id: str) -> dict[PersonConsentKind, PersonConsent]:
    """What somebody agrees to now."""
    query = select(PersonConsent).where(PersonConsent.person_id == person_id, col(PersonConsent.ended).is_(None))
    return {consent.kind: consent for consent in await session.exec(query)}


async def needs_of(session: AsyncSession, person_id: str) -> AccessNeeds | None:
    """One's own: nobody else asks here."""
    return await session.get(AccessNeeds, person_id)


@dataclass(frozen=True)
class Needing:
    person: Person
    needs: AccessNeeds


async def needs_in(session: AsyncSession, conference_id: str) -> list[Needing]:
    """For the page of those who see to it; whoever asks writes down that it was read."""
    query = select(Person, AccessNeeds).join(AccessNeeds, col(AccessNeeds.person_id) == Person.id)
    rows = await session.exec(query.where(AccessNeeds.conference_id == conference_id).order_by(Person.name, Person.id))
    return [Needing(person, needs) for person, needs in rows]


@dataclass(frozen=True)
class Registered:
    person: Person
    registration: Registration


async def registered(session: AsyncSession, conference_id: str, state: RegistrationState | None = None) -> list[Registered]:
    """Everybody who has registered, in the order of registering; without what they need."""
    query = select(Person, Registration).join(Registration, col(Registration.person_id) == Person.id)
    query = query.where(Registration.conference_id == conference_id)
    if state is not None:
        query = query.where(Registration.state == state)
    rows = await session.exec(query.order_by(col(Registration.turn), col(Registration.at), Person.id))
    return [Registered(person, registration) for person, registration in rows]


async def choosing(session: AsyncSession, person_ids: Iterable[str]) -> dict[str, list[Choice]]:
    """Person -> choices, the first wish first."""
    found: dict[str, list[Choice]] = {}
    query = select(Choice).where(col(Choice.person_id).in_(list(person_ids))).order_by(col(Choice.rank), col(Choice.at))
    for choice in await session.exec(query):
        found.setdefault(choice.person_id, []).append(choice)
    return found


async def with_needs(session: AsyncSession) -> list[tuple[Conference, RegistrationTerms | None]]:
    """Conferences of which access needs are kept."""
    query = (
        select(Conference, RegistrationTerms)
        .outerjoin(RegistrationTerms, col(RegistrationTerms.conference_id) == Conference.id)
        .where(col(Conference.id).in_(select(AccessNeeds.conference_id).distinct()))
    )
    return [(conference, terms) for conference, terms in await session.exec(query)]
