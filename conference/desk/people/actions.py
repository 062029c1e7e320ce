"""What organisers do with one person: put them in, change what is known, give and take roles."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import select

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked, next_edition, same_edition
from conference.base.errors import Invalid, NotFound
from conference.base.letters import deliverable
from conference.desk.people.rules import LONGEST_ORGANISATION
from conference.desk.people.taking import without_organisers
from conference.people.accounts.store import with_factor
from conference.people.actions import clean_name, revoke, tell_roles
from conference.people.model import Person, Role, RoleHeld, Source
from conference.people.store import normal_email, person_in, roles_of
from conference.web.services import Services

Held = tuple[Role, str | None]


@dataclass(frozen=True)
class Facts:
    """A person as the form has them. roles: (role, session id or None), all of them; shown: those that
    the form was opened with, None: whatever there is. What was given or taken meanwhile stays so."""

    name: str
    email: str
    initiative_id: str | None
    organisation: str | None
    land: str
    language: str | None
    roles: frozenset[Held]
    shown: frozenset[Held] | None = None


async def add_person(work: Work, services: Services, conference_id: str, facts: Facts, *, by: str | None) -> Person:
    """Raises Invalid("name"), Invalid("email"), Invalid("email_taken")."""
    await _hold(work, conference_id)
    person = Person(
        id=services.ids.new(), conference_id=conference_id, name="", email="", created=work.now, source=Source.DESK, changed_by=by
    )
    await _put(work, person, facts)
    work.session.add(person)
    await work.session.flush()  # roles refer to the person
    _give(work, services, person.id, facts.roles)
    audit.record(work, "person added", conference_id=conference_id, person_id=by, person=person.id, roles=len(facts.roles))
    tell_roles(work, services.outbox, conference_id)
    return person


async def save_person(
    work: Work, services: Services, conference_id: str, person_id: str, facts: Facts, *, seen: str | None, by: str | None
) -> Person:
    """Write what the form says over what is known. Raises NotFound, Conflict("changed_meanwhile"), Invalid as above,
    Invalid("own_organiser"), Invalid("last_organiser"), Invalid("email_factor").

    With the address go links, devices and sign-ins that have begun: they were somebody's who had the old one."""
    await _hold(work, conference_id)
    person = await locked(work, Person, person_id)
    if person.conference_id != conference_id:
        raise NotFound("person")
    same_edition(person, seen)
    moves = normal_email(facts.email) != person.email
    if moves:
        person.bounced = None
        if await with_factor(work.session, [normal_email(facts.email)]):
            raise Invalid("email_factor")  # an account hangs on the address, which is its owner's in all conferences
    await _put(work, person, facts)
    next_edition(person, by)
    work.session.add(person)
    held = {(row.role, row.session_id): row for row in await roles_of(work.session, person_id)}
    shown = held.keys() if facts.shown is None else facts.shown
    gone = (shown - facts.roles) & held.keys()
    given = facts.roles - shown - held.keys()
    if (Role.ORGANISER, None) in gone and person_id == by:
        raise Invalid("own_organiser")
    for key in gone:
        await work.session.delete(held[key])
    _give(work, services, person_id, given)
    await work.session.flush()
    if (Role.ORGANISER, None) in gone and await without_organisers(work, conference_id):
        raise Invalid("last_organiser")
    audit.record(work, "person changed", conference_id=conference_id, person_id=by, person=person_id)
    if gone or given:
        _record_roles(work, conference_id, person_id, by, given=given, taken=gone)
    if moves:
        await revoke(work, services.outbox, person_id, by=by)
    tell_roles(work, services.outbox, conference_id)
    return person


def _record_roles(
    work: Work, conference_id: str, person_id: str, by: str | None, *, given: frozenset[Held], taken: set[Held] | frozenset[Held]
) -> None:
    words = {
        name: " ".join(sorted({role.value for role, _ in roles}))[:300] for name, roles in (("given", given), ("taken", taken))
    }
    audit.record(work, "roles changed", conference_id=conference_id, person_id=by, person=person_id, **words)


async def _hold(work: Work, conference_id: str) -> None:
    """Two at once would both find that an address is free."""
    await work.session.exec(select(Conference.id).where(Conference.id == conference_id).with_for_update())


async def _put(work: Work, person: Person, facts: Facts) -> None:
    email = normal_email(facts.email)
    if not deliverable(email):
        raise Invalid("email", value=email)
    other = await person_in(work.session, person.conference_id, email)
    if other is not None and other.id != person.id:
        raise Invalid("email_taken")
    person.name, person.email = clean_name(facts.name), email
    person.initiative_id, person.organisation = facts.initiative_id, (facts.organisation or "")[:LONGEST_ORGANISATION] or None
    person.land, person.language = facts.land, facts.language


def _give(work: Work, services: Services, person_id: str, roles: frozenset[Held]) -> None:
    for role, session_id in sorted(roles, key=str):
        work.session.add(RoleHeld(id=services.ids.new(), person_id=person_id, role=role, session_id=session_id))
