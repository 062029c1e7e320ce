"""A card begins with whatever comes first: a film, words or a consent."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from conference.base.db import Work
from conference.cards.model import Card, CardState
from conference.web.services import Services


async def begin_card(services: Services, work: Work, conference_id: str, initiative_id: str) -> Card:
    """The initiative's card, locked until the commit; a new one without anything in it when there is none."""
    fresh = {
        "id": services.ids.new(), "conference_id": conference_id, "initiative_id": initiative_id, "state": CardState.BEGUN,
        "seconds": 0.0, "words": {}, "seen": {}, "language": "de", "unspoken": False, "signed": False, "remains": False,
        "change": "",
    }  # fmt: skip
    insert: Any = (postgresql.insert if work.dialect == "postgresql" else sqlite.insert)(Card).values(**fresh)
    both = [col(Card.conference_id), col(Card.initiative_id)]
    await work.session.exec(insert.on_conflict_do_nothing(index_elements=both))
    query = select(Card).where(Card.conference_id == conference_id, Card.initiative_id == initiative_id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    return (await work.session.exec(locked)).one()
