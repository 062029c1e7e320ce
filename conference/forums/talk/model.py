"""Questions, chat lines, polls and announcements: what is said in writing, and must outlive a reload and a restart.

Everything that a page may learn carries `change`: the number of the talk's change that touched it last. These numbers follow the
order of the commits within one session, so "all that is newer than N" is what a page has missed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class QuestionState(StrEnum):
    """pending and declined: seen by the author and the moderation alone."""

    PENDING = "pending"
    APPROVED = "approved"
    PINNED = "pinned"
    ANSWERED = "answered"
    DECLINED = "declined"


class PollState(StrEnum):
    """draft and discarded: seen by the moderation alone."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    DISCARDED = "discarded"


class Taken(StrEnum):
    """Who took a chat line back."""

    AUTHOR = "author"
    MODERATION = "moderation"


class Talk(SQLModel, table=True):
    """The talk of one session; a row appears with its first change, and is the lock that puts changes in order.

    changes: how many there were; approval None: as the floor says; keeps_chat: the chat outlives the session; projected: the
    question on everybody's stage; cleared: changes that are older than this cannot be told, since lines were deleted.
    """

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    changes: int = 0
    approval: bool | None = None
    keeps_chat: bool = False
    projected: str | None = None
    cleared: int = 0


class Question(SQLModel, table=True):
    """A question from the audience. seat_id of an unnamed one is known to the program alone.

    client: the page's own name for it, so that a second try is no second question; shown: was once seen by all;
    reason: why it was declined, for the author.
    """

    __table_args__ = (
        UniqueConstraint("seat_id", "client", name="uq_question_seat_id_client"),
        Index("ix_question_session_id_change", "session_id", "change"),
    )

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id")
    seat_id: str = Field(foreign_key="seat.id")
    client: str
    text: str
    unnamed: bool = False
    state: QuestionState = Field(sa_type=word(QuestionState))
    reason: str = ""
    shown: bool = False
    votes: int = 0
    asked: datetime = Field(sa_type=Instant)
    change: int


class Upvote(SQLModel, table=True):
    """One seat's wish to hear a question answered."""

    question_id: str = Field(primary_key=True, foreign_key="question.id")
    seat_id: str = Field(primary_key=True, foreign_key="seat.id")


class ChatLine(SQLModel, table=True):
    """A line of the chat. number: its place; taken: by whom it was taken back (its text is gone then)."""

    __table_args__ = (
        UniqueConstraint("seat_id", "client", name="uq_chatline_seat_id_client"),
        Index("ix_chatline_session_id_number", "session_id", "number"),
        Index("ix_chatline_session_id_change", "session_id", "change"),
    )

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id")
    seat_id: str = Field(foreign_key="seat.id")
    client: str
    text: str
    reply_to: str | None = None
    number: int
    at: datetime = Field(sa_type=Instant)
    taken: Taken | None = Field(default=None, sa_type=word(Taken))
    change: int


class Poll(SQLModel, table=True):
    """A poll. counts: ballots per option; once it is closed, all that is left of what people chose. client: the page's own name
    for the draft, so that a second try is no second poll (None: from before pages named them)."""

    __table_args__ = (
        UniqueConstraint("session_id", "client", name="uq_poll_session_id_client"),
        Index("ix_poll_session_id_change", "session_id", "change"),
    )

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id")
    client: str | None = None
    question: str
    options: list[str] = Field(sa_type=JSON)
    multiple: bool = False
    state: PollState = Field(sa_type=word(PollState))
    counts: list[int] = Field(sa_type=JSON)
    voters: int = 0
    number: int
    change: int


class Ballot(SQLModel, table=True):
    """That a seat has voted; what it chose only while the poll is open, so that it can be changed."""

    poll_id: str = Field(primary_key=True, foreign_key="poll.id")
    seat_id: str = Field(primary_key=True, foreign_key="seat.id")
    choices: list[int] = Field(sa_type=JSON)


class Announcement(SQLModel, table=True):
    """A word of the organisers that stands in every room of the conference, or (session_id) in one, until it is withdrawn."""

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str | None = Field(default=None, foreign_key="session.id")
    text: Words = Field(sa_type=JSON)
    at: datetime = Field(sa_type=Instant)
    by: str | None = Field(default=None, foreign_key="person.id")
    withdrawn: datetime | None = Field(default=None, sa_type=Instant)
