"""Who did what, when: acts of weight (closing dates, roles, deletions), without contents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Index, String, cast, or_
from sqlmodel import Field, SQLModel, col

from conference.base.db import Instant, Work
from conference.base.ids import RandomIds

LONGEST_FACT = 300  # the reason that an organiser gives is the longest
Fact = str | int | float | bool | None | datetime


class AuditEntry(SQLModel, table=True):
    """at: conference time. conference_id, person_id: no foreign keys, an entry outlives what it speaks of."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_conference_id_at", "conference_id", "at"),)

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    conference_id: str | None = None
    person_id: str | None = None
    act: str
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


def record(work: Work, act: str, *, conference_id: str | None = None, person_id: str | None = None, **facts: Fact) -> AuditEntry:
    """Write down an act within its unit of work. facts: ids, times, counts, words of a fixed list; never what people wrote."""
    entry = AuditEntry(
        id=RandomIds().new(),
        at=work.now,
        conference_id=conference_id,
        person_id=person_id,
        act=act,
        facts={name: _plain(name, value) for name, value in facts.items()},
    )
    work.session.add(entry)
    return entry


def concerns(person_id: str) -> ColumnElement[bool]:
    """Entries of what somebody did, and of what was done with them."""
    return or_(col(AuditEntry.person_id) == person_id, cast(col(AuditEntry.facts), String).contains(person_id, autoescape=True))


def _plain(name: str, value: Fact) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is not None and not isinstance(value, str | int | float | bool):
        raise ValueError(f"the audit log takes plain facts only: {name}")
    if isinstance(value, str) and len(value) > LONGEST_FACT:
        raise ValueError(f"the audit log takes no contents: {name}")
    return value
