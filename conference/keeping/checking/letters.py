"""The letter to the organisers when something of a closed conference still answers."""

from __future__ import annotations

from conference.access.letters import in_one, reply_to, sender
from conference.access.model import Conference
from conference.base.db import Work
from conference.base.mail import Letter, deliverable, post
from conference.base.words import LANGUAGES, say
from conference.keeping.checking.rules import Outcome, number_of
from conference.people.store import organisers_of
from conference.web.services import Services


async def tell_of_faults(services: Services, work: Work, conference: Conference, outcome: Outcome) -> None:
    """To each organiser of the conference; once they are deleted to its contact address."""
    addresses = [person.email for person in await organisers_of(work.session, conference.id)]
    subject, text = in_one([_written(services, conference, outcome, code) for code in LANGUAGES])
    for address in dict.fromkeys(addresses or [conference.contact.get("email", "")]):
        if deliverable(address):
            await post(work, Letter(to=address, subject=subject, text=text, reply_to=reply_to(conference.contact)))


def _written(services: Services, conference: Conference, outcome: Outcome, code: str) -> tuple[str, str]:
    language = services.texts[code]
    _, title = language.gettext, say(conference.title, code)
    if outcome.faults[0]["kind"] == "nobody":
        found = _("The check from outside did not reach the platform's own address, so nothing is known yet.")
    else:
        count = number_of(outcome.faults)
        found = language.ngettext(
            "The check from outside found {n} address that does not answer as it should.",
            "The check from outside found {n} addresses that do not answer as they should.",
            count,
        ).format(n=count)
    paragraphs = [
        _("Good day,"),
        _("“{conference}” is closed.").format(conference=title),
        found,
        _("What was found and what to do stands here:"),
        f"{services.settings.base_url}/desk/{conference.slug}/after/check",
        *sender(conference.contact, code),
    ]
    return _("Check after closing: {conference}").format(conference=title), "\n\n".join(paragraphs)
