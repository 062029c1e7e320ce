"""Sessions: plenaries, forums, theme rooms with rounds, tours, breaks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class Kind(StrEnum):
    PLENARY = "plenary"
    FORUM = "forum"
    THEME_ROOM = "theme_room"
    INTRODUCTIONS = "introductions"
    TOUR = "tour"
    BREAK = "break"


class Floor(StrEnum):
    """How open the floor is. stage: few speak, all see; discussion: cameras for all, microphone once one has the floor (or
    freely, as the moderator sets); open_round: up to 25, microphone free."""

    STAGE = "stage"
    DISCUSSION = "discussion"
    OPEN_ROUND = "open_round"


class Place(StrEnum):
    ONLINE = "online"
    ON_SITE = "on_site"
    BOTH = "both"


class Session(SQLModel, table=True):
    """One item of the program. `sequence` grows with each change of time or place, as calendars want it (RFC 5545 3.8.7.4)."""

    __table_args__ = (UniqueConstraint("conference_id", "slug"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    slug: str
    kind: Kind = Field(sa_type=word(Kind))
    number: int | None = None
    title: Words = Field(sa_type=JSON)
    question: Words = Field(sa_type=JSON)
    summary: Words = Field(sa_type=JSON)
    starts: datetime = Field(sa_type=Instant)
    ends: datetime = Field(sa_type=Instant)
    floor: Floor = Field(sa_type=word(Floor))
    place: Place = Field(sa_type=word(Place))
    where: Words = Field(sa_type=JSON)
    guests: bool = False
    position: int = 0
    sequence: int = 0
    changed: datetime = Field(sa_type=Instant)


class Round(SQLModel, table=True):
    """A round of a theme room, numbered from 1."""

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    number: int
    starts: datetime = Field(sa_type=Instant)
    ends: datetime = Field(sa_type=Instant)


class Billing(SQLModel, table=True):
    """Who is named for a session in the program, as the host writes it.

    role: speaker, impulse, moderator, greeting, panel, host.
    """

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    position: int
    name: str
    role: str
    title: Words = Field(sa_type=JSON)
    affiliation: Words = Field(sa_type=JSON)
