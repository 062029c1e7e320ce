"""A card, the films that were brought for it, their stored files, and what their owners agreed to."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class CardState(StrEnum):
    """begun: there is no film to look at yet; ready: waits for the organisers; the rest as named."""

    BEGUN = "begun"
    READY = "ready"
    CHANGE_ASKED = "change_asked"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class FilmState(StrEnum):
    """uploading -> waiting -> preparing -> ready, refused (no card can be made of it) or failed (our fault, tried again)."""

    UPLOADING = "uploading"
    WAITING = "waiting"
    PREPARING = "preparing"
    READY = "ready"
    REFUSED = "refused"
    FAILED = "failed"


class FileRole(StrEnum):
    SOURCE = "source"
    RENDITION = "rendition"
    POSTER = "poster"
    CAPTIONS = "captions"


class ConsentKind(StrEnum):
    """licence: the initiative's; people: those shown agree; platform, site, social: where it may appear; remains: afterwards."""

    LICENCE = "licence"
    PEOPLE = "people"
    PLATFORM = "platform"
    SITE = "site"
    SOCIAL = "social"
    REMAINS = "remains"


class CardTerms(SQLModel, table=True):
    """What a conference asks of cards. No row: the defaults. until: the deadline for films (None: until closing); reminded: when
    all without a card were written to."""

    conference_id: str = Field(primary_key=True, foreign_key="conference.id")
    until: datetime | None = Field(default=None, sa_type=Instant)
    most_seconds: int = 180
    most_bytes: int = 500_000_000
    least_height: int = 360
    reminded: datetime | None = Field(default=None, sa_type=Instant)


class Card(SQLModel, table=True):
    """The video card of one initiative in one conference.

    seconds: length of the film that is shown; words: what is said in it; seen: what only the picture tells; language: of the
    speech; unspoken: its owner says that nobody speaks; signed: it is in German Sign Language. remains: its owner consented to
    its staying after closing. change: what the organisers asked for.
    """

    __table_args__ = (UniqueConstraint("conference_id", "initiative_id"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    initiative_id: str = Field(foreign_key="initiative.id", index=True)
    state: CardState = Field(sa_type=word(CardState))
    seconds: float
    words: Words = Field(sa_type=JSON)
    seen: Words = Field(default_factory=dict, sa_type=JSON)
    language: str = "de"
    unspoken: bool = False
    signed: bool = False
    remains: bool = False
    published: datetime | None = Field(default=None, sa_type=Instant)
    change: str = ""


class CardFilm(SQLModel, table=True):
    """One film that was brought for a card, from the first part of its upload on.

    shown: it is the card's film (at most one); a newer one that is ready beside it waits for the organisers. key, upload_id: of
    the source in the store; both None once the source is gone, upload_id once all parts are there. name: the file's name at its
    owner's. size: bytes promised, then found. stage, progress (0..1): of the preparation. refusal, facts: why it was refused
    or failed. sound: one hears something; seconds, width, height: of the best rendition; poster_at: seconds into the film.
    """

    id: str = Field(primary_key=True)
    card_id: str = Field(foreign_key="card.id", index=True)
    state: FilmState = Field(sa_type=word(FilmState))
    shown: bool = False
    key: str | None = Field(default=None, unique=True)
    upload_id: str | None = None
    name: str = ""
    size: int = 0
    part_size: int = 0
    begun: datetime = Field(sa_type=Instant)
    arrived: datetime | None = Field(default=None, sa_type=Instant)
    by: str | None = Field(default=None, foreign_key="person.id")
    stage: str = ""
    progress: float = 0.0
    refusal: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    seconds: float = 0.0
    width: int = 0
    height: int = 0
    sound: bool = True
    poster_at: float = 0.0


class CardFile(SQLModel, table=True):
    """One stored object of a film. key: unguessable; width, height: of a rendition or poster in pixels; language: of captions."""

    id: str = Field(primary_key=True)
    card_id: str = Field(foreign_key="card.id", index=True)
    film_id: str = Field(foreign_key="cardfilm.id", index=True)
    role: FileRole = Field(sa_type=word(FileRole))
    key: str = Field(unique=True)
    content_type: str
    size: int
    etag: str
    width: int = 0
    height: int = 0
    language: str = ""
    position: int = 0


class CardConsent(SQLModel, table=True):
    """One thing that was agreed to, kept as long as the card. version, language: the text's; ended: taken back or agreed anew."""

    id: str = Field(primary_key=True)
    card_id: str = Field(foreign_key="card.id", index=True)
    kind: ConsentKind = Field(sa_type=word(ConsentKind))
    version: int
    language: str
    given: datetime = Field(sa_type=Instant)
    by_name: str
    by: str | None = Field(default=None, foreign_key="person.id")
    ended: datetime | None = Field(default=None, sa_type=Instant)


class CardPlays(SQLModel, table=True):
    """How often a card was played on one day, and how often to its end. Counts, and nobody."""

    card_id: str = Field(primary_key=True, foreign_key="card.id")
    day: date = Field(primary_key=True)
    plays: int = 0
    ends: int = 0
