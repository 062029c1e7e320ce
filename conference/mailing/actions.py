"""Writing to people: one letter as something happens, or one to many. Only rows; `sending` hands them to the mail server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from conference.base import audit
from conference.base.db import Work
from conference.base.editions import next_edition, same_edition
from conference.base.errors import Conflict, Invalid, NotFound
from conference.base.words import Words
from conference.live.bus import WAKE
from conference.mailing.bounces import Returned
from conference.mailing.composing import words_of
from conference.mailing.events import tell_mailing
from conference.mailing.model import Delivery, DeliveryState, LetterKind, LetterTemplate, Mailing, MailingState
from conference.mailing.rules import audience_from, chosen, text_faults, uncertain
from conference.mailing.store import (
    add_deliveries,
    counts_of,
    everybody_in,
    latest_to,
    letter_meant,
    mailing_to_change,
    put_unless_there,
    template_of,
)
from conference.people.model import Person
from conference.web.services import Services


async def write_to(work: Work, services: Services, person_id: str, kind: LetterKind, *, session_id: str | None = None) -> str:
    """Have one letter of this kind sent to a person once this work is committed; the delivery's id.

    The words are put together when it is sent, so a letter of the same kind (and session) that still waits is the one; else
    there is a further one. session_id: what the letter is about. Raises NotFound.
    """
    query = select(Person).where(Person.id == person_id).with_for_update()  # two at once would take the same number
    person = (await work.session.exec(query)).first()
    if person is None or person.conference_id is None:
        raise NotFound("person", id=person_id)
    mailing_id = await _standing(work, person.conference_id, kind, session_id)
    before = await latest_to(work.session, mailing_id, person_id)
    if before is not None and before.state is DeliveryState.WAITING:
        return before.id
    delivery = Delivery(
        id=services.ids.new(),
        mailing_id=mailing_id,
        conference_id=person.conference_id,
        person_id=person_id,
        number=before.number + 1 if before else 1,
        message_id=new_message_id(services),
    )
    work.session.add(delivery)
    work.after_commit(lambda: services.bus.publish(WAKE, b""))
    return delivery.id


async def skip_waiting(work: Work, person_id: str, kinds: Iterable[LetterKind]) -> None:
    """What was written to a person one by one and is not true any more stays unsent, as far as it has not left yet."""
    theirs = select(Mailing.id).where(Mailing.state == MailingState.STANDING, col(Mailing.kind).in_(list(kinds)))
    mine = (col(Delivery.person_id) == person_id, col(Delivery.state) == DeliveryState.WAITING)
    statement = update(Delivery).where(*mine, col(Delivery.mailing_id).in_(theirs))
    await work.session.exec(statement.values(state=DeliveryState.SKIPPED, next_try=None))


def new_message_id(services: Services) -> str:
    """What stands between the angle brackets of a Message-ID (RFC 5322, 3.6.4)."""
    return f"{services.ids.new()}@{services.settings.mail_from.rpartition('@')[2]}"


async def _standing(work: Work, conference_id: str, kind: LetterKind, session_id: str | None) -> str:
    """The mailing that letters of this kind belong to which go out one by one. Its id is derived, so that there is one."""
    mailing_id = ":".join(part for part in (conference_id, kind.value, session_id) if part)
    await put_unless_there(
        work,
        Mailing,
        {
            "id": mailing_id,
            "conference_id": conference_id,
            "kind": kind,
            "state": MailingState.STANDING,
            "subject": {},
            "body": {},
            "audience": {},
            "calendar": kind in (LetterKind.CONFIRMED, LetterKind.MOVED_UP),
            "session_id": session_id,
            "made": work.now,
        },
    )
    return mailing_id


async def put_template(
    work: Work,
    services: Services,
    conference_id: str,
    kind: LetterKind,
    subject: Words,
    body: Words,
    *,
    by: str | None,
    seen: int,
) -> LetterTemplate:
    """The host's own words for a kind of letter. seen: the version that the form showed (0: the words that are shipped). Raises
    Invalid("letter_text", faults), Conflict("changed_meanwhile")."""
    _check(subject, body, session=False)
    template = await template_of(work.session, conference_id, kind)
    if template is None:
        template = LetterTemplate(
            id=services.ids.new(), conference_id=conference_id, kind=kind, subject={}, body={}, changed=work.now, version=0
        )
    same_edition(template, seen)
    template.subject, template.body, template.changed = subject, body, work.now
    next_edition(template, by)
    work.session.add(template)
    audit.record(work, "letter template changed", conference_id=conference_id, person_id=by, kind=kind.value)
    return template


async def forget_template(work: Work, conference_id: str, kind: LetterKind, *, by: str | None) -> None:
    """Back to the words that are shipped."""
    template = await template_of(work.session, conference_id, kind)
    if template is not None:
        await work.session.delete(template)
        audit.record(work, "letter template changed", conference_id=conference_id, person_id=by, kind=kind.value)


@dataclass(frozen=True)
class Written:
    """What a form of a mailing says. at: begin by itself at this moment; minutes: so long before the beginning."""

    subject: Words
    body: Words
    audience: dict[str, Any]
    calendar: bool = False
    session_id: str | None = None
    at: datetime | None = None
    minutes: int | None = None


async def put_mailing(
    work: Work,
    services: Services,
    conference_id: str,
    kind: LetterKind,
    written: Written,
    *,
    by: str | None,
    mailing_id: str | None = None,
    seen: int = 0,
) -> Mailing:
    """A new draft, or what is changed in one that has not begun. Raises Invalid, Conflict, NotFound."""
    _check(written.subject, written.body, session=written.session_id is not None)
    if mailing_id is None:
        mailing = Mailing(
            id=services.ids.new(), conference_id=conference_id, kind=kind, subject={}, body={}, made=work.now, version=0
        )
    else:
        mailing = await mailing_to_change(work, conference_id, mailing_id)
        if mailing.state not in (MailingState.DRAFT, MailingState.PLANNED):
            raise Conflict("mailing_begun")
    same_edition(mailing, seen)
    mailing.subject, mailing.body, mailing.audience = written.subject, written.body, written.audience
    mailing.calendar, mailing.session_id = written.calendar, written.session_id
    mailing.at, mailing.minutes = written.at, written.minutes
    next_edition(mailing, by)
    work.session.add(mailing)
    return mailing


async def start(work: Work, services: Services, conference_id: str, mailing_id: str, *, by: str | None, seen: int) -> int:
    """Send a draft now, or begin at its own moment where it has one; how many letters that are (0: planned). Raises Conflict."""
    mailing = await mailing_to_change(work, conference_id, mailing_id)
    same_edition(mailing, seen)
    if mailing.state not in (MailingState.DRAFT, MailingState.STOPPED):
        raise Conflict("mailing_begun")
    next_edition(mailing, by)
    work.session.add(mailing)
    fresh, kind = mailing.begun is None, mailing.kind.value
    if fresh and (mailing.at is not None or mailing.minutes is not None):
        mailing.state = MailingState.PLANNED
        audit.record(work, "mailing planned", conference_id=conference_id, person_id=by, mailing=mailing.id, kind=kind)
        return 0
    people = await fill(work, services, mailing) if fresh else await _go_on(work, services, mailing)
    audit.record(
        work,
        "mailing started",
        conference_id=conference_id,
        person_id=by,
        mailing=mailing.id,
        kind=kind,
        people=people,
    )
    return people


async def fill(work: Work, services: Services, mailing: Mailing) -> int:
    """Write a row for each letter and let the sender begin; how many. The caller has the row's lock."""
    if not mailing.body:
        mailing.subject, mailing.body = await words_of(services, work.session, mailing)
    everybody = await everybody_in(services, work.session, mailing)
    people = chosen(audience_from(mailing.audience), everybody).people
    mailing.state, mailing.begun, mailing.people = MailingState.SENDING, work.now, len(people)
    work.session.add(mailing)
    await work.session.flush()
    rows = [
        {
            "id": services.ids.new(),
            "mailing_id": mailing.id,
            "conference_id": mailing.conference_id,
            "person_id": person_id,
            "number": 1,
            "state": DeliveryState.WAITING,
            "message_id": new_message_id(services),
            "tries": 0,
        }
        for person_id in people
    ]
    await add_deliveries(work, rows)
    tell_mailing(services, work, mailing.id)
    return len(people)


