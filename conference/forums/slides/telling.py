"""Tells the browsers of one web process what is on the stage: the same bytes to all who may know the same.

A row of the outbox only says that something has changed. What is told is always the whole, so that nothing has to be replayed,
and turning fast through many pages is told at most every `APART` seconds.
"""

from __future__ import annotations

import asyncio

from conference.base.errors import ConferenceError, Unavailable
from conference.base.log import logger
from conference.forums.rooms import RoomKeeper
from conference.forums.slides import store, view
from conference.forums.slides.actions import real_now
from conference.forums.slides.events import SLIDES_CHANGED
from conference.live.line import Frame, frame
from conference.live.model import OutboxRow

APART = 0.05  # seconds between two looks

log = logger("slides")


class SlidesTeller:
    """One per web process. `run` keeps it going."""

    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services
        self._due: set[str] = set()
        self._wake = asyncio.Event()
        self._services.live.on_row(self._on_row)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            for session in due:
                await self._tell_safely(session)
            await asyncio.sleep(APART)

    def _on_row(self, row: OutboxRow) -> None:
        if row.kind == SLIDES_CHANGED:
            self._look_at(row.facts["session"])

    def _look_at(self, session: str) -> None:
        self._due.add(session)
        self._wake.set()

    async def _tell_safely(self, session: str) -> None:
        try:
            await self._tell(session)
        except Unavailable:
            self._look_at(session)
        except ConferenceError:
            pass  # the session is gone
        except Exception as error:  # a fault in one room must not stop the others
            log.error("slides_not_told", session=session, exc_info=error)

    async def _tell(self, session: str) -> None:
        if not self._rooms.sockets_in(session):
            return  # whoever comes in asks
        async with self._services.db.read() as reading:
            programme = await store.programme_of(reading, session)
            presenters = await store.presenting_seats(reading, session)
        now = real_now(self._services)
        frames: dict[bool, Frame] = {}
        for seat, socket in self._rooms.sockets_in(session):
            presents = seat in presenters
            if presents not in frames:
                frames[presents] = frame({"type": "slides.now", **view.told(programme, presents, now)})
            socket.deliver(frames[presents])
