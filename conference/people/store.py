"""Queries for persons, roles, links and signed-in browsers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Instant
from conference.base.ids import digest
from conference.people.model import AccessToken, BrowserSession, Person, Role, RoleHeld, SignedIn, SignInLink, SignInWay

# Asked for each page and socket: putting a query together costs as much as SQLite's answer to it.
_OF_BROWSER = (
    select(Person, RoleHeld, SignedIn)
    .join(SignedIn, col(SignedIn.person_id) == Person.id)
    .join(BrowserSession, col(BrowserSession.digest) == SignedIn.browser)
    .outerjoin(RoleHeld, col(RoleHeld.person_id) == Person.id)
    .where(BrowserSession.digest == bindparam("browser"), col(BrowserSession.revoked).is_(None))
    .where(BrowserSession.expires > bindparam("now", type_=Instant))
)


@dataclass(frozen=True)
class Known:
    """Somebody whom a browser is signed in as. held: all their roles; verified: when a second factor was shown in it;
    looks_as: as whom they look at the pages at the moment, "ROLE@STATE"; way: how they signed in."""

    person: Person
    held: list[RoleHeld]
    verified: datetime | None
    looks_as: str | None
    way: SignInWay | None


async def persons_of_browser(session: AsyncSession, cookie: str, real_now: datetime) -> list[Person]:
    """Everybody whom the browser with this cookie is signed in as; empty for an unknown, expired or revoked one."""
    return [known.person for known in await known_in_browser(session, cookie, real_now)]


async def roles_of_browser(session: AsyncSession, cookie: str, real_now: datetime) -> list[tuple[Person, list[RoleHeld]]]:
    """The same persons, each with all roles held."""
    return [(known.person, known.held) for known in await known_in_browser(session, cookie, real_now)]


async def known_in_browser(session: AsyncSession, cookie: str, real_now: datetime) -> list[Known]:
    """The same persons, with roles and how they are signed in."""
    found: dict[str, Known] = {}
    rows = await session.exec(_OF_BROWSER, params={"browser": digest(cookie), "now": real_now})
    for person, role, signed in rows.all():
        known = found.setdefault(person.id, Known(person, [], signed.verified, signed.looks_as, signed.way))
        if role is not None:
            known.held.append(role)
    return list(found.values())


async def roles_of(session: AsyncSession, person_id: str) -> list[RoleHeld]:
    return list((await session.exec(select(RoleHeld).where(RoleHeld.person_id == person_id))).all())


async def roles_in(session: AsyncSession, conference_id: str) -> dict[str, list[RoleHeld]]:
    """The roles of everybody in a conference, by person."""
    query = select(RoleHeld).join(Person, col(Person.id) == RoleHeld.person_id).where(Person.conference_id == conference_id)
    held: dict[str, list[RoleHeld]] = {}
    for row in (await session.exec(query)).all():
        held.setdefault(row.person_id, []).append(row)
    return held


async def person_by_link(session: AsyncSession, secret: str) -> Person | None:
    """Whose link this is; None for an unknown or revoked one."""
    query = (
        select(Person)
        .join(SignInLink, col(SignInLink.person_id) == Person.id)
        .where(SignInLink.digest == digest(secret), col(SignInLink.revoked).is_(None))
    )
    return (await session.exec(query)).first()


async def somebody_organises(session: AsyncSession) -> bool:
    """Whether there is any organiser, of the installation or of one conference."""
    return (await session.exec(select(RoleHeld.id).where(RoleHeld.role == Role.ORGANISER).limit(1))).first() is not None


async def persons_by_email(session: AsyncSession, email: str) -> list[Person]:
    """Everybody with this address, in all conferences."""
    return list((await session.exec(select(Person).where(Person.email == normal_email(email)))).all())


async def person_in(session: AsyncSession, conference_id: str | None, email: str) -> Person | None:
    query = select(Person).where(Person.conference_id == conference_id, Person.email == normal_email(email))
    return (await session.exec(query)).first()


async def organisers_of(session: AsyncSession, conference_id: str | None) -> list[Person]:
    """The organisers of a conference, or (None) of the installation, by name."""
    query = (
        select(Person)
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(Person.conference_id == conference_id, RoleHeld.role == Role.ORGANISER, col(RoleHeld.session_id).is_(None))
        .order_by(Person.name, Person.id)
        .distinct()
    )
    return list((await session.exec(query)).all())


async def rights_in(session: AsyncSession, conference_id: str, roles: Iterable[Role]) -> list[tuple[Person, Role]]:
    """Who holds one of these roles in the whole conference, by name, then in the order of `roles`; nobody made up by a demo."""
    order = list(roles)
    query = (
        select(Person, RoleHeld.role)
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(Person.conference_id == conference_id, col(RoleHeld.session_id).is_(None), col(RoleHeld.role).in_(order))
        .where(col(Person.simulated).is_(False))
    )
    found = [(person, Role(role)) for person, role in (await session.exec(query)).all()]
    return sorted(found, key=lambda each: (each[0].name.casefold(), each[0].id, order.index(each[1])))


async def devices_of(session: AsyncSession, people: Iterable[str], real_now: datetime) -> list[tuple[BrowserSession, SignedIn]]:
    """Browsers that are signed in as one of these people, the latest first; one that is several of them comes several times."""
    query = (
        select(BrowserSession, SignedIn)
        .join(SignedIn, col(SignedIn.browser) == BrowserSession.digest)
        .where(col(SignedIn.person_id).in_(list(people)))
        .where(col(BrowserSession.revoked).is_(None), BrowserSession.expires > real_now)
        .order_by(col(BrowserSession.created).desc(), BrowserSession.digest, col(SignedIn.id))
    )
    return [(browser, signed) for browser, signed in (await session.exec(query)).all()]


async def unverified_browsers(session: AsyncSession, conference_id: str, real_now: datetime) -> dict[str, set[str]]:
    """Browsers (digests) in which somebody organises the conference, by it or by the installation, and none of those has shown a
    second factor -> the persons who they are there. As the guard judges it."""
    organises = col(Person.conference_id).is_(None) | col(Person.id).in_(
        select(RoleHeld.person_id).where(RoleHeld.role == Role.ORGANISER, col(RoleHeld.session_id).is_(None))
    )
    here = or_(col(Person.conference_id) == conference_id, col(Person.conference_id).is_(None))
    theirs = select(SignedIn.browser).join(Person, col(Person.id) == SignedIn.person_id).where(here, organises)
    query = (
        select(SignedIn.browser, SignedIn.person_id, SignedIn.verified, organises)
        .join(Person, col(Person.id) == SignedIn.person_id)
        .join(BrowserSession, col(BrowserSession.digest) == SignedIn.browser)
        .where(here, col(SignedIn.browser).in_(theirs))
        .where(col(BrowserSession.revoked).is_(None), BrowserSession.expires > real_now)
    )
    found: dict[str, set[str]] = {}
    verified = set()
    for browser, person_id, at, organising in (await session.exec(query)).all():
        found.setdefault(browser, set()).add(person_id)
        if organising and at is not None:
            verified.add(browser)
    return {browser: people for browser, people in found.items() if browser not in verified}


async def people_of_initiatives(
    session: AsyncSession, conference_id: str, initiative_id: str | None = None
) -> dict[str, list[Person]]:
    """Initiative id -> those who speak for it in the whole conference and have an address, by name; of all or of one."""
    query = (
        select(Person)
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(Person.conference_id == conference_id, RoleHeld.role == Role.INITIATIVE, col(RoleHeld.session_id).is_(None))
        .where(col(Person.initiative_id).is_not(None), Person.email != "", col(Person.simulated).is_(False))
        .order_by(Person.name, Person.id)
        .distinct()
    )
    if initiative_id is not None:
        query = query.where(Person.initiative_id == initiative_id)
    people: dict[str, list[Person]] = {}
    for person in await session.exec(query):
        people.setdefault(person.initiative_id or "", []).append(person)
    return people


async def token_by_secret(session: AsyncSession, secret: str, real_now: datetime) -> AccessToken | None:
    """The valid bearer token with this secret."""
    query = select(AccessToken).where(
        AccessToken.digest == digest(secret), col(AccessToken.revoked).is_(None), AccessToken.expires > real_now
    )
    return (await session.exec(query)).first()


async def feed_tokens_of(session: AsyncSession, sessions: Iterable[str]) -> dict[str, datetime]:
    """Session -> until when the tokens of its studio's streams are good; sessions without any are missing."""
    query = select(AccessToken).where(
        col(AccessToken.session_id).in_(list(sessions)), col(AccessToken.feed).is_not(None), col(AccessToken.revoked).is_(None)
    )
    return {token.session_id: token.expires for token in (await session.exec(query)).all()}


def normal_email(email: str) -> str:
    """Addresses are compared without case and surrounding space."""
    return email.strip().lower()