async def _go_on(work: Work, services: Services, mailing: Mailing) -> int:
    """What was stopped goes on; how many letters still wait."""
    mailing.state, mailing.done = MailingState.SENDING, None
    counts = (await counts_of(work.session, [mailing.id])).get(mailing.id, {})
    tell_mailing(services, work, mailing.id)
    return counts.get(DeliveryState.WAITING, 0)


async def stop(work: Work, services: Services, conference_id: str, mailing_id: str, *, by: str | None) -> None:
    """No further letter goes out; what waits can go on later. A planned one does not begin. Stopped twice is stopped."""
    mailing = await mailing_to_change(work, conference_id, mailing_id)
    if mailing.state in (MailingState.STOPPED, MailingState.SENT, MailingState.STANDING):
        return
    mailing.state, mailing.done = MailingState.STOPPED, work.now
    next_edition(mailing, by)
    work.session.add(mailing)
    audit.record(work, "mailing stopped", conference_id=conference_id, person_id=by, mailing=mailing.id, kind=mailing.kind.value)
    tell_mailing(services, work, mailing.id)


async def discard(work: Work, conference_id: str, mailing_id: str, *, by: str | None) -> None:
    """Away with a draft of which nothing went out. Raises Conflict."""
    mailing = await mailing_to_change(work, conference_id, mailing_id)
    if mailing.begun is not None or mailing.state is not MailingState.DRAFT:
        raise Conflict("mailing_begun")
    await work.session.delete(mailing)
    audit.record(work, "mailing discarded", conference_id=conference_id, person_id=by, kind=mailing.kind.value)


