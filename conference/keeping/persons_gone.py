"""One person deleted, with everything that leads there: at once, in one unit of work, by themselves or by the organisers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, update
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.base import audit
from conference.base.audit import AuditEntry
from conference.base.db import Work, metadata
from conference.base.errors import NotFound
from conference.base.mail import forget_letters
from conference.cards.model import Card, CardConsent
from conference.forums.model import Seat
from conference.forums.plenary.model import Greeting
from conference.forums.talk.forgetting import forget_said
from conference.forums.talk.model import ChatLine, Question
from conference.initiatives.model import Initiative
from conference.keeping.persons import WAYS, Leads, Then
from conference.mailing.model import Delivery
from conference.people.accounts.actions import forget_accounts
from conference.people.actions import BROWSERS, REVOKED, may_stop_organising, tell_roles
from conference.people.model import AccessToken, BrowserSession, Person, SignedIn
from conference.program import forgetting as program
from conference.program.model import Billing
from conference.registration import actions as registration
from conference.registration.model import Registration
from conference.results.model import Finding
from conference.results.sheets.purge import forget_author
from conference.survey.model import SurveyAnswered
from conference.web.services import Services

WRITTEN = ("label", "name")  # of an act about the person: what names them


@dataclass(frozen=True)
class Traces:
    """How much leads to somebody, for the page that asks whether it shall go."""

    registered: int = 0
    rooms: int = 0
    said: int = 0
    letters: int = 0
    devices: int = 0
    findings: int = 0
    program: int = 0
    consents: int = 0
    answered: int = 0


async def traces_of(session: AsyncSession, person_id: str) -> Traces:
    """One query."""
    seats = select(Seat.id).where(Seat.person_id == person_id)
    counts = {
        "registered": select(func.count()).where(Registration.person_id == person_id),
        "rooms": select(func.count(func.distinct(col(Seat.session_id)))).where(Seat.person_id == person_id),
        "questions": select(func.count()).where(col(Question.seat_id).in_(seats)),
        "lines": select(func.count()).where(col(ChatLine.seat_id).in_(seats)),
        "letters": select(func.count()).where(Delivery.person_id == person_id),
        "devices": select(func.count()).where(SignedIn.person_id == person_id),
        "findings": select(func.count()).where(Finding.person_id == person_id),
        "program": select(func.count()).where(Billing.person_id == person_id),
        "consents": select(func.count()).where(CardConsent.by == person_id),
        "answered": select(func.count()).where(SurveyAnswered.person_id == person_id),
    }
    query = select_columns(*(each.scalar_subquery().label(name) for name, each in counts.items()))
    found = dict((await (await session.connection()).execute(query)).mappings().one())
    return Traces(said=found.pop("questions") + found.pop("lines"), **found)


async def cards_agreed_to(session: AsyncSession, person_id: str) -> list[tuple[str, str, str]]:
    """Cards for which the person gave a consent that counts: (id, slug of the conference, initiative)."""
    query = (
        select(Card.id, Conference.slug, Initiative.name)
        .join(CardConsent, col(CardConsent.card_id) == Card.id)
        .join(Conference, col(Conference.id) == Card.conference_id)
        .join(Initiative, col(Initiative.id) == Card.initiative_id)
        .where(CardConsent.by == person_id, col(CardConsent.ended).is_(None))
        .distinct()
    )
    return sorted((id_, slug, name) for id_, slug, name in await session.exec(query))


async def delete_person(work: Work, services: Services, person_id: str, *, by: str | None, from_program: bool = False) -> None:
    """Nothing of the person is left but what `WAYS` says; links, devices, sockets and calls end with the commit. by: who does it
    for somebody else; None: the person, or the command line. from_program: the name goes out of the program as well.

    May be repeated: who is gone is not found. Raises NotFound, NotAllowed("own_role"), Conflict("last_organiser").
    """
    person = await work.session.get(Person, person_id)
    if person is None:
        raise NotFound("person")
    await may_stop_organising(work, person, by=by)
    # Whatever comes to refer to the person waits from here on, and then finds nobody.
    await work.session.exec(select(Person.id).where(Person.id == person_id).with_for_update())
    email, conference_id = person.email, person.conference_id
    tokens = select(AccessToken.digest).where(AccessToken.person_id == person_id)
    theirs = select(Seat.id).where((col(Seat.person_id) == person_id) | col(Seat.token).in_(tokens))
    seats = list(await work.session.exec(theirs))
    if conference_id is not None:
        await registration.forget_person(work, services, conference_id, person_id)
        if from_program:
            await work.session.exec(delete(Greeting).where(col(Greeting.seat).in_(seats)))
        await program.forget_person(work, services.outbox, conference_id, person_id, names=from_program)
    await forget_said(work, services.outbox, seats)
    await forget_author(work, services.outbox, person)
    await work.session.flush()
    work.session.expunge_all()  # what follows speaks to the tables themselves
    await _forget_acts(work, person_id)
    await _forget_rows(work, person_id, seats)
    if not (await work.session.exec(select(Person.id).where(Person.email == email))).first():
        await forget_letters(work, email)
    await forget_accounts(work)
    audit.record(work, "person deleted", conference_id=conference_id, person_id=by, program=from_program)
    services.outbox.tell(work, BROWSERS, REVOKED, conference_id=None, person=person_id)
    if conference_id is not None:
        tell_roles(work, services.outbox, conference_id)


async def _forget_rows(work: Work, person_id: str, seats: Sequence[str]) -> None:
    """By WAYS, those rows first that refer to others."""
    browsers = list(await work.session.exec(select(SignedIn.browser).where(SignedIn.person_id == person_id)))
    await work.session.exec(delete(Seat).where(col(Seat.id).in_(seats)))
    for table in reversed(metadata.sorted_tables):
        for column in table.columns:
            way = WAYS.get(f"{table.name}.{column.name}")
            if way is None or way.then is Then.FIRST:
                continue
            leads: Any = column == person_id if way.to is Leads.PERSON else column.in_(seats)
            act: Any = delete(table) if way.then is Then.GOES else update(table).values({column.name: None})
            await work.session.exec(act.where(leads))
    used = select(SignedIn.browser)
    lonely = (col(BrowserSession.digest).in_(browsers), col(BrowserSession.digest).not_in(used))
    await work.session.exec(delete(BrowserSession).where(*lonely))
    await work.session.exec(delete(Person).where(col(Person.id) == person_id))


async def _forget_acts(work: Work, person_id: str) -> None:
    """What was done with the person stays in the log, and says no longer with whom."""
    for entry in await work.session.exec(select(AuditEntry).where(audit.concerns(person_id))):
        entry.person_id = None if entry.person_id == person_id else entry.person_id
        entry.facts = {fact: value for fact, value in entry.facts.items() if fact not in WRITTEN and person_id not in str(value)}
        work.session.add(entry)
    await work.session.flush()
