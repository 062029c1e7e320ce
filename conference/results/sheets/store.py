"""Queries for the sheet at work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Instant
from conference.base.errors import NotFound
from conference.people.model import Person, Role, RoleHeld
from conference.program.model import Session
from conference.program.store import billings_of, session_by_slug
from conference.results.content import Content, content_of
from conference.results.model import Finding, ResultsSheet, SheetApproval, SheetComment, SheetEvent, SheetVersion
from conference.results.store import findings_of, sheet_of


@dataclass(frozen=True)
class Draft:
    """A session's sheet as it stands now. sheet: never None, an empty one that is not in the database where nobody has begun."""

    session: Session
    sheet: ResultsSheet
    content: Content
    findings: list[Finding]
    newest: SheetVersion | None


async def draft_of(db: AsyncSession, conference_id: str, slug: str) -> Draft:
    """Raises NotFound."""
    session = await session_by_slug(db, conference_id, slug)
    # The sheet first: whatever is written meanwhile has a larger number than it, so that a page looks again.
    sheet = await sheet_of(db, session.id) or ResultsSheet(session_id=session.id, conference_id=conference_id)
    findings = await findings_of(db, session.id)
    billings = await billings_of(db, [session.id])
    content = content_of(session, billings.get(session.id, ()), sheet, findings)
    return Draft(session, sheet, content, findings, await newest_version(db, session.id))


async def newest_version(db: AsyncSession, session_id: str) -> SheetVersion | None:
    query = select(SheetVersion).where(SheetVersion.session_id == session_id).order_by(col(SheetVersion.number).desc())
    return (await db.exec(query.limit(1))).first()


async def comments_of(db: AsyncSession, session_id: str) -> list[tuple[SheetComment, str]]:
    """With the names of who wrote them, in the order in which they were written."""
    query = (
        select(SheetComment, Person.name)
        .outerjoin(Person, col(Person.id) == SheetComment.person_id)
        .where(SheetComment.session_id == session_id)
        .order_by(col(SheetComment.at), col(SheetComment.id))
    )
    return [(comment, name or "") for comment, name in await db.exec(query)]


async def comment_in(db: AsyncSession, session_id: str, comment_id: str) -> SheetComment:
    """Raises NotFound."""
    comment = await db.get(SheetComment, comment_id)
    if comment is None or comment.session_id != session_id:
        raise NotFound("sheet_comment")
    return comment


async def approvals_of(db: AsyncSession, session_id: str) -> list[tuple[SheetApproval, Person]]:
    """Who was asked, in the order in which they were named."""
    query = (
        select(SheetApproval, Person)
        .join(Person, col(Person.id) == SheetApproval.person_id)
        .where(SheetApproval.session_id == session_id)
        .order_by(col(SheetApproval.asked), col(SheetApproval.id))
    )
    return list((await db.exec(query)).all())


async def approval_by(db: AsyncSession, session_id: str, person_id: str) -> SheetApproval | None:
    query = select(SheetApproval).where(SheetApproval.session_id == session_id, SheetApproval.person_id == person_id)
    return (await db.exec(query)).first()


async def suggested(db: AsyncSession, conference_id: str, session_id: str) -> list[Person]:
    """Who may be asked with one click: who speaks in the session, and the conference's organisers, by name."""
    speaks = (RoleHeld.role == Role.SPEAKER) & (RoleHeld.session_id == session_id)
    query = (
        select(Person)
        .join(RoleHeld, col(RoleHeld.person_id) == Person.id)
        .where(Person.conference_id == conference_id, col(Person.simulated).is_(False), Person.email != "")
        .where(or_(speaks, RoleHeld.role == Role.ORGANISER))
        .order_by(Person.name, Person.id)
        .distinct()
    )
    return list(await db.exec(query))


async def names_of(db: AsyncSession, ids: Iterable[str | None]) -> dict[str, str]:
    """Person's id -> name."""
    wanted: Collection[str] = {one for one in ids if one is not None}
    if not wanted:
        return {}
    return dict((await db.exec(select(Person.id, Person.name).where(col(Person.id).in_(wanted)))).all())


async def lines_among(db: AsyncSession, session_id: str, ids: Collection[str]) -> dict[str, Finding]:
    """Lines by id, also those that were taken out."""
    query = select(Finding).where(Finding.session_id == session_id, col(Finding.id).in_(set(ids)))
    return {line.id: line for line in await db.exec(query)} if ids else {}


async def history_page(db: AsyncSession, session_id: str, first: int, most: int) -> list[SheetEvent]:
    """The newest first, without the first `first`."""
    query = select(SheetEvent).where(SheetEvent.session_id == session_id)
    query = query.order_by(col(SheetEvent.at).desc(), col(SheetEvent.id).desc())
    return list(await db.exec(query.offset(first).limit(most)))


async def last_event(db: AsyncSession, session_id: str, what: str, about: str | None = None) -> SheetEvent | None:
    """The newest line of the history that says this, of one thing where `about` names it."""
    query = select(SheetEvent).where(SheetEvent.session_id == session_id, SheetEvent.what == what)
    for event in await db.exec(query.order_by(col(SheetEvent.at).desc(), col(SheetEvent.id).desc())):
        if about is None or event.facts.get("about") == about:
            return event
    return None


async def expected_days(db: AsyncSession, conference_id: str) -> dict[str, datetime]:
    """Session's id -> the day on which its results may be expected, of those that have one: the day that was named, else that of
    the publication, which may be planned."""
    day = func.coalesce(ResultsSheet.expected, ResultsSheet.published, type_=Instant)
    query = select(ResultsSheet.session_id, day).where(ResultsSheet.conference_id == conference_id, day.is_not(None))
    return {session_id: day for session_id, day in await db.exec(query) if day is not None}
