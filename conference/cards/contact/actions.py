"""A message to an initiative becomes a letter and nothing else; its people decide whether they want any."""

from __future__ import annotations

from contextlib import suppress

from conference.access.model import Conference
from conference.base.db import Work
from conference.base.errors import Invalid, NotFound
from conference.base.mail import Letter, post
from conference.base.words import say
from conference.cards.contact.rules import Message, letter_of
from conference.cards.events import CARD_CHANGED
from conference.initiatives.actions import set_reachable
from conference.initiatives.store import TakingPart
from conference.people.store import people_of_initiatives
from conference.web.services import Services

LETTERS_IN = "de"
"""Persons have no language of their own; the initiatives are at home in Germany."""


async def write_to(services: Services, work: Work, conference: Conference, initiative: TakingPart, message: Message) -> None:
    """Send the message to all of the initiative's people; their answer goes to who wrote it.

    The letter waits in the queue of letters until it has left, and is kept nowhere else. Raises NotFound when the initiative
    cannot be written to.
    """
    people = await people_of_initiatives(work.session, conference.id, initiative.id) if initiative.reachable else {}
    base = f"{services.settings.base_url}/{conference.slug}/cards/{initiative.slug}"
    _ = services.texts[LETTERS_IN].gettext
    subject, text = letter_of(message, say(conference.title, LETTERS_IN), f"{base}/own/numbers", _)
    sent = 0
    for address in sorted({person.email for person in people.get(initiative.id, [])}):
        with suppress(Invalid):  # an address that no letter can go to
            await post(work, Letter(to=address, subject=subject, text=text, reply_to=message.email))
            sent += 1
    if not sent:
        raise NotFound("no_contact", slug=conference.slug)


def can_answer(message: Message) -> bool:
    """Whether a letter can go to who wrote the message."""
    try:
        Letter(to=message.email, subject="", text="")
    except Invalid:
        return False
    return True


async def let_be_reached(services: Services, work: Work, conference_id: str, initiative_id: str, reachable: bool) -> None:
    """Open or close the form of an initiative. Raises NotFound."""
    if await set_reachable(work, conference_id, initiative_id, reachable):
        services.outbox.tell(
            work, f"conference:{conference_id}", CARD_CHANGED, conference_id=conference_id, initiative=initiative_id
        )
