"""Where the results of the demo stand: drafts while its day runs, published by its people once the day is over.

What the conference file publishes is taken back at first, so that a visitor sees how a sheet comes about. What nobody has
published by the time that the visitor goes on to is published as its moderators would have done, with a PDF set by the platform.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.store import conference_by_slug
from conference.base.errors import ConferenceError
from conference.base.log import logger
from conference.demo.cast import Cast
from conference.program.model import Session
from conference.program.store import forums_among, sessions_of
from conference.results.actions import remove_document
from conference.results.publishing.actions import call_off, publish
from conference.results.sheet_import import remove_sheet
from conference.results.store import documents_of, sheet_of, versions_of
from conference.web.services import Services

log = logger("demo")


async def stage_results(services: Services, cast: Cast) -> None:
    """Let the forums of the played conference have nothing but their findings. Opens its own units of work."""
    async with services.db.work() as work:
        for session in await _forums(work.session, cast):
            for document in await documents_of(work.session, session.id):
                await remove_document(services, work, session, document)
            sheet = await sheet_of(work.session, session.id)
            if sheet is not None:
                await remove_sheet(work, sheet)


async def go_on(services: Services, cast: Cast, now: datetime) -> None:
    """Let the results be as they are at `now`, which the clock was shifted to: after the day published, if anything stands there;
    before its end nothing that was published later."""
    async with services.db.read() as db:
        conference = await conference_by_slug(db, cast.slug)
        forums = await _forums(db, cast)
    for session in forums:
        try:
            if now >= conference.archive:
                await _publish(services, cast, session)
            else:
                async with services.db.work() as work:
                    await call_off(services, work, session, by=_organiser(cast))
        except ConferenceError as error:  # an empty sheet, or nothing sets its PDF: the visitor goes on all the same
            log.warning("demo_results", session=session.slug, code=error.code)


async def _publish(services: Services, cast: Cast, session: Session) -> None:
    """Unless somebody has published it before; what a visitor took back stays so."""
    async with services.db.read() as db:
        if await versions_of(db, session.id):
            return
    await publish(services, session, by=_organiser(cast))


async def _forums(db: AsyncSession, cast: Cast) -> list[Session]:
    conference = await conference_by_slug(db, cast.slug)
    return forums_among(await sessions_of(db, conference.id))


def _organiser(cast: Cast) -> str:
    return cast.persons["organiser"][0]
