"""What people entered when they registered is forgotten: access needs on their own day, all else with the conference."""

from __future__ import annotations

from sqlmodel import col, delete, select, update

from conference.access.store import purged_conferences, times_of
from conference.base import audit
from conference.base.db import Work
from conference.people.model import PersonConsent, PersonConsentKind
from conference.registration.model import AccessNeeds, Choice, Registration, RegistrationTerms
from conference.registration.rules import needs_end
from conference.registration.store import with_needs
from conference.web.services import Services


async def forget_needs(services: Services) -> int:
    """Access needs whose day has come are deleted, and the consent to keep them ends; how many. The people stay."""
    async with services.db.read() as session:
        over = [
            conference.id
            for conference, terms in await with_needs(session)
            if services.clock.now() >= needs_end(terms, times_of(conference))
        ]
    forgotten = 0
    for conference_id in over:
        async with services.db.work() as work:
            forgotten += await delete_needs(work, conference_id)
    return forgotten


async def delete_needs(work: Work, conference_id: str, *, by: str | None = None) -> int:
    """All access needs of a conference, now; how many."""
    people = select(AccessNeeds.person_id).where(AccessNeeds.conference_id == conference_id)
    ending = update(PersonConsent).where(col(PersonConsent.person_id).in_(people), col(PersonConsent.ended).is_(None))
    await work.session.exec(ending.where(col(PersonConsent.kind) == PersonConsentKind.NEEDS).values(ended=work.now))
    gone = await work.session.exec(delete(AccessNeeds).where(col(AccessNeeds.conference_id) == conference_id))
    if gone.rowcount:
        audit.record(work, "access needs deleted", conference_id=conference_id, person_id=by, people=int(gone.rowcount))
    return int(gone.rowcount)


async def forget_purged_registrations(services: Services) -> int:
    """Registrations, choices, needs and terms of conferences that are purged; how many registrations."""
    async with services.db.read() as session:
        purged = await purged_conferences(session, services.clock.now())
        left = select(RegistrationTerms.conference_id).where(col(RegistrationTerms.conference_id).in_(purged))
        among = select(Registration.conference_id).where(col(Registration.conference_id).in_(purged)).distinct()
        waiting = {*await session.exec(left), *await session.exec(among)}
    forgotten = 0
    for conference_id in waiting:
        async with services.db.work() as work:
            await delete_needs(work, conference_id)
            for table in (Choice, Registration, RegistrationTerms):
                gone = await work.session.exec(delete(table).where(col(table.conference_id) == conference_id))
                forgotten += int(gone.rowcount) if table is Registration else 0
    return forgotten
