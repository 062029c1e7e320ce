"""The slides of a closing plenary out of the database, and their door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import NotAllowed, NotFound, SignInNeeded
from conference.doors.visit import Visit, standing_of
from conference.people.model import Role
from conference.program.model import Kind, Session
from conference.program.store import billings_of, session_by_id, session_by_slug, sessions_of
from conference.results.closing import rules
from conference.results.closing.rules import Slide
from conference.results.content import content_of
from conference.results.model import ClosingShow, Finding, ResultsSheet


@dataclass(frozen=True)
class Closing:
    """A plenary, its slides in the order of the program, and what is on."""

    plenary: Session
    show: ClosingShow
    slides: list[Slide]

    @property
    def shown(self) -> str | None:
        return rules.is_on(self.show, self.slides)


async def closing_of(db: AsyncSession, plenary: Session) -> Closing:
    """As it stands now. Five queries."""
    show = await db.get(ClosingShow, plenary.id) or ClosingShow(session_id=plenary.id)
    sessions = [each for each in await sessions_of(db, plenary.conference_id) if rules.reports_to(each, plenary)]
    return Closing(plenary, show, await _slides_of(db, sessions))


async def _slides_of(db: AsyncSession, sessions: Sequence[Session]) -> list[Slide]:
    ids = [session.id for session in sessions]
    billings = await billings_of(db, ids)
    sheets = {
        sheet.session_id: sheet for sheet in await db.exec(select(ResultsSheet).where(col(ResultsSheet.session_id).in_(ids)))
    }
    starred = select(Finding).where(col(Finding.session_id).in_(ids), col(Finding.key).is_(True), col(Finding.gone).is_(None))
    findings: dict[str, list[Finding]] = {}
    for finding in await db.exec(starred):
        findings.setdefault(finding.session_id, []).append(finding)
    return [
        Slide(each, content_of(each, billings.get(each.id, ()), sheets.get(each.id), findings.get(each.id, [])))
        for each in sessions
    ]


async def closing_by_id(db: AsyncSession, conference_id: str, plenary_id: str) -> Closing:
    """Raises NotFound."""
    return await closing_of(db, _plenary(await session_by_id(db, conference_id, plenary_id)))


async def show_for_change(work: Work, plenary_id: str) -> ClosingShow:
    """What is on. Whoever else wants to change it waits until this work is done."""
    show = await work.session.get(ClosingShow, plenary_id, with_for_update=True, populate_existing=True)
    if show is None:
        insert = (postgresql.insert if work.dialect == "postgresql" else sqlite.insert)(ClosingShow)
        values = ClosingShow(session_id=plenary_id, light_seconds=rules.LIGHT_SECONDS).model_dump()
        await work.session.exec(insert.values(**values).on_conflict_do_nothing())
        show = await work.session.get(ClosingShow, plenary_id, with_for_update=True)
        assert show is not None
    work.session.add(show)
    return show


def _plenary(session: Session) -> Session:
    if session.kind is not Kind.PLENARY:
        raise NotFound("session", slug=session.slug)
    return session


# -- doors -----------------------------------------------------------------------------------------------------------------


async def closing_for_viewing(db: AsyncSession, visit: Visit, slug: str) -> Closing:
    """The slides of a plenary for this viewer. Raises NotFound, SignInNeeded, NotAllowed."""
    plenary = _plenary(await session_by_slug(db, visit.conference.id, slug))
    if visit.viewer.person is None and not visit.viewer.organiser:
        raise SignInNeeded("sign_in", slug=visit.conference.slug)
    closing = await closing_of(db, plenary)
    if not rules.may_see(plenary, standing_of(visit.viewer), _is_guest(visit), closing.show.running, visit.state):
        raise NotAllowed("role", slug=visit.conference.slug)
    return closing


async def closing_for_presenting(db: AsyncSession, visit: Visit, slug: str) -> Closing:
    """The same for whoever may turn a slide of it at some time. Raises NotFound, SignInNeeded, NotAllowed."""
    closing = await closing_for_viewing(db, visit, slug)
    if not leads(visit, closing) and not presents(visit, closing):
        raise NotAllowed("closing_lead", slug=visit.conference.slug)
    return closing


async def may_hear(db: AsyncSession, visit: Visit, plenary_id: str) -> bool:
    """Whether the topic of this plenary's slides is one for this viewer. It carries no finding, so guests wait on it."""
    try:
        plenary = _plenary(await session_by_id(db, visit.conference.id, plenary_id))
    except NotFound:
        return False
    return rules.may_see(plenary, standing_of(visit.viewer), _is_guest(visit), True, visit.state)


def leads(visit: Visit, closing: Closing) -> bool:
    return rules.may_lead(visit.viewer.held_in(closing.plenary.id), visit.viewer.organiser)


def presents(visit: Visit, closing: Closing) -> list[str]:
    """The slugs of the slides at which the viewer holds the pointer."""
    roles = {slide.session.id: visit.viewer.session_roles.get(slide.session.id, frozenset()) for slide in closing.slides}
    return rules.presents(closing.slides, leads(visit, closing), roles)


def _is_guest(visit: Visit) -> bool:
    return visit.viewer.person is not None and Role.GUEST in visit.viewer.all_roles()
