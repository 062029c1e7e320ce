"""The state of a room that must outlive a reload and a restart: seats, the floor, hands."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.program.model import Floor


class Way(StrEnum):
    """How somebody wants to speak. All ways wait in one queue."""

    VOICE = "voice"
    TEXT = "text"
    SIGNING = "signing"


class Forum(SQLModel, table=True):
    """What the moderator has set in a session's room; a row appears with the first change.

    floor None: as the program says; microphones_free: in a discussion, the microphone needs no floor; locked: newcomers stay
    outside; lobby: guests wait until they are let in; spotlight: the seat that everybody sees in front; notes: the
    moderators' shared text, last written from the seat notes_by; help_asked, help_by: the room calls the organisers;
    extended: when the moderation last gave the session more minutes; text_closed: only who speaks writes real-time text, since;
    captioner: the seat that writes the captions; signer: the interpreter who has the interpreters' place;
    curtain: a plenary's, closed or not (None: until the session starts).
    """

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    floor: Floor | None = Field(default=None, sa_type=word(Floor))
    microphones_free: bool = False
    locked: datetime | None = Field(default=None, sa_type=Instant)
    lobby: datetime | None = Field(default=None, sa_type=Instant)
    spotlight: str | None = None
    text_closed: datetime | None = Field(default=None, sa_type=Instant)
    captioner: str | None = None
    signer: str | None = None
    notes: str = ""
    notes_by: str | None = None
    curtain: bool | None = None
    notes_changed: datetime | None = Field(default=None, sa_type=Instant)
    help_asked: datetime | None = Field(default=None, sa_type=Instant)
    help_by: str | None = None
    extended: datetime | None = Field(default=None, sa_type=Instant)


class Seat(SQLModel, table=True):
    """One person in one room, for the whole life of the session: reloads and second devices find it again.

    number: 1, or higher for a device that stands beside and only listens; window: the page that has taken it last.
    entered, left: the last stay; earlier: those before it, as `stays.Times`.
    A seat belongs to a person, or (person_id None) to a bearer token, as a studio's feed has one.
    has_floor: the moderator gave the floor, until floor_until (None: no time was named; the end cuts nobody off); hand: since
    when the hand is up; turn: its order in the queue; way: how its owner wants to speak (None: by voice); muted: by the
    moderator, until the person switches the microphone on again; removed: put out, may come back; banned: may not, until that
    is lifted; knocked: waits in the lobby since; promoted: moderates this room since; signs: speaks by signing since; behind: is
    behind a plenary's stage since (a studio's feed: is held back); heard: when others confirmed there that they hear it.
    """

    __table_args__ = (
        UniqueConstraint("session_id", "person_id", "number", name="uq_seat_session_id_person_id_number"),
        UniqueConstraint("session_id", "token", name="uq_seat_session_id_token"),
    )

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    token: str | None = Field(default=None, foreign_key="accesstoken.digest")
    entered: datetime = Field(sa_type=Instant)
    left: datetime | None = Field(default=None, sa_type=Instant)
    has_floor: bool = False
    floor_until: datetime | None = Field(default=None, sa_type=Instant)
    hand: datetime | None = Field(default=None, sa_type=Instant)
    turn: int | None = None
    way: Way | None = Field(default=None, sa_type=word(Way))
    muted: bool = False
    removed: datetime | None = Field(default=None, sa_type=Instant)
    banned: datetime | None = Field(default=None, sa_type=Instant)
    knocked: datetime | None = Field(default=None, sa_type=Instant)
    promoted: datetime | None = Field(default=None, sa_type=Instant)
    signs: datetime | None = Field(default=None, sa_type=Instant)
    number: int = 1
    window: str | None = None
    behind: datetime | None = Field(default=None, sa_type=Instant)
    heard: datetime | None = Field(default=None, sa_type=Instant)
    earlier: list[list[str]] | None = Field(default=None, sa_type=JSON)
