"""Templates, mailings, deliveries. A delivery is the only proof that somebody was written to; letters' texts hold no links."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class LetterKind(StrEnum):
    """day_before, minutes_before: reminders; confirmed, waiting, moved_up, declined: of a registration; cancelled: a session or
    all of it; survey: after the end; letter: whatever else."""

    INVITATION = "invitation"
    DAY_BEFORE = "day_before"
    MINUTES_BEFORE = "minutes_before"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    MOVED_UP = "moved_up"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    SURVEY = "survey"
    LETTER = "letter"


class MailingState(StrEnum):
    """draft -> planned -> sending -> sent, or stopped. standing: of letters that go out one by one, as registrations come."""

    DRAFT = "draft"
    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"
    STANDING = "standing"


class DeliveryState(StrEnum):
    """waiting -> handed -> sent, bounced (refused for good, or it came back) or failed (given up). handed: committed just before
    the mail server is given the last line; after a crash nobody knows, and nobody but an organiser sends it again. skipped: has
    no address, or lost the right to the letter meanwhile."""

    WAITING = "waiting"
    HANDED = "handed"
    SENT = "sent"
    BOUNCED = "bounced"
    FAILED = "failed"
    SKIPPED = "skipped"


class LetterTemplate(SQLModel, table=True):
    """A host's own words for one kind of letter. No row: the words that the program ships."""

    __table_args__ = (UniqueConstraint("conference_id", "kind"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    kind: LetterKind = Field(sa_type=word(LetterKind))
    subject: Words = Field(sa_type=JSON)
    body: Words = Field(sa_type=JSON)
    version: int = 1
    changed: datetime = Field(sa_type=Instant)
    changed_by: str | None = None


class Mailing(SQLModel, table=True):
    """One letter to many. subject, body: with placeholders, frozen when it is sent; audience: {"roles", "sessions",
    "initiatives", "only": "unwritten" | "unseen" | None}; calendar: with a calendar file that leads to the door. at: planned for
    this moment; minutes: or that long before the session (None: the conference's live) begins, wherever that moves; of a reminder
    that a conference has by itself, at: the beginning that it has begun for. people: how many there were."""

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    kind: LetterKind = Field(sa_type=word(LetterKind))
    state: MailingState = Field(default=MailingState.DRAFT, sa_type=word(MailingState))
    subject: Words = Field(sa_type=JSON)
    body: Words = Field(sa_type=JSON)
    audience: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    calendar: bool = False
    at: datetime | None = Field(default=None, sa_type=Instant)
    minutes: int | None = None
    session_id: str | None = Field(default=None, foreign_key="session.id")
    people: int = 0
    made: datetime = Field(sa_type=Instant)
    begun: datetime | None = Field(default=None, sa_type=Instant)
    done: datetime | None = Field(default=None, sa_type=Instant)
    version: int = 1
    changed_by: str | None = None


class Delivery(SQLModel, table=True):
    """One person's letter of a mailing. number: higher than 1 where the same kind is due once more (registered anew); message_id:
    the same at each try; next_try, handed, told: real time; reply: of the mail server, three digits and no text."""

    __table_args__ = (
        UniqueConstraint("mailing_id", "person_id", "number"),
        Index("ix_delivery_state_next_try", "state", "next_try"),
    )

    id: str = Field(primary_key=True)
    mailing_id: str = Field(foreign_key="mailing.id", index=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    person_id: str = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    number: int = 1
    state: DeliveryState = Field(default=DeliveryState.WAITING, sa_type=word(DeliveryState))
    message_id: str = Field(unique=True)
    tries: int = 0
    next_try: datetime | None = Field(default=None, sa_type=Instant)
    handed: datetime | None = Field(default=None, sa_type=Instant)
    told: datetime | None = Field(default=None, sa_type=Instant)
    reply: str | None = None
