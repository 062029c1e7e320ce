"""A playing is counted: one row per card and day, nothing of who played it. No page waits for it, so nothing is told."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from conference.base.db import Work
from conference.cards.model import CardPlays

What = Literal["play", "end"]


async def count_play(work: Work, card_id: str, day: date, what: What) -> None:
    """One more that began, or one that came to its end; of the latter never more than of the former on the same day."""
    if what == "end":
        mine = (col(CardPlays.card_id) == card_id, col(CardPlays.day) == day, col(CardPlays.ends) < col(CardPlays.plays))
        await work.session.exec(update(CardPlays).where(*mine).values(ends=col(CardPlays.ends) + 1))
        return
    first: Any = (postgresql.insert if work.dialect == "postgresql" else sqlite.insert)(CardPlays)
    first = first.values(card_id=card_id, day=day, plays=1, ends=0)
    more = first.on_conflict_do_update(
        index_elements=[col(CardPlays.card_id), col(CardPlays.day)], set_={"plays": col(CardPlays.plays) + 1}
    )
    await work.session.exec(more)
