"""What organisers state, and tables of people that were brought and not taken over yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant


class Statement(SQLModel, table=True):
    """Something that no row can know. key: waived (subject: a readiness rule, or RULE:ID; text: why), deputy (who leads when the
    host cannot), rehearsal (when it took place), emergency (the prepared text), remains (what stays after closing was looked
    through), checked (what the doctor found of a part, as JSON), checking (somebody asked for that, not answered yet)."""

    __table_args__ = (UniqueConstraint("conference_id", "key", "subject"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    key: str
    subject: str = ""
    text: str = ""
    at: datetime = Field(sa_type=Instant)
    by: str | None = None


class PeopleTable(SQLModel, table=True):
    """A table of people between its dry run and being taken over; gone with that, or after an hour (`expires`, real time).

    name: of the file; rows, faults: as the dry run read them.
    """

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    name: str
    rows: list[dict[str, Any]] = Field(sa_type=JSON)
    faults: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    by: str | None = None
    expires: datetime = Field(sa_type=Instant)
