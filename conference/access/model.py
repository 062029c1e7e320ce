"""A conference: its words, hosts, contact and the six instants of its life."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from conference.base.db import Instant
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

    hosts: [{"name": Words, "short": str, "url": str | None}]; contact: {"name": Words, "email": str, "phone": str};
    legal: {"imprint": Words, "privacy": Words, "accessibility": Words, "easy": {"text": Words | None, "reason": Words | None},
    "signed": the same}; version grows with every change that a reader could notice.
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
