"""A letter to one person, out of words with placeholders. Whoever has chosen a language gets that one, all others both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.letters import in_one, reply_to, sender
from conference.access.model import Conference
from conference.base.ids import seal
from conference.base.mail import Letter
from conference.base.words import LANGUAGES, Words, say
from conference.doors.guard import visit_of
from conference.doors.view import open_until_of
from conference.doors.visit import Viewer
from conference.mailing.model import LetterKind, Mailing
from conference.mailing.rules import ONE_BY_ONE, filled
from conference.mailing.shipped import shipped
from conference.mailing.store import template_of
from conference.people.model import Person
from conference.program.calendar import door_of
from conference.program.model import Session
from conference.web.services import Services

PURPOSE = "letter"


@dataclass(frozen=True)
class Draft:
    """What a letter is made of. session: what it is about, if anything; ends: when the last session is over (for a calendar)."""

    kind: LetterKind
    conference: Conference
    session: Session | None
    subject: Words
    body: Words
    calendar: bool
    ends: datetime | None = None


async def draft_of(services: Services, db: AsyncSession, mailing: Mailing) -> Draft:
    """The words of a mailing: its own, or (of letters that go out one by one) those of the template as it is now."""
    conference = await db.get_one(Conference, mailing.conference_id)
    session = await db.get(Session, mailing.session_id) if mailing.session_id else None
    subject, body = mailing.subject, mailing.body
    if not body:
        subject, body = await words_of(services, db, mailing)
    ends = None
    if mailing.calendar and session is None:
        last = select(func.max(Session.ends)).where(Session.conference_id == conference.id, col(Session.hidden).is_(None))
        ends = (await db.exec(last)).one()
    return Draft(mailing.kind, conference, session, subject, body, mailing.calendar, ends)


async def words_of(services: Services, session: AsyncSession, mailing: Mailing) -> tuple[Words, Words]:
    """Subject and body for a mailing without words of its own: the host's for this kind, or those that are shipped. What is about
    one session has shipped words of its own."""
    about_one = mailing.session_id is not None
    own = None if about_one else await template_of(session, mailing.conference_id, mailing.kind)
    return (own.subject, own.body) if own else shipped(services.texts, mailing.kind, session=about_one)


def path_of(kind: LetterKind, slug: str, session_slug: str | None) -> str:
    """Where the letter's link leads once it has signed the browser in."""
    if kind in ONE_BY_ONE:
        return f"/{slug}/register/mine"
    if kind is LetterKind.SURVEY:
        return f"/{slug}/survey"
    if session_slug is None:
        return f"/{slug}/"
    if kind is LetterKind.CANCELLED:  # its own page may be gone
        return f"/{slug}/program"
    return f"/{slug}/sessions/{session_slug}" + ("/room?join" if kind is LetterKind.MINUTES_BEFORE else "")


def secret_of(services: Services, delivery_id: str, number: int) -> str:
    """The personal link's secret: the same at each try, so that tries leave one link. number: higher where the one before was
    revoked meanwhile."""
    return seal(services.settings.key, PURPOSE, f"{delivery_id} {number}")


def link_of(services: Services, draft: Draft, secret: str) -> str:
    path = path_of(draft.kind, draft.conference.slug, draft.session.slug if draft.session else None)
    return f"{services.settings.base_url}/sign-in/{secret}?next={quote(path, safe='/')}"


def text_of(services: Services, draft: Draft, person: Person, link: str) -> tuple[str, str]:
    """Subject and text as this person reads them."""
    spoken = [code for code in LANGUAGES if draft.body.get(code)]
    codes = [person.language] if person.language in spoken else spoken
    written = []
    for code in codes:
        said = _said(services, draft, person, code, link)
        text = "\n\n".join([filled(draft.body[code], said), *sender(draft.conference.contact, code)])
        written.append((filled(draft.subject.get(code) or say(draft.subject, code), said), text))
    return in_one(written)


def line_of(draft: Draft, code: str) -> str:
    """The subject as lists show it: the words that are the same for everybody are filled in."""
    said = {"conference": say(draft.conference.title, code), "place": say(draft.conference.place, code)}
    if draft.session is not None:
        said["session"] = say(draft.session.title, code)
    return filled(say(draft.subject, code), said)


def letter_to(services: Services, draft: Draft, person: Person, link: str, message_id: str | None = None) -> Letter:
    """Raises Invalid("mail_address") where no letter can be sent."""
    subject, text = text_of(services, draft, person, link)
    contact = draft.conference.contact
    return Letter(
        to=person.email,
        subject=subject,
        text=text,
        reply_to=reply_to(contact),
        message_id=message_id,
        calendar=_calendar(services, draft, person) if draft.calendar else None,
    )


def _said(services: Services, draft: Draft, person: Person, code: str, link: str) -> dict[str, str]:
    """What each placeholder stands for. `day` is that of the session, where the letter is about one."""
    conference, session, language = draft.conference, draft.session, services.texts[code]
    zone = ZoneInfo(conference.zone)
    begins = conference.live.astimezone(zone)
    said = {
        "name": person.name,
        "conference": say(conference.title, code),
        "day": language.day((session.starts if session else conference.live).astimezone(zone)),
        "begins": language.time(begins),
        "place": say(conference.place, code),
        "until": open_until_of(language, conference.closes.astimezone(zone)),
        "link": link,
    }
    if session is not None:
        said["session"] = say(session.title, code)
        said["session_begins"] = language.time(session.starts.astimezone(zone))
    return said


def _calendar(services: Services, draft: Draft, person: Person) -> str:
    language = person.language if person.language in LANGUAGES else LANGUAGES[0]
    visit = visit_of(services, draft.conference, Viewer(), language)
    return door_of(visit, draft.session, draft.ends or draft.conference.archive).decode()
