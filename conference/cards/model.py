"""A card, its stored files (source, renditions, posters, captions) and uploads under way."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class CardState(StrEnum):
    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHANGE_ASKED = "change_asked"
    READY = "ready"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class FileRole(StrEnum):
    SOURCE = "source"
    RENDITION = "rendition"
    POSTER = "poster"
    CAPTIONS = "captions"


class Card(SQLModel, table=True):
    """The video card of one initiative in one conference. remains: its owner consented to its staying after closing."""

    __table_args__ = (UniqueConstraint("conference_id", "initiative_id"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    initiative_id: str = Field(foreign_key="initiative.id", index=True)
    state: CardState = Field(sa_type=word(CardState))
    seconds: float
    words: Words = Field(sa_type=JSON)
    remains: bool = False
    published: datetime | None = Field(default=None, sa_type=Instant)


class CardFile(SQLModel, table=True):
    """One stored object of a card. key: unguessable; height: of a rendition or poster in pixels; language: of captions."""

    id: str = Field(primary_key=True)
    card_id: str = Field(foreign_key="card.id", index=True)
    role: FileRole = Field(sa_type=word(FileRole))
    key: str = Field(unique=True)
    content_type: str
    size: int
    etag: str
    width: int = 0
    height: int = 0
    language: str = ""
    position: int = 0


class CardUpload(SQLModel, table=True):
    """An upload in parts that is under way: its key, the store's upload id, what was promised."""

    id: str = Field(primary_key=True)
    card_id: str = Field(foreign_key="card.id", index=True)
    key: str = Field(unique=True)
    upload_id: str
    content_type: str
    size: int
    begun: datetime = Field(sa_type=Instant)
