"""Who takes part. One person has one link per invitation, whatever roles; a browser is signed in by a server-side session."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word


class Role(StrEnum):
    ORGANISER = "organiser"
    MODERATOR = "moderator"
    SPEAKER = "speaker"
    INTERPRETER = "interpreter"
    CAPTIONER = "captioner"
    NOTE_TAKER = "note_taker"
    TECHNICAL_DIRECTOR = "technical_director"
    APPROVER = "approver"
    INITIATIVE = "initiative"
    ATTENDEE = "attendee"
    GUEST = "guest"


class Feed(StrEnum):
    """What a studio's stream is in a room: the stage, the signing person, or what stands in when the stage's stream fails."""

    STAGE = "stage"
    SIGNING = "signing"
    DEPUTY = "deputy"


class Person(SQLModel, table=True):
    """Somebody in one conference, or (conference_id None) an organiser of the installation.

    shows_name: whether others in a room may read the name; simulated: one of the demo's made-up attendees.
    """

    id: str = Field(primary_key=True)
    conference_id: str | None = Field(default=None, foreign_key="conference.id", index=True)
    name: str
    email: str = Field(index=True)
    initiative_id: str | None = Field(default=None, foreign_key="initiative.id")
    land: str = ""
    shows_name: bool = True
    simulated: bool = False
    created: datetime = Field(sa_type=Instant)


class RoleHeld(SQLModel, table=True):
    """A role of a person in one session, or (session_id None) in the whole conference."""

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    role: Role = Field(sa_type=word(Role))
    session_id: str | None = Field(default=None, foreign_key="session.id", index=True)


class SignInLink(SQLModel, table=True):
    """A personal link, stored as the hash of its secret. Several are valid at a time; sending one again revokes none."""

    digest: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    created: datetime = Field(sa_type=Instant)
    revoked: datetime | None = Field(default=None, sa_type=Instant)


class BrowserSession(SQLModel, table=True):
    """A signed-in browser, stored as the hash of its cookie. It may be one person in each of several conferences."""

    digest: str = Field(primary_key=True)
    created: datetime = Field(sa_type=Instant)
    expires: datetime = Field(sa_type=Instant)
    revoked: datetime | None = Field(default=None, sa_type=Instant)


class SignedIn(SQLModel, table=True):
    """Who a browser is. One row per person; at most one person per conference and browser."""

    id: str = Field(primary_key=True)
    browser: str = Field(foreign_key="browsersession.digest", index=True, ondelete="CASCADE")
    person_id: str = Field(foreign_key="person.id", index=True)


class AccessToken(SQLModel, table=True):
    """A bearer token for WHIP or WHEP in one session, stored hashed. role: "publisher", "viewer" or
    "captioner" (software that writes captions, and may listen); feed: its place in the room
    (None: a speaker like others)."""

    digest: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id")
    person_id: str | None = Field(default=None, foreign_key="person.id")
    role: str
    label: str = ""
    feed: Feed | None = Field(default=None, sa_type=word(Feed))
    created: datetime = Field(sa_type=Instant)
    expires: datetime = Field(sa_type=Instant)
    revoked: datetime | None = Field(default=None, sa_type=Instant)
