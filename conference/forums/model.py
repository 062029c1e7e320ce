"""The state of a room that must outlive a reload and a restart: seats, the floor, hands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.program.model import Floor


class Forum(SQLModel, table=True):
    """What the moderator has set in a session's room; a row appears with the first change.

    floor None: as the program says; microphones_free: in a discussion, the microphone needs no floor.
    """

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    floor: Floor | None = Field(default=None, sa_type=word(Floor))
    microphones_free: bool = False


class Seat(SQLModel, table=True):
    """One person in one room, for the whole life of the session: reloads and second devices find it again.

    A seat belongs to a person, or (person_id None) to a bearer token, as a studio's feed has one.
    has_floor: the moderator gave the floor; hand: since when the hand is up; muted: by the moderator, until the person
    switches the microphone on again; removed: thrown out, stays out.
    """

    __table_args__ = (
        UniqueConstraint("session_id", "person_id", name="uq_seat_session_id_person_id"),
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
    hand: datetime | None = Field(default=None, sa_type=Instant)
    muted: bool = False
    removed: datetime | None = Field(default=None, sa_type=Instant)
