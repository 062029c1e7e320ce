"""Writing to people: one letter as something happens, or one to many. Only rows; `sending` hands them to the mail server."""

from __future__ import annotations

from sqlmodel import select

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.live.bus import WAKE
from conference.mailing.model import Delivery, DeliveryState, LetterKind, Mailing, MailingState
from conference.mailing.store import latest_to, put_unless_there
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
