"""The outbox: one row per live event, written in the transaction of the change that it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel

from conference.base.db import Instant

Fact = str | int | bool | None


class OutboxRow(SQLModel, table=True):
    """Ids follow commit order and are never used again, so "everything after N" has one meaning.

    facts holds ids and small values, never contents: whoever may see the thing now decides what is sent.
    at is real time (a demo shifts conference time by years); rows live for a day.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_topic_id", "topic", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    )
    conference_id: str | None = None
    topic: str
    kind: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
