"""Edits of the program that give places: whoever waited for one of them gets it in the same unit of work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conference.base.db import Work
from conference.doors.visit import Visit
from conference.program.drafts import is_direct
from conference.registration.actions import settle
from conference.registration.store import hold


@asynccontextmanager
async def program_work(visit: Visit, *, publishes: bool = False) -> AsyncIterator[Work]:
    """A unit of work that changes sessions; as far as it changes the program and no draft, people move up at its end.

    The conference is held before any session, in the order in which all who give places lock.
    """
    shows = publishes or is_direct(visit.state)
    async with visit.services.db.work() as work:
        if shows:
            await hold(work, visit.conference.id)
        yield work
        if shows:
            await work.session.flush()
            await settle(work, visit.services, visit.conference.id)
