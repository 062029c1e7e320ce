"""Tells the pages of one web process which slide of a closing plenary is on, and which slides are new.

Rows of the outbox only say that something has changed; what is told is always the whole, so nothing has to be replayed. What
stands on a slide is not told: a page that has another version of it fetches them, through the door.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from conference.base.errors import ConferenceError, NotFound, Unavailable
from conference.base.log import logger
from conference.doors.visit import Visit
from conference.live.audience import Viewer
from conference.live.line import frame
from conference.live.model import OutboxRow
from conference.program.model import Session
from conference.results.closing import store
from conference.results.closing.actions import real_now
from conference.results.closing.events import CLOSING_CHANGED, closing_topic
from conference.results.closing.view import told
from conference.results.collecting.events import FINDINGS_CHANGED
from conference.results.events import SHEET_CHANGED
from conference.web.services import Services

APART = 0.1  # seconds between two looks
CHANGES_SLIDES = frozenset({FINDINGS_CHANGED, SHEET_CHANGED, "conference.changed"})

log = logger("closing")


class ClosingTeller:
    """One per web process. `run` keeps it going; `hears` and `snapshot` are for `/live`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._heard: dict[str, dict[str, Any] | None] = {}  # plenary -> what was told last, without the moment
        self._due: set[str] = set()
        self._wake = asyncio.Event()
        services.live.on_row(self._on_row)

    async def hears(self, visit: Visit, name: str) -> bool:
        """Whether a viewer may hear of the plenary with this id."""
        async with self._services.db.read() as db:
            return await store.may_hear(db, visit, name)

    async def snapshot(self, topic: str, _viewer: Viewer, _language: str) -> Sequence[Mapping[str, Any]]:
        """What is on now, for a page that begins to listen. Raises NotFound."""
        name = topic.partition(":")[2]
        self._heard.setdefault(name, None)
        return [await self._state(name)]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            for name in due:
                await self._tell_safely(name)
            await asyncio.sleep(APART)

    def _on_row(self, row: OutboxRow) -> None:
        if row.kind == CLOSING_CHANGED:
            self._look_at(row.facts["session"])
        elif row.kind in CHANGES_SLIDES:
            for name in self._heard:
                self._look_at(name)

    def _look_at(self, name: str) -> None:
        self._due.add(name)
        self._wake.set()

    async def _tell_safely(self, name: str) -> None:
        try:
            await self._tell(name)
        except Unavailable:
            self._look_at(name)
        except ConferenceError:
            self._heard.pop(name, None)  # the session is gone
        except Exception as error:  # a fault in one plenary must not stop the others
            log.error("closing_not_told", session=name, exc_info=error)

    async def _tell(self, name: str) -> None:
        topic = closing_topic(name)
        audience = self._services.live.audience
        if not audience.hearing(topic):
            self._heard.pop(name, None)
            return  # whoever comes gets the snapshot
        state = await self._state(name)
        known = {key: value for key, value in state.items() if key != "now"}
        if self._heard.get(name) == known:
            return
        self._heard[name] = known
        said = frame({"type": "fact", "topic": topic, "data": state})
        for socket in audience.hearing(topic):
            socket.deliver(said)

    async def _state(self, name: str) -> dict[str, Any]:
        async with self._services.db.read() as db:
            session = await db.get(Session, name)
            if session is None:
                raise NotFound("session")
            return told(await store.closing_by_id(db, session.conference_id, name), real_now(self._services))
