"""Agreeing to a proof of attendance, and taking that back."""

from __future__ import annotations

from sqlmodel import col, select, update

from conference.base.db import Work
from conference.keeping.attendance.rules import WORDING
from conference.keeping.attendance.store import agreeing, consent_of
from conference.people.model import Person, PersonConsent, PersonConsentKind
from conference.web.services import Services


async def agree(work: Work, services: Services, person_id: str, *, language: str) -> None:
    """Twice is once. language: of the wording that was read."""
    await work.session.exec(select(Person.id).where(Person.id == person_id).with_for_update())
    if await consent_of(work.session, person_id) is None:
        work.session.add(
            PersonConsent(
                id=services.ids.new(), person_id=person_id, kind=PersonConsentKind.ATTENDANCE, version=WORDING,
                language=language, given=work.now,
            )
        )  # fmt: skip


async def take_back(work: Work, person_id: str) -> None:
    """From now on nobody makes a proof, and the name leaves the organisers' list."""
    theirs = (col(PersonConsent.person_id) == person_id, *agreeing())
    await work.session.exec(update(PersonConsent).where(*theirs).values(ended=work.now))
