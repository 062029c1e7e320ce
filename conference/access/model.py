"""A conference: its words, hosts, contact and the six instants of its life."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word
from conference.base.words import Words


class State(StrEnum):
    """Where a conference is in its life; derived from the clock and its times, never stored."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    DOORS = "doors"
    LIVE = "live"
    ARCHIVE = "archive"
    CLOSED = "closed"
    PURGED = "purged"


class Conference(SQLModel, table=True):
    """One event with one program. Instants are UTC; `zone` is the IANA zone in which they were typed and are shown.

    hosts: [{"name": Words, "short": str, "url": str | None, "logo": absent or {"key", "type", "size", "etag", "alt": Words}}];
    contact: {"name": Words, "email": str, "phone": str};
    legal: {"imprint": Words, "privacy": Words, "accessibility": Words, "easy": {"text": Words | None, "reason": Words | None},
    "signed": the same}; version grows with every change that a reader could notice;
    changed_by: id of the person behind the last one (no key, as in the audit log). second_factor: organisers need one, since.
    emergency: what stands on top of every page and room now (None: nothing).
    """

    id: str = Field(primary_key=True)
    slug: str = Field(unique=True)
    title: Words = Field(sa_type=JSON)
    motto: Words = Field(sa_type=JSON)
    purpose: Words = Field(sa_type=JSON)
    place: Words = Field(sa_type=JSON)
    people_expected: Words = Field(sa_type=JSON)
    hosts: list[dict[str, Any]] = Field(sa_type=JSON)
    contact: dict[str, Any] = Field(sa_type=JSON)
    legal: dict[str, Any] = Field(sa_type=JSON)
    zone: str
    announced: datetime | None = Field(sa_type=Instant)
    doors: datetime = Field(sa_type=Instant)
    live: datetime = Field(sa_type=Instant)
    archive: datetime = Field(sa_type=Instant)
    closes: datetime = Field(sa_type=Instant)
    purge: datetime = Field(sa_type=Instant)
    version: int = 1
    changed_by: str | None = None
    second_factor: datetime | None = Field(default=None, sa_type=Instant)
    emergency: Words | None = Field(default=None, sa_type=JSON)


class Page(StrEnum):
    """Pages that each conference owes its readers. notice: what people are told whose data came in a list (Art. 14 GDPR)."""

    IMPRINT = "imprint"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"
    EASY = "easy"
    SIGNED = "signed"
    NOTICE = "notice"


class LegalPage(SQLModel, table=True):
    """How a page that the law asks for came about. What readers see stands in `Conference.legal` alone: saving the form composes
    it anew from the template, unless `own` (the hosts wrote the text themselves).

    fields: what the template asks for, by name; reviewed: the day of the last review, from which the next one is counted;
    film_*: of the signed page, a key in the store; film_captions: WebVTT; version: of the form, for two who edit.
    """

    __table_args__ = (UniqueConstraint("conference_id", "page"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    page: Page = Field(sa_type=word(Page))
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    own: bool = False
    reviewed: date | None = None
    film_key: str | None = Field(default=None, unique=True)
    film_type: str | None = None
    film_size: int | None = None
    film_etag: str | None = None
    film_captions: str = ""
    version: int = 1
    changed: datetime = Field(sa_type=Instant)
    changed_by: str | None = None
