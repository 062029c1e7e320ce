"""Sessions: plenaries, forums, theme rooms with rounds, tours, breaks; what is being changed in them, and what was published."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

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
    """One item of the program. `sequence` grows with each change of time or place, as calendars want it (RFC 5545 3.8.7.4).

    version, changed_by (id of a person, no key): of every edit, a draft's too, for two who edit. hidden: not in the public
    program since: planned and not published yet, or taken out. room: a name that sessions share, by which clashes are found;
    places: how many may choose it (None: no limit). planned_*: as published before the day moved it (None: as starts and ends);
    began, ended: what happened. origin: what the schedule that it came from says beyond our columns, written out again as it is.
    """

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
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    changed_by: str | None = None
    hidden: datetime | None = Field(default=None, sa_type=Instant)
    room: str | None = None
    places: int | None = None
    planned_starts: datetime | None = Field(default=None, sa_type=Instant)
    planned_ends: datetime | None = Field(default=None, sa_type=Instant)
    began: datetime | None = Field(default=None, sa_type=Instant)
    ended: datetime | None = Field(default=None, sa_type=Instant)
    origin: dict[str, Any] | None = Field(default=None, sa_type=JSON)


class SessionDraft(SQLModel, table=True):
    """What was edited in a session of an announced program and is not published yet. No row: nothing.

    facts: columns of Session by name, "rounds", "people" and "hidden" (it shall be in the program or not), all of them.
    """

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    conference_id: str = Field(foreign_key="conference.id", index=True)
    facts: dict[str, Any] = Field(sa_type=JSON)
    changed: datetime = Field(sa_type=Instant)


class ProgramVersion(SQLModel, table=True):
    """The program as it was published, never changed afterwards. number: from 1; content: the sessions as a conference file has
    them; changes: [{"what", "session" (slug), "title": Words, "before", "after"}] against the version before; note: theirs."""

    __table_args__ = (UniqueConstraint("conference_id", "number"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    number: int
    made: datetime = Field(sa_type=Instant)
    made_by: str | None = None
    note: Words = Field(default_factory=dict, sa_type=JSON)
    content: list[dict[str, Any]] = Field(sa_type=JSON)
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class Round(SQLModel, table=True):
    """A round of a theme room, numbered from 1."""

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    number: int
    starts: datetime = Field(sa_type=Instant)
    ends: datetime = Field(sa_type=Instant)


class Billing(SQLModel, table=True):
    """Who is named for a session in the program, as the host writes it.

    role: speaker, impulse, moderator, greeting, panel, host. person_id: who it is, where somebody was invited; origin: as
    of Session.
    """

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    position: int
    name: str
    role: str
    title: Words = Field(sa_type=JSON)
    affiliation: Words = Field(sa_type=JSON)
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    origin: dict[str, Any] | None = Field(default=None, sa_type=JSON)
