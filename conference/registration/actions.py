"""Registering, changing it, withdrawing; and whoever moves up by that. All of one conference happens one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import col, delete, select

from conference.access.model import Conference
from conference.access.rules import Times
from conference.access.store import conference_by_id, times_of
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Invalid, NotFound
from conference.mailing.actions import skip_waiting, write_to
from conference.mailing.model import LetterKind
from conference.people.actions import clean_name, tell_roles
from conference.people.model import Person, PersonConsent, PersonConsentKind, Role, RoleHeld, Source
from conference.people.store import normal_email, person_in, roles_of
from conference.registration.model import AccessNeeds, Choice, Registration, RegistrationState
from conference.registration.rules import CONSENT_VERSION, Wish, is_open, may_change, moving_up, settled, state_for
from conference.registration.store import (
    choices_in,
    choices_of,
    choosable,
    consents_of,
    counts_of,
    hold,
    last_turn,
    registration_by_client,
    waiting_list,
)
from conference.web.services import Services


@dataclass(frozen=True)
class Entered:
    """A form; None: it was not asked, so what is there stays. organisation: words only, whoever types it: for which initiative
    somebody speaks is the organisers' to say. choices: (session id, rank); agreed: of the kinds that were asked,
    what was ticked; asked: which kinds stood in the form, needs among them."""

    name: str
    email: str
    language: str
    organisation: str | None = None
    land: str | None = None
    wish: str | None = None
    choices: tuple[tuple[str, int], ...] | None = None
    needs: tuple[str, ...] = ()
    needs_text: str = ""
    agreed: frozenset[PersonConsentKind] = frozenset()
    asked: frozenset[PersonConsentKind] = field(default_factory=frozenset)


async def register(
    work: Work, services: Services, conference_id: str, entered: Entered, *, client: str | None, by: str | None = None
) -> Registration:
    """Put somebody in who registers, and write to them. client: the page's own name for it; sent twice, it happens once, unless
    the address was corrected in between. by: who is signed in where the form was filled in.

    Whoever is registered already keeps what they have and gets the letter again, whoever it was that typed the address. Of
    somebody who was known before, nothing but that they register is written unless it is they themselves: anybody could agree
    in their name. The letter leads to the page where they enter the rest.
    Raises Invalid("registration_closed"), Invalid("name").
    """
    terms = await hold(work, conference_id)
    conference = await conference_by_id(work.session, conference_id)
    if terms is None or not is_open(terms, times_of(conference), work.now):
        raise Invalid("registration_closed")
    person = await person_in(work.session, conference_id, normal_email(entered.email))
    same = await registration_by_client(work.session, conference_id, client) if client else None
    if same is not None and person is not None and same.person_id == person.id:
        return same
    known = await work.session.get(Registration, person.id) if person is not None else None
    if known is not None and known.state is not RegistrationState.WITHDRAWN:
        await write_to(work, services, known.person_id, _letter(known.state))
        return known
    if same is not None:
        same.client = None  # the name stands for the corrected address from here on
        work.session.add(same)
        await work.session.flush()
    themselves = person is None or person.id == by
    if person is None:
        person = await _new_person(work, services, conference_id, entered)
    counts = await counts_of(work.session, conference_id)
    state = state_for(terms.places, counts[RegistrationState.CONFIRMED], counts[RegistrationState.WAITING])
    row = known or Registration(person_id=person.id, conference_id=conference_id, state=state, at=work.now)
    row.state, row.at, row.withdrawn = state, work.now, None
    row.confirmed = work.now if state is RegistrationState.CONFIRMED else None
    row.turn = await last_turn(work.session, conference_id) + 1
    row.language, row.client = entered.language, client
    work.session.add(row)
    await work.session.flush()
    if themselves:
        await _write(work, services, conference, row, entered)
    if state is RegistrationState.CONFIRMED:
        await _let_in(work, services, person)
    await write_to(work, services, person.id, _letter(state))
    await settle(work, services, conference_id, quiet=person.id)
    return row


async def change(work: Work, services: Services, conference_id: str, person_id: str, entered: Entered) -> None:
    """Write what somebody says of their own registration. Raises NotFound, Invalid("registration_closed")."""
    conference, row = await _own(work, conference_id, person_id)
    person = await work.session.get_one(Person, person_id)
    if entered.organisation is not None:
        person.organisation = entered.organisation or None
    if entered.land is not None:
        person.land = entered.land
    person.name = clean_name(entered.name)
    person.version += 1
    person.changed_by = person_id
    work.session.add(person)
    await _write(work, services, conference, row, entered)
    await settle(work, services, conference_id, quiet=person_id)


async def withdraw(
    work: Work, services: Services, conference_id: str, person_id: str, *, by: str | None, tell: bool = True
) -> None:
    """Somebody does not come: choices and needs go, places go to who waits. The person stays, and may register anew.

    Raises NotFound, Invalid("registration_closed").
    """
    _, row = await _own(work, conference_id, person_id)
    row.state, row.withdrawn, row.confirmed = RegistrationState.WITHDRAWN, work.now, None
    work.session.add(row)
    await work.session.exec(delete(Choice).where(col(Choice.person_id) == person_id))
    await _set_needs(work, conference_id, person_id, (), "")
    for consent in (await consents_of(work.session, person_id)).values():
        consent.ended = work.now
        work.session.add(consent)
    person = await work.session.get_one(Person, person_id)
    if person.source is Source.REGISTRATION:  # whoever was invited stays invited
        attending = (col(RoleHeld.role) == Role.ATTENDEE, col(RoleHeld.session_id).is_(None))
        await work.session.exec(delete(RoleHeld).where(col(RoleHeld.person_id) == person_id, *attending))
        tell_roles(work, services.outbox, conference_id)
    await skip_waiting(work, person_id, (LetterKind.CONFIRMED, LetterKind.WAITING, LetterKind.MOVED_UP))
    if tell:
        await write_to(work, services, person_id, LetterKind.DECLINED)
    audit.record(work, "registration withdrawn", conference_id=conference_id, person_id=by, person=person_id)
    await settle(work, services, conference_id)


async def forget_person(work: Work, services: Services, conference_id: str, person_id: str) -> None:
    """Whoever is deleted is registered no longer, whatever the hour; as long as places count, they go to who waits."""
    await hold(work, conference_id)
    row = await work.session.get(Registration, person_id, populate_existing=True)
    await work.session.exec(delete(Choice).where(col(Choice.person_id) == person_id))
    if row is not None:
        await work.session.delete(row)
    await work.session.flush()
    conference = await conference_by_id(work.session, conference_id)
    if may_change(times_of(conference), work.now):
        await settle(work, services, conference_id)


async def confirm(work: Work, services: Services, conference_id: str, person_id: str, *, by: str | None) -> None:
    """Give somebody of the waiting list a place, whatever the limit says. Raises NotFound, Invalid("registration_state")."""
    await hold(work, conference_id)
    row = await work.session.get(Registration, person_id)
    if row is None or row.conference_id != conference_id:
        raise NotFound("registration")
    if row.state is not RegistrationState.WAITING:
        raise Invalid("registration_state")
    await _move_up(work, services, row)
    audit.record(work, "registration confirmed", conference_id=conference_id, person_id=by, person=person_id)
    await settle(work, services, conference_id, quiet=person_id)


async def settle(work: Work, services: Services, conference_id: str, *, quiet: str | None = None) -> None:
    """Give every place that is free to who waits for it, in the conference and in its sessions, and write to them.

    quiet: a person who is told of their sessions on the page or in the letter that they get anyway, as all are who move up into
    the conference. Under `hold`.
    """
    terms = await hold(work, conference_id)
    counts = await counts_of(work.session, conference_id)
    told = {quiet}
    if terms is not None and counts[RegistrationState.WAITING]:
        waiting = {row.person_id: row for row in await waiting_list(work.session, conference_id)}
        for person_id in moving_up(terms.places, counts[RegistrationState.CONFIRMED], list(waiting)):
            await _move_up(work, services, waiting[person_id])
            told.add(person_id)
    await work.session.flush()
    choices = {choice.id: choice for choice in await choices_in(work.session, conference_id)}
    if not choices:
        return
    slots = await choosable(work.session, conference_id)
    slot_of = {session.id: str(number) for number, slot in enumerate(slots) for session in slot}
    places = {session.id: session.places for slot in slots for session in slot}
    query = select(Registration.person_id).where(
        Registration.conference_id == conference_id, Registration.state == RegistrationState.CONFIRMED
    )
    coming = set(await work.session.exec(query))
    wishes = [
        Wish(one.id, one.person_id, one.session_id, slot_of[one.session_id], one.rank, one.at, one.placed is not None)
        for one in choices.values()
        if one.session_id in slot_of  # a session that was taken out of the program has no places
    ]
    for choice_id, placed in settled(wishes, places, coming).items():
        choice = choices[choice_id]
        choice.placed = work.now if placed else None
        work.session.add(choice)
        if placed and choice.person_id not in told and choice.at < work.now:
            await write_to(work, services, choice.person_id, LetterKind.MOVED_UP, session_id=choice.session_id)


async def _move_up(work: Work, services: Services, row: Registration) -> None:
    row.state, row.confirmed = RegistrationState.CONFIRMED, work.now
    work.session.add(row)
    await _let_in(work, services, await work.session.get_one(Person, row.person_id))
    await skip_waiting(work, row.person_id, (LetterKind.WAITING,))  # or it might arrive last and be believed
    await write_to(work, services, row.person_id, LetterKind.MOVED_UP)


async def _own(work: Work, conference_id: str, person_id: str) -> tuple[Conference, Registration]:
    await hold(work, conference_id)
    conference = await conference_by_id(work.session, conference_id)
    row = await work.session.get(Registration, person_id, populate_existing=True)
    if row is None or row.conference_id != conference_id or row.state is RegistrationState.WITHDRAWN:
        raise NotFound("registration")
    times: Times = times_of(conference)
    if not may_change(times, work.now):
        raise Invalid("registration_closed")
    return conference, row


async def _new_person(work: Work, services: Services, conference_id: str, entered: Entered) -> Person:
    person = Person(
        id=services.ids.new(), conference_id=conference_id, name=clean_name(entered.name), email=normal_email(entered.email),
        created=work.now, source=Source.REGISTRATION, language=entered.language, land=entered.land or "",
        organisation=entered.organisation or None,
    )  # fmt: skip
    work.session.add(person)
    await work.session.flush()  # the registration refers to it
    return person


async def _let_in(work: Work, services: Services, person: Person) -> None:
    held = {(row.role, row.session_id) for row in await roles_of(work.session, person.id)}
    if not held:
        work.session.add(RoleHeld(id=services.ids.new(), person_id=person.id, role=Role.ATTENDEE))
        tell_roles(work, services.outbox, person.conference_id or "")


async def _write(work: Work, services: Services, conference: Conference, row: Registration, entered: Entered) -> None:
    """The own question's answer, choices, needs and consents are as the form says."""
    if entered.wish is not None:
        row.wish = entered.wish
        work.session.add(row)
    if entered.choices is not None:
        await _set_choices(work, services, conference, row.person_id, entered.choices)
    if PersonConsentKind.NEEDS in entered.asked:
        agrees = PersonConsentKind.NEEDS in entered.agreed
        await _set_needs(
            work, conference.id, row.person_id, entered.needs if agrees else (), entered.needs_text if agrees else ""
        )
    await _set_consents(work, services, row.person_id, entered)
    await work.session.flush()


