"""A conference's registration, and what people entered there. Who registers is a person at once; these rows hold the rest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class RegistrationState(StrEnum):
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


class RegistrationTerms(SQLModel, table=True):
    """How one registers. No row, or not open: only who is invited takes part. until: the deadline (None: until the doors);
    places: of all (None: no limit); asks: which questions stand in the form, words of `rules.ASKS`; wishes: text of a question of
    the hosts' own; intro: above the form; needs_kept: days after the end until access needs are deleted."""

    conference_id: str = Field(primary_key=True, foreign_key="conference.id")
    is_open: bool = False
    until: datetime | None = Field(default=None, sa_type=Instant)
    places: int | None = None
    asks: list[str] = Field(default_factory=list, sa_type=JSON)
    wishes: Words = Field(default_factory=dict, sa_type=JSON)
    intro: Words = Field(default_factory=dict, sa_type=JSON)
    needs_kept: int = 0
    version: int = 1
    changed_by: str | None = None


class Registration(SQLModel, table=True):
    """turn: order of the waiting list; wish: the answer to the hosts' own question; language: of the form and of letters; client:
    the page's own name for it, so that a second try is no second one."""

    __table_args__ = (UniqueConstraint("conference_id", "client"),)

    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    conference_id: str = Field(foreign_key="conference.id", index=True)
    state: RegistrationState = Field(sa_type=word(RegistrationState))
    at: datetime = Field(sa_type=Instant)
    turn: int = 0
    confirmed: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn: datetime | None = Field(default=None, sa_type=Instant)
    wish: str = ""
    language: str = "de"
    client: str | None = None


class Choice(SQLModel, table=True):
    """A session that somebody chose: rank 1 is the first wish. placed: has a place in it since; else waits, in order of `at`."""

    __table_args__ = (UniqueConstraint("person_id", "session_id"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    person_id: str = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    session_id: str = Field(foreign_key="session.id", index=True)
    rank: int = 1
    at: datetime = Field(sa_type=Instant)
    placed: datetime | None = Field(default=None, sa_type=Instant)


class AccessNeeds(SQLModel, table=True):
    """What somebody needs to take part: a table of its own, read by nobody but who arranges it, deleted earlier than all else.

    needs: words of `rules.NEEDS`; text: in one's own words; arranged: somebody has seen to it, since.
    """

    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    conference_id: str = Field(foreign_key="conference.id", index=True)
    needs: list[str] = Field(default_factory=list, sa_type=JSON)
    text: str = ""
    at: datetime = Field(sa_type=Instant)
    arranged: datetime | None = Field(default=None, sa_type=Instant)