async def send_again(work: Work, services: Services, conference_id: str, delivery_id: str, *, by: str | None) -> None:
    """A letter of which nobody knows, or that was given up or came back, once more and with the same Message-ID. Raises NotFound,
    Conflict("letter_on_its_way")."""
    query = select(Delivery).where(Delivery.id == delivery_id, Delivery.conference_id == conference_id).with_for_update()
    delivery = (await work.session.exec(query)).first()
    if delivery is None:
        raise NotFound("letter", id=delivery_id)
    now = datetime.fromtimestamp(services.clock.real(), UTC)
    ended = delivery.state in (DeliveryState.FAILED, DeliveryState.BOUNCED)
    if not ended and not uncertain(delivery.state, delivery.next_try, now):
        raise Conflict("letter_on_its_way")
    if delivery.state is DeliveryState.BOUNCED:  # somebody has looked: the address is worth another try
        await work.session.exec(update(Person).where(col(Person.id) == delivery.person_id).values(bounced=None))
    delivery.state, delivery.tries, delivery.next_try, delivery.handed = DeliveryState.WAITING, 0, None, None
    work.session.add(delivery)
    mailing = await mailing_to_change(work, conference_id, delivery.mailing_id)
    if mailing.state is MailingState.SENT:
        mailing.state, mailing.done = MailingState.SENDING, None
        work.session.add(mailing)
    audit.record(work, "letter sent again", conference_id=conference_id, person_id=by, mailing=mailing.id)
    tell_mailing(services, work, delivery.mailing_id)


def _check(subject: Words, body: Words, *, session: bool) -> None:
    faults = text_faults(subject, body, session=session)
    if faults:
        raise Invalid("letter_text", faults=faults)


async def take_return(work: Work, services: Services, conference_id: str, returned: Returned, *, by: str | None) -> str | None:
    """Mark the letter that came back, and its address; the person's id. None: no letter of this conference is meant, or it is
    only late."""
    if not returned.final:
        return None
    delivery = await letter_meant(work.session, conference_id, returned.message_id, returned.recipient)
    if delivery is None:
        return None
    now = datetime.fromtimestamp(services.clock.real(), UTC)
    mine = update(Delivery).where(col(Delivery.id) == delivery.id)
    await work.session.exec(mine.values(state=DeliveryState.BOUNCED, told=now, next_try=None, reply=returned.reply))
    await work.session.exec(update(Person).where(col(Person.id) == delivery.person_id).values(bounced=now))
    audit.record(work, "letter came back", conference_id=conference_id, person_id=by, mailing=delivery.mailing_id)
    tell_mailing(services, work, delivery.mailing_id)
    return delivery.person_id
