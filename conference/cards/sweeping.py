"""Queries of those who clean up after cards: what should lie in the store, what was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base.audit import AuditEntry
from conference.base.jobs import Job
from conference.cards.films.store import prepare_key
from conference.cards.model import Card, CardFile, CardFilm, FilmState
from conference.initiatives.model import Initiative

INCOMPLETE = "card files missing"
"""Act of the one entry of a conference whose cards lack files in the store. facts: missing (files), initiatives (some of their
ids, separated by spaces). It goes when nothing is missing any more."""


@dataclass(frozen=True)
class Wanted:
    """An object that a row names. upload_id: of a source whose parts still arrive."""

    key: str
    conference_id: str
    initiative_id: str
    upload_id: str | None = None


async def wanted_objects(db: AsyncSession) -> dict[str, Wanted]:
    """By key, of all conferences. Two queries."""
    owner = (Card.conference_id, Card.initiative_id)
    files = await db.exec(select(CardFile.key, *owner).join(Card, col(Card.id) == CardFile.card_id))
    sources = await db.exec(
        select(CardFilm.key, *owner, CardFilm.upload_id)
        .join(Card, col(Card.id) == CardFilm.card_id)
        .where(col(CardFilm.key).is_not(None))
    )
    found = [Wanted(*row) for row in [*files, *sources]]
    return {wanted.key: wanted for wanted in found}


async def wanted_object(db: AsyncSession, key: str) -> Wanted | None:
    """The one of this key as the database has it now."""
    owner = (Card.conference_id, Card.initiative_id)
    file = await db.exec(select(CardFile.key, *owner).join(Card, col(Card.id) == CardFile.card_id).where(CardFile.key == key))
    source = await db.exec(
        select(CardFilm.key, *owner, CardFilm.upload_id).join(Card, col(Card.id) == CardFilm.card_id).where(CardFilm.key == key)
    )
    row = file.first() or source.first()
    return Wanted(*row) if row else None


async def abandoned_films(db: AsyncSession, before: datetime) -> list[tuple[str, str]]:
    """(card id, film id) of uploads begun before that were never finished."""
    query = select(CardFilm.card_id, CardFilm.id).where(CardFilm.state == FilmState.UPLOADING, CardFilm.begun < before)
    return [(card_id, film_id) for card_id, film_id in await db.exec(query)]


async def forsaken_films(db: AsyncSession) -> list[str]:
    """Ids of films on their way whose job is no more: its worker died too often, or something failed that nobody foresaw."""
    job = select(Job.id).where(Job.unique_key == literal(prepare_key("")) + col(CardFilm.id))
    on_their_way = col(CardFilm.state).in_([FilmState.WAITING, FilmState.PREPARING])
    return list(await db.exec(select(CardFilm.id).where(on_their_way, ~job.exists())))


async def is_empty(db: AsyncSession) -> bool:
    """Whether this database knows no conference at all."""
    return (await db.exec(select(Conference.id).limit(1))).first() is None


async def names_of(db: AsyncSession, initiative_ids: set[str]) -> list[str]:
    return list(await db.exec(select(Initiative.name).where(col(Initiative.id).in_(initiative_ids)).order_by(Initiative.name)))


async def missing_files(db: AsyncSession) -> dict[str, AuditEntry]:
    """Conference id -> what the last comparison of store and database found amiss; nothing where all is well."""
    found = await db.exec(select(AuditEntry).where(AuditEntry.act == INCOMPLETE))
    return {entry.conference_id or "": entry for entry in found}
