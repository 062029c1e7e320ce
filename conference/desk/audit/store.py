"""Queries for the log of what was done in a conference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.audit import AuditEntry
from conference.cards.model import Card
from conference.initiatives.model import Initiative
from conference.people.model import Person
from conference.program.model import Session

PERSONS = ("person", "target")


@dataclass(frozen=True)
class Wanted:
    """Which entries: of a conference; acts: only these (None: all); person: who did it, "" for nobody, None for everybody;
    since, until: the first instant, and the first one after."""

    conference_id: str
    acts: Collection[str] | None = None
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Named:
    """What the ids of entries stand for: names of persons, titles of sessions (Words), names of the cards' initiatives."""

    persons: Mapping[str, str]
    sessions: Mapping[str, Mapping[str, str]]
    cards: Mapping[str, str]


def _of(query: Any, wanted: Wanted) -> Any:
    query = query.where(AuditEntry.conference_id == wanted.conference_id)
    if wanted.acts is not None:
        query = query.where(col(AuditEntry.act).in_(wanted.acts))
    if wanted.person is not None:
        query = query.where(AuditEntry.person_id == (wanted.person or None))
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return query


async def count_of(session: AsyncSession, wanted: Wanted) -> int:
    return int((await session.exec(_of(select(func.count()).select_from(AuditEntry), wanted))).one())


async def entries_of(session: AsyncSession, wanted: Wanted, *, limit: int, offset: int = 0) -> list[AuditEntry]:
    """The newest first; what happened at the same moment in an order that stays."""
    query = _of(select(AuditEntry), wanted).order_by(col(AuditEntry.at).desc(), col(AuditEntry.id))
    return list((await session.exec(query.limit(limit).offset(offset))).all())


async def actors_of(session: AsyncSession, conference_id: str) -> list[tuple[str, str]]:
    """(id, name) of everybody who did something and is still there, by name."""
    acted = select(AuditEntry.person_id).where(AuditEntry.conference_id == conference_id)
    query = select(Person.id, Person.name).where(col(Person.id).in_(acted)).order_by(Person.name, Person.id)
    return [(key, name) for key, name in (await session.exec(query)).all()]


async def named_in(session: AsyncSession, entries: Iterable[AuditEntry]) -> Named:
    """Three queries, however many entries. Who or what is gone is missing."""
    every = list(entries)
    persons = {entry.person_id for entry in every} | {entry.facts.get(fact) for entry in every for fact in PERSONS}
    held = {entry.facts.get("session") for entry in every}
    cards = {entry.facts.get("card") for entry in every}
    names = select(Person.id, Person.name).where(col(Person.id).in_(_texts(persons)))
    titles = select(Session.id, Session.title).where(col(Session.id).in_(_texts(held)))
    initiatives = (
        select(Card.id, Initiative.name)
        .join(Initiative, col(Initiative.id) == Card.initiative_id)
        .where(col(Card.id).in_(_texts(cards)))
    )
    return Named(
        persons=dict((await session.exec(names)).all()),
        sessions=dict((await session.exec(titles)).all()),
        cards=dict((await session.exec(initiatives)).all()),
    )


def _texts(values: Iterable[object]) -> list[str]:
    return sorted(value for value in values if isinstance(value, str))
