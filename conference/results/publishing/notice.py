"""The one letter to all attendees about results that are new: looked at first, sent once for each sheet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.letters import in_one, reply_to, sender
from conference.access.model import Conference
from conference.access.rules import state_at
from conference.access.store import times_of
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict
from conference.base.mail import Letter, deliverable, post
from conference.base.words import LANGUAGES, say
from conference.doors.table import Standing
from conference.people.model import Person, Role, RoleHeld
from conference.program.model import Session
from conference.program.view import word_of_kind
from conference.results.model import ResultsSheet, SheetVersion
from conference.results.rules import may_see, version_at
from conference.results.store import SET_PDF, sheet_locked, versions_of
from conference.web.render import size_text
from conference.web.services import Services
from conference.web.texts import Language

NOT_ASKED = frozenset({Role.APPROVER, Role.GUEST})
"""Whoever holds nothing but these came for one thing, and gets no letter about the others."""


@dataclass(frozen=True)
class New:
    """Results that nobody has been written to about. version None cannot be."""

    session: Session
    version: SheetVersion


async def recipients(db: AsyncSession, conference_id: str) -> list[Person]:
    """Everybody of the conference who can be written to, by name."""
    query = (
        select(Person)
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(Person.conference_id == conference_id, col(Person.simulated).is_(False), Person.email != "")
        .where(col(RoleHeld.role).not_in(NOT_ASKED))
        .order_by(Person.name, Person.id)
        .distinct()
    )
    return [person for person in await db.exec(query) if deliverable(person.email)]


async def tell_attendees(
    services: Services, work: Work, conference: Conference, session_ids: Collection[str], *, by: str | None
) -> tuple[int, int]:
    """One letter to everybody about those of these sessions whose results are new and can be read by all: (letters, sheets).

    Raises Conflict("notice_sent") when nothing of it is new any more: somebody else was faster, or it was taken back.
    """
    found: list[New] = []
    for session in await _sessions(work.session, conference.id, session_ids):
        sheet = await sheet_locked(work, session)
        version = await _shown(work, conference, session, sheet)
        if sheet.told is None and version is not None:
            sheet.told = work.now
            found.append(New(session, version))
        work.session.add(sheet)
    if not found:
        raise Conflict("notice_sent")
    subject, text = letter_about(services, conference, found)
    people = await recipients(work.session, conference.id)
    for person in people:
        await post(work, Letter(to=person.email, subject=subject, text=text, reply_to=reply_to(conference.contact)))
    audit.record(
        work, "results noticed", conference_id=conference.id, person_id=by, letters=len(people), sheets=len(found)
    )  # fmt: skip
    return len(people), len(found)


async def _sessions(db: AsyncSession, conference_id: str, ids: Collection[str]) -> list[Session]:
    """Always in the same order, so that two who send at once wait for each other and not both."""
    query = select(Session).where(Session.conference_id == conference_id, col(Session.id).in_(set(ids)))
    return list(await db.exec(query.order_by(col(Session.starts), col(Session.number), col(Session.id))))


async def _shown(work: Work, conference: Conference, session: Session, sheet: ResultsSheet) -> SheetVersion | None:
    """What everybody who gets the letter can read."""
    if not may_see(sheet, state_at(times_of(conference), work.now), Standing.PERSON, work.now):
        return None
    return version_at(sheet, await versions_of(work.session, sheet.session_id), work.now)


def letter_about(services: Services, conference: Conference, found: Sequence[New]) -> tuple[str, str]:
    """Subject and text, German first."""
    base = services.settings.base_url
    return in_one(_written(services.texts[code], conference, found, base) for code in LANGUAGES)


def _written(language: Language, conference: Conference, found: Sequence[New], base_url: str) -> tuple[str, str]:
    _ = language.gettext
    title = say(conference.title, language.code)
    lines = [_entry(language, conference, new, base_url) for new in found]
    text = [
        _("Good day,"),
        _("results of “{conference}” are public:").format(conference=title),
        *lines,
        _("Thank you for taking part."),
        *sender(conference.contact, language.code),
    ]
    return _("Results of “{conference}”").format(conference=title), "\n\n".join(text)


def _entry(language: Language, conference: Conference, new: New, base_url: str) -> str:
    _ = language.gettext
    session, version = new.session, new.version
    kind = word_of_kind(language, session.kind)
    name = f"{kind} {session.number}: " if session.number else ""
    address = f"{base_url}/{conference.slug}/sessions/{session.slug}/results"
    lines = [f"{name}{say(session.title, language.code)}", f"    {address}"]
    if version.size is not None:
        lines.append(f"    {address}/{SET_PDF}.pdf (PDF, {size_text(version.size)})")
    return "\n".join(lines)
