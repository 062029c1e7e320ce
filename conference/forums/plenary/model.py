"""What a plenary's moderators have set, and its order of greetings. Both appear with the first change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from conference.base.db import Instant
from conference.base.words import Words


class Plenary(SQLModel, table=True):
    """text, until: what the holding slide says, and when it goes on; third_auto: who speaks gets a lower third; third: the seat
    that has one in any case; shows_now: all see whose turn it is; host, deputy: seats; host_gone: since when the host's page
    has been away."""

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    text: str = ""
    until: datetime | None = Field(default=None, sa_type=Instant)
    third_auto: bool = True
    third: str | None = None
    shows_now: bool = False
    host: str | None = None
    deputy: str | None = None
    host_gone: datetime | None = Field(default=None, sa_type=Instant)


class Greeting(SQLModel, table=True):
    """One entry of the running order. minutes None: nobody counts; seat: who it is, where the name does not say it; began,
    ended: when it was this one's turn; dropped: taken out, and for a while brought back by a word."""

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    position: int
    name: str
    function: Words = Field(sa_type=JSON)
    organisation: Words = Field(sa_type=JSON)
    minutes: int | None = None
    seat: str | None = None
    began: datetime | None = Field(default=None, sa_type=Instant)
    ended: datetime | None = Field(default=None, sa_type=Instant)
    dropped: datetime | None = Field(default=None, sa_type=Instant)
