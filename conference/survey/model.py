"""Questions, answers without persons, and who has answered without what."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from conference.base.db import Instant


class Survey(SQLModel, table=True):
    """questions: at most three, [{"key", "text": Words, "scale": a word of `rules.SCALES`}]; comment: may words be added;
    open_from: None until an organiser opens it (it ends with the access window)."""

    conference_id: str = Field(primary_key=True, foreign_key="conference.id")
    questions: list[dict[str, Any]] = Field(sa_type=JSON)
    comment: bool = True
    open_from: datetime | None = Field(default=None, sa_type=Instant)
    version: int = 1
    changed_by: str | None = None


class SurveyAnswer(SQLModel, table=True):
    """Somebody's answers. Nothing leads to the person: the id is random, the time a day. answers: question's key -> 1..5."""

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    answers: dict[str, int] = Field(sa_type=JSON)
    comment: str = ""
    day: date


class SurveyAnswered(SQLModel, table=True):
    """That a person has answered, so that nobody does twice. When is not kept."""

    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    conference_id: str = Field(foreign_key="conference.id", index=True)