async def _set_choices(
    work: Work, services: Services, conference: Conference, person_id: str, chosen: tuple[tuple[str, int], ...]
) -> None:
    """A choice that was there keeps its turn."""
    allowed = {session.id for slot in await choosable(work.session, conference.id) for session in slot}
    wanted = {session_id: rank for session_id, rank in chosen if session_id in allowed}
    before = {choice.session_id: choice for choice in await choices_of(work.session, person_id)}
    for session_id, choice in before.items():
        if session_id not in wanted:
            await work.session.delete(choice)
        elif choice.rank != wanted[session_id]:
            choice.rank = wanted[session_id]
            work.session.add(choice)
    for session_id, rank in wanted.items():
        if session_id not in before:
            work.session.add(
                Choice(
                    id=services.ids.new(), conference_id=conference.id, person_id=person_id, session_id=session_id, rank=rank,
                    at=work.now,
                )
            )  # fmt: skip


async def _set_needs(work: Work, conference_id: str, person_id: str, needs: tuple[str, ...], text: str) -> None:
    row = await work.session.get(AccessNeeds, person_id)
    if not needs and not text:
        if row is not None:
            await work.session.delete(row)
        return
    if row is None:
        row = AccessNeeds(person_id=person_id, conference_id=conference_id, at=work.now)
    if (row.needs, row.text) != (list(needs), text):
        row.needs, row.text, row.at, row.arranged = list(needs), text, work.now, None
    work.session.add(row)


async def _set_consents(work: Work, services: Services, person_id: str, entered: Entered) -> None:
    now: Mapping[PersonConsentKind, PersonConsent] = await consents_of(work.session, person_id)
    for kind in entered.asked:
        given = now.get(kind)
        if given is not None and kind not in entered.agreed:
            given.ended = work.now
            work.session.add(given)
        elif given is None and kind in entered.agreed:
            work.session.add(
                PersonConsent(
                    id=services.ids.new(), person_id=person_id, kind=kind, version=CONSENT_VERSION, language=entered.language,
                    given=work.now,
                )
            )  # fmt: skip


def _letter(state: RegistrationState) -> LetterKind:
    return LetterKind.CONFIRMED if state is RegistrationState.CONFIRMED else LetterKind.WAITING
