"""What somebody lets the organisers know of the last test."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word


class Outcome(StrEnum):
    """passed: sound and picture get through by the best way; limits: they get through otherwise; failed: they do not."""

    PASSED = "passed"
    LIMITS = "limits"
    FAILED = "failed"


class CheckResult(SQLModel, table=True):
    """The newest result of a person, kept with consent and until it is forgotten. at: conference time."""

    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    outcome: Outcome = Field(sa_type=word(Outcome))
    at: datetime = Field(sa_type=Instant)
