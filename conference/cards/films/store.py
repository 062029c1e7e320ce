"""Queries of films on their way."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.base.jobs import Job
from conference.cards.model import Card, CardFile, CardFilm, FilmState
from conference.cards.rules import public_name
from conference.cards.store import card_of, files_of_film, film_by_id

PREPARE = "cards.prepare"
"""Kind of the job that makes a film of what arrived. facts: film."""
POSTER = "cards.poster"
"""Kind of the job that makes other stills of a film. facts: film, at (seconds)."""


@dataclass(frozen=True)
class Waiting:
    """Where a film's job stands. place: 1 is the next one or the one that is worked on."""

    place: int


def prepare_key(film_id: str) -> str:
    return f"{PREPARE}:{film_id}"


def poster_key(film_id: str) -> str:
    return f"{POSTER}:{film_id}"


async def arriving_film(db: AsyncSession, card_id: str) -> CardFilm | None:
    """The one whose parts still arrive."""
    query = select(CardFilm).where(CardFilm.card_id == card_id, CardFilm.state == FilmState.UPLOADING)
    return (await db.exec(query.order_by(col(CardFilm.begun).desc()))).first()


async def film_of_card(db: AsyncSession, conference_id: str, initiative_id: str, film_id: str) -> CardFilm:
    """A film of this initiative's card. Raises NotFound for other cards' as for none."""
    card = await card_of(db, conference_id, initiative_id)
    film = await film_by_id(db, film_id)
    if card is None or film.card_id != card.id:
        raise NotFound("film")
    return film


async def file_of_film(db: AsyncSession, film: CardFilm, name: str) -> CardFile:
    """By its public name. Raises NotFound."""
    for file in await files_of_film(db, film.id):
        if public_name(file) == name:
            return file
    raise NotFound("film")


async def film_for_change(work: Work, film_id: str) -> tuple[Card, CardFilm] | None:
    """Card and film, the card locked so that two who change it come one after the other; None when the film is gone."""
    known = await work.session.get(CardFilm, film_id)
    if known is None:
        return None
    card = (await work.session.exec(select(Card).where(Card.id == known.card_id).with_for_update())).first()
    fresh = select(CardFilm).where(CardFilm.id == film_id).execution_options(populate_existing=True)
    film = (await work.session.exec(fresh)).first()
    return None if card is None or film is None else (card, film)


async def waiting_for(db: AsyncSession, key: str) -> Waiting | None:
    """The unfinished job with this unique key; None when there is none (any more)."""
    job = (await db.exec(select(Job).where(Job.unique_key == key))).first()
    if job is None:
        return None
    earlier = or_(Job.created < job.created, (col(Job.created) == job.created) & (col(Job.id) < job.id))
    unfinished = (col(Job.done_at).is_(None), col(Job.failed_at).is_(None), Job.kind == job.kind)
    before = (await db.exec(select(func.count()).select_from(Job).where(*unfinished, earlier))).one()
    return Waiting(before + 1)
