"""What organisers decide about registering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from conference.base import audit
from conference.base.db import Work
from conference.base.editions import next_edition, same_edition
from conference.base.words import Words
from conference.registration.actions import settle
from conference.registration.model import RegistrationTerms
from conference.registration.store import hold
from conference.web.services import Services


@dataclass(frozen=True)
class Wanted:
    """As RegistrationTerms."""

    is_open: bool
    until: datetime | None
    places: int | None
    asks: tuple[str, ...]
    wishes: Words
    intro: Words
    needs_kept: int


async def set_terms(
    work: Work, services: Services, conference_id: str, wanted: Wanted, *, seen: str | None, by: str | None
) -> RegistrationTerms:
    """Write them; with more places whoever waits moves up. Raises Conflict("changed_meanwhile")."""
    terms = await hold(work, conference_id)
    if terms is None:
        terms = RegistrationTerms(conference_id=conference_id, version=0)
    same_edition(terms, seen)
    terms.is_open, terms.until, terms.places = wanted.is_open, wanted.until, wanted.places
    terms.asks, terms.wishes, terms.intro = list(wanted.asks), wanted.wishes, wanted.intro
    terms.needs_kept = wanted.needs_kept
    next_edition(terms, by)
    work.session.add(terms)
    await work.session.flush()
    audit.record(
        work, "registration terms set", conference_id=conference_id, person_id=by, open=wanted.is_open, until=wanted.until,
        places=wanted.places,
    )  # fmt: skip
    await settle(work, services, conference_id)
    services.outbox.tell(work, f"conference:{conference_id}", "conference.changed", conference_id=conference_id)
    return terms
