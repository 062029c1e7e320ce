"""What is known of the end of a conference: that it was checked, and what was deleted. Counts, and nobody."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word


class ListKept(StrEnum):
    """The answer to: is the list of participants saved for the proof of how the money was used?"""

    SAVED = "saved"
    NOT_NEEDED = "not_needed"


class CloseCheck(SQLModel, table=True):
    """One look from outside at a closed conference. tried: addresses, sockets and calls by kind -> how many; faults: [{"kind",
    "address", "answer"}] of those that answered; ended None: under way, or its worker died."""

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    begun: datetime = Field(sa_type=Instant)
    ended: datetime | None = Field(default=None, sa_type=Instant)
    tried: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    faults: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class PurgeRecord(SQLModel, table=True):
    """The deletion of a conference. kept_list: what organisers answered, if they did; list_asked: when they were reminded; early:
    it was asked for before its day; rows: table -> how many were deleted or emptied; objects: how many files; remains: what
    stayed, by kind; ended None: not finished, and done again from the beginning."""

    conference_id: str = Field(primary_key=True, foreign_key="conference.id")
    kept_list: ListKept | None = Field(default=None, sa_type=word(ListKept))
    list_asked: datetime | None = Field(default=None, sa_type=Instant)
    early: bool = False
    begun: datetime | None = Field(default=None, sa_type=Instant)
    ended: datetime | None = Field(default=None, sa_type=Instant)
    rows: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    objects: int = 0
    remains: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
