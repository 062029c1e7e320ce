"""Queries of the organisers' people. Rows of thousands are read as plain columns: a list needs no objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.desk.model import PeopleTable
from conference.initiatives.model import Initiative, Participation
from conference.people.model import Person, Role, RoleHeld
from conference.program.model import Session


@dataclass(frozen=True, slots=True)
class Entry:
    """A person as lists and imports need it."""

    id: str
    name: str
    email: str
    initiative_id: str | None
    land: str
    organisation: str | None
    language: str | None
    bounced: datetime | None
    version: int


_ENTRY = (
    Person.id, Person.name, Person.email, Person.initiative_id, Person.land, Person.organisation, Person.language,
    Person.bounced, Person.version,
)  # fmt: skip


async def entries_of(session: AsyncSession, conference_id: str) -> list[Entry]:
    """Everybody of a conference with an address or a name, by name. One query."""
    query = select(*_ENTRY).where(Person.conference_id == conference_id)  # type: ignore[call-overload]
    return [Entry(*row) for row in await session.exec(query.order_by(Person.name, Person.id))]


async def roles_among(session: AsyncSession, person_ids: Iterable[str]) -> dict[str, list[RoleHeld]]:
    """Person -> roles held."""
    found: dict[str, list[RoleHeld]] = {}
    for row in await session.exec(select(RoleHeld).where(col(RoleHeld.person_id).in_(list(person_ids)))):
        found.setdefault(row.person_id, []).append(row)
    return found


async def held_in(session: AsyncSession, conference_id: str) -> set[tuple[str, Role, str | None]]:
    """(person, role, session) of everybody in a conference. One query."""
    query = select(RoleHeld.person_id, RoleHeld.role, RoleHeld.session_id).join(Person, col(Person.id) == RoleHeld.person_id)
    rows = await session.exec(query.where(Person.conference_id == conference_id))
    return {(person, Role(role), held) for person, role, held in rows}


async def holding(session: AsyncSession, conference_id: str, role: Role) -> set[str]:
    """Who holds a role, in a session or in all of the conference."""
    query = select(RoleHeld.person_id).join(Person, col(Person.id) == RoleHeld.person_id)
    return set(await session.exec(query.where(Person.conference_id == conference_id, RoleHeld.role == role)))


async def initiative_names(session: AsyncSession, conference_id: str) -> dict[str, tuple[str, str]]:
    """Initiative id -> (slug, name) of all that take part, by name."""
    query = (
        select(Initiative.id, Initiative.slug, Initiative.name)
        .join(Participation, col(Participation.initiative_id) == Initiative.id)
        .where(Participation.conference_id == conference_id)
        .order_by(Initiative.name)
    )
    return {id_: (slug, name) for id_, slug, name in await session.exec(query)}


async def session_ids(session: AsyncSession, conference_id: str) -> dict[str, str]:
    """Slug -> id of all sessions, also of those that are not in the program."""
    query = select(Session.slug, Session.id).where(Session.conference_id == conference_id)
    return dict((await session.exec(query)).all())


async def person_of(session: AsyncSession, conference_id: str, person_id: str) -> Person:
    """Raises NotFound, also for somebody of another conference."""
    person = await session.get(Person, person_id)
    if person is None or person.conference_id != conference_id:
        raise NotFound("person")
    return person


async def table_of(session: AsyncSession, conference_id: str, table_id: str, real_now: datetime) -> PeopleTable:
    """A table that was read and not taken over. Raises NotFound("people_table") when its hour is over."""
    table = await session.get(PeopleTable, table_id)
    if table is None or table.conference_id != conference_id or table.expires <= real_now:
        raise NotFound("people_table")
    return table


async def forget_tables(work: Work, real_now: datetime) -> int:
    """Tables whose hour is over are deleted; how many."""
    return int((await work.session.exec(delete(PeopleTable).where(col(PeopleTable.expires) <= real_now))).rowcount)


async def insert_many(work: Work, table: type, rows: Sequence[dict[str, object]]) -> None:
    """Insert rows in pieces, so that others get their turn meanwhile."""
    for begin in range(0, len(rows), _PIECE):
        await work.session.exec(table.__table__.insert(), params=list(rows[begin : begin + _PIECE]))  # type: ignore[attr-defined]


_PIECE = 500
