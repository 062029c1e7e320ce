"""Keeps the open consoles of one web process true. Numbers come from the rooms' keeper, which hears of all processes, and cost
nothing beside its looks; the lists are drawn anew once in some seconds, once per language, however many consoles are open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, cast

from starlette.requests import Request

from conference.access.store import conference_by_id
from conference.base.editions import locked
from conference.base.errors import ConferenceError, Unavailable
from conference.base.log import logger
from conference.base.words import Words, say
from conference.desk.run.asking import Asking
from conference.desk.run.counting import NOBODY, Tally, tally_of
from conference.desk.run.view import board_of
from conference.doors.gate import own_conference
from conference.doors.guard import visit_of
from conference.doors.visit import Viewer as Looker
from conference.doors.visit import Visit
from conference.forums.desk_acts import note_begun
from conference.forums.events import DESK_CHANGED, ROOM_INVITED
from conference.forums.rooms import RoomKeeper
from conference.forums.told import Now
from conference.live.audience import Viewer
from conference.live.line import frame
from conference.live.model import OutboxRow
from conference.live.socket import Snapshot
from conference.people.actions import ROLES_CHANGED
from conference.program.model import Session
from conference.program.store import sessions_of
from conference.web.render import Rendering

APART = 1.0  # seconds between two tellings of numbers
LISTS = 2.0  # and of lists that have changed
ANYWAY = 20.0  # seconds after which lists are drawn anew without a word: sessions begin, people are missing
CHANGES_LISTS = frozenset({DESK_CHANGED, ROLES_CHANGED, "board", "conference.changed"})

log = logger("console")
# run: the console's lists; rooms: numbers alone, for the pages beside it as well
topics: dict[str, tuple[str, Callable[[Visit, str], Awaitable[bool]]]] = {
    "run": ("live:desk", own_conference),
    "rooms": ("live:desk", own_conference),
}


def run_topic(conference_id: str) -> str:
    return f"run:{conference_id}"


def rooms_topic(conference_id: str) -> str:
    return f"rooms:{conference_id}"


def console_of(request: Request) -> Console:
    """The console of this web process."""
    return cast(Console, request.app.state.console)


class Console:
    """One per web process. `tallies_of` is what the pages begin with; `run` keeps it going."""

    def __init__(self, rooms: RoomKeeper, rendering: Rendering) -> None:
        self.rooms = rooms
        self._tallies: dict[str, dict[str, Tally]] = {}  # conference -> session
        self.snapshots: dict[str, Snapshot] = {"run": self.lists, "rooms": self.numbers}
        self._services = rooms.services
        self._rendering = rendering
        self._news: dict[str, dict[str, dict[str, int]]] = {}  # conference -> session -> numbers not told yet
        self._lists: dict[str, float] = {}  # conference -> when its lists were drawn last
        self._changed: set[str] = set()  # conferences whose lists differ
        self._told: dict[tuple[str, str], str] = {}  # conference, language -> the lists as told last
        self._emergencies: dict[str, Words | None] = {}  # conference -> what its rooms were told last
        self._begun: set[str] = set()  # sessions that have begun and do not say so yet
        self._asking = Asking(rooms)
        rooms.lookers.append(self._look)
        rooms.services.live.on_row(self._on_row)

    def tallies_of(self, conference_id: str) -> Mapping[str, Tally]:
        """By session; rooms at which nobody has looked are missing."""
        return self._tallies.get(conference_id, {})

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(APART)
            await self._safely("", self._note_begun())
            await self._safely("", self._asking.tell())
            for conference in self._heard():
                await self._safely(conference, self._tell(conference))

    async def lists(self, topic: str, _viewer: Viewer, language: str) -> Sequence[Mapping[str, Any]]:
        """The lists as they are now, for a page that begins to listen or comes back."""
        return [await self._board(topic.partition(":")[2], language)]

    async def numbers(self, topic: str, _viewer: Viewer, _language: str) -> Sequence[Mapping[str, Any]]:
        """The numbers as they are now, likewise."""
        tallies = self.tallies_of(topic.partition(":")[2])
        return [{"rooms": {session: tally.numbers() for session, tally in tallies.items()}}]

    # -- what happens ---------------------------------------------------------------------------------------------------

    def _look(self, now: Now) -> None:
        session, tally = now.room.session, tally_of(now)
        if session.began is None and tally.moderated and session.starts <= self._services.clock.now() < session.ends:
            self._begun.add(session.id)
        tallies = self._tallies.setdefault(session.conference_id, {})
        before = tallies.get(session.id, NOBODY)
        if tally == before:
            return
        tallies[session.id] = tally
        if tally.numbers() != before.numbers():
            self._news.setdefault(session.conference_id, {})[session.id] = tally.numbers()
        if (tally.staff, tally.moderated, bool(tally.here)) != (before.staff, before.moderated, bool(before.here)):
            self._changed.add(session.conference_id)

    async def _on_row(self, row: OutboxRow) -> None:
        if row.kind == "conference.changed" and row.conference_id is not None:
            await self._tell_emergency(row.conference_id)
        if row.kind in CHANGES_LISTS:
            self._changed.update([row.conference_id] if row.conference_id is not None else self._lists)
        elif row.kind == ROOM_INVITED:
            await self._asking.hear(row.facts)

    async def _tell_emergency(self, conference_id: str) -> None:
        """Rooms do not load anew with the conference's other pages, so they are told what stands on top of those."""
        async with self._services.db.read() as db:
            conference = await conference_by_id(db, conference_id)
            if conference_id in self._emergencies and self._emergencies[conference_id] == conference.emergency:
                return
            sessions = [each.id for each in await sessions_of(db, conference_id)]
        self._emergencies[conference_id] = conference.emergency
        for session in sessions:
            for _seat, socket in self.rooms.sockets_in(session):
                socket.send(
                    {"type": "room.emergency", "text": say(conference.emergency, socket.language) if conference.emergency else ""}
                )

    # -- what is told ---------------------------------------------------------------------------------------------------

    def _heard(self) -> list[str]:
        """Conferences whose console is open anywhere here; of others nothing is kept."""
        audience = self._services.live.audience
        known = {*self._lists, *self._news, *self._changed}
        heard = [name for name in known if audience.hearing(run_topic(name)) or audience.hearing(rooms_topic(name))]
        for kept in (self._news, self._lists):
            for name in [name for name in kept if name not in heard]:
                del kept[name]
        self._changed.intersection_update(heard)
        self._told = {key: html for key, html in self._told.items() if key[0] in heard}
        return heard

    async def _safely(self, conference: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Unavailable:
            self._changed.add(conference)
        except ConferenceError:
            self._lists.pop(conference, None)  # the conference, or the session, is gone
        except Exception as error:  # a fault in one console must not stop the others
            log.error("console_not_told", conference=conference, exc_info=error)

    async def _tell(self, conference: str) -> None:
        since = asyncio.get_running_loop().time() - self._lists.get(conference, 0.0)
        if (conference in self._changed and since >= LISTS) or since >= ANYWAY:
            self._changed.discard(conference)
            for language in self._services.live.audience.languages(run_topic(conference)):
                before = self._told.get((conference, language))
                board = await self._board(conference, language)
                if board["html"] != before:
                    self._send(run_topic(conference), board, language)
        if numbers := self._news.pop(conference, None):
            self._send(rooms_topic(conference), {"rooms": numbers})

    def _send(self, topic: str, data: Mapping[str, Any], language: str | None = None) -> None:
        said = frame({"type": "fact", "topic": topic, "data": data})
        for socket in self._services.live.audience.hearing(topic, language):
            socket.deliver(said)

    async def _board(self, conference_id: str, language: str) -> dict[str, str]:
        self._lists[conference_id] = asyncio.get_running_loop().time()
        async with self._services.db.read() as db:
            conference = await conference_by_id(db, conference_id)
            visit = visit_of(self._services, conference, Looker(), language)
            board = await board_of(db, visit, self.tallies_of(conference_id))
        html = self._rendering.html("desk/_run_board.html", language, board=board)
        self._told[conference_id, language] = html
        return {"target": "run-board", "html": html}

    async def _note_begun(self) -> None:
        """A session has begun once its time has come and somebody who moderates is on its stage, console or not."""
        due, self._begun = self._begun, set()
        for name in due:
            async with self._services.db.work() as work:
                session = await locked(work, Session, name)
                if session.began is None:
                    note_begun(self._services, work, session)
