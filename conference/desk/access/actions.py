"""Inviting people to organise, or to something else in the whole conference."""

from __future__ import annotations

from conference.access.model import Conference
from conference.access.store import conference_by_id
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Invalid
from conference.base.mail import Letter, deliverable, post
from conference.base.words import say
from conference.doors.words import role_word
from conference.people.actions import give_role, issue_link, put_person, tell_roles
from conference.people.model import Person, Role, Source
from conference.people.store import normal_email, person_in
from conference.web.services import Services

# Roles that open doors in the whole conference; attendees and initiatives come with the list of people, approvers and guests by
# what they were asked.
RIGHTS = (
    Role.ORGANISER,
    Role.TECHNICAL_DIRECTOR,
    Role.MODERATOR,
    Role.SPEAKER,
    Role.INTERPRETER,
    Role.CAPTIONER,
    Role.NOTE_TAKER,
)


async def invite(
    services: Services, work: Work, conference: Conference, *, name: str, email: str, role: Role, by: str | None, language: str
) -> tuple[Person, bool]:
    """Give the role to whoever has the address, who is put among the people when nobody has it, and write to them with a fresh
    link. name: may be empty for somebody known. Returns the person, and False when they held the role already (no letter then).
    Raises Invalid("role_of_conference"), Invalid("name"), Invalid("email")."""
    if role not in RIGHTS:
        raise Invalid("role_of_conference")
    if not deliverable(normal_email(email)):
        raise Invalid("email")
    person = await person_in(work.session, conference.id, email)
    if person is None:
        person = await put_person(work, services.ids, conference_id=conference.id, name=name, email=email, roles=[])
        person.source, person.changed_by = Source.DESK, by
        work.session.add(person)
    given = await give_role(work, services.outbox, services.ids, person, role, by=by)
    if given:
        await _write(services, work, conference, person, role, language)
    return person, given


async def ask_for_factor(services: Services, work: Work, conference_id: str, wanted: bool, *, by: str | None) -> None:
    """Whether organisers need a second factor here from now on. Doing it again changes nothing. Raises NotFound."""
    conference = await conference_by_id(work.session, conference_id)
    if (conference.second_factor is not None) == wanted:
        return
    conference.second_factor = work.now if wanted else None
    work.session.add(conference)
    act = "second factor required" if wanted else "second factor not required"
    audit.record(work, act, conference_id=conference_id, person_id=by)
    tell_roles(work, services.outbox, conference_id)


async def _write(services: Services, work: Work, conference: Conference, person: Person, role: Role, language: str) -> None:
    code = person.language or language
    words = services.texts[code]
    _ = words.gettext
    title = say(conference.title, code)
    secret = await issue_link(work, services.ids, person.id)
    text = "\n\n".join(
        [
            _("Good day,"),
            _("you have been invited to “{title}” as: {role}.").format(title=title, role=role_word(words, role)),
            _("This is your personal link. It is meant for you alone:"),
            f"{services.settings.base_url}/sign-in/{secret}",
        ]
    )
    await post(work, Letter(to=person.email, subject=_("Your access to {title}").format(title=title), text=text + "\n"))
