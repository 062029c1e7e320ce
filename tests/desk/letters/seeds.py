"""Letters for the tests that look at every page of the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import select

from conference.mailing.model import Delivery, DeliveryState, LetterKind, Mailing, MailingState
from conference.people.model import Person
from tests.site import Site

DRAFT, ONE = "a-draft", "a-letter"
WORDS = {"de": "Neues von {conference}", "en": "News of {conference}"}
TEXT = {"de": "Guten Tag {name},\n\nes gibt Neues:\n\n{link}", "en": "Good day {name},\n\nthere is news:\n\n{link}"}


async def letters(site: Site, count: int) -> None:
    """That many mailings, one of them with as many letters in all states, and a draft."""
    conference = await site.conference()
    states = list(DeliveryState)
    async with site.services.db.work() as work:
        facts: dict[str, Any] = {"conference_id": conference.id, "subject": WORDS, "body": TEXT, "made": work.now}
        work.session.add(Mailing(id=DRAFT, kind=LetterKind.LETTER, state=MailingState.DRAFT, **facts))
        work.session.add(
            Mailing(id=ONE, kind=LetterKind.INVITATION, state=MailingState.SENDING, begun=work.now, people=count, **facts)
        )
        for number in range(count):
            sent = MailingState.SENT
            work.session.add(Mailing(id=f"m{number}", kind=LetterKind.LETTER, state=sent, begun=work.now, **facts))
        await work.session.flush()
        everybody = await work.session.exec(select(Person).where(Person.conference_id == conference.id).limit(count))
        for number, person in enumerate(everybody.all()):
            state = states[number % len(states)]
            work.session.add(
                Delivery(
                    id=f"d{number}", mailing_id=ONE, conference_id=conference.id, person_id=person.id, state=state,
                    message_id=f"m{number}@example.org", tries=1, handed=work.now, told=work.now, reply="550",
                    next_try=work.now - timedelta(minutes=1) if state is DeliveryState.HANDED else None,
                )
            )  # fmt: skip
            if state is DeliveryState.BOUNCED:
                person.bounced = work.now
                work.session.add(person)
