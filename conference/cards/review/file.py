"""What a conference asks of cards, in its file: pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from conference.cards.model import CardTerms
from conference.cards.review.rules import HEIGHTS, LENGTHS, SIZES
from conference.initiatives.file import Entry, read_entry


class TermsFacts(Entry):
    """until: a wall time in the conference's zone; a bare date means the end of that day."""

    until: datetime | date | None = None
    most_seconds: Annotated[int, Field(ge=LENGTHS[0], le=LENGTHS[1])] = CardTerms.model_fields["most_seconds"].default
    most_bytes: Annotated[int, Field(ge=SIZES[0], le=SIZES[1])] = CardTerms.model_fields["most_bytes"].default
    least_height: Annotated[int, Field(ge=HEIGHTS[0], le=HEIGHTS[1])] = CardTerms.model_fields["least_height"].default


def terms_from(value: Any, where: str = "card_terms") -> TermsFacts | None:
    """None where the file says nothing: then what was set before stays. Raises Invalid("conference_file", faults=...)."""
    facts: TermsFacts | None = None if value is None else read_entry(TermsFacts, value, where)
    return facts


def terms_to_file(terms: CardTerms, until: datetime | date | None) -> dict[str, Any]:
    """until: as a wall time."""
    limits = {name: getattr(terms, name) for name in ("most_seconds", "most_bytes", "least_height")}
    return {"until": until, **limits}
