"""What a conference asks of cards, set by its organisers or by its file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from conference.base import audit
from conference.base.db import Work
from conference.cards.model import CardTerms


@dataclass(frozen=True)
class Wanted:
    """What a conference asks of cards, as CardTerms; until: an instant, or None for the closing date."""

    until: datetime | None
    most_seconds: int
    most_bytes: int
    least_height: int


async def set_terms(work: Work, conference_id: str, wanted: Wanted, *, by: str | None) -> CardTerms:
    """Films that are there already stay as they are. The same again changes nothing."""
    terms = await terms_for_change(work, conference_id)
    changed = {name: value for name, value in vars(wanted).items() if getattr(terms, name) != value}
    for name, value in changed.items():
        setattr(terms, name, value)
    if changed:
        work.session.add(terms)
        audit.record(work, "card terms set", conference_id=conference_id, person_id=by, **changed)
    return terms


async def terms_for_change(work: Work, conference_id: str) -> CardTerms:
    """The conference's terms, stored by now; whoever else wants to change them waits until this work is done."""
    insert: Any = (postgresql.insert if work.dialect == "postgresql" else sqlite.insert)(CardTerms)
    plain = CardTerms(conference_id=conference_id).model_dump()
    await work.session.exec(insert.values(**plain).on_conflict_do_nothing())
    terms = await work.session.get(CardTerms, conference_id, with_for_update=True, populate_existing=True)
    assert terms is not None
    return terms
