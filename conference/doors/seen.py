"""When browsers were here last, for their owners' list of devices: noted in memory, written down for many at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import or_, update
from sqlmodel import col

from conference.base.errors import Unavailable
from conference.base.ids import digest
from conference.people.actions import real_now
from conference.people.model import BrowserSession
from conference.web.services import Services

EVERY = 300.0  # seconds
COARSE = timedelta(hours=1)  # nobody needs to know it better, so nothing better is kept


class Seen:
    """One per web process. What it has not written down when the process ends is lost, which hurts nobody."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._browsers: set[str] = set()

    def note(self, cookie: str) -> None:
        self._browsers.add(digest(cookie))

    async def write_down(self) -> None:
        browsers, self._browsers = self._browsers, set()
        if not browsers:
            return
        now = real_now(self._services.clock)
        hour = now.replace(minute=0, second=0, microsecond=0)
        old = or_(col(BrowserSession.seen).is_(None), col(BrowserSession.seen) <= now - COARSE)
        async with self._services.db.work() as work:
            for some in _parts(sorted(browsers)):
                where = update(BrowserSession).where(col(BrowserSession.digest).in_(some), old)
                await work.session.exec(where.values(seen=hour))

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            with suppress(Unavailable):  # they will be here again
                await self.write_down()


def _parts(every: list[str]) -> list[list[str]]:
    return [every[start : start + 500] for start in range(0, len(every), 500)]
