"""What the app needs of the rooms: handlers, topics and snapshots for `/live`, and the task that runs beside the server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from conference.base.errors import NotFound
from conference.doors.gate import ConferenceGate, Hearing, own_conference
from conference.doors.visit import Visit
from conference.forums import media_events, messages
from conference.forums.events import DESK_CHANGED, ROOM_CHANGED
from conference.forums.plenary import messages as plenary_messages
from conference.forums.plenary.watch import Watch
from conference.forums.rooms import RoomKeeper
from conference.forums.slides import messages as slides_messages
from conference.forums.slides.telling import SlidesTeller
from conference.forums.talk import messages as talk_messages
from conference.forums.talk.events import TALK_CHANGED
from conference.forums.talk.reactions import Reactions
from conference.forums.talk.telling import TalkTeller
from conference.forums.words import messages as words_messages
from conference.forums.words.keeper import Words
from conference.live.audience import Viewer
from conference.live.hub import Renderer
from conference.live.socket import Handler, Snapshot
from conference.program.store import session_by_id
from conference.web.services import Services


async def session_exists(visit: Visit, name: str) -> bool:
    """Whether a topic's id names a session of the visit's conference."""
    async with visit.services.db.read() as session:
        try:
            await session_by_id(session, visit.conference.id, name)
        except NotFound:
            return False
    return True


topics: dict[str, tuple[str, Hearing]] = {
    "session": ("live:session", session_exists),
    "desk": ("live:desk", own_conference),
}


async def load_anew(_facts: Mapping[str, Any], _language: str) -> dict[str, str]:
    """The desk's page shows the rooms' calls: it loads anew."""
    return {"type": "conference.state"}


# Events of what stands in the rooms' own tables alone.
ROOMS_OWN = frozenset({ROOM_CHANGED, TALK_CHANGED})


class Rooms:
    """All rooms of one web process."""

    def __init__(self, services: Services, gate: ConferenceGate) -> None:
        self.keeper = RoomKeeper(services)
        self.talk = TalkTeller(self.keeper)
        self.reactions = Reactions(self.keeper)
        self.slides = SlidesTeller(self.keeper)
        self.words = Words(self.keeper)
        self.keeper.greetings.append(self.words.known)
        self.watch = Watch(self.keeper)
        self.handlers: dict[str, Handler] = {
            **messages.handlers_of(self.keeper, gate),
            **talk_messages.handlers_of(self.keeper, self.reactions, gate),
            **slides_messages.handlers_of(self.keeper, gate),
            **words_messages.handlers_of(self.keeper, self.words, gate),
            **plenary_messages.handlers_of(self.keeper, gate),
        }
        self.snapshots: dict[str, Snapshot] = {"session": self._snapshot}
        # A room's change is told by the keeper, to who has entered; nobody else gets an event of it.
        self.renderers: dict[str, Renderer] = {DESK_CHANGED: load_anew}

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.keeper.run(), name="rooms")
            tasks.create_task(self.talk.run(), name="talk")
            tasks.create_task(self.reactions.run(), name="reactions")
            tasks.create_task(self.slides.run(), name="slides")
            tasks.create_task(self.words.run(), name="words")
            tasks.create_task(self.watch.run(), name="plenaries")
            tasks.create_task(media_events.follow(self.keeper), name="rooms media")

    async def _snapshot(self, topic: str, viewer: Viewer, language: str) -> Sequence[Mapping[str, Any]]:
        return await messages.snapshot(self.keeper, topic)
