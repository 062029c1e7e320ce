"""Letters about a sheet's release, in both languages: to those who are asked, and to whoever asked them."""

from __future__ import annotations

from collections.abc import Callable

from conference.access.letters import in_one, reply_to, sender
from conference.access.model import Conference
from conference.base.db import Work
from conference.base.mail import Letter, deliverable, post
from conference.base.words import LANGUAGES, say
from conference.people.actions import issue_link
from conference.people.model import Person
from conference.program.model import Session
from conference.results.model import Decision
from conference.web.services import Services
from conference.web.texts import Language

Write = Callable[[Language, dict[str, str]], tuple[str, list[str]]]
"""Subject and paragraphs in one language. It is given the names `session` and `conference`, `who`, `said` and the `link`."""


async def ask(services: Services, work: Work, conference: Conference, session: Session, person: Person) -> int:
    """Ask somebody for their approval, with a personal link straight to the sheet; how many letters that are."""
    return await _send(services, work, conference, session, person, _asked, {})


async def decided(
    services: Services,
    work: Work,
    conference: Conference,
    session: Session,
    to: str | None,
    who: str,
    decision: Decision,
    said: str,
) -> None:
    """Tell whoever asked for the review what an approver says. to, who: persons' ids."""
    person = await work.session.get(Person, to) if to is not None else None
    approver = await work.session.get(Person, who)
    if person is None or approver is None or person.id == approver.id:
        return
    write = _approved if decision is Decision.APPROVED else _changes
    await _send(services, work, conference, session, person, write, {"who": approver.name, "said": said})


def _asked(language: Language, names: dict[str, str]) -> tuple[str, list[str]]:
    _ = language.gettext
    return _("Please approve: results of “{session}”").format(**names), [
        _("the results sheet of “{session}” ({conference}) is ready. Please read it before it is published.").format(**names),
        _("With your personal link you can comment on it and approve it. It needs no password and is meant for you alone:"),
        names["link"],
    ]


def _approved(language: Language, names: dict[str, str]) -> tuple[str, list[str]]:
    _ = language.gettext
    said = [_("They add: {said}").format(**names)] if names["said"] else []
    return _("Approved: results of “{session}”").format(**names), [
        _("{who} has approved the results sheet of “{session}”.").format(**names),
        *said,
        _("Here is the sheet:"),
        names["link"],
    ]


def _changes(language: Language, names: dict[str, str]) -> tuple[str, list[str]]:
    _ = language.gettext
    return _("Changes wished: results of “{session}”").format(**names), [
        _("{who} wishes for changes in the results sheet of “{session}”:").format(**names),
        "\n".join(f"    {line}" for line in names["said"].splitlines()),
        _("Here is the sheet:"),
        names["link"],
    ]


async def _send(
    services: Services, work: Work, conference: Conference, session: Session, person: Person, write: Write, names: dict[str, str]
) -> int:
    """German first. Whoever cannot be written to is left out: what somebody decided is not refused for an address."""
    if not deliverable(person.email):
        return 0
    secret = await issue_link(work, services.ids, person.id)
    path = f"/{conference.slug}/sessions/{session.slug}/sheet/review"
    link = f"{services.settings.base_url}/sign-in/{secret}?next={path}"
    written = []
    for code in LANGUAGES:
        language = services.texts[code]
        own = {"session": say(session.title, code), "conference": say(conference.title, code), "link": link}
        subject, paragraphs = write(language, {"who": "", "said": "", **names, **own})
        written.append((subject, "\n\n".join([language.gettext("Good day,"), *paragraphs, *sender(conference.contact, code)])))
    subject, text = in_one(written)
    await post(work, Letter(to=person.email, subject=subject, text=text, reply_to=reply_to(conference.contact)))
    return 1
