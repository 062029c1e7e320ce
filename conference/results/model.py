"""Findings under three fixed headings, documents in the object store, the report after the conference."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class Heading(StrEnum):
    TOPICS = "topics"
    PRACTICE = "practice"
    IDEAS = "ideas"


class Finding(SQLModel, table=True):
    """One short text collected in a session. key: one of the key findings; round: of a theme room, from 1."""

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    heading: Heading = Field(sa_type=word(Heading))
    text: Words = Field(sa_type=JSON)
    key: bool = False
    round: int | None = None
    position: int = 0


class ResultsSheet(SQLModel, table=True):
    """The sheet that a session's findings make up. published None: not public. remains: stays at its address after closing."""

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    conference_id: str = Field(foreign_key="conference.id", index=True)
    published: datetime | None = Field(default=None, sa_type=Instant)
    remains: bool = True


class ResultsDocument(SQLModel, table=True):
    """A results PDF of a session. published None: not public. remains: stays at its address after closing.

    object_key: unguessable key in the store; size: bytes; etag: strong, of the content.
    """

    __table_args__ = (UniqueConstraint("session_id", "document"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    document: str
    title: Words = Field(sa_type=JSON)
    object_key: str = Field(unique=True)
    size: int
    etag: str
    published: datetime | None = Field(default=None, sa_type=Instant)
    remains: bool = True
    example: bool = False


class Report(SQLModel, table=True):
    """The report after the conference: paragraphs parted by blank lines."""

    conference_id: str = Field(primary_key=True, foreign_key="conference.id")
    title: Words = Field(sa_type=JSON)
    body: Words = Field(sa_type=JSON)
    photo_credit: str = ""
    published: datetime | None = Field(default=None, sa_type=Instant)
    remains: bool = True
