"""How one registers, in a conference file. Who has registered stays behind."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from conference.base.db import Work
from conference.initiatives.file import Entry, Text, read_entry
from conference.registration.model import RegistrationTerms
from conference.registration.rules import ASKS, MOST_KEPT, MOST_PLACES
from conference.registration.store import terms_of
from conference.registration.terms import Wanted, set_terms
from conference.web.services import Services

NAMES = ("places", "wishes", "intro", "needs_kept")


class RegistrationFacts(Entry):
    """until: a wall time in the conference's zone; a bare date means the end of that day. asks: questions of the form."""

    open: bool = False
    until: datetime | date | None = None
    places: Annotated[int, Field(ge=0, le=MOST_PLACES)] | None = None
    asks: list[Literal[ASKS]] = Field(default_factory=lambda: list(ASKS))  # type: ignore[valid-type]
    wishes: Text = Field(default_factory=dict)
    intro: Text = Field(default_factory=dict)
    needs_kept: Annotated[int, Field(ge=0, le=MOST_KEPT)] = 0


def registration_from(value: Any, where: str = "registration") -> RegistrationFacts | None:
    """None where the file says nothing: then what was set before stays. Raises Invalid("conference_file", faults=...)."""
    facts: RegistrationFacts | None = None if value is None else read_entry(RegistrationFacts, value, where)
    return facts


def registration_to_file(terms: RegistrationTerms | None, until: datetime | date | None) -> dict[str, Any] | None:
    """until: as a wall time."""
    if terms is None:
        return None
    return {"open": terms.is_open, "until": until, "asks": terms.asks, **{name: getattr(terms, name) for name in NAMES}}


async def put_registration(
    work: Work, services: Services, conference_id: str, facts: RegistrationFacts, *, by: str | None
) -> None:
    """`until` is an instant here. The same once more changes nothing."""
    wanted = Wanted(
        is_open=facts.open,
        until=facts.until if isinstance(facts.until, datetime) else None,
        asks=tuple(facts.asks),
        **{name: getattr(facts, name) for name in NAMES},
    )
    terms = await terms_of(work.session, conference_id)
    if terms is not None:
        names = ("is_open", "until", *NAMES)
        if all(getattr(terms, name) == getattr(wanted, name) for name in names) and tuple(terms.asks) == wanted.asks:
            return
    await set_terms(work, services, conference_id, wanted, seen=str(terms.version if terms else 0), by=by)
