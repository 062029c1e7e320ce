"""Silent reactions: passing, never written down, gathered to at most two frames a second and room."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

from conference.base.errors import Invalid
from conference.forums.rooms import RoomKeeper
from conference.forums.talk.rules import REACTIONS

CHANNEL = "reactions"
APART = 0.5
PER_MINUTE = 60
AT_ONCE = 10


class Reactions:
    """One per web process. `run` keeps it going."""

    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services
        self._counts: dict[str, Counter[str]] = {}
        self._wake = asyncio.Event()

    def react(self, session: str, seat: str, kind: object) -> None:
        """Let everybody in the room see that somebody applauds; not who. Raises Invalid, TooMany."""
        if kind not in REACTIONS:
            raise Invalid("reaction", allowed=list(REACTIONS))
        self._services.limits.check("reaction", seat, per_minute=PER_MINUTE, burst=AT_ONCE)
        self._services.bus.publish(CHANNEL, json.dumps([session, kind], separators=(",", ":")).encode())

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(), name="reactions hear")
            tasks.create_task(self._tell(), name="reactions tell")

    async def _hear(self) -> None:
        async for heard in self._services.bus.subscribe(CHANNEL):
            try:
                session, kind = json.loads(heard.data)
            except (ValueError, TypeError):
                continue  # from another version, or the bus's own word that something was missed: it has passed
            if kind in REACTIONS:
                self._counts.setdefault(session, Counter())[kind] += 1
                self._wake.set()

    async def _tell(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            counts, self._counts = self._counts, {}
            for session, counted in counts.items():
                self._rooms.tell(session, {"type": "talk.reactions", "counts": dict(counted)})
            await asyncio.sleep(APART)
