"""What is collected in a session, the sheet that it makes up, its PDFs, and the report after the conference.

Everything of a sheet that a page may learn carries `change`: the number of the sheet's change that touched it last. These numbers
follow the order of the commits within one session, so "all that is newer than N" is what a page has missed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class Heading(StrEnum):
    """The headings of a session that has none of its own."""

    TOPICS = "topics"
    PRACTICE = "practice"
    IDEAS = "ideas"


class Collecting(StrEnum):
    """Who may add findings. The moderation always may, as long as the sheet is no final one."""

    ALL = "all"
    MODERATORS = "moderators"


class SheetState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"


class Decision(StrEnum):
    APPROVED = "approved"
    CHANGES = "changes"


class Finding(SQLModel, table=True):
    """One short text collected in a session, and a line of its sheet.

    heading: key of one of the sheet's headings; key: starred, one of the key findings; round: of a theme room, from 1.
    person_id: who wrote it, for the program alone unless `named`; client: the page's own name for it, so that a second try is no
    second finding; added, changed: when; change: number of the sheet's change; gone: taken out, since (its text stays for
    the history until the conference is purged); merged: the finding that it was merged into.
    """

    __table_args__ = (
        UniqueConstraint("session_id", "client", name="uq_finding_session_id_client"),
        Index("ix_finding_session_id_change", "session_id", "change"),
    )

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    heading: str
    text: Words = Field(sa_type=JSON)
    key: bool = False
    round: int | None = None
    position: int = 0
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    named: bool = False
    client: str | None = None
    added: datetime | None = Field(default=None, sa_type=Instant)
    changed: datetime | None = Field(default=None, sa_type=Instant)
    change: int = 0
    gone: datetime | None = Field(default=None, sa_type=Instant)
    merged: str | None = None


class ResultsSheet(SQLModel, table=True):
    """The sheet that a session's findings make up, as it is being worked on; the row is the lock that puts changes in order.

    changes: how many there were. collecting: who may add findings; closed: nobody adds any more, since. headings:
    [{"key", "title": Words}], None: topics, best practice, ideas. summary: a short text above the findings; people:
    [{"role": str, "text": Words}], None: as the program says; initiatives: how many took part, None: nobody has said it.
    expected: the day on which people may expect it.
    published: from when on the newest version is public, which may be still to come; None: not public. told: when attendees
    were written to. remains: stays at its address after closing.
    """

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    conference_id: str = Field(foreign_key="conference.id", index=True)
    state: SheetState = Field(default=SheetState.DRAFT, sa_type=word(SheetState))
    changes: int = 0
    collecting: Collecting = Field(default=Collecting.ALL, sa_type=word(Collecting))
    closed: datetime | None = Field(default=None, sa_type=Instant)
    headings: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    summary: Words = Field(default_factory=dict, sa_type=JSON)
    people: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    initiatives: int | None = None
    expected: datetime | None = Field(default=None, sa_type=Instant)
    published: datetime | None = Field(default=None, sa_type=Instant)
    told: datetime | None = Field(default=None, sa_type=Instant)
    remains: bool = True


class SheetVersion(SQLModel, table=True):
    """What was released of a sheet: never changed afterwards. The public sees the newest whose `public_from` has come.

    number: from 1; content: `rules.Content` as JSON; changes: the sheet's number then; note: what was corrected. object_key, size
    (bytes), etag (strong), pages: of its PDF, None for one that came without (a conference file's).
    """

    __table_args__ = (UniqueConstraint("session_id", "number"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    number: int
    content: dict[str, Any] = Field(sa_type=JSON)
    changes: int = 0
    made: datetime = Field(sa_type=Instant)
    public_from: datetime = Field(sa_type=Instant)
    person_id: str | None = Field(default=None, foreign_key="person.id")
    note: str = ""
    object_key: str | None = Field(default=None, unique=True)
    size: int | None = None
    etag: str | None = None
    pages: int | None = None


class SheetEvent(SQLModel, table=True):
    """One line of a sheet's history. what: a word of `rules.WHAT`; facts: what it was about, old texts among it."""

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    at: datetime = Field(sa_type=Instant)
    person_id: str | None = Field(default=None, foreign_key="person.id")
    what: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class SheetComment(SQLModel, table=True):
    """What an approver or editor says about a sheet, or (finding_id) about one line of it. settled: since."""

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    finding_id: str | None = Field(default=None, foreign_key="finding.id")
    person_id: str | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    text: str
    settled: datetime | None = Field(default=None, sa_type=Instant)


class SheetApproval(SQLModel, table=True):
    """Who was asked to approve a sheet, and what they said of it. changes: the sheet's number that they had before them."""

    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    asked: datetime = Field(sa_type=Instant)
    decided: datetime | None = Field(default=None, sa_type=Instant)
    decision: Decision | None = Field(default=None, sa_type=word(Decision))
    changes: int = 0


class ResultsDocument(SQLModel, table=True):
    """A results PDF that somebody brought. published None: not public. remains: stays at its address after closing.

    object_key: unguessable key in the store; size: bytes; etag: strong, of the content; pages: None where nobody counted;
    lacks: what assistive technology misses in it, words of `rules.LACKS`; summary: what it says, for those who cannot read it.
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
    pages: int | None = None
    lacks: list[str] = Field(default_factory=list, sa_type=JSON)
    summary: Words = Field(default_factory=dict, sa_type=JSON)
    published: datetime | None = Field(default=None, sa_type=Instant)
    corrected: datetime | None = Field(default=None, sa_type=Instant)
    remains: bool = True
    example: bool = False


class ClosingShow(SQLModel, table=True):
    """The slides of key findings in a plenary. session_id: the plenary; shown: the slug of the session whose slide is on, None:
    the title; light_from: since when its moderator speaks; light_seconds: how long the light is green."""

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    running: bool = False
    shown: str | None = None
    light_from: datetime | None = Field(default=None, sa_type=Instant)
    light_seconds: int = 120


class ResultsLook(SQLModel, table=True):
    """How a host's sheets look. colour: "#rrggbb" or None: each forum's own; face: a typeface of `rules.FACES`; logo_*: the
    host's sign."""

    conference_id: str = Field(primary_key=True, foreign_key="conference.id")
    colour: str | None = None
    face: str | None = None
    logo_key: str | None = Field(default=None, unique=True)
    logo_type: str | None = None
    logo_alt: Words = Field(default_factory=dict, sa_type=JSON)


class Report(SQLModel, table=True):
    """The report after the conference: paragraphs parted by blank lines. change: of its text, for two who edit; figures: those
    that are shown, as they were when it was published."""

    conference_id: str = Field(primary_key=True, foreign_key="conference.id")
    title: Words = Field(sa_type=JSON)
    body: Words = Field(sa_type=JSON)
    photo_credit: str = ""
    published: datetime | None = Field(default=None, sa_type=Instant)
    remains: bool = True
    change: int = 0
    figures: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)


class ReportPhoto(SQLModel, table=True):
    """A photo of the report, always with credit and alternative text."""

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    position: int
    object_key: str = Field(unique=True)
    content_type: str
    size: int
    etag: str
    width: int
    height: int
    credit: str
    alt: Words = Field(sa_type=JSON)
    caption: Words = Field(default_factory=dict, sa_type=JSON)


class HandOver(SQLModel, table=True):
    """The static copy of a conference. object_key None: still being made, or it failed (fault: a code)."""

    conference_id: str = Field(primary_key=True, foreign_key="conference.id")
    asked: datetime = Field(sa_type=Instant)
    made: datetime | None = Field(default=None, sa_type=Instant)
    object_key: str | None = Field(default=None, unique=True)
    size: int | None = None
    progress: float = 0.0
    fault: str | None = None
